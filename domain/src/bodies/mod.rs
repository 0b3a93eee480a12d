//! What stands in a file, and what stands in it next.

mod cache;
mod gzip;
pub mod log;
mod todo;

use alloc::borrow::Cow;
use alloc::string::String;

use jiff::Timestamp;
use rand::{Rng, RngExt};

use crate::content::{Content, Draw};
use crate::content_class::{EditableClass, TemplateClass};
use crate::naming::{LogFile, Named};
use crate::persona::ModelProse;

/// The content of a planted file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// As it is.
    Text(String),
    /// A rotated log, packed as logrotate(8) does.
    Gzip {
        /// The log, unpacked.
        plain: String,
        /// The log's modification time, which gzip keeps in its header.
        mtime: Timestamp,
    },
}

impl Body {
    /// The bytes on the disk. A rotated log is packed at each call: planning thousands of files
    /// shouldn't pay for what only delivery needs.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
            Self::Gzip { plain, mtime } => Cow::Owned(gzip::pack(plain.as_bytes(), *mtime)),
        }
    }

    /// The readable text.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Gzip { plain, .. } => plain,
        }
    }
}

/// A body and the moment its file was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What stands in it.
    pub body: Body,
    /// The modification time that agrees with it.
    pub mtime: Timestamp,
}

/// The first body of a file. A person's file is written at `draw.scene().written`; a log ends when
/// its last line was logged, so its own time wins.
pub fn make_body(class: TemplateClass, named: &Named, content: &Content, draw: &mut Draw<'_>) -> Written {
    let rules = draw.pack().rules();
    let text = match class {
        TemplateClass::Note => draw.text(rules.body_note),
        TemplateClass::Draft => draw.text(rules.body_draft),
        TemplateClass::Todo => draw.text(rules.body_todo),
        TemplateClass::Script if named.path.as_str().ends_with(".py") => draw.text(rules.body_script_py),
        TemplateClass::Script => draw.text(rules.body_script_sh),
        TemplateClass::CacheTmp => cache::make(draw.rng()),
        TemplateClass::LogCron | TemplateClass::LogDaemon => {
            let file = named.log.unwrap_or(LogFile::CRON);
            return log::make(file, content.system(), draw.scene());
        }
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), draw.scene().persona.model_prose));
    Written { body, mtime: draw.scene().written.timestamp() }
}

/// Editors leave one line end at the end of a file.
fn one_line_end(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// How the file goes on after `previous`. `None` when there is nothing to add now: a log without
/// a new line, or a text that is not what its class looks like.
pub fn next_iteration(
    class: EditableClass,
    previous: &str,
    path: &str,
    content: &Content,
    draw: &mut Draw<'_>,
) -> Option<Written> {
    let rules = draw.pack().rules();
    let text = match class {
        EditableClass::LogCron | EditableClass::LogDaemon => {
            return log::next(LogFile::of_path(path)?, previous, content.system(), draw.scene());
        }
        EditableClass::Todo => todo::next(previous, draw),
        EditableClass::Note => append(previous, &draw.text(rules.append_note)),
        EditableClass::Draft => append(previous, &draw.text(rules.append_draft)),
        EditableClass::Script => append(previous, &draw.text(rules.append_script)),
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), draw.scene().persona.model_prose));
    Some(Written { body, mtime: draw.scene().written.timestamp() })
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

/// Takes out what gives a language model away (the seed, "Em-dash suppression"), unless the persona is
/// the kind of person who writes so.
fn plain_punctuation(text: String, prose: ModelProse) -> String {
    if prose == ModelProse::Welcome || text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2014}' | '\u{2013}' => out.push('-'),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            '\u{2026}' => out.push_str("..."),
            c => out.push(c),
        }
    }
    out
}

/// True in `percent` of 100 cases.
fn chance(percent: u8, rng: &mut dyn Rng) -> bool {
    rng.random_range(0..100_u8) < percent
}

#[cfg(test)]
mod tests;
