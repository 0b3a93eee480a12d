//! The use cases, over ports only: what a tick does, and the loop around it.

mod accounts;
mod activity;
mod append;
mod context;
mod decisions;
mod engine;
mod execution;
mod facts;
mod files;
mod host_facts;
mod llm_queue;
mod logs;
mod mail;
mod outages;
mod ports;
mod profile;
mod recover;
mod roster;
mod schedule;
mod second_worker;
mod sessions;
mod state;
mod tampering;
mod tick;
mod worker;

pub use decnet_domain::mail::site::MailStore;
pub use decnet_domain::planner::policy::Traces;
pub use engine::Engine;
pub use host_facts::{Seen, Sight};
pub use llm_queue::{LlmCounts, LlmPolicy, LlmQueue, review_answer};
pub use ports::{NoCanaries, NoInterpreters, NoModels, Ports};
pub use profile::{ACTIONS_PER_DAY, Accounts, Profile, Rhythm, TrafficStyle};
pub use tick::{FileOutcome, Mode, Tick};
pub use worker::{Pace, Worker};
