//! What is kept.

use std::collections::BTreeMap;

use async_trait::async_trait;
use decnet_domain::decky::{Containers, Decky, DeckyId, DeckyName, TopologyPersonas};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{EmailRecord, Event, FileId, MailCopy, Pending, SyntheticFile};
use decnet_domain::world::Origin;
use jiff::Timestamp;
use uuid::Uuid;

use crate::driver::KeyPair;

/// Everything that is kept. A use case takes the part it needs.
pub trait Repo: Deckies + Files + Mails + Journal + Events + Config + Memory {}

impl<T: Deckies + Files + Mails + Journal + Events + Config + Memory> Repo for T {}

/// The deckies, which mostly other programs write.
#[async_trait]
pub trait Deckies: Send + Sync {
    /// All running deckies of all three sources, with the personas of the
    /// topologies among them. A row that makes no sense is skipped and told of.
    async fn running_fleet(&self) -> Result<RunningFleet, RepoError>;

    /// Adds or replaces a row of `fleet_deckies` on host `local`.
    async fn put_fleet_decky(&self, entry: &FleetEntry, now: Timestamp) -> Result<(), RepoError>;

    /// All rows of `fleet_deckies` on host `local`, by name.
    async fn fleet_deckies(&self) -> Result<Vec<FleetEntry>, RepoError>;

    /// Removes one. `Ok(false)` when it wasn't there.
    async fn remove_fleet_decky(&self, name: &DeckyName) -> Result<bool, RepoError>;
}

/// The files we planted.
#[async_trait]
pub trait Files: Send + Sync {
    /// The file at a path of a decky.
    async fn file_at(&self, decky: &DeckyId, path: &DeckyPath) -> Result<Option<SyntheticFile>, RepoError>;

    /// The files of a decky, latest modified first, at most `limit`; `last_body` is left empty.
    async fn recent_files(&self, decky: &DeckyId, limit: u32) -> Result<Vec<SyntheticFile>, RepoError>;

    /// All files of all deckies, by decky and path.
    async fn all_files(&self) -> Result<Vec<SyntheticFile>, RepoError>;
}

/// Pending notes and what comes of them: every action on a decky is noted, carried out, and recorded.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes down what is about to be done. A note with that key is a [`RepoError::Conflict`].
    async fn begin(&self, pending: &Pending) -> Result<(), RepoError>;

    /// In one transaction: writes all records, and forgets the pending note where one is named.
    async fn commit(&self, done: &Completion) -> Result<(), RepoError>;

    /// Forgets a pending note of which nothing came.
    async fn forget(&self, id: Uuid) -> Result<(), RepoError>;

    /// What is pending, oldest first. A row that makes no sense is left out.
    async fn pending(&self) -> Result<Vec<Pending>, RepoError>;
}

/// The mails that were sent.
#[async_trait]
pub trait Mails: Send + Sync {
    /// The mails of a mail decky, the latest first, at most `limit`. A row that makes no sense is left out.
    async fn recent_emails(&self, decky: &DeckyId, limit: u32) -> Result<Vec<EmailRecord>, RepoError>;

    /// Unseen copies in a container whose owners open them by `by`, the earliest first, at most `limit`.
    async fn copies_due(&self, container: &str, by: Timestamp, limit: u32) -> Result<Vec<MailCopy>, RepoError>;

    /// Somebody's copy of a mail.
    async fn copy_of(&self, email: Uuid, owner: &str) -> Result<Option<MailCopy>, RepoError>;
}

/// What the worker itself has to remember, in tables of its own.
#[async_trait]
pub trait Memory: Send + Sync {
    /// Where this installation's worlds come from. The first to ask sets it; everybody after, in
    /// this process or another, gets the same.
    async fn origin(&self, fresh: Origin) -> Result<Origin, RepoError>;

    /// What [`Memory::origin`] has set; `None` where nobody has asked yet. Sets nothing.
    async fn kept_origin(&self) -> Result<Option<Origin>, RepoError>;

    /// The files that are marked as no longer ours.
    async fn tampered_files(&self) -> Result<Vec<FileId>, RepoError>;

    /// The key pair of a login, if one was kept.
    async fn session_key(&self, login: &str) -> Result<Option<KeyPair>, RepoError>;

    /// Keeps a key pair. Where another was kept meanwhile, that one comes back.
    async fn keep_session_key(&self, login: &str, key: &KeyPair) -> Result<KeyPair, RepoError>;
}

/// What happened.
#[async_trait]
pub trait Events: Send + Sync {
    /// The latest events, newest first, at most `limit`.
    async fn recent_events(&self, limit: u32) -> Result<Vec<Event>, RepoError>;

    /// Removes the oldest events and mails above the caps.
    async fn prune(&self, caps: PruneCaps) -> Result<Pruned, RepoError>;
}

/// What an operator set.
#[async_trait]
pub trait Config: Send + Sync {
    /// The value of a `realism_config` row, JSON text.
    async fn realism_config(&self, key: &str) -> Result<Option<String>, RepoError>;
}

/// The running deckies, as rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunningFleet {
    /// The deckies, in a stable order.
    pub deckies: Vec<Decky>,
    /// The personas of each topology that has a running decky, by its id.
    pub topologies: BTreeMap<String, TopologyPersonas>,
    /// What was skipped or mended.
    pub skipped: Vec<SkippedRow>,
}

/// A row that doesn't make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedRow {
    /// Which: table and key.
    pub row: String,
    /// What is wrong, and what was done about it.
    pub reason: String,
}

/// A row of `fleet_deckies`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetEntry {
    /// Its name.
    pub name: DeckyName,
    /// Its services, as words.
    pub services: Vec<String>,
    /// Its address.
    pub ip: Option<std::net::IpAddr>,
    /// Those of its containers that have names of their own.
    pub containers: Containers,
    /// Its state.
    pub state: FleetState,
}

/// The `state` of a fleet decky, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FleetState {
    /// It lives.
    Running,
    /// Any other word.
    Other(String),
}

impl FleetState {
    /// The word in the column.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Other(word) => word,
        }
    }
}

/// What is recorded of an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// The pending note that is forgotten with it; `None` where there is none, or where it has to stay because
    /// nobody knows whether the action was carried out.
    pub pending: Option<Uuid>,
    /// What is written, in this order.
    pub records: Vec<Record>,
}

/// One thing that is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A new event.
    Event(Event),
    /// A file: inserted, or where its decky and path are known, patched with time, hash and body, and counted as
    /// edited once more.
    File(SyntheticFile),
    /// The row of a file goes.
    FileGone(FileId),
    /// A file is marked as no longer ours since this moment. One that is marked already stays as it was marked.
    FileTampered(FileId, Timestamp),
    /// A mail. One that is there already, because its delivery had no known end, gets another outcome, payload and
    /// path.
    Email(EmailRecord),
    /// A copy of a mail that waits to be opened. One that is there already stays as it is.
    Copy(MailCopy),
    /// A copy that has another path or state.
    CopyChanged(MailCopy),
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PruneCaps {
    /// Events per destination decky.
    pub events: u32,
    /// Mails per mail decky.
    pub emails: u32,
}

impl Default for PruneCaps {
    /// As with the reference: 10,000 events per destination, 5,000 mails per mail decky.
    fn default() -> Self {
        Self { events: 10_000, emails: 5_000 }
    }
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Events.
    pub events: u64,
    /// Mails.
    pub emails: u64,
}

/// What of the schema is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Versions that are applied.
    pub applied: Vec<String>,
    /// Versions that are not.
    pub pending: Vec<String>,
}

/// Why the store didn't do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepoError {
    /// It can't be reached, or is busy. Worth another try.
    #[error("the database can't be reached: {0}")]
    Unavailable(String),
    /// Another row has that key.
    #[error("a row with that key exists: {0}")]
    Conflict(String),
    /// A row holds what it can't hold.
    #[error("a row is corrupt: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error("the database failed: {0}")]
    Backend(String),
}
