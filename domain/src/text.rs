//! Texts as such: line ends, breaking, and the punctuation that people type.

use alloc::string::String;

use crate::persona::ModelProse;

/// Editors leave one line end at the end of a file.
pub(crate) fn one_line_end(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Lines as a text, with a line end after the last.
pub(crate) fn joined(lines: &[String]) -> String {
    let mut out = lines.join("\n");
    out.push('\n');
    out
}

/// What is left of a text when its writing is taken off: letters and digits in lower case.
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Lines broken at words, at so many characters.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let mut column = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > 0 {
                if column + 1 + length > width {
                    out.push('\n');
                    column = 0;
                } else {
                    out.push(' ');
                    column += 1;
                }
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

/// Adds to the end, on a line of its own, whatever the end of `previous` looks like.
pub(crate) fn append(previous: &str, addition: &str) -> String {
    let mut out = String::with_capacity(previous.len() + addition.len() + 1);
    out.push_str(previous);
    if !previous.is_empty() && !previous.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(addition);
    out
}

/// Replaces the dashes, quotes and ellipses that language models and typesetters use with what is on a keyboard, unless
/// the persona is the kind of person who writes so.
pub(crate) fn plain_punctuation(text: String, prose: ModelProse) -> String {
    if prose == ModelProse::Welcome || text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => out.push(c),
        }
    }
    out
}

/// What is typed for a mark that typesetters and language models have; nothing for any other letter.
pub(crate) const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2014}' | '\u{2013}' => "-",
        '\u{2018}' | '\u{2019}' => "'",
        '\u{201c}' | '\u{201d}' => "\"",
        '\u{2026}' => "...",
        _ => return None,
    })
}
