//! A client of the bus on a UNIX socket. It connects, and connects again, on its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use decnet_domain::topic::{is_pattern, is_topic, matches};
use decnet_ports::{BusError, BusEvent, EventBus, Subscription};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{mpsc, oneshot};

use crate::frame::{Frame, Verb, encode};
use crate::queue::{CAPACITY, Queue};
use crate::stream::Stream;

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const FLUSH_LIMIT: Duration = Duration::from_millis(500);

/// A client; its work is done by a task that ends when the client is dropped.
pub struct UnixBus {
    orders: mpsc::Sender<Order>,
    subscriptions: Arc<Subscriptions>,
    lost: AtomicU64,
}

enum Order {
    Publish(BytesMut),
    Subscribe(String),
    Flush(oneshot::Sender<()>),
}

#[derive(Default)]
struct Subscriptions {
    list: Mutex<Vec<(String, Weak<Queue<BusEvent>>)>>,
}

impl Subscriptions {
    /// The patterns of everybody who still listens.
    fn patterns(&self) -> Vec<String> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|(_, queue)| queue.strong_count() > 0);
        list.iter().map(|(pattern, _)| pattern.clone()).collect()
    }

    fn hand_out(&self, event: &BusEvent) {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        for (pattern, queue) in list.iter() {
            if let Some(queue) = queue.upgrade().filter(|_| matches(pattern, &event.topic)) {
                queue.push(event.clone());
            }
        }
    }

    fn close(&self) {
        for (_, queue) in self.list.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(queue) = queue.upgrade() {
                queue.close();
            }
        }
    }
}

impl UnixBus {
    /// Starts a client that calls itself `name`. Needs a tokio runtime; returns at once, whether
    /// or not the bus is there.
    pub fn start(socket: PathBuf, name: &str) -> Self {
        let (orders, received) = mpsc::channel(CAPACITY);
        let subscriptions = Arc::new(Subscriptions::default());
        let task = Task { socket, name: name.to_owned(), received, subscriptions: subscriptions.clone() };
        tokio::spawn(task.run());
        Self { orders, subscriptions, lost: AtomicU64::new(0) }
    }
}

#[async_trait]
impl EventBus for UnixBus {
    fn publish(&self, topic: &str, kind: &str, payload: &Value) {
        if !is_topic(topic) {
            tracing::warn!(topic, "not a topic; the event is dropped");
            return;
        }
        let body = json!({"type": kind, "payload": payload}).to_string();
        let mut frame = BytesMut::new();
        encode(Verb::Pub, topic, body.as_bytes(), &mut frame);
        if self.orders.try_send(Order::Publish(frame)).is_err() {
            let lost = self.lost.fetch_add(1, Ordering::Relaxed) + 1;
            // Each power of two: the first loss is told, and a long outage doesn't fill the log.
            if lost.is_power_of_two() {
                tracing::warn!(events.lost = lost, "the bus is away or behind; events are dropped");
            }
        }
    }

    async fn subscribe(&self, pattern: &str) -> Result<Box<dyn Subscription>, BusError> {
        if !is_pattern(pattern) {
            return Err(BusError::BadPattern(pattern.to_owned()));
        }
        let queue = Arc::new(Queue::new());
        let entry = (pattern.to_owned(), Arc::downgrade(&queue));
        self.subscriptions.list.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        // A client that isn't connected subscribes to everything on the list when it is.
        let order = Order::Subscribe(pattern.to_owned());
        self.orders.send(order).await.map_err(|_| BusError::Closed)?;
        Ok(Box::new(Stream::new(queue, ())))
    }

    async fn flush(&self) {
        let (done, waiting) = oneshot::channel();
        let flush = async {
            if self.orders.send(Order::Flush(done)).await.is_ok() {
                drop(waiting.await);
            }
        };
        if tokio::time::timeout(FLUSH_LIMIT, flush).await.is_err() {
            tracing::debug!("the bus is away; nothing to wait for");
        }
    }
}

struct Task {
    socket: PathBuf,
    name: String,
    received: mpsc::Receiver<Order>,
    subscriptions: Arc<Subscriptions>,
}

enum End {
    /// The connection broke.
    Broken,
    /// The client was dropped.
    Dropped,
}

#[derive(Deserialize)]
struct Envelope {
    topic: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    payload: Value,
}

impl Task {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        let mut told = false;
        loop {
            match UnixStream::connect(&self.socket).await {
                Ok(stream) => {
                    tracing::debug!(socket = %self.socket.display(), "connected to the bus");
                    (wait, told) = (FIRST_WAIT, false);
                    if let End::Dropped = self.serve(stream).await {
                        break;
                    }
                }
                Err(e) if !told => {
                    tracing::warn!(socket = %self.socket.display(), error = %e, "no bus there; trying again");
                    told = true;
                }
                Err(_) => {}
            }
            if self.received.is_closed() && self.received.is_empty() {
                break;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        self.subscriptions.close();
    }

    async fn serve(&mut self, stream: UnixStream) -> End {
        let (mut read, mut write) = stream.into_split();
        let mut out = BytesMut::new();
        encode(Verb::Hello, &self.name, b"", &mut out);
        for pattern in self.subscriptions.patterns() {
            encode(Verb::Sub, &pattern, b"", &mut out);
        }
        if write.write_all(&out).await.is_err() {
            return End::Broken;
        }
        let mut buffer = BytesMut::with_capacity(16 * 1024);
        loop {
            tokio::select! {
                order = self.received.recv() => {
                    let Some(order) = order else {
                        out.clear();
                        encode(Verb::Bye, "", b"", &mut out);
                        // The last word; nobody has to hear it.
                        drop(write.write_all(&out).await);
                        return End::Dropped;
                    };
                    if !self.obey(order, &mut write).await {
                        return End::Broken;
                    }
                }
                got = read.read_buf(&mut buffer) => {
                    if !matches!(got, Ok(n) if n > 0) || !self.take(&mut buffer) {
                        return End::Broken;
                    }
                }
            }
        }
    }

    /// Sends this order and all that wait behind it, in one write.
    async fn obey(&mut self, first: Order, write: &mut OwnedWriteHalf) -> bool {
        let mut out = BytesMut::new();
        let mut flushed = Vec::new();
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                Order::Publish(frame) => out.extend_from_slice(&frame),
                Order::Subscribe(pattern) => encode(Verb::Sub, &pattern, b"", &mut out),
                Order::Flush(done) => flushed.push(done),
            }
            next = if out.len() < 64 * 1024 { self.received.try_recv().ok() } else { None };
        }
        let sent = write.write_all(&out).await.is_ok();
        for done in flushed {
            // Whoever waited may have given up.
            let _: Result<(), ()> = done.send(());
        }
        sent
    }

    /// Hands out the events that have arrived; `false` when the server said good-bye or nonsense.
    fn take(&self, buffer: &mut BytesMut) -> bool {
        loop {
            match Frame::decode(buffer) {
                Ok(None) => return true,
                Ok(Some(frame)) if frame.verb == Verb::Evt => {
                    if let Ok(event) = serde_json::from_slice::<Envelope>(&frame.body) {
                        let Envelope { topic, kind, payload } = event;
                        self.subscriptions.hand_out(&BusEvent { topic, kind, payload });
                    }
                }
                Ok(Some(frame)) if frame.verb == Verb::Bye => return false,
                Ok(Some(_)) => {}
                Err(e) => {
                    tracing::warn!(error = %e, "the bus talks nonsense; connecting afresh");
                    return false;
                }
            }
        }
    }
}
