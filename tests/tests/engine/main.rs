//! The use cases over fakes: what a tick does, and what it does when something goes wrong.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use decnet_bus::MemoryBus;
use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_domain::record::{Event, EventKind, Outcome, content_hash};
use decnet_engine::{Accounts, Engine, FileOutcome, Mode, Ports, Profile, Tick};
use decnet_ports::fake::{FakeCanaries, FakeDriver, FakePersonas, FakeRepo, FrozenClock};
use decnet_ports::{Clock, Deckies, EventBus, Events, Files, Journal, Memory};
use decnet_tests::ports::in_memory;
use decnet_tests::samples::{entry, people};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};
use serde_json::json;

mod faults;
mod worker;

/// Where a file of the fake driver is (container and path), and the file.
type PlantedFile = ((String, String), decnet_ports::fake::FakeFile);

const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\nbobray:x:1001:1001::/home/bobray:/bin/bash\n";
const MINUTE: Duration = Duration::from_mins(1);

/// A small company in memory.
struct World {
    repo: FakeRepo,
    driver: FakeDriver,
    clock: FrozenClock,
    bus: MemoryBus,
    ports: Ports,
}

fn noon() -> Zoned {
    date(2026, 11, 3).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap()
}

fn container(name: &str) -> ContainerRef {
    ContainerRef::of_service(DeckyName::new(name).unwrap(), Service::Ssh)
}

async fn world() -> World {
    let (repo, driver, clock, bus) =
        (FakeRepo::default(), FakeDriver::default(), FrozenClock::at(noon()), MemoryBus::new());
    for (name, ip) in [("web-01", "10.0.0.1"), ("db-01", "10.0.0.2")] {
        repo.put_fleet_decky(&entry(name, &["ssh"], Some(ip)), noon().timestamp()).await.unwrap();
        driver.put(&container(name), "/etc/passwd", PASSWD);
    }
    let ports = Ports {
        repo: Arc::new(repo.clone()),
        driver: Arc::new(driver.clone()),
        bus: Arc::new(bus.client()),
        ..in_memory(clock.clone(), people(&["Ann Lee", "Bob Ray"]))
    };
    World { repo, driver, clock, bus, ports }
}

impl World {
    fn engine(&self, seed: u64) -> Engine {
        Engine::new(self.ports.clone(), Mode::Act, seed, MINUTE, Profile::REFERENCE)
    }

    /// Lets people act at their own moments for so many hours.
    async fn live(&self, engine: &mut Engine, hours: i64) {
        let end = self.clock.now().timestamp() + SignedDuration::from_hours(hours);
        while self.clock.now().timestamp() < end {
            engine.due(&self.clock.now()).await.unwrap();
            let next = engine.next_due().unwrap().duration_since(self.clock.now().timestamp());
            self.clock.advance(next.unsigned_abs().max(Duration::from_nanos(1)).min(MINUTE * 60));
        }
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
async fn shares_are_the_references_and_every_action_has_one_row() {
    let world = world().await;
    let ticks = world.ticks(&mut world.engine(1), 2_000).await;
    let share = |is: fn(&Tick) -> bool| ticks.iter().filter(|t| is(t)).count() as f64 / 2_000.0;
    // Mail is quiet, so its tenth goes to the other two in proportion.
    let traffic = share(|t| matches!(t, Tick::Traffic(_)));
    let files = share(|t| matches!(t, Tick::File(_)));
    assert!((traffic - 0.5).abs() < 0.04 && (files - 0.5).abs() < 0.04, "{traffic} {files}");
    let alone = share(|t| matches!(t, Tick::File(FileOutcome::LeftAlone)));
    assert!((alone - 0.05).abs() < 0.02, "{alone}");

    // One action, one row.
    let acted = ticks.iter().filter(|t| matches!(t, Tick::Traffic(_) | Tick::File(FileOutcome::Acted(_)))).count();
    let events = world.repo.recent_events(10_000).await.unwrap();
    assert_eq!(events.len(), acted);
    let logs = |e: &&Event| e.payload.file().is_some_and(|f| f.path.starts_with("/var/log/"));
    assert!(events.iter().filter(logs).count() > 20);
    assert!(events.iter().all(|e| e.what != EventKind::FileRemove && e.what != EventKind::FileAppend));
    assert!(world.repo.pending().await.unwrap().is_empty());
    for file in world.repo.all_files().await.unwrap() {
        let name = file.decky.as_str().trim_start_matches("local:");
        let there = world.driver.get(&container(name), &file.path).unwrap();
        assert_eq!(content_hash(&there.bytes), file.content_hash, "{}", file.path);
        assert_eq!(decnet_domain::record::row_time(there.mtime), file.last_modified);
    }
}

#[tokio::test]
async fn editing_goes_on_from_what_lies_there() {
    let world = world().await;
    let mut engine = world.engine(2);
    let (mut edits, mut appended) = (0, 0);
    for _ in 0..700 {
        let before = world.driver.all();
        let tick = world.ticks(&mut engine, 1).await.remove(0);
        let Tick::File(FileOutcome::Acted(event)) = tick else { continue };
        if event.what != EventKind::FileEdit {
            continue;
        }
        let details = event.payload.file().unwrap();
        let place = container(&details.dst_decky);
        let key = (place.name().to_owned(), details.path.clone());
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let old = text(&before.iter().find(|(at, _)| **at == key).unwrap().1.bytes);
        let new = text(&world.driver.get(&place, &details.path).unwrap().bytes);
        assert_ne!(old, new);
        assert_eq!(details.new_body_bytes, Some(new.len() as u64));
        assert!(details.synthetic_file_uuid.is_some());
        if details.path.starts_with("/var/log/") {
            assert!(new.starts_with(&old), "{}", details.path);
            appended += 1;
        }
        // A list is ticked and sorted; whatever else is added, what stood there still does, mostly.
        let bare = |line: &str| line.replace("[x]", "[ ]").replace("[X]", "[ ]").trim().to_owned();
        let now: Vec<String> = new.lines().map(bare).collect();
        let was: Vec<String> = old.lines().map(bare).filter(|line| !line.is_empty()).collect();
        let kept = was.iter().filter(|line| now.contains(line)).count();
        assert!(kept * 2 >= was.len(), "{} of {} lines of {} are left", kept, was.len(), details.path);
        edits += 1;
    }
    assert!(edits > 40 && appended > 3, "{edits} {appended}");
}

#[tokio::test]
async fn people_act_at_their_own_moments_and_nothing_is_made_up_for() {
    let world = world().await;
    let profile = Profile { actions_per_day: 60.0, ..Profile::STEALTH };
    let mut engine = Engine::new(world.ports.clone(), Mode::Act, 21, MINUTE, profile);
    let (mut acted, mut steps) = (0, 0);
    let end = noon().timestamp() + SignedDuration::from_hours(72);
    while world.clock.now().timestamp() < end {
        acted += engine.due(&world.clock.now()).await.unwrap().len();
        let next = engine.next_due().unwrap().duration_since(world.clock.now().timestamp());
        world.clock.advance(next.unsigned_abs().max(Duration::from_nanos(1)).min(MINUTE * 60));
        steps += 1;
    }
    assert!((60..900).contains(&acted), "{acted} actions in {steps} steps");
    let events = world.repo.recent_events(10_000).await.unwrap();
    let on_the_minute = events.iter().filter(|e| e.ts.as_second() % 60 == 0).count();
    assert!(on_the_minute * 10 < events.len());
    // Live: a file's time is that of the action that wrote it.
    for file in world.repo.all_files().await.unwrap().iter().filter(|f| f.path.starts_with("/home/")) {
        assert!(events.iter().any(|e| decnet_domain::record::row_time(e.ts) == file.last_modified), "{}", file.path);
    }
    // A day asleep: what was due meanwhile stays undone.
    world.clock.advance(Duration::from_hours(24));
    let after = engine.due(&world.clock.now()).await.unwrap();
    let people = after.iter().filter(
        |t| matches!(t, Tick::File(FileOutcome::Acted(e)) if !e.payload.file().unwrap().path.starts_with("/var/log")),
    );
    assert!(people.count() <= 2, "{after:?}");
}

#[tokio::test]
async fn the_same_seed_lives_the_same_human_life_whatever_runs_at_once() {
    let (one, other) = (world().await, world().await);
    let mut lives = Vec::new();
    for world in [&one, &other] {
        let mut engine = Engine::new(world.ports.clone(), Mode::Act, 5, MINUTE, Profile::STEALTH);
        let mut ticks = Vec::new();
        for _ in 0..600 {
            ticks.extend(engine.due(&world.clock.now()).await.unwrap());
            world.clock.advance(MINUTE);
        }
        lives.push(ticks);
    }
    assert!(lives[0].len() > 30);
    assert_eq!(lives[0], lives[1]);
    assert_eq!(one.driver.all(), other.driver.all());
}

#[tokio::test]
async fn a_person_logs_in_elsewhere_and_both_hosts_know() {
    let world = world().await;
    let mut engine = Engine::new(world.ports.clone(), Mode::Act, 30, MINUTE, Profile::STEALTH);
    for _ in 0..60 {
        world.clock.advance(MINUTE);
        engine.tick(&world.clock.now()).await.unwrap();
    }
    let events = world.repo.recent_events(1_000).await.unwrap();
    let traffic: Vec<_> = events.iter().filter(|e| e.what == EventKind::TcpConnect).collect();
    assert!(traffic.len() > 10 && traffic.iter().all(|e| e.outcome == Outcome::Success), "{traffic:?}");
    let one = traffic[0];
    let details = one.payload.traffic().unwrap();
    let (login, from, to) = (details.login.as_deref().unwrap(), details.src_decky.as_str(), details.dst_decky.as_str());
    let read = |host: &str, file: &str| world.driver.get(&container(host), &format!("/home/{login}/{file}")).unwrap();
    let keys = read(to, ".ssh/authorized_keys");
    assert_eq!((keys.mode, String::from_utf8(keys.bytes).unwrap().lines().count()), (0o600, 1));
    assert_eq!(String::from_utf8(read(from, ".ssh/known_hosts").bytes).unwrap().lines().count(), 1);
    let history = String::from_utf8(read(from, ".bash_history").bytes).unwrap();
    assert!(history.contains(&format!("ssh {}\n", details.dst_ip)), "{history}");
    assert_eq!(
        world.repo.session_key(&format!("{login}@corp.example.com")).await.unwrap().unwrap().public.split(' ').count(),
        3
    );
}

#[tokio::test]
async fn a_person_without_an_account_gets_one_only_where_that_is_wanted() {
    for (accounts, expected) in [(Accounts::Existing, false), (Accounts::Create, true)] {
        let world = world().await;
        let names = ["Ann Lee", "Bob Ray", "Cy Orr"];
        let ports = Ports { personas: Arc::new(FakePersonas::of(people(&names))), ..world.ports.clone() };
        for host in ["web-01", "db-01"] {
            world.driver.put(&container(host), "/etc/group", b"root:x:0:\nannlee:x:1000:\nbobray:x:1001:\n");
            world.driver.put(&container(host), "/etc/shadow", b"root:*:19000:0:99999:7:::\n");
            world.driver.put(&container(host), "/etc/skel/.bashrc", b"# ~/.bashrc\n");
        }
        let mut engine = Engine::new(ports, Mode::Act, 33, MINUTE, Profile { accounts, ..Profile::REFERENCE });
        world.ticks(&mut engine, 300).await;
        let text = |path: &str| String::from_utf8(world.driver.get(&container("web-01"), path).unwrap().bytes).unwrap();
        assert_eq!(text("/etc/passwd").contains("cyorr:x:1002:1002:Cy Orr:/home/cyorr:/bin/bash\n"), expected);
        assert_eq!(text("/etc/group").contains("cyorr:x:1002:"), expected);
        assert_eq!(text("/etc/shadow").contains("cyorr:!:"), expected);
        assert_eq!(world.driver.get(&container("web-01"), "/home/cyorr/.bashrc").is_some(), expected);
        let files = world.repo.all_files().await.unwrap();
        assert_eq!(files.iter().any(|f| f.path.starts_with("/home/cyorr/")), expected);
        assert_eq!(text("/etc/passwd").matches("cyorr").count(), if expected { 2 } else { 0 }, "made once");
    }
}

#[tokio::test]
async fn logs_are_a_family_that_rotates_and_scratch_goes_away() {
    let world = world().await;
    let profile = Profile { actions_per_day: 60.0, ..Profile::STEALTH };
    let mut engine = Engine::new(world.ports.clone(), Mode::Act, 40, MINUTE, profile);
    world.live(&mut engine, 12).await;
    let log = |name: &str| world.driver.get(&container("web-01"), &format!("/var/log/{name}"));
    for name in
        ["syslog", "syslog.1", "syslog.2.gz", "syslog.4.gz", "auth.log", "auth.log.1", "cron.log", "cron.log.2.gz"]
    {
        assert!(log(name).is_some_and(|f| f.mode == 0o640), "{name}");
    }
    let first = |name: &str| String::from_utf8(log(name).unwrap().bytes).unwrap().lines().next().unwrap().to_owned();
    let before = first("cron.log");
    // A week on: what was live is now the first of the old.
    world.clock.advance(Duration::from_hours(24 * 8));
    world.live(&mut engine, 48).await;
    assert_eq!(first("cron.log.1"), before);
    assert!(first("cron.log") > before);
    let last = String::from_utf8(log("cron.log.1").unwrap().bytes).unwrap().lines().last().unwrap().to_owned();
    assert!(last < first("cron.log"));
    let events = world.repo.recent_events(10_000).await.unwrap();
    assert!(!events.iter().any(|e| e.what == EventKind::FileTampered), "our own rotation is nobody's tampering");
    let removed: Vec<_> = events.iter().filter(|e| e.what == EventKind::FileRemove).collect();
    assert!(!removed.is_empty());
    for event in removed {
        let (path, host) = (event.payload.file().unwrap().path.as_str(), event.payload.decky());
        assert!(path.starts_with("/tmp/.cache-") && world.driver.get(&container(host), path).is_none());
        assert!(world.repo.all_files().await.unwrap().iter().all(|f| f.path != path));
    }
}

#[tokio::test]
async fn logs_are_planted_only_where_no_daemon_writes_its_own() {
    let world = world().await;
    world.driver.put(&container("web-01"), "/etc/rsyslog.conf", b"module(load=\"imuxsock\")\n");
    world.ticks(&mut world.engine(15), 500).await;
    let files = world.repo.all_files().await.unwrap();
    let logs =
        |decky: &str| files.iter().filter(|f| f.decky.as_str() == decky && f.path.starts_with("/var/log/")).count();
    assert_eq!(logs("local:web-01"), 0);
    assert!(logs("local:db-01") > 3);
}

#[tokio::test]
async fn a_dry_run_writes_records_and_publishes_nothing() {
    let world = world().await;
    let mut heard = world.bus.subscribe(">").await.unwrap();
    let before = world.driver.all();
    let mut engine = Engine::new(world.ports.clone(), Mode::DryRun, 6, MINUTE, Profile::REFERENCE);
    let ticks = world.ticks(&mut engine, 200).await;
    assert!(ticks.iter().any(|t| matches!(t, Tick::File(FileOutcome::Planned(_)))));
    assert!(ticks.iter().any(|t| matches!(t, Tick::TrafficPlanned(_))));
    assert_eq!(world.driver.all(), before);
    assert!(world.repo.recent_events(10).await.unwrap().is_empty());
    assert!(world.repo.pending().await.unwrap().is_empty());
    assert!(tokio::time::timeout(Duration::from_millis(1), heard.next()).await.is_err());
}

#[tokio::test]
async fn a_canary_is_planted_where_one_is_offered_and_other_content_where_not() {
    let mut world = world().await;
    world.ports.canaries = Arc::new(FakeCanaries);
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
    let seen = world.driver.get(&container("web-01"), "/home/annlee/.aws/credentials").unwrap();
    assert_eq!((seen.mode, seen.owner.uid), (0o600, 1000));
}

#[tokio::test]
async fn two_installations_share_no_pid_no_fraction_no_message_id_and_no_body() {
    let (mut bodies, mut times, mut ids, mut lines, mut pids) = (vec![], vec![], vec![], vec![], vec![]);
    for seed in [101, 202] {
        let world = world().await;
        world.repo.put_fleet_decky(&entry("mail-01", &["imap"], None), noon().timestamp()).await.unwrap();
        let mail_host = ContainerRef::of_service(DeckyName::new("mail-01").unwrap(), Service::Imap);
        world.driver.put(&mail_host, "/etc/passwd", PASSWD);
        world.driver.put(&mail_host, "/etc/dovecot/conf.d/10-mail.conf", b"mail_location = maildir:~/Maildir\n");
        let profile = Profile { actions_per_day: 80.0, ..Profile::STEALTH };
        let mut engine = Engine::new(world.ports.clone(), Mode::Act, seed, MINUTE, profile);
        world.live(&mut engine, 72).await;
        let ours: Vec<_> = world.driver.all().into_iter().filter(|((_, path), _)| !path.starts_with("/etc/")).collect();
        assert!(ours.len() > 60, "{}", ours.len());
        let of =
            |f: &dyn Fn(&PlantedFile) -> Option<String>| -> BTreeSet<String> { ours.iter().filter_map(f).collect() };
        // Empty marks and single short lines (an address book of one host) are no text.
        bodies
            .push(of(&|(_, file)| (file.bytes.len() > 80).then(|| String::from_utf8_lossy(&file.bytes).into_owned())));
        times.push(of(&|(_, file)| Some(file.mtime.to_string())));
        ids.push(of(&|((_, path), file)| {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: "))?;
            path.contains("/Maildir/").then(|| id.to_owned())
        }));
        let logs: Vec<String> = ours
            .iter()
            .filter(|((_, path), _)| path.starts_with("/var/log/"))
            .flat_map(|(_, file)| String::from_utf8_lossy(&file.bytes).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        pids.push(
            logs.iter()
                .filter_map(|l| Some(l.split_once("CRON[")?.1.split(']').next()?.to_owned()))
                .collect::<BTreeSet<_>>(),
        );
        lines.push(
            logs.into_iter()
                .filter_map(|l| Some(l.split(' ').next()?.to_owned()))
                .filter(|l| l.len() > 25)
                .collect::<BTreeSet<_>>(),
        );
    }
    for (what, sets) in [("body", &bodies), ("time", &times), ("Message-ID", &ids), ("log time stamp", &lines)] {
        assert!(sets[0].len() > 5, "{what}: {}", sets[0].len());
        let shared: Vec<&String> = sets[0].intersection(&sets[1]).collect();
        assert!(shared.is_empty(), "{what}: {:?}", &shared[..shared.len().min(3)]);
    }
    // Process ids are numbers below four million: a few meet by chance.
    let shared = pids[0].intersection(&pids[1]).count();
    assert!(pids[0].len() > 500 && shared * 50 < pids[0].len(), "{shared} of {}", pids[0].len());
}
