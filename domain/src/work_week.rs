//! The days of a week that somebody works on.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::str::FromStr;

use jiff::civil::Weekday;

/// The days of a week that are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkWeek(u8);

/// The days, as they are written.
pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl WorkWeek {
    /// Monday to Friday.
    pub const OFFICE: Self = Self(0b001_1111);

    /// Whether a day of the week is worked on.
    pub fn has(self, day: Weekday) -> bool {
        self.0 >> day.to_monday_zero_offset() & 1 == 1
    }
}

/// Why a text is no week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no days: write mon-fri, or tue,thu,sat")]
pub struct WorkWeekError(String);

impl FromStr for WorkWeek {
    type Err = WorkWeekError;

    /// `mon-fri`, `sun-thu`, `tue,thu,sat`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = |word: &str| DAYS.iter().position(|d| *d == word.trim().to_ascii_lowercase());
        let mut days = 0;
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (Some(mut at), Some(to)) = (day(from), day(to)) else { return Err(WorkWeekError(text.to_owned())) };
            days |= 1 << to;
            while at != to {
                days |= 1 << at;
                at = (at + 1) % 7;
            }
        }
        Ok(Self(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn weeks_are_ranges_and_lists() {
        let has = |text: &str| -> Vec<bool> {
            let week: WorkWeek = text.parse().unwrap();
            (0..7).map(|d| week.has(Weekday::from_monday_zero_offset(d).unwrap())).collect()
        };
        assert_eq!(has("mon-fri"), has("Mon, tue ,wed,thu,fri"));
        assert_eq!(has("sun-thu"), [true, true, true, true, false, false, true]);
        for bad in ["", "monday", "mon-", "1-5"] {
            assert!(bad.parse::<WorkWeek>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_week_panic(text in "\\PC{0,12}") {
            let _ = text.parse::<WorkWeek>();
        }
    }
}
