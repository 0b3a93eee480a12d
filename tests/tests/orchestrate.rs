//! The main job on a real fleet: real containers, real `SQLite`, a real socket bus.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use decnet_bus::UnixBus;
use decnet_db::SqlRepo;
use decnet_domain::decky::DeckyId;
use decnet_domain::record::{Event, EventKind, Outcome, SyntheticFile, content_hash};
use decnet_ports::{EventBus, Events, Files, Journal, Mails, Subscription};
use decnet_tests::containers::docker_is_here;
use decnet_tests::fleet::TestFleet;
use decnet_tests::program::Program;
use serde_json::Value;

const PEOPLE: [&str; 5] = ["Sarah Connor", "Juan Perez", "Nina Müller", "Tom Berg", "Amy Bright"];

/// A program, a fleet it knows, and the bus.
struct Stand {
    program: Program,
    fleet: TestFleet,
    bus: Child,
}

impl Stand {
    fn up(name: &str) -> Self {
        let (program, fleet) = (Program::new(), TestFleet::up(name));
        program.people(&PEOPLE);
        for decky in fleet.deckies() {
            let services = if decky.ends_with("mail-01") { "ssh,imap" } else { "ssh" };
            program.ok(&["fleet", "add", &decky, "--services", services, "--ip", &fleet.address(&decky)]);
        }
        let bus = program.decnet(&["bus"]).stderr(Stdio::null()).spawn().unwrap();
        until("the bus is open", || program.socket().exists());
        Self { program, fleet, bus }
    }

    async fn repo(&self) -> SqlRepo {
        SqlRepo::open_sqlite(&self.program.database()).await.unwrap()
    }

    /// Compares what rows say with what lies in the containers; tells what doesn't agree.
    async fn disagreements(&self, events: &[Event]) -> Vec<String> {
        let repo = self.repo().await;
        let mut by_decky: BTreeMap<String, Vec<SyntheticFile>> = BTreeMap::new();
        for file in repo.all_files().await.unwrap() {
            by_decky.entry(file.decky.as_str().trim_start_matches("local:").to_owned()).or_default().push(file);
        }
        let mut wrong = Vec::new();
        for (decky, files) in by_decky {
            let paths: Vec<String> = files.iter().map(|f| f.path.clone()).collect();
            for (file, found) in files.iter().zip(self.fleet.stat(&decky, &paths)) {
                let Some(found) = found else {
                    wrong.push(format!("{decky}:{} has a row and no file", file.path));
                    continue;
                };
                if found.sha256 != file.content_hash {
                    wrong.push(format!("{decky}:{} is not what its row says", file.path));
                }
                // The row has microseconds; the event of the last write has every nanosecond.
                let event = events
                    .iter()
                    .filter(|e| e.outcome.is_success())
                    .find(|e| e.target == file.decky && e.payload.file().is_some_and(|f| f.path == file.path));
                // What was mended after a crash has no more than its row.
                let Some(details) = event.and_then(|e| e.payload.file()) else { continue };
                let (Some(mtime), Some(uid), Some(gid)) = (&details.mtime, details.uid, details.gid) else { continue };
                let mtime: jiff::Timestamp = mtime.parse().unwrap();
                let expected = format!("{}.{:09}", mtime.as_second(), mtime.subsec_nanosecond());
                if found.mtime != expected || decnet_domain::record::row_time(mtime) != file.last_modified {
                    wrong.push(format!("{decky}:{} was modified {}, not {expected}", file.path, found.mtime));
                }
                if found.owner != (uid, gid) {
                    wrong.push(format!("{decky}:{} belongs to {:?}", file.path, found.owner));
                }
                if Some(format!("{:0>4}", found.mode)) != details.mode {
                    wrong.push(format!("{decky}:{} has mode {}", file.path, found.mode));
                }
            }
        }
        wrong
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.bus.kill().unwrap();
        self.bus.wait().unwrap();
    }
}

/// The same for what has to be asked for.
async fn eventually(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !is_true().await {
        assert!(start.elapsed() < Duration::from_mins(2), "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits for something that will come true, with a limit.
fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_mins(1), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn drain(heard: &mut Box<dyn Subscription>, count: usize) -> Vec<Value> {
    let mut events = Vec::new();
    while events.len() < count {
        let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(10), heard.next()).await else { break };
        events.push(event.payload);
    }
    // One more would be one too many.
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(300), heard.next()).await {
        events.push(event.payload);
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_ticks_leave_what_the_rows_say() {
    if !docker_is_here() {
        return;
    }
    for driver in ["exec", "archive"] {
        let stand = Stand::up(driver);
        let listener = UnixBus::start(stand.program.socket(), "listener");
        let mut heard = listener.subscribe("orchestrator.>").await.unwrap();
        listener.flush().await;
        let before: BTreeMap<String, BTreeSet<String>> = stand
            .fleet
            .deckies()
            .into_iter()
            .map(|d| (d.clone(), stand.fleet.files(&d).into_iter().collect()))
            .collect();

        let run = ["orchestrate", "--ticks", "300", "--interval", "0", "--seed", "42", "--driver", driver];
        stand.program.ok(&run);
        let repo = stand.repo().await;
        let events = repo.recent_events(10_000).await.unwrap();
        assert_eq!(stand.disagreements(&events).await, [] as [String; 0], "{driver}");

        // Nothing lies there that no row tells of.
        let rows = repo.all_files().await.unwrap();
        for (decky, old) in &before {
            let known: BTreeSet<String> =
                rows.iter().filter(|f| f.decky.as_str() == format!("local:{decky}")).map(|f| f.path.clone()).collect();
            // sshd and cron of the decoy write their own logs meanwhile.
            let strays: Vec<String> = stand
                .fleet
                .files(decky)
                .into_iter()
                .filter(|p| !old.contains(p) && !known.contains(p) && !p.starts_with("/var/log/"))
                .collect();
            assert_eq!(strays, [] as [String; 0], "{driver} {decky}");
        }

        // Every traffic event has a banner; nothing failed.
        let traffic: Vec<_> = events.iter().filter(|e| e.what == EventKind::TcpConnect).collect();
        assert!(traffic.iter().all(|e| {
            e.payload.traffic().and_then(|t| t.banner.as_ref()).is_some_and(|b| b.starts_with("SSH-2.0-OpenSSH_9.2"))
        }));
        let failures: Vec<_> = events.iter().filter(|e| e.outcome == Outcome::Failure).collect();
        assert!(failures.is_empty(), "{driver}: {:?}", failures[0].payload);
        // 45, 45 and 10 in 100, and of the files a tenth is left alone.
        let files = events.len() - traffic.len();
        assert!((105..=170).contains(&traffic.len()) && (90..=155).contains(&files), "{} {files}", traffic.len());
        let decky = DeckyId::new(format!("local:{}", stand.fleet.deckies()[2]));
        let mails = repo.recent_emails(&decky, 1_000).await.unwrap();
        assert!((12..=55).contains(&mails.len()), "{}", mails.len());
        assert!(mails.iter().all(|m| m.outcome.is_success()), "{driver}: {:?}", mails[0].payload);
        assert!(repo.pending().await.unwrap().is_empty());

        // The subscriber heard each event once.
        let mut told = drain(&mut heard, events.len() + mails.len()).await;
        assert_eq!(told.len(), events.len() + mails.len(), "{driver}");
        told.retain(|payload| payload["kind"] != "email");
        let ids = |payloads: &mut dyn Iterator<Item = String>| payloads.collect::<BTreeSet<_>>();
        let heard_of = ids(&mut told.iter().map(|p| format!("{}{}", p["ts"], p["payload"])));
        assert_eq!(heard_of.len(), events.len(), "none twice");

        // A second run goes on with what the first one planted.
        let second = ["orchestrate", "--ticks", "120", "--interval", "0", "--seed", "43", "--driver", driver];
        stand.program.ok(&second);
        let first: BTreeMap<_, _> = rows.iter().map(|f| (f.id, f)).collect();
        let now = repo.all_files().await.unwrap();
        let edited = now.iter().filter(|f| first.get(&f.id).is_some_and(|was| was.edit_count < f.edit_count));
        assert!(edited.count() > 3, "{driver}");
        let events = repo.recent_events(10_000).await.unwrap();
        assert_eq!(stand.disagreements(&events).await, [] as [String; 0], "{driver}, second run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_mid_run_leaves_nothing_that_a_restart_does_not_mend() {
    if !docker_is_here() {
        return;
    }
    let stand = Stand::up("kill");
    let repo = stand.repo().await;
    let before: BTreeMap<String, BTreeSet<String>> =
        stand.fleet.deckies().into_iter().map(|d| (d.clone(), stand.fleet.files(&d).into_iter().collect())).collect();
    for (round, driver) in ["exec", "exec", "exec-api", "archive"].into_iter().enumerate() {
        let seed = (100 + round).to_string();
        let args = ["orchestrate", "--ticks", "5000", "--interval", "0", "--seed", &seed, "--driver", driver];
        let mut worker = stand.program.decnet(&args).stderr(Stdio::null()).spawn().unwrap();
        // In the middle of a plant: its note is there, and its row is not.
        let wanted = 10 + 15 * round;
        eventually("an action is under way", async || {
            repo.recent_events(1_000).await.unwrap().len() >= wanted && !repo.pending().await.unwrap().is_empty()
        })
        .await;
        worker.kill().unwrap();
        worker.wait().unwrap();
        // What was under way in the decoys comes to its end without us.
        for decky in stand.fleet.deckies() {
            until("the decoy is quiet", || stand.fleet.sh(&decky, "pgrep -x sh || true").trim().is_empty());
        }
        stand.program.ok(&["orchestrate", "--once", "--interval", "0", "--seed", "9", "--driver", driver]);
        // A note may outlive the restart while its file could still come; the files say that none has.
        let events = repo.recent_events(10_000).await.unwrap();
        assert_eq!(stand.disagreements(&events).await, [] as [String; 0], "{driver}");
        let rows = repo.all_files().await.unwrap();
        for (decky, old) in &before {
            let known: BTreeSet<&str> =
                rows.iter().filter(|f| f.decky.as_str() == format!("local:{decky}")).map(|f| f.path.as_str()).collect();
            let strays: Vec<String> = stand
                .fleet
                .files(decky)
                .into_iter()
                .filter(|p| !old.contains(p) && !known.contains(p.as_str()) && !p.starts_with("/var/log/"))
                .collect();
            assert_eq!(strays, [] as [String; 0], "{driver} {decky}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_by_signal_or_bus_ends_the_worker_with_everything_in_order() {
    if !docker_is_here() {
        return;
    }
    let stand = Stand::up("stop");
    let bus = UnixBus::start(stand.program.socket(), "admin");
    let mut health = bus.subscribe("system.orchestrator.health").await.unwrap();
    bus.flush().await;
    for by in ["TERM", "INT", "bus"] {
        let mut worker = stand
            .program
            .decnet(&["orchestrate", "--interval", "0", "--driver", "exec"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::timeout(Duration::from_secs(20), health.next()).await.unwrap().unwrap();
        if by == "bus" {
            let order = serde_json::json!({"action": "stop", "requested_by": "ann"});
            bus.publish("system.orchestrator.control", "control", &order);
        } else {
            let pid = worker.id().to_string();
            assert!(std::process::Command::new("kill").args([&format!("-{by}"), &pid]).status().unwrap().success());
        }
        let mut status = None;
        until("the worker has stopped", || {
            status = worker.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.is_some_and(|s| s.success()), "{by}: {status:?}");
    }
    let repo = stand.repo().await;
    stand.program.ok(&["orchestrate", "--once", "--interval", "0"]);
    let events = repo.recent_events(10_000).await.unwrap();
    assert_eq!(stand.disagreements(&events).await, [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_stealth_all_times_agree_and_logins_are_real() {
    if !docker_is_here() {
        return;
    }
    let stand = Stand::up("stealth");
    let run = ["orchestrate", "--profile", "stealth", "--ticks", "90", "--interval", "0", "--seed", "11"];
    stand.program.ok(&run);
    let repo = stand.repo().await;
    let events = repo.recent_events(10_000).await.unwrap();
    assert_eq!(stand.disagreements(&events).await, [] as [String; 0]);
    let failures: Vec<_> = events.iter().filter(|e| e.outcome == Outcome::Failure).collect();
    assert!(failures.is_empty(), "{:?}", failures.first().map(|e| &e.payload));

    // Every file of a person's has the moment of its writing in all of its times.
    for decky in stand.fleet.deckies() {
        let times = stand.fleet.sh(&decky, "find /home -type f ! -path '*/.*' -printf '%T@ %C@ %u %p\\n'");
        for line in times.lines() {
            let mut words = line.splitn(4, ' ');
            let mut time = || words.next().unwrap().parse::<f64>().unwrap();
            let (mtime, ctime) = (time(), time());
            // A busy machine may take a while between the clock and the disk.
            assert!((0.0..8.0).contains(&(ctime - mtime)), "{decky}: {line}");
            let (owner, path) = (words.next().unwrap(), words.next().unwrap());
            assert!(path.starts_with(&format!("/home/{owner}/")), "{decky}: {line}");
        }
    }

    // A login is in the target's own log, from the source's own address, and both remember it.
    let traffic: Vec<_> = events.iter().filter(|e| e.what == EventKind::TcpConnect).collect();
    assert!(traffic.len() > 20, "{}", traffic.len());
    for event in traffic.iter().take(5) {
        let details = event.payload.traffic().unwrap();
        let (login, from, to) = (details.login.as_deref().unwrap(), &details.src_decky, &details.dst_decky);
        let log = stand.fleet.sh(to, "cat /var/log/auth.log");
        assert!(log.contains(&format!("Accepted publickey for {login} from {}", stand.fleet.address(from))), "{log}");
        let kept = stand.fleet.sh(from, &format!("stat -c '%a %U' ~{login}/.ssh ~{login}/.ssh/known_hosts"));
        assert_eq!(kept, format!("700 {login}\n600 {login}\n"));
        assert!(stand.fleet.sh(from, &format!("cat ~{login}/.bash_history")).contains(&details.dst_ip));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intruders_hand_is_told_of_once_and_kept_as_it_is() {
    if !docker_is_here() {
        return;
    }
    let stand = Stand::up("tamper");
    let run = |seed: &str, ticks: &str| {
        stand.program.ok(&["orchestrate", "--ticks", ticks, "--interval", "0", "--seed", seed, "--driver", "archive"]);
    };
    run("21", "160");
    let repo = stand.repo().await;
    for file in repo.all_files().await.unwrap().iter().filter(|f| f.path.starts_with("/home/")) {
        let decky = file.decky.as_str().trim_start_matches("local:");
        stand.fleet.sh(decky, &format!("echo pwned >> '{}'", file.path));
    }
    let bus = UnixBus::start(stand.program.socket(), "defender");
    let mut told = bus.subscribe("orchestrator.tampered.*").await.unwrap();
    bus.flush().await;
    run("22", "150");
    run("23", "150");
    let events = repo.recent_events(10_000).await.unwrap();
    let tampered: Vec<_> = events.iter().filter(|e| e.what == EventKind::FileTampered).collect();
    assert!(tampered.len() > 3, "{}", tampered.len());
    let paths: BTreeSet<_> = tampered.iter().map(|e| (&e.target, &e.payload.file().unwrap().path)).collect();
    assert_eq!(paths.len(), tampered.len(), "each once, over two runs");
    assert_eq!(drain(&mut told, tampered.len()).await.len(), tampered.len());
    for event in tampered {
        let decky = event.target.as_str().trim_start_matches("local:");
        let path = &event.payload.file().unwrap().path;
        assert!(stand.fleet.sh(decky, &format!("cat '{path}'")).ends_with("pwned\n"), "{path} was written again");
    }
}

#[tokio::test]
async fn discovered_decoys_are_the_running_ones() {
    if !docker_is_here() {
        return;
    }
    let stand = Stand::up("find");
    let listed = stand.program.ok(&["fleet", "discover"]);
    for decky in stand.fleet.deckies() {
        let line = listed.lines().find(|line| line.starts_with(&decky)).unwrap();
        assert!(line.contains(&stand.fleet.address(&decky)) && line.contains("ssh"), "{line}");
        assert_eq!(line.contains("imap"), decky.ends_with("mail-01"), "{line}");
    }
}

#[test]
fn a_hash_is_what_sha256sum_prints() {
    assert_eq!(content_hash(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
