//! What an engine works with where nothing outside is wanted.

use std::sync::Arc;

use decnet_bus::MemoryBus;
use decnet_domain::content::Content;
use decnet_domain::persona::Persona;
use decnet_engine::{NoCanaries, NoInterpreters, NoModels, Ports};
use decnet_mail::MimeWriter;
use decnet_ports::Clock;
use decnet_ports::fake::{FakeDriver, FakePersonas, FakeRepo};

/// Everything in memory, the embedded texts, no model and no canary. A test puts what it looks at in its place:
/// `Ports { repo, ..in_memory(clock, people) }`.
pub fn in_memory(clock: impl Clock + 'static, people: Vec<Persona>) -> Ports {
    Ports {
        clock: Arc::new(clock),
        repo: Arc::new(FakeRepo::default()),
        driver: Arc::new(FakeDriver::default()),
        bus: Arc::new(MemoryBus::new()),
        personas: Arc::new(FakePersonas::of(people)),
        canaries: Arc::new(NoCanaries),
        models: Arc::new(NoModels),
        syntax: Arc::new(NoInterpreters),
        mail: Arc::new(MimeWriter),
        content: Arc::new(Content::embedded().unwrap()),
    }
}
