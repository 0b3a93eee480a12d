//! Drafts: letters and papers that grow until they are good enough.

mod told;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::class_files::{Mode, TextFiles};
use super::note::extended;
use super::size;
use super::typing_style::{mended, written};
use crate::content::TextGenerator;
use crate::habit::Habit;
use crate::text::{append, joined, wrapped};

/// The files of this class.
pub(crate) const FILES: TextFiles =
    TextFiles { name: |rules| rules.name_draft, make, next, mode: Mode::ByName, edits: 11 };

fn make(generator: &mut TextGenerator<'_>) -> String {
    if let Some(story) = generator.drafted() {
        return told::make(&story, generator);
    }
    let target = size::bytes(8.9, 2.1, 9_000.0, generator.rng());
    let rules = generator.pack().rules();
    let mut out = String::with_capacity(target + 400);
    let is_letter = target < 2_200 && generator.chance(40);
    if is_letter {
        generator.put(rules.draft_letter, &mut out);
        out.push_str("\n\n");
    } else {
        generator.put(rules.draft_head, &mut out);
        if !out.ends_with("\n\n") {
            out.push('\n');
        }
    }
    while out.len() < target {
        if !is_letter && generator.chance(40) {
            section(&mut out, generator);
        } else {
            paragraph(&mut out, generator);
        }
        if generator.chance(if is_letter { 12 } else { 26 }) {
            bullets(&mut out, generator);
        }
    }
    if is_letter {
        generator.put(rules.draft_bye, &mut out);
        put!(&mut out, "\n{}\n", generator.context().persona.first_name());
    } else if generator.chance(55) {
        generator.put(rules.draft_close, &mut out);
        out.push('\n');
    }
    out
}

/// A heading as somebody sets it, without what comes after it.
fn set_heading(heading: &str, habit: &Habit) -> String {
    match habit.noise("sections").index(4) {
        0 | 1 => alloc::format!("## {heading}"),
        2 => alloc::format!("{heading}\n{}", "-".repeat(heading.chars().count())),
        _ => alloc::format!("{heading}:"),
    }
}

/// How long somebody's lines are: some wrap them, and some don't.
fn line_width(habit: &Habit) -> usize {
    [usize::MAX, usize::MAX, 72, 78][habit.noise("width").index(4)]
}

fn section(out: &mut String, generator: &mut TextGenerator<'_>) {
    let rule = generator.pack().rules().draft_heading;
    let heading = generator.text(rule);
    let heading = set_heading(&heading, generator.habit());
    out.push_str(&heading);
    out.push_str(if heading.starts_with("## ") { "\n\n" } else { "\n" });
    paragraph(out, generator);
}

fn paragraph(out: &mut String, generator: &mut TextGenerator<'_>) {
    let rule = generator.pack().rules().draft_sentence;
    let count = generator.rng().random_range(1..=5);
    let width = line_width(generator.habit());
    let mut text = String::new();
    for n in 0..count {
        if n > 0 {
            text.push(' ');
        }
        let sentence = generator.text(rule);
        text.push_str(&written(&sentence, generator));
    }
    out.push_str(&wrapped(&text, width));
    out.push_str("\n\n");
}

fn bullets(out: &mut String, generator: &mut TextGenerator<'_>) {
    let rule = generator.pack().rules().draft_bullet;
    let is_numbered = generator.chance(25);
    for n in 1..=generator.rng().random_range(2..=6) {
        if is_numbered {
            put!(out, "{n}. ");
        } else {
            out.push_str("- ");
        }
        generator.put(rule, out);
        out.push('\n');
    }
    out.push('\n');
}

/// How a draft goes on. `None` when it is done: nobody writes on one paper for ever.
pub(super) fn next(previous: &str, generator: &mut TextGenerator<'_>) -> Option<String> {
    if let Some(story) = generator.recalled() {
        return told::next(previous, &story, generator);
    }
    if generator.passes_over && generator.has_stories() {
        return None;
    }
    if previous.len() > 16_000 {
        return None;
    }
    let mut more = String::new();
    match generator.rng().random_range(0..100) {
        0..=29 => {
            paragraph(&mut more, generator);
            Some(before_the_end(previous, more.trim_end()))
        }
        30..=46 => {
            section(&mut more, generator);
            Some(before_the_end(previous, more.trim_end()))
        }
        47..=56 => {
            bullets(&mut more, generator);
            Some(before_the_end(previous, more.trim_end()))
        }
        57..=74 => extended(previous, generator),
        75..=84 => versioned(previous, generator),
        85..=92 => settled(previous),
        _ => mended(previous, generator),
    }
    .or_else(|| {
        paragraph(&mut more, generator);
        Some(append(previous, &alloc::format!("\n{}", more.trim_end())))
    })
}

/// Before the last line, where that is a greeting, a name or a reminder; else at the end.
fn before_the_end(text: &str, more: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    // A letter ends with two short lines, a paper with at most one.
    let short =
        lines.iter().rev().take_while(|l| (1..34).contains(&l.len()) && !l.starts_with(['-', '*', '#'])).count();
    // They stand by themselves: the short last line of a wrapped paragraph is no name.
    let is_apart = |count: usize| lines.len().checked_sub(count + 1).is_none_or(|at| lines[at].trim().is_empty());
    let ending = [1, 2].into_iter().find(|count| *count == short && is_apart(*count)).unwrap_or(0);
    let cut = lines.len() - ending.min(lines.len() / 2);
    let mut kept: Vec<String> = lines[..cut].iter().map(|l| (*l).to_owned()).collect();
    while kept.last().is_some_and(|l| l.trim().is_empty()) {
        kept.pop();
    }
    kept.push(String::new());
    kept.push(more.to_owned());
    if cut < lines.len() {
        kept.push(String::new());
    }
    kept.extend(lines[cut..].iter().map(|l| (*l).to_owned()));
    joined(&kept)
}

/// `v0.3` becomes `v0.4`, and the date beside it today's.
fn versioned(text: &str, generator: &TextGenerator<'_>) -> Option<String> {
    let today = generator.context().written.date();
    let mut is_changed = false;
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            if n > 7 {
                return line.to_owned();
            }
            let line = match raised(line) {
                Some(raised) => {
                    is_changed = true;
                    raised
                }
                None => line.to_owned(),
            };
            match iso_date(&line) {
                Some(at) => {
                    is_changed = true;
                    alloc::format!("{}{today}{}", &line[..at], &line[at + 10..])
                }
                None => line,
            }
        })
        .collect();
    is_changed.then(|| joined(&lines))
}

/// The line with the number after `v0.` one higher.
fn raised(line: &str) -> Option<String> {
    let at = line.find("v0.")? + 3;
    let digits = line[at..].bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = line[at..at + digits].parse().ok()?;
    Some(alloc::format!("{}{}{}", &line[..at], number.saturating_add(1), &line[at + digits..]))
}

/// Where `2026-11-03` stands in a line.
fn iso_date(line: &str) -> Option<usize> {
    let shape = |text: &[u8]| {
        text.iter().enumerate().all(|(n, b)| if n == 4 || n == 7 { *b == b'-' } else { b.is_ascii_digit() })
    };
    line.as_bytes().windows(10).position(shape)
}

/// An open point is settled: its line goes.
fn settled(text: &str) -> Option<String> {
    let is_open = |line: &&str| {
        line.starts_with("TODO") || line.starts_with("???") || (line.starts_with('[') && line.ends_with(']'))
    };
    let gone = text.lines().position(|line| is_open(&line))?;
    let kept: Vec<String> =
        text.lines().enumerate().filter(|(n, _)| *n != gone).map(|(_, line)| line.to_owned()).collect();
    Some(joined(&kept))
}
