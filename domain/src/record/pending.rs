//! Pending notes: what was about to be done in a container when it was written down.
//!
//! A container and a database share no transaction. The note is written first; after a crash it says
//! what the container would look like if the action had been carried out, and which rows belong to it.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::email::{EmailRecord, MailCopy};
use super::event::EventKind;
use super::file::{FileId, SyntheticFile};
use crate::decky::DeckyId;

/// What was about to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// Its key.
    pub id: Uuid,
    /// The container it is done in.
    pub container: String,
    /// The decky's name.
    pub decky_name: String,
    /// When it was written down.
    pub begun: Timestamp,
    /// What the container looks like afterwards.
    pub changes: Vec<PendingChange>,
    /// What is recorded then.
    pub effect: PendingEffect,
}

/// One path that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// Where.
    pub path: String,
    /// What is there afterwards.
    pub expected: Expected,
}

/// What is at a path once an action has been carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// A file with this SHA-256, 64 hexadecimal digits.
    Holds(String),
    /// A file.
    Exists,
    /// Nothing.
    Gone,
}

/// What is recorded once an action has been carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PendingEffect {
    /// A new file.
    Create {
        /// Its row.
        file: SyntheticFile,
    },
    /// The next iteration of a file.
    Edit {
        /// Its row, as it is to be.
        file: SyntheticFile,
    },
    /// A file is removed.
    Remove {
        /// Its row.
        file: FileId,
        /// The decky it was on.
        decky: DeckyId,
        /// The persona whose it was.
        persona: String,
    },
    /// A mail is delivered: one change for each copy of it, in this order.
    Deliver {
        /// Its row.
        email: alloc::boxed::Box<EmailRecord>,
        /// The copies that wait to be opened.
        copies: Vec<MailCopy>,
    },
    /// A copy of a mail gets another name, as it does when it is opened.
    Rename {
        /// The copy, as it is to be.
        copy: MailCopy,
    },
    /// A file that has no row is changed.
    System {
        /// What for.
        change: SystemChange,
        /// The decky.
        decky: DeckyId,
        /// The persona it is done for.
        persona: String,
    },
}

/// Why a file without a row is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemChange {
    /// Lines are added to a shell history, `known_hosts` or `authorized_keys`.
    Append,
    /// A persona gets an account.
    Account,
}

impl PendingEffect {
    /// The event that tells of it; `None` for what has a record of its own.
    pub const fn event(&self) -> Option<EventKind> {
        Some(match self {
            Self::Create { .. } => EventKind::FileCreate,
            Self::Edit { .. } => EventKind::FileEdit,
            Self::Remove { .. } => EventKind::FileRemove,
            Self::System { change: SystemChange::Append, .. } => EventKind::FileAppend,
            Self::System { change: SystemChange::Account, .. } => EventKind::AccountCreate,
            Self::Deliver { .. } | Self::Rename { .. } => return None,
        })
    }
}
