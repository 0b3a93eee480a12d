//! Looking at a host: which files are read, and what they make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use decnet_domain::content::{AdminCommand, Content};
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::{
    DovecotConfig, Family, HostFacts, INTERPRETERS, Init, LOGS, LogSigns, Logging, MailStorage, PLACES, RotationRule,
    SUDO, ZoneSigns, include_of, is_match,
};
use decnet_domain::path::DeckyPath;
use decnet_ports::{ActivityDriver, Clock, ContainerInfo, DriverError, FileKind, FileStat, Refusal};

/// What a host is looked at with.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Reading its files.
    pub driver: &'a dyn ActivityDriver,
    /// Looking zones up.
    pub clock: &'a dyn Clock,
    /// What admins run, where it is there.
    pub content: &'a Content,
}

/// What was seen of a host.
pub struct Seen {
    /// What that makes of it.
    pub facts: HostFacts,
    /// Its container, from outside.
    pub container: ContainerInfo,
    /// What a change of would make all of that stale, as it was just before it was read.
    pub(crate) watched: Watched,
}

/// Things on a host, and what they looked like.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    paths: Vec<DeckyPath>,
    stat: Vec<Option<FileStat>>,
}

/// The largest small file of the system's that is read.
const LARGEST: usize = 256 * 1024;
/// The largest passwd or group: a hundred thousand accounts fit.
const LARGEST_PASSWD: usize = 8 << 20;
/// Files of a mail server's configuration that are read.
const MOST_INCLUDED: usize = 64;
/// Lines that take in others that are followed: each costs a call.
const MOST_LOOKUPS: usize = 100;
/// Notes of one host: what somebody writes there must not fill the memory here.
const MOST_NOTES: usize = 60;
/// Looking at a host takes at most so long, however many of its calls end just within their own limit.
const LOOK_LIMIT: Duration = Duration::from_secs(90);
/// Includes within includes.
const DEEPEST_INCLUDE: usize = 6;
/// Files of `/etc/cron.d` that are read.
const MOST_CRONTABS: usize = 20;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
const HOSTNAME: &str = "/etc/hostname";
const RSYSLOG: &str = "/etc/rsyslog.conf";
const SYSLOG_NG: &str = "/etc/syslog-ng/syslog-ng.conf";
const TIMEZONE: &str = "/etc/timezone";
const LOCALTIME: &str = "/etc/localtime";
const OS_RELEASE: &str = "/etc/os-release";
/// What the one above is a link to, mostly.
const USR_OS_RELEASE: &str = "/usr/lib/os-release";
const LOGROTATE: &str = "/etc/logrotate.conf";
const LOGROTATE_RSYSLOG: &str = "/etc/logrotate.d/rsyslog";
const CRONTAB: &str = "/etc/crontab";
const CRON_D: &str = "/etc/cron.d";
const CRON_DAEMONS: [&str; 2] = ["/usr/sbin/cron", "/usr/sbin/crond"];
const HOST_KEY: &str = "/etc/ssh/ssh_host_ed25519_key.pub";
const DOVECOT: &str = "/etc/dovecot/dovecot.conf";
const DOVECOT_LOCAL: &str = "/etc/dovecot/local.conf";
const DOVECOT_D: &str = "/etc/dovecot/conf.d";
const SYSTEMD: [&str; 2] = ["/lib/systemd/systemd", "/usr/lib/systemd/systemd"];
const JOURNAL: &str = "/var/log/journal";
const BUSYBOX: &str = "/bin/busybox";
/// Busybox's shell.
const ASH: &str = "/bin/ash";
/// What a distribution leaves that has no os-release(5).
const RELEASES: [(&str, Family); 4] = [
    ("/etc/debian_version", Family::Debian),
    ("/var/lib/dpkg/status", Family::Debian),
    ("/etc/redhat-release", Family::RedHat),
    ("/etc/alpine-release", Family::Busybox),
];
/// What was made when the host was, and hardly ever touched since; the first that is there counts.
const BIRTH_MARKS: [&str; 3] =
    ["/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_rsa_key", "/var/log/installer/status"];
const MESSAGES: &str = "/var/log/messages";

/// Everything that is looked at on every host; [`PLACES`], which change all the time, only for what they are.
fn looked_at(content: &Content) -> impl Iterator<Item = &str> {
    [
        PASSWD,
        GROUP,
        HOSTNAME,
        RSYSLOG,
        SYSLOG_NG,
        TIMEZONE,
        LOCALTIME,
        OS_RELEASE,
        USR_OS_RELEASE,
        LOGROTATE,
        LOGROTATE_RSYSLOG,
        CRONTAB,
        CRON_D,
        HOST_KEY,
        DOVECOT,
        DOVECOT_LOCAL,
        DOVECOT_D,
        JOURNAL,
        BUSYBOX,
        SUDO,
        ASH,
    ]
    .into_iter()
    .chain(CRON_DAEMONS)
    .chain(SYSTEMD)
    .chain(RELEASES.map(|(path, _)| path))
    .chain(BIRTH_MARKS)
    .chain(INTERPRETERS)
    .chain(PLACES)
    .chain(programs(content))
}

/// What admins run; each once.
fn programs(content: &Content) -> BTreeSet<&str> {
    content.system().admin().iter().map(AdminCommand::program).collect()
}

impl Sight<'_> {
    /// Looks at everything.
    ///
    /// # Errors
    /// Where the container can't be looked at. A single file that can't be read is a note in the facts instead.
    pub async fn look(self, container: &ContainerRef) -> Result<Seen, DriverError> {
        match tokio::time::timeout(LOOK_LIMIT, self.look_at_all(container)).await {
            Ok(seen) => seen,
            Err(_) => {
                Err(DriverError::Timeout { container: container.name().to_owned(), seconds: LOOK_LIMIT.as_secs() })
            }
        }
    }

    async fn look_at_all(self, container: &ContainerRef) -> Result<Seen, DriverError> {
        let paths = looked_at(self.content).filter_map(|path| DeckyPath::new(path).ok()).collect();
        let mut watched = self.stat(container, paths).await?;
        let info = self.driver.inspect(container).await?;
        let found = watched.found();
        let mut reading =
            Reading { sight: self, container, found, included: Vec::new(), notes: Vec::new(), lookups: 0 };
        let mut facts = reading.facts(&info).await?;
        let Reading { included, notes, .. } = reading;
        for note in notes {
            facts.note(note);
        }
        if !included.is_empty() {
            let more = self.stat(container, included).await?;
            watched.paths.extend(more.paths);
            watched.stat.extend(more.stat);
        }
        Ok(Seen { facts, container: info, watched })
    }

    /// What the same things look like now.
    pub(crate) async fn look_again(self, container: &ContainerRef, watched: &Watched) -> Result<Watched, DriverError> {
        self.stat(container, watched.paths.clone()).await
    }

    async fn stat(self, container: &ContainerRef, paths: Vec<DeckyPath>) -> Result<Watched, DriverError> {
        let mut stat = self.driver.stat(container, &paths).await?;
        // A folder that people write in is another one each minute.
        for (path, found) in paths.iter().zip(&mut stat) {
            if let Some(found) = found
                && PLACES.contains(&path.as_str())
            {
                found.mtime = jiff::Timestamp::UNIX_EPOCH;
            }
        }
        Ok(Watched { paths, stat })
    }
}

impl Watched {
    fn found(&self) -> BTreeMap<String, FileStat> {
        let both = self.paths.iter().zip(&self.stat);
        both.filter_map(|(path, found)| Some((path.to_string(), (*found)?))).collect()
    }
}

/// One look at one host.
struct Reading<'a> {
    sight: Sight<'a>,
    container: &'a ContainerRef,
    found: BTreeMap<String, FileStat>,
    /// Files that other files named.
    included: Vec<DeckyPath>,
    /// What was passed over, and why.
    notes: Vec<String>,
    /// Lines that take in other files that were followed.
    lookups: usize,
}

impl Reading<'_> {
    fn has(&self, path: &str) -> bool {
        self.found.contains_key(path)
    }

    /// A file of the system's; nothing where there is none, and where it can't be read, which is noted.
    async fn bytes(&mut self, path: &str, limit: usize) -> Result<Vec<u8>, DriverError> {
        let Ok(path) = DeckyPath::new(path) else { return Ok(Vec::new()) };
        match self.sight.driver.read_file(self.container, &path, limit).await {
            Ok(file) => Ok(file.map(|f| f.bytes).unwrap_or_default()),
            // A link, a pipe or something huge where a small file should be tells nothing, and stops nothing.
            Err(DriverError::Refused { reason, .. }) => {
                let size = if reason == Refusal::TooLarge { format!(" of {limit} bytes") } else { String::new() };
                self.note(format!("{path} is not read: {reason}{size}"));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// The text of a file that is there.
    async fn text(&mut self, path: &str, limit: usize) -> Result<String, DriverError> {
        if !self.has(path) {
            return Ok(String::new());
        }
        Ok(String::from_utf8_lossy(&self.bytes(path, limit).await?).into_owned())
    }

    async fn facts(&mut self, info: &ContainerInfo) -> Result<HostFacts, DriverError> {
        let passwd = self.text(PASSWD, LARGEST_PASSWD).await?;
        let group = self.text(GROUP, LARGEST_PASSWD).await?;
        let is_link = self.found.get(OS_RELEASE).is_some_and(|found| found.kind == FileKind::Other);
        let is_elsewhere = !self.has(OS_RELEASE) || (is_link && self.has(USR_OS_RELEASE));
        let os = self.text(if is_elsewhere { USR_OS_RELEASE } else { OS_RELEASE }, LARGEST).await?;
        let mut facts = HostFacts::parse(&passwd, &group)
            .with_hostname(&self.text(HOSTNAME, LARGEST).await?)
            .with_os_release(&os)
            .with_rsyslog(&self.text(RSYSLOG, LARGEST).await?)
            .with_host_key(&self.text(HOST_KEY, LARGEST).await?)
            .with_there(programs(self.sight.content).into_iter().chain([ASH]), |path| self.has(path));
        if facts.os.family == Family::Unknown
            && let Some((_, family)) = RELEASES.iter().find(|(path, _)| self.has(path))
        {
            facts.os.family = *family;
        }
        let is_system = info.image.is_some()
            || facts.os.family != Family::Unknown
            || INTERPRETERS.iter().chain([&BUSYBOX]).any(|path| self.has(path));
        let facts = self.with_cron(facts, is_system).await?;
        let mut facts = self.with_logs(facts, is_system).await?;
        facts.zone = self.zone(info, is_system).await?;
        facts.mail = self.mail().await?;
        facts.born = BIRTH_MARKS.iter().find_map(|path| self.found.get(*path).map(|found| found.mtime));
        let mut owners = BTreeMap::new();
        for account in facts.unproven() {
            let found = self.sight.driver.details(self.container, &account.home).await?;
            let owner = found.filter(|found| found.kind == FileKind::Folder).and_then(|found| found.owner);
            owners.insert(account.home.clone(), owner);
        }
        facts.prove_homes(|home| owners.get(home).copied().flatten());
        if facts.accounts().is_empty() && self.has(PASSWD) {
            facts.note("no account of /etc/passwd can be used, so nobody acts there".to_owned());
        }
        Ok(facts)
    }

    /// What cron runs. A host whose files can be seen and that has no cron has none; of a folder that nobody has
    /// furnished nothing is known.
    async fn with_cron(&mut self, mut facts: HostFacts, is_system: bool) -> Result<HostFacts, DriverError> {
        if is_system {
            facts.cron = Some(Vec::new());
        }
        let has_cron = self.has(CRONTAB) || CRON_DAEMONS.iter().any(|path| self.has(path));
        if !has_cron {
            return Ok(facts);
        }
        facts = facts.with_crontab(CRONTAB, &self.text(CRONTAB, LARGEST).await?);
        let mut names = if self.has(CRON_D) { self.list(CRON_D).await? } else { Vec::new() };
        // cron(8) reads no names with a dot in them: those are what packages leave behind.
        names.retain(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        for name in names.into_iter().take(MOST_CRONTABS) {
            let path = format!("{CRON_D}/{name}");
            let text = String::from_utf8_lossy(&self.bytes(&path, LARGEST).await?).into_owned();
            facts = facts.with_crontab(&path, &text);
            self.included.extend(DeckyPath::new(path));
        }
        Ok(facts)
    }

    /// Who writes the logs, and how they look.
    async fn with_logs(&mut self, mut facts: HostFacts, is_system: bool) -> Result<HostFacts, DriverError> {
        let paths: Vec<DeckyPath> = LOGS.iter().filter_map(|path| DeckyPath::new(*path).ok()).collect();
        let there = self.sight.driver.stat(self.container, &paths).await?;
        facts.logs = paths.iter().zip(there).filter_map(|(path, found)| found.map(|_| path.to_string())).collect();
        let has_systemd = SYSTEMD.iter().any(|path| self.has(path));
        // rsyslogd(8) writes whether its configuration can be read or not.
        let daemon = match (self.has(RSYSLOG), self.has(SYSLOG_NG), has_systemd || self.has(JOURNAL)) {
            (true, ..) => Some(Logging::Rsyslog),
            (_, true, _) => Some(Logging::SyslogNg),
            (.., true) => Some(Logging::Journald),
            _ => None,
        };
        let signs = LogSigns {
            family: facts.os.family,
            daemon,
            is_busybox: self.has(BUSYBOX),
            has_messages: facts.logs.iter().any(|path| path == MESSAGES),
            is_system,
        };
        let rotation = RotationRule::DEBIAN
            .parse_defaults(&self.text(LOGROTATE, LARGEST).await?)
            .parse_logrotate(&self.text(LOGROTATE_RSYSLOG, LARGEST).await?);
        facts = facts.with_logging(signs, rotation);
        facts.init = if has_systemd || !is_system { Init::Systemd } else { Init::Other };
        if let Some(log) = facts.logs.first().and_then(|path| DeckyPath::new(path.as_str()).ok()) {
            // One that is too large, or no file, is nothing to go by; that is no news.
            let read = match self.sight.driver.read_file(self.container, &log, LARGEST).await {
                Err(DriverError::Refused { .. }) => None,
                other => other?,
            };
            facts = facts.with_live_log(&String::from_utf8_lossy(&read.map(|f| f.bytes).unwrap_or_default()));
        }
        Ok(facts)
    }

    async fn zone(&mut self, info: &ContainerInfo, is_system: bool) -> Result<Option<jiff::tz::TimeZone>, DriverError> {
        let timezone = self.text(TIMEZONE, LARGEST).await?;
        let (mut link, mut localtime) = (None, Vec::new());
        if let (Some(found), Ok(path)) = (self.found.get(LOCALTIME), DeckyPath::new(LOCALTIME)) {
            if found.kind == FileKind::File {
                localtime = self.bytes(LOCALTIME, LARGEST).await?;
            } else {
                link = self.sight.driver.details(self.container, &path).await?.and_then(|found| found.target);
            }
        }
        let signs = ZoneSigns {
            variable: info.zone.as_deref(),
            link: link.as_deref(),
            localtime: (!localtime.is_empty()).then_some(localtime.as_slice()),
            timezone: (!timezone.is_empty()).then_some(timezone.as_str()),
            is_system,
        };
        Ok(signs.zone(|name| self.sight.clock.zone(name)))
    }

    /// Where the mail server keeps mail.
    async fn mail(&mut self) -> Result<MailStorage, DriverError> {
        let mut text = String::new();
        if self.has(DOVECOT) {
            text = self.with_includes(DeckyPath::new(DOVECOT).ok(), 0).await?;
        } else if self.has(DOVECOT_D) || self.has(DOVECOT_LOCAL) {
            // Debian's own dovecot.conf takes these in.
            for pattern in [&format!("{DOVECOT_D}/*.conf"), DOVECOT_LOCAL] {
                for path in self.matches("/etc/dovecot", pattern).await? {
                    text.push_str(&self.with_includes(Some(path), 1).await?);
                }
            }
        }
        if text.trim().is_empty() {
            return Ok(MailStorage::None);
        }
        let config = DovecotConfig::parse(&text);
        let users = match config.user_file().and_then(|path| DeckyPath::new(path).ok()) {
            Some(path) => {
                let found = self.sight.driver.stat(self.container, std::slice::from_ref(&path)).await?;
                self.included.push(path.clone());
                match found.first().copied().flatten() {
                    Some(_) => {
                        Some(String::from_utf8_lossy(&self.bytes(path.as_str(), LARGEST_PASSWD).await?).into_owned())
                    }
                    None => None,
                }
            }
            None => None,
        };
        Ok(config.storage(users.as_deref()))
    }

    /// The text of a file, with what it takes in put in its place.
    fn with_includes<'r>(
        &'r mut self,
        path: Option<DeckyPath>,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Result<String, DriverError>> + Send + 'r>> {
        Box::pin(async move {
            let Some(path) = path else { return Ok(String::new()) };
            if depth > DEEPEST_INCLUDE || self.included.len() >= MOST_INCLUDED {
                self.note(format!("{path} is not read: too many files take in others"));
                return Ok(String::new());
            }
            if depth > 0 {
                self.included.push(path.clone());
            }
            let text = String::from_utf8_lossy(&self.bytes(path.as_str(), LARGEST).await?).into_owned();
            let mut out = String::with_capacity(text.len());
            for line in text.lines() {
                let Some(include) = include_of(line) else {
                    out.push_str(line);
                    out.push('\n');
                    continue;
                };
                if self.lookups >= MOST_LOOKUPS {
                    self.note(format!(
                        "{path} takes in more than {MOST_LOOKUPS} files or patterns; the rest is not read"
                    ));
                    break;
                }
                self.lookups += 1;
                let files = self.matches(path.parent(), include.pattern).await?;
                if files.is_empty() && !include.is_optional && !include.pattern.contains(['*', '?']) {
                    self.note(format!("{path} takes in {}, which isn't there", include.pattern));
                }
                for file in files {
                    out.push_str(&self.with_includes(Some(file), depth + 1).await?);
                }
                if out.len() > 16 * LARGEST {
                    break;
                }
            }
            Ok(out)
        })
    }

    fn note(&mut self, text: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(text);
        }
    }

    /// The files a pattern stands for, in order.
    async fn matches(&mut self, folder: &str, pattern: &str) -> Result<Vec<DeckyPath>, DriverError> {
        let pattern = if pattern.starts_with('/') { pattern.to_owned() } else { format!("{folder}/{pattern}") };
        let Ok(path) = DeckyPath::new(pattern) else { return Ok(Vec::new()) };
        if !path.file_name().contains(['*', '?']) {
            let found = self.sight.driver.stat(self.container, std::slice::from_ref(&path)).await?;
            return Ok(if found.first().is_some_and(Option::is_some) { vec![path] } else { Vec::new() });
        }
        let mut names = self.list(path.parent()).await?;
        names.retain(|name| is_match(path.file_name(), name));
        Ok(names.iter().filter_map(|name| DeckyPath::new(format!("{}/{name}", path.parent())).ok()).collect())
    }

    /// The names in a folder, in order.
    async fn list(&mut self, folder: &str) -> Result<Vec<String>, DriverError> {
        let Ok(path) = DeckyPath::new(folder) else { return Ok(Vec::new()) };
        match self.sight.driver.list(self.container, &path).await {
            Ok(mut names) => {
                names.sort();
                Ok(names)
            }
            Err(DriverError::Refused { reason, .. }) => {
                self.note(format!("{folder} is not listed: {reason}"));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}
