//! What stands in a file, and what stands in it next.

mod cache;
mod draft;
mod note;
mod script;
mod size;
mod todo;
pub(crate) mod typing_style;

use alloc::string::String;

use crate::body::{Body, Written};
use crate::content::TextGenerator;
use crate::content_class::{FileClass, TextClass};
use crate::persona::ModelProse;

/// The first body of a file, written at `generator.context().written`.
pub fn make_body(class: FileClass, generator: &mut TextGenerator<'_>) -> Written {
    let text = match class {
        FileClass::Text(TextClass::Note) => note::make(generator),
        FileClass::Text(TextClass::Draft) => draft::make(generator),
        FileClass::Text(TextClass::Todo) => todo::make(generator),
        FileClass::Text(TextClass::Script) => {
            let rule = generator.pack().rules().body_script;
            generator.text(rule)
        }
        FileClass::CacheTmp => cache::make(generator.rng()),
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Written { body, mtime: generator.context().written.timestamp() }
}

/// Editors leave one line end at the end of a file.
fn one_line_end(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// How the file goes on after `previous`. `None` when there is nothing to add now, or where the text is not
/// what its class looks like.
pub fn next_iteration(class: TextClass, previous: &str, generator: &mut TextGenerator<'_>) -> Option<Written> {
    let text = match class {
        TextClass::Todo => todo::next(previous, generator),
        TextClass::Note => note::next(previous, generator)?,
        TextClass::Draft => draft::next(previous, generator)?,
        TextClass::Script => script::next(previous, generator)?,
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Some(Written { body, mtime: generator.context().written.timestamp() })
}

/// Adds to the end, on a line of its own, whatever the end of `previous` looks like.
fn append(previous: &str, addition: &str) -> String {
    let mut out = String::with_capacity(previous.len() + addition.len() + 1);
    out.push_str(previous);
    if !previous.is_empty() && !previous.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(addition);
    out
}

/// Takes out what gives a language model away , unless the persona is
/// the kind of person who writes so.
fn plain_punctuation(text: String, prose: ModelProse) -> String {
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

#[cfg(test)]
mod tests;
