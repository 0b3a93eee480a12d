//! Personas: the fictional employees of the pool file.
//!
//! The pool is a JSON list of objects; [`Persona`] has the keys. Keys that aren't known here are kept when the file is
//! rewritten, an entry that doesn't hold to the schema is left out and told of, and the rest load.

mod account_match;
mod language;
mod letters;
mod login;
mod name;
mod pool;
mod schema;

pub use account_match::own_account;
pub use language::Language;
pub(crate) use letters::{Spelling, fold, plain};
pub use name::PersonName;
pub use pool::{PersonaFile, PersonaFileError, parse_pool};
pub use schema::{EntryError, ModelProse, Persona, ReplyLatency, Tone};
