//! A mail as a model gives it: its subject, where it told one, and the rest.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

/// How the lines above a mail begin, in lower case, in every language there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HeaderWords {
    /// The subject's.
    pub(super) subject: Vec<String>,
    /// The other header lines'.
    pub(super) other: Vec<String>,
}

/// Some models answer with an object.
#[derive(Deserialize)]
struct ObjectAnswer {
    subject: Option<String>,
    #[serde(alias = "text")]
    body: String,
}

/// A subject is looked for in so many lines.
const SUBJECT_WITHIN: usize = 6;

impl HeaderWords {
    /// The subject and the text of an answer.
    pub(super) fn split(&self, answer: &str) -> (Option<String>, String) {
        if let Ok(object) = serde_json::from_str::<ObjectAnswer>(answer.trim()) {
            return (object.subject, object.body);
        }
        let lines: Vec<&str> = answer.lines().collect();
        for (at, line) in lines.iter().enumerate().take(SUBJECT_WITHIN) {
            let Some(subject) = value_of(line, &self.subject) else { continue };
            // Some repeat the other header lines, too.
            let is_above = |line: &&&str| line.trim().is_empty() || value_of(line, &self.other).is_some();
            let body: Vec<&str> = lines[at + 1..].iter().skip_while(is_above).copied().collect();
            return ((!subject.is_empty()).then_some(subject), body.join("\n"));
        }
        (None, answer.to_owned())
    }
}

/// What a header line says, if its label is one of these.
fn value_of(line: &str, labels: &[String]) -> Option<String> {
    let bare = line.trim().trim_start_matches(['*', '#', ' ', '_']);
    let (label, value) = bare.split_once(':')?;
    let label = label.trim_end_matches(['*', '_']).trim().to_lowercase();
    labels.contains(&label).then(|| value.trim().trim_matches(['*', '"', '_', ' ']).to_owned())
}
