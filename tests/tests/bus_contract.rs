//! Every bus passes the same suite; the socket server also talks to clients that are not ours.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use decnet_bus::{Frame, MemoryBus, NoBus, Server, ServerError, UnixBus, Verb};
use decnet_ports::{EventBus, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

macro_rules! suite {
    ($($fact:ident),+ $(,)?) => { $(
        mod $fact {
            use super::*;
            use decnet_tests::bus_contract::$fact;

            #[tokio::test]
            async fn memory() {
                let bus = MemoryBus::new();
                $fact(&bus, &bus.client()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn unix() {
                let served = Served::start().await;
                $fact(&served.client("one"), &served.client("other")).await;
            }
        }
    )+ };
}

suite!(
    a_subscriber_hears_what_matches_once_and_in_order,
    a_publisher_does_not_hear_itself,
    nonsense_is_refused,
    publishing_never_waits,
);

/// A server of its own.
struct Served {
    folder: tempfile::TempDir,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (stop, task) = serve(&folder.path().join("bus.sock")).await;
        Self { folder, stop, task }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("bus.sock")
    }

    fn client(&self, name: &str) -> UnixBus {
        UnixBus::start(self.socket(), name)
    }

    async fn end(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.task.await.unwrap();
        self.folder
    }
}

async fn serve(socket: &Path) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let server = Server::bind(socket, Arc::new(SystemClock::new())).await.unwrap();
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(server.run(stop)))
}

/// A client that speaks bytes.
struct Raw {
    stream: UnixStream,
    buffer: BytesMut,
}

impl Raw {
    async fn connect(socket: &Path) -> Self {
        Self { stream: UnixStream::connect(socket).await.unwrap(), buffer: BytesMut::new() }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next frame; `None` when the connection was closed.
    async fn frame(&mut self) -> Option<Frame> {
        let read = async {
            loop {
                if let Some(frame) = Frame::decode(&mut self.buffer).unwrap() {
                    return Some(frame);
                }
                if !matches!(self.stream.read_buf(&mut self.buffer).await, Ok(n) if n > 0) {
                    return None;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), read).await.unwrap()
    }

    /// Waits until the server has taken everything that was sent so far.
    async fn settle(&mut self, socket: &Path) {
        self.send(b"SUB settle.me\n\0\0\0\0").await;
        let mut other = Self::connect(socket).await;
        for _ in 0..500 {
            other.send(b"PUB settle.me\n\0\0\0\x02{}").await;
            if tokio::time::timeout(Duration::from_millis(20), self.frame()).await.is_ok() {
                break;
            }
        }
        self.send(b"UNSUB settle.me\n\0\0\0\0").await;
    }
}

#[tokio::test]
async fn the_wire_is_that_of_the_contract() {
    let served = Served::start().await;
    let mut listener = Raw::connect(&served.socket()).await;
    // A carriage return is tolerated.
    listener.send(b"HELLO webhook\r\n\0\0\0\0SUB orchestrator.file.>\n\0\0\0\0").await;
    listener.settle(&served.socket()).await;
    let mut publisher = Raw::connect(&served.socket()).await;
    publisher.send(b"HELLO x\n\0\0\0\0PUB orchestrator.file.local:web-01\n\0\0\0\x2a{\"type\":\"file:create\",\"payload\":{\"n\":1.5}}").await;
    let frame = loop {
        let frame = listener.frame().await.unwrap();
        if frame.argument != "settle.me" {
            break frame;
        }
    };
    assert_eq!((frame.verb, frame.argument.as_str()), (Verb::Evt, "orchestrator.file.local:web-01"));
    let envelope: Value = serde_json::from_slice(&frame.body).unwrap();
    assert_eq!(envelope["v"], 1);
    assert_eq!(envelope["type"], "file:create");
    assert_eq!(envelope["topic"], "orchestrator.file.local:web-01");
    assert_eq!(envelope["payload"], json!({"n": 1.5}));
    let id = envelope["id"].as_str().unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    let ts = envelope["ts"].as_f64().unwrap();
    assert!(ts > 1_700_000_000.0 && ts.fract() != 0.0);
}

#[tokio::test]
async fn a_malformed_or_oversized_frame_closes_that_connection_and_no_other() {
    let served = Served::start().await;
    let mut good = Raw::connect(&served.socket()).await;
    good.send(b"SUB a.b\n\0\0\0\0").await;
    let long = vec![b'A'; 5_000];
    for bad in [
        &b"NONSENSE\n\0\0\0\0"[..],
        b"PUB a.b\n\xff\xff\xff\xff",
        b"PUB a.b\n\0\0\0\x03{x}",
        b"PUB a..b\n\0\0\0\x02{}",
        b"PUB a.b\n\0\0\0\x02[]",
        b"PUB a.b\n\0\0\0\x0d{\"payload\":1}",
        b"SUB a.b\n\0\0\0\x02{}",
        b"EVT a.b\n\0\0\0\x02{}",
        b"SUB a.>.b\n\0\0\0\0",
        &long,
    ] {
        let mut raw = Raw::connect(&served.socket()).await;
        raw.send(bad).await;
        // The last word, if any, is good-bye; then the end.
        while let Some(frame) = raw.frame().await {
            assert_eq!(frame.verb, Verb::Bye, "{:?}", &bad[..bad.len().min(20)]);
        }
    }
    good.settle(&served.socket()).await;
}

#[tokio::test]
async fn the_socket_is_for_its_group_alone_and_a_second_bus_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let served = Served::start().await;
    let mode = std::fs::metadata(served.socket()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o660);
    let second = Server::bind(&served.socket(), Arc::new(SystemClock::new())).await;
    assert!(matches!(second.err(), Some(ServerError::Running(_))));
    let precious = served.folder.path().join("precious.db");
    std::fs::write(&precious, "rows").unwrap();
    let third = Server::bind(&precious, Arc::new(SystemClock::new())).await;
    assert!(matches!(third.err(), Some(ServerError::NotASocket(_))));
    assert_eq!(std::fs::read(&precious).unwrap(), b"rows");
}

#[tokio::test]
async fn a_stop_says_good_bye_and_removes_the_socket_and_a_stale_one_is_replaced() {
    let served = Served::start().await;
    let socket = served.socket();
    let mut raw = Raw::connect(&socket).await;
    raw.send(b"SUB a.b\n\0\0\0\0").await;
    raw.settle(&socket).await;
    let folder = served.end().await;
    let mut last = None;
    while let Some(frame) = raw.frame().await {
        last = Some(frame.verb);
    }
    assert_eq!(last, Some(Verb::Bye));
    assert!(!socket.exists());
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists(), "a socket that nobody answers at");
    let (stop, task) = serve(&socket).await;
    stop.cancel();
    task.await.unwrap();
    drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_finds_the_bus_again_and_its_subscriptions_with_it() {
    let served = Served::start().await;
    let socket = served.socket();
    let (one, other) = (served.client("one"), served.client("other"));
    let mut heard = other.subscribe("a.>").await.unwrap();
    let folder = served.end().await;
    one.publish("a.lost", "x", &json!({}));
    let (stop, task) = serve(&socket).await;
    // Both come back on their own; what is published while they are away may be lost.
    let heard = async {
        loop {
            one.publish("a.again", "again", &json!({}));
            if let Ok(event) = tokio::time::timeout(Duration::from_millis(50), heard.next()).await {
                break event.unwrap();
            }
        }
    };
    let event = tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap();
    assert!(event.topic == "a.again" || event.topic == "a.lost");
    stop.cancel();
    task.await.unwrap();
    drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_loses_its_oldest_and_holds_nobody_up() {
    let served = Served::start().await;
    let mut slow = Raw::connect(&served.socket()).await;
    slow.send(b"SUB a.b\n\0\0\0\0").await;
    slow.settle(&served.socket()).await;
    let mut publisher = Raw::connect(&served.socket()).await;
    let padding = "x".repeat(2_000);
    // Forty megabytes: far more than the queue and the socket's buffers hold.
    for n in 0..20_000 {
        let body = json!({"type": "t", "payload": {"n": n, "padding": padding}}).to_string();
        let mut frame = BytesMut::new();
        Frame { verb: Verb::Pub, argument: "a.b".into(), body: body.into() }.encode(&mut frame);
        publisher.send(&frame).await;
    }
    let mut seen = Vec::new();
    while seen.last() != Some(&19_999) {
        let frame = slow.frame().await.unwrap();
        if frame.argument == "a.b" {
            let envelope: Value = serde_json::from_slice(&frame.body).unwrap();
            seen.push(envelope["payload"]["n"].as_u64().unwrap());
        }
    }
    assert!(seen.is_sorted() && seen.len() < 20_000, "{} arrived", seen.len());
    assert!(seen.len() >= 1_024, "a whole queue arrives: {}", seen.len());
}

#[tokio::test]
async fn a_bus_that_is_off_takes_everything_and_says_nothing() {
    NoBus.publish("a.b", "x", &json!({}));
    NoBus.flush().await;
    let mut silence = NoBus.subscribe("a.>").await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(1), silence.next()).await.is_err());
    assert!(NoBus.subscribe("a..b").await.is_err());
}
