//! Files by small constant scripts that run in the container; data are their arguments and their standard
//! input, never their text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_domain::temporary_name::temporary_name;
use decnet_ports::{
    DriverError, FileContent, FileDetails, FileKind, FileStat, MOST_NAMES, PlantMode, PlantRequest, Planted, Refusal,
};
use jiff::Timestamp;

use crate::limits::{NAMES_MAX, QUIET_MAX};
use crate::script;
use crate::tarball::decimal;
use crate::tools::{Shell, unknown};

/// Plants: also what the archive driver does in places that archives don't reach.
pub(crate) async fn plant(
    shell: &Shell,
    container: &ContainerRef,
    request: &PlantRequest,
) -> Result<Planted, DriverError> {
    let tools = shell.tools(container.name()).await?;
    let temporary = temporary_name(request.path.file_name(), &mut crate::engine::noise());
    let owner = format!("{}:{}", request.owner.uid, request.owner.gid);
    let mode = format!("{:04o}", request.mode);
    let mask = format!("{:04o}", 0o777 & !request.mode);
    let touch = |at: Timestamp| {
        if tools.has_fractions { format!("@{}", decimal(at)) } else { format!("@{}", at.as_second()) }
    };
    let (mtime, entered, made) = (touch(request.mtime), touch(request.folder_time(0)), touch(request.folder_time(1)));
    let size = request.bytes.len().to_string();
    let how = match &request.plant {
        PlantMode::CreateNew => "new",
        PlantMode::Replace { was } => was,
    };
    let folders = format!("{:04o}", request.folder_mode);
    let (folder, name) = (request.path.parent(), request.path.file_name());
    let beside = request.beside.join(" ");
    let arguments =
        [folder, name, &temporary, &owner, &mode, &mask, &mtime, &size, how, &folders, &entered, &made, &beside];
    let body = if tools.can("base64") { BASE64.encode(&request.bytes).into_bytes() } else { request.bytes.clone() };
    let script = tools.script(script::PLANT);
    let output = shell.run(container.name(), &script, &arguments, Some(body), QUIET_MAX).await?;
    script::outcome(&request.path, &output)?;
    Ok(Planted { bytes: request.bytes.len() as u64 })
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) async fn read(
    shell: &Shell,
    container: &ContainerRef,
    path: &DeckyPath,
    limit: usize,
) -> Result<Option<FileContent>, DriverError> {
    let tools = shell.tools(container.name()).await?;
    // One byte more than wanted tells a file that is too large from one that just fits.
    let most = (limit + 1).to_string();
    let script = tools.script(script::READ);
    let output =
        shell.run(container.name(), &script, &[path.parent(), path.file_name(), &most], None, limit + 1).await?;
    if output.is_cut {
        return Err(DriverError::Refused { path: path.to_string(), reason: Refusal::TooLarge });
    }
    match script::outcome(path, &output) {
        Ok(()) => Ok(Some(FileContent { bytes: output.stdout })),
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Looks at each of the paths.
pub(crate) async fn stat(
    shell: &Shell,
    container: &ContainerRef,
    paths: &[DeckyPath],
) -> Result<Vec<Option<FileStat>>, DriverError> {
    let tools = shell.tools(container.name()).await?;
    let arguments: Vec<&str> = paths.iter().map(DeckyPath::as_str).collect();
    // A line is much shorter than this.
    let most = 64 * paths.len() + 64;
    let output = shell.run(container.name(), &tools.script(script::LOOK), &arguments, None, most).await?;
    if output.rc != 0 || output.is_cut {
        return Err(DriverError::Failed { rc: output.rc, stderr: output.stderr });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Result<Vec<_>, UnknownLine> = text.lines().map(parse_stat).collect();
    match found {
        Ok(found) if found.len() == paths.len() => Ok(found),
        Ok(_) | Err(UnknownLine) => Err(unknown(container.name(), "stat(1)", &text)),
    }
}

/// A line that says nothing of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct UnknownLine;

/// `81a4 1793698877.318204511`: stat(1)'s raw mode in hexadecimal, and the time, with or without a fraction;
/// `-` for nothing.
fn parse_stat(line: &str) -> Result<Option<FileStat>, UnknownLine> {
    if line == "-" {
        return Ok(None);
    }
    parse_found(line).map(Some).ok_or(UnknownLine)
}

fn parse_found(line: &str) -> Option<FileStat> {
    let (mode, time) = line.split_once(' ')?;
    let (seconds, nanos) = time.split_once('.').unwrap_or((time, "0"));
    let mtime = Timestamp::new(seconds.parse().ok()?, nanos.parse().ok()?).ok()?;
    Some(FileStat { kind: kind_of(u32::from_str_radix(mode, 16).ok()?), mtime })
}

fn kind_of(mode: u32) -> FileKind {
    match mode & 0o170_000 {
        0o100_000 => FileKind::File,
        0o040_000 => FileKind::Folder,
        _ => FileKind::Other,
    }
}

/// Looks at one path more closely.
pub(crate) async fn details(
    shell: &Shell,
    container: &ContainerRef,
    path: &DeckyPath,
) -> Result<Option<FileDetails>, DriverError> {
    let tools = shell.tools(container.name()).await?;
    let output = shell.run(container.name(), &tools.script(script::DETAILS), &[path.as_str()], None, QUIET_MAX).await?;
    match script::outcome(path, &output) {
        Ok(()) => {}
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => return Ok(None),
        Err(error) => return Err(error),
    }
    let text = String::from_utf8_lossy(&output.stdout);
    parse_details(&text).map(Some).ok_or_else(|| unknown(container.name(), "stat(1)", &text))
}

fn parse_details(text: &str) -> Option<FileDetails> {
    let (line, rest) = text.split_once('\n')?;
    let mut words = line.split(' ');
    let mode = u32::from_str_radix(words.next()?, 16).ok()?;
    let owner = Owner { uid: words.next()?.parse().ok()?, gid: words.next()?.parse().ok()? };
    let target = (mode & 0o170_000 == 0o120_000).then(|| rest.strip_suffix('\n').unwrap_or(rest).to_owned());
    Some(FileDetails { kind: kind_of(mode), owner: Some(owner), mode: mode & 0o7777, target })
}

/// The names in a folder.
pub(crate) async fn list(
    shell: &Shell,
    container: &ContainerRef,
    folder: &DeckyPath,
) -> Result<Vec<String>, DriverError> {
    let tools = shell.tools(container.name()).await?;
    let output = shell.run(container.name(), &tools.script(script::LIST), &[folder.as_str()], None, NAMES_MAX).await?;
    let too_large = || DriverError::Refused { path: folder.to_string(), reason: Refusal::TooLarge };
    if output.is_cut {
        return Err(too_large());
    }
    match script::outcome(folder, &output) {
        Ok(()) => {}
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names: Vec<String> = text.split_terminator('/').map(str::to_owned).collect();
    if names.len() > MOST_NAMES { Err(too_large()) } else { Ok(names) }
}

/// Renames, in a folder or to one beside it.
pub(crate) async fn rename(
    shell: &Shell,
    container: &ContainerRef,
    from: &DeckyPath,
    to: &DeckyPath,
) -> Result<(), DriverError> {
    let Some(folder) = beside(from, to) else {
        return Err(DriverError::Refused { path: to.to_string(), reason: Refusal::NotAFile });
    };
    let tools = shell.tools(container.name()).await?;
    let arguments = [from.parent(), from.file_name(), folder, to.file_name()];
    let output = shell.run(container.name(), &tools.script(script::RENAME), &arguments, None, QUIET_MAX).await?;
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

/// Removes.
pub(crate) async fn remove(shell: &Shell, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
    let tools = shell.tools(container.name()).await?;
    let arguments = [path.parent(), path.file_name()];
    let output = shell.run(container.name(), &tools.script(script::REMOVE), &arguments, None, QUIET_MAX).await?;
    match script::outcome(path, &output) {
        Err(DriverError::Refused { reason: Refusal::Missing, .. }) => Ok(()),
        other => other,
    }
}

/// Gives a file the owner and mode it should have, where an archive didn't.
pub(crate) async fn set_owner(
    shell: &Shell,
    container: &ContainerRef,
    path: &DeckyPath,
    owner: Owner,
    mode: u32,
) -> Result<(), DriverError> {
    let tools = shell.tools(container.name()).await?;
    let (owner, mode) = (format!("{}:{}", owner.uid, owner.gid), format!("{mode:04o}"));
    let arguments = [path.parent(), path.file_name(), &owner, &mode];
    let output = shell.run(container.name(), &tools.script(script::OWNER), &arguments, None, QUIET_MAX).await?;
    script::outcome(path, &output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_stat_is_read_with_and_without_a_fraction_and_nothing_else_is() {
        let at = |line: &str| parse_stat(line).map(|found| found.map(|f| f.mtime.to_string()));
        assert_eq!(at("81a4 1793698877.318204511"), Ok(Some("2026-11-03T09:41:17.318204511Z".to_owned())));
        assert_eq!(at("81a4 1793698877"), Ok(Some("2026-11-03T09:41:17Z".to_owned())));
        assert_eq!(at("-"), Ok(None));
        for line in ["!", "", "81a4", "stat: unrecognized option", "zz 1"] {
            assert_eq!(at(line), Err(UnknownLine), "{line:?}");
        }
    }

    #[test]
    fn details_tell_where_a_link_points() {
        let link = parse_details("a1ff 0 0\n/usr/share/zoneinfo/Asia/Tokyo\n").unwrap();
        assert_eq!(link.target.as_deref(), Some("/usr/share/zoneinfo/Asia/Tokyo"));
        let file = parse_details("81a0 1000 4\n").unwrap();
        assert_eq!((file.kind, file.mode, file.owner), (FileKind::File, 0o640, Some(Owner { uid: 1000, gid: 4 })));
        assert_eq!(parse_details("what?"), None);
    }
}
