//! Thinking models: what they write for themselves before the answer, and the marks of chat templates.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::verdict::{Rejection, excerpt};

/// Two marks and what stands between them. Both are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) open: String,
    pub(super) close: String,
}

/// The marks of models' formats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FormatMarks {
    /// Around thinking: marks that stand for nothing else.
    pub(super) thinking: Vec<Pair>,
    /// Around thinking, in words; the first has to be the whole first line.
    pub(super) thinking_words: Vec<Pair>,
    /// Around the answer itself.
    pub(super) wrappers: Vec<Pair>,
    /// What must not be left.
    pub(super) control: Vec<String>,
}

/// How `OpenAI`'s open models (the "harmony" format) name the channel of the answer, when the tokens are left in the text
/// and when a server drops them.
const CHANNEL: &str = "<|channel|>";
const FINAL_CHANNEL: &str = "<|channel|>final";
const MESSAGE: &str = "<|message|>";
const MESSAGE_ENDS: [&str; 2] = ["<|return|>", "<|end|>"];
const BARE_ANALYSIS: &str = "analysis";
const BARE_FINAL: &str = "assistantfinal";

impl FormatMarks {
    /// The answer behind the thinking, and without the wrapper that some models put around it.
    ///
    /// # Errors
    /// [`Rejection::OnlyThinking`] for thinking that doesn't end or has nothing behind it.
    pub(super) fn answer_of<'t>(&self, text: &'t str) -> Result<&'t str, Rejection> {
        let mut rest = final_channel(text)?;
        let lower = rest.to_ascii_lowercase();
        let ends = |pair: &Pair| lower.rfind(pair.close.as_str()).map(|at| at + pair.close.len());
        if let Some(end) = self.thinking.iter().filter_map(ends).max() {
            rest = &rest[end..];
        }
        for pair in &self.thinking_words {
            let lower = rest.trim_start().to_ascii_lowercase();
            let first = lower.lines().next().unwrap_or_default();
            if first.trim_end() == pair.open {
                let end = lower.rfind(pair.close.as_str()).ok_or(Rejection::OnlyThinking)?;
                rest = &rest.trim_start()[end + pair.close.len()..];
            }
        }
        let lower = rest.to_ascii_lowercase();
        if self.thinking.iter().any(|pair| lower.contains(pair.open.as_str())) {
            return Err(Rejection::OnlyThinking);
        }
        let answer = self.unwrapped(rest);
        if answer.trim().is_empty() && !text.trim().is_empty() {
            return Err(Rejection::OnlyThinking);
        }
        Ok(answer)
    }

    fn unwrapped<'t>(&self, text: &'t str) -> &'t str {
        let trimmed = text.trim();
        let lower = trimmed.to_ascii_lowercase();
        let Some(pair) = self.wrappers.iter().find(|pair| lower.starts_with(pair.open.as_str())) else { return text };
        let end = if lower.ends_with(pair.close.as_str()) && lower.len() >= pair.open.len() + pair.close.len() {
            trimmed.len() - pair.close.len()
        } else {
            trimmed.len()
        };
        trimmed[pair.open.len()..end].trim()
    }

    /// A mark that is left: one of the list, anything of the form `<|name|>`, or the beginning of one at the end of the
    /// text, where the token limit cuts marks in two.
    pub(super) fn control_token(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let listed = self.control.iter().find(|mark| lower.contains(mark.as_str())).map(ToOwned::to_owned);
        listed
            .or_else(|| bracketed(text, "<|", "|>"))
            .or_else(|| bracketed(text, "<｜", "｜>"))
            .or_else(|| begun(text, "<|"))
            .or_else(|| begun(text, "<｜"))
    }
}

/// What stands between two marks on one line, at most 60 characters apart, marks and all.
fn bracketed(text: &str, open: &str, close: &str) -> Option<String> {
    text.match_indices(open).find_map(|(at, _)| {
        let line = text[at..].lines().next().unwrap_or_default();
        let end = line.find(close)? + close.len();
        (line[..end].chars().count() <= 60).then(|| excerpt(&line[..end]))
    })
}

/// A mark that has begun when the text ends.
fn begun(text: &str, open: &str) -> Option<String> {
    let mark = &text.trim_end()[text.trim_end().rfind(open)?..];
    let is_name = mark[open.len()..].chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '|' | '▁' | '｜'));
    is_name.then(|| excerpt(mark))
}

/// The final channel of an answer that has channels; the whole text of any other.
fn final_channel(text: &str) -> Result<&str, Rejection> {
    let lower = text.to_ascii_lowercase();
    if lower.contains(CHANNEL) {
        let from = lower.rfind(FINAL_CHANNEL).ok_or(Rejection::OnlyThinking)?;
        let at = lower[from..].find(MESSAGE).ok_or(Rejection::OnlyThinking)?;
        let message = text[from + at + MESSAGE.len()..].trim_end();
        // The mark of the end is dropped only where it is the end: what follows another message is not trusted.
        let whole = MESSAGE_ENDS.iter().find_map(|mark| message.strip_suffix(mark));
        return Ok(whole.unwrap_or(message));
    }
    if lower.trim_start().starts_with(BARE_ANALYSIS)
        && let Some(at) = lower.rfind(BARE_FINAL)
    {
        return Ok(&text[at + BARE_FINAL.len()..]);
    }
    Ok(text)
}
