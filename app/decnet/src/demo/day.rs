//! What happened on one simulated day, as a line.

use std::collections::BTreeMap;

use jiff::Zoned;

use crate::print::counted;

/// Counts of one day.
#[derive(Default)]
pub(super) struct Day {
    files: usize,
    changes: usize,
    logs: usize,
    mails: usize,
    sessions: usize,
    failures: usize,
    /// How often each person wrote, and what they wrote last.
    people: BTreeMap<String, (usize, String)>,
}

/// People named in a line; the others are counted.
const NAMED: usize = 3;

impl Day {
    /// A file that appeared, or changed, by a person's hand or the system's.
    pub(super) fn file(&mut self, is_new: bool, path: &str, persona: &str) {
        if path.starts_with("/var/log/") {
            self.logs += 1;
            return;
        }
        *if is_new { &mut self.files } else { &mut self.changes } += 1;
        let name = path.rsplit('/').next().unwrap_or(path);
        let written = self.people.entry(persona.to_owned()).or_default();
        *written = (written.0 + 1, name.to_owned());
    }

    pub(super) fn mail(&mut self) {
        self.mails += 1;
    }

    pub(super) fn session(&mut self) {
        self.sessions += 1;
    }

    pub(super) fn failure(&mut self) {
        self.failures += 1;
    }

    /// `Mon 16 Nov  3 files, 2 changes, 1 mail · Sarah Connor 4 (todo.txt), Tom Berg 1 (rota.md)`
    pub(super) fn line(&self, date: &Zoned) -> String {
        let counts = [
            (self.files, "file"),
            (self.changes, "change"),
            (self.mails, "mail"),
            (self.sessions, "login"),
            (self.logs, "log file"),
            (self.failures, "failure"),
        ];
        let counts: Vec<String> =
            counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
        let mut line = date.strftime("%a %d %b  ").to_string();
        if counts.is_empty() {
            return line + "nothing";
        }
        line += &counts.join(", ");
        let mut people: Vec<(&String, &(usize, String))> = self.people.iter().collect();
        people.sort_by_key(|(name, (count, _))| (std::cmp::Reverse(*count), *name));
        let named: Vec<String> =
            people.iter().take(NAMED).map(|(name, (count, last))| format!("{name} {count} ({last})")).collect();
        if !named.is_empty() {
            line += " · ";
            line += &named.join(", ");
        }
        let others = people.len().saturating_sub(NAMED);
        if others > 0 {
            line += " and ";
            line += &others.to_string();
            line += " more";
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_line_with_those_who_wrote_most() {
        let date = jiff::civil::date(2026, 11, 16).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        assert_eq!(Day::default().line(&date), "Mon 16 Nov  nothing");
        let mut day = Day::default();
        for (path, who) in [("/home/a/todo.txt", "Ann"), ("/home/b/x.md", "Bob"), ("/tmp/y", "Cem"), ("/tmp/z", "Dee")]
        {
            day.file(true, path, who);
        }
        day.file(false, "/home/b/rota.md", "Bob");
        day.file(true, "/var/log/syslog", "system");
        day.mail();
        assert_eq!(
            day.line(&date),
            "Mon 16 Nov  4 files, 1 change, 1 mail, 1 log file · Bob 2 (rota.md), Ann 1 (todo.txt), Cem 1 (y) and 1 more"
        );
    }
}
