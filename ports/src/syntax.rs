//! Whether a script parses.

use async_trait::async_trait;

/// Asks an interpreter to read a script, and to run nothing of it.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SyntaxCheck: Send + Sync {
    /// What the interpreter that the script's first line names says of it. Answers within 5 seconds; a script that takes
    /// longer to read is [`Syntax::Broken`].
    async fn check(&self, script: &str) -> Syntax;
}

/// What an interpreter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// It parses.
    Sound,
    /// It doesn't.
    Broken,
    /// There is no such interpreter here to ask.
    Unknown,
}
