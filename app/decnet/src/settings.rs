//! One file an area of settings: its arguments, and what they make. Which adapter serves which port is
//! decided here.
//!
//! A group of arguments sets its own heading in the help (`next_help_heading`). clap keeps that heading for
//! whatever follows, so a command lists its own arguments first and its groups after them.

pub(crate) mod bus;
pub(crate) mod clock;
pub(crate) mod content;
pub(crate) mod database;
pub(crate) mod decoys;
pub(crate) mod language_model;
pub(crate) mod life;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod values;
