//! A mail that was sent, as a row of `orchestrator_emails`, and the copies of it that lie in mailboxes.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::event::Outcome;
use crate::decky::DeckyId;
use crate::world::WorkItem;

/// The name of a thread of mails: a UUID in our rows, and a folder's name in the spool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// The address of whoever wrote it.
    pub sender: String,
    /// The first address it was written to.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// ISO 639-1 code of its language.
    pub language: String,
    /// Where it lies in the mail container: the first recipient's copy.
    pub eml_path: String,
    /// Whether it was delivered.
    pub outcome: Outcome,
    /// Its details.
    pub payload: EmailPayload,
}

/// The `payload` column of a mail. Rows of other programs are kept as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EmailPayload {
    /// One that this program wrote.
    Ours(alloc::boxed::Box<EmailDetails>),
    /// Anything else.
    Other(Value),
}

impl EmailPayload {
    /// The payload as the JSON that the row has.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The details, where this program wrote them.
    pub fn details(&self) -> Option<&EmailDetails> {
        match self {
            Self::Ours(details) => Some(details),
            Self::Other(_) => None,
        }
    }
}

impl From<EmailDetails> for EmailPayload {
    fn from(details: EmailDetails) -> Self {
        Self::Ours(alloc::boxed::Box::new(details))
    }
}

/// How far a mail came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailStage {
    /// Its text was asked for.
    Llm,
    /// It couldn't be delivered.
    Delivery,
    /// It was delivered.
    Delivered,
}

/// Where a mail came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailOrigin {
    /// From one of the people.
    #[serde(rename = "colleague")]
    Colleague,
    /// From another company, or from a machine: nobody answers those.
    #[serde(rename = "outside")]
    External,
}

/// Details of a mail. Names and types up to `stderr` are shared with other programs; the rest is what
/// answering it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmailDetails {
    /// How far it came.
    pub stage: EmailStage,
    /// The language model that wrote it.
    pub model: Option<String>,
    /// How long that took, in milliseconds.
    pub generation_ms: u64,
    /// The size of the first recipient's copy.
    pub bytes: u64,
    /// Its thread.
    pub thread_id: String,
    /// Its `Message-ID`.
    pub message_id: String,
    /// Its subject.
    pub subject: String,
    /// ISO 639-1 code of its language.
    pub language: String,
    /// Habits of the writer that the language model was told of.
    pub mannerisms_used: Vec<String>,
    /// Whether it answers another.
    pub is_reply: bool,
    /// The mail container.
    pub container: String,
    /// Where it lies there: the first recipient's copy.
    pub eml_path: String,
    /// 0 when it was delivered.
    pub rc: i64,
    /// What went wrong, in the driver's words.
    pub stderr: Option<String>,
    /// Addresses it was written to.
    pub to: Vec<String>,
    /// Addresses that got a copy.
    pub cc: Vec<String>,
    /// `Message-ID`s of the mails before it, oldest first.
    pub references: Vec<String>,
    /// Its text, cut to what may be quoted of it.
    pub text: String,
    /// Its `Date`, ISO 8601 with the sender's offset.
    pub date: String,
    /// The number of the work item it is about.
    #[serde(alias = "matter")]
    pub work_item: Option<u32>,
    /// Where it came from.
    pub origin: MailOrigin,
    /// Which mail of a storyline it is, where it follows from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryMark>,
}

/// Which mail of which instance of a storyline a mail is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StoryMark {
    /// The work item: sixteen hexadecimal digits.
    pub item: String,
    /// The storyline's name.
    pub storyline: String,
    /// The beat's name.
    pub beat: String,
    /// The mail's place among the beat's, from 0.
    pub mail: usize,
}

impl StoryMark {
    /// What a work item is called in a mark.
    pub(crate) fn item(item: &WorkItem) -> String {
        alloc::format!("{:016x}", item.key.value())
    }
}

/// A copy of a mail in somebody's mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When its owner will open it; `None` where nobody will.
    pub due: Option<Timestamp>,
    /// What has become of it.
    pub state: CopyState,
}

/// What has become of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// It has not been opened.
    Unseen,
    /// Its owner has opened it.
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
