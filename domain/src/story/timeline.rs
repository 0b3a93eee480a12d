//! When the beats of a storyline happen: after their waits, in the working hours of whoever does them.

use alloc::vec::Vec;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::storyline::{Unit, Wait};
use crate::calendar::Calendar;
use crate::diurnal::ActiveHours;
use crate::noise::Key;

/// When somebody is at work.
#[derive(Clone, Debug)]
pub(super) struct WorkTime<'a> {
    pub(super) hours: ActiveHours,
    /// Somebody of another company works from Monday to Friday.
    pub(super) calendar: Option<Calendar<'a>>,
    pub(super) zone: TimeZone,
}

/// So many days are looked through for one at work: longer than anybody's holiday.
const MOST_DAYS: usize = 40;

impl WorkTime<'_> {
    fn is_working(&self, day: Date) -> bool {
        match &self.calendar {
            Some(calendar) => calendar.is_working(day),
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    fn at(&self, day: Date, minute: u64) -> Option<Timestamp> {
        let local =
            day.to_datetime(Time::midnight()).checked_add(SignedDuration::from_mins(minute.cast_signed())).ok()?;
        self.zone.to_ambiguous_timestamp(local).compatible().ok()
    }

    /// The first moment from `from` on at which this person works, a while after they begin if that is in a new window.
    fn first_from(&self, from: Timestamp, key: Key) -> Timestamp {
        let today = from.to_zoned(self.zone.clone()).date();
        let (start, length) = (u64::from(self.hours.start_minute()), u64::from(self.hours.length_minutes()));
        // A night shift of yesterday may last until today.
        let is_nightly = start + length > 24 * 60;
        let mut day = if is_nightly { today.yesterday().unwrap_or(today) } else { today };
        for _ in 0..MOST_DAYS {
            if self.is_working(day)
                && let (Some(begin), Some(end)) = (self.at(day, start), self.at(day, start + length))
                && from < end - SignedDuration::from_mins(5)
            {
                if from >= begin {
                    return from;
                }
                // After the first coffee, not on the stroke.
                let most = (length * 60 / 4).min(100 * 60);
                return begin + SignedDuration::from_secs((120 + key.below(most.max(1))).cast_signed());
            }
            day = day.tomorrow().unwrap_or(day);
        }
        from
    }

    /// A moment of the working day that is `count` working days after `from`'s.
    fn days_after(&self, from: Timestamp, count: u64, key: Key) -> Timestamp {
        let mut day = from.to_zoned(self.zone.clone()).date();
        let mut left = count;
        for _ in 0..MOST_DAYS * 3 {
            if left == 0 {
                break;
            }
            day = day.tomorrow().unwrap_or(day);
            left -= u64::from(self.is_working(day));
        }
        let length = u64::from(self.hours.length_minutes()) * 60;
        let within = length / 20 + key.below((length * 9 / 10).max(1));
        let start = u64::from(self.hours.start_minute());
        let at = self.at(day, start).unwrap_or(from) + SignedDuration::from_secs(within.cast_signed());
        self.first_from(at.max(from), key)
    }

    /// When something happens that follows `after` by this wait.
    pub(super) fn after(&self, after: Timestamp, wait: Wait, key: Key) -> Timestamp {
        let (least, most) = (u64::from(wait.least), u64::from(wait.most));
        match wait.unit {
            Unit::Days => {
                let count = least + key.text("days").below(most - least + 1);
                self.days_after(after, count, key.text("within"))
            }
            Unit::Hours | Unit::Minutes => {
                let unit = if wait.unit == Unit::Hours { 3_600 } else { 60 };
                let seconds = least * unit + key.text("seconds").below((most - least) * unit + 60);
                self.first_from(after + SignedDuration::from_secs(seconds.cast_signed()), key.text("within"))
            }
        }
    }
}

/// A day so many days, or working days from Monday to Friday, from another.
pub(super) fn day_from(day: Date, days: i64, is_working: bool) -> Date {
    if !is_working {
        return day.checked_add(Span::new().days(days.clamp(-10_000, 10_000))).unwrap_or(day);
    }
    let mut at = day;
    let mut left = days.unsigned_abs().min(400);
    while left > 0 {
        let next = if days < 0 { at.yesterday() } else { at.tomorrow() };
        let Ok(next) = next else { return at };
        at = next;
        left -= u64::from(!matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday));
    }
    at
}

/// A beat that happens, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The beat's place in the storyline.
    pub beat: usize,
    /// When it happens.
    pub at: Timestamp,
}

/// The happenings up to and with a moment.
pub(super) fn until(all: &[Happening], moment: Timestamp) -> &[Happening] {
    &all[..all.partition_point(|happening| happening.at <= moment)]
}

/// The happenings that come out of order are moved behind those before them.
pub(super) fn in_order(mut all: Vec<Happening>) -> Vec<Happening> {
    for n in 1..all.len() {
        if all[n].at <= all[n - 1].at {
            all[n].at = all[n - 1].at + SignedDuration::from_secs(60);
        }
    }
    all
}
