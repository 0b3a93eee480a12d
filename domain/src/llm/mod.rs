//! What is asked of a language model, what its answers are worth, and when it is not asked.
//!
//! [`prompt`] makes a question; [`review`] takes the answer to it apart: [`thinking`](tells) is removed, what can be
//! repaired is, the rest is refused with a reason. [`breaker`] decides whether a call may be made at all.

pub mod breaker;
mod mail_answer;
pub mod prompt;
pub mod raw_answer;
mod repair;
pub mod retry_after;
pub mod review;
pub mod script_check;
pub mod settings;
pub mod tells;
pub mod text_kind;
mod thinking;
pub mod verdict;
