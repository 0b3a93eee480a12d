//! What is known of each decky, looked at before the first write and again when it changes; and who
//! is given a rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use decnet_domain::content::AdminCommand;
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::{HostFacts, INTERPRETERS, Init, Logging, PLACES, SUDO};
use decnet_domain::path::DeckyPath;
use decnet_ports::{DriverError, FileStat};
use jiff::{SignedDuration, Timestamp};

use crate::ports::Ports;

#[derive(Default)]
pub(crate) struct Facts {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: BTreeMap<String, Known>,
    resting: BTreeMap<String, Timestamp>,
    /// Who writes with another's account, and was told of: container and login.
    borrowing: BTreeSet<(String, String)>,
}

struct Known {
    facts: Arc<HostFacts>,
    /// When everything was read.
    read: Timestamp,
    /// When it was last asked whether anything had changed.
    asked: Timestamp,
    /// What the files looked like then.
    stat: Vec<Option<FileStat>>,
}

/// Whether anything changed is asked so often.
const ASK: SignedDuration = SignedDuration::from_mins(5);
/// All is read again after so long, changed or not.
const AGE: SignedDuration = SignedDuration::from_hours(6);
/// A decky that doesn't answer is left in peace for a while: each try may cost eight seconds.
const REST: SignedDuration = SignedDuration::from_mins(3);
/// The largest file of the system's that is read.
const LARGEST: usize = 256 * 1024;

/// What the facts are read from. A change of any of them is a reason to read all again.
const SOURCES: [&str; 9] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/hostname",
    "/etc/rsyslog.conf",
    "/etc/timezone",
    "/etc/os-release",
    "/etc/logrotate.d/rsyslog",
    "/etc/crontab",
    "/etc/ssh/ssh_host_ed25519_key.pub",
];
/// What Dovecot is told, in the order it reads it.
const DOVECOT: [&str; 2] = ["/etc/dovecot/conf.d/10-mail.conf", "/etc/dovecot/local.conf"];
/// Debian's os-release is a link to this.
const OS_RELEASE: &str = "/usr/lib/os-release";
/// Crontabs of packages that nearly every Debian has.
const CRONTABS: [&str; 3] = ["/etc/cron.d/e2scrub_all", "/etc/cron.d/anacron", "/etc/cron.d/sysstat"];
const SYSTEMD: &str = "/lib/systemd/systemd";
/// What was made when the host was, and hardly ever touched since; the first that is there counts.
const BIRTH_MARKS: [&str; 3] =
    ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key", "/var/log/installer/status"];

impl Facts {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it was not asked before for this person on this decky.
    pub(crate) fn is_first_borrowing(&self, container: &ContainerRef, login: &str) -> bool {
        self.with(|s| s.borrowing.insert((container.name().to_owned(), login.to_owned())))
    }

    /// What is known already, however old.
    pub(crate) fn known(&self, container: &ContainerRef) -> Option<Arc<HostFacts>> {
        self.with(|s| s.known.get(container.name()).map(|k| k.facts.clone()))
    }

    /// What is known of a decky; `None` while it rests or when it can't be looked at.
    pub(crate) async fn of(&self, ports: &Ports, container: &ContainerRef, now: Timestamp) -> Option<Arc<HostFacts>> {
        if self.is_resting(container, now) {
            return None;
        }
        let known = self.with(|s| {
            let known = s.known.get(container.name())?;
            let is_fresh = now.duration_since(known.asked) < ASK;
            let may_stay = now.duration_since(known.read) < AGE;
            Some((known.facts.clone(), is_fresh, may_stay, known.stat.clone()))
        });
        if let Some((facts, true, ..)) = known {
            return Some(facts);
        }
        let file_stat = match stat(ports, container).await {
            Ok(file_stat) => file_stat,
            Err(error) => {
                self.record_failure(container, &error, now);
                return None;
            }
        };
        if let Some((facts, _, true, before)) = known
            && before == file_stat
        {
            self.with(|s| s.known.get_mut(container.name()).map(|k| k.asked = now));
            return Some(facts);
        }
        match read(ports, container, &file_stat).await {
            Ok(facts) => {
                let facts = Arc::new(facts);
                let known = Known { facts: facts.clone(), read: now, asked: now, stat: file_stat };
                self.with(|s| s.known.insert(container.name().to_owned(), known));
                Some(facts)
            }
            Err(error) => {
                self.record_failure(container, &error, now);
                None
            }
        }
    }

    pub(crate) fn is_resting(&self, container: &ContainerRef, now: Timestamp) -> bool {
        self.with(|s| s.resting.get(container.name()).is_some_and(|until| now < *until))
    }

    /// What was known is no longer so: accounts were made.
    pub(crate) fn forget(&self, container: &ContainerRef) {
        self.with(|s| s.known.remove(container.name()));
    }

    /// A decky that can't be reached rests; what was known of it is forgotten, for it may come back as another.
    pub(crate) fn record_failure(&self, container: &ContainerRef, error: &DriverError, now: Timestamp) {
        tracing::warn!(decky = %container.decky, error = %error, "the decky can't be acted on");
        if matches!(error, DriverError::Unavailable { .. } | DriverError::Timeout { .. }) {
            self.with(|s| {
                s.known.remove(container.name());
                s.resting.retain(|_, until| now < *until);
                s.resting.insert(container.name().to_owned(), now + REST);
            });
        }
    }
}

/// Everything that is looked at, in a fixed order.
fn looked_at(ports: &Ports) -> impl Iterator<Item = &str> {
    SOURCES
        .into_iter()
        .chain(PLACES)
        .chain(INTERPRETERS)
        .chain([SYSTEMD, OS_RELEASE])
        .chain(CRONTABS)
        .chain(BIRTH_MARKS)
        .chain([SUDO])
        .chain(DOVECOT)
        .chain(programs(ports))
}

/// What admins run, where it is there; each once.
fn programs(ports: &Ports) -> BTreeSet<&str> {
    ports.content.system().admin().iter().map(AdminCommand::program).collect()
}

async fn stat(ports: &Ports, container: &ContainerRef) -> Result<Vec<Option<FileStat>>, DriverError> {
    let paths: Vec<DeckyPath> = looked_at(ports).filter_map(|path| DeckyPath::new(path).ok()).collect();
    ports.driver.stat(container, &paths).await
}

async fn read(
    ports: &Ports,
    container: &ContainerRef,
    file_stat: &[Option<FileStat>],
) -> Result<HostFacts, DriverError> {
    let found: BTreeMap<&str, &FileStat> =
        looked_at(ports).zip(file_stat).filter_map(|(path, found)| Some((path, found.as_ref()?))).collect();
    let read = async |path: &str| {
        let Ok(path) = DeckyPath::new(path) else { return Ok(String::new()) };
        if !found.contains_key(path.as_str()) {
            return Ok(String::new());
        }
        match ports.driver.read_file(container, &path, LARGEST).await {
            Ok(file) => Ok(file.map(|f| String::from_utf8_lossy(&f.bytes).into_owned()).unwrap_or_default()),
            // A link, a pipe or a monster where a small file should be tells nothing, and stops nothing.
            Err(DriverError::Refused { .. }) => Ok(String::new()),
            Err(error) => Err(error),
        }
    };
    let os = match read("/etc/os-release").await? {
        text if text.is_empty() => read(OS_RELEASE).await?,
        text => text,
    };
    let mut facts = HostFacts::parse(&read("/etc/passwd").await?, &read("/etc/group").await?)
        .with_hostname(&read("/etc/hostname").await?)
        .with_os_release(&os)
        .with_rsyslog(&read("/etc/rsyslog.conf").await?)
        .with_host_key(&read("/etc/ssh/ssh_host_ed25519_key.pub").await?)
        .with_crontab(&read("/etc/crontab").await?)
        .with_there(programs(ports), |path| found.contains_key(path));
    for file in DOVECOT {
        facts = facts.with_dovecot(&read(file).await?);
    }
    for crontab in CRONTABS {
        facts = facts.with_crontab(&read(crontab).await?);
    }
    if found.contains_key("/etc/rsyslog.conf") {
        // Whether it can be read or not.
        facts.logging = Logging::OwnDaemon;
    }
    facts.rotation = facts.rotation.parse_logrotate(&read("/etc/logrotate.d/rsyslog").await?);
    // A host that is a folder has no init to look for.
    facts.init = if found.contains_key(SYSTEMD) || facts.cron.is_none() { Init::Systemd } else { Init::Other };
    facts.zone = ports.clock.zone(read("/etc/timezone").await?.trim());
    facts.born = BIRTH_MARKS.iter().find_map(|path| found.get(path).map(|l| l.mtime));
    Ok(facts)
}
