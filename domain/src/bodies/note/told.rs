//! Notes that tell an instance of a storyline: what its writer knows of it by then, and what came after.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;

use super::{blank, heading};
use crate::bodies::typing_style::{jotted, written};
use crate::content::TextGenerator;
use crate::content::day_form::DayForm;
use crate::content::note_shape::NoteShape;
use crate::habit::Layout;
use crate::story::{Happening, Instance};
use crate::text::append;

/// A note about an instance, from its beginning to the writing.
pub(super) fn make(story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> String {
    let mut out = String::new();
    let shape = generator.note_shape(story);
    if generator.chance(if shape == NoteShape::Log { 72 } else { 50 }) {
        let mut title = story.title(generator.note_key(story));
        if generator.habit().noise("tickets").chance(45) {
            let mut ticket = String::new();
            generator.context().world.ticket(story.item(), &mut ticket);
            title = if generator.habit().noise("ticket first").chance(50) {
                alloc::format!("{ticket} {title}")
            } else {
                alloc::format!("{title} ({ticket})")
            };
        }
        heading(&title, &mut out, generator);
    }
    let happened = story.until(generator.context().written.timestamp());
    tell(story, happened, None, &mut out, generator);
    if shape == NoteShape::Log {
        open_ends(story, &mut out, generator);
    }
    out
}

/// How a note goes on: what has happened since it was written. `None` where nothing has.
pub(super) fn next(previous: &str, story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> Option<String> {
    let (since, now) = (generator.since()?, generator.context().written.timestamp());
    let told = story.until(since);
    let more = &story.until(now)[told.len()..];
    let mut out = String::new();
    tell(story, more, told.last(), &mut out, generator);
    if out.trim().is_empty() {
        return None;
    }
    let apart = if previous.ends_with("\n\n") || !out.starts_with('\n') { "" } else { "\n" };
    Some(append(previous, &alloc::format!("{apart}{}", out.trim_start_matches('\n'))))
}

/// How somebody marks a new day in a note.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DayMark {
    None,
    /// On a line of its own.
    Line,
    /// Before the first thing of that day.
    Before,
}

/// The happenings in the writer's words, in the order in which they came.
fn tell(
    story: &Instance<'_>,
    happenings: &[Happening],
    last: Option<&Happening>,
    out: &mut String,
    generator: &mut TextGenerator<'_>,
) {
    let zone = generator.context().written.time_zone().clone();
    let habit = *generator.habit();
    let mark = [DayMark::None, DayMark::Before, DayMark::Line, DayMark::Before][habit.noise("days").index(4)];
    let day_of = |happening: &Happening| happening.at.to_zoned(zone.clone()).date();
    let mut day = last.map(day_of);
    let is_owner = story.is_of(generator.context().persona_index);
    let shape = generator.note_shape(story);
    // What somebody else notes of it are fragments, which make no paragraph, and so is what is kept.
    let is_prose = habit.layout == Layout::Prose && is_owner && shape == NoteShape::Log;
    let layout = if habit.layout == Layout::Prose && !is_prose { Layout::Lines } else { habit.layout };
    for happening in happenings {
        // A paragraph leads to the next one, so that none can be missing but the last.
        let is_told = generator.is_said(shape, story, happening)
            || is_prose && story.happenings().last().is_some_and(|last| last.beat != happening.beat);
        if !is_told {
            keep(shape, story, happening, layout, out, generator);
            continue;
        }
        let beat = &story.story().beats()[happening.beat];
        let texts = match (is_owner, layout) {
            (true, Layout::Prose) => &beat.prose,
            (true, _) => &beat.notes,
            // Somebody else who is part of it has words of their own.
            (false, _) => &beat.others,
        };
        // Beside what is kept, what happened takes few words.
        let said = match shape {
            NoteShape::Mixed => generator.said_shortly(story, texts),
            NoteShape::Log | NoteShape::Kept | NoteShape::Scattered => generator.said(story, texts),
        };
        let Some(text) = said else { continue };
        let today = day_of(happening);
        let is_new_day = day != Some(today);
        // The first entry of a note says no day unless its writer always does.
        let is_marked = is_new_day
            && shape == NoteShape::Log
            && mark != DayMark::None
            && (day.is_some() || habit.noise("first day").chance(40));
        let date = if is_marked { date_mark(today, generator) } else { String::new() };
        match layout {
            Layout::Prose => {
                if is_new_day && !out.is_empty() {
                    blank(out);
                } else if !out.is_empty() && !out.ends_with('\n') {
                    out.push(' ');
                }
                match mark {
                    DayMark::Line if is_marked => put!(out, "{date}\n"),
                    DayMark::Before if is_marked => put!(out, "{date}: "),
                    _ => {}
                }
                out.push_str(&written(&text, generator));
            }
            Layout::Bullets | Layout::Lines => {
                if is_marked && mark == DayMark::Line {
                    if !out.is_empty() {
                        blank(out);
                    }
                    put!(out, "{date}\n");
                }
                let line = jotted(&text, generator);
                if layout == Layout::Bullets {
                    out.push_str(habit.bullet);
                }
                match mark {
                    DayMark::Before if is_marked => put!(out, "{date} {line}\n"),
                    _ => put!(out, "{line}\n"),
                }
            }
        }
        day = Some(today);
        keep(shape, story, happening, layout, out, generator);
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// What the writer needs to know again of a happening, as they copy it down: without slips, for it is looked at twice.
fn keep(
    shape: NoteShape,
    story: &Instance<'_>,
    happening: &Happening,
    layout: Layout,
    out: &mut String,
    generator: &TextGenerator<'_>,
) {
    if shape == NoteShape::Log {
        return;
    }
    let lines = generator.kept(story, happening);
    let key = generator.note_key(story).text("apart").with(happening.beat as u64);
    if !lines.is_empty() && !out.is_empty() && key.chance(38) {
        blank(out);
    }
    let bullet = if layout == Layout::Bullets { generator.habit().bullet } else { "" };
    for line in lines {
        put!(out, "{bullet}{line}\n");
    }
}

fn date_mark(day: Date, generator: &TextGenerator<'_>) -> String {
    const FORMS: [DayForm; 4] = [DayForm::Iso, DayForm::Slash, DayForm::WeekdaySlash, DayForm::DayMonth];
    let mut out = String::new();
    generator.pack().put_day(day, FORMS[generator.habit().noise("date form").index(FORMS.len())], &mut out);
    out
}

/// What is still open of it, where the writer keeps that in the note.
fn open_ends(story: &Instance<'_>, out: &mut String, generator: &mut TextGenerator<'_>) {
    if !story.is_of(generator.context().persona_index) || !generator.habit().noise("open ends").chance(45) {
        return;
    }
    let now = generator.context().written.timestamp();
    let open: Vec<String> = story
        .todos_until(now)
        .filter(|(_, _, settled)| settled.is_some_and(|at| at > now))
        .filter_map(|(todo, ..)| generator.said(story, &todo.texts))
        .collect();
    if open.is_empty() {
        return;
    }
    blank(out);
    let mark = ["TODO: ", "-> ", "[ ] ", "todo "][generator.habit().noise("open mark").index(4)];
    for text in open {
        let line = jotted(&text, generator);
        put!(out, "{mark}{line}\n");
    }
}
