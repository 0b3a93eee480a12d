//! How deep the life goes: the seed's own ways, or all that is better.

use std::time::Duration;

use decnet_domain::agenda::Intensity;
use decnet_domain::planner::Timestamps;

/// What is done how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Modification times.
    pub timestamps: Timestamps,
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
}

/// When things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// One action a tick, at a fixed interval (the seed's).
    Ticks,
    /// People's own moments: days, hours and sittings.
    Human,
}

/// How hosts talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficStyle {
    /// An SSH banner probe (the seed's).
    Probe,
    /// A person logs in and does something.
    Session,
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStore {
    /// One file for a mail, in a folder of its thread's below `/var/spool/decnet-emails` (the seed's).
    Spool,
    /// Into people's mailboxes, where the mail container has a server that keeps such; else as above.
    Mailbox,
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
    /// The seed's behaviour.
    pub const REFERENCE: Self = Self {
        timestamps: Timestamps::Sampled,
        rhythm: Rhythm::Ticks,
        traffic: TrafficStyle::Probe,
        accounts: Accounts::Existing,
        mail: MailStore::Spool,
        actions_per_day: ACTIONS_PER_DAY,
        longest_session: Duration::from_mins(25),
    };

    /// Everything better.
    pub const STEALTH: Self = Self {
        timestamps: Timestamps::Live,
        rhythm: Rhythm::Human,
        traffic: TrafficStyle::Session,
        accounts: Accounts::Existing,
        mail: MailStore::Mailbox,
        actions_per_day: ACTIONS_PER_DAY,
        longest_session: Duration::from_mins(25),
    };

    /// How much each of so many residents does on a host a day, on average.
    pub(crate) fn share(&self, residents: usize) -> Intensity {
        Intensity(self.actions_per_day / residents.max(1) as f64)
    }
}
