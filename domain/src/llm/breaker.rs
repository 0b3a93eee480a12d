//! The circuit breaker: three failures in a row open it for a minute, then one call probes. A server that says how long
//! it wants to be left alone (`Retry-After`) is left alone at least that long. It is fed with the time, and with how
//! calls went.

use jiff::{SignedDuration, Timestamp};

use super::retry_after::RetryAfter;

/// So many failures in a row open it.
const FAILURES: u32 = 3;
/// It stays open for so long.
const COOLDOWN: SignedDuration = SignedDuration::from_secs(60);
/// A probe of which nothing was heard for so long doesn't count any more: longer than any call may take.
const LOST: SignedDuration = SignedDuration::from_secs(3_700);

/// Closed, open or half open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    since: Option<Opened>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    /// No call before this moment.
    Until(Timestamp),
    /// One call is on its way since this moment.
    Probing(Timestamp),
}

/// What it says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may be made.
    Granted,
    /// It may not.
    Denied,
}

/// As the heartbeat tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum BreakerState {
    Closed,
    Open,
    HalfOpen,
}

impl BreakerState {
    /// The word in the heartbeat.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl Breaker {
    /// Whether a call may be made now. Once the wait is over, one is: the probe. No second one is, until the probe has ended.
    pub fn ask(&mut self, now: Timestamp) -> Permit {
        match self.since {
            None => Permit::Granted,
            Some(Opened::Until(end)) if now < end => Permit::Denied,
            Some(Opened::Probing(at)) if now.duration_since(at) < LOST => Permit::Denied,
            Some(_) => {
                self.since = Some(Opened::Probing(now));
                Permit::Granted
            }
        }
    }

    /// A call went well: any success closes it.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call failed; `retry_after` is what the server said of the next one. A server that names a wait has it at once,
    /// without two more failures.
    pub fn failed(&mut self, now: Timestamp, retry_after: Option<RetryAfter>) {
        self.failures = self.failures.saturating_add(1);
        let wait = retry_after.map(|wish| wish.until(now)).filter(|end| *end > now);
        let cooldown = now.checked_add(COOLDOWN).unwrap_or(now);
        let end = match self.since {
            Some(Opened::Probing(_)) => Some(cooldown),
            None if self.failures >= FAILURES => Some(cooldown),
            None => None,
            // A call from before it opened: the cooldown goes on as it was.
            Some(Opened::Until(end)) => Some(end),
        };
        if let Some(end) = end.max(wait) {
            self.since = Some(Opened::Until(end));
        }
    }

    /// Until when no call is made, if it is open.
    pub fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.since {
            Some(Opened::Until(end)) if now < end => Some(end),
            _ => None,
        }
    }

    /// How it stands.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match self.since {
            None => BreakerState::Closed,
            Some(Opened::Until(end)) if now < end => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_793_698_877 + seconds).unwrap()
    }

    #[test]
    fn three_failures_in_a_row_open_it_for_a_minute_and_one_probe_decides() {
        let mut breaker = Breaker::default();
        for second in 0..3 {
            assert_eq!(breaker.ask(at(second)), Permit::Granted);
            breaker.failed(at(second), None);
        }
        assert_eq!((breaker.state(at(3)), breaker.ask(at(3))), (BreakerState::Open, Permit::Denied));
        assert_eq!(breaker.ask(at(61)), Permit::Denied);
        assert_eq!((breaker.state(at(62)), breaker.ask(at(62))), (BreakerState::HalfOpen, Permit::Granted));
        // A concurrent caller gets no second probe.
        assert_eq!((breaker.state(at(63)), breaker.ask(at(63))), (BreakerState::HalfOpen, Permit::Denied));
        breaker.failed(at(64), None);
        assert_eq!((breaker.state(at(65)), breaker.ask(at(123))), (BreakerState::Open, Permit::Denied));
        assert_eq!(breaker.ask(at(124)), Permit::Granted);
        breaker.succeeded();
        assert_eq!((breaker.state(at(125)), breaker.ask(at(125))), (BreakerState::Closed, Permit::Granted));
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for second in 0..10 {
            breaker.failed(at(second), None);
            breaker.failed(at(second), None);
            breaker.succeeded();
        }
        assert_eq!(breaker.state(at(11)), BreakerState::Closed);
    }

    #[test]
    fn a_server_that_names_a_wait_is_left_alone_at_least_that_long() {
        let span = |seconds| Some(RetryAfter::Span(SignedDuration::from_secs(seconds)));
        let mut breaker = Breaker::default();
        // At once, and a short wait is no minute.
        breaker.failed(at(0), span(7));
        assert_eq!((breaker.state(at(6)), breaker.ask(at(6))), (BreakerState::Open, Permit::Denied));
        assert_eq!(breaker.ask(at(7)), Permit::Granted);
        // A probe that fails has its minute, whatever is asked for, and longer where longer is asked for.
        breaker.failed(at(8), span(7));
        assert_eq!((breaker.ask(at(67)), breaker.ask(at(68))), (Permit::Denied, Permit::Granted));
        breaker.failed(at(69), span(600));
        assert_eq!((breaker.ask(at(668)), breaker.open_until(at(668))), (Permit::Denied, Some(at(669))));
        // A call from before it opened can make it longer, and not shorter.
        breaker.failed(at(100), None);
        assert_eq!(breaker.open_until(at(100)), Some(at(669)));
        breaker.failed(at(100), Some(RetryAfter::Moment(at(1_000))));
        assert_eq!((breaker.ask(at(999)), breaker.ask(at(1_000))), (Permit::Denied, Permit::Granted));
        breaker.failed(at(1_001), span(0));
        assert_eq!(breaker.open_until(at(1_001)), Some(at(1_061)));
        breaker.failed(at(1_002), span(10_000_000));
        assert_eq!(breaker.open_until(at(1_002)), Some(at(1_002 + 86_400)));
    }

    proptest! {
        #[test]
        fn it_is_never_open_for_good(
            steps in proptest::collection::vec((0_i64..400, 0_u8..4, 0_i64..i64::MAX), 0..60)
        ) {
            let (mut breaker, mut now) = (Breaker::default(), 0);
            for (pause, what, wish) in steps {
                now += pause;
                match what {
                    0 => { let _ = breaker.ask(at(now)); }
                    1 => breaker.failed(at(now), None),
                    2 => breaker.failed(at(now), Some(RetryAfter::Span(SignedDuration::from_secs(wish)))),
                    _ => breaker.succeeded(),
                }
            }
            prop_assert_eq!(breaker.ask(at(now + 86_401)), Permit::Granted);
        }
    }
}
