//! The event bus.

use async_trait::async_trait;
use serde_json::Value;

/// Publishes and subscribes. At most once: an event may be lost, a tick is never held up.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait EventBus: Send + Sync {
    /// Hands an event over and returns at once. It is dropped, and counted, when the bus is away
    /// or behind; that is no error of the caller's.
    fn publish(&self, topic: &str, kind: &str, payload: &Value);

    /// Everything published from now on to topics that match `pattern` (`*` is one token, a final `>` one or more), by anybody
    /// but this bus handle itself. Survives a reconnect.
    async fn subscribe(&self, pattern: &str) -> Result<Box<dyn Subscription>, BusError>;

    /// Waits until what was published has left this process, or the bus turns out to be away; at most half a second.
    async fn flush(&self);
}

/// A stream of events.
#[async_trait]
pub trait Subscription: Send {
    /// The next event; `None` when the bus is gone for good. Dropping the future loses no event.
    async fn next(&mut self) -> Option<BusEvent>;
}

/// One event as it arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct BusEvent {
    /// Where it was published.
    pub topic: String,
    /// Its `type`.
    pub kind: String,
    /// Its `payload`.
    pub payload: Value,
}

/// Why there is no subscription.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The pattern makes no sense.
    #[error("{0:?} is not a topic pattern")]
    BadPattern(String),
    /// The bus has been shut down.
    #[error("the bus is closed")]
    Closed,
}
