//! The bus inside one process.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::topic::{is_pattern, is_topic};
use decnet_ports::{BusError, BusEvent, EventBus, Subscription};
use serde_json::Value;

use crate::hub::{ClientId, Hub};
use crate::queue::Queue;
use crate::stream::Stream;

/// One client of an in-process bus.
pub struct MemoryBus {
    hub: Arc<Hub<BusEvent>>,
    client: ClientId,
}

impl MemoryBus {
    /// A new bus, with this as its first client.
    pub fn new() -> Self {
        let hub = Arc::new(Hub::new());
        Self { client: hub.client(), hub }
    }

    /// Another client of the same bus.
    #[must_use]
    pub fn client(&self) -> Self {
        Self { hub: self.hub.clone(), client: self.hub.client() }
    }
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl EventBus for MemoryBus {
    fn publish(&self, topic: &str, kind: &str, payload: &Value) {
        if is_topic(topic) {
            self.hub.publish(self.client, topic, || BusEvent {
                topic: topic.to_owned(),
                kind: kind.to_owned(),
                payload: payload.clone(),
            });
        }
    }

    async fn subscribe(&self, pattern: &str) -> Result<Box<dyn Subscription>, BusError> {
        if !is_pattern(pattern) {
            return Err(BusError::BadPattern(pattern.to_owned()));
        }
        let queue = Arc::new(Queue::new());
        self.hub.add(self.client, vec![pattern.to_owned()], queue.clone());
        let listed = Listed { hub: self.hub.clone(), queue: queue.clone() };
        Ok(Box::new(Stream::new(queue, listed)))
    }

    async fn flush(&self) {}
}

/// Takes the queue off the hub when its subscription ends.
struct Listed {
    hub: Arc<Hub<BusEvent>>,
    queue: Arc<Queue<BusEvent>>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.hub.remove(&self.queue);
    }
}
