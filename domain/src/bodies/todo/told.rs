//! Lists that follow from storylines: a person's open ends over all of their work items, and a few private errands.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::{Marks, insert, is_open, marks, way};
use crate::bodies::typing_style::jotted;
use crate::content::TextGenerator;
use crate::text::{bare, joined};

/// What never gets done is dropped after so many days.
const DROPPED_AFTER: i64 = 12;
/// What was done longer ago than this isn't on a new list.
const DONE_FOR: i64 = 5;

/// In so many of 100 cases what is new goes below the last open item, and else to the end.
const BELOW_OPEN: u8 = 45;

/// Something that the writer has, or had, to do.
struct OpenEnd {
    /// Since when.
    since: Timestamp,
    /// When it was done.
    done: Option<Timestamp>,
    text: String,
    /// The text without its writing: what it is known again by.
    bare: String,
}

/// All open ends up to a moment, in the order in which they came up; `None` where the writer's work has no storylines.
fn open_ends(generator: &TextGenerator<'_>, now: Timestamp) -> Option<Vec<OpenEnd>> {
    let stories = generator.own_stories(2)?;
    let mut found = Vec::new();
    for story in &stories {
        let is_over = story.item().closes <= now.as_second();
        for (todo, since, settled) in story.todos_until(now) {
            let is_old = is_over || since < now - SignedDuration::from_hours(24 * DROPPED_AFTER);
            let Some(text) = generator.said(story, &todo.texts).filter(|_| settled.is_some() || !is_old) else {
                continue;
            };
            let bare = bare(&text);
            found.push(OpenEnd { since, done: settled.filter(|at| *at <= now), text, bare });
        }
    }
    found.sort_by_key(|end| end.since);
    Some(found)
}

/// What is open for the writer, in their words.
pub(super) fn open_texts(generator: &TextGenerator<'_>) -> Vec<String> {
    let ends = open_ends(generator, generator.context().written.timestamp()).unwrap_or_default();
    ends.into_iter().filter(|end| end.done.is_none()).map(|end| end.text).collect()
}

/// A new list.
pub(super) fn make(generator: &mut TextGenerator<'_>) -> Option<String> {
    let now = generator.context().written.timestamp();
    let ends = open_ends(generator, now)?;
    let rules = generator.pack().rules();
    let (title, errand) = (rules.todo_title?, rules.todo_errand?);
    let boxes = marks(generator.habit().boxes, generator.pack());
    let mut out = String::new();
    if generator.chance(58) {
        generator.put(title, &mut out);
        out.push_str(if generator.habit().noise("list head").chance(60) { "\n\n" } else { "\n" });
    }
    // A fresh list, or one that has been kept for some days: then some of it is done already.
    let kept = SignedDuration::from_hours(generator.rng().random_range(0..=24 * DONE_FOR));
    let mut lines: Vec<String> = Vec::new();
    for end in &ends {
        let is_listed = end.done.is_none_or(|at| at > now - kept);
        if is_listed {
            lines.push(line(&end.text, end.done.is_some(), &boxes, generator));
        }
    }
    let errands = generator.rng().random_range(0..=2) + if lines.len() < 2 { 2 } else { 0 };
    for _ in 0..errands {
        let text = generator.text(errand);
        if has(&lines, &text) {
            continue;
        }
        let at = generator.rng().random_range(0..=lines.len());
        let is_done = kept > SignedDuration::from_hours(40) && generator.chance(40);
        lines.insert(at, line(&text, is_done, &boxes, generator));
    }
    out.push_str(&joined(&lines));
    Some(out)
}

fn line(text: &str, is_done: bool, boxes: &Marks, generator: &mut TextGenerator<'_>) -> String {
    let item = jotted(text.trim_end(), generator);
    alloc::format!("{}{item}", if is_done { &*boxes.done } else { boxes.open })
}

/// Whether an errand stands on the list already.
fn has(lines: &[String], errand: &str) -> bool {
    let errand = bare(errand);
    lines.iter().any(|line| bare(line).ends_with(&errand))
}

/// Whether a line says the same as an open end, but for a slip of the pen or a short form; of both what is left without
/// their writing.
fn is_said(line: &str, end: &str) -> bool {
    if line == end {
        return true;
    }
    // Most of what is compared has nothing in common: its length tells.
    if line.len().min(end.len()) * 3 < line.len().max(end.len()) {
        return false;
    }
    // Most of both, from the beginning or to the end.
    let same = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let ahead = same(&mut line.chars(), &mut end.chars());
    let behind = same(&mut line.chars().rev(), &mut end.chars().rev());
    let longest = line.chars().count().max(end.chars().count());
    longest > 8 && (ahead + behind) * 10 >= longest * 8
}

/// How a list goes on.
pub(super) enum Next {
    /// As this.
    Text(String),
    /// Nothing has happened that would change it.
    Nothing,
    /// Not by storylines: the writer's work has none.
    NoStories,
}

/// How a list goes on: what has been done since is ticked, what has come up is added, once a day something private is
/// done or comes to mind, now and then it is tidied.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> Next {
    let now = generator.context().written.timestamp();
    let (Some(since), Some(errand)) = (generator.since(), generator.pack().rules().todo_errand) else {
        return Next::NoStories;
    };
    let Some(ends) = open_ends(generator, now) else { return Next::NoStories };
    let boxes = way(previous, generator.pack());
    let mut lines: Vec<String> = previous.lines().map(String::from).collect();
    let mut is_changed = false;
    let said = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix(&*boxes.done).or_else(|| line.strip_prefix(boxes.open)).map(bare)
    };
    let mut known: Vec<Option<String>> = lines.iter().map(|line| said(line)).collect();
    for end in &ends {
        let found = known.iter().position(|line| line.as_ref().is_some_and(|line| is_said(line, &end.bare)));
        match found {
            Some(at) if end.done.is_some() && is_open(&lines[at], &boxes) => {
                lines[at] = lines[at].replacen(boxes.open, &boxes.done, 1);
                is_changed = true;
            }
            None if end.since > since && end.done.is_none() => {
                let new = line(&end.text, false, &boxes, generator);
                insert(&mut lines, new, &boxes, BELOW_OPEN, generator);
                known = lines.iter().map(|line| said(line)).collect();
                is_changed = true;
            }
            _ => {}
        }
    }
    let zone = generator.context().written.time_zone().clone();
    let is_new_day = since.to_zoned(zone).date() != generator.context().written.date();
    if is_new_day && (!is_changed || generator.chance(55)) {
        errands(&mut lines, &ends, errand, &boxes, generator);
        is_changed = true;
    }
    if !is_changed {
        if generator.passes_over {
            return Next::Nothing;
        }
        errands(&mut lines, &ends, errand, &boxes, generator);
    }
    let done = lines.iter().filter(|line| line.trim_start().starts_with(&*boxes.done)).count();
    if lines.len() > usize::from(generator.habit().long) / 3 || (done > 6 && generator.chance(40)) {
        // The oldest go; what was done lately still stands there.
        let mut left = (done / 2).max(1).min(lines.len() / 3);
        lines.retain(|line| {
            let goes = left > 0 && line.trim_start().starts_with(&*boxes.done);
            left -= usize::from(goes);
            !goes
        });
    }
    Next::Text(joined(&lines))
}

/// A private errand is done, or there is a new one.
fn errands(
    lines: &mut Vec<String>,
    ends: &[OpenEnd],
    errand: crate::content::Rule,
    boxes: &Marks,
    generator: &mut TextGenerator<'_>,
) {
    let private: Vec<usize> = (0..lines.len())
        .filter(|at| {
            let text = lines[*at].trim_start().strip_prefix(boxes.open);
            is_open(&lines[*at], boxes)
                && text.map(bare).is_some_and(|text| !ends.iter().any(|end| is_said(&text, &end.bare)))
        })
        .collect();
    if !private.is_empty() && generator.chance(60) {
        let at = private[generator.rng().random_range(0..private.len())];
        lines[at] = lines[at].replacen(boxes.open, &boxes.done, 1);
        return;
    }
    let text = generator.text(errand);
    if has(lines, &text) {
        return;
    }
    let new = line(&text, false, boxes, generator);
    insert(lines, new, boxes, BELOW_OPEN, generator);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_known_again_in_another_hand() {
        let is_said = |line: &str, end: &str| is_said(&bare(line), &bare(end));
        assert!(is_said("Get Q3_accruals.xlsx back for Nina.", "get Q3_accruals.xlsx back for Nina"));
        assert!(is_said("check bakcup log tomorrow", "check backup log tomorrow"));
        assert!(!is_said("check backup log tomorrow", "order cables for rack 4"));
        assert!(!is_said("", "order cables"));
    }
}
