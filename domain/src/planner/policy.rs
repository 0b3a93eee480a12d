//! What a decision depends on that an operator sets.

use crate::content_class::CanaryClass;

/// What an operator set, and what the installation can do.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What modification times are to be.
    pub timestamps: Timestamps,
    /// What an action leaves besides its file.
    pub traces: Traces,
    /// What traffic is.
    pub traffic: TrafficKind,
    /// Whether texts are asked of a language model.
    pub language_model: LanguageModel,
    /// Nobody stays logged in for longer, in milliseconds.
    pub longest_session_millis: u32,
    /// Classes that a canary generator offers.
    pub canaries: alloc::vec::Vec<CanaryClass>,
}

/// What modification times are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamps {
    /// Drawn from the person's hours of the last two weeks, as the reference does: the change time stays
    /// behind, as it does with files that were copied or restored.
    Sampled,
    /// The moment of the writing, so that all of a file's times agree.
    Live,
}

/// What an action leaves besides its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traces {
    /// Nothing: one action is one write and one row, as with the reference.
    None,
    /// What it would leave on a host that people use: scratch files are removed after their time, shells
    /// remember what was typed, a host's log files are kept and rotated together, and nobody makes a dozen
    /// new files a day.
    Full,
}

/// What traffic is, where there can be any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficKind {
    /// None: the driver makes no traffic.
    None,
    /// A connection to the SSH port that reads the banner.
    Probe,
    /// A person logs in and runs some commands.
    Session,
}

/// Whether texts are asked of a language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanguageModel {
    /// Texts come from the content packs.
    Off,
    /// It is asked first.
    On,
}
