//! Everything that is known of one host.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::dovecot::{MailStorage, MailboxPlace};
use super::logging::{Init, LogForm, LogSigns, Logging};
use super::logrotate::{OldNames, RotationRule};
use super::os_release::OsRelease;
use super::places::{INTERPRETERS, PLACES, SUDO};
use super::{passwd, rsyslog};
use crate::account::{Account, AccountKind, MOST_LINES, Owner, adm, sudoers};
use crate::crontab::{CronJob, CronLine};
use crate::noise::fnv;
use crate::path::DeckyPath;
use crate::persona::{Persona, own_account};

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    accounts: Vec<Account>,
    /// Those with a home outside of `/home`, until it is known whether they own it.
    unproven: Vec<Account>,
    /// What was passed over and why, each in a sentence.
    notes: Vec<String>,
    /// The distribution.
    pub os: OsRelease,
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
    /// The time zone that the host's clock shows.
    pub zone: Option<TimeZone>,
    /// When the host was installed, as its host keys or its machine id tell.
    pub born: Option<Timestamp>,
    /// What its own crontabs run: nothing where there is no cron. `None` where nobody could look.
    pub cron: Option<Vec<CronJob>>,
    /// Whether systemd starts things there.
    pub init: Init,
    /// Its public host key: the two words after the host in a line of `known_hosts`.
    pub host_key: Option<String>,
    /// Where its mail server keeps everybody's mail.
    pub mail: MailStorage,
    /// The logs that are there, by path.
    pub logs: Vec<String>,
    places: Vec<String>,
    /// Programs that are not there, of those that scripts start with and admins run.
    missing: Vec<String>,
    /// Who may become root: the members of group `sudo`.
    sudoers: Vec<String>,
}

impl HostFacts {
    /// Reads what `/etc/passwd` and `/etc/group` hold.
    pub fn parse(passwd: &str, group: &str) -> Self {
        let read = passwd::accounts(passwd);
        Self {
            accounts: read.usable,
            unproven: read.unproven,
            notes: read.notes,
            os: OsRelease::default(),
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
            mail: MailStorage::None,
            logs: Vec::new(),
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

    /// What was passed over and why, each in a sentence.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Adds to what was passed over.
    pub fn note(&mut self, text: String) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(text);
        }
    }

    /// The accounts whose home lies outside of `/home`: they are used once [`HostFacts::prove_homes`] has said
    /// that the home is theirs.
    pub fn unproven(&self) -> &[Account] {
        &self.unproven
    }

    /// Takes in who owns the homes outside of `/home`.
    pub fn prove_homes(&mut self, owner_of: impl Fn(&DeckyPath) -> Option<Owner>) {
        for account in core::mem::take(&mut self.unproven) {
            match owner_of(&account.home) {
                Some(owner) if owner.uid == account.owner.uid => self.accounts.push(account),
                found => {
                    let why = found.map_or_else(
                        || "and whose that is can't be told".to_owned(),
                        |owner| format!("which belongs to user {}", owner.uid),
                    );
                    self.note(format!(
                        "the account {} is not used: its home is {}, outside of /home, {why}",
                        account.login, account.home
                    ));
                }
            }
        }
    }

    /// Whether the host's logs are ours to write.
    pub fn keeps_logs(&self) -> bool {
        self.logging.is_planted() && !self.accounts.is_empty()
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

    /// Takes in what os-release(5) says: where logs are of the old form by default.
    #[must_use]
    pub fn with_os_release(mut self, text: &str) -> Self {
        self.os = OsRelease::parse(text);
        if self.os.writes_traditional {
            self.log_form = LogForm::Traditional;
        }
        self
    }

    /// Takes in what the host's rsyslog.conf says, if there is one.
    #[must_use]
    pub fn with_rsyslog(mut self, text: &str) -> Self {
        if !text.trim().is_empty() {
            self.logging = Logging::Rsyslog;
        }
        if rsyslog::is_traditional(text) {
            self.log_form = LogForm::Traditional;
        }
        self
    }

    /// Takes in how the logs are rotated and who writes them.
    #[must_use]
    pub fn with_logging(mut self, signs: LogSigns, rotation: RotationRule) -> Self {
        self.logging = signs.logging();
        self.rotation = rotation;
        if self.logging.is_planted() && rotation.names == OldNames::Dated {
            self.logging = Logging::Unknown;
            self.note("no logs are planted: logrotate(8) gives old ones names with a date there".to_owned());
        }
        self
    }

    /// Takes in the end of a log that is there.
    #[must_use]
    pub fn with_live_log(mut self, text: &str) -> Self {
        self.log_form = LogForm::of(text).unwrap_or(self.log_form);
        self
    }

    /// Takes in what a crontab(5) of the system's holds: lines with a user in them.
    #[must_use]
    pub fn with_crontab(mut self, path: &str, text: &str) -> Self {
        if text.trim().is_empty() {
            return self;
        }
        let jobs = self.cron.get_or_insert_default();
        let mut unreadable = 0_usize;
        for line in text.lines().take(MOST_LINES) {
            let is_fit = line.len() < 300 && line.chars().all(|c| !c.is_control() || c == '\t');
            let job = match CronLine::parse(line) {
                CronLine::Job(job) if is_fit => job,
                CronLine::NoJob => continue,
                CronLine::Job(_) | CronLine::Unreadable => {
                    unreadable += 1;
                    continue;
                }
            };
            // One that runs every minute is somebody's bad idea; a dozen of them are an attack on us.
            let is_busy = |job: &CronJob| job.minutes().count() > 12;
            let has_room = jobs.len() < MOST_JOBS && (!is_busy(&job) || jobs.iter().filter(|j| is_busy(j)).count() < 2);
            if has_room {
                jobs.push(job);
            } else {
                unreadable += 1;
            }
        }
        if unreadable > 0 {
            self.note(format!("lines of {path} that are passed over, for they are no jobs or too many: {unreadable}"));
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

    /// A persona's mailbox; `None` for who has none here.
    pub fn mailbox_of(&self, persona: &Persona) -> Option<MailboxPlace> {
        let MailStorage::Maildir(maildir) = &self.mail else { return None };
        let domain = persona.email.rsplit_once('@').map_or("", |(_, domain)| domain);
        let account = self.own_account(persona);
        let login = account.map_or(persona.login(), |account| account.login.as_str());
        maildir.mailbox(login, domain, account, |uid, gid| {
            let number = |name: &str, of: fn(&Owner) -> u32| {
                name.parse().ok().or_else(|| self.account(name).map(|account| of(&account.owner)))
            };
            Some(Owner { uid: number(uid, |o| o.uid)?, gid: number(gid, |o| o.gid)? })
        })
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
/// What else is passed over is not told of.
const MOST_NOTES: usize = 40;

#[cfg(test)]
mod tests {
    use super::super::dovecot::DovecotConfig;
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
            let facts = HostFacts::parse(&text, &text).with_hostname(&text).with_crontab("x", &text).with_rsyslog(&text).with_os_release(&text).with_host_key(&text);
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
    fn a_crontab_is_read_and_nonsense_in_it_is_not() {
        let facts = HostFacts::parse("", "").with_crontab(
            "/etc/crontab",
            "SHELL=/bin/sh\n# m h dom mon dow user\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n*/5 * * * * app /opt/x\nx y z\n",
        );
        let jobs = facts.cron.clone().unwrap();
        assert_eq!(jobs.iter().map(|j| j.user.as_str()).collect::<Vec<_>>(), ["root", "app"]);
        assert_eq!(jobs[0].command, "cd / && run-parts --report /etc/cron.hourly");
        assert_eq!(facts.notes, ["lines of /etc/crontab that are passed over, for they are no jobs or too many: 1"]);
        assert_eq!(HostFacts::parse("", "").with_crontab("x", "").cron, None);
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
    fn a_home_outside_of_home_is_used_once_it_is_its_users() {
        let passwd =
            "root:x:0:0::/root:/bin/bash\nbob:x:1001:1001::/data/bob:/bin/bash\neve:x:1002:1002::/data/eve:/bin/bash\n";
        let mut facts = HostFacts::parse(passwd, "");
        assert!(facts.account("bob").is_none());
        facts.prove_homes(|home| Some(Owner { uid: if home.as_str() == "/data/bob" { 1001 } else { 0 }, gid: 0 }));
        assert!(facts.account("bob").is_some() && facts.account("eve").is_none());
        assert_eq!(
            facts.notes(),
            ["the account eve is not used: its home is /data/eve, outside of /home, which belongs to user 0"]
        );
    }

    #[test]
    fn a_virtual_users_mailbox_belongs_to_the_mail_servers_account() {
        let mut facts = HostFacts::parse(
            "vmail:x:5000:8::/srv/vmail:/usr/sbin/nologin\nann:x:1000:1000::/home/ann:/bin/bash\n",
            "",
        );
        let userdb = "userdb {\n driver = static\n args = uid=vmail gid=vmail home=/srv/vmail/%n\n}\n";
        let text = format!("mail_location = maildir:~/Maildir\n{userdb}");
        facts.mail = DovecotConfig::parse(&text).storage(None);
        let place = facts.mailbox_of(&persona("Ann")).unwrap();
        assert_eq!((place.root.as_str(), place.owner), ("/srv/vmail/ann/Maildir", Owner { uid: 5000, gid: 8 }));
        facts.mail = DovecotConfig::parse("mail_location = maildir:~/Maildir\n").storage(None);
        assert_eq!(facts.mailbox_of(&persona("Ann")).unwrap().inbox.as_str(), "/home/ann/Maildir");
        assert_eq!(facts.mailbox_of(&persona("Vmail")), None);
    }

    #[test]
    fn what_is_missing_is_not_named() {
        let facts =
            HostFacts::parse("", "").with_there([], |path| ["/etc", "/srv", "/bin/sh", "/bin/bash"].contains(&path));
        assert_eq!(facts.places(), ["/etc", "/srv"]);
        assert!(facts.can_run("#!/bin/bash\n") && !facts.can_run("#!/usr/bin/env python3\n"));
    }
}
