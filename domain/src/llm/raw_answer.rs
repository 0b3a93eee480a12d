//! An answer as a model's server gave it, before anything is checked.

use alloc::string::String;

/// What a server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// The text, as it came.
    pub text: String,
    /// Whether it is whole.
    pub end: AnswerEnd,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerEnd {
    /// The model had nothing more to say, or the server doesn't tell.
    Complete,
    /// The token limit was reached (`done_reason` or `finish_reason` is `length`): the text stops anywhere.
    TokenLimit,
}

impl RawAnswer {
    /// A whole answer.
    pub fn complete(text: impl Into<String>) -> Self {
        Self { text: text.into(), end: AnswerEnd::Complete }
    }
}
