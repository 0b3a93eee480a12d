//! A mail as it is sent: who, to whom, when, what, and which way it came.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::{Timestamp, Zoned};

use super::program::Program;
use crate::content::Locale;
use crate::record::ThreadId;

/// Somebody's name and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// As it stands before the address; may be empty.
    pub name: String,
    /// `user@host.tld`
    pub email: String,
}

/// A mail, as its writer's program sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Its `Message-ID`, in angle brackets (RFC 5322 §3.6.4).
    pub message_id: String,
    /// Which thread it belongs to.
    pub thread: ThreadId,
    /// When it was sent, by the sender's own clock.
    pub date: Zoned,
    /// Who wrote it.
    pub from: Address,
    /// To whom.
    pub to: Vec<Address>,
    /// Who else gets it.
    pub cc: Vec<Address>,
    /// What it is about.
    pub subject: String,
    /// The `Message-ID` of the mail it answers.
    pub in_reply_to: Option<String>,
    /// Those of all the mails before it, oldest first.
    pub references: Vec<String>,
    /// When its thread began.
    pub began: Timestamp,
    /// What it is written in, as an ISO 639-1 code.
    pub language: String,
    /// What mail programs call that language.
    pub locale: Locale,
    /// What it was written with.
    pub program: Program,
    /// The whole text, with what is quoted and the signature; lines end in `\n`.
    pub text: String,
    /// What hangs on it.
    pub attachments: Vec<Attachment>,
    /// How it came to the mail host, the latest hop first.
    pub hops: Vec<Hop>,
}

/// A file that hangs on a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One `Received` line, without its "for" clause, which every copy has its own of.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// After `from`; nothing for a local hand-over.
    pub from: Option<String>,
    /// After `by`.
    pub by: String,
    /// After `with`: `ESMTPS`, `LMTP`.
    pub with: &'static str,
    /// After `id`.
    pub id: String,
    /// When the host took it over, by that host's clock.
    pub at: Zoned,
}
