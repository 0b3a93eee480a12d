//! The bus as a server on a UNIX socket: what `decnet bus` runs.

use std::collections::VecDeque;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use decnet_domain::topic::{BUS_HEALTH, bus_heartbeat, epoch_seconds, is_pattern, is_topic};
use decnet_ports::Clock;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::frame::{Frame, FrameError, Verb, encode};
use crate::hub::{ClientId, Hub};
use crate::queue::{CAPACITY, Queue};

/// A subscription holds at most so many patterns.
const MOST_PATTERNS: usize = 256;
/// Bytes gathered for one write to a subscriber.
const WRITE_BATCH: usize = 256 * 1024;
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Why the bus can't start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another bus answers there.
    #[error("a bus is already running at {}", .0.display())]
    Running(PathBuf),
    /// Something else lies there.
    #[error("{} is there and is no socket; it is left alone", .0.display())]
    NotASocket(PathBuf),
    /// The socket can't be made.
    #[error("can't listen at {}", path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A bound socket.
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

struct Shared {
    hub: Hub<Bytes>,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct Publication<'a> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
}

/// What a subscriber gets.
#[derive(Serialize)]
struct Envelope<'a> {
    v: u8,
    id: &'a str,
    topic: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    ts: f64,
    payload: &'a RawValue,
}

impl Server {
    /// Binds the socket: its folder is made, a socket that nobody answers at is replaced. Mode
    /// 0660, group `decnet` where there is one.
    ///
    /// # Errors
    /// When a bus runs there already, or the socket can't be made.
    pub async fn bind(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ServerError> {
        let failed = |source| ServerError::Listen { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        if path.exists() {
            use std::os::unix::fs::FileTypeExt;
            let is_socket = std::fs::symlink_metadata(path).map_err(failed)?.file_type().is_socket();
            match UnixStream::connect(path).await {
                Ok(_) => return Err(ServerError::Running(path.to_owned())),
                // Only a socket that nobody listens at is left over from a bus that is gone.
                Err(e) if is_socket && e.kind() == std::io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path).map_err(failed)?;
                }
                Err(_) if !is_socket => return Err(ServerError::NotASocket(path.to_owned())),
                Err(e) => return Err(failed(e)),
            }
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
        if let Some(group) = group("decnet")
            && let Err(e) = rustix::fs::chown(path, None, Some(rustix::fs::Gid::from_raw(group)))
        {
            tracing::warn!(error = %e, "can't give the socket to group decnet; only this user can connect");
        }
        Ok(Self { listener, path: path.to_owned(), clock })
    }

    /// Serves until `stop`; then says good-bye to everybody and removes the socket.
    pub async fn run(self, stop: CancellationToken) {
        let shared = Arc::new(Shared { hub: Hub::new(), clock: self.clock });
        let tasks = TaskTracker::new();
        tasks.spawn(heartbeat(shared.clone(), stop.clone()));
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => { tasks.spawn(serve(stream, shared.clone(), stop.clone())); }
                    Err(e) => {
                        // Out of descriptors, say: wait for some to come back.
                        tracing::warn!(error = %e, "can't accept a connection");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        tasks.close();
        if tokio::time::timeout(Duration::from_secs(1), tasks.wait()).await.is_err() {
            tracing::warn!("some clients did not take their good-bye");
        }
        if let Err(e) = std::fs::remove_file(&self.path) {
            tracing::warn!(error = %e, socket = %self.path.display(), "can't remove the socket");
        }
    }
}

async fn heartbeat(shared: Arc<Shared>, stop: CancellationToken) {
    let client = shared.hub.client();
    let mut maker = Maker::new();
    let started = shared.clock.now().timestamp();
    loop {
        let now = shared.clock.now().timestamp();
        let uptime = now.duration_since(started).as_secs();
        let payload = bus_heartbeat(now, uptime);
        if let Ok(payload) = serde_json::value::to_raw_value(&payload) {
            let ts = seconds(&shared.clock);
            shared.hub.publish(client, BUS_HEALTH, || maker.event(BUS_HEALTH, "heartbeat", &payload, ts));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.clock.sleep(HEARTBEAT) => {}
        }
    }
}

async fn serve(stream: UnixStream, shared: Arc<Shared>, stop: CancellationToken) {
    let (read, write) = stream.into_split();
    let client = shared.hub.client();
    let queue = Arc::new(Queue::new());
    shared.hub.add(client, Vec::new(), queue.clone());
    let writer = tokio::spawn(deliver(write, queue.clone()));
    let mut connection =
        Connection { shared: &shared, client, queue: &queue, name: String::new(), maker: Maker::new() };
    let ended = tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = connection.read(read) => ended,
    };
    if let Err(error) = ended {
        tracing::warn!(client = %connection.name, error = %error, "connection closed");
    }
    shared.hub.remove(&queue);
    if queue.lost() > 0 {
        tracing::warn!(client = %connection.name, events.lost = queue.lost(), "a subscriber was too slow");
    }
    queue.close();
    drop(writer.await);
}

struct Connection<'a> {
    shared: &'a Shared,
    client: ClientId,
    queue: &'a Arc<Queue<Bytes>>,
    name: String,
    maker: Maker,
}

impl Connection<'_> {
    async fn read(&mut self, mut from: OwnedReadHalf) -> Result<(), FrameError> {
        let mut buffer = BytesMut::with_capacity(64 * 1024);
        loop {
            buffer.reserve(32 * 1024);
            match from.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return Ok(()),
                Ok(_) => {}
            }
            let ts = seconds(&self.shared.clock);
            let mut fullest = 0;
            while let Some(frame) = Frame::decode(&mut buffer)? {
                match self.take(frame, ts)? {
                    Some(waiting) => fullest = fullest.max(waiting),
                    None => return Ok(()),
                }
            }
            // Lets the writers run before a burst fills a queue; whoever is really slow still loses.
            if fullest > CAPACITY / 4 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Acts on one frame; tells how full the fullest queue is, or `None` for good-bye.
    fn take(&mut self, frame: Frame, ts: f64) -> Result<Option<usize>, FrameError> {
        if frame.verb != Verb::Pub && !frame.body.is_empty() {
            return Err(FrameError::BadBody);
        }
        match frame.verb {
            Verb::Hello => self.name = frame.argument,
            Verb::Bye => return Ok(None),
            Verb::Evt => return Err(FrameError::UnknownVerb("EVT from a client".to_owned())),
            Verb::Sub | Verb::Unsub if !is_pattern(&frame.argument) => return Err(FrameError::BadLine),
            Verb::Sub => self.shared.hub.change(self.queue, |patterns| {
                if patterns.len() < MOST_PATTERNS && !patterns.contains(&frame.argument) {
                    patterns.push(frame.argument);
                }
            }),
            Verb::Unsub => self.shared.hub.change(self.queue, |patterns| patterns.retain(|p| *p != frame.argument)),
            Verb::Pub => {
                if !is_topic(&frame.argument) {
                    return Err(FrameError::BadLine);
                }
                if !frame.body.starts_with(b"{") {
                    return Err(FrameError::BadBody);
                }
                let body: Publication<'_> = serde_json::from_slice(&frame.body).map_err(|_| FrameError::BadBody)?;
                let empty = RawValue::from_string("{}".to_owned()).map_err(|_| FrameError::BadBody)?;
                let payload = body.payload.unwrap_or(&empty);
                if !payload.get().starts_with('{') {
                    return Err(FrameError::BadBody);
                }
                let kind = body.kind.unwrap_or_default();
                let maker = &mut self.maker;
                let topic = &frame.argument;
                let waiting = self.shared.hub.publish(self.client, topic, || maker.event(topic, &kind, payload, ts));
                return Ok(Some(waiting));
            }
        }
        Ok(Some(0))
    }
}

/// Writes what arrives in the queue, many frames a write.
async fn deliver(mut to: OwnedWriteHalf, queue: Arc<Queue<Bytes>>) {
    let mut waiting = VecDeque::new();
    let mut batch = BytesMut::with_capacity(WRITE_BATCH);
    while queue.take_all(&mut waiting).await {
        while let Some(frame) = waiting.pop_front() {
            batch.extend_from_slice(&frame);
            if batch.len() >= WRITE_BATCH || waiting.is_empty() {
                if to.write_all(&batch).await.is_err() {
                    return;
                }
                batch.clear();
            }
        }
    }
    let mut bye = BytesMut::new();
    Frame::bare(Verb::Bye, "").encode(&mut bye);
    // The client may be gone already.
    drop(to.write_all(&bye).await);
}

/// Makes events, with ids of its own.
struct Maker {
    ids: ChaCha8Rng,
    json: Vec<u8>,
}

impl Maker {
    fn new() -> Self {
        Self { ids: ChaCha8Rng::from_seed(seed()), json: Vec::with_capacity(512) }
    }

    fn event(&mut self, topic: &str, kind: &str, payload: &RawValue, ts: f64) -> Bytes {
        let mut id = [0_u8; 32];
        for (place, half) in id.chunks_mut(16).zip([self.ids.next_u64(), self.ids.next_u64()]) {
            for (at, digit) in place.iter_mut().enumerate() {
                *digit = b"0123456789abcdef"[(half >> (at * 4) & 15) as usize];
            }
        }
        let id = std::str::from_utf8(&id).unwrap_or_default();
        self.json.clear();
        // Texts and a number that is never infinite can't fail to serialize into memory.
        drop(serde_json::to_writer(&mut self.json, &Envelope { v: 1, id, topic, kind, ts, payload }));
        let mut out = BytesMut::with_capacity(self.json.len() + topic.len() + 12);
        encode(Verb::Evt, topic, &self.json, &mut out);
        out.freeze()
    }
}

/// Unpredictable and different each time: two UUIDs' worth of the system's randomness.
fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    seed[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    seed
}

fn seconds(clock: &Arc<dyn Clock>) -> f64 {
    epoch_seconds(clock.now().timestamp())
}

fn group(name: &str) -> Option<u32> {
    let groups = std::fs::read_to_string("/etc/group").ok()?;
    let line = groups.lines().find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}
