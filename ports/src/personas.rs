//! The global persona pool.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::persona::{Language, Persona};

/// The people of fleet and shard deckies.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait PersonaPool: Send + Sync {
    /// The personas as they are now; cheap when nothing changed. A pool that isn't there is
    /// empty, and a pool that can't be read is an error: the caller keeps what it had.
    async fn load(&self, default: Language) -> Result<Arc<[Persona]>, PoolError>;
}

/// Why a pool can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// It is there but can't be read.
    #[error("{path} can't be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// It is no pool.
    #[error("{path} is not a persona pool: {reason}")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}
