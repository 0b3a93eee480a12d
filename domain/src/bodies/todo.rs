//! TODO lists: ticked off and added to, or both.

use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::{append, chance};
use crate::content::Draw;

const OPEN: &str = "[ ]";

/// Flips an unchecked box, appends an item in the list's own style, or both.
pub(super) fn next(previous: &str, draw: &mut Draw<'_>) -> String {
    let open: Vec<usize> = previous.match_indices(OPEN).map(|(at, _)| at).collect();
    let flip = !open.is_empty() && chance(65, draw.rng());
    let mut text = String::from(previous);
    if flip {
        // What is on top of a list is done first, more often than not.
        let near = open.len().min(1 + draw.rng().random_range(0..open.len()));
        let at = open[draw.rng().random_range(0..near)];
        text.replace_range(at..at + OPEN.len(), "[x]");
    }
    if !flip || chance(35, draw.rng()) {
        let item = draw.pack().rules().todo_item;
        let item = draw.text(item);
        text = append(&text, &alloc::format!("{}{}\n", bullet(previous), item.trim_end()));
    }
    text
}

/// How the list marks an open item: as its last line that is one does.
fn bullet(text: &str) -> &str {
    // What has a box is looked for first: a box begins like a plain bullet.
    let marks = [("- [", "- [ ] "), ("* [", "* [ ] "), ("[", "[ ] "), ("- ", "- "), ("* ", "* ")];
    text.lines()
        .rev()
        .find_map(|line| marks.iter().find(|(start, _)| line.starts_with(start)).map(|(_, bullet)| *bullet))
        .unwrap_or("- [ ] ")
}
