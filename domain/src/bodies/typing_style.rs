//! What a hand leaves on a text: case, full stops, short forms, slips.

use alloc::borrow::ToOwned;
use alloc::string::String;

use rand::{Rng, RngExt};

use crate::content::TextGenerator;
use crate::habit::Case;

/// A line as this person types it in a hurry.
pub(super) fn jotted(line: &str, generator: &mut TextGenerator<'_>) -> String {
    let habit = *generator.habit();
    let mut out = String::with_capacity(line.len() + 1);
    for (n, word) in line.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        let short = if habit.short == 0 { None } else { generator.pack().short_form(word) };
        match short {
            Some(short) if generator.chance(habit.short) => out.push_str(short),
            _ => slip(word, habit.typos, generator.rng(), &mut out),
        }
    }
    match habit.case {
        Case::Lower => {}
        Case::Upper => capitalise(&mut out),
        Case::AsItComes => {
            if generator.chance(50) {
                capitalise(&mut out);
            }
        }
    }
    let ends_plainly = out.chars().next_back().is_some_and(char::is_alphanumeric);
    if ends_plainly && generator.chance(habit.stops) {
        out.push('.');
    }
    out
}

/// Prose: the same hand, taking a little more care.
pub(crate) fn written(sentence: &str, generator: &mut TextGenerator<'_>) -> String {
    let typos = generator.habit().typos / 3;
    let mut out = String::with_capacity(sentence.len());
    for (n, word) in sentence.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        slip(word, typos, generator.rng(), &mut out);
    }
    out
}

fn capitalise(text: &mut String) {
    let is_word = text.split(' ').next().is_some_and(|word| word.chars().all(char::is_alphabetic));
    if let Some(first) = text.chars().next().filter(|c| is_word && c.is_lowercase()) {
        let upper: String = first.to_uppercase().collect();
        text.replace_range(..first.len_utf8(), &upper);
    }
}

/// The word, or in `rate` of 10,000 cases what the fingers made of it. Names, numbers and paths are spared:
/// they are copied, or looked at twice.
fn slip(word: &str, rate: u16, rng: &mut dyn Rng, out: &mut String) {
    let is_plain = || word.len() >= 4 && word.bytes().all(|b| b.is_ascii_lowercase());
    if rate == 0 || word.len() < 4 || rng.random_range(0..10_000) >= rate || !is_plain() {
        out.push_str(word);
        return;
    }
    let at = rng.random_range(1..word.len() - 1);
    match rng.random_range(0..4) {
        // Two letters the wrong way round.
        0 | 1 => {
            let bytes = word.as_bytes();
            out.push_str(&word[..at]);
            out.push(char::from(bytes[at + 1]));
            out.push(char::from(bytes[at]));
            out.push_str(&word[at + 2..]);
        }
        // One too few.
        2 => {
            out.push_str(&word[..at]);
            out.push_str(&word[at + 1..]);
        }
        // One twice.
        _ => {
            out.push_str(&word[..=at]);
            out.push_str(&word[at..]);
        }
    }
}

/// The text with one slip mended, if there is one: a word nobody knows that is one slip away from a
/// word of this language.
pub(super) fn mended(text: &str, generator: &TextGenerator<'_>) -> Option<String> {
    let pack = generator.pack();
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() >= 4 && w.is_ascii());
    for word in words.filter(|w| w.bytes().all(|b| b.is_ascii_lowercase()) && !pack.knows(w)) {
        let Some(right) = unslipped(word, &|w| pack.knows(w)) else { continue };
        // The very place the word came from: a slice of the text.
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        let mut out = text.to_owned();
        out.replace_range(at..at + word.len(), &right);
        return Some(out);
    }
    None
}

fn unslipped(word: &str, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
    for at in 1..word.len() - 1 {
        let swapped: String = [&word[..at], &word[at + 1..at + 2], &word[at..=at], &word[at + 2..]].concat();
        if is_known(&swapped) {
            return Some(swapped);
        }
        let without: String = [&word[..at], &word[at + 1..]].concat();
        if is_known(&without) {
            return Some(without);
        }
    }
    for at in 1..word.len() {
        for letter in 'a'..='z' {
            let mut with = word.to_owned();
            with.insert(at, letter);
            if is_known(&with) {
                return Some(with);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_mended_to_the_word_it_was() {
        let known = |w: &str| ["backup", "server", "tomorrow"].contains(&w);
        for (slip, right) in [("bakcup", "backup"), ("servver", "server"), ("tomorow", "tomorrow")] {
            assert_eq!(unslipped(slip, &known).as_deref(), Some(right));
        }
        assert_eq!(unslipped("xyzzy", &known), None);
    }
}
