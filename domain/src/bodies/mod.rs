//! What stands in a file, and what stands in it next.

pub(crate) mod cache;
pub(crate) mod class_files;
pub(crate) mod draft;
mod gzip;
pub mod log;
pub(crate) mod note;
pub(crate) mod script;
mod size;
pub mod sudo;
pub(crate) mod todo;
pub(crate) mod typing_style;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use crate::content::{Content, TextGenerator};
use crate::content_class::{EditableClass, FileClass, TemplateClass};
use crate::naming::{LogFile, LogKind, Named};
use crate::text::{one_line_end, plain_punctuation};

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
    /// A rotated log that was packed before.
    Packed(Vec<u8>),
}

impl Body {
    /// The bytes on the disk. A rotated log is packed at each call: planning thousands of files
    /// shouldn't pay for what only delivery needs.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
            Self::Gzip { plain, mtime } => Cow::Owned(gzip::pack(plain.as_bytes(), *mtime)),
            Self::Packed(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The readable text.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Gzip { plain, .. } => plain,
            Self::Packed(_) => "",
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
pub fn make_body(class: TemplateClass, named: &Named, content: &Content, generator: &mut TextGenerator<'_>) -> Written {
    let text = match class.file().map(FileClass::scratch) {
        Some(Ok(scratch)) => (scratch.make)(generator.rng()),
        Some(Err(text)) => (text.files().make)(generator),
        None => {
            let file = named.log.unwrap_or(LogFile::live(LogKind::Cron));
            let context = generator.context();
            return log::make(file, &log::LogHost::of(context, content.system()), &context.written);
        }
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Written { body, mtime: generator.context().written.timestamp() }
}

/// How the file goes on after `previous`. `None` when there is nothing to add now: a log without
/// a new line, or a text that is not what its class looks like.
pub fn next_iteration(
    class: EditableClass,
    previous: &str,
    path: &str,
    content: &Content,
    generator: &mut TextGenerator<'_>,
) -> Option<Written> {
    let Some(text) = class.text() else {
        let context = generator.context();
        let host = log::LogHost::of(context, content.system());
        return log::next(LogFile::of_path(path)?, previous, &host, &context.written);
    };
    let text = (text.files().next)(previous, generator)?;
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Some(Written { body, mtime: generator.context().written.timestamp() })
}

#[cfg(test)]
mod tests;
