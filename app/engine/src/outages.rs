//! Containers that can't be acted on: for how long they are left in peace, and what is said of that, once.

use std::collections::{BTreeMap, BTreeSet};

use decnet_ports::{DriverError, Refusal};
use jiff::{SignedDuration, Timestamp};

/// What doesn't work at present, by the container's name.
#[derive(Default)]
pub(crate) struct Outages {
    current: BTreeMap<String, Outage>,
    /// What was said of single files of a container.
    left_alone: BTreeMap<String, BTreeSet<String>>,
}

struct Outage {
    kind: OutageKind,
    /// In the error's words.
    reason: String,
    /// How often it failed, one time after the other.
    times: u32,
    /// Nothing is tried before that.
    until: Timestamp,
}

/// Why a container can't be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutageKind {
    /// It isn't there, or doesn't answer: it may be there again in a while.
    Away,
    /// This driver can't work in it: only another container, or another driver, changes that.
    Unable,
    /// Writing fails: a full or read-only file system, mostly.
    Failing,
}

/// What there is to say of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// It was said before.
    Known,
    /// One file is left alone, which says nothing of the rest.
    File(String),
    /// The container rests for so long, or not at all yet.
    Container {
        /// In the error's words.
        reason: String,
        /// Nothing is tried for so long.
        rest: SignedDuration,
    },
}

/// A container that doesn't answer is left in peace so long: each try may cost eight seconds.
const REST: SignedDuration = SignedDuration::from_mins(3);
/// What fails for good is tried again so rarely.
const LONG_REST: SignedDuration = SignedDuration::from_hours(6);
/// What fails again and again is tried after twice as long each time, from [`REST`] on up to [`LONG_REST`].
const MOST_DOUBLINGS: u32 = 7;
/// Of one container's files, so many are told of; what an intruder makes there has no end.
const MOST_FILES: usize = 50;

impl Outages {
    /// Takes in a failure. `is_known` says that the container could be looked at lately: what can't be done there
    /// is then one action, and not everything.
    pub(crate) fn record(&mut self, container: &str, error: &DriverError, is_known: bool, now: Timestamp) -> Report {
        let kind = match error {
            DriverError::Refused { path, reason: Refusal::Symlink } => {
                // A home that is a link refuses all that is below it.
                return self.record_link(container, path, error.to_string());
            }
            DriverError::Refused { .. } | DriverError::Exists { .. } => {
                return self.record_file(container, error.to_string());
            }
            DriverError::Unsupported { .. } | DriverError::UnknownAnswer { .. } if is_known => {
                return self.record_file(container, error.to_string());
            }
            DriverError::Unavailable { .. } | DriverError::Timeout { .. } => OutageKind::Away,
            DriverError::Unsupported { .. } | DriverError::UnknownAnswer { .. } => OutageKind::Unable,
            DriverError::Failed { .. } => OutageKind::Failing,
        };
        let reason = error.to_string();
        let before = self.current.get(container).filter(|before| before.kind == kind);
        let times = before.map_or(1, |before| before.times.saturating_add(1));
        let is_new = before.is_none_or(|before| before.reason != reason && kind != OutageKind::Away);
        let rest = match kind {
            OutageKind::Away => REST,
            OutageKind::Unable => LONG_REST,
            // One file that fails may be odd; a disk that is full stays so for a while.
            OutageKind::Failing if times == 1 && !is_lasting(error) => SignedDuration::ZERO,
            OutageKind::Failing => (REST * 2_i32.pow((times - 1).min(MOST_DOUBLINGS))).min(LONG_REST),
        };
        let outage = Outage { kind, reason: reason.clone(), times, until: now + rest };
        self.current.insert(container.to_owned(), outage);
        if is_new { Report::Container { reason, rest } } else { Report::Known }
    }

    fn record_file(&mut self, container: &str, text: String) -> Report {
        let told = self.left_alone.entry(container.to_owned()).or_default();
        if told.len() < MOST_FILES && told.insert(text.clone()) { Report::File(text) } else { Report::Known }
    }

    fn record_link(&mut self, container: &str, path: &str, text: String) -> Report {
        let top: String = path.split_inclusive('/').take(3).collect();
        match self.record_file(container, format!("link in {top}")) {
            Report::Known => Report::Known,
            _ => Report::File(text),
        }
    }

    /// Whether nothing is to be tried now.
    pub(crate) fn is_resting(&self, container: &str, now: Timestamp) -> bool {
        self.current.get(container).is_some_and(|outage| now < outage.until)
    }

    /// The container could be looked at. Whether it couldn't before, so that there is something to say.
    pub(crate) fn answered(&mut self, container: &str) -> bool {
        self.end(container, |kind| kind != OutageKind::Failing)
    }

    /// Something could be written. Whether nothing could before.
    pub(crate) fn written(&mut self, container: &str) -> bool {
        self.end(container, |_| true)
    }

    fn end(&mut self, container: &str, is_over: impl Fn(OutageKind) -> bool) -> bool {
        let is_over = self.current.get(container).is_some_and(|outage| is_over(outage.kind));
        if is_over {
            self.current.remove(container);
        }
        is_over
    }
}

/// Whether what failed will fail for every file, and for a while.
fn is_lasting(error: &DriverError) -> bool {
    let DriverError::Failed { stderr, .. } = error else { return false };
    let text = stderr.to_ascii_lowercase();
    ["no space left", "read-only file system", "rootfs is marked read-only", "quota exceeded", "no inodes"]
        .iter()
        .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::UNIX_EPOCH;

    fn minutes(count: i64) -> Timestamp {
        NOON + SignedDuration::from_mins(count)
    }

    fn failed(stderr: &str) -> DriverError {
        DriverError::Failed { rc: 1, stderr: stderr.to_owned() }
    }

    #[test]
    fn a_refused_file_is_told_once_and_rests_nothing() {
        let mut outages = Outages::default();
        let refused = |path: &str| DriverError::Refused { path: path.to_owned(), reason: Refusal::Symlink };
        assert!(matches!(outages.record("a", &refused("/x"), true, NOON), Report::File(_)));
        assert_eq!(outages.record("a", &refused("/x"), true, NOON), Report::Known);
        assert!(matches!(outages.record("a", &refused("/y"), true, NOON), Report::File(_)));
        assert!(matches!(outages.record("a", &refused("/home/ann/x"), true, NOON), Report::File(_)));
        assert_eq!(outages.record("a", &refused("/home/ann/work/y"), true, NOON), Report::Known, "one link, one word");
        assert!(!outages.is_resting("a", NOON) && !outages.written("a"));
    }

    #[test]
    fn a_full_disk_is_told_once_rests_longer_each_time_and_its_end_is_told() {
        let mut outages = Outages::default();
        let full = failed("write error: No space left on device");
        assert!(matches!(outages.record("a", &full, true, NOON), Report::Container { .. }));
        assert!(outages.is_resting("a", minutes(2)) && !outages.is_resting("a", minutes(3)));
        assert_eq!(outages.record("a", &full, true, minutes(3)), Report::Known);
        assert!(outages.is_resting("a", minutes(8)) && !outages.is_resting("a", minutes(9)));
        for _ in 0..40 {
            outages.record("a", &full, true, NOON);
        }
        assert!(outages.is_resting("a", minutes(359)) && !outages.is_resting("a", minutes(360)));
        assert!(!outages.answered("a"), "that it can be looked at says nothing of writing");
        assert!(outages.written("a") && !outages.written("a"));
        assert!(matches!(outages.record("a", &full, true, NOON), Report::Container { .. }));
    }

    #[test]
    fn one_odd_failure_rests_nothing_and_the_second_does() {
        let mut outages = Outages::default();
        outages.record("a", &failed("File name too long"), true, NOON);
        assert!(!outages.is_resting("a", NOON));
        outages.record("a", &failed("File name too long"), true, NOON);
        assert!(outages.is_resting("a", NOON));
    }

    #[test]
    fn who_has_no_shell_rests_for_hours_and_who_is_away_for_minutes() {
        let mut outages = Outages::default();
        let unable = DriverError::Unsupported { container: "a".to_owned(), reason: "no shell".to_owned() };
        outages.record("a", &unable, false, NOON);
        assert!(outages.is_resting("a", minutes(300)));
        let away = DriverError::Unavailable { container: "b".to_owned(), reason: "is exited".to_owned() };
        assert!(matches!(outages.record("b", &away, false, NOON), Report::Container { .. }));
        assert_eq!(outages.record("b", &away, false, minutes(3)), Report::Known);
        assert!(outages.is_resting("b", minutes(5)) && !outages.is_resting("b", minutes(6)));
        assert!(outages.answered("b") && !outages.answered("b"));
        // Where one action can't be done and all the rest can, nothing rests.
        assert!(matches!(outages.record("c", &unable, true, NOON), Report::File(_)));
        assert!(!outages.is_resting("c", NOON));
    }
}
