//! Who gets what: the routing that the socket server and the in-process bus share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use decnet_domain::topic::matches;

use crate::queue::Queue;

/// Tells clients apart, so that nobody gets its own events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientId(u64);

pub(crate) struct Hub<T> {
    subscribers: RwLock<Vec<Subscriber<T>>>,
    next: AtomicU64,
}

struct Subscriber<T> {
    client: ClientId,
    patterns: Vec<String>,
    queue: Arc<Queue<T>>,
}

impl<T: Clone> Hub<T> {
    pub(crate) fn new() -> Self {
        Self { subscribers: RwLock::new(Vec::new()), next: AtomicU64::new(0) }
    }

    pub(crate) fn client(&self) -> ClientId {
        ClientId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Adds a queue of a client's; it gets an event once, however many of its patterns match.
    pub(crate) fn add(&self, client: ClientId, patterns: Vec<String>, queue: Arc<Queue<T>>) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        subscribers.push(Subscriber { client, patterns, queue });
    }

    /// Changes the patterns of a queue.
    pub(crate) fn change(&self, queue: &Arc<Queue<T>>, change: impl FnOnce(&mut Vec<String>)) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(subscriber) = subscribers.iter_mut().find(|s| Arc::ptr_eq(&s.queue, queue)) {
            change(&mut subscriber.patterns);
        }
    }

    pub(crate) fn remove(&self, queue: &Arc<Queue<T>>) {
        let mut subscribers = self.subscribers.write().unwrap_or_else(PoisonError::into_inner);
        subscribers.retain(|s| !Arc::ptr_eq(&s.queue, queue));
    }

    /// Puts what `make` makes into the queue of everybody else who wants `topic`; it is made only
    /// if somebody does. Tells how many events wait in the fullest queue.
    pub(crate) fn publish(&self, from: ClientId, topic: &str, make: impl FnOnce() -> T) -> usize {
        let subscribers = self.subscribers.read().unwrap_or_else(PoisonError::into_inner);
        let wants = |s: &&Subscriber<T>| s.client != from && s.patterns.iter().any(|p| matches(p, topic));
        let mut wanting = subscribers.iter().filter(wants).peekable();
        if wanting.peek().is_none() {
            return 0;
        }
        let item = make();
        wanting.map(|s| s.queue.push(item.clone())).max().unwrap_or(0)
    }
}
