//! Where a new file goes and what it is called.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use rand::{Rng, RngExt};

use crate::content::TextGenerator;
use crate::content_class::{FileClass, TextClass};
use crate::habit::Joint;
use crate::path::{DeckyPath, PathError};

/// Draws a path for a new file: people's files below the account's home, in folders and under names from
/// the content pack; scratch files where programs put them.
///
/// # Errors
/// When the home is so deep, or the drawn name so long, that no row could hold the path.
pub fn make_path(class: FileClass, generator: &mut TextGenerator<'_>) -> Result<DeckyPath, PathError> {
    let rules = generator.pack().rules();
    let rule = match class {
        FileClass::CacheTmp => return scratch(generator.rng()),
        FileClass::Text(TextClass::Note) => rules.name_note,
        FileClass::Text(TextClass::Todo) => rules.name_todo,
        FileClass::Text(TextClass::Draft) => rules.name_draft,
        FileClass::Text(TextClass::Script) => rules.name_script,
    };
    let name = generator.text(rule);
    let home = DeckyPath::new(generator.context().home)?;
    // Who joins words in names with a sign does it everywhere.
    let name = match generator.habit().joint {
        Joint::Underscore => name.trim().replace(' ', "_"),
        Joint::Camel => name.trim().to_owned(),
        Joint::Hyphen | Joint::HyphenKept | Joint::None => name.trim().replace(' ', "-"),
    };
    DeckyPath::under(&home, name.trim_matches('/'))
}

/// The shape of mkstemp(3): six letters and digits.
fn scratch(rng: &mut dyn Rng) -> Result<DeckyPath, PathError> {
    DeckyPath::new(format!("/tmp/.cache-{}", mkstemp_tail(rng)))
}

/// A name for a file's body until it is whole: the shape rsync(1) gives its own, `.name.XXXXXX`,
/// cut so that it stays a name.
pub fn temporary_name(beside: &str, rng: &mut dyn Rng) -> String {
    let name: String = beside.chars().take(40).collect();
    format!(".{name}.{}", mkstemp_tail(rng))
}

fn mkstemp_tail(rng: &mut dyn Rng) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}
