//! A language that the program was not built with: a folder of texts, and people who write in it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use decnet_tests::program::Program;

/// Every word of this language ends so.
const ENDING: &str = "zq";
const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/made-up-language");
const ENGLISH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/content/en");
/// Accounts that the hosts of the demo have.
const PEOPLE: [&str; 5] = ["Sarah Connor", "Juan Perez", "Nina Mueller", "Tom Berg", "Amy Bright"];

/// The words of the English texts that are words of nothing else here: those of four letters and more.
fn english() -> BTreeSet<String> {
    let files =
        std::fs::read_dir(ENGLISH).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    files.flat_map(|text| words(&text).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    // An address, a path or a host belongs to no language.
    text.split_whitespace()
        .filter(|token| !token.contains(['@', '/', '_']))
        .flat_map(|token| token.split(|c: char| !c.is_alphabetic()))
        .filter(|word| word.len() >= 4 && word.bytes().all(|b| b.is_ascii_lowercase()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The text of a mail that one of the people wrote: no header lines.
fn written(mail: &str) -> Option<String> {
    let (headers, body) = mail.split_once("\n\n")?;
    let from = headers.lines().find(|line| line.starts_with("From: "))?;
    let is_a_persons = PEOPLE.iter().any(|name| from.contains(name));
    let is_text = |line: &&str| !line.starts_with("Content-") && !line.starts_with(' ') && !line.starts_with("--");
    is_a_persons.then(|| body.lines().filter(is_text).collect::<Vec<_>>().join("\n"))
}

#[test]
fn people_of_a_language_from_a_folder_live_a_day_in_it() {
    let program = Program::new();
    assert!(program.ok(&["realism", "check-content", PACK]).ends_with("qy\n"), "nothing is borrowed");
    let people: Vec<_> = PEOPLE
        .iter()
        .map(|name| {
            let email = format!("{}@corp.example.com", name.to_lowercase().replace(' ', "."));
            serde_json::json!({"name": name, "email": email, "role": "sysopozq", "language": "qy", "active_hours": "00:00-24:00",
                "working_days": "mon-sun"})
        })
        .collect();
    let folder = program.folder().join("demo");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("personas.json"), serde_json::to_string(&people).unwrap()).unwrap();
    let told = program.ok(&["demo", "--dir", "demo", "--days", "2", "--actions-per-day", "60", "--content-dir", PACK]);
    assert!(told.contains("file:create") && told.contains("file:edit"), "{told}");

    let english = english();
    assert!(english.len() > 1_000);
    let (mut texts, mut mails, mut scripts) = (0, 0, 0);
    let decoys = folder.join("decoys");
    for path in files(&decoys) {
        let shown = path.strip_prefix(&decoys).unwrap().display().to_string();
        let is_home = shown.contains("/home/") && !shown.contains("/.") && !shown.ends_with(".py");
        let is_mail = shown.contains("/Maildir/");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = if is_mail {
            let Some(text) = written(&text) else { continue };
            mails += 1;
            text
        } else if is_home && text.starts_with("#!") {
            // Code is the same in every language, and so are its arguments and what was commented out; comments are not.
            scripts += 1;
            let is_comment = |line: &&str| line.starts_with("# ") && *line != "# exit 0" && !line.contains("usage: ");
            text.lines().filter(is_comment).collect::<Vec<_>>().join("\n")
        } else if is_home {
            texts += 1;
            assert!(text.contains(ENDING), "{shown}:\n{text}");
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(words(&name).all(|word| word.ends_with(ENDING) || !english.contains(word)), "{shown}");
            text
        } else {
            continue;
        };
        let foreign: Vec<&str> = words(&text).filter(|word| english.contains(*word)).collect();
        assert!(foreign.is_empty(), "{shown}: {foreign:?} in\n{text}");
    }
    assert!(texts > 10 && mails > 3 && scripts > 0, "{texts} texts, {mails} mails, {scripts} scripts");
}

#[test]
fn what_a_language_lacks_of_labels_is_english_and_told() {
    let program = Program::new();
    let folder = program.folder().join("mine/qy");
    std::fs::create_dir_all(&folder).unwrap();
    let pack = std::fs::read_to_string(Path::new(PACK).join("qy/pack.txt")).unwrap();
    let pack = pack.replace("sent = Hilozq\n", "").replace("[mail.days]", "[days.of.another.name]");
    std::fs::write(folder.join("pack.txt"), pack).unwrap();
    let told = program.ok(&["realism", "check-content", "mine"]);
    assert!(told.contains("qy has no [mail.labels] sent: the English one is used"), "{told}");
    assert!(told.contains("qy has no [mail.days]: the English one is used"), "{told}");
    assert!(told.contains("is in order"), "{told}");
}
