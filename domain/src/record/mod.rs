//! The rows that other programs read (files, events, mails), as values, and the pending notes that
//! make an action and its rows one.

mod email;
mod event;
mod file;
mod pending;
mod time;

pub use email::{
    CopyState, EmailDetails, EmailPayload, EmailRecord, EmailStage, MailCopy, MailOrigin, StoryMark, ThreadId,
};
pub use event::{Event, EventKind, EventPayload, FilePayload, Outcome, PROTOCOL, TrafficPayload};
pub use file::{FileId, LAST_BODY_MAX, SyntheticFile, cap_body, content_hash};
pub use pending::{Expected, Pending, PendingChange, PendingEffect, SystemChange};
pub use time::{iso, row_time};
