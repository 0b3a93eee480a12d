//! The texts of one language.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::day_form::DayForm;
use super::grammar::ast::{Alternative, Grammar, Rule};
use super::labels::Labels;
use super::rules::Rules;
use super::source::{ContentError, SourceFile};
use crate::noise::Key;
use crate::persona::Language;

/// The texts of one language.
#[derive(Debug)]
pub struct Pack {
    grammar: Grammar,
    rules: Rules,
    labels: Labels,
    borrowed: Vec<String>,
    locale: Locale,
    abbreviations: BTreeMap<String, String>,
    dictionary: BTreeSet<String>,
    private: Vec<String>,
    marks: Vec<String>,
    monitors: Vec<String>,
    builders: Vec<String>,
    day_month: String,
    outsiders: [Vec<String>; 2],
    number_signs: [String; 2],
    /// How people of two companies greet each other and say goodbye.
    formal: [Vec<String>; 2],
    /// What suppliers are called, after a family name.
    suppliers: Vec<String>,
    /// By which words a mail says that something hangs on it, in lower case.
    attachment: Vec<String>,
    /// What stands behind the name of a paper that isn't finished.
    /// What stands behind the name of a paper that isn't finished, and what files of scattered notes are called.
    names: [Vec<String>; 2],
    /// Words that are written small at the beginning of a mail, behind a greeting with a comma.
    small_after_greeting: BTreeSet<String>,
}

/// What mail programs call a language: `[language]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// The code that Thunderbird puts into `Content-Language`.
    pub thunderbird: String,
    /// The code that Outlook puts there.
    pub outlook: String,
}

impl Locale {
    /// What follows from the code where the pack says nothing.
    fn of(language: Language) -> Self {
        let code = language.as_str();
        Self { thunderbird: code.to_owned(), outlook: format!("{code}-{code}") }
    }

    fn read(grammar: &Grammar, language: Language) -> Result<Self, ContentError> {
        let mut locale = Self::of(language);
        for line in grammar.plain_lines("language")? {
            let (name, text) = line.split_once('=').map_or((line, ""), |(name, text)| (name.trim(), text.trim()));
            let field = match name {
                "thunderbird" => &mut locale.thunderbird,
                "outlook" => &mut locale.outlook,
                _ => {
                    let reason = "is not \"name = text\" with thunderbird or outlook";
                    return Err(grammar.fault(format!("[language]: {line:?} {reason}")));
                }
            };
            text.clone_into(field);
        }
        Ok(locale)
    }
}

impl Pack {
    /// Reads the pack of a language from its files; their order does not matter, but `[+rule]` adds to a rule of an
    /// earlier file. What `english` has and this one lacks of the labels is taken from there.
    ///
    /// # Errors
    /// With file and line: a line outside a section, an unknown rule or slot, a rule that can't
    /// end, a required rule that is missing.
    pub fn parse(language: Language, files: &[SourceFile<'_>], english: Option<&Self>) -> Result<Self, ContentError> {
        let grammar = Grammar::parse(files)?;
        let rules = Rules::find(&grammar)?;
        let (labels, borrowed) = Labels::read(&grammar, english.map(|pack| &pack.labels))?;
        let pair = |line: &str| match line.split_once(" = ") {
            Some((long, short)) => Ok((long.trim().to_owned(), short.trim().to_owned())),
            None => Err(grammar.fault(format!("[abbreviation]: {line:?} is not \"long = short\""))),
        };
        let abbreviations = grammar.plain_lines("abbreviation")?.into_iter().map(pair).collect::<Result<_, _>>()?;
        let owned = |name: &str| -> Result<Vec<String>, ContentError> {
            Ok(grammar.plain_lines(name)?.into_iter().map(ToOwned::to_owned).collect())
        };
        let private = owned("private")?.into_iter().map(|word| word.to_lowercase()).collect();
        let marks = owned("mail.marks")?;
        let (monitors, builders) = (owned("mailing.monitors")?, owned("mailing.builders")?);
        let day_month = grammar.plain_lines("form.daymonth")?.first().map_or("%d %m", |form| form).to_owned();
        let outsiders = or_english([owned("person.given")?, owned("person.family")?], english, |pack| &pack.outsiders);
        let formal = [owned("mail.formal.hello")?, owned("mail.formal.bye")?];
        let formal = or_english(formal, english, |pack| &pack.formal);
        let [suppliers] = or_english([owned("supplier.kind")?], english, |pack| core::array::from_ref(&pack.suppliers));
        let names = or_english([owned("draft.mark")?, owned("note.kept")?], english, |pack| &pack.names);
        let attachment = owned("mail.attachment")?.into_iter().map(|word| word.to_lowercase()).collect();
        let small_after_greeting = owned("mail.lower")?.into_iter().collect();
        let number_signs = number_signs(&grammar)?;
        let locale = Locale::read(&grammar, language)?;
        let dictionary = grammar.words();
        Ok(Self {
            grammar,
            rules,
            labels,
            borrowed,
            locale,
            abbreviations,
            dictionary,
            private,
            marks,
            monitors,
            builders,
            day_month,
            outsiders,
            number_signs,
            formal,
            suppliers,
            attachment,
            names,
            small_after_greeting,
        })
    }

    /// The rules that paths and bodies start from.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// What programs say in this language.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What the pack lacks and has from the English one: sections and labels.
    pub fn borrowed(&self) -> &[String] {
        &self.borrowed
    }

    /// What mail programs call the language.
    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// Whether a file of this name is one that people keep from others' eyes, where they think of it.
    pub fn is_private(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.private.iter().any(|word| name.contains(word.as_str()))
    }

    /// What stands before the subjects of answers and of what is passed on: its own, and what all packs share.
    pub(super) fn subject_marks(&self) -> impl Iterator<Item = &str> {
        let own = [&self.labels.mail.re, &self.labels.mail.fwd];
        self.marks.iter().chain(own).map(String::as_str)
    }

    /// What watches hosts, by the local part of its address.
    pub(crate) fn monitors(&self) -> &[String] {
        &self.monitors
    }

    /// What builds software, by its name.
    pub(crate) fn builders(&self) -> &[String] {
        &self.builders
    }

    /// What a rule chooses from.
    pub(super) fn alternatives(&self, rule: Rule) -> &[Alternative] {
        self.grammar.alternatives(rule)
    }

    /// The number that stands for a rule, in every version of the pack.
    pub(super) fn key(&self, rule: Rule) -> u64 {
        self.grammar.key(rule)
    }

    /// The rule of a name.
    #[cfg(test)]
    pub(super) fn find(&self, name: &str) -> Option<Rule> {
        self.grammar.find(name)
    }

    /// The short name of a month, 1 for January.
    fn short_month(&self, month: i8) -> &str {
        self.labels.short_month(month)
    }

    /// The short name of a day.
    fn short_day(&self, day: Weekday) -> &str {
        self.labels.short_day(day.to_monday_one_offset())
    }

    /// Whether a word stands anywhere in the pack.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.dictionary.contains(word)
    }

    /// Puts a day in one of its forms.
    pub(crate) fn put_day(&self, day: Date, form: DayForm, out: &mut String) {
        let (year, month, number) = (day.year(), day.month(), day.day());
        match form {
            DayForm::Iso => put!(out, "{year}-{month:02}-{number:02}"),
            DayForm::Compact => put!(out, "{year}{month:02}{number:02}"),
            DayForm::Slash => put!(out, "{number}/{month}"),
            DayForm::Month => put!(out, "{year}-{month:02}"),
            DayForm::Quarter => put!(out, "Q{}", (month + 2) / 3),
            DayForm::Year => put!(out, "{year}"),
            DayForm::DayMonth => self.put_day_month(day, out),
            DayForm::Monday => {
                let since = i64::from(day.weekday().to_monday_zero_offset());
                let monday = day.checked_sub(Span::new().days(since)).unwrap_or(day);
                self.put_day(monday, DayForm::MonthDay, out);
            }
            DayForm::MonthDay => {
                out.push_str(self.short_month(month));
                put!(out, " {number}");
            }
            DayForm::WeekdaySlash => {
                out.push_str(self.short_day(day.weekday()));
                put!(out, " {number}/{month}");
            }
            DayForm::Weekday => {
                out.push_str(self.short_day(day.weekday()));
            }
        }
    }

    /// Puts a day and a month as the language writes them.
    fn put_day_month(&self, day: Date, out: &mut String) {
        let (before, after) = self.day_month.split_once("%m").unwrap_or(("%d ", ""));
        for (part, is_last) in [(before, false), (after, true)] {
            if is_last {
                out.push_str(self.short_month(day.month()));
            }
            match part.split_once("%d") {
                Some((start, end)) => put!(out, "{start}{}{end}", day.day()),
                None => out.push_str(part),
            }
        }
    }

    /// The given and the family name of somebody outside the company.
    pub(crate) fn outsider(&self, key: Key) -> (&str, &str) {
        let [given, family] = &self.outsiders;
        let one = |list: &'_ [String], what: &str| key.text(what).index(list.len());
        let (g, f) = (one(given, "given"), one(family, "family"));
        (given.get(g).map_or("Robin", String::as_str), family.get(f).map_or("Hale", String::as_str))
    }

    /// How somebody is greeted by people of another company: by first name, full name.
    pub(crate) fn formal_hello(&self, key: Key, first: &str, full: &str) -> String {
        let form = self.formal[0].get(key.text("hello").index(self.formal[0].len()));
        form.map_or_else(String::new, |form| form.replace("%F", first).replace("%N", full))
    }

    /// What stands behind the name of a paper that isn't finished: of each writer the same.
    pub(crate) fn draft_mark(&self, writer: Key) -> &str {
        let [marks, _] = &self.names;
        marks.get(writer.index(marks.len())).map_or("draft", String::as_str)
    }

    /// What somebody calls the one file into which they write what they need to know again: of each writer the same.
    pub(crate) fn kept_name(&self, writer: Key) -> &str {
        let [_, names] = &self.names;
        names.get(writer.index(names.len())).map_or("notes", String::as_str)
    }

    /// Whether a text says that something hangs on it.
    pub(crate) fn speaks_of_attachment(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.attachment.iter().any(|word| lower.contains(word.as_str()))
    }

    /// Whether a word is written small behind a greeting that ends with a comma.
    pub(crate) fn is_small_after_greeting(&self, word: &str) -> bool {
        self.small_after_greeting.contains(word)
    }

    /// How people of two companies say goodbye.
    pub(crate) fn formal_bye(&self, key: Key) -> &str {
        self.formal[1].get(key.text("bye").index(self.formal[1].len())).map_or("", String::as_str)
    }

    /// A supplier that `key` stands for.
    pub(crate) fn supplier(&self, key: Key) -> String {
        let (_, family) = self.outsider(key);
        let kind = self.suppliers.get(key.text("kind").index(self.suppliers.len()));
        kind.map_or(family.to_owned(), |kind| kind.replace("%F", family))
    }

    /// What stands between the thousands of an amount, and before its cents.
    pub(crate) fn number_signs(&self) -> (&str, &str) {
        (&self.number_signs[0], &self.number_signs[1])
    }

    /// What people in a hurry write for a word.
    pub(crate) fn short_form(&self, word: &str) -> Option<&str> {
        self.abbreviations.get(word).map(String::as_str)
    }
}

/// Lists that belong together: the English ones where one of them is missing.
fn or_english<const N: usize>(
    own: [Vec<String>; N],
    english: Option<&Pack>,
    theirs: impl Fn(&Pack) -> &[Vec<String>; N],
) -> [Vec<String>; N] {
    match english {
        Some(english) if own.iter().any(Vec::is_empty) => theirs(english).clone(),
        _ => own,
    }
}

/// `[form.amount]`: how 1234.5 is written, such as `1.234,50`; its two signs.
fn number_signs(grammar: &Grammar) -> Result<[String; 2], ContentError> {
    let lines = grammar.plain_lines("form.amount")?;
    let Some(line) = lines.first() else { return Ok([",".to_owned(), ".".to_owned()]) };
    let signs = line
        .strip_prefix('1')
        .and_then(|rest| rest.split_once("234"))
        .and_then(|(group, rest)| Some([group.to_owned(), rest.strip_suffix("50")?.to_owned()]));
    signs.ok_or_else(|| grammar.fault(format!("[form.amount]: {line:?} is not how 1234.50 is written")))
}
