//! A subscription: events out of a queue, one at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use decnet_ports::{BusEvent, Subscription};

use crate::queue::Queue;

/// What a subscriber holds. `K` is kept for as long as the subscription is: what it has to undo,
/// it undoes when it is dropped.
pub(crate) struct Stream<K> {
    queue: Arc<Queue<BusEvent>>,
    waiting: VecDeque<BusEvent>,
    _kept: K,
}

impl<K> Stream<K> {
    pub(crate) fn new(queue: Arc<Queue<BusEvent>>, kept: K) -> Self {
        Self { queue, waiting: VecDeque::new(), _kept: kept }
    }
}

#[async_trait]
impl<K: Send> Subscription for Stream<K> {
    async fn next(&mut self) -> Option<BusEvent> {
        if self.waiting.is_empty() && !self.queue.take_all(&mut self.waiting).await {
            return None;
        }
        self.waiting.pop_front()
    }
}
