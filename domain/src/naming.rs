//! Where a new file goes and what it is called.

use alloc::borrow::ToOwned;
use alloc::string::String;

use rand::RngExt;

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
    let text = match class.scratch() {
        Ok(scratch) => return DeckyPath::new((scratch.path)(generator.rng())),
        Err(text) => text,
    };
    let name = match text {
        TextClass::Note => told_name(generator),
        _ => None,
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

/// What a note about an instance of a storyline is called; `None` where there is none to tell of.
fn told_name(generator: &mut TextGenerator<'_>) -> Option<String> {
    let story = generator.story()?;
    let titles = story.titles();
    let title = &titles[generator.rng().random_range(0..titles.len())];
    let mut out = String::new();
    if generator.chance(62) {
        out.push_str(&generator.place());
        out.push('/');
    }
    if generator.chance(10) {
        let day = story.until(generator.context().written.timestamp()).first().map(|first| first.at)?;
        put!(&mut out, "{}-", day.to_zoned(generator.context().written.time_zone().clone()).date());
    }
    out.push_str(&generator.file_name(title));
    out.push_str(generator.habit().suffix);
    Some(out)
}
