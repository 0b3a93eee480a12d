//! The use cases, over ports only: what a tick does, and the loop around it.

mod accounts;
mod engine;
mod facts;
mod files;
mod homes;
mod host_facts;
mod ids;
mod llm_queue;
mod logs;
mod mail;
mod outages;
mod ports;
mod profile;
mod recover;
mod roster;
mod schedule;
mod traffic;
mod worker;

pub use engine::{Engine, Mode, Tick};
pub use files::FileOutcome;
pub use host_facts::{Seen, Sight};
pub use llm_queue::{LlmCounts, LlmPolicy, LlmQueue, judged};
pub use ports::{NoCanaries, NoInterpreters, NoModels, Ports};
pub use profile::{ACTIONS_PER_DAY, Accounts, MailStore, Profile, Rhythm, TrafficStyle};
pub use worker::{Pace, Worker};
