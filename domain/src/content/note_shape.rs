//! What shape somebody's note about a piece of work has: a report of what happened is one of several.

use alloc::string::String;
use alloc::vec::Vec;

use super::generator::TextGenerator;
use crate::story::{Happening, Instance};

/// The shape of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoteShape {
    /// What happened, in order.
    Log,
    /// What its writer needs to know again, and nothing else.
    Kept,
    /// Some of both.
    Mixed,
    /// No note of its own: what its writer needs to know stands in their one file of scattered notes.
    Scattered,
}

/// Shares of the shapes, in 100, of people who mostly write down what happens, of some, and of those who mostly write
/// down what they need: log, kept, mixed; the rest is scattered, where somebody has a file for that.
const SHARES: [[u8; 3]; 3] = [[48, 14, 20], [28, 26, 26], [12, 38, 26]];
/// In so many of 100 cases a thing worth knowing again is written down, by what it belongs to: much of one worry, little of
/// another.
const KEPT: [u64; 4] = [20, 55, 90, 100];
/// In so many of 100 cases a note of both kinds says what happened.
const SAID: u64 = 45;
/// In so many of 100 cases a log passes something over,
const PASSED_OVER: u64 = 16;
/// and its end: who is done with something mostly writes no more about it.
const END_LEFT_OUT: u64 = 60;

impl TextGenerator<'_> {
    /// What shape the writer's note about an instance has: always the same one.
    pub(crate) fn note_shape(&self, story: &Instance<'_>) -> NoteShape {
        // What somebody else's work needs is known to them. And a note has to begin with something.
        let first = story.happenings().first();
        let has_kept = first.is_some_and(|first| !story.story().beats()[first.beat].keeps.is_empty());
        if !has_kept || !story.is_of(self.context().persona_index) {
            return NoteShape::Log;
        }
        let shares = SHARES[self.habit().noise("keeps").index(SHARES.len())];
        let mut at = u8::try_from(self.note_key(story).text("shape").below(100)).unwrap_or(0);
        for (shape, share) in [NoteShape::Log, NoteShape::Kept, NoteShape::Mixed].into_iter().zip(shares) {
            if at < share {
                return shape;
            }
            at -= share;
        }
        if self.has_scattered() { NoteShape::Scattered } else { NoteShape::Mixed }
    }

    /// Whether the writer has a file of scattered notes. At the reference's pace, where what is there changes whether or
    /// not anything happened, nobody has.
    pub(crate) fn has_scattered(&self) -> bool {
        self.passes_over && self.habit().noise("scattered").chance(64)
    }

    /// What the file of scattered notes is called.
    pub(crate) fn scattered_name(&self) -> String {
        let name = self.pack().kept_name(self.habit().noise("scattered name"));
        alloc::format!("{name}{}", self.habit().suffix)
    }

    /// Whether a note of this shape says of a happening that it was.
    pub(crate) fn is_said(&self, shape: NoteShape, story: &Instance<'_>, happening: &Happening) -> bool {
        let all = story.happenings();
        let key = self.note_key(story).text("said").with(happening.beat as u64);
        if all.first().is_some_and(|first| first.beat == happening.beat) && shape != NoteShape::Mixed {
            return true;
        }
        match shape {
            NoteShape::Kept | NoteShape::Scattered => false,
            NoteShape::Mixed => key.chance(SAID),
            // At the reference's pace there is little enough to tell.
            NoteShape::Log if !self.passes_over => true,
            NoteShape::Log if all.len() > 2 && all.last().is_some_and(|last| last.beat == happening.beat) => {
                !key.chance(END_LEFT_OUT)
            }
            NoteShape::Log => !key.chance(PASSED_OVER),
        }
    }

    /// What of the things worth knowing again at a happening the writer writes down.
    pub(crate) fn kept(&self, story: &Instance<'_>, happening: &Happening) -> Vec<String> {
        let key = self.note_key(story).text("kept").with(happening.beat as u64);
        let is_first = story.happenings().first().is_some_and(|first| first.beat == happening.beat);
        let keeps = story.story().beats()[happening.beat].keeps.iter().enumerate();
        let share = KEPT[key.text("share").index(KEPT.len())];
        let is_kept = |n: usize| (is_first && n == 0) || key.with(n as u64).chance(share);
        keeps.filter(|(n, _)| is_kept(*n)).map(|(_, text)| story.text(*text)).collect()
    }
}
