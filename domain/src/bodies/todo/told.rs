//! Lists that follow from storylines: a person's open ends over all of their work items, and a few private errands.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::{Marks, is_open, marks, way};
use crate::bodies::typing_style::jotted;
use crate::content::TextGenerator;
use crate::text::joined;

/// What never gets done is dropped after so many days.
const DROPPED_AFTER: i64 = 12;
/// What was done longer ago than this isn't on a new list.
const DONE_FOR: i64 = 5;

/// Something that the writer has, or had, to do.
struct OpenEnd {
    /// Since when.
    since: Timestamp,
    /// When it was done.
    done: Option<Timestamp>,
    text: String,
}

/// All open ends up to a moment, in the order in which they came up; `None` where the writer's work has no storylines.
fn open_ends(generator: &TextGenerator<'_>, now: Timestamp) -> Option<Vec<OpenEnd>> {
    let stories = generator.own_stories(1)?;
    let writer = generator.habit().noise("wording");
    let mut found = Vec::new();
    for story in &stories {
        let is_over = story.item().closes <= now.as_second();
        for happening in story.until(now) {
            for todo in &story.story().beats()[happening.beat].todos {
                let settled = match todo.until {
                    // What another turn of the story would have settled isn't there in this one.
                    Some(beat) => match story.when(beat) {
                        Some(at) => Some(at),
                        None => continue,
                    },
                    None => None,
                };
                let Some(text) = story.wording(&todo.texts, writer) else { continue };
                let is_dropped = settled.is_none()
                    && (is_over || happening.at < now - SignedDuration::from_hours(24 * DROPPED_AFTER));
                if !is_dropped {
                    found.push(OpenEnd {
                        since: happening.at,
                        done: settled.filter(|at| *at <= now),
                        text: story.text(text),
                    });
                }
            }
        }
    }
    found.sort_by_key(|end| end.since);
    Some(found)
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
    let errands = generator.rng().random_range(1..=4) + if lines.len() < 2 { 3 } else { 0 };
    for _ in 0..errands {
        let text = generator.text(errand);
        if lines.iter().any(|line| bare(line).ends_with(&bare(&text))) {
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

/// What is left of an item when its writing is taken off: letters and digits in lower case.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a line says the same as an open end, but for a slip of the pen or a short form.
fn is_said(line: &str, end: &str) -> bool {
    let (line, end) = (bare(line), bare(end));
    if line == end {
        return true;
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
    for end in &ends {
        let text_of = |line: &str| {
            let line = line.trim_start();
            let rest = line.strip_prefix(&*boxes.done).or_else(|| line.strip_prefix(boxes.open));
            rest.map(String::from)
        };
        let found = lines.iter().position(|line| text_of(line).is_some_and(|text| is_said(&text, &end.text)));
        match found {
            Some(at) if end.done.is_some() && is_open(&lines[at], &boxes) => {
                lines[at] = lines[at].replacen(boxes.open, &boxes.done, 1);
                is_changed = true;
            }
            None if end.since > since && end.done.is_none() => {
                let new = line(&end.text, false, &boxes, generator);
                add(&mut lines, new, &boxes, generator);
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
            is_open(&lines[*at], boxes) && text.is_some_and(|text| !ends.iter().any(|end| is_said(text, &end.text)))
        })
        .collect();
    if !private.is_empty() && generator.chance(60) {
        let at = private[generator.rng().random_range(0..private.len())];
        lines[at] = lines[at].replacen(boxes.open, &boxes.done, 1);
        return;
    }
    let text = generator.text(errand);
    if lines.iter().any(|line| bare(line).ends_with(&bare(&text))) {
        return;
    }
    let new = line(&text, false, boxes, generator);
    add(lines, new, boxes, generator);
}

/// A new item, at the end or below the last open one.
fn add(lines: &mut Vec<String>, line: String, boxes: &Marks, generator: &mut TextGenerator<'_>) {
    let last_open = (0..lines.len()).rev().find(|at| is_open(&lines[*at], boxes));
    match last_open {
        Some(at) if generator.chance(45) => lines.insert(at + 1, line),
        _ => lines.push(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_known_again_in_another_hand() {
        assert!(is_said("Get Q3_accruals.xlsx back for Nina.", "get Q3_accruals.xlsx back for Nina"));
        assert!(is_said("check bakcup log tomorrow", "check backup log tomorrow"));
        assert!(!is_said("check backup log tomorrow", "order cables for rack 4"));
        assert!(!is_said("", "order cables"));
    }
}
