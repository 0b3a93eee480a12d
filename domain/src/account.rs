//! The accounts of a decky, read from its own `/etc/passwd` and `/etc/group`.
//!
//! Both are an intruder's to change, so everything here is bounded and a line that makes no sense
//! is passed over.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::path::DeckyPath;
use crate::persona::Persona;

/// Who owns a file, as numbers: the host that unpacks an archive doesn't know the decky's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

impl Owner {
    /// root:root.
    pub const ROOT: Self = Self { uid: 0, gid: 0 };
}

/// One line of passwd(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The login name.
    pub login: String,
    /// Its user and primary group.
    pub owner: Owner,
    /// Its home, never `/`.
    pub home: DeckyPath,
    /// Whether somebody logs in with it.
    pub kind: AccountKind,
}

/// Who an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A person: a login shell and a uid of 1000 and up (`UID_MIN` of login.defs).
    Person,
    /// The superuser.
    Root,
    /// A daemon, or a locked account.
    Service,
}

/// How many lines of a passwd or group file are looked at.
const MOST_LINES: usize = 2_000;

/// What is known of a decky before anything is written to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    accounts: Vec<Account>,
    /// Group `adm`, which owns the logs on Debian (4 there).
    pub adm_gid: u32,
    /// What the host calls itself, from its `/etc/hostname`.
    pub hostname: Option<String>,
    /// Who writes the logs.
    pub logging: Logging,
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

impl HostFacts {
    /// Reads what `/etc/passwd` and `/etc/group` hold.
    pub fn parse(passwd: &str, group: &str) -> Self {
        Self {
            accounts: passwd.lines().take(MOST_LINES).filter_map(account).collect(),
            adm_gid: group.lines().take(MOST_LINES).find_map(adm).unwrap_or(0),
            hostname: None,
            logging: Logging::Nobody,
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
        let own = self.accounts.iter().find(|a| a.login == login && a.kind != AccountKind::Service);
        own.or_else(|| {
            let people: Vec<_> = self.accounts.iter().filter(|a| a.kind == AccountKind::Person).collect();
            match people.len() {
                0 => self.accounts.iter().find(|a| a.kind == AccountKind::Root),
                n => people.get(usize::try_from(fnv(login) % n as u64).unwrap_or(0)).copied(),
            }
        })
    }

    /// Whether a persona has an account of its own here.
    pub fn has_account(&self, persona: &Persona) -> bool {
        self.accounts.iter().any(|a| a.login == persona.login() && a.kind != AccountKind::Service)
    }

    /// Who owns what lies at `path`: the account whose home it is in, else root.
    pub fn owner_of(&self, path: &DeckyPath) -> Owner {
        self.accounts
            .iter()
            .filter(|account| account.kind != AccountKind::Service && path.is_below(account.home.as_str()))
            .max_by_key(|account| account.home.as_str().len())
            .map_or(Owner::ROOT, |account| account.owner)
    }
}

/// FNV-1a: a hash that is the same on every machine and in every version.
pub(crate) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn account(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let [login, _, uid, gid, _, home, shell] = fields[..] else { return None };
    if login.is_empty() || login.len() > 64 {
        return None;
    }
    let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
    let home = DeckyPath::new(home.trim_end_matches('/').to_owned()).ok()?;
    let can_log_in = !shell.ends_with("/nologin") && !shell.ends_with("/false") && !shell.ends_with("/sync");
    let kind = match uid {
        0 => AccountKind::Root,
        // 65534 is nobody.
        1000..=60_000 if can_log_in => AccountKind::Person,
        _ => AccountKind::Service,
    };
    Some(Account { login: login.to_owned(), owner: Owner { uid, gid }, home, kind })
}

fn adm(line: &str) -> Option<u32> {
    let mut fields = line.split(':');
    (fields.next()? == "adm").then(|| fields.nth(1)?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        Persona::parse(0, &entry, crate::persona::Language::EN, &mut Vec::new()).unwrap()
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
        fn a_hostile_passwd_file_is_only_ever_passed_over(text in "[a-z0-9:/\n.\\x00é-]{0,400}") {
            let facts = HostFacts::parse(&text, &text);
            prop_assert!(facts.accounts().iter().all(|a| a.home.as_str() != "/"));
        }
    }
}
