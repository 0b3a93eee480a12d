//! Lines of a file of storylines, and where they stand in it.

use alloc::vec::Vec;

use super::storyline::Text;

/// A line, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'s> {
    pub(super) text: &'s str,
    pub(super) start: usize,
    pub(super) number: usize,
}

impl Line<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// A part of this line as a text of the storyline.
    pub(super) fn place(&self, part: &str) -> Text {
        let from = self.start + (part.as_ptr() as usize - self.text.as_ptr() as usize);
        Text::new(from..from + part.len())
    }
}

/// The lines of a file.
pub(super) fn lines(source: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut out = Vec::new();
    for (index, text) in source.split('\n').enumerate() {
        out.push(Line { text: text.trim_end(), start, number: index + 1 });
        start += text.len() + 1;
    }
    out
}

/// A line of a script without the beat that it waits for: `@closed rm /tmp/x`.
pub(super) fn script_line(line: &str) -> (Option<&str>, &str) {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    match line.strip_prefix('@').map(|rest| rest.split_once(' ').unwrap_or_else(|| rest.split_at(rest.len()))) {
        Some((name, rest)) if is_name(name) => (Some(name), rest),
        _ => (None, line),
    }
}

/// The condition that a line begins with, and the rest: `?cause=full The disk was full.`
pub(super) fn condition_of(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('?')?;
    let (condition, text) = rest.split_once(' ').unwrap_or_else(|| rest.split_at(rest.len()));
    condition.contains('=').then_some((condition, text))
}
