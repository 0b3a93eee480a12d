//! Notes: jotted down, gone on with, tidied.

mod scattered;
mod told;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::class_files::{Mode, TextFiles};
use super::size;
use super::typing_style::{jotted, mended, written};
use crate::content::TextGenerator;
use crate::habit::Layout;
use crate::text::{append, joined};

/// The files of this class.
pub(crate) const FILES: TextFiles =
    TextFiles { name: |rules| rules.name_note, make, next, mode: Mode::ByName, edits: 26 };

fn make(generator: &mut TextGenerator<'_>) -> String {
    if generator.is_scattered() {
        return scattered::make(generator);
    }
    if let Some(story) = generator.story() {
        return told::make(&story, generator);
    }
    let target = size::bytes(7.2, 2.9, 10_000.0, generator.rng());
    let rules = generator.pack().rules();
    let mut out = String::with_capacity(target + 160);
    if target > 60 && generator.chance(62) {
        let head = generator.text(rules.note_head);
        heading(&head, &mut out, generator);
    }
    let mut layout = generator.habit().layout;
    while out.len() < target {
        if out.len() > 200 {
            match generator.rng().random_range(0..100) {
                0..=7 => {
                    let sub = generator.text(rules.note_sub);
                    subheading(&sub, &mut out, generator);
                }
                8..=16 => {
                    blank(&mut out);
                    generator.put(rules.note_block, &mut out);
                    blank(&mut out);
                }
                // A page is mostly of one kind, and now and then of another.
                17..=22 => layout = [Layout::Bullets, Layout::Lines, Layout::Prose][generator.rng().random_range(0..3)],
                _ => {}
            }
        }
        piece(layout, &mut out, generator);
    }
    // Some notes break off in the middle of a line, because their writer was interrupted.
    if target > 120
        && generator.chance(4)
        && let Some(cut) = out.trim_end().rfind(' ')
    {
        out.truncate(cut);
    }
    out
}

/// One line, or one paragraph.
fn piece(layout: Layout, out: &mut String, generator: &mut TextGenerator<'_>) {
    let rules = generator.pack().rules();
    match layout {
        Layout::Prose => {
            let paragraph = paragraph(generator);
            out.push_str(&paragraph);
            out.push('\n');
            if generator.chance(55) {
                out.push('\n');
            }
        }
        Layout::Bullets | Layout::Lines => {
            let bullet = if layout == Layout::Bullets { generator.habit().bullet } else { "" };
            let line = generator.text(rules.note_line);
            let line = jotted(&line, generator);
            out.push_str(bullet);
            out.push_str(&line);
            out.push('\n');
            if layout == Layout::Lines && generator.chance(14) {
                out.push('\n');
            }
        }
    }
}

/// A few sentences on one line, as an editor without wrapping leaves them.
pub(super) fn paragraph(generator: &mut TextGenerator<'_>) -> String {
    let rules = generator.pack().rules();
    let mut out = String::new();
    for n in 0..generator.rng().random_range(1..=4) {
        if n > 0 {
            out.push(' ');
        }
        let sentence = generator.text(rules.note_sentence);
        out.push_str(&written(&sentence, generator));
    }
    out
}

fn heading(text: &str, out: &mut String, generator: &mut TextGenerator<'_>) {
    // Each has a way of their own to begin a page.
    match generator.habit().noise("heading").index(6) {
        0 | 1 => put!(out, "# {text}\n\n"),
        2 => put!(out, "{text}\n\n"),
        3 => put!(out, "{}\n", text.to_uppercase()),
        4 => put!(out, "{text}\n{}\n", "-".repeat(text.chars().count().clamp(3, 40))),
        _ => put!(out, "{text}:\n"),
    }
}

fn subheading(text: &str, out: &mut String, generator: &mut TextGenerator<'_>) {
    blank(out);
    match generator.habit().noise("heading").index(6) {
        0 | 1 => put!(out, "## {text}\n"),
        2 | 5 => put!(out, "{text}:\n"),
        3 => put!(out, "-- {text}\n"),
        _ => put!(out, "* {text} *\n"),
    }
}

fn blank(out: &mut String) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push('\n');
    }
}

/// Lines are marked as the page marks them.
fn layout_of(text: &str) -> (Layout, &str) {
    let marks = ["- ", "* ", "> ", "+ ", "-"];
    let marked = |mark: &&&str| text.lines().filter(|l| l.starts_with(**mark)).count() * 2 > text.lines().count();
    if let Some(mark) = marks.iter().find(marked) {
        return (Layout::Bullets, mark);
    }
    let long = text.lines().filter(|l| l.len() > 110).count();
    (if long * 2 >= text.lines().count().max(1) { Layout::Prose } else { Layout::Lines }, "")
}

/// How a note goes on.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    if generator.is_scattered() {
        return scattered::next(previous, generator);
    }
    if let Some(story) = generator.recalled() {
        return told::next(previous, &story, generator);
    }
    if generator.passes_over && generator.has_stories() {
        // Of something long ago: nobody goes on with it.
        return None;
    }
    let rules = generator.pack().rules();
    let lines = previous.lines().count();
    if lines > usize::from(generator.habit().long) {
        // Too long: the oldest goes, or the file is left as it is and another one begun.
        return generator.chance(45).then(|| trimmed(previous));
    }
    let (layout, bullet) = layout_of(previous);
    let mut more = String::new();
    let mut add = |count: usize, generator: &mut TextGenerator<'_>| {
        for _ in 0..count {
            match layout {
                Layout::Prose => more.push_str(&paragraph(generator)),
                Layout::Bullets | Layout::Lines => {
                    let line = generator.text(rules.note_line);
                    more.push_str(bullet);
                    more.push_str(&jotted(&line, generator));
                }
            }
            more.push('\n');
        }
    };
    match generator.rng().random_range(0..100) {
        0..=34 => {
            let count = 1 + generator.rng().random_range(0..3_usize) / 2;
            add(count, generator);
            Some(append(previous, &more))
        }
        35..=58 => {
            let head = generator.text(rules.edit_dated);
            let count = generator.rng().random_range(1..=4);
            add(count, generator);
            let head = if generator.chance(50) { alloc::format!("\n{head}\n") } else { alloc::format!("\n{head}:\n") };
            Some(append(previous, &(head + &more)))
        }
        59..=72 => extended(previous, generator),
        73..=82 => {
            add(1, generator);
            Some(inserted(previous, &more, generator))
        }
        83..=90 => crossed_out(previous, generator),
        _ => mended(previous, generator),
    }
    .or_else(|| {
        let line = generator.text(rules.note_line);
        let line = jotted(&line, generator);
        Some(append(previous, &alloc::format!("{bullet}{line}\n")))
    })
}

/// A sentence more for one of the paragraphs.
pub(super) fn extended(text: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Only where a paragraph ends: in the middle of a wrapped one nothing is added.
    let ends = |at: usize| lines.get(at + 1).is_none_or(|next| next.trim().is_empty());
    let prose: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].len() > 40 && lines[*at].ends_with('.') && ends(*at)).collect();
    let at = *prose.get(generator.rng().random_range(0..prose.len().max(1)))?;
    let rule = generator.pack().rules().note_sentence;
    let sentence = generator.text(rule);
    lines[at].push(' ');
    lines[at].push_str(&written(&sentence, generator));
    Some(joined(&lines))
}

/// A line put where it belongs, rather than at the end.
fn inserted(text: &str, line: &str, generator: &mut TextGenerator<'_>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Not into the middle of something: below a line of its own kind.
    let mark = line.chars().next().filter(|c| !c.is_alphanumeric());
    let fits = |at: usize| {
        let above = &lines[at - 1];
        let is_whole = !above.starts_with(' ') && above.len() < 100 && !above.ends_with([',', ':']);
        is_whole && mark.is_none_or(|c| above.starts_with(c))
    };
    let places: Vec<usize> = (2..=lines.len()).filter(|at| fits(*at)).collect();
    let at = places.get(generator.rng().random_range(0..places.len().max(1))).copied().unwrap_or(lines.len());
    lines.insert(at, line.trim_end().to_owned());
    joined(&lines)
}

/// One of the lines is of no use any more, and says so.
fn crossed_out(text: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let fit: Vec<usize> = (1..lines.len())
        .filter(|at| (12..90).contains(&lines[*at].len()) && !lines[*at].ends_with([':', ')']))
        .collect();
    let at = *fit.get(generator.rng().random_range(0..fit.len().max(1)))?;
    let rule = generator.pack().rules().edit_dropped;
    let dropped = generator.text(rule);
    lines[at].push(' ');
    lines[at].push_str(&dropped);
    Some(joined(&lines))
}

/// Without its oldest third, but with its head.
fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let third = lines.len() / 3;
    // Cut where a section ends, if one does nearby.
    let cut = (third..lines.len().min(third + 12)).find(|at| lines[*at].trim().is_empty()).unwrap_or(third);
    let head = lines.iter().take(2.min(cut));
    let kept: Vec<String> = head.chain(&lines[cut..]).map(|l| (*l).to_owned()).collect();
    joined(&kept)
}
