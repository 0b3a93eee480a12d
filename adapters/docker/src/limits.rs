//! How long and how much: a container's answers are an intruder's.

use std::time::Duration;

/// One call to a container takes at most so long.
pub const CALL_LIMIT: Duration = Duration::from_secs(8);

/// A connection attempt from decoy to decoy takes at most so many seconds.
pub(crate) const CONNECT_SECONDS: &str = "3";

/// Of what a command says on standard error, so much is kept.
pub(crate) const STDERR_MAX: usize = 4_096;

/// Of what a command that should say nothing says, so much is read before it is cut off.
pub(crate) const QUIET_MAX: usize = 16_384;
