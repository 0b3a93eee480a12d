//! Who takes part in an instance of a storyline.

use alloc::string::String;

use crate::index::PersonaIndex;

/// Who plays a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Participant {
    /// One of the company.
    Persona(PersonaIndex),
    /// Somebody of another company, by given and family name.
    Outsider(String, String),
}
