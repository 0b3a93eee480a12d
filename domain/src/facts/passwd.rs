//! The accounts of `/etc/passwd`, and what of the file is passed over.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::homes::{HomePlace, home_place};
use crate::account::{Account, AccountKind, MOST_LINES, account};

/// What the file holds.
#[derive(Default)]
pub(super) struct Accounts {
    /// Those that can be used, in the file's order.
    pub(super) usable: Vec<Account>,
    /// Those whose home is elsewhere: usable once it is known that they own it.
    pub(super) unproven: Vec<Account>,
    /// What is passed over, and why, each in a sentence.
    pub(super) notes: Vec<String>,
}

/// Accounts with a home elsewhere whose owner is asked for; more are an attack, or no host of people.
const MOST_UNPROVEN: usize = 30;

/// Reads the file.
pub(super) fn accounts(text: &str) -> Accounts {
    let mut out = Accounts::default();
    let mut bad = Bad::default();
    for (number, line) in (1..).zip(text.lines().take(MOST_LINES)) {
        if line.trim().is_empty() || line.starts_with(['#', '+', '-']) {
            // NIS's own lines, and what pwck(8) leaves.
            continue;
        }
        let Some(account) = account(line) else {
            bad.add(number);
            continue;
        };
        match (account.kind, home_place(&account)) {
            // Nobody writes as a daemon.
            (AccountKind::Service, _) | (_, HomePlace::Usual) => out.usable.push(account),
            (_, HomePlace::System) => {
                out.notes.push(format!(
                    "the account {} is not used: its home {} is a folder of the system's",
                    account.login, account.home
                ));
            }
            (_, HomePlace::Elsewhere) if out.unproven.len() < MOST_UNPROVEN => out.unproven.push(account),
            (_, HomePlace::Elsewhere) => out.notes.push(format!(
                "the account {} is not used: more than {MOST_UNPROVEN} homes lie outside of /home",
                account.login
            )),
        }
        out.notes.truncate(MOST_UNPROVEN);
    }
    if let Some(note) = bad.note() {
        out.notes.push(note);
    }
    let count = text.lines().count();
    if count > MOST_LINES {
        out.notes.push(format!(
            "/etc/passwd has {count} lines: only the first {MOST_LINES} are looked at, and accounts after them are not used"
        ));
    }
    out
}

/// Lines that make no sense.
#[derive(Default)]
struct Bad {
    count: usize,
    first: usize,
}

impl Bad {
    fn add(&mut self, number: usize) {
        if self.count == 0 {
            self.first = number;
        }
        self.count += 1;
    }

    fn note(&self) -> Option<String> {
        match self.count {
            0 => None,
            1 => Some(format!("line {} of /etc/passwd makes no sense and is passed over", self.first)),
            n => Some(format!(
                "{n} lines of /etc/passwd make no sense and are passed over, the first is line {}",
                self.first
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_over_is_told_with_the_reason() {
        let text = "root:x:0:0::/root:/bin/bash\nx\u{0}garbage\nann:x:1000:1000::/etc:/bin/bash\n+::::::\n\
                    bob:x:1001:1001::/data/bob:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n";
        let read = accounts(text);
        let logins = |of: &[Account]| of.iter().map(|a| a.login.clone()).collect::<Vec<_>>().join(" ");
        assert_eq!((logins(&read.usable).as_str(), logins(&read.unproven).as_str()), ("root www-data", "bob"));
        assert_eq!(
            read.notes,
            [
                "the account ann is not used: its home /etc is a folder of the system's",
                "line 2 of /etc/passwd makes no sense and is passed over"
            ]
        );
    }

    #[test]
    fn a_hundred_thousand_lines_cost_no_more_than_the_first_ones() {
        let text = "ann:x:1000:1000::/home/ann:/bin/bash\n".repeat(100_000);
        let read = accounts(&text);
        assert!(read.usable.len() <= MOST_LINES);
        assert!(read.notes.iter().any(|n| n.contains("100000 lines")), "{:?}", read.notes);
    }
}
