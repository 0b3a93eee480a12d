//! Storylines: pieces of working life with a beginning, turns and an end, as data.
//!
//! A work item ([`crate::world::work_item`]) is an instance of a storyline: its facts are drawn once, its beats have
//! moments, and every document about it says what its writer knows at that moment. So documents agree by construction.
//! `content/STORIES.md` tells how storylines are written.

pub mod authoring;
mod cache;
mod correspondence;
mod draft;
mod drawing;
mod facts;
pub(crate) mod file;
mod instance;
mod line;
mod parse;
mod participant;
mod script;
mod slots;
pub(crate) mod stories;
mod storyline;
mod timeline;
mod told;

pub use cache::InstanceCache;
pub use correspondence::{StoryMail, ThreadOf, Workplace};
pub use facts::Fact;
pub use file::StoryFile;
pub use instance::{Instance, Setting};
pub use participant::Participant;
pub use script::StoryScript;
pub use stories::Stories;
pub use storyline::{Beat, MailText, Storyline, Text, Todo};
pub use timeline::Happening;
pub use told::Told;

#[cfg(test)]
mod tests;
