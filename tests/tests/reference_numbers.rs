//! The reference's own figures, measured on fresh containers: what is done how often, and which times files get.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use decnet_bus::MemoryBus;
use decnet_db::SqlRepo;
use decnet_docker::Kind;
use decnet_domain::content_class::Category;
use decnet_domain::decky::DeckyId;
use decnet_domain::record::{EventKind, SyntheticFile};
use decnet_engine::{Engine, FileOutcome, Mode, Ports, Profile, Tick};
use decnet_ports::fake::FrozenClock;
use decnet_ports::{Clock, Deckies, EventBus, Events, Files, Journal, Mails, Subscription, SystemClock};
use decnet_tests::containers::docker_is_here;
use decnet_tests::fleet::TestFleet;
use decnet_tests::ports::in_memory;
use decnet_tests::samples::{entry, office_people};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How many ticks. A share of .6 of the two in five of them that are about files has a standard error of .03.
const TICKS: u32 = 600;

/// Whether `seen` of `of` draws fits a probability of `expected`: within four standard errors, which a sound program
/// misses once in sixteen thousand runs.
fn fits(what: &str, seen: usize, of: usize, expected: f64) {
    let (seen, of) = (seen as f64, of as f64);
    let error = (expected * (1.0 - expected) / of).sqrt();
    let share = seen / of;
    assert!(
        (share - expected).abs() <= 4.0 * error,
        "{what}: {seen} of {of} is {share:.3}, not {expected} ± {error:.3}"
    );
}

/// How many messages arrive, with at most so long between them.
async fn count(heard: &mut Box<dyn Subscription>, patience: Duration) -> usize {
    let mut messages = 0;
    while let Ok(Some(_)) = tokio::time::timeout(patience, heard.next()).await {
        messages += 1;
    }
    messages
}

/// Everything that lies where files are planted.
fn lying(fleet: &TestFleet) -> BTreeMap<String, BTreeSet<String>> {
    fleet.deckies().into_iter().map(|decky| (decky.clone(), fleet.files(&decky).into_iter().collect())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_references_figures_hold_on_fresh_containers() {
    if !docker_is_here() {
        return;
    }
    let fleet = TestFleet::up("figures");
    // Nothing but us writes logs, or a tenth of what is planted could not be: logs of a daemon are left to it.
    let folder = tempfile::tempdir().unwrap();
    let repo = SqlRepo::open_sqlite(&folder.path().join("decnet.db")).await.unwrap();
    // A working day, later than the containers were made, so that no time of ours is theirs by chance.
    let made = SystemClock::new().now().timestamp();
    let start = date(2026, 12, 1).at(10, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let start = if start.timestamp() > made { start } else { made.to_zoned(TimeZone::UTC) };
    let clock = FrozenClock::at(start.clone());
    for decky in fleet.deckies() {
        let services: &[&str] = if decky.ends_with("mail-01") { &["ssh", "imap"] } else { &["ssh"] };
        repo.put_fleet_decky(&entry(&decky, services, Some(&fleet.address(&decky))), start.timestamp()).await.unwrap();
    }
    let bus = MemoryBus::new();
    let mut heard = bus.client().subscribe("orchestrator.>").await.unwrap();
    let people = office_people(&["Sarah Connor", "Juan Perez", "Nina Müller", "Tom Berg", "Amy Bright"]);
    let ports = Ports {
        repo: Arc::new(repo.clone()),
        driver: decnet_docker::driver(Kind::Exec).await.unwrap(),
        bus: Arc::new(bus.client()),
        ..in_memory(clock.clone(), people)
    };
    let mut engine = Engine::new(ports, Mode::Act, 20, Duration::from_mins(1), Profile::REFERENCE);
    let before = lying(&fleet);
    let (mut traffic, mut mails, mut alone, mut created, mut edited, mut quiet) = (0, 0, 0, 0, 0, 0);
    let mut messages = 0;
    let mut times: BTreeMap<(DeckyId, String), (Timestamp, Timestamp)> = BTreeMap::new();
    for _ in 0..TICKS {
        // Seven hours of one working day, so that everybody is there throughout.
        clock.advance(Duration::from_secs(42));
        let now = clock.now();
        match engine.tick(&now).await.unwrap() {
            Tick::Traffic(event) => {
                assert!(event.outcome.is_success(), "{:?}", event.payload);
                traffic += 1;
            }
            Tick::Mail(record) => {
                assert!(record.outcome.is_success(), "{:?}", record.payload);
                mails += 1;
            }
            Tick::File(FileOutcome::LeftAlone) => alone += 1,
            Tick::File(FileOutcome::Acted(event)) => {
                assert!(event.outcome.is_success(), "{:?}", event.payload);
                let details = event.payload.file().unwrap();
                let mtime: Timestamp = details.mtime.as_ref().unwrap().parse().unwrap();
                times.insert((event.target.clone(), details.path.clone()), (now.timestamp(), mtime));
                match event.what {
                    EventKind::FileCreate => created += 1,
                    EventKind::FileEdit => edited += 1,
                    other => panic!("the reference does nothing like {other:?}"),
                }
            }
            Tick::Quiet => quiet += 1,
            other => panic!("{other:?}"),
        }
        messages += count(&mut heard, Duration::ZERO).await;
    }
    messages += count(&mut heard, Duration::from_millis(300)).await;

    let files = alone + created + edited;
    let all = traffic + files + mails + quiet;
    fits("traffic", traffic, all, 0.45);
    fits("files", files, all, 0.45);
    fits("mail", mails, all, 0.10);
    fits("left alone", alone, files, 0.10);
    fits("edited", edited, files, 0.30);
    fits("created", created, files, 0.60);

    // One action, one row, one message, one write.
    let events = repo.recent_events(10_000).await.unwrap();
    let mail_host = DeckyId::new(format!("local:{}", fleet.deckies()[2]));
    let sent = repo.recent_emails(&mail_host, 10_000).await.unwrap();
    assert_eq!(events.len(), traffic + created + edited);
    assert_eq!(sent.len(), mails);
    assert_eq!(messages, events.len() + sent.len());
    assert!(repo.pending().await.unwrap().is_empty());
    let rows = repo.all_files().await.unwrap();
    assert_eq!(rows.len(), created);
    assert_eq!(rows.iter().map(|row| usize::try_from(row.edit_count).unwrap()).sum::<usize>(), edited);
    let after = lying(&fleet);
    for (decky, now) in &after {
        let ours: BTreeSet<String> =
            rows.iter().filter(|r| r.decky.as_str() == format!("local:{decky}")).map(|r| r.path.clone()).collect();
        let strays: Vec<_> = now
            .iter()
            .filter(|p| !before[decky].contains(*p) && !ours.contains(*p) && !p.starts_with("/var/log/"))
            .collect();
        assert!(strays.is_empty(), "{decky}: {strays:?}");
        assert!(ours.iter().all(|path| now.contains(path)), "{decky}");
    }

    let system = rows.iter().filter(|row| row.class.category() == Category::System).count();
    fits("system", system, rows.len(), 0.30);

    are_sampled(&fleet, &rows, &times);
}

/// Every time on the disk is as the reference samples it: within office hours, half an hour to fourteen days and the
/// day of the snap back, and never about the moment of the plant.
fn are_sampled(fleet: &TestFleet, rows: &[SyntheticFile], times: &BTreeMap<(DeckyId, String), (Timestamp, Timestamp)>) {
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    for decky in fleet.deckies() {
        let id = DeckyId::new(format!("local:{decky}"));
        let paths: Vec<String> = rows.iter().filter(|r| r.decky == id).map(|r| r.path.clone()).collect();
        for (path, found) in paths.iter().zip(fleet.stat(&decky, &paths)) {
            let (acted, told) = times[&(id.clone(), path.clone())];
            let on_disk = found.unwrap().mtime;
            assert_eq!(on_disk, format!("{}.{:09}", told.as_second(), told.subsec_nanosecond()), "{decky}:{path}");
            let age = acted.duration_since(told);
            assert!(age >= SignedDuration::from_mins(30), "{decky}:{path} is {age} old");
            assert!(age <= SignedDuration::from_hours(24 * 15), "{decky}:{path} is {age} old");
            let hour = told.to_zoned(TimeZone::UTC).hour();
            assert!((9..18).contains(&hour), "{decky}:{path} was modified at {hour}");
            *days.entry(age.as_hours() / 24).or_default() += 1;
        }
    }
    // No day has them all: deploy day doesn't show.
    let most = days.values().max().unwrap();
    assert!(days.len() >= 8 && most * 2 < rows.len(), "{days:?}");
}
