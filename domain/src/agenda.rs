//! When a person does something on a host: in sittings, at hours of their own, on days of their own.
//!
//! The moments of a day follow from who, where and which day alone. So a restart forgets nothing and
//! makes up for nothing: what was due while nobody was there to do it stays undone.

use alloc::vec::Vec;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};

use crate::calendar::{Calendar, DayKind, days};
use crate::diurnal::ActiveHours;
use crate::noise::{Key, log_normal};

/// How much a person does on a host on a working day, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intensity(pub f64);

/// In how many of 100 sittings a person works outside their hours.
const OUTSIDE: u32 = 36;
/// On how many of 100 days off somebody looks in for a moment.
const LOOKS_IN: u64 = 36;
/// More than this is nobody's day.
const MOST: usize = 600;

/// The moments at which a person acts on a host on the day (or the night shift) that begins on `day`.
/// `key` is the noise of this person on this host; they come in order.
pub fn moments(
    key: Key,
    hours: ActiveHours,
    calendar: &Calendar<'_>,
    day: Date,
    zone: &TimeZone,
    intensity: Intensity,
) -> Vec<Timestamp> {
    let key = key.text("agenda").with(days(day).unsigned_abs());
    let rng = &mut key.rng();
    let kind = calendar.kind(day);
    let wanted = match kind {
        DayKind::Away => return Vec::new(),
        DayKind::Off if !key.text("looks in").chance(LOOKS_IN) => return Vec::new(),
        DayKind::Off => 0.45,
        // Some days are busy, on all hosts alike; some are meetings from end to end.
        DayKind::Working => calendar.load(day) * log_normal(rng, -0.125, 0.5),
    };
    let mut left = count(intensity.0.clamp(0.0, 400.0) * wanted, rng).min(MOST);
    let mut out = Vec::with_capacity(left);
    while left > 0 {
        // A sitting: many are short, few are long.
        let size = (1 + count(log_normal(rng, 0.9, 0.9), rng)).min(left);
        left -= size;
        let Some(mut at) = start(hours, kind, day, zone, rng) else { continue };
        for _ in 0..size {
            out.push(at);
            let drawn = log_normal(rng, 5.1, 1.25);
            // Never twice the same: a bound that many reach would show.
            let gap = if (7.0..3_600.0).contains(&drawn) { drawn } else { 9.0 + 1_500.0 * rng.random::<f64>() };
            at += SignedDuration::from_secs_f64(gap);
        }
    }
    out.sort();
    out
}

/// When a sitting begins.
fn start(hours: ActiveHours, kind: DayKind, day: Date, zone: &TimeZone, rng: &mut dyn Rng) -> Option<Timestamp> {
    let length = f64::from(hours.length_minutes());
    let begin = f64::from(hours.start_minute());
    let minute = match kind {
        DayKind::Off | DayKind::Away => 570.0 + 780.0 * rng.random::<f64>(),
        DayKind::Working if rng.random_range(0..100) < OUTSIDE => {
            // Early, or late at home; the later the rarer.
            if rng.random_range(0..100) < 36 {
                begin - 130.0 * libm::pow(rng.random::<f64>(), 1.3)
            } else {
                begin + length + 330.0 * libm::pow(rng.random::<f64>(), 1.1)
            }
        }
        DayKind::Working => loop {
            let at = rng.random::<f64>();
            // Lunch, and a slow start.
            let is_lunch = (0.42..0.52).contains(&at) && rng.random_range(0..100) < 65;
            let is_slow = at < 0.04 && rng.random_range(0..100) < 40;
            if !is_lunch && !is_slow {
                break begin + length * at;
            }
        },
    };
    let midnight = day.to_datetime(Time::midnight());
    // Wall clock, so that a clock change shifts nobody's hours.
    let local = midnight.checked_add(SignedDuration::from_secs_f64(minute * 60.0)).ok()?;
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

/// How long people pause.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    mu: f64,
    sigma: f64,
}

impl Gap {
    /// Between two commands typed: some seconds, now and then minutes.
    pub const TYPING: Self = Self { mu: 9.2, sigma: 1.25 };

    /// One pause, in milliseconds; at most an hour.
    pub fn millis(self, rng: &mut dyn Rng) -> u32 {
        let drawn = log_normal(rng, self.mu, self.sigma).clamp(300.0, 3_600_000.0);
        // Clamped to what fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "300 to 3,600,000")]
        let millis = drawn as u32;
        millis
    }
}

/// A whole number with the given mean: the fraction is rolled for.
fn count(mean: f64, rng: &mut dyn Rng) -> usize {
    let whole = libm::floor(mean);
    let extra = usize::from(rng.random::<f64>() < mean - whole);
    // Never negative and far below any integer's limit: callers clamp.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to a few hundred")]
    let whole = whole as usize;
    whole + extra
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Holidays;
    use crate::test_support::writer;
    use jiff::civil::date;

    /// Six weeks of one person.
    fn life(who: u64, a_day: f64) -> Vec<Timestamp> {
        let (persona, holidays) = (writer("Ann Lee", "x", "en"), Holidays::default());
        let calendar = Calendar::of(&persona, Key::of(who), &holidays);
        let mut day = date(2026, 2, 2);
        let mut out = Vec::new();
        while day < date(2026, 3, 30) {
            out.extend(moments(Key::of(who), ActiveHours::OFFICE, &calendar, day, &TimeZone::UTC, Intensity(a_day)));
            day = day.tomorrow().unwrap();
        }
        out.sort();
        out
    }

    #[test]
    fn the_shape_of_a_life_is_a_persons() {
        // The middle of a dozen people whose working days were measured.
        let mut figures = [const { Vec::new() }; 4];
        for who in 0..12 {
            let at = life(who, 7.0);
            let mut hours = [0.0_f64; 24];
            let mut weekend = 0.0;
            for moment in &at {
                let local = moment.to_zoned(TimeZone::UTC);
                hours[usize::from(local.hour().unsigned_abs())] += 1.0;
                weekend += f64::from(u8::from(local.weekday().to_monday_zero_offset() > 4));
            }
            let n = at.len() as f64;
            let mut sorted = hours;
            sorted.sort_by(|a, b| b.total_cmp(a));
            let entropy: f64 = hours.iter().filter(|h| **h > 0.0).map(|h| -(h / n) * libm::log2(h / n)).sum();
            let gaps: Vec<f64> = at.windows(2).map(|w| w[1].duration_since(w[0]).as_secs_f64()).collect();
            let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
            let sd = libm::sqrt(gaps.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / gaps.len() as f64);
            figures[0].push(sorted[..9].iter().sum::<f64>() / n);
            figures[1].push(entropy);
            figures[2].push(weekend / n);
            figures[3].push((sd - mean) / (sd + mean));
        }
        for (name, values, range) in [
            ("best nine hours", &figures[0], 0.60..0.92),
            ("entropy", &figures[1], 3.5..4.3),
            ("weekend", &figures[2], 0.005..0.20),
            ("burstiness", &figures[3], 0.22..0.77),
        ] {
            let fit = values.iter().filter(|v| range.contains(*v)).count();
            assert!(fit >= 11, "{name}: {values:?}");
        }
    }

    #[test]
    fn no_grid_shows_and_the_same_day_is_the_same() {
        let at = life(3, 20.0);
        assert_eq!(at, life(3, 20.0));
        let on_a_minute = at.iter().filter(|t| t.as_second() % 60 == 0).count();
        assert!(on_a_minute * 20 < at.len());
        assert!(at.iter().filter(|t| t.subsec_nanosecond() % 1_000_000 == 0).count() * 50 < at.len());
        let a_day = at.len() as f64 / 56.0;
        assert!((9.0..22.0).contains(&a_day), "{a_day}");
    }

    #[test]
    fn who_works_at_night_acts_at_night() {
        let (persona, holidays) = (writer("Tom Berg", "x", "en"), Holidays::default());
        let calendar = Calendar::of(&persona, Key::of(1), &holidays);
        let hours: ActiveHours = "21:00-05:00".parse().unwrap();
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let at: Vec<_> = (2..28)
            .flat_map(|d| moments(Key::of(1), hours, &calendar, date(2026, 3, d), &zone, Intensity(12.0)))
            .collect();
        let inside = at.iter().filter(|t| hours.contains(t.to_zoned(zone.clone()).time())).count();
        assert!(inside * 10 > at.len() * 6, "{inside} of {}", at.len());
    }
}
