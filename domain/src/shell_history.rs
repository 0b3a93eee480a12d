//! What a shell remembers of what somebody did.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rand::{Rng, RngExt};

use crate::account::Owner;
use crate::facts::HostFacts;
use crate::noise::Key;
use crate::path::DeckyPath;
use crate::record::EventKind;

/// Lines for a shell history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLines {
    /// The history's path.
    pub path: DeckyPath,
    /// Whose it is.
    pub owner: Owner,
    /// The lines, each with its line end.
    pub lines: String,
}

/// In how many of 100 cases the shell remembers that a file was written: it forgets, and there are other ways.
const REMEMBERED: u32 = 60;

/// What the shell of a file's owner remembers of the file having been made or edited; `None` where the file is
/// in nobody's home, or nothing is remembered. `person` is the noise of the persona; `before` are the commands that they
/// typed before they wrote of it, which are remembered in any case.
pub fn of_writing(
    what: EventKind,
    path: &DeckyPath,
    owner: Owner,
    facts: &HostFacts,
    person: Key,
    before: &[String],
    rng: &mut dyn Rng,
) -> Option<HistoryLines> {
    let is_remembered = rng.random_range(0..100) < REMEMBERED;
    if !is_remembered && before.is_empty() {
        return None;
    }
    let account = facts.accounts().iter().find(|a| path.is_below(a.home.as_str()) && a.owner == owner)?;
    let relative = path.as_str().get(account.home.as_str().len() + 1..)?;
    let mut lines = String::new();
    for command in before {
        put_typed(command, person, rng, &mut lines);
    }
    if is_remembered {
        lines.push_str(&typed_for(relative, what, person, rng));
    }
    Some(HistoryLines { path: DeckyPath::under(&account.home, ".bash_history").ok()?, owner, lines })
}

/// In so many of 1,000 commands somebody slips, sees what the shell says, and types it again.
const SLIPS: u32 = 45;

/// A command as somebody types it: now and then with a look around before, or with a slip.
fn put_typed(command: &str, person: Key, rng: &mut dyn Rng, out: &mut String) {
    let looks = ["ls", "ls -la", "pwd", "cd", "clear", "df -h ."];
    if rng.random_bool(0.12) {
        out.push_str(looks[person.text("looks").with(u64::from(rng.random_range(0..3_u32))).index(looks.len())]);
        out.push('\n');
    }
    let word = command.split(' ').next().unwrap_or_default();
    if rng.random_range(0..1_000) < SLIPS && word.len() > 3 && word.is_ascii() {
        let at = rng.random_range(1..word.len() - 1);
        let (head, tail) = word.split_at(at);
        let mut swapped = tail.chars();
        if let (Some(a), Some(b)) = (swapped.next(), swapped.next())
            && a != b
        {
            put!(&mut *out, "{head}{b}{a}{}{}\n", swapped.as_str(), &command[word.len()..]);
        }
    }
    out.push_str(command);
    out.push('\n');
}

/// What somebody types who writes a file, relative to their home.
fn typed_for(relative: &str, what: EventKind, person: Key, rng: &mut dyn Rng) -> String {
    // A name with a blank in it is typed with quotes; everybody has an editor.
    let name = if relative.contains([' ', '\'', '(', ')', '&']) {
        format!("\"{}\"", relative.replace(['"', '$', '`', '\\'], ""))
    } else {
        relative.to_owned()
    };
    let editor = ["nano", "nano", "vim", "vi", "vim"][person.text("editor").index(5)];
    let is_new = what == EventKind::FileCreate;
    let mut lines = Vec::new();
    if let (true, Some((folder, _)), true) = (is_new, relative.rsplit_once('/'), rng.random_bool(0.5)) {
        lines.push(format!("mkdir -p {folder}"));
    }
    if rng.random_bool(0.3) {
        lines.push(["ls", "ls -lt", "cd", "pwd"][rng.random_range(0..4)].to_owned());
    }
    lines.push(format!("{editor} {name}"));
    if relative.ends_with(".sh") || relative.ends_with(".py") {
        if is_new {
            lines.push(format!("chmod +x {name}"));
        }
        lines.push(format!("./{name}"));
    } else if rng.random_bool(0.2) {
        lines.push(format!("cat {name}"));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn what_was_typed_before_is_remembered_in_order_and_slips_are_put_right() {
        let facts = HostFacts::parse("annlee:x:1000:1000::/home/annlee:/bin/bash\n", "");
        let path = DeckyPath::new("/home/annlee/notes/disk.md").unwrap();
        let owner = facts.accounts()[0].owner;
        let before = ["df -h /backup", "ssh db-02", "sudo systemctl start backup.service"].map(String::from);
        let mut slips = 0;
        for seed in 0..400 {
            let rng = &mut ChaCha8Rng::seed_from_u64(seed);
            let lines = of_writing(EventKind::FileEdit, &path, owner, &facts, Key::of(1), &before, rng).unwrap();
            let typed: Vec<&str> = lines.lines.lines().collect();
            let places: Vec<usize> =
                before.iter().map(|command| typed.iter().position(|line| line == command).unwrap()).collect();
            assert!(places.is_sorted(), "{typed:?}");
            slips += usize::from(typed.iter().any(|line| line.contains("systemctl") && !line.starts_with("sudo ")));
        }
        // "sudo" is short enough to be mistyped like any other word.
        assert!((5..60).contains(&slips), "{slips}");
    }
}
