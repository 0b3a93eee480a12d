//! One tick: pick, act, record, publish.

use std::time::Duration;

use decnet_domain::action::{ActionKind, action_order};
use decnet_domain::fleet::Fleet;
use decnet_domain::record::Event;
use decnet_domain::topic;
use decnet_domain::weights::Weights;
use decnet_ports::{PruneCaps, RepoError};
use jiff::Zoned;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::files::{FileTurn, Files, Turn};
use crate::outside::Outside;
use crate::recover::recover;
use crate::roster::Roster;
use crate::{ids, traffic};

/// Whether the engine acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Act,
    /// It only plans: nothing is written, recorded or published.
    DryRun,
}

/// What a tick did.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// Traffic, with its event.
    Traffic(Box<Event>),
    /// Something about a file.
    File(FileTurn),
    /// In a dry run: traffic that would have been made, as "from → to".
    TrafficPlanned(String),
    /// No kind of action had anything to do.
    Quiet,
}

/// The state that goes from tick to tick.
pub struct Engine {
    outside: Outside,
    mode: Mode,
    rng: ChaCha8Rng,
    roster: Roster,
    files: Files,
    weights: Weights,
    /// The last `weights` row that was refused, so that it is told of once.
    refused: Option<String>,
    ticks: u64,
    caps: PruneCaps,
}

/// Ticks between two looks at `realism_config`.
const CONFIG_EVERY: u64 = 5;
/// Ticks between two prunes.
const PRUNE_EVERY: u64 = 100;

impl Engine {
    /// An engine whose every choice follows from `seed`. `interval` is how old its view of the
    /// fleet may get.
    pub fn new(outside: Outside, mode: Mode, seed: u64, interval: Duration) -> Self {
        Self {
            outside,
            mode,
            rng: ChaCha8Rng::seed_from_u64(seed),
            roster: Roster::new(interval),
            files: Files::default(),
            weights: Weights::default(),
            refused: None,
            ticks: 0,
            caps: PruneCaps::default(),
        }
    }

    /// Mends what an earlier run left unfinished; tells how many rows that made.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn recover(&mut self) -> Result<usize, RepoError> {
        if self.mode == Mode::DryRun {
            return Ok(0);
        }
        let now = self.outside.clock.now().timestamp();
        let mended = recover(&self.outside, now, &mut self.rng).await?;
        for event in &mended {
            self.tell(event);
        }
        Ok(mended.len())
    }

    /// One tick at `now`: at most one action, with its row and its event on the bus.
    ///
    /// # Errors
    /// When the store can't be used. The next tick may go better.
    pub async fn tick(&mut self, now: &Zoned) -> Result<Tick, RepoError> {
        if self.ticks.is_multiple_of(CONFIG_EVERY) {
            self.read_config().await;
        }
        self.ticks += 1;
        if self.ticks.is_multiple_of(PRUNE_EVERY) && self.mode == Mode::Act {
            self.tidy(now).await;
        }
        let fleet = self.roster.fleet(&self.outside, now.timestamp()).await;
        for kind in action_order(&mut self.rng) {
            let done = match kind {
                ActionKind::Traffic => self.traffic(&fleet, now).await?,
                ActionKind::File => self.file(&fleet, now).await?,
                // Mail has its own issue; until then its share goes to the other two.
                ActionKind::Email => None,
            };
            if let Some(done) = done {
                self.publish(&done);
                return Ok(done);
            }
        }
        Ok(Tick::Quiet)
    }

    async fn traffic(&mut self, fleet: &Fleet, now: &Zoned) -> Result<Option<Tick>, RepoError> {
        let Some(driver) = self.outside.driver.traffic() else { return Ok(None) };
        let Some(traffic) = fleet.draw_traffic(&mut self.rng) else { return Ok(None) };
        let at = now.timestamp();
        if self.files.facts.is_resting(&traffic.station, at) {
            return Ok(None);
        }
        if self.mode == Mode::DryRun {
            let what =
                format!("{} -> {} ({}:{})", traffic.source.name, traffic.target.name, traffic.address, traffic.port);
            return Ok(Some(Tick::TrafficPlanned(what)));
        }
        let id = ids::new(at, &mut self.rng);
        let (event, error) = traffic::act(&*driver, &traffic, id, at).await;
        if let Some(error) = error {
            self.files.facts.trouble(&traffic.station, &error, at);
        }
        self.outside.repo.record_event(&event).await?;
        Ok(Some(Tick::Traffic(Box::new(event))))
    }

    async fn file(&mut self, fleet: &Fleet, now: &Zoned) -> Result<Option<Tick>, RepoError> {
        let turn = Turn { outside: &self.outside, fleet, weights: &self.weights, mode: self.mode, now };
        let done = self.files.act(&turn, &mut self.rng).await?;
        Ok(if done == FileTurn::Nothing { None } else { Some(Tick::File(done)) })
    }

    fn publish(&self, tick: &Tick) {
        if let Tick::Traffic(event) | Tick::File(FileTurn::Acted(event)) = tick {
            self.tell(event);
            let text = |key: &str| event.payload.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            let (action, decky, path) = (event.what.action(), text("dst_decky"), text("path"));
            if event.outcome.is_success() {
                tracing::info!(action, decky, from = text("src_decky"), path, "acted");
            } else {
                tracing::warn!(action, decky, from = text("src_decky"), path, reason = text("stderr"), "failed");
            }
        }
    }

    fn tell(&self, event: &Event) {
        self.outside.bus.publish(&topic::of_event(event), event.what.action(), &topic::event_payload(event));
    }

    /// Takes up what an operator set; a row that makes no sense is told of, and what is in force stays.
    async fn read_config(&mut self) {
        let text = match self.outside.repo.realism_config("weights").await {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(error = %error, "can't read realism_config; the weights in force stay");
                return;
            }
        };
        match Weights::from_json(&text) {
            Ok(weights) if weights != self.weights => {
                tracing::info!("weights changed");
                self.weights = weights;
            }
            Err(error) if self.refused.as_ref() != Some(&text) => {
                tracing::warn!(error = %error, "the weights row is no use; the weights in force stay");
                self.refused = Some(text);
            }
            Ok(_) | Err(_) => {}
        }
    }

    async fn tidy(&mut self, now: &Zoned) {
        match self.outside.repo.prune(self.caps).await {
            Ok(pruned) if pruned.events + pruned.emails > 0 => {
                tracing::info!(events = pruned.events, emails = pruned.emails, "old rows removed");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "can't prune; trying again later"),
        }
        match recover(&self.outside, now.timestamp(), &mut self.rng).await {
            Ok(mended) => {
                for event in &mended {
                    self.tell(event);
                }
            }
            Err(error) => tracing::warn!(error = %error, "can't look after pending plants; trying again later"),
        }
    }
}
