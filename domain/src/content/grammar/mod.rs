//! The small language that packs are written in: read into rules of alternatives, each a list of nodes.
//!
//! `FORMAT.md` beside the packs (`domain/content/`) tells what it means. A text goes through three steps: a file into
//! sections ([`sections`]), an alternative into nodes ([`parse`]), and all rules together through the checks that no
//! draw can go on for ever ([`check`]).

pub(super) mod ast;
mod check;
pub(super) mod parse;
mod sections;
pub(super) mod slot;
