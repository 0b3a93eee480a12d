//! What is asked of a language model, what its answers are worth, and when it is left in peace.

pub mod breaker;
pub mod fit;
pub mod prompt;
pub mod settings;
