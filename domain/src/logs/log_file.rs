//! Which log files a host keeps, and what they are called.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::facts::{HostFacts, LogForm, Packing};

/// One file of a log's family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// What is logged in it.
    pub kind: LogKind,
    /// How often it was rotated: 0 is the one that is written.
    pub age: u8,
}

/// Which daemons' lines a log takes, by the facility rsyslog sorts them with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// `cron.log`: cron's commands.
    Cron,
    /// `auth.log`: who opened a session.
    Auth,
    /// `daemon.log`: what systemd starts; Debian 12 has none any more.
    Daemon,
    /// `syslog`: everything but auth.
    Syslog,
}

impl LogKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Syslog, Self::Auth, Self::Cron, Self::Daemon];

    /// Those a host of this kind keeps.
    pub fn of_host(facts: &HostFacts) -> &'static [Self] {
        match facts.log_form {
            LogForm::Rfc3339 => &[Self::Syslog, Self::Auth, Self::Cron],
            LogForm::Traditional => &[Self::Syslog, Self::Auth, Self::Daemon],
        }
    }

    pub(crate) const fn has_cron(self) -> bool {
        !matches!(self, Self::Daemon)
    }

    pub(crate) const fn has_commands(self) -> bool {
        matches!(self, Self::Cron | Self::Syslog)
    }

    pub(crate) const fn has_sessions(self) -> bool {
        matches!(self, Self::Auth)
    }

    pub(crate) const fn has_timers(self) -> bool {
        matches!(self, Self::Daemon | Self::Syslog)
    }

    const fn base(self) -> &'static str {
        match self {
            Self::Cron => "/var/log/cron.log",
            Self::Auth => "/var/log/auth.log",
            Self::Daemon => "/var/log/daemon.log",
            Self::Syslog => "/var/log/syslog",
        }
    }
}

impl LogFile {
    /// The log that is written.
    pub const fn live(kind: LogKind) -> Self {
        Self { kind, age: 0 }
    }

    /// Its path on a host with these habits.
    pub fn path(self, facts: &HostFacts) -> String {
        match self.age {
            0 => self.kind.base().to_owned(),
            age if is_packed(age, facts) => format!("{}.{age}.gz", self.kind.base()),
            age => format!("{}.{age}", self.kind.base()),
        }
    }

    /// The log a path stands for.
    pub fn of_path(path: &str) -> Option<Self> {
        let kind = LogKind::ALL.into_iter().find(|kind| path.starts_with(kind.base()))?;
        let rest = &path[kind.base().len()..];
        let age = match rest.strip_prefix('.') {
            None if rest.is_empty() => 0,
            None => return None,
            Some(age) => age.strip_suffix(".gz").unwrap_or(age).parse().ok().filter(|age| *age > 0)?,
        };
        Some(Self { kind, age })
    }
}

/// Whether an old log of this age is packed.
pub(crate) fn is_packed(age: u8, facts: &HostFacts) -> bool {
    match facts.rotation.packing {
        Packing::Never => false,
        Packing::FromSecond => age >= 2,
        Packing::All => age >= 1,
    }
}
