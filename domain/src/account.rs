//! The accounts of a decky, read from its own `/etc/passwd` and `/etc/group`.
//!
//! Both are an intruder's to change, so everything here is bounded and a line that makes no sense
//! is passed over.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::path::DeckyPath;

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
    /// Whose it is, as the comment field (GECOS) tells: what stands before its first comma, at most
    /// 64 characters; empty where nobody is told.
    pub full_name: String,
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
pub(crate) const MOST_LINES: usize = 2_000;

pub(crate) fn account(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let [login, _, uid, gid, comment, home, shell] = fields[..] else { return None };
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
    let full_name = comment.split(',').next().unwrap_or_default().trim().chars().take(64).collect();
    Some(Account { login: login.to_owned(), owner: Owner { uid, gid }, full_name, home, kind })
}

pub(crate) fn adm(line: &str) -> Option<u32> {
    let mut fields = line.split(':');
    (fields.next()? == "adm").then(|| fields.nth(1)?.parse().ok()).flatten()
}

/// The members of group `sudo`, which Debian's sudoers(5) lets do everything.
pub(crate) fn sudoers(line: &str) -> Option<Vec<String>> {
    let mut fields = line.split(':');
    let is_it = fields.next()? == "sudo";
    let members = fields.nth(2)?.split(',').filter(|m| !m.is_empty() && m.len() <= 64);
    is_it.then(|| members.take(MOST_LINES).map(ToOwned::to_owned).collect())
}

/// The files of accounts that are there, and who wants one.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFiles<'a> {
    /// `/etc/passwd`.
    pub passwd: &'a str,
    /// `/etc/group`.
    pub group: &'a str,
    /// `/etc/subuid`, where there is one.
    pub subuid: Option<&'a str>,
    /// `/etc/subgid`, where there is one.
    pub subgid: Option<&'a str>,
    /// `/etc/login.defs`, where there is one.
    pub login_defs: &'a str,
}

/// The account to be made.
#[derive(Clone, Copy, Debug)]
pub struct WantedAccount<'a> {
    /// Its login name.
    pub login: &'a str,
    /// Whose it is.
    pub full_name: &'a str,
    /// Its shell.
    pub shell: &'a str,
    /// The day of the last password change, in days since 1970.
    pub day: i64,
}

/// The lines a new account adds, as useradd(8) writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// For `/etc/passwd`.
    pub passwd: String,
    /// For `/etc/group`; nothing where it is there.
    pub group: String,
    /// For `/etc/shadow`: no password, so that only keys let in.
    pub shadow: String,
    /// For `/etc/gshadow`.
    pub gshadow: String,
    /// For `/etc/subuid`, where there is one.
    pub subuid: Option<String>,
    /// For `/etc/subgid`, where there is one.
    pub subgid: Option<String>,
    /// Its user and group.
    pub owner: Owner,
    /// Its home.
    pub home: DeckyPath,
    /// The mode of its home.
    pub home_mode: u32,
}

/// Why no account is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// An account or a group has the name.
    #[error("the name {0} is taken")]
    Taken(String),
    /// All numbers of people are in use.
    #[error("no number is left for {0}")]
    NoNumber(String),
    /// The name can't be a folder's.
    #[error("{0} can't name a home")]
    NoHome(String),
}

/// Whether a file has a line of this name.
fn has_name(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.split(':').next() == Some(name))
}

/// The text with a line more, where useradd(8) puts it: at the end, but before what belongs to NIS, for nothing
/// after `+` is ever looked at.
pub fn with_line(text: &[u8], line: &str) -> Vec<u8> {
    let mut at = text.len();
    let mut start = 0;
    for part in text.split_inclusive(|b| *b == b'\n') {
        if matches!(part.first(), Some(b'+' | b'-')) {
            at = start;
            break;
        }
        start += part.len();
    }
    let (before, after) = text.split_at(at);
    let mut out = Vec::with_capacity(text.len() + line.len() + 1);
    out.extend_from_slice(before);
    if !before.is_empty() && !before.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.extend_from_slice(line.as_bytes());
    out.extend_from_slice(after);
    out
}

/// The account an admin would make.
///
/// # Errors
/// Where the name is taken, or is no name, or no number is left.
pub fn new_account(wanted: WantedAccount<'_>, files: AccountFiles<'_>) -> Result<NewAccount, NoAccount> {
    let WantedAccount { login, full_name, shell, day } = wanted;
    let numbers =
        |text: &str| -> Vec<u32> { text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect() };
    // A group that is there already is what an attempt that was cut short left: it is gone on with.
    let begun = files.group.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == login).then(|| fields.nth(1)?.parse::<u32>().ok()).flatten()
    });
    if has_name(files.passwd, login) || (begun.is_none() && has_name(files.group, login)) {
        return Err(NoAccount::Taken(login.to_owned()));
    }
    let (uids, gids) = (numbers(files.passwd), numbers(files.group));
    // login.defs: people are numbered from 1000, each with a group of their own number.
    let next = begun.unwrap_or_else(|| {
        uids.iter().chain(&gids).filter(|n| (1000..60_000).contains(*n)).max().map_or(1000, |n| n + 1)
    });
    if !(1000..60_000).contains(&next) || (begun.is_some() && uids.contains(&next)) {
        return Err(NoAccount::NoNumber(login.to_owned()));
    }
    let home = DeckyPath::new(alloc::format!("/home/{login}")).map_err(|_| NoAccount::NoHome(login.to_owned()))?;
    let gecos: String =
        full_name.chars().filter(|c| !c.is_control() && !matches!(c, ':' | ',' | '=')).take(60).collect();
    let range = |text: Option<&str>| {
        let text = text.filter(|text| !has_name(text, login))?;
        Some(alloc::format!("{login}:{}:{SUB_COUNT}\n", free_range(text)?))
    };
    Ok(NewAccount {
        passwd: alloc::format!("{login}:x:{next}:{next}:{gecos}:{home}:{shell}\n"),
        group: if begun.is_some() { String::new() } else { alloc::format!("{login}:x:{next}:\n") },
        shadow: alloc::format!("{login}:!:{day}:0:99999:7:::\n"),
        gshadow: alloc::format!("{login}:!::\n"),
        subuid: range(files.subuid),
        subgid: range(files.subgid),
        owner: Owner { uid: next, gid: next },
        home,
        home_mode: home_mode(files.login_defs),
    })
}

/// `SUB_UID_MIN`, `SUB_UID_MAX` and `SUB_UID_COUNT` of login.defs(5).
const SUB_MIN: u64 = 100_000;
const SUB_MAX: u64 = 600_100_000;
const SUB_COUNT: u64 = 65_536;

/// Where the next range of subordinate numbers begins; `None` when none is left.
fn free_range(text: &str) -> Option<u64> {
    let end = |line: &str| {
        let mut fields = line.split(':').skip(1).map(str::parse::<u64>);
        fields.next()?.ok()?.checked_add(fields.next()?.ok()?)
    };
    let next = text.lines().filter_map(end).max().unwrap_or(0).max(SUB_MIN);
    next.checked_add(SUB_COUNT).filter(|end| *end <= SUB_MAX).map(|_| next)
}

/// `HOME_MODE` of login.defs(5), else what its `UMASK` leaves; 0700 where the file says neither.
fn home_mode(login_defs: &str) -> u32 {
    let value = |key: &str| {
        login_defs.lines().take(MOST_LINES).find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next()? == key).then(|| u32::from_str_radix(words.next()?, 8).ok()).flatten()
        })
    };
    let mode = value("HOME_MODE").or_else(|| value("UMASK").map(|mask| 0o777 & !mask));
    mode.map_or(0o700, |mode| mode & 0o777)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/x\nann:x:1000:1000::/home/ann:/bin/bash\n";

    fn bob() -> WantedAccount<'static> {
        WantedAccount { login: "bobray", full_name: "Bob: Ray", shell: "/bin/bash", day: 20_785 }
    }

    #[test]
    fn a_new_account_gets_the_next_number_and_a_taken_name_none() {
        let files = AccountFiles { passwd: PASSWD, group: "ann:x:1000:\nstaff:x:1004:\n", ..AccountFiles::default() };
        let made = new_account(bob(), files).unwrap();
        assert_eq!(made.passwd, "bobray:x:1005:1005:Bob Ray:/home/bobray:/bin/bash\n");
        assert_eq!((made.group.as_str(), made.gshadow.as_str()), ("bobray:x:1005:\n", "bobray:!::\n"));
        assert_eq!(made.shadow, "bobray:!:20785:0:99999:7:::\n");
        assert_eq!((made.subuid, made.home_mode), (None, 0o700));
        assert_eq!(account(made.passwd.trim_end()).unwrap().home, made.home);
        let ann = WantedAccount { login: "ann", ..bob() };
        assert_eq!(new_account(ann, files), Err(NoAccount::Taken("ann".to_owned())));
        // Cut short after the group: the same number again, and no second line.
        let again = new_account(bob(), AccountFiles { group: "bobray:x:1005:\n", ..files }).unwrap();
        assert_eq!((again.owner.uid, again.group.as_str()), (1005, ""));
    }

    #[test]
    fn subordinate_numbers_and_the_homes_mode_are_as_useradd_gives_them() {
        let files = AccountFiles {
            passwd: PASSWD,
            subuid: Some(""),
            subgid: Some("ann:100000:65536\n"),
            login_defs: "UMASK\t\t022\n#HOME_MODE\t0700\n",
            ..AccountFiles::default()
        };
        let made = new_account(bob(), files).unwrap();
        assert_eq!(made.subuid.as_deref(), Some("bobray:100000:65536\n"));
        assert_eq!(made.subgid.as_deref(), Some("bobray:165536:65536\n"));
        assert_eq!(made.home_mode, 0o755);
        let full = AccountFiles { subuid: Some("x:600000000:99999\n"), ..files };
        assert_eq!(new_account(bob(), full).unwrap().subuid, None);
    }

    #[test]
    fn a_line_comes_before_what_belongs_to_nis() {
        assert_eq!(with_line(b"J\xf6rg:x\n", "b:x\n"), b"J\xf6rg:x\nb:x\n", "in whatever encoding");
        assert_eq!(with_line(b"a:x\n+::::::\n", "b:x\n"), b"a:x\nb:x\n+::::::\n");
        assert_eq!(with_line(b"a:x\nb:y", "c:x\n"), b"a:x\nb:y\nc:x\n");
        assert_eq!(with_line(b"", "c:x\n"), b"c:x\n");
        assert_eq!(with_line(b"+@admins::::::\n-eve\n", "c:x\n"), b"c:x\n+@admins::::::\n-eve\n");
    }
}
