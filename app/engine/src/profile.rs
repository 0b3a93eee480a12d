//! What is done how: as the reference does it, or better.

use std::time::Duration;

use decnet_domain::agenda::Intensity;
use decnet_domain::mail::site::MailStore;
use decnet_domain::planner::policy::{Timestamps, Traces};

/// What is done how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Modification times.
    pub timestamps: Timestamps,
    /// What an action leaves besides its file.
    pub traces: Traces,
    /// When things happen.
    pub rhythm: Rhythm,
    /// How hosts talk to each other.
    pub traffic: TrafficStyle,
    /// What becomes of people without an account.
    pub accounts: Accounts,
    /// Where mail goes.
    pub mail: MailStore,
    /// How many actions a decky sees on a working day, under [`Rhythm::Human`].
    pub actions_per_day: f64,
    /// Nobody stays logged in for longer, under [`TrafficStyle::Session`].
    pub longest_session: Duration,
    /// A host's logs are brought up to the moment at most once in so long, under [`Rhythm::Human`]. What they say
    /// does not depend on it.
    pub log_pause: Duration,
}

/// When things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// One action a tick, at a fixed interval, as with the reference.
    Ticks,
    /// People's own moments: days, hours and sittings.
    Human,
}

/// How hosts talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficStyle {
    /// An SSH banner probe, as with the reference.
    Probe,
    /// A person logs in and does something.
    Session,
}

/// What becomes of a persona without an account on a decky where others of its pool have one, or nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accounts {
    /// It writes with an account that exists, or not at all; accounts are never changed.
    Existing,
    /// It gets one, as an admin would make it.
    Create,
}

/// One action a minute on a fleet of ten.
pub const ACTIONS_PER_DAY: f64 = 144.0;

impl Profile {
    /// The reference's behaviour.
    pub const REFERENCE: Self = Self {
        timestamps: Timestamps::Sampled,
        traces: Traces::None,
        rhythm: Rhythm::Ticks,
        traffic: TrafficStyle::Probe,
        accounts: Accounts::Existing,
        mail: MailStore::Spool,
        actions_per_day: ACTIONS_PER_DAY,
        longest_session: Duration::from_mins(25),
        log_pause: Duration::from_mins(3),
    };

    /// What an intruder with a shell finds nothing wrong with.
    pub const STEALTH: Self = Self {
        timestamps: Timestamps::Live,
        traces: Traces::Full,
        rhythm: Rhythm::Human,
        traffic: TrafficStyle::Session,
        accounts: Accounts::Existing,
        mail: MailStore::Mailbox,
        actions_per_day: ACTIONS_PER_DAY,
        longest_session: Duration::from_mins(25),
        log_pause: Duration::from_mins(3),
    };

    /// How much each of so many residents does on a host a day, on average.
    pub(crate) fn share(&self, residents: usize) -> Intensity {
        Intensity(self.actions_per_day / residents.max(1) as f64)
    }
}
