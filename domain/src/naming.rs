//! Where a new file goes and what it is called.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use rand::RngExt;

use crate::bodies::log::is_packed;
use crate::content::TextGenerator;
use crate::content_class::{FileClass, TemplateClass};
use crate::facts::{HostFacts, LogForm};
use crate::habit::Joint;
use crate::path::{DeckyPath, PathError};

/// A path, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Where the file goes.
    pub path: DeckyPath,
    /// Which log it is, for logs.
    pub log: Option<LogFile>,
}

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

/// Draws a path for a new file: user files below the account's home, in folders and under names
/// from the content pack; logs and scratch files where the system puts them.
///
/// # Errors
/// When the home is so deep, or the drawn name so long, that no row could hold the path.
pub fn make_path(class: TemplateClass, generator: &mut TextGenerator<'_>) -> Result<Named, PathError> {
    let rules = generator.pack().rules();
    let user = |name: String, generator: &TextGenerator<'_>| {
        let home = DeckyPath::new(generator.context().home)?;
        // Who joins words in names with a sign does it everywhere.
        let name = match generator.habit().joint {
            Joint::Underscore => name.trim().replace(' ', "_"),
            Joint::Camel => name.trim().to_owned(),
            Joint::Hyphen | Joint::HyphenKept | Joint::None => name.trim().replace(' ', "-"),
        };
        Ok(Named { path: DeckyPath::under(&home, name.trim_matches('/'))?, log: None })
    };
    match class.file().map(FileClass::scratch) {
        Some(Ok(scratch)) => Ok(Named { path: DeckyPath::new((scratch.path)(generator.rng()))?, log: None }),
        Some(Err(text)) => user(generator.text((text.files().name)(rules)), generator),
        None if class == TemplateClass::LogCron => log(LogKind::Cron, generator),
        None => {
            let kinds = LogKind::of_host(generator.context().facts);
            let kind = kinds[generator.rng().random_range(0..kinds.len())];
            log(if kind == LogKind::Cron { LogKind::Syslog } else { kind }, generator)
        }
    }
}

fn log(kind: LogKind, generator: &mut TextGenerator<'_>) -> Result<Named, PathError> {
    let facts = generator.context().facts;
    let age = match generator.rng().random_range(0..10) {
        0..=5 => 0,
        6..=7 => 1,
        _ => 2,
    };
    let log = LogFile { kind, age: age.min(facts.rotation.keep) };
    Ok(Named { path: DeckyPath::new(log.path(facts))?, log: Some(log) })
}
