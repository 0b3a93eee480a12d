//! The kinds of text that a language model is asked for.

/// What an answer was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of the content classes")]
pub enum TextKind {
    Note,
    Todo,
    Draft,
    Script,
    Mail,
}

impl TextKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Note, Self::Todo, Self::Draft, Self::Script, Self::Mail];

    /// The name of the content class.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Todo => "todo",
            Self::Draft => "draft",
            Self::Script => "script",
            Self::Mail => "email",
        }
    }
}
