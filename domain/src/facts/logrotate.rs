//! How logrotate(8) is told to keep the system's logs.

use crate::account::MOST_LINES;

/// What logrotate(8) is told about the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationRule {
    /// How often.
    pub period: Period,
    /// How many old ones are kept.
    pub keep: u8,
    /// Which of them are packed.
    pub packing: Packing,
    /// What old ones are called.
    pub names: OldNames,
}

/// How often logs are rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "logrotate's own words")]
pub enum Period {
    Daily,
    Weekly,
    Monthly,
}

/// Which old logs are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// None.
    Never,
    /// All but the latest (`compress` with `delaycompress`).
    FromSecond,
    /// All (`compress`).
    All,
}

/// What old logs are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldNames {
    /// `syslog.1`.
    Numbered,
    /// `syslog-20261122` (`dateext`).
    Dated,
}

impl RotationRule {
    /// What Debian's rsyslog package brings in `/etc/logrotate.d/rsyslog`.
    pub const DEBIAN: Self =
        Self { period: Period::Weekly, keep: 4, packing: Packing::FromSecond, names: OldNames::Numbered };

    /// Reads what logrotate.conf(5) says for all logs: what stands before the first log's own section.
    #[must_use]
    pub fn parse_defaults(self, text: &str) -> Self {
        let end = text.lines().take(MOST_LINES).take_while(|line| line.starts_with('#') || !line.contains('{'));
        self.read(end)
    }

    /// Reads a section of logrotate.conf(5); what it doesn't say stays as it was.
    #[must_use]
    pub fn parse_logrotate(self, text: &str) -> Self {
        self.read(text.lines().take(MOST_LINES))
    }

    fn read<'t>(mut self, lines: impl Iterator<Item = &'t str>) -> Self {
        let (mut is_packed, mut is_delayed) = (self.packing != Packing::Never, self.packing == Packing::FromSecond);
        for line in lines.map(str::trim) {
            let mut words = line.split_whitespace();
            match (words.next(), words.next().and_then(|n| n.parse::<u8>().ok())) {
                (Some("daily"), _) => self.period = Period::Daily,
                (Some("weekly"), _) => self.period = Period::Weekly,
                (Some("monthly"), _) => self.period = Period::Monthly,
                (Some("rotate"), Some(keep)) => self.keep = keep.min(60),
                (Some("compress"), _) => is_packed = true,
                (Some("nocompress"), _) => is_packed = false,
                (Some("delaycompress"), _) => is_delayed = true,
                (Some("nodelaycompress"), _) => is_delayed = false,
                (Some("dateext"), _) => self.names = OldNames::Dated,
                (Some("nodateext"), _) => self.names = OldNames::Numbered,
                _ => {}
            }
        }
        self.packing = match (is_packed, is_delayed) {
            (false, _) => Packing::Never,
            (true, true) => Packing::FromSecond,
            (true, false) => Packing::All,
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_is_what_logrotate_is_told() {
        let debian = "/var/log/syslog\n{\n\trotate 4\n\tweekly\n\tmissingok\n\tcompress\n\tdelaycompress\n}\n";
        assert_eq!(RotationRule::DEBIAN.parse_logrotate(debian), RotationRule::DEBIAN);
        let daily = RotationRule::DEBIAN.parse_logrotate("daily\nrotate 7\nnodelaycompress\n");
        assert_eq!((daily.period, daily.keep, daily.packing), (Period::Daily, 7, Packing::All));
        assert_eq!(RotationRule::DEBIAN.parse_logrotate("nocompress").packing, Packing::Never);
        assert_eq!(RotationRule::DEBIAN.parse_logrotate("rotate 100000"), RotationRule::DEBIAN);
    }

    #[test]
    fn what_is_told_for_all_logs_ends_where_one_logs_section_begins() {
        let conf = "# see {man}\nweekly\nrotate 4\ndateext\n/var/log/wtmp {\n    monthly\n    rotate 1\n}\n";
        let rule = RotationRule::DEBIAN.parse_defaults(conf);
        assert_eq!(rule, RotationRule { names: OldNames::Dated, ..RotationRule::DEBIAN });
    }
}
