//! Scripts: used, commented, adjusted.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::class_files::{Mode, TextFiles};
use crate::content::TextGenerator;
use crate::text::{append, joined};

/// The files of this class.
pub(crate) const FILES: TextFiles =
    TextFiles { name: |rules| rules.name_script, make, next, mode: Mode::Always(0o755), edits: 7 };

fn make(generator: &mut TextGenerator<'_>) -> String {
    let written = generator.context().written.timestamp();
    // Its name was chosen before, and with it what it is for.
    if let Some(script) = generator.recalled_or_told().and_then(|story| story.script(written)) {
        return script.body;
    }
    let rule = generator.pack().rules().body_script;
    generator.text(rule)
}

/// How a script goes on. It parses before and after: what changes is a number, a name or a comment. What was written for
/// a piece of work changes as that goes on.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    if let (Some(story), Some(since)) = (generator.recalled(), generator.since()) {
        let was = story.script(since).filter(|was| was.body == previous);
        let is = story.script(generator.context().written.timestamp());
        match is.filter(|is| was.as_ref().is_some_and(|was| is.body != was.body)) {
            Some(is) => return Some(is.body),
            None if generator.passes_over => return None,
            None => {}
        }
    }
    if previous.len() > 12_000 || (generator.passes_over && generator.chance(75)) {
        // A script that works is mostly left as it is.
        return None;
    }
    let changed = match generator.rng().random_range(0..100) {
        0..=34 => adjusted(previous, generator),
        35..=52 => renamed(previous, generator),
        53..=74 => commented(previous, generator),
        _ => None,
    };
    changed.or_else(|| {
        let rule = generator.pack().rules().append_script;
        let more = generator.text(rule);
        Some(append(previous, &more))
    })
}

/// `LIMIT=80` becomes `LIMIT=85`.
fn adjusted(text: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let number = |line: &str| -> Option<(usize, u32)> {
        let (name, value) = line.split_once('=')?;
        let is_name = !name.trim().is_empty() && name.trim().bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let value = value.trim();
        let is_number =
            is_name && !line.starts_with(' ') && !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        Some((line.len() - value.len(), value.parse().ok()?)).filter(|_| is_number && line.ends_with(value))
    };
    let fit: Vec<(usize, (usize, u32))> = lines
        .iter()
        .enumerate()
        .filter_map(|(n, line)| Some((n, number(line)?)))
        .filter(|(_, (_, n))| *n > 1)
        .collect();
    let (at, (from, value)) = *fit.get(generator.rng().random_range(0..fit.len().max(1)))?;
    let step = (value / 8).max(1);
    let other = if generator.chance(65) { value.checked_add(step)? } else { value - step.min(value - 1) };
    lines[at].truncate(from);
    put!(&mut lines[at], "{other}");
    Some(joined(&lines))
}

/// A variable of a shell script gets a better name, everywhere.
fn renamed(text: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    const BETTER: [(&str, &str); 12] = [
        ("SRC", "SOURCE"),
        ("DEST", "TARGET"),
        ("DAY", "STAMP"),
        ("LIMIT", "MAX"),
        ("host", "srv"),
        ("used", "pct"),
        ("days", "age"),
        ("warn", "min_days"),
        ("keep", "copies"),
        ("target", "dst"),
        ("out", "result"),
        ("svc", "service"),
    ];
    if !text.starts_with("#!") || text.lines().next().is_some_and(|l| l.contains("python")) {
        return None;
    }
    let is_there = |name: &str| words(text).any(|(_, word)| word == name);
    let fit: Vec<&(&str, &str)> = BETTER
        .iter()
        .filter(|(old, new)| text.contains(&alloc::format!("{old}=")) && is_there(old) && !is_there(new))
        .collect();
    let (old, new) = **fit.get(generator.rng().random_range(0..fit.len().max(1)))?;
    let mut out = String::with_capacity(text.len() + 16);
    let mut from = 0;
    for (at, _) in words(text).filter(|(_, word)| *word == old) {
        out.push_str(&text[from..at]);
        out.push_str(new);
        from = at + old.len();
    }
    out.push_str(&text[from..]);
    Some(out)
}

/// Names as shells see them, with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .filter(|(_, word)| !word.is_empty())
}

/// A comment below the first line.
fn commented(text: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let rule = generator.pack().rules().append_script;
    let more = generator.text(rule);
    let comment = more.trim().lines().find(|l| l.starts_with('#'))?.to_owned();
    let is_head = lines.first().is_some_and(|l| l.starts_with("#!"));
    lines.insert(usize::from(is_head), comment);
    Some(joined(&lines))
}
