//! The time.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Zoned;

/// Where the time comes from. One reading is taken a tick; everything in the tick agrees with it.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now, in the host's zone.
    fn now(&self) -> Zoned;

    /// A zone of the database; `None` for a name that it doesn't have.
    fn zone(&self, name: &str) -> Option<jiff::tz::TimeZone>;

    /// Waits until this clock has gone on by `span`. Dropping the future ends the wait.
    async fn sleep(&self, span: Duration);
}

/// Why a clock can't be made.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The name is not in the zone database.
    #[error("unknown time zone {name:?}")]
    UnknownZone {
        /// As it was given.
        name: String,
    },
}

/// The machine's clock.
#[cfg(feature = "system")]
#[derive(Debug, Clone)]
pub struct SystemClock {
    zone: jiff::tz::TimeZone,
}

#[cfg(feature = "system")]
impl SystemClock {
    /// Reads times in the machine's zone (UTC where it has none).
    pub fn new() -> Self {
        Self { zone: jiff::tz::TimeZone::system() }
    }

    /// Reads times in a named zone.
    ///
    /// # Errors
    /// When the zone database doesn't have it.
    pub fn in_zone(name: &str) -> Result<Self, ClockError> {
        let zone = jiff::tz::TimeZone::get(name).map_err(|_| ClockError::UnknownZone { name: name.to_owned() })?;
        Ok(Self { zone })
    }
}

#[cfg(feature = "system")]
impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "system")]
#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Zoned {
        #[expect(clippy::disallowed_methods, reason = "this is the port that everybody else reads the time from")]
        let now = jiff::Timestamp::now();
        now.to_zoned(self.zone.clone())
    }

    fn zone(&self, name: &str) -> Option<jiff::tz::TimeZone> {
        jiff::tz::TimeZone::get(name).ok()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
