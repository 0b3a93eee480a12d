//! The connection to the engine.

use bollard::Docker;
use bollard::errors::Error;
use decnet_ports::DriverError;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

pub(crate) type DockerClient = Docker;

/// Connects as the docker CLI would, and agrees on a version: the library asks for a newer one
/// than an older engine speaks.
pub(crate) async fn connect() -> Result<DockerClient, DriverError> {
    let connect = async { Docker::connect_with_local_defaults()?.negotiate_version().await };
    connect.await.map_err(|e| unavailable("docker", &e))
}

/// What the engine calls itself, with its version; `None` where it doesn't say.
pub(crate) async fn engine_name(engine: &DockerClient) -> Option<String> {
    let first = engine.version().await.ok()?.components?.into_iter().next()?;
    Some(format!("{} {}", first.name, first.version))
}

/// Everything the engine says no to is a container that can't be acted on now: missing, stopped,
/// paused, or the engine itself is away.
pub(crate) fn unavailable(container: &str, error: &Error) -> DriverError {
    let reason = match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => chain(other),
    };
    DriverError::Unavailable { container: container.to_owned(), reason }
}

/// The whole chain: the library's own words stop before the reason.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// Whether the engine answered with this status.
pub(crate) fn is_status(error: &Error, status: u16) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code, .. } if *status_code == status)
}

/// Randomness for temporary names, which no plan depends on: seeded once from the process and
/// stepped by a counter, it only has to differ from call to call.
pub(crate) fn noise() -> ChaCha8Rng {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    ChaCha8Rng::seed_from_u64(u64::from(std::process::id()) << 32 ^ call)
}
