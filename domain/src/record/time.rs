//! Times as rows and payloads hold them.

use alloc::borrow::ToOwned;
use alloc::string::String;

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// A moment as rows hold it: microseconds, cut off, so that what is read back is what was written.
pub fn row_time(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Trunc)).unwrap_or(at)
}

/// ISO 8601 in UTC with microseconds, as payloads hold times.
pub fn iso(at: Timestamp) -> String {
    alloc::format!("{:.6}", row_time(at)).trim_end_matches('Z').to_owned() + "+00:00"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_times_are_cut_to_microseconds_and_written_in_iso_8601() {
        let at: Timestamp = "2026-11-03T09:41:17.318204511Z".parse().unwrap();
        assert_eq!(row_time(at), "2026-11-03T09:41:17.318204Z".parse().unwrap());
        assert_eq!(iso(at), "2026-11-03T09:41:17.318204+00:00");
    }
}
