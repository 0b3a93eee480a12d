//! Decoys in Docker. Three drivers of one port:
//!
//! | name | transport | seen inside |
//! |---|---|---|
//! | `exec` | the docker CLI, base64 on standard input, `touch -d` | a short-lived `sh` |
//! | `exec-api` | the same through the engine's API | a short-lived `sh` |
//! | `archive` | `PUT`/`GET …/archive`, a PAX tar | nothing, but for what archives can't do |
//!
//! Archives can't remove, rename or reach a tmpfs, and on some engines they don't keep owners. There `archive`
//! does as `exec-api` does.

mod api;
mod archive;
mod cli;
mod discover;
mod engine;
mod exec;
mod exec_file;
mod limits;
mod run;
mod script;
mod session;
mod stat;
mod tarball;
mod tools;
mod traffic;
mod unpack;

use std::sync::Arc;

use decnet_ports::{ActivityDriver, DriverError};

pub use discover::{Found, discover, find_container};

/// Which driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The docker CLI.
    Exec,
    /// The same by the API.
    ExecApi,
    /// The archive API.
    Archive,
}

/// Makes a driver.
///
/// # Errors
/// When the engine can't be reached (`exec-api` and `archive`; `exec` finds out at its first call).
pub async fn driver(kind: Kind) -> Result<Arc<dyn ActivityDriver>, DriverError> {
    Ok(match kind {
        Kind::Exec => Arc::new(exec::ExecDriver::new("exec", Arc::new(cli::Cli))),
        Kind::ExecApi => Arc::new(exec::ExecDriver::new("exec-api", Arc::new(api::Api::new(engine::connect().await?)))),
        Kind::Archive => Arc::new(archive::ArchiveDriver::new(engine::connect().await?)),
    })
}
