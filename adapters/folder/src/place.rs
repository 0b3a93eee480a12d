//! One decky's folder.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_domain::temporary_name::temporary_name;
use decnet_ports::{
    DriverError, FileContent, FileDetails, FileKind, FileStat, MOST_NAMES, PlantMode, PlantRequest, Planted, Refusal,
};
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) name: String,
}

/// The largest file that is replaced.
const LARGEST_OLD: usize = 8 << 20;
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

impl Place {
    pub(crate) fn plant(&self, request: &PlantRequest) -> Result<Planted, DriverError> {
        let path = &request.path;
        let (folder, before) = self.folder(path, request)?;
        let name = path.file_name();
        match (&request.plant, kind(&folder, path)?) {
            (_, Some(FileType::Symlink)) => return Err(refused(path, Refusal::Symlink)),
            (PlantMode::CreateNew, Some(_)) => return Err(DriverError::Exists { path: path.to_string() }),
            (PlantMode::Replace { .. }, None) => return Err(refused(path, Refusal::Missing)),
            (PlantMode::CreateNew, None) | (PlantMode::Replace { .. }, Some(FileType::RegularFile)) => {}
            (PlantMode::Replace { .. }, Some(_)) => return Err(refused(path, Refusal::NotAFile)),
        }
        // The body is whole before anything shows under its name.
        let temporary = temporary_name(name, &mut noise());
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::WRONLY | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&folder, &temporary, flags, Mode::from_raw_mode(0o600));
        let mut file = File::from(opened.map_err(|e| failed(path, e))?);
        let put = (|| {
            file.write_all(&request.bytes).map_err(|e| io_failed(path, &e))?;
            match &request.plant {
                PlantMode::CreateNew => {
                    let mode = Mode::from_raw_mode(request.mode);
                    rustix::fs::fchmod(&file, mode).map_err(|e| failed(path, e))?;
                    set_mtime(&file, request.mtime).map_err(|e| failed(path, e))?;
                    rustix::fs::linkat(&folder, &temporary, &folder, name, AtFlags::empty()).map_err(|e| match e {
                        Errno::EXIST => DriverError::Exists { path: path.to_string() },
                        e => failed(path, e),
                    })
                }
                PlantMode::Replace { was } => {
                    let there = self.read(path, LARGEST_OLD)?.ok_or_else(|| refused(path, Refusal::Missing))?;
                    if content_hash(&there.bytes) != *was {
                        return Err(refused(path, Refusal::Changed));
                    }
                    // Not blocking, in case it has become a pipe.
                    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                    let old = rustix::fs::openat(&folder, name, flags, Mode::empty()).map_err(|e| failed(path, e))?;
                    let mode = rustix::fs::fstat(&old).map_err(|e| failed(path, e))?.st_mode;
                    if FileType::from_raw_mode(mode) != FileType::RegularFile {
                        return Err(refused(path, Refusal::NotAFile));
                    }
                    let mut old = File::from(old);
                    if let Err(error) = old.write_all(&request.bytes) {
                        // The whole body lies beside it: a new inode is better than half a file.
                        let kept = Mode::from_raw_mode(mode & 0o7777);
                        rustix::fs::fchmod(&file, kept).map_err(|e| failed(path, e))?;
                        set_mtime(&file, request.mtime).map_err(|e| failed(path, e))?;
                        let moved = rustix::fs::renameat(&folder, &temporary, &folder, name);
                        return moved.map_err(|_| io_failed(path, &error));
                    }
                    set_mtime(&old, request.mtime).map_err(|e| failed(path, e))
                }
            }
        })();
        // Linked or not, the temporary name has served.
        let _: rustix::io::Result<()> = rustix::fs::unlinkat(&folder, &temporary, AtFlags::empty());
        // The folder keeps its time, unless something new and later is in it.
        let at = match request.plant {
            PlantMode::CreateNew => before.max(request.folder_time(0)),
            PlantMode::Replace { .. } => before,
        };
        set_mtime(&folder, at).map_err(|e| failed(path, e))?;
        put.map(|()| Planted { bytes: request.bytes.len() as u64 })
    }

    pub(crate) fn read(&self, path: &DeckyPath, limit: usize) -> Result<Option<FileContent>, DriverError> {
        let Some(folder) = self.existing_folder(path)? else { return Ok(None) };
        match kind(&folder, path)? {
            None => return Ok(None),
            Some(FileType::RegularFile) => {}
            Some(FileType::Symlink) => return Err(refused(path, Refusal::Symlink)),
            Some(_) => return Err(refused(path, Refusal::NotAFile)),
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&folder, path.file_name(), flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(failed(path, e)),
        };
        let mut bytes = Vec::new();
        file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|e| io_failed(path, &e))?;
        if bytes.len() > limit {
            return Err(refused(path, Refusal::TooLarge));
        }
        Ok(Some(FileContent { bytes }))
    }

    pub(crate) fn stat(&self, path: &DeckyPath) -> Result<Option<FileStat>, DriverError> {
        let Some(folder) = self.existing_folder(path)? else { return Ok(None) };
        let stat = match rustix::fs::statat(&folder, path.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(failed(path, e)),
        };
        let kind = kind_of(FileType::from_raw_mode(stat.st_mode));
        let nanos = i32::try_from(stat.st_mtime_nsec).unwrap_or(0);
        Ok(Some(FileStat { kind, mtime: Timestamp::new(stat.st_mtime, nanos).unwrap_or(Timestamp::UNIX_EPOCH) }))
    }

    /// Owners of a folder decky are those of this machine and mean nothing.
    pub(crate) fn details(&self, path: &DeckyPath) -> Result<Option<FileDetails>, DriverError> {
        let Some(folder) = self.existing_folder(path)? else { return Ok(None) };
        let stat = match rustix::fs::statat(&folder, path.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(e) => return Err(failed(path, e)),
        };
        let is_link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink;
        let target = if is_link {
            let target = rustix::fs::readlinkat(&folder, path.file_name(), Vec::new()).map_err(|e| failed(path, e))?;
            Some(target.to_string_lossy().into_owned())
        } else {
            None
        };
        let kind = kind_of(FileType::from_raw_mode(stat.st_mode));
        Ok(Some(FileDetails { kind, owner: None, mode: stat.st_mode & 0o7777, target }))
    }

    pub(crate) fn list(&self, path: &DeckyPath) -> Result<Vec<String>, DriverError> {
        let Some(above) = self.existing_folder(path)? else { return Ok(Vec::new()) };
        let folder = match rustix::fs::openat(&above, path.file_name(), FOLDER, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(e) => return Err(way(path, e)),
        };
        let entries = rustix::fs::Dir::read_from(&folder).map_err(|e| failed(path, e))?;
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(|e| failed(path, e))?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
            if names.len() > MOST_NAMES {
                return Err(refused(path, Refusal::TooLarge));
            }
        }
        Ok(names)
    }

    pub(crate) fn remove(&self, path: &DeckyPath) -> Result<(), DriverError> {
        let Some(folder) = self.existing_folder(path)? else { return Ok(()) };
        match kind(&folder, path)? {
            None => Ok(()),
            Some(FileType::RegularFile) => match rustix::fs::unlinkat(&folder, path.file_name(), AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => Ok(()),
                Err(e) => Err(failed(path, e)),
            },
            Some(FileType::Symlink) => Err(refused(path, Refusal::Symlink)),
            Some(_) => Err(refused(path, Refusal::NotAFile)),
        }
    }

    pub(crate) fn rename(&self, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        let missing = || refused(from, Refusal::Missing);
        let old = self.existing_folder(from)?.ok_or_else(missing)?;
        if self.existing_folder(to)?.is_none() {
            self.make_beside(&old, to)?;
        }
        let new = self.existing_folder(to)?.ok_or_else(|| refused(to, Refusal::Missing))?;
        match kind(&old, from)? {
            None => return Err(missing()),
            Some(FileType::RegularFile) => {}
            Some(FileType::Symlink) => return Err(refused(from, Refusal::Symlink)),
            Some(_) => return Err(refused(from, Refusal::NotAFile)),
        }
        let flags = rustix::fs::RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&old, from.file_name(), &new, to.file_name(), flags) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(DriverError::Exists { path: to.to_string() }),
            Err(Errno::NOENT) => Err(missing()),
            Err(e) => Err(failed(from, e)),
        }
    }

    /// Makes the folder of `path`, with the mode of `like`, which lies beside it.
    fn make_beside(&self, like: &OwnedFd, path: &DeckyPath) -> Result<(), DriverError> {
        let mode = rustix::fs::fstat(like).map_err(|e| failed(path, e))?.st_mode & 0o7777;
        let folder = DeckyPath::new(path.parent()).map_err(|_| refused(path, Refusal::NotAFile))?;
        let Some(above) = self.existing_folder(&folder)? else { return Err(refused(path, Refusal::Missing)) };
        match rustix::fs::mkdirat(&above, folder.file_name(), Mode::from_raw_mode(mode)) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(e) => Err(failed(path, e)),
        }
    }

    fn open_root(&self) -> Result<OwnedFd, DriverError> {
        rustix::fs::open(&self.root, FOLDER, Mode::empty()).map_err(|e| DriverError::Unavailable {
            container: self.name.clone(),
            reason: format!("{}: {e}", self.root.display()),
        })
    }

    /// The folder of a file, made where it is missing, and its modification time before that.
    fn folder(&self, path: &DeckyPath, request: &PlantRequest) -> Result<(OwnedFd, Timestamp), DriverError> {
        let mut folder = self.open_root()?;
        let mut before = mtime(&folder).map_err(|e| failed(path, e))?;
        let depth = folders(path).count();
        for (at, part) in folders(path).enumerate() {
            let level = depth - 1 - at;
            let next = match rustix::fs::openat(&folder, part, FOLDER, Mode::empty()) {
                Err(Errno::NOENT) if request.plant == PlantMode::CreateNew => {
                    match rustix::fs::mkdirat(&folder, part, Mode::from_raw_mode(request.folder_mode)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(e) => return Err(failed(path, e)),
                    }
                    if level == 0 {
                        make_beside_new(&folder, request).map_err(|e| failed(path, e))?;
                    }
                    let made = rustix::fs::openat(&folder, part, FOLDER, Mode::empty()).map_err(|e| way(path, e))?;
                    set_mtime(&made, request.folder_time(level)).map_err(|e| failed(path, e))?;
                    set_mtime(&folder, before.max(request.folder_time(level + 1))).map_err(|e| failed(path, e))?;
                    made
                }
                Err(Errno::NOENT) => return Err(refused(path, Refusal::Missing)),
                other => other.map_err(|e| way(path, e))?,
            };
            folder = next;
            before = mtime(&folder).map_err(|e| failed(path, e))?;
        }
        Ok((folder, before))
    }

    fn existing_folder(&self, path: &DeckyPath) -> Result<Option<OwnedFd>, DriverError> {
        let mut folder = self.open_root()?;
        for part in folders(path) {
            folder = match rustix::fs::openat(&folder, part, FOLDER, Mode::empty()) {
                Ok(next) => next,
                Err(Errno::NOENT) => return Ok(None),
                Err(e) => return Err(way(path, e)),
            };
        }
        Ok(Some(folder))
    }
}

/// The folders that belong beside the file's own.
fn make_beside_new(above: &OwnedFd, request: &PlantRequest) -> rustix::io::Result<()> {
    for name in request.beside {
        match rustix::fs::mkdirat(above, *name, Mode::from_raw_mode(request.folder_mode)) {
            Ok(()) => {
                let made = rustix::fs::openat(above, *name, FOLDER, Mode::empty())?;
                set_mtime(&made, request.folder_time(1))?;
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The folders on the way to a file.
fn folders(path: &DeckyPath) -> impl Iterator<Item = &str> {
    let count = path.components().count();
    path.components().take(count - 1)
}

fn kind_of(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        _ => FileKind::Other,
    }
}

fn kind(folder: &OwnedFd, path: &DeckyPath) -> Result<Option<FileType>, DriverError> {
    match rustix::fs::statat(folder, path.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(failed(path, e)),
    }
}

fn mtime(folder: &OwnedFd) -> rustix::io::Result<Timestamp> {
    let stat = rustix::fs::fstat(folder)?;
    let nanos = i32::try_from(stat.st_mtime_nsec).unwrap_or(0);
    Ok(Timestamp::new(stat.st_mtime, nanos).unwrap_or(Timestamp::UNIX_EPOCH))
}

fn set_mtime(file: impl std::os::fd::AsFd, at: Timestamp) -> rustix::io::Result<()> {
    let mut at = Timespec { tv_sec: at.as_second(), tv_nsec: i64::from(at.subsec_nanosecond()) };
    if at.tv_nsec < 0 {
        // Before 1970 jiff counts the fraction backwards; the kernel never does.
        at = Timespec { tv_sec: at.tv_sec - 1, tv_nsec: at.tv_nsec + 1_000_000_000 };
    }
    rustix::fs::futimens(file, &Timestamps { last_access: at, last_modification: at })
}

/// Randomness for temporary names, which no plan depends on: it only has to differ from call to call.
fn noise() -> ChaCha8Rng {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    ChaCha8Rng::seed_from_u64((u64::from(std::process::id()) << 32) ^ call)
}

/// A component that is a link or no folder.
fn way(path: &DeckyPath, error: Errno) -> DriverError {
    match error {
        // ELOOP for a link under O_NOFOLLOW; with O_DIRECTORY Linux says ENOTDIR for both.
        Errno::LOOP | Errno::NOTDIR => refused(path, Refusal::Symlink),
        e => failed(path, e),
    }
}

fn refused(path: &DeckyPath, reason: Refusal) -> DriverError {
    DriverError::Refused { path: path.to_string(), reason }
}

fn failed(path: &DeckyPath, error: Errno) -> DriverError {
    DriverError::Failed { rc: i64::from(error.raw_os_error()), stderr: format!("{path}: {error}") }
}

fn io_failed(path: &DeckyPath, error: &std::io::Error) -> DriverError {
    DriverError::Failed { rc: error.raw_os_error().map_or(-1, i64::from), stderr: format!("{path}: {error}") }
}
