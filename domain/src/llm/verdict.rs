//! What a review comes to: a text that can be used and what was repaired in it, or the reason why it can't.

use alloc::string::String;
use alloc::vec::Vec;

use super::script_check::ScriptFault;

/// Something that was repaired. `Display` tells it to an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Repair {
    /// A thinking model's thoughts were removed.
    #[error("the model's thinking was removed")]
    Thinking,
    /// A line before the text was removed.
    #[error("a line that leads up to the text was removed")]
    Preamble,
    /// Lines after the text were removed.
    #[error("a remark after the text was removed")]
    Closing,
    /// The fence around it was removed.
    #[error("a code fence was removed")]
    Fence,
    /// Punctuation that people don't type was replaced.
    #[error("typographic punctuation was replaced")]
    Punctuation,
    /// Marks of Markdown were removed from a mail.
    #[error("Markdown was removed")]
    Markdown,
    /// The lines of a list got their marks.
    #[error("the lines of the list got their boxes")]
    List,
    /// A script got its first line.
    #[error("the script got its first line")]
    Shebang,
    /// The writer's name took the place of a gap or of another name.
    #[error("the writer's name was filled in")]
    Name,
    /// The end was cut off: the answer was too long, or stopped in mid sentence.
    #[error("the end was cut off after the last whole sentence or line")]
    Cut,
}

/// Why an answer is not used. Quotations are at most 60 characters long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Hardly anything in it.
    #[error("too short")]
    TooShort,
    /// Thinking that never ended, or with nothing behind it.
    #[error("the model's thinking, without an answer behind it")]
    OnlyThinking,
    /// A mark of a chat template.
    #[error("a control token: {0}")]
    ControlToken(String),
    /// It stops in mid sentence at the token limit, and too little of it is whole.
    #[error("cut at the token limit, with too little that is whole")]
    CutOff,
    /// Not the persona's language.
    #[error("another language: {found} where {wanted} was asked for")]
    Language {
        /// The persona's, as a code.
        wanted: String,
        /// What it looks like, as a code.
        found: String,
    },
    /// Something to be filled in.
    #[error("a placeholder: {0}")]
    Placeholder(String),
    /// A piece of what it was asked.
    #[error("a piece of the prompt itself: {0:?}")]
    Echo(String),
    /// Words that must not stand on a decoy.
    #[error("words that tell of decoys")]
    Telling,
    /// It speaks as a model, or refuses.
    #[error("speaks as a model: {0:?}")]
    Refusal(String),
    /// A date that hasn't come, or is none.
    #[error("a date that lies ahead, or is none: {0}")]
    Future(String),
    /// A figure that is not the work item's.
    #[error("a figure that nobody told it: {0}")]
    Invented(String),
    /// The same line three times or more.
    #[error("the same line again and again: {0:?}")]
    Repetitive(String),
    /// A letter where a note is wanted.
    #[error("a letter, and not what was asked for")]
    Letter,
    /// A script that doesn't parse.
    #[error("a script that can't be run: {0}")]
    Script(ScriptFault),
    /// A list that is none.
    #[error("no list")]
    NoList,
}

/// A text that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// A mail's subject, where the answer has one.
    pub subject: Option<String>,
    /// The text, one line end at its end; a mail's without its subject.
    pub text: String,
    /// What was repaired, each once; nothing for an answer that could be used as it came.
    pub repairs: Vec<Repair>,
}

/// The beginning of what was found, for a message.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}
