//! The loop around the ticks: who is heard when, and what is told of a tick that takes long.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use decnet_bus::MemoryBus;
use decnet_domain::persona::{Language, Persona};
use decnet_domain::topic::{CONTROL, HEALTH, stop_order};
use decnet_engine::{Engine, Mode, Pace, Ports, Profile, Worker};
use decnet_ports::{BusError, EventBus, PersonaPool, PoolError, Subscription, SystemClock};
use decnet_tests::ports::in_memory;
use decnet_tests::samples::{entry, people};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const MINUTE: Duration = Duration::from_mins(1);
/// Far longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);

fn ports(bus: Arc<dyn EventBus>) -> Ports {
    // The clock waits for tokio's timers, so that the worker rests between its ticks.
    Ports { bus, ..in_memory(SystemClock::new(), people(&["Ann Lee", "Bob Ray"])) }
}

fn worker(ports: Ports) -> Worker {
    let engine = Engine::new(ports.clone(), Mode::Act, 1, MINUTE, Profile::REFERENCE);
    Worker::new(ports, engine, Pace { interval: MINUTE, ticks: None })
}

/// A bus on which a subscription takes its time, and on which somebody asks for a stop the moment the first
/// heartbeat is out.
struct EagerOperator {
    bus: MemoryBus,
    operator: MemoryBus,
    has_asked: AtomicBool,
}

#[async_trait]
impl EventBus for EagerOperator {
    fn publish(&self, topic: &str, kind: &str, payload: &Value) {
        self.bus.publish(topic, kind, payload);
        if topic == HEALTH && !self.has_asked.swap(true, Ordering::SeqCst) {
            self.operator.publish(CONTROL, "control", &json!({"action": "stop", "requested_by": "ann"}));
        }
    }

    async fn subscribe(&self, pattern: &str) -> Result<Box<dyn Subscription>, BusError> {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.bus.subscribe(pattern).await
    }

    async fn flush(&self) {
        self.bus.flush().await;
    }
}

#[tokio::test]
async fn a_stop_that_comes_at_the_first_heartbeat_is_obeyed() {
    let bus = MemoryBus::new();
    let operator = EagerOperator { operator: bus.client(), bus, has_asked: AtomicBool::new(false) };
    let running = worker(ports(Arc::new(operator))).run(CancellationToken::new(), |_| {});
    tokio::time::timeout(LIMIT, running).await.expect("the stop was lost");
}

#[tokio::test]
async fn whoever_takes_over_asks_the_others_to_stop_and_lives_on() {
    let bus = MemoryBus::new();
    let other = bus.client();
    let mut orders = other.subscribe(CONTROL).await.unwrap();
    let mut heartbeats = other.subscribe(HEALTH).await.unwrap();
    let ports = ports(Arc::new(bus));
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker(ports.clone()).take_over().run(stop.clone(), |_| {}));
    let first = tokio::time::timeout(LIMIT, orders.next()).await.unwrap().unwrap();
    assert_eq!(first.payload["action"], "stop");
    assert!(first.payload["ts"].is_number());
    heartbeats.next().await.unwrap();
    // The other one was started again.
    other.publish(HEALTH, "heartbeat", &json!({"worker": "orchestrator", "ts": 1.0}));
    assert_eq!(tokio::time::timeout(LIMIT, orders.next()).await.unwrap().unwrap().payload["action"], "stop");
    assert!(!running.is_finished());
    // Its own requests it doesn't hear; somebody else's it obeys.
    other.publish(CONTROL, "control", &stop_order("ann", ports.clock.now().timestamp()));
    tokio::time::timeout(LIMIT, running).await.unwrap().unwrap();
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Gathers what this thread logs from now on.
    fn gather(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
        tracing_subscriber::util::SubscriberInitExt::set_default(subscriber)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn another_orchestrator_is_warned_of_once_and_left_alone() {
    let log = Log::default();
    let _gathering = log.gather();
    let bus = MemoryBus::new();
    let other = bus.client();
    let mut orders = other.subscribe(CONTROL).await.unwrap();
    let mut heartbeats = other.subscribe(HEALTH).await.unwrap();
    let stop = CancellationToken::new();
    let ports = ports(Arc::new(bus));
    let running = tokio::spawn(worker(ports).run(stop.clone(), |_| {}));
    heartbeats.next().await.unwrap();
    for _ in 0..3 {
        other.publish(HEALTH, "heartbeat", &json!({"worker": "orchestrator", "ts": 1.0}));
    }
    let told = async {
        while !log.text().contains("another orchestrator is alive") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, told).await.unwrap();
    stop.cancel();
    tokio::time::timeout(LIMIT, running).await.unwrap().unwrap();
    assert_eq!(log.text().matches("another orchestrator is alive").count(), 1, "{}", log.text());
    assert!(tokio::time::timeout(Duration::from_millis(1), orders.next()).await.is_err(), "nobody is asked to stop");
}

/// A pool that never answers.
struct StuckPool;

#[async_trait]
impl PersonaPool for StuckPool {
    async fn load(&self, _default: Language) -> Result<Arc<[Persona]>, PoolError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_takes_long_is_told_of_each_minute_with_what_it_is_doing() {
    let log = Log::default();
    let _gathering = log.gather();
    let mut ports = ports(Arc::new(MemoryBus::new()));
    ports.repo.put_fleet_decky(&entry("web-01", &["ssh"], None), ports.clock.now().timestamp()).await.unwrap();
    ports.personas = Arc::new(StuckPool);
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker(ports).run(stop.clone(), |_| {}));
    tokio::time::sleep(MINUTE * 3 + Duration::from_secs(1)).await;
    stop.cancel();
    tokio::time::timeout(LIMIT, running).await.unwrap().unwrap();
    let told = log.text();
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("a tick takes long")).collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[2].contains("seconds=180"), "{}", lines[2]);
    assert!(lines[2].contains("doing=reading the configuration and the fleet (180 s)"), "{}", lines[2]);
}
