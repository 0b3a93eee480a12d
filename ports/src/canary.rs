//! Making canaries.

use async_trait::async_trait;
use decnet_domain::content_class::CanaryClass;
use decnet_domain::decky::DeckyId;
use decnet_domain::path::DeckyPath;
use jiff::Timestamp;

/// Makes callback-bearing artifacts and remembers their tokens before they are planted.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait CanarySink: Send + Sync {
    /// Whether it can make this class now; some need a callback host that isn't configured. The
    /// planner falls through to another plan for what isn't offered.
    fn offers(&self, class: CanaryClass) -> bool;

    /// Makes one artifact. Its token is on record before this returns.
    async fn cultivate(&self, order: &CanaryOrder) -> Result<CanaryArtifact, CanaryError>;
}

/// What kind of canary, for which home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryOrder {
    /// What kind.
    pub class: CanaryClass,
    /// Which decky.
    pub decky: DeckyId,
    /// Its name.
    pub decky_name: String,
    /// The home it goes to.
    pub home: DeckyPath,
    /// When.
    pub now: Timestamp,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanaryArtifact {
    /// Where it goes.
    pub path: DeckyPath,
    /// Its bytes; the same token gives the same.
    pub bytes: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
}

/// Why there is no canary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanaryError {
    /// This class is not offered.
    #[error("{class:?} canaries are not offered: {reason}")]
    NotOffered {
        /// The class.
        class: CanaryClass,
        /// What would have to be configured.
        reason: String,
    },
    /// The token couldn't be kept, so nothing was made.
    #[error("the token could not be recorded: {reason}")]
    NotRecorded {
        /// In the store's words.
        reason: String,
    },
}
