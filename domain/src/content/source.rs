//! What content is read from: named texts, and mistakes with their file and line.

use alloc::borrow::ToOwned;
use alloc::string::String;

/// One file of texts.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// What errors call it.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ContentError {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl ContentError {
    pub(crate) fn at(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }

    pub(crate) fn whole(file: &str, reason: impl Into<String>) -> Self {
        Self::at(file, 0, reason)
    }
}
