//! The figures of the main job: `cargo bench -p decnet-tests`. Everything that is compared is
//! measured in this one run. Docker figures need the decoy image (`tests/run` makes it).
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rates and shares are small and positive")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use decnet_bus::{Frame, Server, Verb};
use decnet_db::SqlRepo;
use decnet_docker::Kind;
use decnet_domain::record::EventKind;
use decnet_engine::{Engine, Mode, Ports, Profile};
use decnet_ports::fake::{FakeDriver, FrozenClock};
use decnet_ports::{Clock, Deckies, Events, PlantRequest, PruneCaps, SystemClock};
use decnet_tests::containers::{Container, docker, docker_is_here};
use decnet_tests::ports::in_memory;
use decnet_tests::samples::{entry, event, moment, people, replacing, request};
use jiff::SignedDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    // cargo test runs benches too, with this flag left out; then there is nothing to measure.
    if !std::env::args().any(|a| a == "--bench") {
        return;
    }
    for deckies in [2, 10_000] {
        tick(deckies).await;
    }
    prune().await;
    bus_throughput().await;
    bus_latency().await;
    if docker_is_here() {
        plant().await;
    }
}

/// Ticks with a driver that answers at once, on a real `SQLite` file.
async fn tick(deckies: usize) {
    let folder = tempfile::tempdir().unwrap();
    let repo = SqlRepo::open_sqlite(&folder.path().join("decnet.db")).await.unwrap();
    let driver = FakeDriver::default();
    let now = SystemClock::new().now();
    for n in 0..deckies {
        let name = format!("srv-{n:05}");
        let ip = format!("10.{}.{}.{}", n / 65_536, n / 256 % 256, n % 256);
        let entry = entry(&name, &["ssh"], Some(&ip));
        repo.put_fleet_decky(&entry, now.timestamp()).await.unwrap();
        let container = decnet_domain::decky::ContainerRef::of_service(entry.name, decnet_domain::decky::Service::Ssh);
        driver.put(
            &container,
            "/etc/passwd",
            b"root:x:0:0::/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\n",
        );
    }
    let clock = FrozenClock::at(now);
    let ports = Ports {
        repo: Arc::new(repo),
        driver: Arc::new(driver),
        ..in_memory(clock.clone(), people(&["Ann Lee", "Bob Ray", "Cy Orr"]))
    };
    let mut engine = Engine::new(ports, Mode::Act, 1, Duration::from_mins(1), Profile::REFERENCE);
    let count = 4_000;
    let mut rates = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        for _ in 0..count {
            // Back to back: a tick a millisecond.
            clock.advance(Duration::from_millis(1));
            black_box(engine.tick(&clock.now()).await.unwrap());
        }
        rates.push(f64::from(count) / start.elapsed().as_secs_f64());
    }
    println!("tick, {deckies} deckies: {} ticks/s", shown(&rates));
}

fn shown(rates: &[f64]) -> String {
    rates.iter().map(|r| format!("{r:.0}")).collect::<Vec<_>>().join(" / ")
}

/// Ten thousand destinations with ten rows each, nothing to remove; then half of each.
async fn prune() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    let repo = SqlRepo::open_sqlite(&path).await.unwrap();
    fill(&path);
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        assert_eq!(repo.prune(PruneCaps::default()).await.unwrap().events, 0);
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("prune, 10,000 destinations x 10 rows, default caps: {} ms", shown(&times));
    let start = Instant::now();
    let removed = repo.prune(PruneCaps { events: 9, emails: 9 }).await.unwrap().events;
    println!("prune, the same with a cap of 9: {removed} rows in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
}

fn fill(path: &Path) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};
    let sample = event(EventKind::TcpConnect, "local:x", moment());
    let payload = sample.payload.to_json().to_string().replace('\'', "''");
    SqliteConnection::establish(path.to_str().unwrap())
        .unwrap()
        .batch_execute(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
             INSERT INTO orchestrator_events
             SELECT lower(hex(randomblob(16))), printf('2026-11-%02d 09:%02d:%02d.%06d', 1 + i % 28, i % 60, i / 60 % 60, i),
                    'traffic', 'ssh', 'exec:tcp_connect:22', NULL, 'local:srv-' || (i % 10000), 1, '{payload}' FROM n;"
        ))
        .unwrap();
}

/// A hundred thousand events of 200 bytes to one subscriber, as fast as they go.
async fn bus_throughput() {
    let (folder, stop) = serve().await;
    let socket = folder.path().join("bus.sock");
    let mut subscriber = connect(&socket).await;
    let count = 100_000_u32;
    let frame = publication(200);
    for paced in [Some(100_000), None] {
        let publish = async {
            let mut publisher = UnixStream::connect(&socket).await.unwrap();
            let start = Instant::now();
            let mut sent = 0;
            let mut batch = BytesMut::new();
            while sent < count {
                // A hundred at a time; paced, a hundred each millisecond.
                for _ in 0..100 {
                    batch.extend_from_slice(&frame);
                }
                publisher.write_all(&batch).await.unwrap();
                batch.clear();
                sent += 100;
                if let Some(rate) = paced {
                    let due = Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
                    tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
                }
            }
            start.elapsed()
        };
        let receive = async {
            let mut buffer = BytesMut::with_capacity(1 << 20);
            let mut seen = 0;
            while seen < count {
                while let Some(frame) = Frame::decode(&mut buffer).unwrap() {
                    seen += u32::from(frame.argument == "bench.event");
                }
                if seen == count {
                    break;
                }
                buffer.reserve(1 << 18);
                let read = subscriber.read_buf(&mut buffer);
                if tokio::time::timeout(Duration::from_secs(2), read).await.is_err() {
                    break;
                }
            }
            seen
        };
        let start = Instant::now();
        let (sending, seen) = tokio::join!(publish, receive);
        let rate = f64::from(seen) / start.elapsed().as_secs_f64();
        let how = paced.map_or("unpaced".to_owned(), |rate| format!("paced at {rate}/s"));
        println!("bus, {how}: {seen} of {count} arrived, {rate:.0}/s (sent in {:.2} s)", sending.as_secs_f64());
    }
    stop.cancel();
}

/// Twenty thousand a second for three seconds, one at a time.
async fn bus_latency() {
    let (folder, stop) = serve().await;
    let socket = folder.path().join("bus.sock");
    let mut subscriber = connect(&socket).await;
    let count = 60_000_u32;
    let origin = Instant::now();
    let publish = async {
        let mut publisher = UnixStream::connect(&socket).await.unwrap();
        let mut sent = 0;
        while sent < count {
            let due = (origin.elapsed().as_secs_f64() * 20_000.0) as u32;
            let mut batch = BytesMut::new();
            while sent < due.min(count) {
                let stamp = origin.elapsed().as_nanos();
                let body = format!(
                    "{{\"type\":\"t\",\"payload\":{{\"at\":\"{stamp:020}\",\"pad\":\"{}\"}}}}",
                    "x".repeat(140)
                );
                Frame { verb: Verb::Pub, argument: "bench.event".into(), body: body.into() }.encode(&mut batch);
                sent += 1;
            }
            publisher.write_all(&batch).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let receive = async {
        let mut buffer = BytesMut::new();
        let mut spans = Vec::with_capacity(count as usize);
        while spans.len() < count as usize {
            while let Some(frame) = Frame::decode(&mut buffer).unwrap() {
                let text = std::str::from_utf8(&frame.body).unwrap();
                if let Some(at) = text.split("\"at\":\"").nth(1) {
                    let sent: u128 = at[..20].parse().unwrap();
                    spans.push(origin.elapsed().as_nanos() - sent);
                }
            }
            if spans.len() == count as usize {
                break;
            }
            if tokio::time::timeout(Duration::from_secs(2), subscriber.read_buf(&mut buffer)).await.is_err() {
                break;
            }
        }
        spans
    };
    let ((), mut spans) = tokio::join!(publish, receive);
    spans.sort_unstable();
    let at = |share: f64| spans[((spans.len() - 1) as f64 * share) as usize] as f64 / 1e6;
    println!(
        "bus at 20,000/s: {} arrived, p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
        spans.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    stop.cancel();
}

fn publication(size: usize) -> BytesMut {
    let body = format!("{{\"type\":\"t\",\"payload\":{{\"pad\":\"{}\"}}}}", "x".repeat(size - 32));
    let mut frame = BytesMut::new();
    Frame { verb: Verb::Pub, argument: "bench.event".into(), body: body.into() }.encode(&mut frame);
    frame
}

/// The server in a process of its own would be fairer still; here it has two threads with the clients.
async fn serve() -> (tempfile::TempDir, CancellationToken) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::bind(&folder.path().join("bus.sock"), Arc::new(SystemClock::new())).await.unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(server.run(stop.clone()));
    (folder, stop)
}

async fn connect(socket: &Path) -> UnixStream {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let mut hello = BytesMut::new();
    Frame::bare(Verb::Sub, "bench.>").encode(&mut hello);
    stream.write_all(&hello).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stream
}

/// Planting one KiB against the bare call it can't do without, turn by turn.
async fn plant() {
    let site = Container::start(&[]);
    let container = site.container_ref().clone();
    let (exec, archive) =
        (decnet_docker::driver(Kind::Exec).await.unwrap(), decnet_docker::driver(Kind::Archive).await.unwrap());
    site.sh("mkdir -p /home/ann; chown 1000:1000 /home/ann", &[]);
    let body = vec![b'x'; 1_024];
    let (mut bare_exec, mut by_exec, mut bare_put, mut by_archive) = (vec![], vec![], vec![], vec![]);
    let one = tar_of_one(&body);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.tar");
    std::fs::write(&file, one).unwrap();
    for n in 0..41 {
        bare_exec.push(time(async { assert!(docker(&["exec", container.name(), "true"]).status.success()) }).await);
        let new = request(&format!("/home/ann/e{n}"), &body);
        by_exec.push(time(async { exec.plant_file(&container, &new).await.map(drop).unwrap() }).await);
        bare_put.push(time(put(container.name(), &std::fs::read(&file).unwrap())).await);
        let new = request(&format!("/home/ann/a{n}"), &body);
        by_archive.push(time(async { archive.plant_file(&container, &new).await.map(drop).unwrap() }).await);
    }
    println!(
        "plant 1 KiB, medians of 41 in turn: bare `docker exec true` {:.1} ms, exec {:.1} ms",
        median(bare_exec),
        median(by_exec)
    );
    println!("  bare archive PUT {:.1} ms, archive {:.1} ms", median(bare_put), median(by_archive));
    let replace = replacing("/home/ann/a1", &body, &body);
    println!(
        "  archive, replacing: {:.1} ms",
        time(async { archive.plant_file(&container, &replace).await.map(drop).unwrap() }).await
    );
    let mut rates = Vec::new();
    for round in 0..5 {
        let many: Vec<_> = (0..1_000)
            .map(|n| PlantRequest {
                mtime: moment() + SignedDuration::from_millis(n),
                ..request(&format!("/home/ann/many{round}/f{n}"), &body)
            })
            .collect();
        let start = Instant::now();
        assert!(archive.plant_many(&container, &many).await.iter().all(Result::is_ok));
        rates.push(1_000.0 / start.elapsed().as_secs_f64());
    }
    println!("  1,000 files in one archive call: {} files/s", shown(&rates));
}

async fn time(work: impl Future<Output = ()>) -> f64 {
    let start = Instant::now();
    work.await;
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// `tar` makes the archive, so that the comparison owes nothing to our own.
fn tar_of_one(body: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bare"), body).unwrap();
    let tar =
        std::process::Command::new("tar").args(["-C", folder.path().to_str().unwrap(), "-cf", "-", "bare"]).output();
    tar.unwrap().stdout
}

/// A PUT of an archive to the engine's socket and nothing else.
async fn put(container: &str, archive: &[u8]) {
    let mut engine = UnixStream::connect("/var/run/docker.sock").await.unwrap();
    let head = format!(
        "PUT /containers/{container}/archive?path=/home/ann HTTP/1.1\r\nHost: docker\r\nContent-Type: application/x-tar\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        archive.len()
    );
    engine.write_all(head.as_bytes()).await.unwrap();
    engine.write_all(archive).await.unwrap();
    let mut answer = Vec::new();
    engine.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}
