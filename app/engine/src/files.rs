//! One file appears or changes.
//!
//! A plant is written down as pending, carried out, and then recorded together with its row in one
//! transaction. Whatever happens in between, [`crate::recover`] can tell from the decky itself
//! whether the file got there.

use std::collections::BTreeSet;
use std::sync::Arc;

use decnet_domain::account::HostFacts;
use decnet_domain::content_class::{CanaryClass, ContentClass, EditableClass, TemplateClass};
use decnet_domain::fleet::{Fleet, Stage};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::{
    Artifact, Candidate, Drawn, Edit, Intent, Plan, Previous, Site, draw_class, is_continued, plan_create, plan_edit,
    settle,
};
use decnet_domain::record::{
    Event, FileId, Outcome, Pending, PendingKind, SyntheticFile, cap_body, content_hash, row_time,
};
use decnet_domain::weights::Weights;
use decnet_ports::{CanaryOrder, DriverError, PlantMode, PlantRecord, PlantRequest, Refusal, RepoError};
use jiff::{Timestamp, Zoned};
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::{Mode, Outside, ids};

/// What came of a turn at the files.
#[derive(Debug, Clone, PartialEq)]
pub enum FileTurn {
    /// Something was done, or tried; the event tells.
    Acted(Box<Event>),
    /// In a dry run: what would have been done.
    Planned(Box<Plan>),
    /// Left alone, on purpose.
    LeftAlone,
    /// Nobody at work, no account, no place: another kind of action may have its turn.
    Nothing,
}

/// How often a place or a name is drawn again before the turn is given up.
const TRIES: usize = 5;
/// A person goes on with something recent: among so many of the latest files.
const RECENT: u32 = 40;
/// The largest file that is edited.
const LARGEST: usize = 1 << 20;

/// What the file turn keeps from tick to tick.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) facts: Facts,
    /// Files that somebody else has changed or removed: never written again.
    abandoned: BTreeSet<FileId>,
}

/// What a turn works with.
pub(crate) struct Turn<'a> {
    pub(crate) outside: &'a Outside,
    pub(crate) fleet: &'a Fleet,
    pub(crate) weights: &'a Weights,
    pub(crate) mode: Mode,
    pub(crate) now: &'a Zoned,
}

impl Files {
    pub(crate) async fn act(&mut self, turn: &Turn<'_>, rng: &mut (dyn Rng + Send)) -> Result<FileTurn, RepoError> {
        let intent = Intent::roll(rng);
        if intent == Intent::LeaveAlone {
            return Ok(FileTurn::LeftAlone);
        }
        let Some((stage, facts)) = self.stage(turn, rng).await else { return Ok(FileTurn::Nothing) };
        if intent == Intent::Edit
            && let Some(done) = self.edit(turn, stage, &facts, rng).await?
        {
            return Ok(done);
        }
        if self.facts.is_resting(stage.station, turn.now.timestamp()) {
            return Ok(FileTurn::Nothing);
        }
        self.create(turn, stage, &facts, rng).await
    }

    /// A decky that answers, and somebody at work there.
    async fn stage<'a>(&mut self, turn: &Turn<'a>, rng: &mut (dyn Rng + Send)) -> Option<(Stage<'a>, Arc<HostFacts>)> {
        for _ in 0..TRIES {
            let stage = turn.fleet.draw_stage(turn.now, rng)?;
            let now = turn.now.timestamp();
            let was_resting = self.facts.is_resting(stage.station, now);
            let Some(facts) = self.facts.of(turn.outside, stage.station, now).await else {
                // One that has just cost its eight seconds is enough for one tick.
                if was_resting {
                    continue;
                }
                return None;
            };
            if let Some(stage) = settle(stage, &facts, turn.now, rng) {
                return Some((stage, facts));
            }
        }
        None
    }

    /// Goes on with one of the person's recent files. `None` when there is none to go on with.
    async fn edit(
        &mut self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        rng: &mut (dyn Rng + Send),
    ) -> Result<Option<FileTurn>, RepoError> {
        let recent = turn.outside.repo.recent_files(&stage.decky.id, RECENT).await?;
        let mut mine: Vec<(Candidate, String)> = recent
            .into_iter()
            .filter(|file| !self.abandoned.contains(&file.id))
            .filter_map(candidate)
            .filter(|(file, _)| file.persona == stage.persona.name || is_log(file.class))
            .collect();
        if mine.is_empty() {
            return Ok(None);
        }
        // The smaller of two draws favours the latest.
        let at = rng.random_range(0..mine.len()).min(rng.random_range(0..mine.len()));
        let (candidate, hash) = mine.swap_remove(at);
        self.edit_file(turn, stage, facts, &candidate, &hash, rng).await
    }

    async fn edit_file(
        &mut self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        candidate: &Candidate,
        hash: &str,
        rng: &mut (dyn Rng + Send),
    ) -> Result<Option<FileTurn>, RepoError> {
        let path = &candidate.path;
        if self.is_under_way(turn, stage, path).await? {
            // A plant of unknown fate: recovery finds out first what ought to stand there.
            return Ok(None);
        }
        let read = match turn.outside.driver.read_file(stage.station, path, LARGEST).await {
            Ok(read) => read,
            Err(error @ DriverError::Refused { .. }) => {
                tracing::warn!(decky = %stage.decky.name, error = %error, "a file of ours is no longer what it was");
                self.abandoned.insert(candidate.file);
                return Ok(None);
            }
            Err(error) => {
                self.facts.trouble(stage.station, &error, turn.now.timestamp());
                return Ok(None);
            }
        };
        let ours = read.filter(|file| content_hash(&file.bytes) == hash);
        let Some(text) = ours.and_then(|file| String::from_utf8(file.bytes).ok()) else {
            // What is not as we left it is evidence: it is kept, and a deleted file stays deleted.
            tracing::warn!(decky = %stage.decky.name, path = %path, "a file of ours was changed or removed; left alone");
            self.abandoned.insert(candidate.file);
            return Ok(None);
        };
        let previous = Previous::read(text);
        let Some(edit) = plan_edit(candidate, previous, stage, facts, &turn.outside.content, turn.now, rng) else {
            return Ok(None);
        };
        self.carry_out(turn, Plan::Edit(edit), rng).await
    }

    /// Whether a plant at this path has no known end yet.
    async fn is_under_way(&self, turn: &Turn<'_>, stage: Stage<'_>, path: &DeckyPath) -> Result<bool, RepoError> {
        let pending = turn.outside.repo.pending_plants().await?;
        Ok(pending.iter().any(|p| p.file.decky == stage.decky.id && p.file.path == path.as_str()))
    }

    /// Makes something new. A name that is taken by a file of ours means going on with that file.
    async fn create(
        &mut self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        rng: &mut (dyn Rng + Send),
    ) -> Result<FileTurn, RepoError> {
        let mut drawn = draw_class(turn.weights, rng);
        if let Drawn::Canary(class) = drawn {
            if let Some(done) = self.cultivate(turn, stage, facts, class, rng).await? {
                return Ok(done);
            }
            drawn = Drawn::Template(turn.weights.draw_template(rng));
        }
        for _ in 0..TRIES {
            let Drawn::Template(class) = drawn else { break };
            drawn = Drawn::Template(turn.weights.draw_template(rng));
            let Some(create) = plan_create(class, stage, facts, &turn.outside.content, turn.now, rng) else { continue };
            let known = match turn.outside.repo.file_at(&stage.decky.id, &create.artifact.path).await {
                Err(error @ RepoError::Corrupt(_)) => {
                    tracing::warn!(error = %error, "another name then");
                    continue;
                }
                other => other?,
            };
            let done = match known {
                None => self.carry_out(turn, Plan::Create(create), rng).await?,
                Some(file) if self.abandoned.contains(&file.id) => None,
                Some(file) => match candidate(file) {
                    Some((candidate, hash)) => self.edit_file(turn, stage, facts, &candidate, &hash, rng).await?,
                    None => None,
                },
            };
            if let Some(done) = done {
                return Ok(done);
            }
            if self.facts.is_resting(stage.station, turn.now.timestamp()) {
                break;
            }
        }
        Ok(FileTurn::Nothing)
    }

    /// Has a canary made and plants it. `None` when none is offered: the turn goes to other content.
    async fn cultivate(
        &mut self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        class: CanaryClass,
        rng: &mut (dyn Rng + Send),
    ) -> Result<Option<FileTurn>, RepoError> {
        let canaries = &turn.outside.canaries;
        let Some(account) = facts.account_of(stage.persona).filter(|_| canaries.offers(class)) else { return Ok(None) };
        if turn.mode == Mode::DryRun {
            return Ok(None);
        }
        let order = CanaryOrder {
            class,
            decky: stage.decky.id.clone(),
            decky_name: stage.decky.name.as_str().to_owned(),
            home: account.home.clone(),
            now: turn.now.timestamp(),
        };
        let made = match canaries.cultivate(&order).await {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!(error = %error, "no canary this time");
                return Ok(None);
            }
        };
        let site = Site {
            decky: stage.decky.id.clone(),
            decky_name: stage.decky.name.as_str().to_owned(),
            station: stage.station.clone(),
            persona: stage.persona.name.clone(),
        };
        let back = decnet_domain::diurnal::Backdate::default();
        let mtime = decnet_domain::diurnal::sample_mtime(stage.persona.active_hours, turn.now, back, rng);
        let request = ToPlant {
            owner: facts.owner_of(&made.path),
            path: made.path,
            text: String::from_utf8_lossy(&made.bytes).into_owned(),
            bytes: made.bytes,
            mode: made.mode,
            mtime,
        };
        self.plant(turn, &site, class.into(), request, None, rng).await
    }

    async fn carry_out(
        &mut self,
        turn: &Turn<'_>,
        plan: Plan,
        rng: &mut (dyn Rng + Send),
    ) -> Result<Option<FileTurn>, RepoError> {
        if turn.mode == Mode::DryRun {
            return Ok(Some(FileTurn::Planned(Box::new(plan))));
        }
        let (class, edited) = match &plan {
            Plan::Create(create) => (create.class.into(), None),
            Plan::Edit(Edit { class, file, .. }) => (ContentClass::from(*class), Some(*file)),
        };
        let Artifact { path, body, owner, mode, mtime } = plan.artifact();
        let request = ToPlant {
            path: path.clone(),
            bytes: body.bytes().into_owned(),
            text: body.text().to_owned(),
            owner: *owner,
            mode: *mode,
            mtime: *mtime,
        };
        self.plant(turn, plan.site(), class, request, edited, rng).await
    }

    /// One plant, from the pending note to the event on the bus. `None` when the path is taken.
    async fn plant(
        &mut self,
        turn: &Turn<'_>,
        site: &Site,
        class: ContentClass,
        file: ToPlant,
        edited: Option<FileId>,
        rng: &mut (dyn Rng + Send),
    ) -> Result<Option<FileTurn>, RepoError> {
        let now = turn.now.timestamp();
        let repo = &turn.outside.repo;
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
            container: site.station.container().to_owned(),
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
            plant: if edited.is_some() { PlantMode::Replace } else { PlantMode::CreateNew },
        };
        let event_id = ids::new(now, rng);
        repo.begin_plant(&pending).await?;
        let planted = turn.outside.driver.plant_file(&site.station, &request).await;
        let error = planted.err();
        match &error {
            None => {}
            Some(DriverError::Exists { path }) => {
                tracing::debug!(decky = %site.decky_name, path, "something lies there already; another name then");
                repo.forget_plant(pending.id).await?;
                return Ok(None);
            }
            Some(error) => {
                if let (Some(file), DriverError::Refused { reason, .. }) = (edited, error) {
                    tracing::warn!(decky = %site.decky_name, path = %request.path, reason = %reason, "left alone from now on");
                    if *reason != Refusal::TooLarge {
                        self.abandoned.insert(file);
                    }
                }
                self.facts.trouble(&site.station, error, now);
            }
        }
        let event = file_event(event_id, now, site, &pending, &request, error.as_ref());
        match error {
            None | Some(DriverError::Refused { .. } | DriverError::Exists { .. }) => {
                let file = error.is_none().then_some(pending.file);
                repo.finish_plant(&PlantRecord { pending: pending.id, event: event.clone(), file }).await?;
            }
            // It may have got there, or still get there: the pending note stays, and recovery asks the decky.
            Some(DriverError::Timeout { .. } | DriverError::Unavailable { .. } | DriverError::Failed { .. }) => {
                repo.record_event(&event).await?;
            }
        }
        Ok(Some(FileTurn::Acted(Box::new(event))))
    }
}

/// A file about to be planted.
struct ToPlant {
    path: DeckyPath,
    bytes: Vec<u8>,
    text: String,
    owner: decnet_domain::account::Owner,
    mode: u32,
    mtime: Timestamp,
}

/// A row as something to go on with, and the hash of what we left there.
fn candidate(file: SyntheticFile) -> Option<(Candidate, String)> {
    let class = file.class.editable().filter(|class| is_continued(*class, &file.path))?;
    let candidate = Candidate {
        file: file.id,
        class,
        path: DeckyPath::new(file.path).ok()?,
        persona: file.persona,
        last_modified: file.last_modified,
    };
    Some((candidate, file.content_hash))
}

/// Logs are the system's, whoever is at work.
fn is_log(class: EditableClass) -> bool {
    matches!(class.template(), TemplateClass::LogCron | TemplateClass::LogDaemon)
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
