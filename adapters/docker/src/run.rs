//! Running one command in a container, whatever by.

use async_trait::async_trait;
use decnet_ports::{ContainerInfo, DriverError};

/// What a command said.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) rc: i64,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    /// It said more than it was allowed to, and was cut off.
    pub(crate) is_cut: bool,
}

/// One command to run in a container.
pub(crate) struct Command<'a> {
    pub(crate) argv: &'a [&'a str],
    pub(crate) stdin: Option<Vec<u8>>,
    /// More output than this ends the command.
    pub(crate) stdout_max: usize,
}

/// A way to run a command in a container as its root, whatever user its image names, within
/// [`decnet_ports::CALL_LIMIT`].
#[async_trait]
pub(crate) trait Exec: Send + Sync {
    async fn exec(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError>;

    /// What is known of the container from outside.
    async fn inspect(&self, container: &str) -> Result<ContainerInfo, DriverError>;
}

/// What an image's `ENV`, or `docker run -e`, says of the time zone.
pub(crate) fn zone_of(env: &[String]) -> Option<String> {
    let zone = env.iter().find_map(|line| line.strip_prefix("TZ="))?;
    (!zone.is_empty() && zone.len() <= 100).then(|| zone.to_owned())
}
