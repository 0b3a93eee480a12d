//! `decnet orchestrate` as a process: starting in the background, one worker a database, stopping.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use decnet_bus::UnixBus;
use decnet_domain::topic::{CONTROL, HEALTH};
use decnet_ports::EventBus;
use decnet_tests::program::Program;
use serde_json::json;

/// Far longer than anything here takes on an idle machine.
const LIMIT: Duration = Duration::from_mins(1);

/// Waits for an event that somebody else brings about.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < LIMIT, "{what} never came");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

fn words(output: &Output) -> (String, String) {
    (String::from_utf8(output.stdout.clone()).unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// A worker in the foreground; ended with the test.
struct Worker(Child);

impl Worker {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Its exit code, once it has ended by itself.
    fn code(&mut self) -> Option<i32> {
        let mut status = None;
        until("the end of the worker", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn folder_worker(program: &Program, more: &[&str]) -> Command {
    let args = [&["orchestrate", "--driver", "folder", "--interval", "3600"], more].concat();
    std::fs::create_dir_all(program.folder().join("decoys")).unwrap();
    program.decnet(&args)
}

#[test]
fn a_daemon_detaches_and_lives_on() {
    let program = Program::new();
    let log = program.folder().join("worker.log");
    let mut command = folder_worker(&program, &["--daemon"]);
    let output = command.env("DECNET_SYSTEM_LOGS", &log).stdin(Stdio::null()).output().unwrap();
    let (said, _) = words(&output);
    assert!(output.status.success());
    let pid = said.split("process ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert!(said.contains(&format!("its log is {}", log.display())), "{said}");
    // It is up when the first process has ended.
    assert!(text(&log).contains("orchestrate starts"));
    // A session of its own, led by itself: field 6 of proc(5) stat.
    let stat = text(Path::new(&format!("/proc/{pid}/stat")));
    assert_eq!(stat.rsplit(") ").next().unwrap().split(' ').nth(3), Some(pid.as_str()));
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    until("the end of the daemon", || text(&log).contains("orchestrate has stopped"));
}

#[test]
fn a_daemon_that_can_not_start_says_why_and_with_which_code() {
    let program = Program::new();
    let wrong: [(&[&str], &str); 6] = [
        (&["--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (&["--llm-backend", "ollama", "--llm-timeout", "nan"], "--llm-timeout"),
        (&["--llm", "--llm-url", "not an address"], "not an address"),
        (&["--content-dir", "nowhere"], "nowhere"),
        (&["--db-url", "/proc/nowhere/x.db"], "/proc/nowhere"),
        (&["--system-logs", "/proc/nowhere/log"], "/proc/nowhere"),
    ];
    for (args, word) in wrong {
        let args = [&["--daemon"], args].concat();
        let output = folder_worker(&program, &args).output().unwrap();
        let (said, told) = words(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said} {told}");
        assert!(told.contains(word) && said.is_empty(), "{args:?}: {said} {told}");
    }
    let typo = folder_worker(&program, &["--daemon", "--speed", "9"]).output().unwrap();
    assert_eq!(typo.status.code(), Some(2));
}

#[test]
fn a_daemon_without_a_log_file_makes_one_and_names_it() {
    let program = Program::new();
    let output = folder_worker(&program, &["--daemon", "--ticks", "1"]).output().unwrap();
    let (said, told) = words(&output);
    assert!(output.status.success(), "{told}");
    let log = said.trim().rsplit("its log is ").next().unwrap();
    until("the end of the daemon", || text(Path::new(log)).contains("orchestrate has stopped"));
}

#[test]
fn the_second_worker_of_a_database_says_who_has_it_and_ends() {
    let program = Program::new();
    let log = program.folder().join("first.log");
    let first = Worker::start(folder_worker(&program, &[]).env("DECNET_SYSTEM_LOGS", &log));
    until("the first worker", || text(&log).contains("orchestrate starts"));
    for args in [&["--once"][..], &["--daemon"]] {
        let output = folder_worker(&program, args).output().unwrap();
        let (_, told) = words(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let who =
            format!("another worker has the database {}: process {} on ", program.database().display(), first.0.id());
        assert!(told.contains(&who) && told.contains("(decnet orchestrate)"), "{told}");
    }
    // A look is no act.
    assert!(folder_worker(&program, &["--once", "--dry-run"]).output().unwrap().status.success());
    // However the first one ends, the next one may.
    drop(first);
    let output = folder_worker(&program, &["--once"]).output().unwrap();
    assert!(output.status.success(), "{}", words(&output).1);
}

#[tokio::test]
async fn a_stop_at_the_first_heartbeat_ends_the_process() {
    let program = Program::new();
    let mut bus = Worker::start(&mut program.decnet(&["bus"]));
    until("the bus", || program.socket().exists());
    let client = UnixBus::start(program.socket(), "test");
    let mut heartbeats = client.subscribe(HEALTH).await.unwrap();
    client.flush().await;
    let mut worker = Worker::start(&mut folder_worker(&program, &[]));
    let heartbeat = tokio::time::timeout(LIMIT, heartbeats.next()).await.unwrap().unwrap().payload;
    client.publish(CONTROL, "control", &json!({"action": "stop", "requested_by": "ann"}));
    // What the reference's reader does: float(payload["ts"]).
    assert!(heartbeat["ts"].as_f64().is_some_and(|ts| ts > 1.7e9), "{heartbeat}");
    assert_eq!(tokio::task::spawn_blocking(move || worker.code()).await.unwrap(), Some(0));
    assert!(Command::new("kill").arg(bus.0.id().to_string()).status().unwrap().success());
    assert_eq!(bus.code(), Some(0));
}
