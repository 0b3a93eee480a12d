//! A queue that never makes its writer wait: when it is full, the oldest goes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// A slow subscriber is this many events behind before it loses any.
pub(crate) const CAPACITY: usize = 1_024;

pub(crate) struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    arrived: Notify,
    lost: AtomicU64,
    closed: AtomicBool,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self {
            items: Mutex::new(VecDeque::new()),
            arrived: Notify::new(),
            lost: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds an item, at the cost of the oldest when full. Tells how many are waiting.
    pub(crate) fn push(&self, item: T) -> usize {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if items.len() == CAPACITY {
            items.pop_front();
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        items.push_back(item);
        let waiting = items.len();
        drop(items);
        // A reader that is under way finds the item; only one that went to sleep on an empty queue needs waking.
        if waiting == 1 {
            self.arrived.notify_one();
        }
        waiting
    }

    /// Waits for items and moves all of them to the end of `out`. `false` when the queue is closed and empty.
    pub(crate) async fn take_all(&self, out: &mut VecDeque<T>) -> bool {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
                if !items.is_empty() {
                    out.append(&mut items);
                    return true;
                }
            }
            if self.closed.load(Ordering::Acquire) {
                return false;
            }
            arrived.await;
        }
    }

    /// No more items; readers take what is there and then end.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.arrived.notify_one();
    }

    /// How many items were lost so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_loses_its_oldest() {
        let queue = Queue::new();
        for n in 0..CAPACITY + 3 {
            queue.push(n);
        }
        let mut out = VecDeque::new();
        assert!(queue.take_all(&mut out).await);
        assert_eq!((out.front(), out.len(), queue.lost()), (Some(&3), CAPACITY, 3));
        queue.close();
        assert!(!queue.take_all(&mut out).await);
    }
}
