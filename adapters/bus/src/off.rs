//! No bus: `DECNET_BUS_ENABLED=false`.

use async_trait::async_trait;
use decnet_domain::topic::is_pattern;
use decnet_ports::{BusError, BusEvent, EventBus, Subscription};
use serde_json::Value;

/// A bus that is switched off: what is published goes nowhere, and nothing ever arrives.
pub struct NoBus;

#[async_trait]
impl EventBus for NoBus {
    fn publish(&self, _topic: &str, _kind: &str, _payload: &Value) {}

    async fn subscribe(&self, pattern: &str) -> Result<Box<dyn Subscription>, BusError> {
        if is_pattern(pattern) { Ok(Box::new(Silence)) } else { Err(BusError::BadPattern(pattern.to_owned())) }
    }

    async fn flush(&self) {}
}

struct Silence;

#[async_trait]
impl Subscription for Silence {
    async fn next(&mut self) -> Option<BusEvent> {
        std::future::pending().await
    }
}
