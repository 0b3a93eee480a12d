//! Where a new file goes and what it is called.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::content::TextGenerator;
use crate::content_class::{FileClass, TextClass};
use crate::habit::Joint;
use crate::path::{DeckyPath, PathError};
use crate::story::Instance;

/// Draws a path for a new file: people's files below the account's home, in folders and under names from
/// the content pack; scratch files where programs put them.
///
/// # Errors
/// When the home is so deep, or the drawn name so long, that no row could hold the path.
pub fn make_path(class: FileClass, generator: &mut TextGenerator<'_>) -> Result<DeckyPath, PathError> {
    let text = match class.scratch() {
        Ok(scratch) => return DeckyPath::new((scratch.path)(generator.rng())),
        Err(text) => text,
    };
    let name = match text {
        TextClass::Note if generator.is_scattered() => Some(generator.scattered_name()),
        TextClass::Note => generator.story().map(|story| told_name(&story, generator)),
        TextClass::Draft => generator.drafted().map(|story| draft_name(&story, generator)),
        TextClass::Todo if generator.has_stories() => Some(list_name(generator)),
        TextClass::Script => generator.scripted().and_then(|story| script_name(&story, generator)),
        TextClass::Todo => None,
    };
    let name = name.unwrap_or_else(|| generator.text((text.files().name)(generator.pack().rules())));
    let home = DeckyPath::new(generator.context().home)?;
    // Who joins words in names with a sign does it everywhere.
    let name = match generator.habit().joint {
        Joint::Underscore => name.trim().replace(' ', "_"),
        Joint::Camel => name.trim().to_owned(),
        Joint::Hyphen | Joint::HyphenKept | Joint::None => name.trim().replace(' ', "-"),
    };
    DeckyPath::under(&home, name.trim_matches('/'))
}

/// Where a script of a storyline lies: with the writer's others.
fn script_name(story: &Instance<'_>, generator: &TextGenerator<'_>) -> Option<String> {
    const FOLDERS: [&str; 7] = ["bin/", "bin/", "scripts/", "", "scripts/", "tools/", "sh/"];
    let folder = FOLDERS[generator.habit().noise("script folder").index(FOLDERS.len())];
    Some(alloc::format!("{folder}{}", story.script_name()?))
}

/// What a person's one list on this host is called.
fn list_name(generator: &TextGenerator<'_>) -> String {
    const NAMES: [&str; 9] = ["todo", "TODO", "todo", "2do", "tasks", "todo-list", "open", "list", "to-do"];
    let name = NAMES[generator.habit().noise("list").index(NAMES.len())];
    alloc::format!("{name}{}", generator.habit().suffix)
}

/// What a paper about an instance of a storyline is called: not what the note about it is.
fn draft_name(story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> String {
    let name = told_name(story, generator);
    let (stem, suffix) =
        name.rsplit_once('.').map_or((name.as_str(), ""), |(stem, _)| (stem, generator.habit().suffix));
    let joint = if generator.habit().joint == Joint::Underscore { "_" } else { "-" };
    let mark = generator.pack().draft_mark(generator.habit().noise("draft mark"));
    alloc::format!("{stem}{joint}{mark}{suffix}")
}

/// What a note about an instance of a storyline is called.
fn told_name(story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> String {
    // Always the same for this person and this item, so that there is one note of it.
    let key = generator.note_key(story);
    let title = story.title(key);
    let mut out = String::new();
    if key.text("in a folder").chance(62) {
        out.push_str(&generator.place_of(key));
        out.push('/');
    }
    if key.text("dated").chance(10)
        && let Some(first) = story.until(generator.context().written.timestamp()).first()
    {
        put!(&mut out, "{}-", first.at.to_zoned(generator.context().written.time_zone().clone()).date());
    }
    out.push_str(&generator.file_name(&title));
    out.push_str(generator.habit().suffix);
    out
}
