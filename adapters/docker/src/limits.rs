//! How long and how much: a container's answers are an intruder's.

use decnet_ports::{CALL_LIMIT, DriverError};

/// A connection attempt from decoy to decoy takes at most so many seconds.
pub(crate) const CONNECT_SECONDS: &str = "3";

/// Of what a command says on standard error, so much is kept.
pub(crate) const STDERR_MAX: usize = 4_096;

/// Of what a command that should say nothing says, so much is read before it is cut off.
pub(crate) const QUIET_MAX: usize = 16_384;

/// The names in a folder take at most so many bytes.
pub(crate) const NAMES_MAX: usize = 65_536;

/// Does `work` within [`CALL_LIMIT`].
pub(crate) async fn limited<T>(
    container: &str,
    work: impl Future<Output = Result<T, DriverError>> + Send,
) -> Result<T, DriverError> {
    tokio::time::timeout(CALL_LIMIT, work).await.unwrap_or_else(|_| {
        Err(DriverError::Timeout { container: container.to_owned(), seconds: CALL_LIMIT.as_secs() })
    })
}
