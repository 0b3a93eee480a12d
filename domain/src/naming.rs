//! Where a new file goes and what it is called.

use alloc::format;
use alloc::string::String;

use rand::{Rng, RngExt};

use crate::content::Draw;
use crate::content_class::TemplateClass;
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
    /// Its place in the rotation.
    pub rotation: Rotation,
}

/// Which daemon lines a log takes, by the facility rsyslog sorts them with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// `cron.log`: cron's commands.
    Cron,
    /// `auth.log`: who opened a session.
    Auth,
    /// `daemon.log`: what systemd starts.
    Daemon,
    /// `syslog`: everything but auth.
    Syslog,
}

/// Where in logrotate's sequence a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The one that is written.
    Live,
    /// `.1`, not yet compressed (`delaycompress`).
    Plain,
    /// `.2.gz`.
    Packed,
}

impl LogKind {
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
    /// The live cron log.
    pub const CRON: Self = Self { kind: LogKind::Cron, rotation: Rotation::Live };

    /// Its path.
    pub fn path(self) -> String {
        let suffix = match self.rotation {
            Rotation::Live => "",
            Rotation::Plain => ".1",
            Rotation::Packed => ".2.gz",
        };
        format!("{}{suffix}", self.kind.base())
    }

    /// The log a path stands for.
    pub fn of_path(path: &str) -> Option<Self> {
        let (base, rotation) = match (path.strip_suffix(".2.gz"), path.strip_suffix(".1")) {
            (Some(base), _) => (base, Rotation::Packed),
            (None, Some(base)) => (base, Rotation::Plain),
            (None, None) => (path, Rotation::Live),
        };
        [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog]
            .into_iter()
            .find(|kind| kind.base() == base)
            .map(|kind| Self { kind, rotation })
    }
}

/// Draws a path for a new file: user files below the account's home, in folders and under names
/// from the content pack; logs and scratch files where the system puts them.
///
/// # Errors
/// When the home is so deep, or the drawn name so long, that no row could hold the path.
pub fn make_path(class: TemplateClass, draw: &mut Draw<'_>) -> Result<Named, PathError> {
    let rules = draw.pack().rules();
    let user = |name: String, draw: &Draw<'_>| {
        let home = DeckyPath::new(draw.scene().home)?;
        Ok(Named { path: DeckyPath::under(&home, name.trim())?, log: None })
    };
    match class {
        TemplateClass::Note => user(draw.text(rules.name_note), draw),
        TemplateClass::Todo => user(draw.text(rules.name_todo), draw),
        TemplateClass::Draft => user(draw.text(rules.name_draft), draw),
        TemplateClass::Script => user(draw.text(rules.name_script), draw),
        TemplateClass::CacheTmp => scratch(draw.rng()),
        TemplateClass::LogCron => log(LogKind::Cron, draw.rng()),
        TemplateClass::LogDaemon => {
            let kind = match draw.rng().random_range(0..3) {
                0 => LogKind::Daemon,
                1 => LogKind::Syslog,
                _ => LogKind::Auth,
            };
            log(kind, draw.rng())
        }
    }
}

fn log(kind: LogKind, rng: &mut dyn Rng) -> Result<Named, PathError> {
    let rotation = match rng.random_range(0..10) {
        0..=5 => Rotation::Live,
        6..=7 => Rotation::Plain,
        _ => Rotation::Packed,
    };
    let log = LogFile { kind, rotation };
    Ok(Named { path: DeckyPath::new(log.path())?, log: Some(log) })
}

/// The shape of mkstemp(3): six letters and digits.
fn scratch(rng: &mut dyn Rng) -> Result<Named, PathError> {
    Ok(Named { path: DeckyPath::new(format!("/tmp/.cache-{}", mkstemp_tail(rng)))?, log: None })
}

/// A name for a file's body until it is whole: the shape rsync(1) gives its own, `.name.XXXXXX`,
/// cut so that it stays a name.
pub fn temporary_name(beside: &str, rng: &mut dyn Rng) -> String {
    let name: String = beside.chars().take(40).collect();
    format!(".{name}.{}", mkstemp_tail(rng))
}

fn mkstemp_tail(rng: &mut dyn Rng) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}
