//! What gives a language model away, as data: `content/world/model-tells.txt` for the marks of models' formats, and each
//! language's `model.txt` for its words.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::mail_answer::HeaderWords;
use super::thinking::{FormatMarks, Pair};
use super::verdict::excerpt;
use crate::content::lists::lists;
use crate::content::source::{ContentError, SourceFile};
use crate::persona::Language;

/// The lists of every language there is. A model may lead up to a German text in English, so that all are looked for in
/// every answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelTells {
    pub(super) marks: FormatMarks,
    pub(super) headers: HeaderWords,
    preambles: Vec<String>,
    closings: Vec<String>,
    refusals: Vec<String>,
    placeholders: Vec<String>,
    writer_gaps: Vec<String>,
    letters: Vec<String>,
    languages: BTreeMap<Language, Words>,
}

/// What is known of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Words {
    /// Its English name, as models know it best.
    name: Option<String>,
    /// The words it can't do without.
    words: Vec<String>,
}

/// Whether a file of a language's folder is a list of what models write, and no part of the pack.
pub(crate) fn is_model_file(name: &str) -> bool {
    name.rsplit('/').next() == Some("model.txt")
}

impl ModelTells {
    /// Reads the marks that belong to no language: `[thinking]`, `[thinking-words]`, `[wrapper]`, `[control]` and
    /// `[refusal]`, whose entries stand in double quotes.
    ///
    /// # Errors
    /// With file and line, for a list of another name or an entry in another form.
    pub fn parse(file: &SourceFile<'_>) -> Result<Self, ContentError> {
        let mut tells = Self::default();
        for list in lists(file)? {
            let wrong =
                |reason: &str| ContentError::at(file.name, list.line, alloc::format!("[{}] {reason}", list.name));
            let texts = || list.entries.iter().map(|e| quoted(e)).collect::<Option<Vec<String>>>();
            let pairs = || list.entries.iter().map(|e| pair(e)).collect::<Option<Vec<Pair>>>();
            let no_text = "has an entry that isn't in double quotes";
            let no_pair = "has an entry that isn't \"opening\" => \"closing\"";
            match list.name.as_str() {
                "thinking" => tells.marks.thinking.extend(pairs().ok_or_else(|| wrong(no_pair))?),
                "thinking-words" => tells.marks.thinking_words.extend(pairs().ok_or_else(|| wrong(no_pair))?),
                "wrapper" => tells.marks.wrappers.extend(pairs().ok_or_else(|| wrong(no_pair))?),
                "control" => tells.marks.control.extend(texts().ok_or_else(|| wrong(no_text))?),
                "refusal" => tells.refusals.extend(texts().ok_or_else(|| wrong(no_text))?),
                _ => return Err(wrong("is no list of this file's")),
            }
        }
        Ok(tells)
    }

    /// Adds a language's `model.txt`.
    ///
    /// # Errors
    /// With file and line, for a list of another name.
    pub fn add_language(&mut self, language: Language, file: &SourceFile<'_>) -> Result<(), ContentError> {
        for list in lists(file)? {
            let entries = || list.entries.iter().map(|e| e.to_lowercase());
            match list.name.as_str() {
                "name" => self.languages.entry(language).or_default().name = list.entries.first().cloned(),
                "words" => self.languages.entry(language).or_default().words.extend(entries()),
                "preamble" => self.preambles.extend(entries()),
                "closing" => self.closings.extend(entries()),
                "refusal" => self.refusals.extend(entries()),
                "placeholder" => self.placeholders.extend(entries()),
                "writer" => self.writer_gaps.extend(entries()),
                "letter" => self.letters.extend(entries()),
                "subject" => self.headers.subject.extend(entries()),
                "header" => self.headers.other.extend(entries()),
                other => {
                    let reason = alloc::format!("[{other}] is no list of a model.txt");
                    return Err(ContentError::at(file.name, list.line, reason));
                }
            }
        }
        Ok(())
    }

    /// A language's English name; its code where its pack names none.
    pub fn name_of<'a>(&'a self, language: &'a Language) -> &'a str {
        self.languages.get(language).and_then(|l| l.name.as_deref()).unwrap_or_else(|| language.as_str())
    }

    /// What only a model says, or a refusal, if the text has any.
    pub(super) fn refusal_in(&self, text: &str) -> Option<String> {
        let lower = text.to_lowercase();
        self.refusals.iter().find(|tell| lower.contains(tell.as_str())).cloned()
    }

    /// The text after a first line that only leads up to it.
    pub(super) fn without_preamble<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (first, rest) = text.trim_start().split_once('\n')?;
        let lower = first.trim().trim_matches(['*', '#', '_', ' ']).to_lowercase();
        let leads = self.preambles.iter().any(|tell| begins(&lower, tell));
        // "Sure," alone is a person's; what ends in a colon or is followed by an empty line leads up to something.
        let is_lead = leads && (lower.ends_with(':') || lower.ends_with('!') || rest.starts_with('\n'));
        (is_lead && !rest.trim().is_empty()).then(|| rest.trim_start())
    }

    /// The text before a last paragraph that only leads away from it.
    pub(super) fn without_closing<'t>(&self, text: &'t str) -> Option<&'t str> {
        let trimmed = text.trim_end();
        let at = trimmed.rfind("\n\n")?;
        let last = trimmed[at..].trim_start().trim_start_matches(['*', '_', '(']).to_lowercase();
        let leads = self.closings.iter().any(|tell| last.starts_with(tell.as_str()));
        (leads && !trimmed[..at].trim().is_empty()).then(|| trimmed[..at].trim_end())
    }

    /// Something in brackets that is to be filled in.
    pub(crate) fn placeholder_in(&self, text: &str) -> Option<String> {
        let bracketed = in_brackets(text).find(|(_, inside)| {
            let inside = inside.trim().to_lowercase();
            let is_words = inside.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '/' | '_' | '-'));
            let mut words = inside.split([' ', '_', '-', '/', '\'']);
            is_words && (3..60).contains(&inside.len()) && words.any(|word| self.placeholders.iter().any(|p| p == word))
        });
        let crosses = || text.to_lowercase().find("xxx").map(|_| "xxx".to_owned());
        bracketed.map(|(whole, _)| excerpt(whole)).or_else(crosses)
    }

    /// The text with the writer's name where a model left room for it.
    pub(super) fn with_writer(&self, text: &str, name: &str) -> Option<String> {
        let is_gap = |inside: &str| self.writer_gaps.contains(&inside.trim().to_lowercase());
        let gaps: Vec<&str> = in_brackets(text).filter(|(_, inside)| is_gap(inside)).map(|(whole, _)| whole).collect();
        if gaps.is_empty() {
            return None;
        }
        let mut out = text.to_owned();
        for gap in gaps {
            out = out.replacen(gap, name, 1);
        }
        Some(out)
    }

    /// Whether it begins as a letter does.
    pub(super) fn is_letter(&self, text: &str) -> bool {
        let lower = text.trim_start().lines().next().unwrap_or_default().to_lowercase();
        let has_subject = self
            .headers
            .subject
            .iter()
            .any(|label| lower.strip_prefix(label.as_str()).is_some_and(|r| r.starts_with(':')));
        has_subject || self.letters.iter().any(|words| begins(&lower, words))
    }

    /// The language that a text is in instead of `language`: one that has clearly more of its words in it. Short texts,
    /// and languages whose words are not listed, get the benefit of the doubt.
    pub(crate) fn other_language(&self, text: &str, language: Language) -> Option<Language> {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
        let score = |list: &[String]| words.iter().filter(|w| list.contains(w)).count();
        let own = self.languages.get(&language).filter(|own| !own.words.is_empty())?;
        let own = score(&own.words);
        let others = self.languages.iter().filter(|(code, _)| **code != language);
        let (other, found) = others.map(|(code, list)| (score(&list.words), *code)).max_by_key(|(score, _)| *score)?;
        (other >= 4 && own * 10 < other * 9).then_some(found)
    }
}

/// `"text"`, in lower case.
fn quoted(entry: &str) -> Option<String> {
    let inside = entry.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.is_empty()).then(|| inside.to_lowercase())
}

/// `"opening" => "closing"`.
fn pair(entry: &str) -> Option<Pair> {
    let (open, close) = entry.split_once(" => ")?;
    Some(Pair { open: quoted(open.trim())?, close: quoted(close.trim())? })
}

/// What stands in brackets of any kind on one line: with the brackets and without.
fn in_brackets(text: &str) -> impl Iterator<Item = (&str, &str)> {
    [('[', ']'), ('<', '>'), ('{', '}')].into_iter().flat_map(move |(open, close)| {
        text.match_indices(open).filter_map(move |(at, _)| {
            let line = text[at..].lines().next()?;
            let end = line.find(close)?;
            Some((&line[..=end], &line[1..end]))
        })
    })
}

/// Whether a line begins with these words, and not with a longer one.
fn begins(line: &str, words: &str) -> bool {
    line.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}
