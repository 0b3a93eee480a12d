//! A real fleet of three decoys, started by the script that operators use.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::containers::docker;

/// Three decoys of their own, removed when dropped.
pub struct TestFleet {
    prefix: String,
}

/// What lies at a path, read back through plain `docker exec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// SHA-256 in hex.
    pub sha256: String,
    /// Permission bits, in octal.
    pub mode: String,
    /// User and group id.
    pub owner: (u32, u32),
    /// Seconds, a point, nine digits.
    pub mtime: String,
}

impl TestFleet {
    /// Starts it.
    pub fn up(name: &str) -> Self {
        let fleet = Self { prefix: format!("{name}{}x", std::process::id()) };
        fleet.script("up");
        fleet
    }

    fn script(&self, verb: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/decoys/fleet");
        let output = Command::new(script).arg(verb).env("FLEET_PREFIX", &self.prefix).output().unwrap();
        assert!(output.status.success(), "fleet {verb}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The names of the three decoys.
    pub fn deckies(&self) -> [String; 3] {
        ["web-01", "db-01", "mail-01"].map(|name| format!("{}{name}", self.prefix))
    }

    /// The address of a decoy's ssh container.
    pub fn address(&self, decky: &str) -> String {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let output = docker(&["inspect", "-f", format, &format!("{decky}-ssh")]);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a script in a decoy's ssh container.
    pub fn sh(&self, decky: &str, script: &str) -> String {
        let output = docker(&["exec", &format!("{decky}-ssh"), "bash", "-c", script]);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What lies at each of the paths, in order; `None` where nothing does.
    pub fn stat(&self, decky: &str, paths: &[String]) -> Vec<Option<Found>> {
        const LOOK: &str = "while IFS= read -r p; do if [ -f \"$p\" ]; then \
            printf '%s %s\\n' \"$(sha256sum < \"$p\" | cut -d' ' -f1)\" \"$(stat -c '%a %u %g %.9Y' -- \"$p\")\"; \
            else echo; fi; done";
        let mut child = Command::new("docker")
            .args(["exec", "-i", &format!("{decky}-ssh"), "bash", "-c", LOOK])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let list = paths.join("\n") + "\n";
        let feeding = std::thread::spawn(move || stdin.write_all(list.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = text
            .lines()
            .map(|line| {
                let fields: Vec<&str> = line.split(' ').collect();
                let [sha256, mode, uid, gid, mtime] = fields[..] else { return None };
                Some(Found {
                    sha256: sha256.to_owned(),
                    mode: mode.to_owned(),
                    owner: (uid.parse().unwrap(), gid.parse().unwrap()),
                    mtime: mtime.to_owned(),
                })
            })
            .collect();
        assert_eq!(lines.len(), paths.len());
        lines
    }

    /// Every file in places that are written to.
    pub fn files(&self, decky: &str) -> Vec<String> {
        let found = self.sh(decky, "find /home /root /tmp /var/log -type f | sort");
        found.lines().map(str::to_owned).collect()
    }
}

impl Drop for TestFleet {
    fn drop(&mut self) {
        self.script("down");
    }
}
