//! What the engine is doing at this moment, for whoever asks why a tick takes so long.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

/// Everything that is under way; clones share it. Several things may be, for several deckies are acted on at
/// once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    shared: Arc<Mutex<UnderWay>>,
}

#[derive(Debug, Default)]
struct UnderWay {
    next: u64,
    list: BTreeMap<u64, (String, Instant)>,
}

/// Takes its entry off the list when it is dropped.
#[derive(Debug)]
#[must_use = "the activity ends when this is dropped"]
pub(crate) struct Doing {
    activity: Activity,
    number: u64,
}

impl Activity {
    /// Notes that `what` begins, such as "mail on mail-01"; it ends when the returned value is dropped.
    pub(crate) fn set(&self, what: impl Into<String>) -> Doing {
        let mut under_way = self.lock();
        let number = under_way.next;
        under_way.next += 1;
        under_way.list.insert(number, (what.into(), Instant::now()));
        Doing { activity: self.clone(), number }
    }

    /// A panic elsewhere leaves the list whole: each change is one insertion or removal.
    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.activity.lock().list.remove(&self.number);
    }
}

/// The longest first: `mail on mail-01 (61 s), file on web-01 (2 s)`.
impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let under_way = self.lock();
        if under_way.list.is_empty() {
            return f.write_str("nothing that is noted");
        }
        for (at, (what, since)) in under_way.list.values().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{what} ({} s)", since.elapsed().as_secs())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_not_told_any_more() {
        let activity = Activity::default();
        let mail = activity.set("mail on mail-01");
        let file = activity.set("file on web-01");
        assert_eq!(activity.to_string(), "mail on mail-01 (0 s), file on web-01 (0 s)");
        drop(mail);
        assert_eq!(activity.to_string(), "file on web-01 (0 s)");
        drop(file);
        assert_eq!(activity.to_string(), "nothing that is noted");
    }
}
