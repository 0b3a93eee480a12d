//! The circuit breaker (the seed, "Circuit breaker"): fed with the time, and with how calls went.

use jiff::{SignedDuration, Timestamp};

/// So many failures in a row open it.
const FAILURES: u32 = 3;
/// It stays open for so long.
const COOLDOWN: SignedDuration = SignedDuration::from_secs(60);
/// A probe of which nothing was heard for so long doesn't count any more.
const LOST: SignedDuration = SignedDuration::from_secs(300);

/// Closed, open or half open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    since: Option<Opened>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opened {
    At(Timestamp),
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

/// As the heartbeat tells it (contracts §3).
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
    /// Whether a call may be made now. Once the cooldown is over, one is: the probe. Nobody else gets another.
    pub fn ask(&mut self, now: Timestamp) -> Permit {
        match self.since {
            None => Permit::Granted,
            Some(Opened::At(at)) if now.duration_since(at) < COOLDOWN => Permit::Denied,
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

    /// A call failed.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        match self.since {
            Some(Opened::Probing(_)) => self.since = Some(Opened::At(now)),
            None if self.failures >= FAILURES => self.since = Some(Opened::At(now)),
            // A call from before it opened: the cooldown goes on as it was.
            None | Some(Opened::At(_)) => {}
        }
    }

    /// How it stands.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match self.since {
            None => BreakerState::Closed,
            Some(Opened::At(at)) if now.duration_since(at) < COOLDOWN => BreakerState::Open,
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
            breaker.failed(at(second));
        }
        assert_eq!((breaker.state(at(3)), breaker.ask(at(3))), (BreakerState::Open, Permit::Denied));
        assert_eq!(breaker.ask(at(61)), Permit::Denied);
        assert_eq!((breaker.state(at(62)), breaker.ask(at(62))), (BreakerState::HalfOpen, Permit::Granted));
        // A concurrent caller gets no second probe.
        assert_eq!((breaker.state(at(63)), breaker.ask(at(63))), (BreakerState::HalfOpen, Permit::Denied));
        breaker.failed(at(64));
        assert_eq!((breaker.state(at(65)), breaker.ask(at(123))), (BreakerState::Open, Permit::Denied));
        assert_eq!(breaker.ask(at(124)), Permit::Granted);
        breaker.succeeded();
        assert_eq!((breaker.state(at(125)), breaker.ask(at(125))), (BreakerState::Closed, Permit::Granted));
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let mut breaker = Breaker::default();
        for second in 0..10 {
            breaker.failed(at(second));
            breaker.failed(at(second));
            breaker.succeeded();
        }
        assert_eq!(breaker.state(at(11)), BreakerState::Closed);
    }

    proptest! {
        #[test]
        fn it_is_never_open_for_good(steps in proptest::collection::vec((0_i64..400, 0_u8..3), 0..60)) {
            let (mut breaker, mut now) = (Breaker::default(), 0);
            for (pause, what) in steps {
                now += pause;
                match what {
                    0 => { let _ = breaker.ask(at(now)); }
                    1 => breaker.failed(at(now)),
                    _ => breaker.succeeded(),
                }
            }
            prop_assert_eq!(breaker.ask(at(now + 301)), Permit::Granted);
        }
    }
}
