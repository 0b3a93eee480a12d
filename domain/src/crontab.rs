//! What cron runs: lines of crontab(5) as Debian's cron and cronie read them.

use alloc::borrow::ToOwned;
use alloc::string::String;

use jiff::civil::Date;

/// One line of a system crontab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
    /// The account it runs as.
    pub user: String,
    /// What stands in `CMD (…)` of its log line.
    pub command: String,
}

/// The values of one field: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    values: u64,
    /// Whether it begins with `*`, which decides how day and weekday go together.
    is_star: bool,
}

/// What a line of a crontab is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CronLine {
    /// A job.
    Job(CronJob),
    /// A blank line, a comment, a variable, or a job for when the machine starts: nothing that recurs.
    NoJob,
    /// Something that cron would not read either.
    Unreadable,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The words that stand for all five fields.
const NICKNAMES: [(&str, [&str; 5]); 7] = [
    ("@hourly", ["0", "*", "*", "*", "*"]),
    ("@daily", ["0", "0", "*", "*", "*"]),
    ("@midnight", ["0", "0", "*", "*", "*"]),
    ("@weekly", ["0", "0", "*", "*", "0"]),
    ("@monthly", ["0", "0", "1", "*", "*"]),
    ("@yearly", ["0", "0", "1", "1", "*"]),
    ("@annually", ["0", "0", "1", "1", "*"]),
];

impl Field {
    /// Reads `*`, numbers, names, ranges, steps and lists of them, such as `1-5,*/15,mon`; values from `least`
    /// to `most`, names standing for `least` and up.
    pub(crate) fn parse(text: &str, least: u8, most: u8, names: &[&str]) -> Option<Self> {
        let value = |text: &str| -> Option<u8> {
            let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
            match named {
                Some(at) => u8::try_from(at).ok().map(|at| at + least),
                None => text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit())),
            }
            .filter(|n| (least..=most).contains(n))
        };
        let mut values = 0_u64;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                None => (part, None),
                Some((range, step)) => (range, Some(step.parse::<u8>().ok().filter(|step| *step > 0)?)),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (least, most),
                Some((from, to)) => (value(from)?, value(to)?),
                None => {
                    let from = value(range)?;
                    (from, if step.is_some() { most } else { from })
                }
            };
            if from > to {
                return None;
            }
            for n in (from..=to).step_by(usize::from(step.unwrap_or(1))) {
                values |= 1 << n;
            }
        }
        Some(Self { values, is_star: text.starts_with('*') })
    }

    pub(crate) fn holds(self, value: u8) -> bool {
        value < 64 && self.values & 1 << value != 0
    }
}

/// The days of the week: 0 to 6 from Sunday on, which is 7 as well.
pub(crate) fn weekdays(text: &str) -> Option<Field> {
    let mut field = Field::parse(text, 0, 7, &WEEKDAYS)?;
    if field.holds(7) {
        field.values = field.values & 0x7f | 1;
    }
    Some(field)
}

impl CronLine {
    /// Reads a line of a system crontab: five fields or a nickname, a user and a command.
    pub fn parse(line: &str) -> Self {
        let line = line.trim();
        let is_variable = line.split_once('=').is_some_and(|(name, _)| {
            let name = name.trim().trim_matches(['"', '\'']);
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        if line.is_empty() || line.starts_with('#') || is_variable || line.starts_with("@reboot") {
            return Self::NoJob;
        }
        job(line).map_or(Self::Unreadable, Self::Job)
    }
}

fn job(line: &str) -> Option<CronJob> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start();
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then_some(word)
    };
    let first = word()?;
    let fields = match NICKNAMES.iter().find(|(name, _)| *name == first) {
        Some((_, fields)) => *fields,
        None => [first, word()?, word()?, word()?, word()?],
    };
    let user = word()?;
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if !user.bytes().all(is_name) {
        return None;
    }
    let command = command(rest.trim());
    (!command.is_empty()).then_some(CronJob {
        minutes: Field::parse(fields[0], 0, 59, &[])?,
        hours: Field::parse(fields[1], 0, 23, &[])?,
        days: Field::parse(fields[2], 1, 31, &[])?,
        months: Field::parse(fields[3], 1, 12, &MONTHS)?,
        weekdays: weekdays(fields[4])?,
        user: user.to_owned(),
        command,
    })
}

/// A command up to the first `%` without a backslash: what follows is its standard input, and isn't logged.
fn command(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => break,
            '\\' if letters.peek() == Some(&'%') => out.extend(letters.next()),
            other => out.push(other),
        }
    }
    out.trim_end().to_owned()
}

impl CronJob {
    /// Reads a line of a system crontab; `None` for one that holds no job.
    pub fn parse(line: &str) -> Option<Self> {
        match CronLine::parse(line) {
            CronLine::Job(job) => Some(job),
            CronLine::NoJob | CronLine::Unreadable => None,
        }
    }

    /// Whether it may run on a day. Where both the day of the month and the day of the week are given, either
    /// of them is enough.
    pub fn due_on(&self, day: Date) -> bool {
        let of_month = self.days.holds(day.day().unsigned_abs());
        let of_week = self.weekdays.holds(day.weekday().to_sunday_zero_offset().unsigned_abs());
        let is_day = if self.days.is_star || self.weekdays.is_star { of_month && of_week } else { of_month || of_week };
        is_day && self.months.holds(day.month().unsigned_abs())
    }

    /// Whether it may run in an hour of such a day.
    pub fn due_in_hour(&self, hour: u8) -> bool {
        self.hours.holds(hour)
    }

    /// The minutes of an hour in which it runs.
    pub fn minutes(&self) -> impl Iterator<Item = u8> {
        let minutes = self.minutes;
        (0..60).filter(move |minute| minutes.holds(*minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn of(fields: &str) -> CronJob {
        CronJob::parse(&alloc::format!("{fields} root x")).unwrap()
    }

    fn minutes(job: &CronJob) -> Vec<u8> {
        job.minutes().collect()
    }

    #[test]
    fn cron_fields_mean_what_crontab_5_says() {
        let weekly = of("47 6 * * 7");
        // 22 November 2026 is a Sunday.
        assert!(weekly.due_on(date(2026, 11, 22)) && !weekly.due_on(date(2026, 11, 23)));
        assert!(weekly.due_in_hour(6) && !weekly.due_in_hour(7));
        assert_eq!(minutes(&weekly), [47]);
        assert_eq!(minutes(&of("*/15 * * * *")), [0, 15, 30, 45]);
        assert_eq!(minutes(&of("5,35 * * * *")), [5, 35]);
        assert_eq!(minutes(&of("10-14/2,50 * * * *")), [10, 12, 14, 50]);
        let working = of("0 8-18 * * mon-Fri");
        assert!(working.due_in_hour(18) && !working.due_in_hour(19));
        assert!(working.due_on(date(2026, 11, 23)) && !working.due_on(date(2026, 11, 22)));
        let quarterly = of("0 0 1 jan,apr,jul,oct *");
        assert!(quarterly.due_on(date(2026, 10, 1)) && !quarterly.due_on(date(2026, 11, 1)));
        let weekend = of("0 0 * * 5-7");
        assert!(weekend.due_on(date(2026, 11, 22)) && weekend.due_on(date(2026, 11, 20)));
        assert!(!weekend.due_on(date(2026, 11, 23)));
    }

    #[test]
    fn a_day_of_the_month_or_of_the_week_is_enough_where_both_are_given() {
        let either = of("0 0 13 * fri");
        assert!(either.due_on(date(2026, 11, 13)) && either.due_on(date(2026, 11, 20)));
        assert!(either.due_on(date(2026, 12, 13)) && !either.due_on(date(2026, 11, 19)));
        // With a star, both must hold: every second day, if it is a Monday.
        let both = of("0 0 */2 * 1");
        assert!(
            both.due_on(date(2026, 11, 23)) && !both.due_on(date(2026, 11, 16)) && !both.due_on(date(2026, 11, 25))
        );
    }

    #[test]
    fn nicknames_variables_and_percent_signs_are_read() {
        let daily = CronJob::parse("@daily\tbackup   /usr/bin/nightly --all").unwrap();
        assert_eq!((daily.user.as_str(), daily.command.as_str()), ("backup", "/usr/bin/nightly --all"));
        assert!(daily.due_in_hour(0) && !daily.due_in_hour(1));
        let dated = CronJob::parse("0 1 * * * root /bin/dump $(date +\\%F)%body").unwrap();
        assert_eq!(dated.command, "/bin/dump $(date +%F)");
        for line in ["", "# x", "PATH=/bin:/sbin", "MAILTO = root", "@reboot root /x"] {
            assert_eq!(CronLine::parse(line), CronLine::NoJob, "{line:?}");
        }
        for line in [
            "x y z",
            "61 * * * * root x",
            "5-1 * * * * root x",
            "*/0 * * * * root x",
            "* * * * * ro/ot x",
            "* * * * * root",
        ] {
            assert_eq!(CronLine::parse(line), CronLine::Unreadable, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_more_than_read(line in "[0-9a-z@*/,=%\\\\ \t-]{0,60}") {
            let _ = CronLine::parse(&line);
        }
    }
}
