//! Podman's socket, which unpacks archives as root's: homes and files keep their owners all the same.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use decnet_db::SqlRepo;
use decnet_ports::{Events, Files};
use decnet_tests::containers::{BUSYBOX, docker, docker_is_here};
use decnet_tests::program::Program;

/// Podman with a store and a socket of its own, and one container; removed when dropped.
struct Podman {
    folder: tempfile::TempDir,
    service: Child,
}

impl Podman {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image.tar");
        assert!(docker(&["save", BUSYBOX, "-o", image.to_str().unwrap()]).status.success());
        let socket = format!("unix://{}", folder.path().join("podman.sock").display());
        let service = command(folder.path())
            .args(["system", "service", "--time", "0", &socket])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let podman = Self { folder, service };
        podman.ok(&["load", "-q", "-i", image.to_str().unwrap()]);
        let local = format!("localhost/{BUSYBOX}");
        // Limits that a machine within a machine may not raise.
        let limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
        let run =
            [&["run", "-d", "--name", "web-01-ssh", "--network", "none"][..], &limits, &[&local, "sleep", "3600"]];
        podman.ok(&run.concat());
        let started = Instant::now();
        while !podman.folder.path().join("podman.sock").exists() {
            assert!(started.elapsed() < Duration::from_mins(1), "Podman's socket never came");
            std::thread::sleep(Duration::from_millis(10));
        }
        podman
    }

    fn run(&self, args: &[&str]) -> Output {
        command(self.folder.path()).args(args).output().unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "podman {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn sh(&self, script: &str) -> String {
        self.ok(&["exec", "-u", "0", "web-01-ssh", "sh", "-c", script])
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("podman");
    command.arg("--root").arg(folder.join("store")).arg("--runroot").arg(folder.join("run"));
    command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--runtime", "runc"]);
    command
}

impl Drop for Podman {
    fn drop(&mut self) {
        drop(self.run(&["rm", "-f", "-t", "0", "web-01-ssh"]));
        drop(self.service.kill());
        drop(self.service.wait());
    }
}

#[tokio::test]
async fn under_podman_homes_and_files_keep_their_owners() {
    if !docker_is_here() {
        return;
    }
    let podman = Podman::start();
    let program = Program::new();
    program.people(&["Ilse Kranz"]);
    program.ok(&["fleet", "add", "web-01", "--services", "ssh", "--ip", "10.0.0.5"]);
    let homes = "stat -c '%u:%g %a %n' /home /home/ilsekranz";
    let before = podman.sh(homes);
    let output = program
        .decnet(&["orchestrate", "--driver", "archive", "--ticks", "40", "--interval", "0", "--seed", "3"])
        .env("DOCKER_HOST", format!("unix://{}", podman.folder.path().join("podman.sock").display()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("does not unpack files as they are").count(), 1, "{told}");
    assert_eq!(podman.sh(homes), before);

    let repo = SqlRepo::open_sqlite(&program.database()).await.unwrap();
    let rows = repo.all_files().await.unwrap();
    let (edited, mine): (Vec<_>, Vec<_>) =
        rows.iter().filter(|row| row.path.starts_with("/home/")).partition(|row| row.edit_count > 0);
    assert!(mine.len() > 2 && !edited.is_empty(), "{} {}", mine.len(), edited.len());
    for row in mine.iter().chain(&edited) {
        assert!(podman.sh(&format!("stat -c %u:%g '{}'", row.path)).starts_with("1000:1000"), "{}", row.path);
    }
    let strange = podman.sh("find /home/ilsekranz ! -user 1000");
    assert_eq!(strange, "");
    let files = repo.recent_events(1_000).await.unwrap();
    assert!(files.iter().filter(|event| event.payload.file().is_some()).all(|event| event.outcome.is_success()));
}
