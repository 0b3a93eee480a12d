//! Notes: jotted down, gone on with, tidied.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::texture::{jotted, mended, written};
use super::{append, size};
use crate::content::Draw;
use crate::habit::Layout;

pub(super) fn make(draw: &mut Draw<'_>) -> String {
    let target = size::bytes(7.2, 2.9, 10_000.0, draw.rng());
    let rules = draw.pack().rules();
    let mut out = String::with_capacity(target + 160);
    if target > 60 && draw.chance(62) {
        let head = draw.text(rules.note_head);
        heading(&head, &mut out, draw);
    }
    let mut layout = draw.habit().layout;
    while out.len() < target {
        if out.len() > 200 {
            match draw.rng().random_range(0..100) {
                0..=7 => {
                    let sub = draw.text(rules.note_sub);
                    subheading(&sub, &mut out, draw);
                }
                8..=16 => {
                    blank(&mut out);
                    draw.put(rules.note_block, &mut out);
                    blank(&mut out);
                }
                // A page is mostly of one kind, and now and then of another.
                17..=22 => layout = [Layout::Bullets, Layout::Lines, Layout::Prose][draw.rng().random_range(0..3)],
                _ => {}
            }
        }
        piece(layout, &mut out, draw);
    }
    // Somebody came to the door.
    if target > 120
        && draw.chance(4)
        && let Some(cut) = out.trim_end().rfind(' ')
    {
        out.truncate(cut);
    }
    out
}

/// One line, or one paragraph.
fn piece(layout: Layout, out: &mut String, draw: &mut Draw<'_>) {
    let rules = draw.pack().rules();
    match layout {
        Layout::Prose => {
            let paragraph = paragraph(draw);
            out.push_str(&paragraph);
            out.push('\n');
            if draw.chance(55) {
                out.push('\n');
            }
        }
        Layout::Bullets | Layout::Lines => {
            let bullet = if layout == Layout::Bullets { draw.habit().bullet } else { "" };
            let line = draw.text(rules.note_line);
            let line = jotted(&line, draw);
            out.push_str(bullet);
            out.push_str(&line);
            out.push('\n');
            if layout == Layout::Lines && draw.chance(14) {
                out.push('\n');
            }
        }
    }
}

/// A few sentences on one line, as an editor without wrapping leaves them.
pub(super) fn paragraph(draw: &mut Draw<'_>) -> String {
    let rules = draw.pack().rules();
    let mut out = String::new();
    for n in 0..draw.rng().random_range(1..=4) {
        if n > 0 {
            out.push(' ');
        }
        let sentence = draw.text(rules.note_sentence);
        out.push_str(&written(&sentence, draw));
    }
    out
}

fn heading(text: &str, out: &mut String, draw: &mut Draw<'_>) {
    // Each has a way of their own to begin a page.
    match draw.habit().noise("heading").index(6) {
        0 | 1 => put!(out, "# {text}\n\n"),
        2 => put!(out, "{text}\n\n"),
        3 => put!(out, "{}\n", text.to_uppercase()),
        4 => put!(out, "{text}\n{}\n", "-".repeat(text.chars().count().clamp(3, 40))),
        _ => put!(out, "{text}:\n"),
    }
}

fn subheading(text: &str, out: &mut String, draw: &mut Draw<'_>) {
    blank(out);
    match draw.habit().noise("heading").index(6) {
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
pub(super) fn next(previous: &str, draw: &mut Draw<'_>) -> Option<String> {
    let rules = draw.pack().rules();
    let lines = previous.lines().count();
    if lines > usize::from(draw.habit().long) {
        // Too long: the oldest goes, or the file is left as it is and another one begun.
        return draw.chance(45).then(|| trimmed(previous));
    }
    let (layout, bullet) = layout_of(previous);
    let mut more = String::new();
    let mut add = |count: usize, draw: &mut Draw<'_>| {
        for _ in 0..count {
            match layout {
                Layout::Prose => more.push_str(&paragraph(draw)),
                Layout::Bullets | Layout::Lines => {
                    let line = draw.text(rules.note_line);
                    more.push_str(bullet);
                    more.push_str(&jotted(&line, draw));
                }
            }
            more.push('\n');
        }
    };
    match draw.rng().random_range(0..100) {
        0..=34 => {
            let count = 1 + draw.rng().random_range(0..3_usize) / 2;
            add(count, draw);
            Some(append(previous, &more))
        }
        35..=58 => {
            let head = draw.text(rules.edit_dated);
            let count = draw.rng().random_range(1..=4);
            add(count, draw);
            let head = if draw.chance(50) { alloc::format!("\n{head}\n") } else { alloc::format!("\n{head}:\n") };
            Some(append(previous, &(head + &more)))
        }
        59..=72 => extended(previous, draw),
        73..=82 => {
            add(1, draw);
            Some(inserted(previous, &more, draw))
        }
        83..=90 => crossed_out(previous, draw),
        _ => mended(previous, draw),
    }
    .or_else(|| {
        let line = draw.text(rules.note_line);
        let line = jotted(&line, draw);
        Some(append(previous, &alloc::format!("{bullet}{line}\n")))
    })
}

/// A sentence more for one of the paragraphs.
pub(super) fn extended(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Only where a paragraph ends: in the middle of a wrapped one nothing is added.
    let ends = |at: usize| lines.get(at + 1).is_none_or(|next| next.trim().is_empty());
    let prose: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].len() > 40 && lines[*at].ends_with('.') && ends(*at)).collect();
    let at = *prose.get(draw.rng().random_range(0..prose.len().max(1)))?;
    let rule = draw.pack().rules().note_sentence;
    let sentence = draw.text(rule);
    lines[at].push(' ');
    lines[at].push_str(&written(&sentence, draw));
    Some(joined(&lines))
}

/// A line put where it belongs, rather than at the end.
fn inserted(text: &str, line: &str, draw: &mut Draw<'_>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Not into the middle of something: below a line of its own kind.
    let mark = line.chars().next().filter(|c| !c.is_alphanumeric());
    let fits = |at: usize| {
        let above = &lines[at - 1];
        let is_whole = !above.starts_with(' ') && above.len() < 100 && !above.ends_with([',', ':']);
        is_whole && mark.is_none_or(|c| above.starts_with(c))
    };
    let places: Vec<usize> = (2..=lines.len()).filter(|at| fits(*at)).collect();
    let at = places.get(draw.rng().random_range(0..places.len().max(1))).copied().unwrap_or(lines.len());
    lines.insert(at, line.trim_end().to_owned());
    joined(&lines)
}

/// One of the lines is of no use any more, and says so.
fn crossed_out(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let fit: Vec<usize> = (1..lines.len())
        .filter(|at| (12..90).contains(&lines[*at].len()) && !lines[*at].ends_with([':', ')']))
        .collect();
    let at = *fit.get(draw.rng().random_range(0..fit.len().max(1)))?;
    let rule = draw.pack().rules().edit_dropped;
    let dropped = draw.text(rule);
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

pub(super) fn joined(lines: &[String]) -> String {
    let mut out = lines.join("\n");
    out.push('\n');
    out
}
