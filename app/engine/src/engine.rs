//! One tick: pick, act, record, publish.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decnet_domain::action::{ActionKind, action_order};
use decnet_domain::fleet::{Actor, Fleet};
use decnet_domain::noise::Key;
use decnet_domain::planner::{Prepared, choose_writer};
use decnet_domain::record::{EmailRecord, Event};
use decnet_domain::weights::Weights;
use decnet_ports::{PruneCaps, RepoError};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, Zoned};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::accounts::with_account;
use crate::files::{FileOutcome, Files, TickContext};
use crate::llm_queue::{LlmPolicy, LlmQueue, LlmRequest};
use crate::mail::MailTurn;
use crate::ports::Ports;
use crate::profile::{Profile, Rhythm, TrafficStyle};
use crate::recover::recover;
use crate::roster::Roster;
use crate::schedule::{Due, Schedule};
use crate::traffic::{self, Sessions};
use crate::{ids, logs};

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
    File(FileOutcome),
    /// A mail, sent or tried.
    Mail(Box<EmailRecord>),
    /// In a dry run: traffic that would have been made, as "from → to".
    TrafficPlanned(String),
    /// No kind of action had anything to do.
    Quiet,
}

/// The state that goes from tick to tick.
pub struct Engine {
    ports: Ports,
    mode: Mode,
    profile: Profile,
    seed: u64,
    rng: ChaCha8Rng,
    roster: Roster,
    files: Files,
    sessions: Sessions,
    mail_turn: MailTurn,
    llm_queue: LlmQueue,
    schedule: Schedule,
    weights: Weights,
    /// The last `weights` row that was refused, so that it is told of once.
    refused: Option<String>,
    ticks: u64,
    /// Whether what earlier runs left has been taken in.
    remembers: bool,
    caps: PruneCaps,
}

fn llm_queue(ports: &Ports, policy: LlmPolicy) -> LlmQueue {
    let Ports { clock, content, models, syntax, .. } = ports;
    LlmQueue::new(policy, clock.clone(), content.clone(), models.clone(), syntax.clone())
}

/// Ticks between two looks at `realism_config`.
const CONFIG_EVERY: u64 = 5;
/// Ticks between two prunes.
const PRUNE_EVERY: u64 = 100;
/// Between two appends to the logs of one host.
const LOG_PAUSE: SignedDuration = SignedDuration::from_mins(3);
/// Deckies acted on at once.
const AT_ONCE: usize = 8;
/// Actions taken up at once; more wait for the next turn.
const MOST_DUE: usize = 64;

impl Engine {
    /// An engine whose every choice follows from `seed`. `interval` is how old its view of the
    /// fleet may get.
    pub fn new(ports: Ports, mode: Mode, seed: u64, interval: Duration, profile: Profile) -> Self {
        let llm_queue = llm_queue(&ports, LlmPolicy::Never);
        Self {
            llm_queue,
            ports,
            mode,
            profile,
            seed,
            rng: ChaCha8Rng::seed_from_u64(seed),
            roster: Roster::new(interval, seed),
            files: Files::default(),
            sessions: Sessions::default(),
            mail_turn: MailTurn::default(),
            schedule: Schedule::default(),
            weights: Weights::default(),
            refused: None,
            ticks: 0,
            remembers: false,
            caps: PruneCaps::default(),
        }
    }

    /// The same, with a language model asked as `policy` says.
    #[must_use]
    pub fn with_llm(mut self, policy: LlmPolicy) -> Self {
        self.llm_queue = llm_queue(&self.ports, policy);
        self
    }

    /// What it knows of the language model.
    pub fn llm_queue(&self) -> LlmQueue {
        self.llm_queue.clone()
    }

    /// How it lives.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Mends what an earlier run left unfinished; tells how many rows that made.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn recover(&mut self) -> Result<usize, RepoError> {
        if self.mode == Mode::DryRun {
            return Ok(0);
        }
        let now = self.ports.clock.now().timestamp();
        let mended = recover(&self.ports, now, &mut self.rng).await?;
        for event in &mended {
            self.ports.tell(event);
        }
        Ok(mended.len())
    }

    /// One tick at `now`: at most one action, with its row and its event on the bus.
    ///
    /// # Errors
    /// When the store can't be used. The next tick may go better.
    pub async fn tick(&mut self, now: &Zoned) -> Result<Tick, RepoError> {
        let fleet = self.begin(now).await?;
        let mut rng = ChaCha8Rng::from_rng(&mut self.rng);
        while self.llm_queue.has_done() {
            if let Some(done) = self.fulfil(&fleet, now, &mut rng).await? {
                self.publish(&done);
                return Ok(done);
            }
        }
        self.one_action(&fleet, now, &mut rng).await
    }

    /// What was asked of a model, and has come or won't come: done now.
    async fn fulfil(&self, fleet: &Fleet, now: &Zoned, rng: &mut ChaCha8Rng) -> Result<Option<Tick>, RepoError> {
        let Some((order, answer)) = self.llm_queue.next_done() else { return Ok(None) };
        let ctx = self.ctx(fleet, now);
        match order {
            LlmRequest::File { decky, persona, class, work_item } => {
                let decky_index = fleet.members().iter().position(|m| m.decky.id == decky);
                let Some(decky_index) = decky_index else { return Ok(None) };
                let persona_index = fleet.people_of(decky_index).iter().position(|p| p.name == persona);
                let Some(actor) = persona_index.and_then(|persona_index| fleet.actor(decky_index, persona_index))
                else {
                    return Ok(None);
                };
                let facts = self.files.facts.of(&self.ports, actor.container, now.timestamp()).await;
                let Some(facts) = facts else { return Ok(None) };
                let prepared = answer.map(|a| Prepared { work_item, text: a.text });
                let done = self.files.create_prepared(&ctx, class, actor, &facts, prepared.as_ref(), rng).await?;
                Ok(done.map(Tick::File))
            }
            LlmRequest::Mail { .. } => {
                let mail = self.mail_turn.fulfil(&self.files, &ctx, order, answer).await?;
                Ok(mail.map(|m| Tick::Mail(Box::new(m))))
            }
        }
    }

    async fn one_action(&self, fleet: &Fleet, now: &Zoned, rng: &mut ChaCha8Rng) -> Result<Tick, RepoError> {
        for kind in action_order(rng) {
            let done = match kind {
                ActionKind::Traffic => self.traffic(fleet, now, rng).await?,
                ActionKind::File => match self.files.act(&self.ctx(fleet, now), rng).await? {
                    FileOutcome::Nothing => None,
                    done => Some(Tick::File(done)),
                },
                ActionKind::Email => {
                    self.mail_turn.act(&self.files, &self.ctx(fleet, now), rng).await?.map(|m| Tick::Mail(Box::new(m)))
                }
            };
            if let Some(done) = done {
                self.publish(&done);
                return Ok(done);
            }
        }
        Ok(Tick::Quiet)
    }

    /// Everything that is due by `now` under [`Rhythm::Human`], several deckies at once and one
    /// action at a time on each. What went wrong on one is told, and stops nothing.
    ///
    /// # Errors
    /// When the store can't be used at all.
    pub async fn due(&mut self, now: &Zoned) -> Result<Vec<Tick>, RepoError> {
        let fleet = self.begin(now).await?;
        // First what was asked of a model, so that nothing is asked twice.
        let mut ticks = Vec::new();
        let mut rng = ChaCha8Rng::from_rng(&mut self.rng);
        while self.llm_queue.has_done() {
            match self.fulfil(&fleet, now, &mut rng).await {
                Ok(done) => ticks.extend(done),
                Err(error) => tracing::error!(error = %error, "an action failed; the next may go better"),
            }
        }
        self.schedule.follow(&fleet, &self.profile, &self.files.facts, &self.ports, now);
        let taken = self.schedule.take(MOST_DUE, &self.profile, &self.files.facts, &self.ports, now);
        let mut by_decky: BTreeMap<usize, Vec<(Timestamp, Due)>> = BTreeMap::new();
        for (at, due) in taken {
            by_decky.entry(due.member()).or_default().push((at, due));
        }
        let this = &*self;
        let work = by_decky.into_iter().map(|(decky_index, dues)| {
            let fleet = &fleet;
            let had_mail = dues.iter().any(|(_, due)| matches!(due, Due::Mail { .. }));
            let had_logs = dues.iter().any(|(_, due)| matches!(due, Due::Logs { .. }));
            async move {
                let mut done = Vec::new();
                for (at, due) in dues {
                    match this.one_due(fleet, at, due, now).await {
                        Ok(ticks) => done.extend(ticks),
                        Err(error) => tracing::error!(error = %error, "an action failed; the next may go better"),
                    }
                }
                // The list has one entry for a host's logs: the one that was taken is put back.
                let logs = if had_logs { this.logs_due(fleet, decky_index, now) } else { None };
                let mail = if had_mail { Some(this.mail_due(fleet, decky_index, now).await) } else { None };
                (decky_index, done, logs, mail)
            }
        });
        let mut results: Vec<_> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
        // In a fixed order, whoever was first.
        results.sort_by_key(|(decky_index, ..)| *decky_index);
        for (decky_index, done, logs, mail) in results {
            ticks.extend(done);
            if let Some(at) = mail {
                self.schedule.put(at, Due::Mail { decky_index });
            }
            if let Some(at) = logs {
                self.schedule.put(at, Due::Logs { decky_index });
            }
        }
        for tick in &ticks {
            self.publish(tick);
        }
        Ok(ticks)
    }

    /// When something is due next under [`Rhythm::Human`]; `None` while nobody lives anywhere.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.llm_queue.has_done() {
            // At once.
            return Some(self.ports.clock.now().timestamp());
        }
        self.schedule.next()
    }

    /// What comes before every tick: configuration, tidying, the fleet as it is now.
    async fn begin(&mut self, now: &Zoned) -> Result<Arc<Fleet>, RepoError> {
        if !self.remembers {
            self.files.remember(&self.ports).await?;
            self.remembers = true;
        }
        if self.ticks.is_multiple_of(CONFIG_EVERY) {
            self.read_config().await;
        }
        self.ticks += 1;
        if self.ticks.is_multiple_of(PRUNE_EVERY) && self.mode == Mode::Act {
            self.tidy(now).await;
        }
        Ok(self.roster.fleet(&self.ports, now.timestamp()).await)
    }

    async fn one_due(&self, fleet: &Fleet, at: Timestamp, due: Due, now: &Zoned) -> Result<Vec<Tick>, RepoError> {
        if let Due::Mail { decky_index } = due {
            let sent = self.mail_turn.due(&self.files, &self.ctx(fleet, now), decky_index, self.seed).await?;
            return Ok(sent.into_iter().map(|mail| Tick::Mail(Box::new(mail))).collect());
        }
        let Some(actor) =
            fleet.actor(due.member(), if let Due::Person { persona_index, .. } = due { persona_index } else { 0 })
        else {
            return Ok(Vec::new());
        };
        // The same moment of the same person comes out the same, whatever else goes on.
        let key = Key::of(self.seed).text(actor.decky.id.as_str()).at(at);
        let rng = &mut key.rng();
        let ctx = self.ctx(fleet, now);
        let Some(facts) = self.files.facts.of(&self.ports, actor.container, now.timestamp()).await else {
            return Ok(Vec::new());
        };
        if let Due::Logs { .. } = due {
            let done = self.files.logs(&ctx, actor, &facts, rng).await?;
            return Ok(done.map(Tick::File).into_iter().collect());
        }
        let (actor, facts) = with_account(&self.files.facts, &ctx, actor, facts).await;
        let has_own = facts.has_account(actor.persona);
        if !has_own
            && (actor.colleagues.iter().any(|p| facts.has_account(p))
                || choose_writer(actor, &facts, now, rng).is_none())
        {
            return Ok(Vec::new());
        }
        for kind in action_order(rng) {
            let done = match kind {
                ActionKind::Traffic => self.session(&ctx, actor, rng).await?.map(|e| Tick::Traffic(Box::new(e))),
                ActionKind::File => match self.files.act_as(&ctx, actor, &facts, rng).await? {
                    FileOutcome::Nothing => None,
                    done => Some(Tick::File(done)),
                },
                // Mail has moments of its own.
                ActionKind::Email => None,
            };
            if let Some(done) = done {
                return Ok(vec![done]);
            }
        }
        Ok(Vec::new())
    }

    /// When a decky's logs go on, where they are ours; else some hours on, in case that changes.
    fn logs_due(&self, fleet: &Fleet, decky_index: usize, now: &Zoned) -> Option<Timestamp> {
        let actor = fleet.actor(decky_index, 0)?;
        let later = now.timestamp() + SignedDuration::from_hours(6);
        let Some(facts) = self.files.facts.known(actor.container) else { return Some(later) };
        // A moment after the line itself, as a daemon is; but not for each line of a burst.
        let due =
            logs::due(&self.ctx(fleet, now), actor, &facts).map_or(later, |at| at + SignedDuration::from_millis(4));
        Some(due.max(now.timestamp() + LOG_PAUSE))
    }

    /// When something about mail is due on a mail host.
    async fn mail_due(&self, fleet: &Fleet, decky_index: usize, now: &Zoned) -> Timestamp {
        let soon = now.timestamp() + SignedDuration::from_mins(5);
        match self.mail_turn.next(&self.files, &self.ctx(fleet, now), decky_index).await {
            Ok(at) => at,
            Err(error) => {
                tracing::error!(error = %error, "can't tell when the next mail is due; looking again in five minutes");
                soon
            }
        }
    }

    fn ctx<'a>(&'a self, fleet: &'a Fleet, now: &'a Zoned) -> TickContext<'a> {
        TickContext {
            ports: &self.ports,
            fleet,
            weights: &self.weights,
            profile: &self.profile,
            mode: self.mode,
            now,
            llm_queue: &self.llm_queue,
        }
    }

    /// One piece of traffic between any two deckies.
    async fn traffic(&self, fleet: &Fleet, now: &Zoned, rng: &mut ChaCha8Rng) -> Result<Option<Tick>, RepoError> {
        let Some(driver) = self.ports.driver.traffic() else { return Ok(None) };
        if self.profile.traffic == TrafficStyle::Session && self.mode == Mode::Act {
            let Some(actor) = fleet.draw_actor(now, rng) else { return Ok(None) };
            let event = self.sessions.act(&self.files, &*driver, &self.ctx(fleet, now), actor, rng).await?;
            return Ok(event.map(|e| Tick::Traffic(Box::new(e))));
        }
        let Some(traffic) = fleet.draw_traffic(rng) else { return Ok(None) };
        let at = now.timestamp();
        if self.files.facts.is_resting(&traffic.container, at) {
            return Ok(None);
        }
        if self.mode == Mode::DryRun {
            let what =
                format!("{} -> {} ({}:{})", traffic.source.name, traffic.target.name, traffic.address, traffic.port);
            return Ok(Some(Tick::TrafficPlanned(what)));
        }
        let event = self.probe(&*driver, &traffic, at, rng).await?;
        Ok(Some(Tick::Traffic(Box::new(event))))
    }

    async fn probe(
        &self,
        driver: &dyn decnet_ports::TrafficDriver,
        traffic: &decnet_domain::fleet::Traffic,
        at: Timestamp,
        rng: &mut ChaCha8Rng,
    ) -> Result<Event, RepoError> {
        let id = ids::new(at, rng);
        let (event, error) = traffic::probe(driver, traffic, id, at).await;
        if let Some(error) = error {
            self.files.facts.record_failure(&traffic.container, &error, at);
        }
        self.ports.repo.record_event(&event).await?;
        Ok(event)
    }

    /// Traffic that a given person makes from a given decky.
    async fn session(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        rng: &mut ChaCha8Rng,
    ) -> Result<Option<Event>, RepoError> {
        let Some(driver) = self.ports.driver.traffic() else { return Ok(None) };
        if self.mode == Mode::DryRun {
            return Ok(None);
        }
        match self.profile.traffic {
            TrafficStyle::Session => self.sessions.act(&self.files, &*driver, ctx, actor, rng).await,
            TrafficStyle::Probe => match ctx.fleet.draw_traffic(rng) {
                Some(traffic) if !self.files.facts.is_resting(&traffic.container, ctx.now.timestamp()) => {
                    self.probe(&*driver, &traffic, ctx.now.timestamp(), rng).await.map(Some)
                }
                _ => Ok(None),
            },
        }
    }

    fn publish(&self, tick: &Tick) {
        if let Tick::Mail(mail) = tick {
            if self.mode == Mode::DryRun {
                return;
            }
            self.ports.tell_mail(mail);
            let (decky, from, to, subject) = (mail.decky.as_str(), &mail.sender, &mail.recipient, &mail.subject);
            if mail.outcome.is_success() {
                tracing::info!(action = "email", decky, from, to, subject, "acted");
            } else {
                let reason = mail.payload.get("stderr").and_then(serde_json::Value::as_str).unwrap_or_default();
                tracing::warn!(action = "email", decky, from, to, reason, "failed");
            }
        }
        if let Tick::Traffic(event) | Tick::File(FileOutcome::Acted(event)) = tick {
            self.ports.tell(event);
            let text = |key: &str| event.payload.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            let (action, decky, path) = (event.what.action(), text("dst_decky"), text("path"));
            if event.outcome.is_success() {
                tracing::info!(action, decky, from = text("src_decky"), path, "acted");
            } else {
                tracing::warn!(action, decky, from = text("src_decky"), path, reason = text("stderr"), "failed");
            }
        }
    }

    /// Takes up what an operator set; a row that makes no sense is told of, and what is in force stays.
    async fn read_config(&mut self) {
        match self.ports.repo.realism_config("llm").await {
            Ok(row) => self.llm_queue.follow(row.as_deref()),
            Err(error) => tracing::warn!(error = %error, "can't read realism_config; the model in force stays"),
        }
        let text = match self.ports.repo.realism_config("weights").await {
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
        match self.ports.repo.prune(self.caps).await {
            Ok(pruned) if pruned.events + pruned.emails > 0 => {
                tracing::info!(events = pruned.events, emails = pruned.emails, "old rows removed");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "can't prune; trying again later"),
        }
        match recover(&self.ports, now.timestamp(), &mut self.rng).await {
            Ok(mended) => {
                for event in &mended {
                    self.ports.tell(event);
                }
            }
            Err(error) => tracing::warn!(error = %error, "can't look after pending plants; trying again later"),
        }
    }
}

impl Engine {
    /// Whether it acts at people's own moments.
    pub fn is_human(&self) -> bool {
        self.profile.rhythm == Rhythm::Human
    }
}
