//! The review of an answer: what can be repaired is, and the rest is refused with a reason; a text from templates
//! then takes its place.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;

use super::prompt::Prompt;
use super::raw_answer::{AnswerEnd, RawAnswer};
use super::repair::{as_list, plain, shortened, signed, unfenced, whole_part, without_markdown};
use super::script_check::{self, ScriptFault};
use super::tells::ModelTells;
use super::text_kind::TextKind;
use super::verdict::{Accepted, Rejection, Repair, excerpt};
use crate::fleet::is_telling;
use crate::persona::{ModelProse, Persona};

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What for.
    pub kind: TextKind,
    /// Whose it is to be.
    pub persona: &'a Persona,
    /// The day it is written.
    pub today: Date,
    /// What was asked.
    pub prompt: &'a Prompt,
}

/// The shortest text, in characters.
const SHORTEST: usize = 8;

/// Reviews an answer. An accepted text is at least 8 characters long and at most 12,000 bytes and a line end.
///
/// # Errors
/// With the reason, for an answer that can't be repaired.
pub fn review(tells: &ModelTells, answer: &RawAnswer, wanted: &Wanted<'_>) -> Result<Accepted, Rejection> {
    let mut draft = Draft { text: clean(&answer.text), subject: None, repairs: Vec::new() };
    draft.unwrap(tells, answer.end, wanted)?;
    if let Some(subject) = &draft.subject {
        refuse_words(tells, subject, wanted)?;
    }
    draft.fill_in(tells, wanted);
    refuse_words(tells, &draft.text, wanted)?;
    refuse_form(tells, &draft.text, wanted)?;
    draft.shape(wanted)?;
    draft.finish(tells, wanted)
}

/// Line ends as they are here, and no control characters.
fn clean(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.retain(|c| c == '\n' || c == '\t' || !c.is_control());
    text
}

/// Refuses marks of chat templates.
fn refuse_marks(tells: &ModelTells, text: &str) -> Result<(), Rejection> {
    tells.marks.control_token(text).map_or(Ok(()), |mark| Err(Rejection::ControlToken(mark)))
}

/// Refuses words that must not stand on a decoy, in a subject or in a text.
fn refuse_words(tells: &ModelTells, text: &str, wanted: &Wanted<'_>) -> Result<(), Rejection> {
    refuse_marks(tells, text)?;
    if let Some(words) = tells.refusal_in(text) {
        return Err(Rejection::Refusal(words));
    }
    if is_telling(text) {
        return Err(Rejection::Telling);
    }
    if let Some(gap) = tells.placeholder_in(text) {
        return Err(Rejection::Placeholder(gap));
    }
    match echo_of(text, &wanted.prompt.text).filter(|piece| !wanted.prompt.told.contains(piece)) {
        Some(piece) => Err(Rejection::Echo(excerpt(piece))),
        None => Ok(()),
    }
}

/// Refuses what has another form than was asked for.
fn refuse_form(tells: &ModelTells, text: &str, wanted: &Wanted<'_>) -> Result<(), Rejection> {
    if let Some(line) = repeated_line(text) {
        return Err(Rejection::Repetitive(excerpt(line)));
    }
    if matches!(wanted.kind, TextKind::Note | TextKind::Todo) && tells.is_letter(text) {
        return Err(Rejection::Letter);
    }
    Ok(())
}

/// An answer while it is repaired.
struct Draft {
    text: String,
    subject: Option<String>,
    repairs: Vec<Repair>,
}

impl Draft {
    /// Takes over a repaired text, if there was something to repair.
    fn take(&mut self, repaired: Option<impl Into<String>>, repair: Repair) {
        if let Some(text) = repaired {
            self.text = text.into();
            if !self.repairs.contains(&repair) {
                self.repairs.push(repair);
            }
        }
    }

    /// Takes off what stands around the text itself: thinking, fences, remarks, header lines.
    fn unwrap(&mut self, tells: &ModelTells, end: AnswerEnd, wanted: &Wanted<'_>) -> Result<(), Rejection> {
        let answer = tells.marks.answer_of(&self.text)?;
        if answer.len() != self.text.len() {
            self.take(Some(answer.trim().to_owned()), Repair::Thinking);
        }
        // Before anything is cut off: half a mark isn't known any more.
        refuse_marks(tells, &self.text)?;
        self.take(unfenced(&self.text, wanted.kind), Repair::Fence);
        self.take(tells.without_preamble(&self.text).map(ToOwned::to_owned), Repair::Preamble);
        self.take(tells.without_closing(&self.text).map(ToOwned::to_owned), Repair::Closing);
        self.take(shortened(&self.text).map(ToOwned::to_owned), Repair::Cut);
        if wanted.kind == TextKind::Mail {
            (self.subject, self.text) = tells.headers.split(&self.text);
        }
        if end == AnswerEnd::TokenLimit {
            let whole = whole_part(&self.text, wanted.kind).ok_or(Rejection::CutOff)?;
            if whole.len() != self.text.trim_end().len() {
                self.take(Some(whole.to_owned()), Repair::Cut);
                if wanted.kind == TextKind::Mail {
                    // Its goodbye was cut off, and people sign.
                    let name = wanted.persona.first_name();
                    self.take(Some(alloc::format!("{}\n\n{name}", self.text)), Repair::Name);
                }
            }
        }
        Ok(())
    }

    /// Puts the writer's name into the room that a model has left for it.
    fn fill_in(&mut self, tells: &ModelTells, wanted: &Wanted<'_>) {
        self.take(tells.with_writer(&self.text, wanted.persona.first_name()), Repair::Name);
    }

    /// Gives the text the form that its kind has.
    fn shape(&mut self, wanted: &Wanted<'_>) -> Result<(), Rejection> {
        if wanted.persona.model_prose == ModelProse::Suppressed || wanted.kind == TextKind::Script {
            self.take(Some(plain(&self.text)).filter(|plain| *plain != self.text), Repair::Punctuation);
            self.subject = self.subject.take().map(|subject| plain(&subject));
        }
        match wanted.kind {
            TextKind::Mail => {
                self.take(signed(&self.text, wanted.persona.first_name()), Repair::Name);
                let bare = without_markdown(&self.text);
                self.take(Some(bare).filter(|bare| bare.trim_end() != self.text.trim_end()), Repair::Markdown);
            }
            TextKind::Todo => {
                let (list, is_changed) = as_list(&self.text).ok_or(Rejection::NoList)?;
                self.take(is_changed.then_some(list), Repair::List);
            }
            TextKind::Script => {
                self.text = self.text.trim_start().to_owned();
                if !self.text.starts_with("#!") {
                    let first = script_check::shebang_of(&self.text);
                    let first = first.ok_or(Rejection::Script(ScriptFault::UnknownLanguage))?;
                    self.take(Some(alloc::format!("{first}\n{}", self.text)), Repair::Shebang);
                }
                script_check::check(&self.text).map_err(Rejection::Script)?;
            }
            TextKind::Note | TextKind::Draft => {}
        }
        Ok(())
    }

    /// The last checks, on the text as it would be written.
    fn finish(mut self, tells: &ModelTells, wanted: &Wanted<'_>) -> Result<Accepted, Rejection> {
        // Boxes and names make a text longer than it was.
        self.take(shortened(&self.text).map(ToOwned::to_owned), Repair::Cut);
        let trimmed = self.text.trim();
        if trimmed.chars().count() < SHORTEST {
            return Err(Rejection::TooShort);
        }
        let language = wanted.persona.language;
        if wanted.kind != TextKind::Script
            && let Some(found) = tells.other_language(trimmed, language)
        {
            let (wanted, found) = (language.as_str().to_owned(), found.as_str().to_owned());
            return Err(Rejection::Language { wanted, found });
        }
        if !matches!(wanted.kind, TextKind::Script | TextKind::Todo)
            && let Some(figure) = invented(trimmed, wanted.prompt)
        {
            return Err(Rejection::Invented(figure.to_owned()));
        }
        if let Some(day) = later_day_in(trimmed, wanted.today) {
            return Err(Rejection::Future(day.to_owned()));
        }
        let mut text = trimmed.to_owned();
        text.push('\n');
        let subject = self.subject.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
        Ok(Accepted { subject, text, repairs: self.repairs })
    }
}

/// A line of 20 bytes or more that comes three times, as it does with models that have lost their way.
fn repeated_line(text: &str) -> Option<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|l| l.len() >= 20).collect();
    lines.sort_unstable();
    lines.chunk_by(|a, b| a == b).find(|same| same.len() >= 3).and_then(|same| same.first().copied())
}

/// A long piece of what was asked, if the answer holds one.
fn echo_of<'p>(text: &str, prompt: &'p str) -> Option<&'p str> {
    let mut pieces = prompt.split(['\n', '.']).map(str::trim).filter(|piece| piece.len() >= 40);
    pieces.find(|piece| text.contains(piece))
}

/// A figure of three digits or more that isn't in what was asked, where that told of the writer's work.
fn invented<'t>(text: &'t str, prompt: &Prompt) -> Option<&'t str> {
    if prompt.told.is_empty() {
        return None;
    }
    let figures = |text: &'t str| text.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= 3);
    let is_told = |figure: &&str| prompt.text.split(|c: char| !c.is_ascii_digit()).any(|run| run == *figure);
    figures(text).find(|figure| !is_told(figure))
}

/// A day that is written out (2026-12-24) and lies after today, or is none.
fn later_day_in(text: &str, today: Date) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len().saturating_sub(9)).find_map(|at| {
        let shape =
            [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|n| is_digit(at + n)) && bytes[at + 4] == b'-' && bytes[at + 7] == b'-';
        let day = text.get(at..at + 10).filter(|_| shape)?;
        day.parse::<Date>().map_or(true, |day| day > today).then_some(day)
    })
}

#[cfg(test)]
mod tests;
