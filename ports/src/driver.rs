//! Acting on a decky.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::account::Owner;
use decnet_domain::decky::Station;
use decnet_domain::fleet::Traffic;
use decnet_domain::path::DeckyPath;
use jiff::Timestamp;

/// Puts files on deckies, reads and removes them; some drivers make traffic too.
///
/// Everything that comes back from a decky is an intruder's word. An adapter keeps every call
/// within 8 seconds and a bounded answer, never builds a shell string with data in it, and never
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
    /// nothing. Missing folders are made and belong to the owner of the file; the folder's own
    /// modification time stays coherent with what is in it.
    async fn plant_file(&self, station: &Station, request: &PlantRequest) -> Result<Planted, DriverError>;

    /// Puts many files at once, in as few calls as the driver can; each has its own result, in order.
    async fn plant_many(&self, station: &Station, requests: &[PlantRequest]) -> Vec<Result<Planted, DriverError>>;

    /// Reads a regular file of at most `limit` bytes. `Ok(None)` when there is none.
    async fn read_file(
        &self,
        station: &Station,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError>;

    /// Removes a regular file. Removing what isn't there is no error.
    async fn remove_file(&self, station: &Station, path: &DeckyPath) -> Result<(), DriverError>;
}

/// Makes traffic between deckies.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait TrafficDriver: Send + Sync {
    /// Carries out one piece of traffic. A target that doesn't answer is a report with a non-zero
    /// `rc`, not an error; an error is a source that can't be acted from.
    async fn run(&self, traffic: &Traffic) -> Result<TrafficReport, DriverError>;
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
    /// Modification time; every driver keeps the nanoseconds.
    pub mtime: Timestamp,
    /// What may be there already.
    pub plant: PlantMode,
}

/// What a plant may do to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantMode {
    /// Nothing: if anything lies at the path, [`DriverError::Exists`].
    CreateNew,
    /// Replace a regular file's content, keeping its owner and mode (and its inode, where the driver can).
    Replace,
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

/// How some traffic went (contracts §2, payload of a traffic event).
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
    /// The station can't be acted on now: missing, stopped or paused, or the engine doesn't answer.
    /// Worth another try later.
    #[error("{station} can't be reached: {reason}")]
    Unavailable {
        /// The container or folder.
        station: String,
        /// In the engine's words.
        reason: String,
    },
    /// No answer within the limit. What was asked for may still happen.
    #[error("{station} did not answer within {seconds} s")]
    Timeout {
        /// The container or folder.
        station: String,
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
            Self::Unavailable { .. } | Self::Exists { .. } | Self::Refused { .. } => 1,
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
