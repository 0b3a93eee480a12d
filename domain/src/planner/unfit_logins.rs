//! Logins that targets have refused.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;

use jiff::{SignedDuration, Timestamp};

use crate::decky::ContainerRef;

/// Logins that a target has refused: each try stands in its logs, so they aren't tried again for a while.
#[derive(Clone, Debug, Default)]
pub struct UnfitLogins {
    until: BTreeMap<(String, String), Timestamp>,
}

/// A refused login isn't tried again for so long.
const UNFIT: SignedDuration = SignedDuration::from_hours(12);

impl UnfitLogins {
    /// Notes that the host in `container` has refused `login`.
    pub fn refuse(&mut self, container: &ContainerRef, login: &str, now: Timestamp) {
        self.until.retain(|_, until| now < *until);
        self.until.insert((container.name().to_owned(), login.to_owned()), now + UNFIT);
    }

    pub(super) fn has(&self, container: &ContainerRef, login: &str, now: Timestamp) -> bool {
        self.until.get(&(container.name().to_owned(), login.to_owned())).is_some_and(|until| now < *until)
    }
}
