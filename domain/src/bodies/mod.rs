//! What stands in a file, and what stands in it next.

pub(crate) mod cache;
pub(crate) mod class_files;
pub(crate) mod draft;
pub(crate) mod note;
pub(crate) mod script;
mod size;
pub(crate) mod todo;
pub(crate) mod typing_style;

use crate::body::{Body, Written};
use crate::content::TextGenerator;
use crate::content_class::{FileClass, TextClass};
use crate::text::{one_line_end, plain_punctuation};

pub(crate) use todo::open_ends;

/// The first body of a file, written at `generator.context().written`.
pub fn make_body(class: FileClass, generator: &mut TextGenerator<'_>) -> Written {
    let text = match class.scratch() {
        Ok(scratch) => (scratch.make)(generator.rng()),
        Err(text) => (text.files().make)(generator),
    };
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Written { body, mtime: generator.context().written.timestamp() }
}

/// How the file goes on after `previous`. `None` when there is nothing to add now, or where the text is not
/// what its class looks like.
pub fn next_iteration(class: TextClass, previous: &str, generator: &mut TextGenerator<'_>) -> Option<Written> {
    let text = (class.files().next)(previous, generator)?;
    let body = Body::Text(plain_punctuation(one_line_end(text), generator.context().persona.model_prose));
    Some(Written { body, mtime: generator.context().written.timestamp() })
}

#[cfg(test)]
mod tests;
