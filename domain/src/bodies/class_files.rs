//! What a content class is made of: how its files are named, what stands in them first and how they go on.

use alloc::string::String;

use rand::Rng;

use crate::content::{Pack, Rule, Rules, TextGenerator};

/// The files of a class that people write. Each class has one such constant, in a file of its own.
pub(crate) struct TextFiles {
    /// The rule that their paths below the home are drawn from.
    pub(crate) name: fn(Rules) -> Rule,
    /// The first text.
    pub(crate) make: fn(&mut TextGenerator<'_>) -> String,
    /// The text after what stands there; `None` when there is nothing to add.
    pub(crate) next: fn(&str, &mut TextGenerator<'_>) -> Option<String>,
    /// Their permission bits.
    pub(crate) mode: Mode,
    /// About how often one of them is gone on with.
    pub(crate) edits: u16,
}

/// Permission bits of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `0600` where the name says that it is nobody else's business, else `0644`.
    ByName,
    /// Always these.
    Always(u32),
}

impl Mode {
    /// The bits of a file of this name, whose writer uses these texts.
    pub(crate) fn of(self, name: &str, pack: &Pack) -> u32 {
        match self {
            Self::ByName if pack.is_private(name) => 0o600,
            Self::ByName => 0o644,
            Self::Always(bits) => bits,
        }
    }
}

/// The scratch files of a program.
pub(crate) struct ScratchFiles {
    /// A path for one.
    pub(crate) path: fn(&mut dyn Rng) -> String,
    /// What stands in it.
    pub(crate) make: fn(&mut dyn Rng) -> String,
    /// Its permission bits.
    pub(crate) mode: u32,
}
