//! How deep the life goes.

use clap::{Args, ValueEnum};
use decnet_domain::planner::policy::Timestamps;
use decnet_engine::{Accounts, MailStore, Profile, Rhythm, TrafficStyle};

use super::content::ContentDir;
use super::values::actions;

/// How deep the life goes.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Realism")]
pub(crate) struct Life {
    /// reference (what DECNET's own orchestrator does) or stealth (harder to tell from a lived-in host). Each of
    /// the settings below changes one part of it.
    #[arg(long, env = "DECNET_REALISM_PROFILE", default_value = "reference", value_name = "PROFILE")]
    pub(crate) profile: ProfileKind,

    /// Modification times: sampled (from the last two weeks, in the person's hours) or live (the moment
    /// of the writing, so that all times agree). Stealth: live.
    #[arg(long, env = "DECNET_REALISM_TIMESTAMPS", value_name = "POLICY")]
    pub(crate) timestamps: Option<TimestampKind>,

    /// When something is done: ticks (one action per interval) or human (at people's own hours, several things in
    /// a row, then nothing for a while). Stealth: human. With --interval 0 or --once it is ticks.
    #[arg(long, env = "DECNET_REALISM_RHYTHM", value_name = "RHYTHM")]
    pub(crate) rhythm: Option<RhythmKind>,

    /// How hosts talk to each other: probe (an SSH banner) or session (somebody logs in). Stealth: session.
    #[arg(long, env = "DECNET_REALISM_TRAFFIC", value_name = "KIND")]
    pub(crate) traffic: Option<TrafficKind>,

    /// People without an account on a decoy: existing (they write with one that exists, or not there) or
    /// create (they get one, as an admin would make it).
    #[arg(long, env = "DECNET_REALISM_ACCOUNTS", default_value = "existing", value_name = "CHOICE")]
    pub(crate) accounts: AccountsKind,

    /// Where mail goes: spool (one .eml file for each, below /var/spool/decnet-emails) or mailbox (people's own
    /// Maildir, where the mail container has a Dovecot that keeps one; else as spool). Stealth: mailbox.
    #[arg(long, env = "DECNET_REALISM_MAIL", value_name = "PLACE")]
    pub(crate) mail: Option<MailStoreArg>,

    /// Actions on each decoy and working day, under --rhythm human.
    #[arg(long, env = "DECNET_REALISM_ACTIONS_PER_DAY", default_value = "144", value_name = "N", value_parser = actions)]
    pub(crate) actions_per_day: f64,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

/// The profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileKind {
    Reference,
    Stealth,
}

/// What modification times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimestampKind {
    Sampled,
    Live,
}

/// When things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RhythmKind {
    Ticks,
    Human,
}

/// How hosts talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrafficKind {
    Probe,
    Session,
}

/// What becomes of people without an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccountsKind {
    Existing,
    Create,
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailStoreArg {
    Spool,
    Mailbox,
}

/// What the flags make of a life.
pub(crate) fn profile(life: &Life) -> Profile {
    let base = match life.profile {
        ProfileKind::Reference => Profile::REFERENCE,
        ProfileKind::Stealth => Profile::STEALTH,
    };
    Profile {
        timestamps: life.timestamps.map_or(base.timestamps, |kind| match kind {
            TimestampKind::Sampled => Timestamps::Sampled,
            TimestampKind::Live => Timestamps::Live,
        }),
        rhythm: life.rhythm.map_or(base.rhythm, |kind| match kind {
            RhythmKind::Ticks => Rhythm::Ticks,
            RhythmKind::Human => Rhythm::Human,
        }),
        traffic: life.traffic.map_or(base.traffic, |kind| match kind {
            TrafficKind::Probe => TrafficStyle::Probe,
            TrafficKind::Session => TrafficStyle::Session,
        }),
        accounts: match life.accounts {
            AccountsKind::Existing => Accounts::Existing,
            AccountsKind::Create => Accounts::Create,
        },
        mail: life.mail.map_or(base.mail, |kind| match kind {
            MailStoreArg::Spool => MailStore::Spool,
            MailStoreArg::Mailbox => MailStore::Mailbox,
        }),
        actions_per_day: life.actions_per_day,
        ..base
    }
}
