//! One tick: decide, carry out, record, publish.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decnet_domain::fleet::Fleet;
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::noise::Key;
use decnet_domain::planner::decide::Task;
use decnet_domain::planner::known::{Known, Prepared};
use decnet_domain::planner::policy::Policy;
use decnet_domain::weights::Weights;
use decnet_domain::world::Origin;
use decnet_ports::{PruneCaps, RepoError};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::activity::Activity;
use crate::context::{TickContext, policy};
use crate::decisions;
use crate::llm_queue::{LlmPolicy, LlmQueue, LlmRequest};
use crate::ports::Ports;
use crate::profile::{Profile, Rhythm};
use crate::recover::recover;
use crate::roster::Roster;
use crate::schedule::{Due, Schedule};
use crate::state::EngineState;
use crate::tick::{FileOutcome, Mode, Tick};
use crate::{logs, mail};

/// The state that goes from tick to tick.
pub struct Engine {
    ports: Ports,
    mode: Mode,
    profile: Profile,
    /// The seed of an installation that has none yet.
    seed: u64,
    /// The installation's seed and beginning, once they are known.
    origin: Option<Origin>,
    roster: Roster,
    /// The fleet of the last tick.
    fleet: Option<Arc<Fleet>>,
    state: EngineState,
    llm_queue: LlmQueue,
    schedule: Schedule,
    weights: Weights,
    /// The last `weights` row that was refused, so that it is told of once.
    refused: Option<String>,
    ticks: u64,
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
/// Where a host's logs aren't ours, they are looked at again after so long, in case that changes.
const LOG_LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(6);
/// Deckies acted on at once.
const AT_ONCE: usize = 8;
/// Actions taken up at once; more wait for the next turn.
const MOST_DUE: usize = 64;

impl Engine {
    /// An engine. Everything it draws follows from the installation's seed, which the store keeps; `seed` becomes
    /// that of an installation that has none. `interval` is how old the view of the fleet may get.
    pub fn new(ports: Ports, mode: Mode, seed: u64, interval: Duration, profile: Profile) -> Self {
        let llm_queue = llm_queue(&ports, LlmPolicy::Never);
        Self {
            llm_queue,
            ports,
            mode,
            profile,
            seed,
            origin: None,
            roster: Roster::new(interval),
            fleet: None,
            state: EngineState::default(),
            schedule: Schedule::default(),
            weights: Weights::default(),
            refused: None,
            ticks: 0,
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

    /// What it is doing now.
    pub(crate) fn activity(&self) -> Activity {
        self.state.activity.clone()
    }

    /// What is done how.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Whether it acts at people's own moments.
    pub fn is_human(&self) -> bool {
        self.profile.rhythm == Rhythm::Human
    }

    /// Mends what an earlier run left unfinished; tells how many actions that were.
    ///
    /// # Errors
    /// When the store can't be used.
    pub async fn recover(&mut self) -> Result<usize, RepoError> {
        if self.mode == Mode::DryRun {
            return Ok(0);
        }
        let _doing = self.state.activity.set("mending what an earlier run left");
        let now = self.ports.clock.now().timestamp();
        let key = Key::of(self.origin(now).await?.seed).text("recover").at(now);
        recover(&self.ports, now, &mut key.rng()).await
    }

    /// One tick at `now`: at most one action, with its row and its event on the bus.
    ///
    /// # Errors
    /// When the store can't be used. The next tick may go better.
    pub async fn tick(&mut self, now: &Zoned) -> Result<Tick, RepoError> {
        let (fleet, key) = self.begin(now).await?;
        let policy = policy(&self.profile, &self.ports, &self.llm_queue, self.mode);
        let ctx = self.context(&fleet, &policy, now, key);
        let key = key.text("tick").at(now.timestamp()).with(self.ticks);
        let _doing = self.state.activity.set("a tick");
        let mut answered = 0;
        while self.llm_queue.has_done() {
            answered += 1;
            if let Some(done) = self.fulfil(&ctx, key.text("fulfil").with(answered)).await? {
                return Ok(done);
            }
        }
        let done = decisions::act(&ctx, &Task::Tick, Known::default(), key).await?;
        Ok(done.unwrap_or(Tick::Quiet))
    }

    /// What was asked of a model, and has come or won't come: done now.
    async fn fulfil(&self, ctx: &TickContext<'_>, key: Key) -> Result<Option<Tick>, RepoError> {
        let Some((request, text)) = self.llm_queue.next_done() else { return Ok(None) };
        match request {
            LlmRequest::File(file) => {
                let mut known = Known::default();
                known.add_text(text.map(|t| Prepared { class: file.class, work_item: file.work_item, text: t.text }));
                decisions::act(ctx, &Task::Write(file), known, key).await
            }
            LlmRequest::Mail(request) => {
                let mail = mail::fulfil(ctx, &request, text).await?;
                Ok(mail.map(|m| Tick::Mail(Box::new(m))))
            }
        }
    }

    /// Everything that is due by `now` under [`Rhythm::Human`], several deckies at once and one
    /// action at a time on each. What went wrong on one is told, and stops nothing.
    ///
    /// # Errors
    /// When the store can't be used at all.
    pub async fn due(&mut self, now: &Zoned) -> Result<Vec<Tick>, RepoError> {
        let (fleet, key) = self.begin(now).await?;
        let policy = policy(&self.profile, &self.ports, &self.llm_queue, self.mode);
        // First what was asked of a model, so that nothing is asked twice.
        let mut ticks = Vec::new();
        let mut answered = 0;
        while self.llm_queue.has_done() {
            answered += 1;
            let ctx = self.context(&fleet, &policy, now, key);
            match self.fulfil(&ctx, key.text("fulfil").at(now.timestamp()).with(answered)).await {
                Ok(done) => ticks.extend(done),
                Err(error) => tracing::error!(error = %error, "a text of the language model could not be used"),
            }
        }
        self.schedule.follow(&fleet, &self.profile, &self.state.facts, &self.ports, now);
        let taken = self.schedule.take(MOST_DUE, &self.profile, &self.state.facts, &self.ports, now);
        let mut by_decky: BTreeMap<DeckyIndex, Vec<(Timestamp, Due)>> = BTreeMap::new();
        for (at, due) in taken {
            by_decky.entry(due.decky()).or_default().push((at, due));
        }
        let this = &*self;
        let (fleet, policy) = (&*fleet, &policy);
        let work = by_decky.into_iter().map(|(decky, dues)| async move {
            let ctx = this.context(fleet, policy, now, key);
            (decky, this.due_on(&ctx, decky, dues).await)
        });
        let mut results: Vec<_> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
        // In a fixed order, whoever was first.
        results.sort_by_key(|(decky, _)| *decky);
        for (_, done) in results {
            ticks.extend(done.ticks);
            for (at, due) in done.again {
                self.schedule.put(at, due);
            }
        }
        Ok(ticks)
    }

    /// What is due on one decky, one thing after the other.
    async fn due_on(&self, ctx: &TickContext<'_>, decky: DeckyIndex, dues: Vec<(Timestamp, Due)>) -> DeckyDone {
        let name = ctx.fleet.members().get(decky.get()).map_or("", |member| member.decky.name.as_str());
        let mut done = DeckyDone::default();
        for (at, due) in dues {
            let _doing = self.state.activity.set(format!("{} on {name}", due.what()));
            match self.one_due(ctx, at, due).await {
                Ok(ticks) => done.ticks.extend(ticks),
                Err(error) => tracing::error!(decky = name, what = due.what(), error = %error, "an action failed"),
            }
            // The list has one entry for a host's logs and one for its mail: what was taken is put back.
            match due {
                Due::Logs { .. } => done.again.extend(self.logs_due(ctx, decky).map(|at| (at, due))),
                Due::Mail { .. } => done.again.push((self.mail_due(ctx, decky, name).await, due)),
                Due::Person { .. } | Due::Ask { .. } => {}
            }
        }
        done
    }

    async fn one_due(&self, ctx: &TickContext<'_>, at: Timestamp, due: Due) -> Result<Vec<Tick>, RepoError> {
        match due {
            Due::Mail { decky } => {
                let sent = mail::due(ctx, decky).await?;
                Ok(sent.into_iter().map(|mail| Tick::Mail(Box::new(mail))).collect())
            }
            Due::Logs { decky } => {
                let Some(actor) = ctx.fleet.actor(decky, PersonaIndex::new(0)) else { return Ok(Vec::new()) };
                let facts = self.state.facts.of(&self.ports, actor.container, ctx.now.timestamp()).await;
                let Some(facts) = facts else { return Ok(Vec::new()) };
                let rng = &mut ctx.key.text("logs").text(actor.decky.id.as_str()).at(at).rng();
                let event = logs::bring_up_to_date(ctx, actor, &facts, rng).await?;
                Ok(event.map(|event| Tick::File(FileOutcome::Acted(Box::new(event)))).into_iter().collect())
            }
            Due::Person { decky, persona } => {
                let Some(actor) = ctx.fleet.actor(decky, persona) else { return Ok(Vec::new()) };
                // The same moment of the same person comes out the same, whatever else goes on.
                let key = ctx.key.text("moment").text(actor.decky.id.as_str()).text(&actor.persona.email).at(at);
                let done = decisions::act(ctx, &Task::Person(decky, persona), Known::default(), key).await?;
                Ok(done.into_iter().collect())
            }
            Due::Ask { .. } => Ok(Vec::new()),
        }
    }

    /// When a decky's logs go on, where they are ours; else some hours on, in case that changes.
    fn logs_due(&self, ctx: &TickContext<'_>, decky: DeckyIndex) -> Option<Timestamp> {
        let actor = ctx.fleet.actor(decky, PersonaIndex::new(0))?;
        let now = ctx.now.timestamp();
        let later = now + LOG_LOOK_AGAIN;
        let Some(facts) = self.state.facts.known(actor.container) else { return Some(later) };
        // A moment after the line itself, as a daemon is; but not for each line of a burst.
        let due = logs::due(ctx, actor, &facts).map_or(later, |at| at + SignedDuration::from_millis(4));
        Some(due.max(now.saturating_add(self.profile.log_pause).unwrap_or(Timestamp::MAX)))
    }

    /// When something about mail is due on a mail host.
    async fn mail_due(&self, ctx: &TickContext<'_>, decky: DeckyIndex, name: &str) -> Timestamp {
        match mail::next(ctx, decky).await {
            Ok(at) => at,
            Err(error) => {
                tracing::error!(decky = name, error = %error, "can't tell when the next mail is due; looking again in five minutes");
                ctx.now.timestamp() + SignedDuration::from_mins(5)
            }
        }
    }

    /// When something is due next under [`Rhythm::Human`]; `None` while no decky has anybody on it.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.llm_queue.has_done() {
            // At once.
            return Some(self.ports.clock.now().timestamp());
        }
        self.schedule.next()
    }

    /// What comes before every tick: configuration, tidying, the fleet as it is now; and the installation's noise.
    async fn begin(&mut self, now: &Zoned) -> Result<(Arc<Fleet>, Key), RepoError> {
        let _doing = self.state.activity.set("reading the configuration and the fleet");
        let origin = self.origin(now.timestamp()).await?;
        let key = Key::of(origin.seed);
        if self.ticks.is_multiple_of(CONFIG_EVERY) {
            self.read_config().await;
        }
        self.ticks += 1;
        if self.ticks.is_multiple_of(PRUNE_EVERY) && self.mode == Mode::Act {
            self.tidy(now, key).await;
        }
        let fleet = self.roster.fleet(&self.ports, origin, now.timestamp()).await;
        if !Arc::ptr_eq(&fleet, self.fleet.get_or_insert_with(|| fleet.clone())) {
            self.state.forget_instances();
            self.fleet = Some(fleet.clone());
        }
        Ok((fleet, key))
    }

    /// The installation's seed and beginning; what earlier runs left is taken in with them.
    async fn origin(&mut self, now: Timestamp) -> Result<Origin, RepoError> {
        if let Some(origin) = self.origin {
            return Ok(origin);
        }
        let fresh = Origin { seed: self.seed, began: now };
        let origin = match self.mode {
            Mode::Act => self.ports.repo.origin(fresh).await?,
            // A dry run sets nothing.
            Mode::DryRun => self.ports.repo.kept_origin().await?.unwrap_or(fresh),
        };
        if origin.seed != self.seed {
            tracing::info!(seed = origin.seed, "the installation keeps the seed that it began with");
        }
        self.state.remember(&self.ports).await?;
        self.origin = Some(origin);
        Ok(origin)
    }

    fn context<'a>(&'a self, fleet: &'a Fleet, policy: &'a Policy, now: &'a Zoned, key: Key) -> TickContext<'a> {
        TickContext {
            ports: &self.ports,
            fleet,
            weights: &self.weights,
            profile: &self.profile,
            policy,
            mode: self.mode,
            now,
            key,
            llm_queue: &self.llm_queue,
            state: &self.state,
        }
    }

    /// Takes up what an operator set; a row that makes no sense is told of, and what is in force stays.
    async fn read_config(&mut self) {
        match self.ports.repo.realism_config("llm").await {
            Ok(row) => self.llm_queue.apply_config(row.as_deref()),
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
                tracing::warn!(error = %error, "the weights row can't be used; the weights in force stay");
                self.refused = Some(text);
            }
            Ok(_) | Err(_) => {}
        }
    }

    async fn tidy(&mut self, now: &Zoned, key: Key) {
        match self.ports.repo.prune(self.caps).await {
            Ok(pruned) if pruned.events + pruned.emails > 0 => {
                tracing::info!(events = pruned.events, emails = pruned.emails, "old rows removed");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "can't prune; trying again later"),
        }
        let now = now.timestamp();
        if let Err(error) = recover(&self.ports, now, &mut key.text("recover").at(now).rng()).await {
            tracing::warn!(error = %error, "can't look after pending actions; trying again later");
        }
    }
}

/// What was done on one decky, and what is due there again.
#[derive(Default)]
struct DeckyDone {
    ticks: Vec<Tick>,
    again: Vec<(Timestamp, Due)>,
}
