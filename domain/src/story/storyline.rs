//! A storyline as it was written: parts, facts, beats and texts, the texts as places in the file they came from.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::role::RoleFamily;

/// The text of a file of storylines, shared by all of them.
pub(super) type Source = Arc<Cow<'static, str>>;

/// A text of a storyline: where it stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    start: u32,
    end: u32,
}

impl Text {
    pub(super) fn new(range: Range<usize>) -> Self {
        // Files are at most 4 MiB.
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: at(range.start), end: at(range.end) }
    }

    /// A number that tells it from the other texts of its file.
    pub(super) fn place(self) -> u64 {
        u64::from(self.start)
    }

    /// How long it is in its file, in bytes, its slots as they stand there.
    pub(super) fn length(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    pub(super) fn of(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Somebody who takes part. The first part of every storyline is the owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: Box<str>,
    /// Who plays it: the first family of which there is somebody.
    pub(super) families: Vec<RoleFamily>,
    /// Where they are from, who are of another company.
    pub(super) outside: Option<Outside>,
}

/// Where somebody of another company is from, as the storyline says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outside {
    /// Not said: the customer or supplier that the storyline has, where it has one.
    Unsaid,
    /// The customer that the storyline speaks of.
    Customer,
    /// The supplier that it speaks of.
    Vendor,
    /// Some company that it doesn't name.
    Firm,
    /// No company.
    Private,
}

/// A fact, and how it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FactRule {
    pub(super) name: Box<str>,
    pub(super) how: How,
}

/// A number: written down, or another fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Number(i64),
    Fact(usize),
}

/// How two numbers are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// How a fact is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// One of these texts.
    Choice(Vec<Text>),
    /// A whole number.
    Number { least: i64, most: i64, step: i64 },
    /// So many percent of another number.
    Share { least: i64, most: i64, of: usize },
    /// An amount, in cents.
    Money { least: i64, most: i64, step: i64 },
    /// Arithmetic: products first, then sums, from left to right.
    Sum { first: Operand, rest: Vec<(Operator, Operand)> },
    /// What follows from a choice: its value, and the text for it.
    By { fact: usize, cases: Vec<(Text, Text)> },
    /// So many days after a beat's day (before it, where negative).
    Day { beat: usize, days: Option<(Operator, Operand)>, is_working: bool },
    /// A time of the day, in minutes after midnight.
    Clock { least: u16, most: u16 },
    /// Hexadecimal digits.
    Hex(u8),
    /// Something of the company's own.
    Company(OfCompany),
}

/// What of the company's own a fact may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfCompany {
    Host,
    OtherHost,
    Customer,
    Vendor,
    Product,
    Version,
    System,
    Project,
}

/// That a choice came out as one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) fact: usize,
    pub(super) values: Vec<Text>,
}

/// A unit of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Hours,
    /// Working days of whoever does it.
    Days,
}

/// How long after the beat before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) least: u16,
    pub(super) most: u16,
    pub(super) unit: Unit,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Whose part does it.
    pub(super) by: usize,
    pub(super) wait: Wait,
    pub(super) condition: Option<Condition>,
    /// How the owner jots it down.
    pub notes: Vec<Text>,
    /// How the owner tells it, in sentences.
    pub prose: Vec<Text>,
    /// How somebody else who is part of it jots it down.
    pub others: Vec<Text>,
    /// What the owner writes down because they will need it again, each thing once.
    pub keeps: Vec<Text>,
    /// What is open for the owner from then on.
    pub todos: Vec<Todo>,
    /// Mails that are sent.
    pub mails: Vec<MailText>,
    /// What is typed, and on which host (a fact).
    pub(super) commands: Vec<(usize, Text)>,
}

/// Something that is open until a later beat, in several wordings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    /// The beat that settles it; none ever does where there is none.
    pub until: Option<usize>,
    /// The wordings.
    pub texts: Vec<Text>,
}

/// A mail from one part to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// Whose part sends it.
    pub from: usize,
    /// Whose parts get it.
    pub to: Vec<usize>,
    /// What its subject may be; the thread's where there is none.
    pub subjects: Vec<Text>,
    /// The wordings of its body.
    pub bodies: Vec<Text>,
}

impl MailText {
    /// Everybody who has to do with it.
    pub(super) fn parts(&self) -> impl Iterator<Item = usize> {
        core::iter::once(self.from).chain(self.to.iter().copied())
    }
}

/// A paper that the owner writes once a beat is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DraftText {
    pub(super) from: usize,
    pub(super) body: Text,
}

/// A script that the owner writes once a beat is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScriptText {
    pub(super) name: Text,
    pub(super) from: usize,
    pub(super) body: Text,
}

/// A storyline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storyline {
    pub(super) source: Source,
    pub(super) name: Box<str>,
    pub(super) parts: Vec<Part>,
    pub(super) facts: Vec<FactRule>,
    pub(super) titles: Vec<Text>,
    /// What the beats are called: known before the beats themselves, for facts count from them.
    pub(super) beat_names: Vec<Box<str>>,
    pub(super) beats: Vec<Beat>,
    pub(super) drafts: Vec<DraftText>,
    pub(super) scripts: Vec<ScriptText>,
}

impl Storyline {
    /// What it is called, in lower case and hyphens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a beat is called; empty for a place of none.
    pub fn beat_name(&self, beat: usize) -> &str {
        self.beat_names.get(beat).map_or("", |name| name)
    }

    /// It, as it stands in its file.
    pub(super) fn written(&self) -> &str {
        let head = alloc::format!("[story {}]", self.name);
        let Some((before, _)) = self.source.split_once(&head) else { return "" };
        let rest = &self.source[before.len()..];
        let end = rest.find("\n[story ").map_or(rest.len(), |at| at + 1);
        rest[..end].trim_end()
    }

    /// The beats, in their order.
    pub fn beats(&self) -> &[Beat] {
        &self.beats
    }

    /// How many working days it takes at most, about.
    pub(super) fn span(&self) -> f64 {
        let days = |wait: Wait| match wait.unit {
            Unit::Minutes => f64::from(wait.most) / (60.0 * 8.0),
            Unit::Hours => f64::from(wait.most) / 8.0,
            Unit::Days => f64::from(wait.most),
        };
        self.beats.iter().map(|beat| days(beat.wait)).sum()
    }

    pub(super) fn text(&self, text: Text) -> &str {
        text.of(&self.source)
    }

    /// The place of a part.
    pub(super) fn part_named(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|part| *part.name == *name)
    }

    /// The place of a fact.
    pub(super) fn fact_named(&self, name: &str) -> Option<usize> {
        self.facts.iter().position(|fact| *fact.name == *name)
    }

    /// The place of a beat.
    pub(super) fn beat_named(&self, name: &str) -> Option<usize> {
        self.beat_names.iter().position(|beat| **beat == *name)
    }

    /// What a fact may come out as; `None` where it is no choice and follows from none.
    pub(super) fn values_of(&self, fact: usize) -> Option<Vec<Text>> {
        match &self.facts[fact].how {
            How::Choice(texts) => Some(texts.clone()),
            How::By { cases, .. } => Some(cases.iter().map(|(_, text)| *text).collect()),
            _ => None,
        }
    }
}
