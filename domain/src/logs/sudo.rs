//! What the admins among the people of a host do there as root, while they are logged in.
//!
//! Like every line of a log it follows from the host and the moment alone.

use alloc::vec::Vec;

use super::host::LogHost;
use super::login::Login;
use crate::noise::mix;

/// A command that somebody ran as root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose it was: an index into the host's logins.
    pub login: u16,
    /// What: an index into the system's commands.
    pub command: u8,
    /// The number of their terminal, `pts/N`.
    pub terminal: u8,
    /// Where they stood: at home, or in another folder.
    pub place: Place,
    /// Microseconds since the epoch.
    pub from: i64,
    /// Microseconds since the epoch.
    pub to: i64,
}

/// The folder a command was run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Place {
    Home,
    Logs,
    Configuration,
}

const SECOND: i64 = 1_000_000;

/// Everything that was run as root on a host, login by login.
pub fn runs(host: &LogHost<'_>) -> Vec<Run> {
    let mut out = Vec::new();
    if !host.logins.iter().any(|login| host.facts.may_sudo(&login.login)) {
        return out;
    }
    let admin = (0_u8..).zip(host.pack.admin());
    let commands: Vec<(u8, i64)> = admin
        .filter(|(_, command)| host.facts.has_program(command.program()))
        .map(|(index, command)| (index, i64::from(command.seconds) * SECOND))
        .collect();
    for (index, login) in (0_u16..).zip(host.logins) {
        if host.facts.may_sudo(&login.login) && !commands.is_empty() {
            of_login(host, index, login, &commands, &mut out);
        }
    }
    out
}

fn of_login(host: &LogHost<'_>, index: u16, login: &Login, commands: &[(u8, i64)], out: &mut Vec<Run>) {
    let key = host.key.text("sudo").value();
    let noise = |what: u64| mix(&[key, login.from.unsigned_abs(), 31, what]);
    let below = |what: u64, most: i64| (noise(what) % most.max(1).unsigned_abs()).cast_signed();
    // Half of the sittings have no need of it; then one command often leads to another.
    let count = match noise(0) % 100 {
        0..50 => 0,
        50..70 => 1,
        70..84 => 2,
        84..94 => 3,
        _ => 5,
    };
    let earlier = host.logins[..usize::from(index)].iter().rev().take(40);
    let open = earlier.filter(|other| other.to > login.from).count();
    let terminal = u8::try_from(open).unwrap_or(0);
    let mut at = login.from + 6 * SECOND + below(1, (login.to - login.from) / 3);
    let mut before = None;
    for n in 0..count {
        let part = 10 * (n + 1);
        let (command, longest) = commands[usize::try_from(noise(part) % commands.len() as u64).unwrap_or(0)];
        // sudo itself takes some milliseconds; whoever reads takes from a twentieth of the time to all of it.
        let takes = 9_000 + below(part + 1, 60_000) + longest / 20 + below(part + 2, longest.max(2) / 2);
        if at + takes + SECOND >= login.to {
            return;
        }
        let place = match noise(part + 3) % 10 {
            0..7 => Place::Home,
            7..9 => Place::Logs,
            _ => Place::Configuration,
        };
        if before != Some(command) {
            out.push(Run { login: index, command, terminal, place, from: at, to: at + takes });
        }
        before = Some(command);
        // The next one after a look at what came of it: seconds to minutes, short ones mostly.
        let (a, b) = (below(part + 4, 1_000), below(part + 5, 1_000));
        at += takes + 3 * SECOND + a * b * 140;
    }
}
