//! The use cases, over ports only: what a tick does, and the loop around it.

mod accounts;
mod engine;
mod enrich;
mod facts;
mod files;
mod homes;
mod ids;
mod logs;
mod mail;
mod outside;
mod profile;
mod recover;
mod roster;
mod schedule;
mod traffic;
mod worker;

pub use engine::{Engine, Mode, Tick};
pub use enrich::{Enrichment, LlmCounts, LlmPolicy, judged};
pub use files::FileTurn;
pub use outside::{NoCanaries, NoInterpreters, NoModels, Outside};
pub use profile::{ACTIONS_PER_DAY, Accounts, MailStore, Profile, Rhythm, TrafficStyle};
pub use worker::{Pace, Worker};
