//! Hours of the day: whether a person is at work, and when a file was last touched.

use core::fmt;
use core::str::FromStr;

use alloc::string::String;
use jiff::civil::Time;
use jiff::{SignedDuration, Span, Timestamp, Zoned};
use rand::{Rng, RngExt};

const DAY: u16 = 24 * 60;

/// A daily window `HH:MM-HH:MM`, start included, end excluded. It may wrap around midnight
/// (`22:00-06:00`); equal ends mean the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveHours {
    /// Minutes after midnight, 0..1440.
    start: u16,
    /// Length in minutes, 1..=1440.
    length: u16,
}

/// Why a text is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a window of the form HH:MM-HH:MM")]
pub struct ActiveHoursError(String);

impl ActiveHours {
    /// The whole day: what a window that can't be read stands for, so that a typo never silences
    /// a fleet .
    pub const ALWAYS: Self = Self { start: 0, length: DAY };

    /// The default of the persona schema, `09:00-18:00`.
    pub const OFFICE: Self = Self { start: 9 * 60, length: 9 * 60 };

    /// When it begins, in minutes after midnight.
    pub const fn start_minute(self) -> u16 {
        self.start
    }

    /// How long it is, in minutes.
    pub const fn length_minutes(self) -> u16 {
        self.length
    }

    /// Whether `minute` (after midnight, local time) lies in the window.
    pub const fn contains_minute(self, minute: u16) -> bool {
        (minute + DAY - self.start) % DAY < self.length
    }

    /// Whether a local time of day lies in the window.
    pub fn contains(self, time: Time) -> bool {
        self.contains_minute(minute_of(time))
    }
}

impl FromStr for ActiveHours {
    type Err = ActiveHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (from, to) = text.trim().split_once('-')?;
            let (start, end) = (minutes(from)?, minutes(to)?);
            // 24:00 is a fair way to write the end of the day, but nothing starts there.
            if start == DAY {
                return None;
            }
            let length = (end + DAY - start) % DAY;
            Some(Self { start, length: if length == 0 { DAY } else { length } })
        };
        parse().ok_or_else(|| ActiveHoursError(text.into()))
    }
}

impl fmt::Display for ActiveHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = (self.start + self.length) % DAY;
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.start / 60, self.start % 60, end / 60, end % 60)
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |part: &str, most: usize| {
        (1..=2).contains(&part.len()).then_some(())?;
        part.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
        part.parse::<u16>().ok().filter(|n| usize::from(*n) <= most)
    };
    let total = number(hours, 24)? * 60 + number(minutes, 59)?;
    (total <= DAY && minutes.len() == 2).then_some(total)
}

fn minute_of(time: Time) -> u16 {
    // Both are small and never negative: 0..=23 and 0..=59.
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

/// How far back an invented modification time may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backdate {
    /// At least so many hours.
    pub min_hours: f64,
    /// At most so many days before the time is moved into the window.
    pub max_days: f64,
}

impl Default for Backdate {
    /// Half an hour to fourteen days.
    fn default() -> Self {
        Self { min_hours: 0.5, max_days: 14.0 }
    }
}

/// A modification time in the past whose local time of day lies in `window`, to the nanosecond.
///
/// Recent times are likelier than old ones. A time that falls outside the window is moved to a
/// random moment of the window at least a day earlier, so it stays in the past.
pub fn sample_mtime(window: ActiveHours, now: &Zoned, back: Backdate, rng: &mut dyn Rng) -> Timestamp {
    let least = back.min_hours * 3600.0;
    let most = (back.max_days * 86_400.0).max(least);
    // The cube of a uniform draw: half of all files are from the last eighth of the span.
    let bias = libm::pow(rng.random::<f64>(), 3.0);
    let age = SignedDuration::from_secs_f64(least + (most - least) * bias)
        + SignedDuration::from_nanos(rng.random_range(0..1_000_000_000));
    let candidate = now.checked_sub(age).unwrap_or_else(|_| now.clone());
    if window.contains(candidate.time()) {
        return candidate.timestamp();
    }
    snap(window, &candidate, rng).unwrap_or_else(|| candidate.timestamp())
}

fn snap(window: ActiveHours, candidate: &Zoned, rng: &mut dyn Rng) -> Option<Timestamp> {
    let into = SignedDuration::from_nanos(rng.random_range(0..i64::from(window.length) * 60_000_000_000));
    let start = Time::midnight() + Span::new().minutes(i64::from(window.start));
    // A clock change can push the result out of the window; the day before then serves.
    (1..=3).find_map(|days| {
        let day = candidate.date().checked_sub(Span::new().days(days)).ok()?;
        let local = day.to_datetime(start).checked_add(into).ok()?;
        let sampled = local.to_zoned(candidate.time_zone().clone()).ok()?;
        window.contains(sampled.time()).then(|| sampled.timestamp())
    })
}

/// A modification time after `floor`, in `window`, at least half an hour and at most [`Backdate::default`]'s
/// days before `now`: an edit never makes a file older than it was, and is never backdated to the moment
/// itself. `None` where no such time lies between the two.
pub fn sample_mtime_after(window: ActiveHours, floor: Timestamp, now: &Zoned, rng: &mut dyn Rng) -> Option<Timestamp> {
    let usual = Backdate::default();
    let span = now.timestamp().duration_since(floor).as_secs_f64() / 86_400.0;
    if span * 24.0 <= usual.min_hours {
        return None;
    }
    let back = Backdate { max_days: span.min(usual.max_days), ..usual };
    (0..16).map(|_| sample_mtime(window, now, back, rng)).find(|sampled| *sampled > floor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use jiff::tz::{Offset, TimeZone};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn at(zone: &TimeZone, seconds: i64) -> Zoned {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap().to_zoned(zone.clone())
    }

    #[test]
    fn windows_hold_their_start_and_not_their_end() {
        for (window, inside, outside) in [
            ("09:00-18:00", &[540, 1079][..], &[539, 1080, 0][..]),
            ("22:00-06:00", &[1320, 1439, 0, 359], &[360, 1319]),
            ("00:00-24:00", &[0, 1439], &[]),
            ("08:30-08:30", &[0, 509, 510], &[]),
        ] {
            let hours: ActiveHours = window.parse().unwrap();
            assert!(inside.iter().all(|m| hours.contains_minute(*m)), "{window}");
            assert!(!outside.iter().any(|m| hours.contains_minute(*m)), "{window}");
        }
    }

    #[test]
    fn a_file_of_this_moment_is_not_edited_yet_and_one_of_last_week_mostly_can_be() {
        let now = at(&TimeZone::UTC, 0);
        let sampled = |hours| {
            let floor = now.timestamp() - SignedDuration::from_hours(hours);
            let one = |seed| sample_mtime_after(ActiveHours::OFFICE, floor, &now, &mut ChaCha8Rng::seed_from_u64(seed));
            (0..100).filter_map(one).count()
        };
        assert_eq!(sampled(0), 0);
        assert!(sampled(24 * 7) > 95, "{}", sampled(24 * 7));
    }

    #[test]
    fn what_is_no_window_is_an_error_not_a_guess() {
        for text in [
            "",
            "9-18",
            "09:00",
            "25:00-26:00",
            "09:60-10:00",
            "24:00-08:00",
            "-",
            "09:00-18:00-20:00",
            "+9:00-18:00",
            "09:0-18:00",
        ] {
            assert!(text.parse::<ActiveHours>().is_err(), "{text:?}");
        }
        assert_eq!(" 9:00 - 18:00 ".parse::<ActiveHours>().unwrap().to_string(), "09:00-18:00");
    }

    /// Central European time with its daylight saving, as a POSIX rule: the domain has no zone database.
    fn zones() -> impl Strategy<Value = TimeZone> {
        prop_oneof![
            Just(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()),
            Just(TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap()),
            (-12i8..=14).prop_map(|h| TimeZone::fixed(Offset::constant(h))),
        ]
    }

    proptest! {
        #[test]
        fn a_sampled_mtime_is_past_recent_and_in_the_window(
            zone in zones(), shift in 0i64..40_000_000, start in 0u16..1440, length in 61u16..=1440, seed: u64,
        ) {
            let window = ActiveHours { start, length };
            let now = at(&zone, shift);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mtime = sample_mtime(window, &now, Backdate::default(), &mut rng);
            let age = now.timestamp().duration_since(mtime).as_secs_f64();
            prop_assert!(age >= 1800.0, "age {age}");
            prop_assert!(age <= 19.0 * 86_400.0, "age {age}");
            prop_assert!(window.contains(mtime.to_zoned(zone).time()), "{window} {mtime}");
        }

        #[test]
        fn an_edit_never_turns_a_file_older(shift in 0i64..40_000_000, gap in 1i64..3_000_000, seed: u64) {
            let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
            let now = at(&zone, shift);
            let floor = now.timestamp() - SignedDuration::from_secs(gap);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let Some(mtime) = sample_mtime_after(ActiveHours::OFFICE, floor, &now, &mut rng) else { return Ok(()) };
            prop_assert!(mtime > floor && mtime <= now.timestamp() - SignedDuration::from_mins(30));
            let local = mtime.to_zoned(zone).time();
            prop_assert!(ActiveHours::OFFICE.contains(local), "{local}");
        }

        #[test]
        fn any_text_parses_or_fails_without_panic(text in "\\PC{0,20}") {
            if let Ok(window) = text.parse::<ActiveHours>() {
                prop_assert_eq!(window.to_string().parse::<ActiveHours>().unwrap(), window);
            }
        }
    }

    #[test]
    fn mtimes_have_nanoseconds_of_full_entropy_and_favour_the_recent() {
        let now = at(&TimeZone::UTC, 0);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let samples: alloc::vec::Vec<_> =
            (0..2000).map(|_| sample_mtime(ActiveHours::ALWAYS, &now, Backdate::default(), &mut rng)).collect();
        assert!(samples.iter().filter(|t| t.subsec_nanosecond() % 1000 == 0).count() < 20);
        let days = |t: &Timestamp| now.timestamp().duration_since(*t).as_secs_f64() / 86_400.0;
        assert!(samples.iter().filter(|t| days(t) < 2.0).count() > 900);
        assert!(samples.iter().any(|t| days(t) > 10.0));
    }
}
