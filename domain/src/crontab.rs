//! Lines of a system crontab (crontab(5)): when a job runs, as whom, and what it is.

use alloc::borrow::ToOwned;
use alloc::string::String;

use jiff::civil::Date;

/// One line of a crontab, and what cron logs for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronJob {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
    /// The account it runs as.
    pub user: String,
    /// What stands in `CMD (…)`.
    pub command: String,
}

/// The values that a field of a crontab lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Bit n is set where n is let through; no field goes above 59.
    values: u64,
    /// Whether it begins with `*`: a day then is one that both its fields let through, else one that either does.
    is_star: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MINUTE: Bounds = Bounds { least: 0, most: 59, names: &[] };
const HOUR: Bounds = Bounds { least: 0, most: 23, names: &[] };
const DAY: Bounds = Bounds { least: 1, most: 31, names: &[] };
const MONTH: Bounds = Bounds { least: 1, most: 12, names: &MONTHS };
const WEEKDAY: Bounds = Bounds { least: 0, most: 7, names: &DAYS };

/// What a field can hold.
#[derive(Clone, Copy)]
struct Bounds {
    least: u8,
    most: u8,
    /// Words for the numbers from `least` on.
    names: &'static [&'static str],
}

impl Bounds {
    /// Reads `*`, `*/n`, `a`, `a-b`, `a-b/n` and lists of these.
    fn read(self, text: &str) -> Option<Field> {
        let mut values = 0;
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, step.parse::<u8>().ok().filter(|step| *step > 0)?),
                None => (part, 1),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.least, self.most),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                // A step after a single number runs on to the end.
                None if part.contains('/') => (self.number(range)?, self.most),
                None => (self.number(range)?, self.number(range)?),
            };
            if from > to {
                return None;
            }
            for value in (from..=to).step_by(usize::from(step)) {
                values |= 1 << value;
            }
        }
        Some(Field { values, is_star: text.starts_with('*') })
    }

    fn number(self, word: &str) -> Option<u8> {
        let named = || {
            let at = self.names.iter().position(|name| word.eq_ignore_ascii_case(name))?;
            Some(self.least + u8::try_from(at).ok()?)
        };
        let number = word.parse().ok().or_else(named)?;
        (self.least..=self.most).contains(&number).then_some(number)
    }
}

impl Field {
    /// Reads the days of a week; Sunday is 0 or 7.
    pub(crate) fn weekday(text: &str) -> Option<Self> {
        let field = WEEKDAY.read(text)?;
        Some(Self { values: field.values & 0x7f | field.values >> 7 & 1, ..field })
    }

    /// Whether it lets a value through.
    fn has(self, value: i8) -> bool {
        u32::try_from(value).is_ok_and(|value| self.values.checked_shr(value).unwrap_or(0) & 1 == 1)
    }

    /// Whether it lets the weekday of a date through.
    pub(crate) fn has_weekday_of(self, day: Date) -> bool {
        self.has(day.weekday().to_sunday_zero_offset())
    }
}

impl CronJob {
    /// Reads a line of a system crontab: five fields or one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
    /// `@yearly` and `@annually`; then a user and a command. `None` for any other line, such as a variable, and for
    /// `@reboot`.
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if !line.starts_with('@') {
            let (fields, rest) = words(line)?;
            return Self::of(fields, rest);
        }
        let (name, rest) = word(line)?;
        let fields = match name {
            "@hourly" => ["0", "*", "*", "*", "*"],
            "@daily" | "@midnight" => ["0", "0", "*", "*", "*"],
            "@weekly" => ["0", "0", "*", "*", "0"],
            "@monthly" => ["0", "0", "1", "*", "*"],
            "@yearly" | "@annually" => ["0", "0", "1", "1", "*"],
            _ => return None,
        };
        Self::of(fields, rest)
    }

    /// Reads `minute hour day weekday user command`.
    pub(crate) fn parse_without_month(line: &str) -> Option<Self> {
        let (fields, rest) = words(line)?;
        let [minute, hour, day, weekday] = fields;
        Self::of([minute, hour, day, "*", weekday], rest)
    }

    fn of([minute, hour, day, month, weekday]: [&str; 5], rest: &str) -> Option<Self> {
        let (user, command) = word(rest)?;
        let is_name = user.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (is_name && !command.is_empty()).then_some(Self {
            minute: MINUTE.read(minute)?,
            hour: HOUR.read(hour)?,
            day: DAY.read(day)?,
            month: MONTH.read(month)?,
            weekday: Field::weekday(weekday)?,
            user: user.to_owned(),
            command: command.to_owned(),
        })
    }

    /// Whether it may run on a day.
    pub fn due_on(&self, day: Date) -> bool {
        let (by_day, by_weekday) = (self.day.has(day.day()), self.weekday.has_weekday_of(day));
        // cron(8) takes either, where both are restricted.
        let is_day = if self.day.is_star || self.weekday.is_star { by_day && by_weekday } else { by_day || by_weekday };
        is_day && self.month.has(day.month())
    }

    /// Whether it may run in an hour of such a day.
    pub fn due_in_hour(&self, hour: u8) -> bool {
        i8::try_from(hour).is_ok_and(|hour| self.hour.has(hour))
    }

    /// The minutes of an hour in which it runs.
    pub fn minutes(&self) -> impl Iterator<Item = u8> {
        let values = self.minute.values;
        (0..60).filter(move |minute| values >> minute & 1 == 1)
    }
}

/// The first word, and what follows the blanks behind it.
fn word(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace)?;
    Some((word, rest.trim_start()))
}

/// The first words, and the rest.
fn words<const N: usize>(text: &str) -> Option<([&str; N], &str)> {
    let (mut fields, mut rest) = ([""; N], text);
    for field in &mut fields {
        (*field, rest) = word(rest)?;
    }
    Some((fields, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn job(fields: &str) -> CronJob {
        CronJob::parse(&alloc::format!("{fields} root run-parts /etc/cron.d")).unwrap_or_else(|| panic!("{fields}"))
    }

    fn minutes(field: &str) -> Vec<u8> {
        job(&alloc::format!("{field} * * * *")).minutes().collect()
    }

    #[test]
    fn a_field_holds_numbers_lists_ranges_and_steps() {
        assert_eq!(minutes("47"), [47]);
        assert_eq!(minutes("*/15"), [0, 15, 30, 45]);
        assert_eq!(minutes("5,35"), [5, 35]);
        assert_eq!(minutes("10-13"), [10, 11, 12, 13]);
        assert_eq!(minutes("0-30/10,59"), [0, 10, 20, 30, 59]);
        assert_eq!(minutes("50/5"), [50, 55]);
        assert_eq!(minutes("*").len(), 60);
        let office = job("*/20 8-18 * * mon-fri");
        assert!(office.due_in_hour(8) && office.due_in_hour(18) && !office.due_in_hour(19));
        // 22 November 2026 is a Sunday.
        assert!(office.due_on(date(2026, 11, 20)) && !office.due_on(date(2026, 11, 22)));
    }

    #[test]
    fn days_of_the_month_and_of_the_week_go_together_as_in_cron() {
        for sunday in ["47 6 * * 0", "47 6 * * 7", "47 6 * * Sun", "@weekly"] {
            assert!(job(sunday).due_on(date(2026, 11, 22)) && !job(sunday).due_on(date(2026, 11, 23)), "{sunday}");
        }
        // Either of the two, where both are restricted; both, where one begins with a star.
        let either = job("0 3 1 * 0");
        assert!(
            either.due_on(date(2026, 12, 1)) && either.due_on(date(2026, 11, 22)) && !either.due_on(date(2026, 12, 2))
        );
        let every_other = job("0 3 */2 * 0");
        assert!(every_other.due_on(date(2026, 11, 29)) && !every_other.due_on(date(2026, 11, 22)));
        let yearly = job("@yearly");
        assert!(yearly.due_on(date(2027, 1, 1)) && !yearly.due_on(date(2027, 2, 1)));
        let quarter = job("0 4 1 1,4,7,oct *");
        assert!(quarter.due_on(date(2026, 10, 1)) && !quarter.due_on(date(2026, 11, 1)));
    }

    #[test]
    fn blanks_count_once_and_a_command_keeps_its_own() {
        let parsed = CronJob::parse("17 *\t* * *\troot\tcd  /  &&  x").unwrap();
        assert_eq!((parsed.user.as_str(), parsed.command.to_string()), ("root", "cd  /  &&  x".to_string()));
    }

    #[test]
    fn what_is_no_job_is_none() {
        for line in [
            "",
            "# 17 * * * * root x",
            "PATH=/usr/bin:/bin",
            "17 * * root x",
            "60 * * * * root x",
            "* 24 * * * root x",
            "* * 0 * * root x",
            "9-5 * * * * root x",
            "*/0 * * * * root x",
            "1,,2 * * * * root x",
            "@reboot root x",
            "17 * * * * root",
            "17 * * * * ro/ot x",
        ] {
            assert_eq!(CronJob::parse(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(line in "([0-9*/,a-z@-]{0,6}[ \t]){0,8}") {
            if let Some(job) = CronJob::parse(&line) {
                prop_assert!(job.minutes().count() <= 60);
            }
        }
    }
}
