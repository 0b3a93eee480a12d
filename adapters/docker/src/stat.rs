//! What lies at a path of a container, asked without running anything in it.

use bollard::query_parameters::ContainerArchiveInfoOptionsBuilder;
use decnet_ports::DriverError;
use jiff::Timestamp;

use crate::engine::{DockerClient, is_status, unavailable};

/// What the engine's `HEAD …/archive` tells of a path, the path's own last link not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: StatKind,
    /// Permission bits.
    pub(crate) mode: u32,
    pub(crate) mtime: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatKind {
    File,
    Folder,
    Symlink,
    Other,
}

/// Bits of Go's `io/fs.FileMode`, which the engine sends.
const GO_DIR: u32 = 1 << 31;
const GO_SYMLINK: u32 = 1 << 27;
/// Every other kind: device, named pipe, socket, character device, irregular.
const GO_OTHER: u32 = 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19;
const GO_SETUID: u32 = 1 << 23;
const GO_SETGID: u32 = 1 << 22;
const GO_STICKY: u32 = 1 << 20;

pub(crate) async fn stat(engine: &DockerClient, container: &str, path: &str) -> Result<Option<Stat>, DriverError> {
    let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
    let answer = match engine.get_container_archive_info(container, Some(options)).await {
        Ok(answer) => answer,
        Err(e) if is_status(&e, 404) => return Ok(None),
        // A component that is no folder: nothing can be there.
        Err(e) if is_status(&e, 400) => return Ok(None),
        Err(e) => return Err(unavailable(container, &e)),
    };
    let kind = match answer.file_mode {
        m if m & GO_DIR != 0 => StatKind::Folder,
        m if m & GO_SYMLINK != 0 => StatKind::Symlink,
        m if m & GO_OTHER != 0 => StatKind::Other,
        _ => StatKind::File,
    };
    let special = [(GO_SETUID, 0o4000), (GO_SETGID, 0o2000), (GO_STICKY, 0o1000)];
    let special: u32 = special.iter().filter(|(bit, _)| answer.file_mode & bit != 0).map(|(_, mode)| mode).sum();
    let mtime = answer.modification_time.and_then(|t| t.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Some(Stat { kind, mode: answer.file_mode & 0o777 | special, mtime }))
}
