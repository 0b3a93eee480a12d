//! Stopping: the first SIGTERM or SIGINT asks, the second insists.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Whoever asked for a stop waits so long for it; then the process is ended as it is. systemd would do the same
/// after the `TimeoutStopSec` of the orchestrator's unit, which is longer (the bus has nothing that takes long). What is left undone is mended at the next start.
const GRACE: Duration = Duration::from_secs(8);

/// A token that is cancelled by the first signal. The second ends the process at once.
///
/// # Errors
/// When signals can't be listened to.
pub(crate) fn stop_on_signals() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let asked = stop.clone();
    let ended = stop.clone();
    // A task of its own, for what doesn't end may be a computation that never waits.
    tokio::spawn(async move {
        ended.cancelled().await;
        tokio::time::sleep(GRACE).await;
        tracing::error!("the process did not end within {} seconds of the stop; it is ended now", GRACE.as_secs());
        std::process::exit(1);
    });
    tokio::spawn(async move {
        let mut insisting = false;
        loop {
            let name = tokio::select! {
                _ = term.recv() => "SIGTERM",
                _ = int.recv() => "SIGINT",
            };
            if insisting {
                std::process::exit(130);
            }
            tracing::info!(signal = name, "stopping");
            asked.cancel();
            insisting = true;
        }
    });
    Ok(stop)
}
