//! Acting on a decky.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::fleet::Traffic;
use decnet_domain::noise::Key;
use decnet_domain::path::DeckyPath;
use jiff::{SignedDuration, Timestamp};

/// One call to a decky takes at most this long, in every driver.
pub const CALL_LIMIT: Duration = Duration::from_secs(8);

/// Puts files on deckies, reads and removes them; some drivers make traffic too.
///
/// Everything that comes back from a decky is an intruder's word. An adapter keeps every call
/// within [`CALL_LIMIT`] and a bounded answer, never builds a shell string with data in it, and never
/// follows a symbolic link: not in the folder, not at the target.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ActivityDriver: Send + Sync {
    /// Its name, as `--driver` takes it.
    fn name(&self) -> &'static str;

    /// The traffic half, where this driver has one. A driver without it makes no traffic, and the
    /// type says so.
    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>>;

    /// Puts one file where `request` says: bytes, owner, mode and modification time, all or
    /// nothing. Missing folders are made and belong to the owner of the file. A folder that gets a new
    /// entry has the time of [`PlantRequest::folder_time`], unless its own is later; one in which a file
    /// is replaced keeps its own.
    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError>;

    /// Puts many files at once, in as few calls as the driver can; each has its own result, in order.
    /// Unless the driver can do better, one after the other, up to a container that doesn't answer.
    async fn plant_many(
        &self,
        container: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            let result = self.plant_file(container, request).await;
            let gone = match &result {
                Err(error @ (DriverError::Timeout { .. } | DriverError::Unavailable { .. })) => Some(error.clone()),
                _ => None,
            };
            results.push(result);
            if let Some(error) = gone {
                results.resize_with(requests.len(), || Err(error.clone()));
                break;
            }
        }
        results
    }

    /// Reads a regular file of at most `limit` bytes. `Ok(None)` when there is none.
    async fn read_file(
        &self,
        container: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError>;

    /// Tells what lies at each of the paths, in order; `None` for nothing. Nothing is opened and the
    /// path's own last link isn't followed.
    async fn stat(&self, container: &ContainerRef, paths: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError>;

    /// Tells more of what lies at one path than [`ActivityDriver::stat`] does, the path's own last link not
    /// followed; `None` for nothing.
    async fn details(&self, container: &ContainerRef, path: &DeckyPath) -> Result<Option<FileDetails>, DriverError>;

    /// The names in a folder, in no order; none where there is no such folder. More than
    /// [`MOST_NAMES`] names, or names that take more than 64 KiB, are [`Refusal::TooLarge`].
    async fn list(&self, container: &ContainerRef, folder: &DeckyPath) -> Result<Vec<String>, DriverError>;

    /// What is known of a decky's container from outside. A driver without containers knows nothing.
    async fn inspect(&self, container: &ContainerRef) -> Result<ContainerInfo, DriverError>;

    /// Removes a regular file. Removing what isn't there is no error.
    async fn remove_file(&self, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError>;

    /// Gives a regular file another name: in its folder, or in one beside it (rename(2), as a
    /// mail server does from `new/` to `cur/`), which is made like the first where it is missing. It keeps everything else. What isn't there is
    /// [`Refusal::Missing`], and a name that is taken [`DriverError::Exists`].
    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError>;
}

/// Makes traffic between deckies.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TrafficDriver: Send + Sync {
    /// Carries out one piece of traffic. A target that doesn't answer is a report with a non-zero
    /// `rc`, not an error; an error is a source that can't be acted from.
    async fn run(&self, traffic: &Traffic) -> Result<TrafficReport, DriverError>;

    /// Makes a key pair for sessions, with a tool of the source's own image; nothing of it stays
    /// anywhere but in the answer.
    async fn make_key(&self, source: &ContainerRef, comment: &str) -> Result<KeyPair, DriverError>;

    /// A person logs in from one decky to another over SSH and does something there. The client is
    /// on the source's network, but not among its processes. Comes back as soon as it is known
    /// whether the login worked; the session goes on by itself, and ends by itself.
    async fn session(&self, session: &Session) -> Result<SessionReport, DriverError>;
}

/// A key pair, as `ssh-keygen` writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The private key's file.
    pub private: String,
    /// The public key's line, without its line end.
    pub public: String,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

/// A login from one decky to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Where it comes from and where it goes.
    pub traffic: Traffic,
    /// The account on the target.
    pub login: String,
    /// The key it logs in with.
    pub key: KeyPair,
    /// The target's own public host key, if it is known: another one is no login.
    pub host_key: Option<String>,
    /// What is typed there, each after so many milliseconds.
    pub typed: Vec<(u32, String)>,
}

/// How a login went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionReport {
    /// 0 when the target let us in.
    pub rc: i64,
    /// What the client learned of the target's host key: lines for `known_hosts`.
    pub known_hosts: String,
    /// What went wrong, in the client's words.
    pub stderr: String,
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStat {
    /// What kind of thing.
    pub kind: FileKind,
    /// When it was last modified.
    pub mtime: Timestamp,
}

/// What kind of thing lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum FileKind {
    File,
    Folder,
    Other,
}

/// More names in a folder than are listed.
pub const MOST_NAMES: usize = 2_000;

/// More of what lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDetails {
    /// What kind of thing.
    pub kind: FileKind,
    /// Whose it is; `None` where owners mean nothing.
    pub owner: Option<Owner>,
    /// Permission bits.
    pub mode: u32,
    /// Where a symbolic link points, as it is written there.
    pub target: Option<String>,
}

/// A container, seen from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerInfo {
    /// The image it was made of.
    pub image: Option<String>,
    /// What runs it, with its version.
    pub engine: Option<String>,
    /// `TZ` of its first process's environment.
    pub zone: Option<String>,
    /// What the driver does its work with there.
    pub tools: Option<String>,
    /// What the driver can't do there, or does less exactly than elsewhere, each in a sentence.
    pub limits: Vec<String>,
}

/// One file to put on a decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantRequest {
    /// Where.
    pub path: DeckyPath,
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// Whose it is.
    pub owner: Owner,
    /// Permission bits.
    pub mode: u32,
    /// Modification time. Drivers keep the nanoseconds; where the decky's own tools can't, they say so in
    /// [`ContainerInfo::limits`] and the fraction is cut off.
    pub mtime: Timestamp,
    /// What may be there already.
    pub plant: PlantMode,
    /// Permission bits of the folders that have to be made on the way.
    pub folder_mode: u32,
    /// Names of folders that are made beside the file's own where that has to be made: a Maildir is three.
    pub beside: &'static [&'static str],
}

impl PlantRequest {
    /// When a folder on the way got its new entry: the one that holds the file (`level` 0) a moment
    /// before the file was written, each one above it some seconds earlier, as after mkdir(1). No two
    /// of these times agree to the nanosecond.
    pub fn folder_time(&self, level: usize) -> Timestamp {
        let noise = Key::of(level as u64).text(self.path.as_str()).at(self.mtime);
        let nanos = match level {
            0 => 60_000 + noise.below(2_600_000),
            n => (n as u64).saturating_mul(1_700_000_000 + noise.below(41_000_000_000)),
        };
        self.mtime - SignedDuration::from_nanos(nanos.cast_signed())
    }
}

/// The mode of a folder that nobody thinks about.
pub const FOLDER_MODE: u32 = 0o755;

/// What a plant may do to what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlantMode {
    /// Nothing: if anything lies at the path, [`DriverError::Exists`].
    CreateNew,
    /// Replace a regular file's content, keeping its owner and mode (and its inode, where the driver
    /// can), as long as it is still what was read: SHA-256, in hexadecimal digits. Else
    /// [`Refusal::Changed`].
    Replace {
        /// Of what is there.
        was: String,
    },
}

/// A plant that worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planted {
    /// How many bytes lie there now.
    pub bytes: u64,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// The bytes, all of them.
    pub bytes: Vec<u8>,
}

/// How some traffic went, as the payload of a traffic event has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficReport {
    /// 0 when the target answered.
    pub rc: i64,
    /// The first line the target sent, without its line end.
    pub banner: Option<String>,
    /// What went wrong, in the tool's words.
    pub stderr: String,
}

/// Why a driver didn't do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DriverError {
    /// The container can't be acted on now: missing, stopped or paused, or the engine doesn't answer.
    /// Worth another try later.
    #[error("{container} can't be reached: {reason}")]
    Unavailable {
        /// The container or folder.
        container: String,
        /// In the engine's words.
        reason: String,
    },
    /// This driver can't do it in that container, and never will: no shell to run, or a tool that is
    /// missing. Not worth another try before the container is another one.
    #[error("{container} can't be acted on in this way: {reason}")]
    Unsupported {
        /// The container or folder.
        container: String,
        /// What is missing, with the engine's own words where there are any.
        reason: String,
    },
    /// Something in the container answered in a form that isn't known. It says nothing about what was asked.
    #[error("{container} answered {asked} in an unknown form: {answer:?}")]
    UnknownAnswer {
        /// The container or folder.
        container: String,
        /// What was asked.
        asked: &'static str,
        /// The beginning of what came, at most 200 characters.
        answer: String,
    },
    /// No answer within the limit. What was asked for may still happen.
    #[error("{container} did not answer within {seconds} s")]
    Timeout {
        /// The container or folder.
        container: String,
        /// The limit.
        seconds: u64,
    },
    /// Something lies at the path of a [`PlantMode::CreateNew`].
    #[error("{path} is already there")]
    Exists {
        /// The path.
        path: String,
    },
    /// Not done for safety's sake.
    #[error("{path} is left alone: {reason}")]
    Refused {
        /// The path.
        path: String,
        /// Why.
        reason: Refusal,
    },
    /// The decky said no: a full or read-only file system, a missing tool.
    #[error("failed with {rc}: {stderr}")]
    Failed {
        /// Exit status, or -1 where there is none.
        rc: i64,
        /// What it said, at most 4 KiB.
        stderr: String,
    },
}

/// What makes a driver leave a path alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A symbolic link, at the target or on the way.
    #[error("a symbolic link is in the way")]
    Symlink,
    /// A folder, device, pipe or socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// What was to be replaced is gone; it stays gone.
    #[error("it is not there any more")]
    Missing,
    /// What was to be replaced is no longer what was read.
    #[error("somebody has changed it meanwhile")]
    Changed,
    /// More bytes than the caller wants to read.
    #[error("it is larger than the limit")]
    TooLarge,
}

impl DriverError {
    /// For the `rc` of a payload.
    pub fn rc(&self) -> i64 {
        match self {
            Self::Failed { rc, .. } => *rc,
            Self::Timeout { .. } => 124,
            Self::Unsupported { .. } => 126,
            Self::Unavailable { .. } | Self::UnknownAnswer { .. } | Self::Exists { .. } | Self::Refused { .. } => 1,
        }
    }

    /// For the `stderr` of a payload.
    pub fn stderr(&self) -> String {
        match self {
            Self::Failed { stderr, .. } => stderr.clone(),
            other => other.to_string(),
        }
    }
}
