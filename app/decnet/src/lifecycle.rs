//! Stopping: the first SIGTERM or SIGINT asks, the second insists.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first signal. The second ends the process at once.
///
/// # Errors
/// When signals can't be listened to.
pub(crate) fn stop_on_signals() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let asked = stop.clone();
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
