//! What is known of a host before anything is written to it: looked at once, and again when it
//! changes. Every file read here is an intruder's to change, so all of it is bounded, and what makes
//! no sense is passed over.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::account::{Account, AccountKind, MOST_LINES, Owner, account, adm, sudoers};
use crate::crontab::CronJob;
use crate::noise::fnv;
use crate::path::DeckyPath;
use crate::persona::{Persona, own_account};

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    accounts: Vec<Account>,
    /// Group `adm`, which owns the logs on Debian (4 there).
    pub adm_gid: u32,
    /// What the host calls itself, from its `/etc/hostname`.
    pub hostname: Option<String>,
    /// Who writes the logs.
    pub logging: Logging,
    /// How lines of a log begin.
    pub log_form: LogForm,
    /// When logs are rotated, and how many are kept.
    pub rotation: RotationRule,
    /// The host's time zone, from its `/etc/timezone`, once it was looked up.
    pub zone: Option<TimeZone>,
    /// When the host was installed, as its host keys or its machine id tell.
    pub born: Option<Timestamp>,
    /// What its own crontabs run; `None` where it has none, and so no cron that we know of.
    pub cron: Option<Vec<CronJob>>,
    /// Whether systemd starts things there.
    pub init: Init,
    /// Its public host key: the two words after the host in a line of `known_hosts`.
    pub host_key: Option<String>,
    /// Where its mail server keeps everybody's mail, below the home; `None` where it keeps none that we know of.
    pub maildir: Option<String>,
    places: Vec<String>,
    /// Programs that are not there, of those that scripts start with and admins run.
    missing: Vec<String>,
    /// Who may become root: the members of group `sudo`.
    sudoers: Vec<String>,
}

/// Who writes a host's logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logging {
    /// A daemon of its own. The best log line is a real one: nothing is planted beside it, for it
    /// would contradict what the daemon writes, rotates and leaves out.
    OwnDaemon,
    /// Nobody.
    Nobody,
}

/// How lines of a log begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    /// `2026-11-23T03:55:01.568402+00:00`: rsyslog's default since Debian 12.
    Rfc3339,
    /// `Nov  3 03:55:01`: `RSYSLOG_TraditionalFileFormat`, Debian 11, Ubuntu 22.04.
    Traditional,
}

/// What starts services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Init {
    Systemd,
    Other,
}

/// What logrotate(8) is told about the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationRule {
    /// How often.
    pub period: Period,
    /// How many old ones are kept.
    pub keep: u8,
    /// Which of them are packed.
    pub packing: Packing,
}

/// How often logs are rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "logrotate's own words")]
pub enum Period {
    Daily,
    Weekly,
    Monthly,
}

/// Which old logs are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// None.
    Never,
    /// All but the latest (`compress` with `delaycompress`).
    FromSecond,
    /// All (`compress`).
    All,
}

impl RotationRule {
    /// What Debian's rsyslog package brings in `/etc/logrotate.d/rsyslog`.
    pub const DEBIAN: Self = Self { period: Period::Weekly, keep: 4, packing: Packing::FromSecond };

    /// Reads a stanza of logrotate.conf(5); what it doesn't say stays as it was.
    #[must_use]
    pub fn parse_logrotate(mut self, text: &str) -> Self {
        let (mut is_packed, mut is_delayed) = (self.packing != Packing::Never, self.packing == Packing::FromSecond);
        for line in text.lines().take(MOST_LINES).map(str::trim) {
            let mut words = line.split_whitespace();
            match (words.next(), words.next().and_then(|n| n.parse::<u8>().ok())) {
                (Some("daily"), _) => self.period = Period::Daily,
                (Some("weekly"), _) => self.period = Period::Weekly,
                (Some("monthly"), _) => self.period = Period::Monthly,
                (Some("rotate"), Some(keep)) => self.keep = keep.min(60),
                (Some("compress"), _) => is_packed = true,
                (Some("nocompress"), _) => is_packed = false,
                (Some("delaycompress"), _) => is_delayed = true,
                (Some("nodelaycompress"), _) => is_delayed = false,
                _ => {}
            }
        }
        self.packing = match (is_packed, is_delayed) {
            (false, _) => Packing::Never,
            (true, true) => Packing::FromSecond,
            (true, false) => Packing::All,
        };
        self
    }
}

/// Folders that scripts and notes may name, where they are there.
pub const PLACES: [&str; 12] = [
    "/var/log",
    "/etc",
    "/srv",
    "/opt",
    "/var/backups",
    "/usr/local/bin",
    "/var/www",
    "/home",
    "/var/lib",
    "/mnt",
    "/var/spool",
    "/data",
];

/// What admins become root with.
pub const SUDO: &str = "/usr/bin/sudo";

/// What scripts are run by.
pub const INTERPRETERS: [&str; 3] = ["/bin/sh", "/bin/bash", "/usr/bin/python3"];

impl HostFacts {
    /// Reads what `/etc/passwd` and `/etc/group` hold.
    pub fn parse(passwd: &str, group: &str) -> Self {
        Self {
            accounts: passwd.lines().take(MOST_LINES).filter_map(account).collect(),
            adm_gid: group.lines().take(MOST_LINES).find_map(adm).unwrap_or(0),
            hostname: None,
            logging: Logging::Nobody,
            log_form: LogForm::Rfc3339,
            rotation: RotationRule::DEBIAN,
            zone: None,
            born: None,
            cron: None,
            init: Init::Systemd,
            host_key: None,
            maildir: None,
            // Until somebody has looked: what every Debian has.
            places: PLACES[..5].iter().map(|p| (*p).to_owned()).collect(),
            missing: Vec::new(),
            sudoers: group.lines().take(MOST_LINES).find_map(sudoers).unwrap_or_default(),
        }
    }

    /// Takes in what `/etc/hostname` holds: its first line, if that is a host name (RFC 1123 §2.1).
    #[must_use]
    pub fn with_hostname(mut self, text: &str) -> Self {
        let name = text.lines().next().unwrap_or_default().trim();
        let is_label = |l: &str| {
            (1..=63).contains(&l.len())
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !l.starts_with('-')
        };
        self.hostname = (name.len() <= 253 && name.split('.').all(is_label)).then(|| name.to_owned());
        self
    }

    /// The accounts, in the file's order.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The account a persona writes with: its own, else one of a person on this host (always the
    /// same one for the same persona), else root's. `None` when not even root can be read.
    pub fn account_of(&self, persona: &Persona) -> Option<&Account> {
        let login = persona.login();
        self.own_account(persona).or_else(|| {
            let people: Vec<_> = self.accounts.iter().filter(|a| a.kind == AccountKind::Person).collect();
            match people.len() {
                0 => self.accounts.iter().find(|a| a.kind == AccountKind::Root),
                n => people.get(usize::try_from(fnv(login) % n as u64).unwrap_or(0)).copied(),
            }
        })
    }

    /// Whether a persona has an account of its own here.
    pub fn has_account(&self, persona: &Persona) -> bool {
        self.own_account(persona).is_some()
    }

    /// The account a persona has of its own here.
    pub fn own_account(&self, persona: &Persona) -> Option<&Account> {
        own_account(persona, &self.accounts)
    }

    /// The account of this name, a person's or not.
    pub fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.iter().find(|a| a.login == login)
    }

    /// The user id of an account, or that of the first person of a host where it has none.
    pub fn uid_of(&self, login: &str) -> u32 {
        self.account(login).map_or(1000, |a| a.owner.uid)
    }

    /// Who owns what lies at `path`: the account whose home it is in, else root.
    pub fn owner_of(&self, path: &DeckyPath) -> Owner {
        self.accounts
            .iter()
            .filter(|account| account.kind != AccountKind::Service && path.is_below(account.home.as_str()))
            .max_by_key(|account| account.home.as_str().len())
            .map_or(Owner::ROOT, |account| account.owner)
    }

    /// Takes in what the host's rsyslog.conf says, if there is one.
    #[must_use]
    pub fn with_rsyslog(mut self, text: &str) -> Self {
        if !text.trim().is_empty() {
            self.logging = Logging::OwnDaemon;
        }
        let is_told = |line: &str| !line.trim_start().starts_with('#') && line.contains("TraditionalFileFormat");
        if text.lines().take(MOST_LINES).any(is_told) {
            self.log_form = LogForm::Traditional;
        }
        self
    }

    /// Takes in what os-release(5) says: where logs are of the old form by default.
    #[must_use]
    pub fn with_os_release(mut self, text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().take(MOST_LINES).find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\'']).to_ascii_lowercase()
        };
        let major: u32 = value("VERSION_ID").split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let is_old = match value("ID").as_str() {
            "debian" => (1..12).contains(&major),
            "ubuntu" => (1..24).contains(&major),
            _ => false,
        };
        if is_old {
            self.log_form = LogForm::Traditional;
        }
        self
    }

    /// Takes in what a crontab(5) of the system's holds: lines with a user in them.
    #[must_use]
    pub fn with_crontab(mut self, text: &str) -> Self {
        if text.trim().is_empty() {
            return self;
        }
        let jobs = self.cron.get_or_insert_default();
        for line in text.lines().take(MOST_LINES) {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_fit = line.len() < 300 && line.chars().all(|c| !c.is_control());
            let Some(job) = CronJob::parse(&line).filter(|_| is_fit && jobs.len() < MOST_JOBS) else { continue };
            // One that runs every minute is somebody's bad idea; a dozen of them are an attack on us.
            let is_busy = |job: &CronJob| job.minutes().count() > 12;
            if !is_busy(&job) || jobs.iter().filter(|j| is_busy(j)).count() < 2 {
                jobs.push(job);
            }
        }
        self
    }

    /// Takes in which of [`PLACES`], [`INTERPRETERS`] and `programs` are there.
    #[must_use]
    pub fn with_there<'p>(
        mut self,
        programs: impl IntoIterator<Item = &'p str>,
        is_there: impl Fn(&str) -> bool,
    ) -> Self {
        let places: Vec<String> = PLACES.iter().filter(|p| is_there(p)).map(|p| (*p).to_owned()).collect();
        if !places.is_empty() {
            self.places = places;
        }
        // A host that has none at all is a folder, and nothing is run there anyway.
        if INTERPRETERS.iter().any(|p| is_there(p)) {
            let programs = INTERPRETERS.into_iter().chain([SUDO]).chain(programs);
            self.missing = programs.filter(|p| !is_there(p)).map(ToOwned::to_owned).collect();
        }
        self
    }

    /// Takes in a public host key file: its type and its key, without the comment.
    #[must_use]
    pub fn with_host_key(mut self, text: &str) -> Self {
        let mut words = text.split_whitespace();
        let is_key =
            |w: &&str| w.len() < 1_000 && w.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-@.".contains(&b));
        if let (Some(kind), Some(key)) = (words.next().filter(is_key), words.next().filter(is_key))
            && kind.starts_with("ssh-")
        {
            self.host_key = Some(alloc::format!("{kind} {key}"));
        }
        self
    }

    /// Takes in a configuration file of Dovecot's: what `mail_location` says, if that is a Maildir below the home.
    #[must_use]
    pub fn with_dovecot(mut self, text: &str) -> Self {
        for line in text.lines().take(MOST_LINES) {
            let Some((name, value)) = line.split_once('=') else { continue };
            if name.trim() != "mail_location" {
                continue;
            }
            let place = value.trim().strip_prefix("maildir:").map(|p| p.split(':').next().unwrap_or(p));
            let folder = place.and_then(|p| p.strip_prefix("~/").or_else(|| p.strip_prefix("%h/")));
            let is_fit = |f: &&str| {
                (1..100).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b))
            };
            self.maildir = folder.filter(is_fit).map(|f| f.trim_end_matches('/').to_owned());
        }
        self
    }

    /// Folders that are there and that a script may name.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// Whether a program is there, as far as anybody looked.
    pub fn has_program(&self, path: &str) -> bool {
        !self.missing.iter().any(|m| m == path)
    }

    /// Whether an account may run things as root with sudo(8).
    pub fn may_sudo(&self, login: &str) -> bool {
        self.has_program(SUDO) && self.sudoers.iter().any(|s| s == login)
    }

    /// Whether a script that begins like this could run here.
    pub fn can_run(&self, script: &str) -> bool {
        let first = script.lines().next().unwrap_or_default();
        let tool = |path: &str| self.has_program(path);
        if first.contains("python") {
            tool("/usr/bin/python3")
        } else if first.contains("bash") {
            tool("/bin/bash")
        } else {
            tool("/bin/sh")
        }
    }

    /// The moment as a person on this host sees it: their own zone, else the host's, else that of `now`.
    pub fn local(&self, persona: &Persona, now: &Zoned) -> Zoned {
        match &persona.zone {
            Some(zone) => now.with_time_zone(zone.clone()),
            None => self.host_time(now),
        }
    }

    /// The moment as the host's own clock shows it.
    pub fn host_time(&self, now: &Zoned) -> Zoned {
        self.zone.as_ref().map_or_else(|| now.clone(), |zone| now.with_time_zone(zone.clone()))
    }
}

/// More cron jobs than any host has.
const MOST_JOBS: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persona::Language;
    use proptest::prelude::*;
    use serde_json::json;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
        broken line\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
        sarahconnor:x:1000:1000:Sarah,,,:/home/sarahconnor:/bin/bash\n\
        backup2:x:1001:1001::/home/backup2:/usr/sbin/nologin\n\
        tom:x:1002:100::/home/tom:/bin/bash\n";

    fn persona(name: &str) -> Persona {
        let entry = json!({"name": name, "email": "a@b.example", "role": "x"});
        Persona::parse(0, &entry, Language::EN, &mut Vec::new()).unwrap()
    }

    #[test]
    fn a_persona_writes_with_its_own_account_or_always_the_same_other_person() {
        let facts = HostFacts::parse(PASSWD, "root:x:0:\nadm:x:4:syslog\n");
        assert_eq!(facts.account_of(&persona("Sarah Connor")).unwrap().owner, Owner { uid: 1000, gid: 1000 });
        let stand_in = facts.account_of(&persona("Nina Mueller")).unwrap();
        assert_eq!(stand_in.kind, AccountKind::Person);
        assert_eq!(facts.account_of(&persona("Nina Mueller")), Some(stand_in));
        assert_eq!(facts.account_of(&persona("Daemon")).unwrap().kind, AccountKind::Person);
        assert_eq!(facts.adm_gid, 4);
    }

    #[test]
    fn a_host_without_people_has_only_root_to_write_with() {
        let facts = HostFacts::parse("root:x:0:0:root:/root:/bin/bash\n", "");
        assert_eq!(facts.account_of(&persona("Tom")).unwrap().home.as_str(), "/root");
        assert_eq!(HostFacts::parse("", "").account_of(&persona("Tom")), None);
    }

    #[test]
    fn a_host_name_is_taken_only_if_it_is_one() {
        let named = |text| HostFacts::parse("", "").with_hostname(text).hostname;
        assert_eq!(named("web-01\n").as_deref(), Some("web-01"));
        for bad in ["", "\n", "-x", "a b", "a..b", "x\u{7}"] {
            assert_eq!(named(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_owner_of_a_path_is_whose_home_it_is_in() {
        let facts = HostFacts::parse(PASSWD, "");
        let owner = |path| facts.owner_of(&DeckyPath::new(path).unwrap()).uid;
        assert_eq!((owner("/home/tom/x/y"), owner("/var/log/syslog"), owner("/home/tommy/x")), (1002, 0, 0));
    }

    proptest! {
        #[test]
        fn a_hostile_file_is_only_ever_passed_over(text in "[a-z0-9:/*= \n.\\x00é-]{0,400}") {
            let facts = HostFacts::parse(&text, &text).with_hostname(&text).with_crontab(&text).with_rsyslog(&text).with_os_release(&text).with_host_key(&text);
            prop_assert!(facts.accounts().iter().all(|a| a.home.as_str() != "/"));
        }
    }

    #[test]
    fn the_form_of_log_lines_follows_the_system_and_its_configuration() {
        let of = |os: &str, conf: &str| HostFacts::parse("", "").with_os_release(os).with_rsyslog(conf).log_form;
        assert_eq!(of("ID=debian\nVERSION_ID=\"12\"\n", "x"), LogForm::Rfc3339);
        assert_eq!(of("ID=debian\nVERSION_ID=\"11\"\n", "x"), LogForm::Traditional);
        assert_eq!(of("ID=ubuntu\nVERSION_ID=\"22.04\"\n", "x"), LogForm::Traditional);
        let told = "$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat\n";
        assert_eq!(of("ID=debian\nVERSION_ID=\"12\"\n", told), LogForm::Traditional);
        assert_eq!(of("ID=debian\nVERSION_ID=\"12\"\n", &alloc::format!("#{told}")), LogForm::Rfc3339);
    }

    #[test]
    fn rotation_is_what_logrotate_is_told() {
        let debian = "/var/log/syslog\n{\n\trotate 4\n\tweekly\n\tmissingok\n\tcompress\n\tdelaycompress\n}\n";
        assert_eq!(RotationRule::DEBIAN.parse_logrotate(debian), RotationRule::DEBIAN);
        let daily = RotationRule::DEBIAN.parse_logrotate("daily\nrotate 7\nnodelaycompress\n");
        assert_eq!(daily, RotationRule { period: Period::Daily, keep: 7, packing: Packing::All });
        assert_eq!(RotationRule::DEBIAN.parse_logrotate("nocompress").packing, Packing::Never);
        assert_eq!(RotationRule::DEBIAN.parse_logrotate("rotate 100000"), RotationRule::DEBIAN);
    }

    #[test]
    fn a_crontab_is_read_and_nonsense_in_it_is_not() {
        let facts = HostFacts::parse("", "").with_crontab(
            "SHELL=/bin/sh\n# m h dom mon dow user\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n*/5 * * * * app /opt/x\nx y z\n",
        );
        let jobs = facts.cron.unwrap();
        assert_eq!(jobs.iter().map(|j| j.user.as_str()).collect::<Vec<_>>(), ["root", "app"]);
        assert_eq!(HostFacts::parse("", "").with_crontab("").cron, None);
    }

    #[test]
    fn only_members_of_group_sudo_become_root_and_only_where_there_is_a_sudo() {
        let of = |there: &'static [&str]| {
            let facts = HostFacts::parse(PASSWD, "root:x:0:\nsudo:x:27:tom,ghost\n");
            facts.with_there(["/usr/bin/ss"], |path| there.contains(&path))
        };
        let facts = of(&["/bin/sh", "/usr/bin/sudo"]);
        assert!(facts.may_sudo("tom") && !facts.may_sudo("sarahconnor"));
        assert!(!facts.has_program("/usr/bin/ss"));
        assert!(!of(&["/bin/sh"]).may_sudo("tom"));
        // A folder has no programs to look at.
        assert!(of(&[]).may_sudo("tom"));
    }

    #[test]
    fn where_mail_lies_is_what_dovecot_is_told() {
        let of = |text: &str| HostFacts::parse("", "").with_dovecot(text).maildir;
        assert_eq!(of("#mail_location =\nmail_location = maildir:~/Maildir\n").as_deref(), Some("Maildir"));
        assert_eq!(of("mail_location = maildir:~/mail/in:LAYOUT=fs\n").as_deref(), Some("mail/in"));
        for other in ["", "mail_location = mbox:~/mail:INBOX=/var/mail/%u\n", "mail_location = maildir:~/a b\n"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_missing_is_not_named() {
        let facts =
            HostFacts::parse("", "").with_there([], |path| ["/etc", "/srv", "/bin/sh", "/bin/bash"].contains(&path));
        assert_eq!(facts.places(), ["/etc", "/srv"]);
        assert!(facts.can_run("#!/bin/bash\n") && !facts.can_run("#!/usr/bin/env python3\n"));
    }
}
