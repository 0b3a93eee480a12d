//! What the use cases need from outside.
//!
//! One trait, one reason to fail. Each says what its errors oblige an adapter to do; a contract
//! suite for each stands in the `tests` crate, and every adapter, real or fake, passes it.
#![warn(missing_docs)]

mod bus;
mod canary;
mod clock;
mod driver;
mod llm;
mod mail;
mod personas;
mod repo;
mod syntax;

#[cfg(feature = "fake")]
pub mod fake;

pub use bus::{BusError, BusEvent, EventBus, Subscription};
pub use canary::{CanaryArtifact, CanaryError, CanaryOrder, CanarySink};
#[cfg(feature = "system")]
pub use clock::SystemClock;
pub use clock::{Clock, ClockError};
pub use driver::{
    ActivityDriver, CALL_LIMIT, ContainerInfo, DriverError, FOLDER_MODE, FileContent, FileDetails, FileKind, FileStat,
    KeyPair, MOST_NAMES, PlantMode, PlantRequest, Planted, Refusal, Session, SessionReport, TrafficDriver,
    TrafficReport,
};
pub use llm::{LlmBackend, LlmError, LlmFactory};
pub use mail::{MailWriter, Posted};
pub use personas::{PersonaPool, PoolError};
pub use repo::{
    Completion, Config, Deckies, Events, Files, FleetEntry, FleetState, Journal, Mails, Memory, MigrationStatus,
    PruneCaps, Pruned, Record, Repo, RepoError, RunningFleet, SkippedRow,
};

pub use syntax::{Syntax, SyntaxCheck};

#[cfg(feature = "mock")]
pub use {
    bus::MockEventBus, canary::MockCanarySink, clock::MockClock, driver::MockActivityDriver, driver::MockTrafficDriver,
    llm::MockLlmBackend, llm::MockLlmFactory, mail::MockMailWriter, personas::MockPersonaPool,
};
