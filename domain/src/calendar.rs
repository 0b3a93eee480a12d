//! Which days a person works: their week, their country's holidays, their own absences.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Span;
use jiff::civil::{Date, Weekday, date};

use crate::content::lists::List;
use crate::content::source::ContentError;
use crate::noise::{Key, log_normal};
use crate::persona::Persona;
use crate::work_week::{DAYS, WorkWeek};

/// The holidays of all countries, as data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    countries: Vec<Country>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Country {
    code: String,
    language: String,
    zones: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Month and day.
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i8),
    /// The nth such weekday of a month, and days after it; counted from the end when negative.
    Nth { day: Weekday, nth: i8, plus: i8, month: i8 },
}

impl Holidays {
    /// Takes a list `[country language zone…]` of rules, and gives any other back. Of two lists for one country, the
    /// later one is added to the earlier.
    ///
    /// # Errors
    /// With file and line, for a rule of no known form.
    pub(crate) fn take(&mut self, file: &str, list: List) -> Result<Option<List>, ContentError> {
        let mut words = list.name.split_whitespace().map(str::to_owned);
        let is_code = |word: &String| word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
        let Some(code) = words.next().filter(is_code) else { return Ok(Some(list)) };
        let language = words.next().unwrap_or_default();
        let rules: Option<Vec<Rule>> = list.entries.iter().map(|entry| rule(entry)).collect();
        let rules = rules.ok_or_else(|| ContentError::at(file, list.line, "a rule of no known form"))?;
        match self.countries.iter_mut().find(|country| country.code == code) {
            Some(country) => country.rules.extend(rules),
            None => self.countries.push(Country { code, language, zones: words.collect(), rules }),
        }
        Ok(None)
    }

    /// Where a person is at home: their country, else that of their time zone, else their
    /// language's. Nobody's holidays where none of these is known.
    fn of(&self, persona: &Persona) -> &[Rule] {
        let find = |is: &dyn Fn(&Country) -> bool| self.countries.iter().find(|c| is(c));
        let by_code = persona.country.as_deref().and_then(|code| find(&|c| c.code.eq_ignore_ascii_case(code)));
        let by_zone = || persona.zone_name.as_deref().and_then(|zone| find(&|c| c.zones.iter().any(|z| z == zone)));
        let by_language = || find(&|c| c.language == persona.language.as_str());
        by_code.or_else(by_zone).or_else(by_language).map_or(&[], |c| &c.rules)
    }
}

fn rule(text: &str) -> Option<Rule> {
    if let Some(offset) = text.strip_prefix("easter") {
        return offset.parse().ok().map(Rule::Easter);
    }
    if let Some((which, month)) = text.split_once(' ') {
        let at = DAYS.iter().position(|day| which.starts_with(day))?;
        let day = Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()?;
        let (nth, plus) = which[3..].split_once('+').unwrap_or((&which[3..], "0"));
        return Some(Rule::Nth { day, nth: nth.parse().ok()?, plus: plus.parse().ok()?, month: month.parse().ok()? });
    }
    let (month, day) = text.split_once('-')?;
    Some(Rule::Fixed(month.parse().ok()?, day.parse().ok()?))
}

impl Rule {
    fn is(self, day: Date) -> bool {
        match self {
            Self::Fixed(month, number) => (day.month(), day.day()) == (month, number),
            Self::Easter(after) => easter(day.year()).checked_add(Span::new().days(after)).is_ok_and(|d| d == day),
            Self::Nth { day: weekday, nth, plus, month } => Date::new(day.year(), month, 1)
                .and_then(|first| first.nth_weekday_of_month(nth, weekday))
                .and_then(|found| found.checked_add(Span::new().days(plus)))
                .is_ok_and(|found| found == day),
        }
    }
}

/// Easter Sunday of the Gregorian calendar (the anonymous algorithm, Nature, 20 April 1876).
#[expect(clippy::many_single_char_names, reason = "the algorithm's own letters")]
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(n / 31).unwrap_or(4), i8::try_from(n % 31 + 1).unwrap_or(1))
        .unwrap_or(date(2000, 4, 23))
}

/// What a day is to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// A day at work.
    Working,
    /// A weekend or a holiday: hardly anything happens.
    Off,
    /// On holiday or ill: nothing does.
    Away,
}

/// One person's calendar.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    key: Key,
    week: WorkWeek,
    rules: &'a [Rule],
}

impl<'a> Calendar<'a> {
    /// The calendar of `persona`, whose noise is `key`.
    pub fn of(persona: &Persona, key: Key, holidays: &'a Holidays) -> Self {
        Self { key: key.text("calendar"), week: persona.week, rules: holidays.of(persona) }
    }

    /// Whether `day` is a day at work.
    pub(crate) fn is_working(&self, day: Date) -> bool {
        // The cheapest question first.
        self.week.has(day.weekday()) && !self.rules.iter().any(|rule| rule.is(day)) && !self.is_away(day)
    }

    /// What `day` is.
    pub fn kind(&self, day: Date) -> DayKind {
        if self.is_away(day) {
            DayKind::Away
        } else if !self.week.has(day.weekday()) || self.rules.iter().any(|rule| rule.is(day)) {
            DayKind::Off
        } else {
            DayKind::Working
        }
    }

    /// How busy the day is, wherever the person works: 1 on average, seldom far above.
    pub(crate) fn load(&self, day: Date) -> f64 {
        let rng = &mut self.key.text("load").with(days(day).unsigned_abs()).rng();
        log_normal(rng, -0.6, 1.1)
    }

    /// Three holidays a year, of one or two weeks, and a few days in bed.
    fn is_away(&self, day: Date) -> bool {
        // Spring, summer, and the end of the year; summers are the longest.
        const SEASONS: [(i64, u64); 3] = [(60, 90), (175, 75), (290, 72)];
        const LONGEST: i64 = 14;
        let number = days(day);
        let within = |start: i64, length: u64| (0..length.cast_signed()).contains(&(number - start));
        let holiday = |year: i16, n: usize| {
            let (from, span) = SEASONS[n];
            let from = days(date(year, 1, 1)) + from;
            // Most days are in no season of holidays.
            if !(from..from + span.cast_signed() + LONGEST).contains(&number) {
                return false;
            }
            let key = self.key.text("holiday").with(u64::from(year.unsigned_abs())).with(n as u64);
            let length = [5, 7, 9, 12, LONGEST.unsigned_abs()][key.index(5)];
            within(from + key.text("from").below(span).cast_signed(), length)
        };
        let ill = |block: i64| {
            let key = self.key.text("ill").with(block.unsigned_abs());
            key.chance(45)
                && within(block * 60 + key.text("from").below(57).cast_signed(), 1 + key.text("length").below(3))
        };
        let year = day.year();
        // Only the last season reaches into the next year.
        let before = day.day_of_year() < 40 && year > Date::MIN.year() && holiday(year - 1, 2);
        before || (0..3).any(|n| holiday(year, n)) || ill(number.div_euclid(60))
    }
}

/// Days since 1970.
pub(crate) fn days(day: Date) -> i64 {
    day.duration_since(date(1970, 1, 1)).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::test_support::writer;

    #[test]
    fn easter_is_when_it_was_and_will_be() {
        for (year, month, day) in
            [(2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)]
        {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn holidays_follow_country_zone_and_language() {
        let content = Content::embedded().unwrap();
        let is_off = |language: &str, day| {
            let persona = writer("Ann Lee", "x", language);
            content.holidays().of(&persona).iter().any(|rule| rule.is(day))
        };
        // Thanksgiving and the day after; Ascension; the third of October.
        assert!(
            is_off("en", date(2026, 11, 26)) && is_off("en", date(2026, 11, 27)) && !is_off("en", date(2026, 11, 25))
        );
        assert!(is_off("de", date(2026, 5, 14)) && is_off("de", date(2026, 10, 3)) && !is_off("de", date(2026, 7, 14)));
        assert!(is_off("fr", date(2026, 7, 14)) && is_off("nl", date(2026, 4, 27)) && is_off("it", date(2026, 6, 2)));
        assert!(is_off("en", date(2026, 5, 25)), "the last Monday of May");
    }

    #[test]
    fn people_are_away_some_weeks_a_year_and_not_all_at_once() {
        let persona = writer("Ann Lee", "x", "en");
        let holidays = Holidays::default();
        let away = |who| {
            let calendar = Calendar::of(&persona, Key::of(who), &holidays);
            let mut day = date(2026, 1, 1);
            let mut count = 0;
            while day < date(2027, 1, 1) {
                count += u32::from(calendar.kind(day) == DayKind::Away);
                day = day.tomorrow().unwrap();
            }
            count
        };
        let counts: Vec<u32> = (0..30).map(away).collect();
        assert!(counts.iter().all(|n| (15..60).contains(n)), "{counts:?}");
    }
}
