//! What happens next: one pure decision, which the engine carries out.
//!
//! [`decide::decide`] draws everything from a [`Key`](crate::noise::Key) and from what is known. Where it
//! needs to know more (what a host looks like, what stands in a file), it answers with a
//! [`Question`](known::Question); the engine finds out, adds the answer to [`Known`](known::Known), and asks
//! again with the same key. The same key and the same answers give the same decision.

pub mod context;
pub mod continuation;
pub mod creation;
pub mod decide;
pub mod known;
pub mod plan;
pub mod policy;
mod scratch;
pub mod session;
pub mod unfit_logins;
pub mod writer;

#[cfg(test)]
mod tests;
