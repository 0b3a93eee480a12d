//! Which folders are somebody's home. `/etc/passwd` is an intruder's to write: a home of `/etc` would send
//! people's notes there.

use crate::account::{Account, AccountKind};

/// What kind of place a home is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HomePlace {
    /// Below `/home`, or root's own.
    Usual,
    /// Elsewhere: a home only if the account owns the folder.
    Elsewhere,
    /// The system's: never a home.
    System,
}

/// Folders that are the system's, with all that is below them.
const SYSTEM: [&str; 15] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys", "/tmp", "/usr",
    "/var/log", "/var/tmp",
];
/// Folders that are the system's themselves, but not all that is below them.
const SYSTEM_ALONE: [&str; 12] = [
    "/home",
    "/media",
    "/mnt",
    "/nonexistent",
    "/opt",
    "/srv",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/mail",
    "/var/run",
    "/var/spool",
];

/// What kind of place the home of `account` is.
pub(super) fn home_place(account: &Account) -> HomePlace {
    let home = account.home.as_str();
    let is_system = SYSTEM.iter().any(|folder| home == *folder || account.home.is_below(folder));
    if is_system || SYSTEM_ALONE.contains(&home) {
        HomePlace::System
    } else if account.home.is_below("/home") || (home == "/root" && account.kind == AccountKind::Root) {
        HomePlace::Usual
    } else {
        HomePlace::Elsewhere
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::account;

    #[test]
    fn a_home_is_below_home_or_the_accounts_own_and_never_the_systems() {
        let place =
            |uid: u32, home: &str| home_place(&account(&alloc::format!("x:x:{uid}:{uid}::{home}:/bin/bash")).unwrap());
        assert_eq!(place(1000, "/home/x"), HomePlace::Usual);
        assert_eq!(place(1000, "/home/team/x"), HomePlace::Usual);
        assert_eq!(place(0, "/root"), HomePlace::Usual);
        for home in ["/data/x", "/srv/vmail/x", "/opt/app", "/root", "/homes/x"] {
            assert_eq!(place(1000, home), HomePlace::Elsewhere, "{home}");
        }
        for home in ["/etc", "/etc/x", "/home", "/usr/share/x", "/var/log", "/var/lib", "/tmp/x", "/dev/shm"] {
            assert_eq!(place(1000, home), HomePlace::System, "{home}");
        }
    }
}
