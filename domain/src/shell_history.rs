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
/// in nobody's home, or nothing is remembered. `person` is the noise of the persona.
pub fn of_writing(
    what: EventKind,
    path: &DeckyPath,
    owner: Owner,
    facts: &HostFacts,
    person: Key,
    rng: &mut dyn Rng,
) -> Option<HistoryLines> {
    if rng.random_range(0..100) >= REMEMBERED {
        return None;
    }
    let account = facts.accounts().iter().find(|a| path.is_below(a.home.as_str()) && a.owner == owner)?;
    let relative = path.as_str().get(account.home.as_str().len() + 1..)?;
    let lines = typed_for(relative, what, person, rng);
    Some(HistoryLines { path: DeckyPath::under(&account.home, ".bash_history").ok()?, owner, lines })
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
