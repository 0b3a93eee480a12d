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
    /// How often each person wrote, and the file in their home that they wrote last.
    people: BTreeMap<String, (usize, Option<String>)>,
}

/// People named in a line; the others are counted.
const NAMED: usize = 2;

impl Day {
    /// A file that appeared, or changed, by a person's hand or the system's.
    pub(super) fn file(&mut self, is_new: bool, path: &str, persona: &str) {
        *if is_new { &mut self.files } else { &mut self.changes } += 1;
        let (count, last) = self.people.entry(persona.to_owned()).or_default();
        *count += 1;
        let name = path.rsplit('/').next().filter(|name| path.starts_with("/home/") && !name.starts_with('.'));
        if let Some(name) = name {
            *last = Some(name.to_owned());
        }
    }

    /// One of a host's own logs went on.
    pub(super) fn log(&mut self) {
        self.logs += 1;
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

    /// `Mon 16 Nov  3 files, 2 changes, 1 mail · Sarah Connor 4 (todo.txt), Tom Berg 1`
    pub(super) fn line(&self, date: &Zoned) -> String {
        let counts = [
            (self.files, "file"),
            (self.changes, "change"),
            (self.mails, "mail"),
            (self.sessions, "login"),
            (self.logs, "log update"),
            (self.failures, "failure"),
        ];
        let counts: Vec<String> =
            counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| counted(n, what)).collect();
        let mut line = date.strftime("%a %d %b  ").to_string();
        if counts.is_empty() {
            return line + "nothing";
        }
        line += &counts.join(", ");
        let mut people: Vec<(&String, &(usize, Option<String>))> = self.people.iter().collect();
        people.sort_by_key(|(name, (count, _))| (std::cmp::Reverse(*count), *name));
        let named: Vec<String> = people
            .iter()
            .take(NAMED)
            .map(|(name, (count, last))| match last {
                Some(last) => format!("{name} {count} ({last})"),
                None => format!("{name} {count}"),
            })
            .collect();
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
        day.log();
        day.mail();
        assert_eq!(
            day.line(&date),
            "Mon 16 Nov  4 files, 1 change, 1 mail, 1 log update · Bob 2 (rota.md), Ann 1 (todo.txt) and 2 more"
        );
    }
}
