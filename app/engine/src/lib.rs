//! The use cases, over ports only: what a tick does, and the loop around it.

mod engine;
mod facts;
mod files;
mod ids;
mod outside;
mod recover;
mod roster;
mod traffic;
mod worker;

pub use engine::{Engine, Mode, Tick};
pub use files::FileTurn;
pub use outside::{NoCanaries, Outside};
pub use worker::{Pace, Worker};
