//! The bus inside one process.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::topic::{is_pattern, is_topic};
use decnet_ports::{BusError, BusEvent, EventBus, Subscription};
use serde_json::Value;

use crate::hub::{ClientId, Hub};
use crate::queue::Queue;

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
        Ok(Box::new(Stream { hub: self.hub.clone(), queue, waiting: VecDeque::new() }))
    }

    async fn flush(&self) {}
}

struct Stream {
    hub: Arc<Hub<BusEvent>>,
    queue: Arc<Queue<BusEvent>>,
    waiting: VecDeque<BusEvent>,
}

#[async_trait]
impl Subscription for Stream {
    async fn next(&mut self) -> Option<BusEvent> {
        if self.waiting.is_empty() && !self.queue.take_all(&mut self.waiting).await {
            return None;
        }
        self.waiting.pop_front()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.hub.remove(&self.queue);
    }
}
