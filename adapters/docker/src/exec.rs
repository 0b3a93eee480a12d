//! The driver that runs a small constant script in the container; data are its arguments and its
//! standard input, never its text.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_domain::temporary_name::temporary_name;
use decnet_ports::{
    ActivityDriver, DriverError, FileContent, FileKind, FileStat, PlantMode, PlantRequest, Planted, Refusal,
    TrafficDriver,
};
use jiff::Timestamp;

use crate::limits::QUIET_MAX;
use crate::script;
use crate::traffic::Probe;

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

/// A way to run a command in a container, within [`CALL_LIMIT`](crate::CALL_LIMIT).
#[async_trait]
pub(crate) trait Exec: Send + Sync {
    async fn exec(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError>;
}

pub(crate) struct ExecDriver<E> {
    name: &'static str,
    exec: Arc<E>,
}

impl<E: Exec + 'static> ExecDriver<E> {
    pub(crate) fn new(name: &'static str, exec: E) -> Self {
        Self { name, exec: Arc::new(exec) }
    }
}

#[async_trait]
impl<E: Exec + 'static> ActivityDriver for ExecDriver<E> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        Some(Arc::new(Probe::new(self.exec.clone())))
    }

    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        plant(&*self.exec, container, request).await
    }

    async fn plant_many(
        &self,
        container: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            results.push(plant(&*self.exec, container, request).await);
        }
        results
    }

    async fn read_file(
        &self,
        container: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        read(&*self.exec, container, path, limit).await
    }

    async fn stat(&self, container: &ContainerRef, paths: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError> {
        stat(&*self.exec, container, paths).await
    }

    async fn remove_file(&self, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        remove(&*self.exec, container, path).await
    }

    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        rename(&*self.exec, container, from, to).await
    }
}

/// Plants by exec: also what the archive driver does in places that archives don't reach.
pub(crate) async fn plant(
    exec: &dyn Exec,
    container: &ContainerRef,
    request: &PlantRequest,
) -> Result<Planted, DriverError> {
    let temporary = temporary_name(request.path.file_name(), &mut crate::engine::noise());
    let owner = format!("{}:{}", request.owner.uid, request.owner.gid);
    let mode = format!("{:04o}", request.mode);
    let mask = format!("{:04o}", 0o777 & !request.mode);
    // GNU touch(1): seconds since the epoch, with a fraction.
    let touch = |at: Timestamp| format!("@{}.{:09}", at.as_second(), at.subsec_nanosecond());
    let (mtime, entered, made) = (touch(request.mtime), touch(request.folder_time(0)), touch(request.folder_time(1)));
    let size = request.bytes.len().to_string();
    let how = match &request.plant {
        PlantMode::CreateNew => "new",
        PlantMode::Replace { was } => was,
    };
    let folders = format!("{:04o}", request.folder_mode);
    let (folder, name) = (request.path.parent(), request.path.file_name());
    let argv = [
        "sh",
        "-c",
        script::PLANT,
        "sh",
        folder,
        name,
        &temporary,
        &owner,
        &mode,
        &mask,
        &mtime,
        &size,
        how,
        &folders,
        &entered,
        &made,
    ];
    let stdin = BASE64.encode(&request.bytes).into_bytes();
    let command = Command { argv: &argv, stdin: Some(stdin), stdout_max: QUIET_MAX };
    let output = exec.exec(container.name(), command).await?;
    script::outcome(&request.path, &output)?;
    Ok(Planted { bytes: request.bytes.len() as u64 })
}

/// Reads by exec.
pub(crate) async fn read(
    exec: &dyn Exec,
    container: &ContainerRef,
    path: &DeckyPath,
    limit: usize,
) -> Result<Option<FileContent>, DriverError> {
    // One byte more than wanted tells a file that is too large from one that just fits.
    let most = (limit + 1).to_string();
    let argv = ["sh", "-c", script::READ, "sh", path.parent(), path.file_name(), &most];
    let command = Command { argv: &argv, stdin: None, stdout_max: limit + 1 };
    let output = exec.exec(container.name(), command).await?;
    if output.is_cut {
        return Err(DriverError::Refused { path: path.to_string(), reason: Refusal::TooLarge });
    }
    match script::outcome(path, &output) {
        Ok(()) => Ok(Some(FileContent { bytes: output.stdout })),
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks by exec.
pub(crate) async fn stat(
    exec: &dyn Exec,
    container: &ContainerRef,
    paths: &[DeckyPath],
) -> Result<Vec<Option<FileStat>>, DriverError> {
    let mut argv = vec!["sh", "-c", script::LOOK, "sh"];
    argv.extend(paths.iter().map(DeckyPath::as_str));
    // A line is much shorter than this.
    let command = Command { argv: &argv, stdin: None, stdout_max: 64 * paths.len() + 64 };
    let output = exec.exec(container.name(), command).await?;
    if output.rc != 0 || output.is_cut {
        return Err(DriverError::Failed { rc: output.rc, stderr: output.stderr });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    Ok(paths.iter().map(|_| lines.next().and_then(parse_stat)).collect())
}

/// `81a4 1793698877.318204511`: stat(1)'s raw mode in hexadecimal, and the time.
fn parse_stat(line: &str) -> Option<FileStat> {
    let (mode, time) = line.split_once(' ')?;
    let kind = match u32::from_str_radix(mode, 16).ok()? & 0o170_000 {
        0o100_000 => FileKind::File,
        0o040_000 => FileKind::Folder,
        _ => FileKind::Other,
    };
    let (seconds, nanos) = time.split_once('.')?;
    let mtime = Timestamp::new(seconds.parse().ok()?, nanos.parse().ok()?).ok()?;
    Some(FileStat { kind, mtime })
}

/// Renames by exec.
pub(crate) async fn rename(
    exec: &dyn Exec,
    container: &ContainerRef,
    from: &DeckyPath,
    to: &DeckyPath,
) -> Result<(), DriverError> {
    let Some(folder) = beside(from, to) else {
        return Err(DriverError::Refused { path: to.to_string(), reason: Refusal::NotAFile });
    };
    let argv = ["sh", "-c", script::RENAME, "sh", from.parent(), from.file_name(), folder, to.file_name()];
    let command = Command { argv: &argv, stdin: None, stdout_max: QUIET_MAX };
    let output = exec.exec(container.name(), command).await?;
    script::outcome(from, &output)
}

/// The folder of `to`, seen from that of `from`: itself or one beside it.
fn beside<'p>(from: &DeckyPath, to: &'p DeckyPath) -> Option<&'p str> {
    if from.parent() == to.parent() {
        return Some(".");
    }
    let (above, _) = from.parent().rsplit_once('/')?;
    let (other, name) = to.parent().rsplit_once('/')?;
    (above == other).then_some(name)
}

/// Removes by exec.
pub(crate) async fn remove(exec: &dyn Exec, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
    let argv = ["sh", "-c", script::REMOVE, "sh", path.parent(), path.file_name()];
    let command = Command { argv: &argv, stdin: None, stdout_max: QUIET_MAX };
    let output = exec.exec(container.name(), command).await?;
    match script::outcome(path, &output) {
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => Ok(()),
        other => other,
    }
}
