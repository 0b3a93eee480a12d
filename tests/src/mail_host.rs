//! A company's mail server: a real Dovecot in a container, and people who write to each other.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use decnet_domain::record::EmailRecord;
use decnet_engine::{Engine, Mode, Ports, Profile, Tick};
use decnet_ports::fake::FrozenClock;
use decnet_ports::{ActivityDriver, Clock, Repo};
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

use crate::containers::docker;
use crate::ports::in_memory;
use crate::samples::people;

/// Who works there.
pub const PEOPLE: [&str; 5] = ["Sarah Connor", "Juan Perez", "Nina Müller", "Tom Berg", "Amy Bright"];
/// Their logins.
pub const LOGINS: [&str; 5] = ["sarahconnor", "juanperez", "ninamueller", "tomberg", "amybright"];

/// The start of a working week.
pub fn monday() -> Zoned {
    date(2026, 11, 2).at(7, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap()
}

/// Everything an engine works with, over this store and this driver.
pub fn ports(clock: &FrozenClock, repo: Arc<dyn Repo>, driver: Arc<dyn ActivityDriver>) -> Ports {
    Ports { repo, driver, ..in_memory(clock.clone(), people(&PEOPLE)) }
}

/// Lets so many days pass under the human rhythm.
pub async fn live(ports: &Ports, profile: Profile, clock: &FrozenClock, days: i64) -> Vec<EmailRecord> {
    let mut engine = Engine::new(ports.clone(), Mode::Act, 5, Duration::from_mins(10), profile);
    let end = clock.now().timestamp() + SignedDuration::from_hours(24 * days);
    let mut mails = Vec::new();
    while clock.now().timestamp() < end {
        let now = clock.now();
        for tick in engine.due(&now).await.unwrap() {
            if let Tick::Mail(mail) = tick {
                mails.push(*mail);
            }
        }
        let step =
            engine.next_due().map_or(Duration::from_mins(10), |at| at.duration_since(now.timestamp()).unsigned_abs());
        clock.advance(step.clamp(Duration::from_nanos(1), Duration::from_mins(10)));
    }
    mails
}

/// A mail server of its own, removed when dropped.
pub struct MailHost(String);

impl MailHost {
    /// Starts one of this name, with an account for each of [`LOGINS`].
    pub fn start(name: &str) -> Self {
        let name = name.to_owned();
        let container = format!("{name}-imap");
        drop(docker(&["rm", "-f", &container]));
        let output =
            docker(&["run", "-d", "--name", &container, "--hostname", "mail-01", "decnet/decoy-mail:bookworm"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let host = Self(name);
        for login in LOGINS {
            host.sh(&format!("useradd -m -s /bin/bash {login} && echo {login}:secret-{login} | chpasswd"));
        }
        host
    }

    /// The name of its decky.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Runs a script in it that must work.
    pub fn sh(&self, script: &str) -> String {
        let output = docker(&["exec", &format!("{}-imap", self.0), "bash", "-c", script]);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its address.
    pub fn address(&self) -> String {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        String::from_utf8(docker(&["inspect", "-f", format, &format!("{}-imap", self.0)]).stdout)
            .unwrap()
            .trim()
            .to_owned()
    }

    /// What Python's imaplib and poplib find in everybody's mailboxes.
    pub fn read(&self) -> serde_json::Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/mailcheck.py");
        let users = LOGINS.map(|login| format!("{login}:secret-{login}"));
        let output = Command::new("python3").arg(script).arg(self.address()).args(users).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|e| {
            panic!("{e}: {}", &text[e.column().saturating_sub(900)..(e.column() + 100).min(text.len())])
        })
    }
}

impl Drop for MailHost {
    fn drop(&mut self) {
        drop(docker(&["rm", "-f", &format!("{}-imap", self.0)]));
    }
}
