//! Plain lists as data: `[name]`, then an entry a line.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::source::{ContentError, SourceFile};

/// A list, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) entries: Vec<String>,
}

/// Reads all lists of a file. `;;` begins a comment; blank lines don't count.
pub(crate) fn lists(file: &SourceFile<'_>) -> Result<Vec<List>, ContentError> {
    let mut out: Vec<List> = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(";;") {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            out.push(List { name: name.to_owned(), line: index + 1, entries: Vec::new() });
            continue;
        }
        let Some(list) = out.last_mut() else {
            return Err(ContentError::at(file.name, index + 1, "a line before the first [list]"));
        };
        list.entries.push(line.to_owned());
    }
    match out.iter().find(|list| list.entries.is_empty()) {
        Some(empty) => Err(ContentError::at(file.name, empty.line, alloc::format!("[{}] is empty", empty.name))),
        None => Ok(out),
    }
}
