//! The one file into which somebody writes what they need to know again: of all their work, as it comes.

use alloc::string::String;

use rand::RngExt;

use crate::content::{Scattered, TextGenerator};
use crate::text::append;

/// A new file has something of so many days.
const DAYS: i64 = 16;
/// In so many of 100 cases there is a blank line between two things,
const APART: u64 = 64;
/// and in so many it is said what the first one of a piece of work belongs to.
const NAMED: u64 = 34;

/// The file, begun with what came up lately.
pub(super) fn make(generator: &mut TextGenerator<'_>) -> String {
    let since = generator.context().written.timestamp() - jiff::SignedDuration::from_hours(24 * DAYS);
    let all = generator.scattered(since);
    let count = generator.rng().random_range(2..=9).min(all.len());
    let mut out = String::new();
    put_all(&all[all.len() - count..], &mut out, generator);
    out
}

/// How it goes on: what has come up since. `None` where nothing has.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    let all = generator.scattered(generator.since()?);
    if all.is_empty() {
        return None;
    }
    let mut out = String::new();
    let apart = if all[0].key.text("apart").chance(APART) { "\n" } else { "" };
    put_all(&all, &mut out, generator);
    Some(append(previous, &alloc::format!("{apart}{out}")))
}

fn put_all(all: &[Scattered], out: &mut String, generator: &TextGenerator<'_>) {
    let has_bullets = generator.habit().noise("scattered bullets").chance(22);
    for (n, scattered) in all.iter().enumerate() {
        let is_first = !all[..n].iter().any(|before| before.title == scattered.title);
        if !out.is_empty() && scattered.key.text("apart").chance(APART) {
            out.push('\n');
        }
        if is_first && scattered.key.text("named").chance(NAMED) {
            put!(out, "{}\n", scattered.title);
        }
        for line in &scattered.lines {
            put!(out, "{}{line}\n", if has_bullets { generator.habit().bullet } else { "" });
        }
    }
}
