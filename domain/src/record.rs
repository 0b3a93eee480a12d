//! What is remembered: the rows other programs read (contracts §2), as values.

use alloc::borrow::ToOwned;
use alloc::string::String;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::content_class::ContentClass;
use crate::decky::DeckyId;

/// The key of a `synthetic_files` row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub Uuid);

/// A moment as rows hold it: microseconds, cut off, so that what is read back is what was written.
pub fn row_time(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Trunc)).unwrap_or(at)
}

/// SHA-256 of a body, as 64 hexadecimal digits.
pub fn content_hash(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        put!(&mut out, "{byte:02x}");
    }
    out
}

/// `last_body` holds at most so many bytes.
pub const LAST_BODY_MAX: usize = 65_536;

/// The beginning of a text that fits into `last_body`, cut on a character boundary.
pub fn cap_body(text: &str) -> &str {
    let mut end = text.len().min(LAST_BODY_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A row of `synthetic_files`: a file we planted, as we last left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticFile {
    /// Its key. An upsert on `(decky, path)` keeps the key that is there.
    pub id: FileId,
    /// Which decky.
    pub decky: DeckyId,
    /// Where it lies.
    pub path: String,
    /// Whose it is.
    pub persona: String,
    /// What kind.
    pub class: ContentClass,
    /// When it was first planted.
    pub created_at: Timestamp,
    /// Its modification time.
    pub last_modified: Timestamp,
    /// How often it was edited.
    pub edit_count: u32,
    /// [`content_hash`] of the whole body.
    pub content_hash: String,
    /// [`cap_body`] of the body.
    pub last_body: String,
}

/// A row of `orchestrator_events`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its key.
    pub id: Uuid,
    /// When it happened.
    pub ts: Timestamp,
    /// What happened.
    pub what: EventKind,
    /// Where it came from, for traffic.
    pub source: Option<DeckyId>,
    /// Where it happened.
    pub target: DeckyId,
    /// How it went.
    pub outcome: Outcome,
    /// Its details (contracts §2, `payload`).
    pub payload: Value,
}

/// The `action` of an event, which settles its `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `exec:tcp_connect:22`
    TcpConnect,
    /// `file:create`
    FileCreate,
    /// `file:edit`
    FileEdit,
    /// `file:tampered`: a file of ours is no longer what we left. Ours, beside the reference's words.
    FileTampered,
    /// `file:remove`: a scratch file went away after its time. Ours, too.
    FileRemove,
}

/// How an action went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As planned.
    Success,
    /// Not as planned; the payload says more.
    Failure,
}

impl Outcome {
    /// For `success` columns and fields.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Success)
    }
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::TcpConnect, Self::FileCreate, Self::FileEdit, Self::FileTampered, Self::FileRemove];

    /// The `kind` column and the word in the topic.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::TcpConnect => "traffic",
            Self::FileCreate | Self::FileEdit | Self::FileTampered | Self::FileRemove => "file",
        }
    }

    /// The `action` column.
    pub const fn action(self) -> &'static str {
        match self {
            Self::TcpConnect => "exec:tcp_connect:22",
            Self::FileCreate => "file:create",
            Self::FileEdit => "file:edit",
            Self::FileTampered => "file:tampered",
            Self::FileRemove => "file:remove",
        }
    }
}

/// The name of a thread of mails: a UUID in our rows, and a folder's name in the spool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadId(String);

impl ThreadId {
    /// Takes 1 to 64 letters, digits, hyphens and underscores: whatever another program wrote, it is safe in a path.
    pub fn new(text: &str) -> Option<Self> {
        let is_fit = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        ((1..=64).contains(&text.len()) && text.bytes().all(is_fit)).then(|| Self(text.to_owned()))
    }

    /// A new one.
    pub fn of(id: Uuid) -> Self {
        Self(alloc::format!("{id}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A row of `orchestrator_emails`.
#[derive(Clone, Debug, PartialEq)]
pub struct EmailRecord {
    /// Its key.
    pub id: Uuid,
    /// When it was sent.
    pub ts: Timestamp,
    /// The decky whose mail server has it.
    pub decky: DeckyId,
    /// Its thread.
    pub thread: ThreadId,
    /// Its `Message-ID`, in angle brackets.
    pub message_id: String,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// Who wrote it.
    pub sender: String,
    /// The first of those it was written to.
    pub recipient: String,
    /// What it is about.
    pub subject: String,
    /// What it is written in.
    pub language: String,
    /// Where it lies in the mail container: the first recipient's copy.
    pub eml_path: String,
    /// Whether it got there.
    pub outcome: Outcome,
    /// Its details (contracts §2, `payload` of an email).
    pub payload: Value,
}

/// A copy of a mail in somebody's mailbox that nobody has opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailCopy {
    /// Its mail.
    pub email: Uuid,
    /// The container it lies in.
    pub container: String,
    /// The decky's name.
    pub decky_name: String,
    /// Whose mailbox, by address.
    pub owner: String,
    /// Where it lies now.
    pub path: String,
    /// When its owner will open it; never, where there is none.
    pub due: Option<Timestamp>,
    /// What has become of it.
    pub state: CopyState,
}

/// What has become of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// Nobody has opened it.
    Unseen,
    /// Its owner has.
    Seen,
    /// It isn't where it was: somebody else moved or removed it.
    Gone,
}

impl CopyState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Unseen, Self::Seen, Self::Gone];

    /// The word in the column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unseen => "unseen",
            Self::Seen => "seen",
            Self::Gone => "gone",
        }
    }
}

/// The `protocol` column: everything goes by SSH's container.
pub const PROTOCOL: &str = "ssh";

/// What was about to be planted when it was written down; found again after a crash, it tells
/// whether the file got there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its key.
    pub id: Uuid,
    /// The container the file goes to.
    pub container: String,
    /// The decky's name.
    pub decky_name: String,
    /// The row to be, once the file is there.
    pub file: SyntheticFile,
    /// What is being done.
    pub what: PendingKind,
}

/// What a pending plant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingKind {
    /// A new file.
    Create,
    /// A file's next iteration.
    Edit,
}

impl PendingKind {
    /// The event it becomes.
    pub const fn event(self) -> EventKind {
        match self {
            Self::Create => EventKind::FileCreate,
            Self::Edit => EventKind::FileEdit,
        }
    }

    /// The kind an action's name stands for.
    pub fn of_action(action: &str) -> Option<Self> {
        [Self::Create, Self::Edit].into_iter().find(|kind| kind.event().action() == action)
    }
}

/// ISO 8601 in UTC with microseconds, as payloads hold times.
pub fn iso(at: Timestamp) -> String {
    alloc::format!("{:.6}", row_time(at)).trim_end_matches('Z').to_owned() + "+00:00"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_on_a_character_boundary() {
        let text = alloc::format!("{}é", "x".repeat(LAST_BODY_MAX - 1));
        assert_eq!(cap_body(&text).len(), LAST_BODY_MAX - 1);
        assert_eq!(cap_body("short"), "short");
    }

    #[test]
    fn the_hash_is_sha256_in_hex() {
        // FIPS 180-4, the empty message.
        assert_eq!(content_hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn row_times_are_cut_to_microseconds_and_written_in_iso_8601() {
        let at: Timestamp = "2026-11-03T09:41:17.318204511Z".parse().unwrap();
        assert_eq!(row_time(at), "2026-11-03T09:41:17.318204Z".parse().unwrap());
        assert_eq!(iso(at), "2026-11-03T09:41:17.318204+00:00");
    }
}
