//! The clock of one local day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The clock of one local day; most days have one offset from end to end.
pub(super) struct DayClock<'a> {
    pub(super) day: Date,
    zone: &'a TimeZone,
    plain: Option<(i64, i32)>,
}

impl<'a> DayClock<'a> {
    pub(super) fn new(day: Date, zone: &'a TimeZone) -> Self {
        let at = |hour, minute| {
            let instant = zone.to_ambiguous_timestamp(day.at(hour, minute, 0, 0)).compatible().ok()?;
            Some((instant.as_microsecond(), zone.to_offset(instant).seconds()))
        };
        let plain = match (at(0, 0), at(23, 59)) {
            (Some(start), Some(end)) if start.1 == end.1 => Some(start),
            _ => None,
        };
        Self { day, zone, plain }
    }

    /// The microsecond and offset of a local second of the day.
    pub(super) fn at(&self, second: u32) -> (i64, i32) {
        if let Some((midnight, offset)) = self.plain {
            return (midnight + i64::from(second) * 1_000_000, offset);
        }
        let local = self.day.to_datetime(jiff::civil::Time::midnight()) + Span::new().seconds(i64::from(second));
        let instant = self.zone.to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::UNIX_EPOCH);
        (instant.as_microsecond(), self.zone.to_offset(instant).seconds())
    }
}
