//! What is known of each decky, looked at before the first write; and who is given a rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use decnet_domain::account::{HostFacts, Logging};
use decnet_domain::decky::Station;
use decnet_domain::path::DeckyPath;
use decnet_ports::DriverError;
use jiff::{SignedDuration, Timestamp};

use crate::Outside;

#[derive(Default)]
pub(crate) struct Facts {
    known: BTreeMap<String, (Timestamp, Arc<HostFacts>)>,
    resting: BTreeMap<String, Timestamp>,
}

/// Accounts come and go; once an hour is often enough.
const AGE: SignedDuration = SignedDuration::from_hours(1);
/// A decky that doesn't answer is left in peace for a while: each try may cost eight seconds.
const REST: SignedDuration = SignedDuration::from_mins(3);
/// The largest passwd or group file that is read.
const LARGEST: usize = 256 * 1024;

impl Facts {
    /// What is known of a decky; `None` while it rests or when it can't be looked at.
    pub(crate) async fn of(&mut self, outside: &Outside, station: &Station, now: Timestamp) -> Option<Arc<HostFacts>> {
        if self.is_resting(station, now) {
            return None;
        }
        if let Some((at, facts)) = self.known.get(station.container())
            && now.duration_since(*at) < AGE
        {
            return Some(facts.clone());
        }
        match look(outside, station).await {
            Ok(facts) => {
                let facts = Arc::new(facts);
                self.known.insert(station.container().to_owned(), (now, facts.clone()));
                Some(facts)
            }
            Err(error) => {
                self.trouble(station, &error, now);
                None
            }
        }
    }

    pub(crate) fn is_resting(&self, station: &Station, now: Timestamp) -> bool {
        self.resting.get(station.container()).is_some_and(|until| now < *until)
    }

    /// A decky that can't be reached rests; what was known of it is forgotten, for it may come back as another.
    pub(crate) fn trouble(&mut self, station: &Station, error: &DriverError, now: Timestamp) {
        tracing::warn!(decky = %station.decky, error = %error, "the decky can't be acted on");
        if matches!(error, DriverError::Unavailable { .. } | DriverError::Timeout { .. }) {
            self.known.remove(station.container());
            self.resting.retain(|_, until| now < *until);
            self.resting.insert(station.container().to_owned(), now + REST);
        }
    }
}

async fn look(outside: &Outside, station: &Station) -> Result<HostFacts, DriverError> {
    let read = async |path: &str| {
        let Ok(path) = DeckyPath::new(path) else { return Ok(String::new()) };
        match outside.driver.read_file(station, &path, LARGEST).await {
            Ok(file) => Ok(file.map(|f| String::from_utf8_lossy(&f.bytes).into_owned()).unwrap_or_default()),
            // A link, a pipe or a monster where a small file should be tells nothing, and stops nothing.
            Err(DriverError::Refused { .. }) => Ok(String::new()),
            Err(error) => Err(error),
        }
    };
    let mut facts = HostFacts::parse(&read("/etc/passwd").await?, &read("/etc/group").await?)
        .with_hostname(&read("/etc/hostname").await?);
    if !read("/etc/rsyslog.conf").await?.is_empty() {
        facts.logging = Logging::OwnDaemon;
    }
    Ok(facts)
}
