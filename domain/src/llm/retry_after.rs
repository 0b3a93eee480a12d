//! How long a server wants to be left alone: the header `Retry-After`.

use core::fmt;

use jiff::{SignedDuration, Timestamp};

/// The longest wait that a server is granted, whatever it asks for.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// A server's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long from now on.
    Span(SignedDuration),
    /// Until this moment.
    Moment(Timestamp),
}

impl RetryAfter {
    /// Reads the header's value: a number of seconds, or an HTTP date. `None` for anything else.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if let Ok(seconds) = value.parse::<f64>() {
            let is_wait = seconds.is_finite() && seconds >= 0.0;
            return is_wait
                .then(|| Self::Span(SignedDuration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)));
        }
        jiff::fmt::rfc2822::parse(value).ok().map(|at| Self::Moment(at.timestamp()))
    }

    /// The end of the wait, at most a day after `now` and never before it.
    pub fn until(self, now: Timestamp) -> Timestamp {
        let wait = match self {
            Self::Span(span) => span,
            Self::Moment(at) => at.duration_since(now),
        };
        now.checked_add(wait.clamp(SignedDuration::ZERO, LONGEST)).unwrap_or(now)
    }
}

impl fmt::Display for RetryAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => write!(f, "for {} s", span.as_secs()),
            Self::Moment(at) => write!(f, "until {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_bounded_by_a_day() {
        let now: Timestamp = "2026-11-03T10:00:00Z".parse().unwrap();
        for (value, wait) in [
            ("600", 600),
            (" 0 ", 0),
            ("1.5", 1),
            ("99999999999999999999", 86_400),
            ("Tue, 03 Nov 2026 10:05:00 GMT", 300),
            ("Tue, 03 Nov 2026 09:05:00 GMT", 0),
            ("Tue, 03 Nov 2099 10:05:00 GMT", 86_400),
        ] {
            let until = RetryAfter::parse(value).unwrap_or_else(|| panic!("{value}")).until(now);
            assert_eq!(until.duration_since(now).as_secs(), wait, "{value}");
        }
        for nonsense in ["", "soon", "-5", "NaN", "inf", "2026-11-03"] {
            assert_eq!(RetryAfter::parse(nonsense), None, "{nonsense}");
        }
    }
}
