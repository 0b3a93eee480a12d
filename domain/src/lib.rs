//! The rules of life on a decoy, as values and functions.
//!
//! Nothing here reads a clock, a file, the network or a global random generator: time and
//! randomness are arguments, so the same seed gives the same life, byte for byte.
//!
//! | word | meaning |
//! |---|---|
//! | decky | one decoy host: a set of containers, or a folder |
//! | persona | a fictional employee who lives on deckies |
//! | content class | what kind of artifact a file is (note, cron log, …) |
//! | plan | one file to create or to edit: where, what, whose, when |
//! | pack | the texts of one language, as data |
//! | rule | a named choice of texts in a pack; a text may call other rules |
//! | slot | what a text takes from the writing: a name, a day, a ticket |
//! | label | what a program says in a language: `From:`, the name of a month |
//! | work item | a piece of work with a ticket, which a note, a list or a thread is about |
//! | index | a decky's place in the fleet, a persona's place in its pool |
#![no_std]
#![warn(missing_docs)]
extern crate alloc;
#[cfg(test)]
extern crate std;

/// Formats onto a `String`, which never fails.
macro_rules! put {
    ($out:expr, $($args:tt)*) => {{
        let _: core::fmt::Result = core::fmt::Write::write_fmt($out, format_args!($($args)*));
    }};
}

pub mod account;
pub mod action;
pub mod agenda;
pub mod artifact;
pub mod bodies;
pub mod body;
pub mod calendar;
pub mod content;
pub mod content_class;
pub mod crontab;
pub mod decky;
pub mod diurnal;
pub mod facts;
pub mod fleet;
mod gzip;
pub mod habit;
pub mod host_place;
pub mod host_ref;
pub mod index;
pub mod llm;
pub mod logs;
pub mod mail;
pub mod naming;
pub mod noise;
pub mod novelty;
pub mod path;
pub mod persona;
pub mod planner;
pub mod record;
pub mod role;
pub mod shell_history;
pub mod story;
pub mod temporary_name;
#[cfg(test)]
mod test_support;
mod text;
pub mod topic;
pub mod weights;
pub mod work_week;
pub mod world;
pub mod writing_context;
