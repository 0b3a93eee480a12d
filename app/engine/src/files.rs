//! One file appears or changes.
//!
//! A plant is written down as pending, carried out, and then recorded together with its row in one
//! transaction. Whatever happens in between, [`crate::recover`] can tell from the decky itself
//! whether the file got there.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use decnet_domain::content_class::{CanaryClass, Category, ContentClass, TemplateClass};
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Actor, Fleet};
use decnet_domain::llm::fit::Kind;
use decnet_domain::noise::Key;
use decnet_domain::novelty::Novelty;
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::{
    Artifact, Candidate, Drawn, Edit, Intent, Plan, Prepared, Previous, Setting, Site, choose_writer, draw_class,
    is_continued, is_finished, plan_edit, plan_prepared, prompt_file,
};
use decnet_domain::record::{
    Event, EventKind, FileId, Outcome, Pending, PendingKind, SyntheticFile, cap_body, content_hash, row_time,
};
use decnet_domain::weights::Weights;
use decnet_ports::{
    CanaryOrder, DriverError, FOLDER_MODE, FileContent, PlantMode, PlantRecord, PlantRequest, Refusal, RepoError,
};
use jiff::{SignedDuration, Timestamp, Zoned};
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::homes::add_lines;
use crate::llm_queue::{LlmOutcome, LlmQueue, LlmRequest};
use crate::profile::{Profile, Rhythm};
use crate::{Mode, Ports, ids};

/// What came of a turn at the files.
#[derive(Debug, Clone, PartialEq)]
pub enum FileOutcome {
    /// Something was done, or tried; the event tells.
    Acted(Box<Event>),
    /// In a dry run: what would have been done.
    Planned(Box<Plan>),
    /// Left alone, on purpose.
    LeftAlone,
    /// Nobody at work, no account, no place, or words that come later: another kind of action may have its turn.
    Nothing,
}

/// How often a place or a name is drawn again before the turn is given up.
const TRIES: usize = 5;
/// A person goes on with something recent: among so many of the latest files.
const RECENT: u32 = 60;
/// The largest file that is edited.
pub(crate) const LARGEST: usize = 4 << 20;
/// So many new files a person makes on a host a day before they rather go on with what is there.
const NEW_A_DAY: usize = 3;

/// What the file turn keeps from turn to turn.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) facts: Facts,
    /// Files that somebody else has changed or removed: never written again.
    abandoned: Mutex<BTreeSet<FileId>>,
    novelty: Mutex<Novelty>,
}

/// What a turn works with.
#[derive(Clone, Copy)]
pub(crate) struct TickContext<'a> {
    pub(crate) ports: &'a Ports,
    pub(crate) fleet: &'a Fleet,
    pub(crate) weights: &'a Weights,
    pub(crate) profile: &'a Profile,
    pub(crate) mode: Mode,
    pub(crate) now: &'a Zoned,
    pub(crate) llm_queue: &'a LlmQueue,
}

/// Randomness that goes along with a turn, across threads.
pub(crate) type TickRng<'a> = &'a mut (dyn Rng + Send);

impl Files {
    /// Takes in what earlier runs left: what was written, and what isn't ours any more.
    pub(crate) async fn remember(&self, ports: &Ports) -> Result<(), RepoError> {
        let marked = ports.repo.tampered_files().await?;
        let files = ports.repo.all_files().await?;
        let mut novelty = lock(&self.novelty);
        for file in files.iter().filter(|f| f.class.llm_eligible()) {
            novelty.absorb(&file.last_body);
        }
        lock(&self.abandoned).extend(marked);
        Ok(())
    }

    /// Looks at what was written before, or adds to it.
    pub(crate) fn with_novelty<T>(&self, work: impl FnOnce(&mut Novelty) -> T) -> T {
        work(&mut lock(&self.novelty))
    }

    /// A turn of somebody's: whoever is drawn, wherever.
    pub(crate) async fn act(&self, ctx: &TickContext<'_>, rng: TickRng<'_>) -> Result<FileOutcome, RepoError> {
        let intent = Intent::roll(rng);
        if intent == Intent::LeaveAlone {
            return Ok(FileOutcome::LeftAlone);
        }
        let Some((actor, facts)) = self.actor(ctx, rng).await else { return Ok(FileOutcome::Nothing) };
        self.carry_on(ctx, intent, actor, &facts, rng).await
    }

    /// A turn of a given person's on a given host.
    pub(crate) async fn act_as(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> Result<FileOutcome, RepoError> {
        let intent = Intent::roll(rng);
        if intent == Intent::LeaveAlone {
            return Ok(FileOutcome::LeftAlone);
        }
        self.carry_on(ctx, intent, actor, facts, rng).await
    }

    async fn carry_on(
        &self,
        ctx: &TickContext<'_>,
        intent: Intent,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> Result<FileOutcome, RepoError> {
        let recent = ctx.ports.repo.recent_files(&actor.decky.id, RECENT).await?;
        if ctx.mode == Mode::Act
            && rng.random_range(0..100) < 12
            && let Some(done) = self.sweep(ctx, actor, &recent, rng).await?
        {
            return Ok(done);
        }
        let intent = weighed(ctx, intent, actor, &recent, rng);
        if intent == Intent::Edit
            && let Some(done) = self.edit(ctx, actor, facts, recent, rng).await?
        {
            return Ok(done);
        }
        if self.facts.is_resting(actor.container, ctx.now.timestamp()) {
            return Ok(FileOutcome::Nothing);
        }
        self.create(ctx, actor, facts, rng).await
    }

    /// A decky that answers, and somebody at work there.
    async fn actor<'a>(&self, ctx: &TickContext<'a>, rng: TickRng<'_>) -> Option<(Actor<'a>, Arc<HostFacts>)> {
        for _ in 0..TRIES {
            let actor = ctx.fleet.draw_actor(ctx.now, rng)?;
            let now = ctx.now.timestamp();
            let was_resting = self.facts.is_resting(actor.container, now);
            let Some(facts) = self.facts.of(ctx.ports, actor.container, now).await else {
                // One that has just cost its eight seconds is enough for one tick.
                if was_resting {
                    continue;
                }
                return None;
            };
            let (actor, facts) = crate::accounts::with_account(&self.facts, ctx, actor, facts).await;
            if let Some(actor) = choose_writer(actor, &facts, ctx.now, rng) {
                return Some((actor, facts));
            }
        }
        None
    }

    /// Scratch goes away after its time: a program cleans up after itself, or systemd-tmpfiles does.
    async fn sweep(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        recent: &[SyntheticFile],
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let now = ctx.now.timestamp();
        let is_over = |file: &&SyntheticFile| {
            // Between three hours and ten days, each its own.
            let noise = file.id.0.as_u128() % 1_000;
            let hours = 3 + i64::try_from(noise * noise * 237 / 1_000_000).unwrap_or(0);
            file.class == ContentClass::CacheTmp && now.duration_since(file.last_modified).as_hours() >= hours
        };
        let Some(file) = recent.iter().filter(is_over).find(|f| !self.is_abandoned(f.id)) else { return Ok(None) };
        let Ok(path) = DeckyPath::new(file.path.as_str()) else { return Ok(None) };
        let site = Site::of(actor);
        match self.read_ours(ctx, &site, file.id, &path, &file.content_hash, rng).await? {
            Some(_) => {}
            None => return Ok(None),
        }
        let error = ctx.ports.driver.remove_file(actor.container, &path).await.err();
        let payload = json!({
            "dst_decky": site.decky_name,
            "path": path.as_str(),
            "bytes": 0,
            "rc": error.as_ref().map_or(0, DriverError::rc),
            "stderr": error.as_ref().map(DriverError::stderr),
            "synthetic_file_uuid": file.id.0.to_string(),
        });
        let outcome = if error.is_none() { Outcome::Success } else { Outcome::Failure };
        let event = event(EventKind::FileRemove, &site, outcome, payload, now, rng);
        match error {
            None => ctx.ports.repo.forget_file(file.id, &event).await?,
            Some(error) => {
                self.facts.record_failure(actor.container, &error, now);
                ctx.ports.repo.record_event(&event).await?;
            }
        }
        Ok(Some(FileOutcome::Acted(Box::new(event))))
    }

    /// Goes on with one of the person's recent files. `None` when there is none to go on with.
    async fn edit(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        recent: Vec<SyntheticFile>,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let mut mine: Vec<(Candidate, String)> = recent
            .into_iter()
            .filter(|file| !self.is_abandoned(file.id))
            .filter_map(candidate)
            .filter(|(file, _)| file.persona == actor.persona.name || file.class.template().is_log())
            .collect();
        if mine.is_empty() {
            return Ok(None);
        }
        // The smaller of two draws favours the latest.
        let at = rng.random_range(0..mine.len()).min(rng.random_range(0..mine.len()));
        let (candidate, hash) = mine.swap_remove(at);
        // Logs are the system's, whoever is at work.
        if candidate.class.template().is_log() {
            return self.logs(ctx, actor, facts, rng).await;
        }
        self.edit_file(ctx, actor, facts, &candidate, &hash, rng).await
    }

    async fn edit_file(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        candidate: &Candidate,
        hash: &str,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let path = &candidate.path;
        if self.is_under_way(ctx, actor, |at| at == path.as_str()).await? {
            // A plant of unknown fate: recovery finds out first what ought to stand there.
            return Ok(None);
        }
        let site = Site::of(actor);
        let read = self.read_ours(ctx, &site, candidate.file, path, hash, rng).await?;
        let Some(text) = read.and_then(|file| String::from_utf8(file.bytes).ok()) else { return Ok(None) };
        let plan = {
            let novelty = lock(&self.novelty);
            let setting = setting(ctx, facts, &novelty);
            plan_edit(candidate, Previous::read(text), actor, &setting, rng)
        };
        let Some(edit) = plan else { return Ok(None) };
        self.carry_out(ctx, Plan::Edit(edit), hash, rng).await
    }

    /// What stands in a file, if it is still what we left there. What isn't is evidence: it is told
    /// of, marked, and kept as it is; a deleted file stays deleted.
    pub(crate) async fn read_ours(
        &self,
        ctx: &TickContext<'_>,
        site: &Site,
        file: FileId,
        path: &DeckyPath,
        hash: &str,
        rng: TickRng<'_>,
    ) -> Result<Option<FileContent>, RepoError> {
        let found = match ctx.ports.driver.read_file(&site.container, path, LARGEST).await {
            Ok(Some(content)) => {
                let found = content_hash(&content.bytes);
                if found == hash {
                    return Ok(Some(content));
                }
                json!({ "found": "changed", "found_hash": found, "bytes": content.bytes.len() })
            }
            Ok(None) => json!({ "found": "missing", "bytes": 0 }),
            // Too large to go on with is no sign of anybody.
            Err(DriverError::Refused { reason: Refusal::TooLarge, .. }) => return Ok(None),
            Err(DriverError::Refused { reason, .. }) => json!({ "found": reason.to_string(), "bytes": 0 }),
            Err(error) => {
                self.facts.record_failure(&site.container, &error, ctx.now.timestamp());
                return Ok(None);
            }
        };
        if ctx.mode == Mode::Act {
            self.tampered(ctx, site, file, path, hash, found, rng).await?;
        }
        Ok(None)
    }

    #[expect(clippy::too_many_arguments, reason = "one event has so many parts")]
    async fn tampered(
        &self,
        ctx: &TickContext<'_>,
        site: &Site,
        file: FileId,
        path: &DeckyPath,
        hash: &str,
        found: Value,
        rng: TickRng<'_>,
    ) -> Result<(), RepoError> {
        if !lock(&self.abandoned).insert(file) {
            return Ok(());
        }
        tracing::warn!(decky = site.decky_name, path = %path, found = %found["found"], "a file of ours was changed or removed; left alone from now on");
        let mut payload = json!({
            "dst_decky": site.decky_name,
            "path": path.as_str(),
            "rc": 0,
            "stderr": null,
            "persona": site.persona,
            "content_hash": hash,
            "synthetic_file_uuid": file.0.to_string(),
        });
        if let (Value::Object(payload), Value::Object(found)) = (&mut payload, found) {
            payload.extend(found);
        }
        let event = event(EventKind::FileTampered, site, Outcome::Success, payload, ctx.now.timestamp(), rng);
        ctx.ports.repo.mark_tampered(file, &event).await?;
        ctx.ports.tell(&event);
        Ok(())
    }

    /// Whether a plant at one of these paths of a decky has no known end yet.
    pub(crate) async fn is_under_way(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        is_meant: impl Fn(&str) -> bool,
    ) -> Result<bool, RepoError> {
        let pending = ctx.ports.repo.pending_plants().await?;
        Ok(pending.iter().any(|p| p.file.decky == actor.decky.id && is_meant(&p.file.path)))
    }

    /// Makes something new. A name that is taken by a file of ours means going on with that file.
    async fn create(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> Result<FileOutcome, RepoError> {
        let mut drawn = draw_class(ctx.weights, rng);
        if let Drawn::Canary(class) = drawn {
            if let Some(done) = self.cultivate(ctx, actor, facts, class, rng).await? {
                return Ok(done);
            }
            drawn = Drawn::Template(ctx.weights.draw_template(rng));
        }
        for _ in 0..TRIES {
            let Drawn::Template(class) = drawn else { break };
            drawn = Drawn::Template(ctx.weights.draw_template(rng));
            let done = if class.is_log() {
                self.logs(ctx, actor, facts, rng).await?
            } else {
                self.create_one(ctx, class, actor, facts, rng).await?
            };
            if let Some(done) = done {
                return Ok(done);
            }
            if self.facts.is_resting(actor.container, ctx.now.timestamp()) {
                break;
            }
        }
        Ok(FileOutcome::Nothing)
    }

    async fn create_one(
        &self,
        ctx: &TickContext<'_>,
        class: TemplateClass,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let prepared = match self.words_for(ctx, class, actor, facts, rng).await {
            // One wait a turn is enough: something else has its turn.
            (LlmOutcome::Later, _) => return Ok(Some(FileOutcome::Nothing)),
            (LlmOutcome::Ready(answer), work_item) => Some(Prepared { work_item, text: answer.text }),
            (LlmOutcome::Template, _) => None,
        };
        self.create_prepared(ctx, class, actor, facts, prepared.as_ref(), rng).await
    }

    /// What a model has to say in a new file of this class, if there is one to ask.
    async fn words_for(
        &self,
        ctx: &TickContext<'_>,
        class: TemplateClass,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> (LlmOutcome, u32) {
        let Some(kind) = kind_of(class).filter(|_| ctx.mode == Mode::Act && ctx.llm_queue.is_on()) else {
            return (LlmOutcome::Template, 0);
        };
        let asked = {
            let novelty = lock(&self.novelty);
            prompt_file(kind, actor, &setting(ctx, facts, &novelty), rng)
        };
        let Some((prompt, work_item)) = asked else { return (LlmOutcome::Template, 0) };
        let order =
            LlmRequest::File { decky: actor.decky.id.clone(), persona: actor.persona.name.clone(), class, work_item };
        let today = facts.local(actor.persona, ctx.now).date();
        (ctx.llm_queue.words(order, prompt, actor.persona, kind, today).await, work_item)
    }

    /// Makes a file of a class; `prepared` is its text, if that is there already.
    pub(crate) async fn create_prepared(
        &self,
        ctx: &TickContext<'_>,
        class: TemplateClass,
        actor: Actor<'_>,
        facts: &HostFacts,
        prepared: Option<&Prepared>,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let plan = {
            let novelty = lock(&self.novelty);
            plan_prepared(class, actor, &setting(ctx, facts, &novelty), prepared, rng)
        };
        let Some(create) = plan else { return Ok(None) };
        let known = match ctx.ports.repo.file_at(&actor.decky.id, &create.artifact.path).await {
            Err(error @ RepoError::Corrupt(_)) => {
                tracing::warn!(error = %error, "another name then");
                return Ok(None);
            }
            other => other?,
        };
        match known {
            None => self.carry_out(ctx, Plan::Create(create), "", rng).await,
            Some(file) if self.is_abandoned(file.id) => Ok(None),
            Some(file) => match candidate(file) {
                Some((candidate, hash)) => self.edit_file(ctx, actor, facts, &candidate, &hash, rng).await,
                None => Ok(None),
            },
        }
    }

    /// Has a canary made and plants it. `None` when none is offered: the turn goes to other content.
    async fn cultivate(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        class: CanaryClass,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let canaries = &ctx.ports.canaries;
        let Some(account) = facts.account_of(actor.persona).filter(|_| canaries.offers(class)) else { return Ok(None) };
        if ctx.mode == Mode::DryRun {
            return Ok(None);
        }
        let order = CanaryOrder {
            class,
            decky: actor.decky.id.clone(),
            decky_name: actor.decky.name.as_str().to_owned(),
            home: account.home.clone(),
            now: ctx.now.timestamp(),
        };
        let made = match canaries.cultivate(&order).await {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!(error = %error, "no canary this time");
                return Ok(None);
            }
        };
        let back = decnet_domain::diurnal::Backdate::default();
        let mtime = decnet_domain::diurnal::sample_mtime(actor.persona.active_hours, ctx.now, back, rng);
        let file = ToPlant {
            owner: facts.owner_of(&made.path),
            path: made.path,
            text: String::from_utf8_lossy(&made.bytes).into_owned(),
            bytes: made.bytes,
            mode: made.mode,
            mtime,
            edited: None,
        };
        self.plant(ctx, &Site::of(actor), class.into(), file, rng).await
    }

    /// `hash` is of what an edit was made from.
    async fn carry_out(
        &self,
        ctx: &TickContext<'_>,
        plan: Plan,
        hash: &str,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        if ctx.mode == Mode::DryRun {
            return Ok(Some(FileOutcome::Planned(Box::new(plan))));
        }
        let (class, edited) = match &plan {
            Plan::Create(create) => (create.class.into(), None),
            Plan::Edit(Edit { class, file, .. }) => (ContentClass::from(*class), Some((*file, hash.to_owned()))),
        };
        let file = ToPlant::of(plan.artifact(), edited);
        self.plant(ctx, plan.site(), class, file, rng).await
    }

    /// One plant, from the pending note to its record. `None` when the path is taken.
    pub(crate) async fn plant(
        &self,
        ctx: &TickContext<'_>,
        site: &Site,
        class: ContentClass,
        file: ToPlant,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let now = ctx.now.timestamp();
        let repo = &ctx.ports.repo;
        let edited = file.edited.as_ref().map(|(id, _)| *id);
        let what = if edited.is_some() { PendingKind::Edit } else { PendingKind::Create };
        let row = SyntheticFile {
            id: edited.unwrap_or_else(|| FileId(ids::new(now, rng))),
            decky: site.decky.clone(),
            path: file.path.to_string(),
            persona: site.persona.clone(),
            class,
            created_at: row_time(now),
            last_modified: row_time(file.mtime),
            edit_count: 0,
            content_hash: content_hash(&file.bytes),
            last_body: cap_body(&file.text).to_owned(),
        };
        let pending = Pending {
            id: ids::new(now, rng),
            container: site.container.name().to_owned(),
            decky_name: site.decky_name.clone(),
            file: row,
            what,
        };
        let request = PlantRequest {
            path: file.path,
            bytes: file.bytes,
            owner: file.owner,
            mode: file.mode,
            mtime: file.mtime,
            plant: match &file.edited {
                Some((_, hash)) => PlantMode::Replace { was: hash.clone() },
                None => PlantMode::CreateNew,
            },
            folder_mode: FOLDER_MODE,
        };
        let event_id = ids::new(now, rng);
        repo.begin_plant(&pending).await?;
        let planted = ctx.ports.driver.plant_file(&site.container, &request).await;
        let error = planted.err();
        match &error {
            None => {
                if class.llm_eligible() {
                    lock(&self.novelty).absorb(&file.text);
                }
            }
            Some(DriverError::Exists { path }) => {
                tracing::debug!(decky = %site.decky_name, path, "something lies there already; another name then");
                repo.forget_plant(pending.id).await?;
                return Ok(None);
            }
            Some(error) => {
                if let (Some((file, hash)), DriverError::Refused { reason, .. }) = (&file.edited, error)
                    && *reason != Refusal::TooLarge
                {
                    let found = json!({ "found": reason.to_string(), "bytes": 0 });
                    self.tampered(ctx, site, *file, &request.path, hash, found, rng).await?;
                }
                self.facts.record_failure(&site.container, error, now);
            }
        }
        let event = file_event(event_id, now, site, &pending, &request, error.as_ref());
        if error.is_none() {
            self.facts.record_success(&site.container);
        }
        if error.is_none() && class.category() == Category::User {
            self.remember_typing(ctx, site, &request, what, rng).await;
        }
        match error {
            None | Some(DriverError::Refused { .. } | DriverError::Exists { .. } | DriverError::Unsupported { .. }) => {
                let file = error.is_none().then_some(pending.file);
                repo.finish_plant(&PlantRecord { pending: pending.id, event: event.clone(), file }).await?;
            }
            // It may have got there, or still get there: the pending note stays, and recovery asks the decky.
            Some(
                DriverError::Timeout { .. }
                | DriverError::Unavailable { .. }
                | DriverError::UnknownAnswer { .. }
                | DriverError::Failed { .. },
            ) => {
                repo.record_event(&event).await?;
            }
        }
        Ok(Some(FileOutcome::Acted(Box::new(event))))
    }

    /// What the shell remembers of a file being written: its editor, now and then the folder that was made
    /// for it, a script being run. Not of everything: a shell forgets, and there are other ways.
    async fn remember_typing(
        &self,
        ctx: &TickContext<'_>,
        site: &Site,
        request: &PlantRequest,
        what: PendingKind,
        rng: TickRng<'_>,
    ) {
        if ctx.profile.rhythm == Rhythm::Ticks || rng.random_range(0..100) >= 60 {
            return;
        }
        let Some(facts) = self.facts.known(&site.container) else { return };
        let home = facts.accounts().iter().find(|a| request.path.is_below(a.home.as_str()) && a.owner == request.owner);
        let Some((home, owner)) = home.map(|a| (&a.home, a.owner)) else { return };
        let Ok(history) = DeckyPath::under(home, ".bash_history") else { return };
        let relative = &request.path.as_str()[home.as_str().len() + 1..];
        let lines = typed_for(relative, what, Key::of(0).text(&site.persona), rng);
        if let Err(error) = add_lines(ctx, &site.container, history, owner, &lines, |_| false).await {
            tracing::debug!(decky = site.decky_name, error = %error, "the shell remembers nothing of it");
        }
    }

    /// Whether a host's logs are ours to write.
    pub(crate) fn keeps_logs(facts: &HostFacts) -> bool {
        facts.logging.is_planted() && !facts.accounts().is_empty()
    }

    pub(crate) fn is_abandoned(&self, file: FileId) -> bool {
        lock(&self.abandoned).contains(&file)
    }
}

/// What a model is asked for; nothing for what programs write.
fn kind_of(class: TemplateClass) -> Option<Kind> {
    match class {
        TemplateClass::Note => Some(Kind::Note),
        TemplateClass::Todo => Some(Kind::Todo),
        TemplateClass::Draft => Some(Kind::Draft),
        TemplateClass::Script => Some(Kind::Script),
        TemplateClass::CacheTmp | TemplateClass::LogCron | TemplateClass::LogDaemon => None,
    }
}

/// Nobody makes a dozen files a day: who has made a few goes on with them. (The seed makes new ones for ever.)
fn weighed(
    ctx: &TickContext<'_>,
    intent: Intent,
    actor: Actor<'_>,
    recent: &[SyntheticFile],
    rng: TickRng<'_>,
) -> Intent {
    if intent != Intent::Create || ctx.profile.rhythm == Rhythm::Ticks {
        return intent;
    }
    let yesterday = ctx.now.timestamp() - SignedDuration::from_hours(24);
    let mine = recent.iter().filter(|f| f.persona == actor.persona.name && f.created_at > yesterday).count();
    if mine > 0 && rng.random_range(0..NEW_A_DAY) < mine { Intent::Edit } else { Intent::Create }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn setting<'a>(ctx: &TickContext<'a>, facts: &'a HostFacts, novelty: &'a Novelty) -> Setting<'a> {
    Setting {
        facts,
        content: &ctx.ports.content,
        logins: &[],
        novelty,
        timestamps: ctx.profile.timestamps,
        now: ctx.now,
    }
}

/// A file about to be planted.
pub(crate) struct ToPlant {
    path: DeckyPath,
    bytes: Vec<u8>,
    text: String,
    owner: decnet_domain::account::Owner,
    mode: u32,
    mtime: Timestamp,
    /// The row of the file that this is an edit of, and the hash of what is there.
    edited: Option<(FileId, String)>,
}

impl ToPlant {
    pub(crate) fn of(artifact: &Artifact, edited: Option<(FileId, String)>) -> Self {
        Self {
            path: artifact.path.clone(),
            bytes: artifact.body.bytes().into_owned(),
            text: artifact.body.text().to_owned(),
            owner: artifact.owner,
            mode: artifact.mode,
            mtime: artifact.mtime,
            edited,
        }
    }
}

/// What somebody types who writes a file, relative to their home.
fn typed_for(relative: &str, what: PendingKind, person: Key, rng: TickRng<'_>) -> String {
    // A name with a blank in it is typed with quotes; everybody has an editor.
    let name = if relative.contains([' ', '\'', '(', ')', '&']) {
        format!("\"{}\"", relative.replace(['"', '$', '`', '\\'], ""))
    } else {
        relative.to_owned()
    };
    let editor = ["nano", "nano", "vim", "vi", "vim"][person.text("editor").index(5)];
    let mut lines = Vec::new();
    if let (PendingKind::Create, Some((folder, _)), true) = (what, relative.rsplit_once('/'), rng.random_bool(0.5)) {
        lines.push(format!("mkdir -p {folder}"));
    }
    if rng.random_bool(0.3) {
        lines.push(["ls", "ls -lt", "cd", "pwd"][rng.random_range(0..4)].to_owned());
    }
    lines.push(format!("{editor} {name}"));
    if relative.ends_with(".sh") || relative.ends_with(".py") {
        if what == PendingKind::Create {
            lines.push(format!("chmod +x {name}"));
        }
        lines.push(format!("./{name}"));
    } else if rng.random_bool(0.2) {
        lines.push(format!("cat {name}"));
    }
    lines.join("\n") + "\n"
}

pub(crate) fn event(
    what: EventKind,
    site: &Site,
    outcome: Outcome,
    payload: Value,
    now: Timestamp,
    rng: TickRng<'_>,
) -> Event {
    Event { id: ids::new(now, rng), ts: now, what, source: None, target: site.decky.clone(), outcome, payload }
}

/// A row as something to go on with, and the hash of what we left there.
fn candidate(file: SyntheticFile) -> Option<(Candidate, String)> {
    let class = file.class.editable().filter(|class| is_continued(*class, &file.path))?;
    if is_finished(class, &file.path, file.edit_count) {
        return None;
    }
    let candidate = Candidate {
        file: file.id,
        class,
        path: DeckyPath::new(file.path).ok()?,
        persona: file.persona,
        last_modified: file.last_modified,
    };
    Some((candidate, file.content_hash))
}

pub(crate) fn file_event(
    id: Uuid,
    now: Timestamp,
    site: &Site,
    pending: &Pending,
    request: &PlantRequest,
    error: Option<&DriverError>,
) -> Event {
    let mut payload = json!({
        "dst_decky": site.decky_name,
        "path": request.path.as_str(),
        "bytes": request.bytes.len(),
        "rc": error.map_or(0, DriverError::rc),
        "stderr": error.map(DriverError::stderr),
        "persona": site.persona,
        "content_class": pending.file.class.as_str(),
        "content_hash": pending.file.content_hash,
        "mtime": format!("{:.9}", request.mtime),
        "mode": format!("{:04o}", request.mode),
        "uid": request.owner.uid,
        "gid": request.owner.gid,
        "synthetic_file_uuid": pending.file.id.0.to_string(),
    });
    if let (PendingKind::Edit, Value::Object(fields)) = (pending.what, &mut payload) {
        fields.insert("new_body_bytes".to_owned(), json!(request.bytes.len()));
    }
    Event {
        id,
        ts: now,
        what: pending.what.event(),
        source: None,
        target: site.decky.clone(),
        outcome: if error.is_none() { Outcome::Success } else { Outcome::Failure },
        payload,
    }
}
