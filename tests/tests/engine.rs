//! The use cases over fakes: what a tick does, and what it does when something goes wrong.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use decnet_bus::MemoryBus;
use decnet_domain::content::Content;
use decnet_domain::decky::{DeckyId, DeckyName, Service, Station};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{EventKind, Outcome, content_hash};
use decnet_domain::topic::{CONTROL, HEALTH, LlmHealth};
use decnet_engine::{Engine, FileTurn, Mode, NoCanaries, Outside, Pace, Tick, Worker};
use decnet_ports::fake::{FakeCanaries, FakeDriver, FakePersonas, FakeRepo, FrozenClock};
use decnet_ports::{
    ActivityDriver, Clock, Deckies, DriverError, EventBus, Events, FileContent, Files, MockActivityDriver,
    PlantRequest, Planted, TrafficDriver,
};
use decnet_tests::samples::{entry, people};
use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::json;
use tokio_util::sync::CancellationToken;

const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\nbobray:x:1001:1001::/home/bobray:/bin/bash\n";
const MINUTE: Duration = Duration::from_mins(1);

/// A small company in memory.
struct World {
    repo: FakeRepo,
    driver: FakeDriver,
    clock: FrozenClock,
    bus: MemoryBus,
    outside: Outside,
}

fn noon() -> Zoned {
    date(2026, 11, 3).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap()
}

fn station(name: &str) -> Station {
    Station::of_service(DeckyName::new(name).unwrap(), Service::Ssh)
}

async fn world() -> World {
    let (repo, driver, clock, bus) =
        (FakeRepo::default(), FakeDriver::default(), FrozenClock::at(noon()), MemoryBus::new());
    for (name, ip) in [("web-01", "10.0.0.1"), ("db-01", "10.0.0.2")] {
        repo.put_fleet_decky(&entry(name, &["ssh"], Some(ip)), noon().timestamp()).await.unwrap();
        driver.put(&station(name), "/etc/passwd", PASSWD);
    }
    let outside = Outside {
        clock: Arc::new(clock.clone()),
        repo: Arc::new(repo.clone()),
        driver: Arc::new(driver.clone()),
        bus: Arc::new(bus.client()),
        personas: Arc::new(FakePersonas::of(people(&["Ann Lee", "Bob Ray"]))),
        canaries: Arc::new(NoCanaries),
        content: Arc::new(Content::embedded().unwrap()),
    };
    World { repo, driver, clock, bus, outside }
}

impl World {
    fn engine(&self, seed: u64) -> Engine {
        Engine::new(self.outside.clone(), Mode::Act, seed, MINUTE)
    }

    async fn ticks(&self, engine: &mut Engine, count: usize) -> Vec<Tick> {
        let mut done = Vec::with_capacity(count);
        for _ in 0..count {
            self.clock.advance(MINUTE);
            done.push(engine.tick(&self.clock.now()).await.unwrap());
        }
        done
    }
}

#[tokio::test]
async fn the_same_seed_lives_the_same_life() {
    let (one, other) = (world().await, world().await);
    let (a, b) = (one.ticks(&mut one.engine(7), 400).await, other.ticks(&mut other.engine(7), 400).await);
    assert_eq!(a, b);
    assert_eq!(one.driver.all(), other.driver.all());
    assert_eq!(one.repo.all_files().await.unwrap(), other.repo.all_files().await.unwrap());
    assert_ne!(a, world().await.ticks(&mut world().await.engine(8), 400).await);
}

#[tokio::test]
async fn shares_are_the_seeds_and_every_action_has_a_row() {
    let world = world().await;
    let ticks = world.ticks(&mut world.engine(1), 2_000).await;
    let share = |is: fn(&Tick) -> bool| ticks.iter().filter(|t| is(t)).count() as f64 / 2_000.0;
    // Mail is quiet, so its tenth goes to the other two in proportion.
    let traffic = share(|t| matches!(t, Tick::Traffic(_)));
    let files = share(|t| matches!(t, Tick::File(_)));
    assert!((traffic - 0.5).abs() < 0.04 && (files - 0.5).abs() < 0.04, "{traffic} {files}");
    let alone = share(|t| matches!(t, Tick::File(FileTurn::LeftAlone)));
    assert!((alone - 0.05).abs() < 0.02, "{alone}");

    let acted = ticks.iter().filter(|t| matches!(t, Tick::Traffic(_) | Tick::File(FileTurn::Acted(_)))).count();
    assert_eq!(world.repo.recent_events(10_000).await.unwrap().len(), acted);
    assert!(world.repo.pending_plants().await.unwrap().is_empty());
    for file in world.repo.all_files().await.unwrap() {
        let name = file.decky.as_str().trim_start_matches("local:");
        let there = world.driver.get(&station(name), &file.path).unwrap();
        assert_eq!(content_hash(&there.bytes), file.content_hash, "{}", file.path);
        assert_eq!(decnet_domain::record::row_time(there.mtime), file.last_modified);
    }
}

#[tokio::test]
async fn editing_goes_on_from_what_lies_there() {
    let world = world().await;
    let mut engine = world.engine(2);
    world.ticks(&mut engine, 300).await;
    let edited: Vec<_> = world.repo.all_files().await.unwrap().into_iter().filter(|f| f.edit_count > 0).collect();
    assert!(edited.len() > 5);
    let events = world.repo.recent_events(1_000).await.unwrap();
    let edits = events.iter().filter(|e| e.what == EventKind::FileEdit);
    for edit in edits {
        assert!(edit.payload["new_body_bytes"].as_u64().unwrap() > 0);
        assert!(edit.payload["synthetic_file_uuid"].is_string());
    }
}

#[tokio::test]
async fn what_somebody_else_changed_or_removed_is_never_written_again() {
    let world = world().await;
    let mut engine = world.engine(3);
    world.ticks(&mut engine, 150).await;
    let files = world.repo.all_files().await.unwrap();
    for (n, file) in files.iter().enumerate() {
        let place = station(file.decky.as_str().trim_start_matches("local:"));
        if n % 2 == 0 {
            world.driver.put(&place, &file.path, b"the intruder was here");
        } else {
            world.driver.remove_file(&place, &DeckyPath::new(file.path.as_str()).unwrap()).await.unwrap();
        }
    }
    world.ticks(&mut engine, 400).await;
    for (n, file) in files.iter().enumerate() {
        let place = station(file.decky.as_str().trim_start_matches("local:"));
        let now = world.driver.get(&place, &file.path);
        match n % 2 {
            0 => assert_eq!(now.unwrap().bytes, b"the intruder was here", "{}", file.path),
            _ => assert_eq!(now, None, "{} came back", file.path),
        }
    }
}

#[tokio::test]
async fn a_file_that_is_there_already_is_not_overwritten() {
    let world = world().await;
    for name in ["web-01", "db-01"] {
        for log in ["cron.log", "syslog", "auth.log", "daemon.log"] {
            world.driver.put(&station(name), &format!("/var/log/{log}"), b"a real daemon writes this\n");
        }
    }
    world.ticks(&mut world.engine(4), 600).await;
    for name in ["web-01", "db-01"] {
        let log = world.driver.get(&station(name), "/var/log/cron.log").unwrap();
        assert_eq!(log.bytes, b"a real daemon writes this\n");
    }
    assert!(world.repo.all_files().await.unwrap().iter().all(|f| f.path != "/var/log/syslog"));
    assert!(world.repo.pending_plants().await.unwrap().is_empty());
}

#[tokio::test]
async fn logs_are_planted_only_where_no_daemon_writes_its_own() {
    let world = world().await;
    world.driver.put(&station("web-01"), "/etc/rsyslog.conf", b"module(load=\"imuxsock\")\n");
    world.ticks(&mut world.engine(15), 500).await;
    let files = world.repo.all_files().await.unwrap();
    let logs =
        |decky: &str| files.iter().filter(|f| f.decky.as_str() == decky && f.path.starts_with("/var/log/")).count();
    assert_eq!(logs("local:web-01"), 0);
    assert!(logs("local:db-01") > 3);
}

#[tokio::test]
async fn a_decky_that_is_away_rests_and_the_others_live_on() {
    let world = world().await;
    world.driver.set_away(&station("db-01"), true);
    let mut engine = world.engine(5);
    world.ticks(&mut engine, 300).await;
    let files = world.repo.all_files().await.unwrap();
    assert!(files.len() > 30 && files.iter().all(|f| f.decky == DeckyId::new("local:web-01")));
    let failures = world.repo.recent_events(1_000).await.unwrap();
    assert!(failures.iter().any(|e| e.outcome == Outcome::Failure && e.what == EventKind::TcpConnect));
    world.driver.set_away(&station("db-01"), false);
    world.ticks(&mut engine, 300).await;
    assert!(world.repo.all_files().await.unwrap().iter().any(|f| f.decky == DeckyId::new("local:db-01")));
}

#[tokio::test]
async fn a_dry_run_writes_records_and_publishes_nothing() {
    let world = world().await;
    let mut heard = world.bus.subscribe(">").await.unwrap();
    let before = world.driver.all();
    let mut engine = Engine::new(world.outside.clone(), Mode::DryRun, 6, MINUTE);
    let ticks = world.ticks(&mut engine, 200).await;
    assert!(ticks.iter().any(|t| matches!(t, Tick::File(FileTurn::Planned(_)))));
    assert!(ticks.iter().any(|t| matches!(t, Tick::TrafficPlanned(_))));
    assert_eq!(world.driver.all(), before);
    assert!(world.repo.recent_events(10).await.unwrap().is_empty());
    assert!(world.repo.pending_plants().await.unwrap().is_empty());
    assert!(tokio::time::timeout(Duration::from_millis(1), heard.next()).await.is_err());
}

#[tokio::test]
async fn operator_weights_are_taken_up_and_a_bad_row_changes_nothing() {
    let world = world().await;
    let weights = |class: &str| {
        json!({"user_class_weights": [{"content_class": class, "weight": 1}],
            "system_class_weights": [{"content_class": "cache_tmp", "weight": 1}],
            "canary_class_weights": [{"content_class": "canary_aws_creds", "weight": 1}], "canary_probability": 0.0})
        .to_string()
    };
    world.repo.set_config("weights", &weights("script"));
    let mut engine = world.engine(7);
    world.ticks(&mut engine, 100).await;
    world.repo.set_config("weights", "{broken");
    world.ticks(&mut engine, 100).await;
    let classes: std::collections::BTreeSet<_> =
        world.repo.all_files().await.unwrap().into_iter().map(|f| f.class.as_str()).collect();
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), ["cache_tmp", "script"]);
    world.repo.set_config("weights", &weights("todo"));
    world.ticks(&mut engine, 60).await;
    assert!(world.repo.all_files().await.unwrap().iter().any(|f| f.class.as_str() == "todo"));
}

#[tokio::test]
async fn a_canary_is_planted_where_one_is_offered_and_other_content_where_not() {
    let mut world = world().await;
    world.outside.canaries = Arc::new(FakeCanaries);
    let all = json!({"user_class_weights": [{"content_class": "note", "weight": 1}],
        "system_class_weights": [{"content_class": "cache_tmp", "weight": 1}],
        "canary_class_weights": [{"content_class": "canary_aws_creds", "weight": 1}, {"content_class": "canary_ssh_key", "weight": 1}],
        "canary_probability": 1.0});
    world.repo.set_config("weights", &all.to_string());
    world.ticks(&mut world.engine(8), 200).await;
    let files = world.repo.all_files().await.unwrap();
    let canaries: Vec<_> = files.iter().filter(|f| f.class.as_str() == "canary_aws_creds").collect();
    assert_eq!(canaries.len(), 4, "one home each, and never overwritten: {canaries:?}");
    assert!(canaries.iter().all(|f| f.edit_count == 0), "canaries are never edited");
    assert!(files.iter().any(|f| f.class.as_str() == "note"), "a class that isn't offered falls through");
    let seen = world.driver.get(&station("web-01"), "/home/annlee/.aws/credentials").unwrap();
    assert_eq!((seen.mode, seen.owner.uid), (0o600, 1000));
}

/// A driver that plants, and then never answers in time.
struct Late(FakeDriver);

#[async_trait]
impl ActivityDriver for Late {
    fn name(&self) -> &'static str {
        "late"
    }
    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        None
    }
    async fn plant_file(&self, station: &Station, request: &PlantRequest) -> Result<Planted, DriverError> {
        self.0.plant_file(station, request).await?;
        Err(DriverError::Timeout { station: station.container().to_owned(), seconds: 8 })
    }
    async fn plant_many(&self, _: &Station, _: &[PlantRequest]) -> Vec<Result<Planted, DriverError>> {
        Vec::new()
    }
    async fn read_file(&self, s: &Station, p: &DeckyPath, l: usize) -> Result<Option<FileContent>, DriverError> {
        self.0.read_file(s, p, l).await
    }
    async fn remove_file(&self, s: &Station, p: &DeckyPath) -> Result<(), DriverError> {
        self.0.remove_file(s, p).await
    }
}

#[tokio::test]
async fn a_plant_of_unknown_fate_is_looked_up_on_the_decky_itself() {
    let mut world = world().await;
    world.outside.driver = Arc::new(Late(world.driver.clone()));
    let mut engine = world.engine(9);
    let mut ticks = Vec::new();
    while !ticks.iter().any(|t| matches!(t, Tick::File(FileTurn::Acted(_)))) {
        ticks.extend(world.ticks(&mut engine, 1).await);
    }
    assert!(world.repo.all_files().await.unwrap().is_empty(), "no row without certainty");
    let pending = world.repo.pending_plants().await.unwrap();
    assert_eq!(pending.len(), 1);
    // The next start finds the file and mends the row; a note whose file isn't there is dropped.
    let mut lost = pending[0].clone();
    lost.id = uuid::Uuid::new_v4();
    lost.file.path = "/home/annlee/never-arrived.txt".to_owned();
    world.repo.begin_plant(&lost).await.unwrap();
    assert_eq!(world.engine(10).recover().await.unwrap(), 1);
    assert_eq!(world.repo.pending_plants().await.unwrap().len(), 1, "it may still be on its way");
    world.clock.advance(MINUTE);
    assert_eq!(world.engine(10).recover().await.unwrap(), 0);
    let files = world.repo.all_files().await.unwrap();
    assert_eq!(files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), [pending[0].file.path.as_str()]);
    assert!(world.repo.pending_plants().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failing_driver_is_an_event_and_not_the_end() {
    let mut world = world().await;
    let mut driver = MockActivityDriver::new();
    driver.expect_traffic().returning(|| None);
    driver
        .expect_read_file()
        .returning(|_, path, _| Ok((path.as_str() == "/etc/passwd").then(|| FileContent { bytes: PASSWD.to_vec() })));
    driver
        .expect_plant_file()
        .returning(|_, _| Err(DriverError::Failed { rc: 1, stderr: "No space left on device".to_owned() }));
    world.outside.driver = Arc::new(driver);
    let ticks = world.ticks(&mut world.engine(11), 50).await;
    assert!(ticks.iter().any(|t| matches!(t, Tick::File(FileTurn::Acted(_)))));
    let events = world.repo.recent_events(100).await.unwrap();
    assert!(!events.is_empty() && events.iter().all(|e| e.outcome == Outcome::Failure));
    assert_eq!(events[0].payload["stderr"], "No space left on device");
    assert_eq!(events[0].payload["rc"], 1);
    assert!(world.repo.all_files().await.unwrap().is_empty());
}

fn no_llm() -> LlmHealth {
    LlmHealth { backend: None, model: None }
}

#[tokio::test]
async fn a_stop_request_on_the_bus_ends_the_worker_and_anything_else_does_not() {
    let world = world().await;
    let mut health = world.bus.subscribe(HEALTH).await.unwrap();
    let pace = Pace { interval: MINUTE, ticks: None };
    let worker = Worker::new(world.outside.clone(), world.engine(12), pace, no_llm());
    let running = tokio::spawn(worker.run(CancellationToken::new(), |_| {}));
    let beat = health.next().await.unwrap();
    assert_eq!(beat.payload["worker"], "orchestrator");
    assert_eq!(beat.payload["realism"]["llm_enabled"], false);
    assert_eq!(beat.payload["realism"]["llm_breaker_state"], "closed");
    for other in [json!({"action": "restart"}), json!("stop"), json!({})] {
        world.bus.publish(CONTROL, "control", &other);
    }
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!running.is_finished());
    world.bus.publish(CONTROL, "control", &json!({"action": "stop", "requested_by": "ann"}));
    tokio::time::timeout(Duration::from_secs(5), running).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_worker_ends_after_its_ticks_and_publishes_each_action_once() {
    let world = world().await;
    let mut heard = world.bus.subscribe("orchestrator.>").await.unwrap();
    let pace = Pace { interval: MINUTE, ticks: Some(40) };
    let mut acted = 0;
    Worker::new(world.outside.clone(), world.engine(13), pace, no_llm())
        .run(CancellationToken::new(), |tick| {
            acted += usize::from(matches!(tick, Tick::Traffic(_) | Tick::File(FileTurn::Acted(_))));
        })
        .await;
    let mut topics = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(1), heard.next()).await {
        assert_eq!(event.payload["success"], true);
        assert_eq!(
            event.topic,
            format!(
                "orchestrator.{}.{}",
                event.payload["kind"].as_str().unwrap(),
                event.payload["dst_decky_uuid"].as_str().unwrap()
            )
        );
        topics.push(event.topic);
    }
    assert_eq!(topics.len(), acted);
    assert!(acted > 30);
}

#[tokio::test]
async fn a_new_decky_is_seen_within_one_interval() {
    let world = world().await;
    let mut engine = world.engine(14);
    world.ticks(&mut engine, 1).await;
    world.repo.put_fleet_decky(&entry("new-01", &["ssh"], Some("10.0.0.3")), noon().timestamp()).await.unwrap();
    world.driver.put(&station("new-01"), "/etc/passwd", PASSWD);
    world.ticks(&mut engine, 120).await;
    let targets: std::collections::BTreeSet<String> =
        world.repo.recent_events(1_000).await.unwrap().iter().map(|e| e.target.to_string()).collect();
    assert!(targets.contains("local:new-01"));
}
