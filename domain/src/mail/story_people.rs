//! Who writes a mail of a storyline, and to whom.

use alloc::string::String;

use super::message::Address;
use super::program::Program;
use super::recipients::Audience;
use crate::index::PersonaIndex;

/// Somebody of another company.
pub(super) struct Outsider {
    pub(super) address: Address,
    pub(super) first: String,
    pub(super) company: Option<String>,
    pub(super) program: Program,
    /// What hands their mail in.
    pub(super) host: String,
}

/// Who writes.
pub(super) enum Sender {
    Persona(PersonaIndex),
    Outsider(Outsider),
}

/// Whom a mail greets: by first name, by full name.
pub(super) enum Greeted {
    Persona(PersonaIndex, String, String),
    Outsider(String, String),
}

/// Who writes a mail, whom it greets, and everybody who gets it.
pub(super) struct StoryPeople {
    pub(super) from: Sender,
    pub(super) greeted: Greeted,
    pub(super) audience: Audience,
}
