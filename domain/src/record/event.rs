//! What happened, as a row of `orchestrator_events`.

use alloc::string::{String, ToString};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::content_class::ContentClass;
use crate::decky::DeckyId;
use crate::record::file::SyntheticFile;

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
    /// Its details.
    pub payload: EventPayload,
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
    /// `file:tampered`: a file of ours is no longer what we left. Not one of the reference's words.
    FileTampered,
    /// `file:remove`: a scratch file was removed after its time. Not one of the reference's words.
    FileRemove,
    /// `file:append`: lines were added to a file that has no row, such as a shell history. Not one of
    /// the reference's words.
    FileAppend,
    /// `account:create`: a persona got an account. Not one of the reference's words.
    AccountCreate,
}

/// How an action went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub const ALL: [Self; 7] = [
        Self::TcpConnect,
        Self::FileCreate,
        Self::FileEdit,
        Self::FileTampered,
        Self::FileRemove,
        Self::FileAppend,
        Self::AccountCreate,
    ];

    /// The `kind` column and the word in the topic.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::TcpConnect => "traffic",
            Self::FileCreate
            | Self::FileEdit
            | Self::FileTampered
            | Self::FileRemove
            | Self::FileAppend
            | Self::AccountCreate => "file",
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
            Self::FileAppend => "file:append",
            Self::AccountCreate => "account:create",
        }
    }
}

/// The `protocol` column: everything goes by SSH's container.
pub const PROTOCOL: &str = "ssh";

/// The `payload` column. Rows of other programs, and kinds of ours that older versions wrote, are kept as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventPayload {
    /// Of a connection from one decky to another.
    Traffic(TrafficPayload),
    /// Of a change to a file.
    File(alloc::boxed::Box<FilePayload>),
    /// Anything else.
    Other(Value),
}

impl EventPayload {
    /// The payload as the JSON that the row and the bus have.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// The details of a change to a file, if it is one.
    pub fn file(&self) -> Option<&FilePayload> {
        match self {
            Self::File(file) => Some(file),
            Self::Traffic(_) | Self::Other(_) => None,
        }
    }

    /// The details of a connection, if it is one.
    pub fn traffic(&self) -> Option<&TrafficPayload> {
        match self {
            Self::Traffic(traffic) => Some(traffic),
            Self::File(_) | Self::Other(_) => None,
        }
    }

    /// The name of the decky it happened on; empty in rows of other programs that don't tell.
    pub fn decky(&self) -> &str {
        match self {
            Self::Traffic(traffic) => &traffic.dst_decky,
            Self::File(file) => &file.dst_decky,
            Self::Other(value) => value.get("dst_decky").and_then(Value::as_str).unwrap_or_default(),
        }
    }

    /// What went wrong, in the driver's or the tool's words.
    pub fn stderr(&self) -> Option<&str> {
        match self {
            Self::Traffic(traffic) => traffic.stderr.as_deref(),
            Self::File(file) => file.stderr.as_deref(),
            Self::Other(value) => value.get("stderr").and_then(Value::as_str),
        }
    }
}

impl From<FilePayload> for EventPayload {
    fn from(file: FilePayload) -> Self {
        Self::File(alloc::boxed::Box::new(file))
    }
}

/// Details of a connection. Names and types of the first seven are shared with other programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrafficPayload {
    /// The name of the decky it came from.
    pub src_decky: String,
    /// The name of the decky it went to.
    pub dst_decky: String,
    /// The address it went to.
    pub dst_ip: String,
    /// The port it went to.
    pub dst_port: u16,
    /// 0 when the target answered.
    pub rc: i64,
    /// The first line the target sent.
    pub banner: Option<String>,
    /// What went wrong, in the tool's words.
    pub stderr: Option<String>,
    /// The account that was logged in to, for a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

/// Details of a change to a file. Names and types of the first five, of `synthetic_file_uuid` and of
/// `new_body_bytes` are shared with other programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilePayload {
    /// The name of the decky.
    pub dst_decky: String,
    /// Where the file lies.
    pub path: String,
    /// Its size after the change.
    pub bytes: u64,
    /// 0 when the change was made.
    pub rc: i64,
    /// What went wrong, in the driver's words.
    pub stderr: Option<String>,
    /// The row of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synthetic_file_uuid: Option<String>,
    /// Its size after an edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_body_bytes: Option<u64>,
    /// The persona who writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Its content class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_class: Option<ContentClass>,
    /// SHA-256 of what was written, or of what ought to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// Its modification time, RFC 3339 with nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<String>,
    /// Its permission bits, four octal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The user id of its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The group id of its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// For `file:tampered`: `changed`, `missing`, or why it can't be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// For `file:tampered`: SHA-256 of what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_hash: Option<String>,
    /// The number of the work item's ticket that the text tells of, where that is a storyline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_item: Option<u32>,
    /// Set on events that were recorded at a later start, after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
}

impl FilePayload {
    /// What a file's row tells of a change that left it with so many bytes; the rest is empty.
    pub fn of_file(file: &SyntheticFile, bytes: u64) -> Self {
        Self {
            path: file.path.clone(),
            bytes,
            synthetic_file_uuid: Some(file.id.0.to_string()),
            persona: Some(file.persona.clone()),
            content_class: Some(file.class),
            content_hash: Some(file.content_hash.clone()),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn payloads_read_back_and_those_of_others_are_kept_as_they_are() {
        let traffic = json!({"src_decky": "a", "dst_decky": "b", "dst_ip": "10.0.0.1", "dst_port": 22, "rc": 0, "banner": null, "stderr": null});
        let file = json!({"dst_decky": "b", "path": "/x", "bytes": 3, "rc": 0, "stderr": "no"});
        let other = json!({"dst_decky": "b", "mystery": [1]});
        for (text, kind) in [(traffic, "traffic"), (file, "file"), (other, "other")] {
            let payload: EventPayload = serde_json::from_value(text.clone()).unwrap();
            assert_eq!(payload.to_json(), text);
            assert_eq!((payload.traffic().is_some(), payload.file().is_some()), (kind == "traffic", kind == "file"));
            assert_eq!(payload.decky(), "b");
        }
    }
}
