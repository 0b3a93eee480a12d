//! A mail that is to be sent, before anybody has found words for it.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use super::mailing::MailingDue;
use super::story_mail::StoryMailRef;
use super::thread::SentMail;
use crate::index::PersonaIndex;
use crate::record::MailOrigin;

/// A mail that is to be sent.
#[derive(Clone, Debug)]
pub struct OutgoingMail<'a> {
    /// When it was due.
    pub due: Timestamp,
    /// Who writes it, and why.
    pub kind: MailKind<'a>,
    /// What all choices are drawn from, so that they come out the same when the text comes later.
    pub draws: u64,
}

/// Who writes a mail, and why.
#[derive(Clone, Copy, Debug)]
pub enum MailKind<'a> {
    /// A person begins a thread.
    Root(PersonaIndex),
    /// A person answers a mail.
    Answer(PersonaIndex, &'a SentMail),
    /// A person passes a mail on.
    Forward(PersonaIndex, &'a SentMail),
    /// A machine or another company writes.
    Mailing(MailingDue),
    /// A storyline has come to a mail; with the one before it in its thread.
    Story(StoryMailRef, Option<&'a SentMail>),
}

/// Where the text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodySource {
    /// From the content packs.
    Template,
    /// From a language model.
    Model(ModelText),
}

/// What a language model wrote, with what rows tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelText {
    /// A mail's subject, where the model gave one.
    pub subject: Option<String>,
    /// The text; a mail's without its subject.
    pub text: String,
    /// The model's name.
    pub model: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Habits of the writer that it was told of.
    pub mannerisms: Vec<String>,
}

impl<'a> MailKind<'a> {
    /// Which of the people writes it; `None` for a machine.
    pub fn writer(self) -> Option<PersonaIndex> {
        match self {
            Self::Root(writer) | Self::Answer(writer, _) | Self::Forward(writer, _) => Some(writer),
            Self::Story(mail, _) => mail.from,
            Self::Mailing(_) => None,
        }
    }

    /// The mail that it answers or passes on.
    pub fn parent(self) -> Option<&'a SentMail> {
        match self {
            Self::Answer(_, parent) | Self::Forward(_, parent) => Some(parent),
            Self::Story(_, parent) => parent,
            Self::Root(_) | Self::Mailing(_) => None,
        }
    }

    /// Where it comes from.
    pub fn origin(self) -> MailOrigin {
        let is_outside =
            matches!(self, Self::Mailing(_)) || matches!(self, Self::Story(mail, _) if mail.from.is_none());
        if is_outside { MailOrigin::External } else { MailOrigin::Colleague }
    }
}
