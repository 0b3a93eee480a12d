//! Files are made, gone on with and removed.

use decnet_domain::artifact::Artifact;
use decnet_domain::content_class::{Category, ContentClass};
use decnet_domain::noise::{Key, uuid_v7};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::{Plan, Site};
use decnet_domain::planner::policy::Traces;
use decnet_domain::record::{
    Event, EventKind, FileId, FilePayload, PendingEffect, SyntheticFile, cap_body, content_hash, row_time,
};
use decnet_domain::shell_history;
use decnet_ports::{DriverError, FOLDER_MODE, PlantMode, Record, Refusal, RepoError};

use crate::append::{Append, remember};
use crate::context::{TickContext, TickRng};
use crate::execution::{Change, Operation, carry_out, event, finish, forget, request};
use crate::tampering::{Found, OwnFile, mark, read_ours};

/// A file about to be planted.
pub(crate) struct NewContent<'a> {
    pub(crate) class: ContentClass,
    pub(crate) artifact: &'a Artifact,
    /// The row of the file that this is an edit of, and the hash of what is there.
    pub(crate) edited: Option<(FileId, String)>,
    /// The work item that it tells of.
    pub(crate) work_item: Option<u32>,
}

/// What came of a plant.
pub(crate) enum PlantOutcome {
    /// It was done, or tried; the event tells.
    Acted(Box<Event>),
    /// Something lies at the path already.
    Taken,
}

/// Carries out a plan.
pub(crate) async fn carry_out_plan(
    ctx: &TickContext<'_>,
    plan: &Plan,
    rng: TickRng<'_>,
) -> Result<PlantOutcome, RepoError> {
    let content = match plan {
        Plan::Create(create) => NewContent {
            class: create.class.into(),
            artifact: &create.artifact,
            edited: None,
            work_item: create.told.as_ref().map(|told| told.work_item),
        },
        Plan::Edit(edit) => NewContent {
            class: edit.class.into(),
            artifact: &edit.artifact,
            edited: Some((edit.file, edit.previous.hash.clone())),
            work_item: edit.told.as_ref().map(|told| told.work_item),
        },
    };
    let class = content.class;
    let outcome = plant(ctx, plan.site(), content, rng).await?;
    if let PlantOutcome::Acted(event) = &outcome
        && event.outcome.is_success()
        && class.category() == Category::User
        && ctx.policy.traces == Traces::Full
    {
        remember_writing(ctx, plan, event.what, rng).await;
    }
    Ok(outcome)
}

/// One plant, from the pending note to its record.
pub(crate) async fn plant(
    ctx: &TickContext<'_>,
    site: &Site,
    content: NewContent<'_>,
    rng: TickRng<'_>,
) -> Result<PlantOutcome, RepoError> {
    let now = ctx.now.timestamp();
    let NewContent { class, artifact, edited, work_item } = content;
    let mode = match &edited {
        Some((_, hash)) => PlantMode::Replace { was: hash.clone() },
        None => PlantMode::CreateNew,
    };
    let request = request(artifact, mode, FOLDER_MODE);
    let row = SyntheticFile {
        id: edited.as_ref().map_or_else(|| FileId(uuid_v7(now, rng)), |(id, _)| *id),
        decky: site.decky.clone(),
        path: artifact.path.to_string(),
        persona: site.persona.clone(),
        class,
        created_at: row_time(now),
        last_modified: row_time(artifact.mtime),
        edit_count: 0,
        content_hash: content_hash(&request.bytes),
        last_body: cap_body(artifact.body.text()).to_owned(),
    };
    let what = if edited.is_some() { EventKind::FileEdit } else { EventKind::FileCreate };
    let bytes = request.bytes.len() as u64;
    let mut payload = FilePayload {
        dst_decky: site.decky_name.clone(),
        new_body_bytes: edited.as_ref().map(|_| bytes),
        mtime: Some(format!("{:.9}", request.mtime)),
        mode: Some(format!("{:04o}", request.mode)),
        uid: Some(request.owner.uid),
        gid: Some(request.owner.gid),
        work_item,
        ..FilePayload::of_file(&row, bytes)
    };
    let effect = match &edited {
        Some(_) => PendingEffect::Edit { file: row.clone() },
        None => PendingEffect::Create { file: row.clone() },
    };
    let operation = Operation::at(&site.container, &site.decky_name, Change::Plant(vec![request]), effect);
    let carried = carry_out(ctx, operation, rng).await?;
    match carried.error() {
        None => {
            if class.llm_eligible() {
                ctx.state.with_novelty(|novelty| novelty.absorb(artifact.body.text()));
            }
        }
        Some(DriverError::Exists { path }) => {
            tracing::debug!(decky = %site.decky_name, path, "something lies there already; another name is drawn");
            forget(ctx, &carried).await?;
            return Ok(PlantOutcome::Taken);
        }
        Some(error) => {
            if let (Some((id, hash)), DriverError::Refused { reason, .. }) = (&edited, error)
                && *reason != Refusal::TooLarge
            {
                let file = OwnFile { id: *id, path: &artifact.path, hash };
                mark(ctx, site, file, Found { what: reason.to_string(), ..Found::default() }, rng).await?;
            }
            ctx.state.facts.record_failure(&site.container, error, now);
            (payload.rc, payload.stderr) = (error.rc(), Some(error.stderr()));
        }
    }
    let event = event(ctx, what, &site.decky, payload.into(), rng);
    let file = carried.error().is_none().then_some(Record::File(row));
    finish(ctx, &carried, file.into_iter().chain([Record::Event(event.clone())]).collect()).await?;
    Ok(PlantOutcome::Acted(Box::new(event)))
}

/// The shell's memory of a file having been written.
async fn remember_writing(ctx: &TickContext<'_>, plan: &Plan, what: EventKind, rng: TickRng<'_>) {
    let (site, artifact) = (plan.site(), plan.artifact());
    let persona = persona_key(ctx, site);
    let Some(facts) = ctx.state.facts.known(&site.container) else { return };
    let lines = shell_history::of_writing(
        what,
        &artifact.path,
        artifact.owner,
        &facts,
        persona,
        plan.told().map_or(&[], |told| &told.typed),
        rng,
    );
    let Some(history) = lines else { return };
    let append = Append { site, path: history.path, owner: history.owner, lines: &history.lines };
    remember(ctx, append, |_| false, rng).await;
}

/// Removes a scratch file after its time, if it is still what we left there. `None` where it isn't.
pub(crate) async fn remove_scratch(
    ctx: &TickContext<'_>,
    site: &Site,
    file: &SyntheticFile,
    rng: TickRng<'_>,
) -> Result<Option<Event>, RepoError> {
    let Ok(path) = DeckyPath::new(file.path.as_str()) else { return Ok(None) };
    let own = OwnFile { id: file.id, path: &path, hash: &file.content_hash };
    if read_ours(ctx, site, own, rng).await?.is_none() {
        return Ok(None);
    }
    let effect = PendingEffect::Remove { file: file.id, decky: site.decky.clone(), persona: site.persona.clone() };
    let operation = Operation::at(&site.container, &site.decky_name, Change::Remove(path), effect);
    let carried = carry_out(ctx, operation, rng).await?;
    let mut payload = FilePayload {
        dst_decky: site.decky_name.clone(),
        path: file.path.clone(),
        synthetic_file_uuid: Some(file.id.0.to_string()),
        ..FilePayload::default()
    };
    if let Some((rc, stderr)) = carried.failure(ctx, &site.container) {
        (payload.rc, payload.stderr) = (rc, Some(stderr));
    }
    let event = event(ctx, EventKind::FileRemove, &site.decky, payload.into(), rng);
    let gone = carried.error().is_none().then_some(Record::FileGone(file.id));
    finish(ctx, &carried, gone.into_iter().chain([Record::Event(event.clone())]).collect()).await?;
    Ok(Some(event))
}

/// The noise of a persona of a decky's company.
fn persona_key(ctx: &TickContext<'_>, site: &Site) -> Key {
    let actor = ctx.fleet.actor_called(&site.decky, &site.persona);
    let found = actor.map(|actor| actor.world.person(actor.persona_index));
    found.unwrap_or_else(|| ctx.key.text("persona").text(&site.persona))
}
