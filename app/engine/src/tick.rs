//! What a tick did.

use decnet_domain::planner::plan::Plan;
use decnet_domain::record::{EmailRecord, Event};

/// Whether the engine acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Act,
    /// It only plans: nothing is written, recorded or published.
    DryRun,
}

/// What a tick did.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// Traffic, with its event.
    Traffic(Box<Event>),
    /// Something about a file.
    File(FileOutcome),
    /// A mail, sent or tried.
    Mail(Box<EmailRecord>),
    /// In a dry run: traffic that would have been made, as "from → to".
    TrafficPlanned(String),
    /// No kind of action had anything to do.
    Quiet,
}

/// What came of a decision about files.
#[derive(Debug, Clone, PartialEq)]
pub enum FileOutcome {
    /// Something was done, or tried; the event tells.
    Acted(Box<Event>),
    /// In a dry run: what would have been done.
    Planned(Box<Plan>),
    /// Left alone, on purpose.
    LeftAlone,
}
