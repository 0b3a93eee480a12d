//! Who writes a host's logs, and how. Logs are planted only where the distribution would have them and nobody
//! else writes them: a line of ours beside a daemon's own contradicts what that daemon writes and leaves out.

use super::os_release::Family;

/// Who writes a host's logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logging {
    /// rsyslogd(8).
    Rsyslog,
    /// syslog-ng(8).
    SyslogNg,
    /// syslogd(8) of busybox.
    Syslogd,
    /// Only systemd-journald(8), whose files we can't write.
    Journald,
    /// Nobody, on a host that is laid out like Debian: here logs are planted, as rsyslogd would write them there.
    Nobody,
    /// Another distribution, or what it is can't be told: which logs it would have isn't known, so none are planted.
    Unknown,
}

impl Logging {
    /// Whether logs are planted.
    pub const fn is_planted(self) -> bool {
        matches!(self, Self::Nobody)
    }
}

/// How lines of a log begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// `2026-11-23T03:55:01.568402+00:00`: rsyslog's default since Debian 12.
    Rfc3339,
    /// `Nov  3 03:55:01`: `RSYSLOG_TraditionalFileFormat`, Debian 11, Ubuntu 22.04.
    Traditional,
}

impl LogForm {
    /// The form of a log's last line; `None` for an empty one and for any other form.
    pub fn of(log: &str) -> Option<Self> {
        const MONTHS: [&str; 12] =
            ["Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "];
        let last = log.trim_end().rsplit('\n').next().unwrap_or_default();
        let is_date = |text: &str| {
            text.bytes().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
        };
        if last.get(..10).is_some_and(is_date) && last.as_bytes().get(10) == Some(&b'T') {
            Some(Self::Rfc3339)
        } else {
            MONTHS.iter().any(|month| last.starts_with(month)).then_some(Self::Traditional)
        }
    }
}

/// What starts services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Init {
    Systemd,
    Other,
}

/// The logs that distributions keep; the first two of a family are the ones everything goes to.
pub const LOGS: [&str; 10] = [
    "/var/log/syslog",
    "/var/log/auth.log",
    "/var/log/cron.log",
    "/var/log/daemon.log",
    "/var/log/kern.log",
    "/var/log/mail.log",
    "/var/log/messages",
    "/var/log/secure",
    "/var/log/cron",
    "/var/log/maillog",
];

/// What of who writes the logs can be seen from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSigns {
    /// The distribution.
    pub family: Family,
    /// Who its configuration, or a journal, says writes the logs.
    pub daemon: Option<Logging>,
    /// Its shell is busybox.
    pub is_busybox: bool,
    /// `/var/log/messages` is there, which Debian hasn't.
    pub has_messages: bool,
    /// There is a system: an image, or at least a shell. A folder that nobody has furnished has none, and is
    /// taken for a small Debian host.
    pub is_system: bool,
}

impl LogSigns {
    /// Who writes the logs.
    pub const fn logging(self) -> Logging {
        match self {
            Self { daemon: Some(daemon), .. } => daemon,
            Self { family: Family::Busybox, has_messages: true, .. }
            | Self { family: Family::Unknown, is_busybox: true, has_messages: true, .. } => Logging::Syslogd,
            Self { family: Family::Debian, has_messages: false, .. }
            | Self { family: Family::Unknown, is_busybox: false, is_system: false, has_messages: false, .. } => {
                Logging::Nobody
            }
            _ => Logging::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_planted_only_where_a_debian_has_nobody_to_write_them() {
        let debian = LogSigns { family: Family::Debian, is_system: true, ..LogSigns::default() };
        assert!(debian.logging().is_planted());
        assert!(LogSigns::default().logging().is_planted(), "a folder that nobody has furnished");
        for (signs, logging) in [
            (LogSigns { daemon: Some(Logging::Rsyslog), ..debian }, Logging::Rsyslog),
            (LogSigns { daemon: Some(Logging::SyslogNg), ..debian }, Logging::SyslogNg),
            (LogSigns { daemon: Some(Logging::Journald), ..debian }, Logging::Journald),
            (LogSigns { family: Family::RedHat, has_messages: true, ..debian }, Logging::Unknown),
            (LogSigns { family: Family::RedHat, ..debian }, Logging::Unknown),
            (LogSigns { family: Family::Busybox, has_messages: true, ..debian }, Logging::Syslogd),
            (LogSigns { family: Family::Busybox, ..debian }, Logging::Unknown),
            (LogSigns { family: Family::Unknown, is_busybox: true, ..debian }, Logging::Unknown),
            (LogSigns { family: Family::Unknown, ..debian }, Logging::Unknown),
            (LogSigns { family: Family::Other, ..debian }, Logging::Unknown),
        ] {
            assert_eq!(signs.logging(), logging, "{signs:?}");
            assert!(!logging.is_planted());
        }
    }

    #[test]
    fn the_form_of_a_log_is_that_of_its_last_line() {
        let mixed = "2026-11-27T07:58:01.568402+00:00 web-01 x\nNov 27 07:59:10 web-01 sshd[88]: x\n";
        assert_eq!(LogForm::of(mixed), Some(LogForm::Traditional));
        assert_eq!(LogForm::of("2026-11-27T07:58:01.568402+00:00 web-01 x"), Some(LogForm::Rfc3339));
        for text in ["", "hello", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(LogForm::of(text), None);
        }
    }
}
