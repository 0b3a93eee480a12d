//! Mail between the people of a company: who writes to whom, when, what, and in which thread.
//!
//! What is known of earlier mails comes from their rows; everything else follows from the world, the
//! moment and the noise of names, so that a restart and a second worker go on with the same threads.

pub mod delivery;
pub mod headers;
mod host_label;
pub mod maildir;
pub mod mailing;
mod message;
pub mod outgoing;
pub mod plan;
pub mod program;
pub mod quoting;
mod received;
pub mod recipients;
pub mod site;
pub mod story_mail;
mod story_people;
pub mod subject;
pub mod thread;
pub mod timing;
mod told;
pub mod words;

#[cfg(test)]
mod told_tests;

pub use message::{Address, Attachment, Hop, Mail};
