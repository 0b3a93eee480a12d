//! Where a new file goes and what it is called.

use alloc::borrow::ToOwned;

use crate::content::TextGenerator;
use crate::content_class::FileClass;
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
    let name = generator.text((text.files().name)(generator.pack().rules()));
    let home = DeckyPath::new(generator.context().home)?;
    // Who joins words in names with a sign does it everywhere.
    let name = match generator.habit().joint {
        Joint::Underscore => name.trim().replace(' ', "_"),
        Joint::Camel => name.trim().to_owned(),
        Joint::Hyphen | Joint::HyphenKept | Joint::None => name.trim().replace(' ', "-"),
    };
    DeckyPath::under(&home, name.trim_matches('/'))
}
