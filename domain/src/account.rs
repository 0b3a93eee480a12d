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

/// The lines a new account adds, as useradd(8) of Debian writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// For `/etc/passwd`.
    pub passwd: String,
    /// For `/etc/group`; nothing where it is there.
    pub group: String,
    /// For `/etc/shadow`: no password, so that only keys let in.
    pub shadow: String,
    /// Its user and group.
    pub owner: Owner,
    /// Its home.
    pub home: DeckyPath,
}

/// The account an admin would make for `login`. `None` where the name is taken, or is no name, or no
/// number is left. `day` is the day of the last password change, in days since 1970.
pub fn new_account(login: &str, full_name: &str, passwd: &str, group: &str, day: i64) -> Option<NewAccount> {
    let numbers = |text: &str, at: usize| -> Vec<u32> {
        text.lines().take(MOST_LINES).filter_map(|line| line.split(':').nth(at)?.parse().ok()).collect()
    };
    let is_taken = |text: &str| text.lines().any(|line| line.split(':').next() == Some(login));
    if is_taken(passwd) {
        return None;
    }
    // A group that is there already is what an attempt that was cut short left: it is gone on with.
    let begun = group.lines().take(MOST_LINES).find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == login).then(|| fields.nth(1)?.parse::<u32>().ok()).flatten()
    });
    if is_taken(group) && begun.is_none() {
        return None;
    }
    let (uids, gids) = (numbers(passwd, 2), numbers(group, 2));
    // login.defs: people are numbered from 1000, each with a group of their own number.
    let next = begun.unwrap_or_else(|| {
        uids.iter().chain(&gids).filter(|n| (1000..60_000).contains(*n)).max().map_or(1000, |n| n + 1)
    });
    let home = DeckyPath::new(alloc::format!("/home/{login}")).ok()?;
    let gecos: String =
        full_name.chars().filter(|c| !c.is_control() && !matches!(c, ':' | ',' | '=')).take(60).collect();
    ((1000..60_000).contains(&next) && !(begun.is_some() && uids.contains(&next))).then(|| NewAccount {
        passwd: alloc::format!("{login}:x:{next}:{next}:{gecos},,,:{home}:/bin/bash\n"),
        group: if begun.is_some() { String::new() } else { alloc::format!("{login}:x:{next}:\n") },
        shadow: alloc::format!("{login}:!:{day}:0:99999:7:::\n"),
        owner: Owner { uid: next, gid: next },
        home,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_gets_the_next_number_and_a_taken_name_none() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/x\nann:x:1000:1000::/home/ann:/bin/bash\n";
        let made = new_account("bobray", "Bob: Ray", passwd, "ann:x:1000:\nstaff:x:1004:\n", 20_417).unwrap();
        assert_eq!(made.passwd, "bobray:x:1005:1005:Bob Ray,,,:/home/bobray:/bin/bash\n");
        assert_eq!(made.group, "bobray:x:1005:\n");
        assert_eq!(made.shadow, "bobray:!:20417:0:99999:7:::\n");
        assert_eq!(account(made.passwd.trim_end()).unwrap().home, made.home);
        assert_eq!(new_account("ann", "Ann", passwd, "", 1), None);
        // Cut short after the group: the same number again, and no second line.
        let again = new_account("bobray", "Bob Ray", passwd, "bobray:x:1005:\n", 1).unwrap();
        assert_eq!((again.owner.uid, again.group.as_str()), (1005, ""));
    }
}
