//! The steps that every action on a decky goes through: noted as pending, carried out, recorded in one
//! transaction, published.
//!
//! A crash between two of the steps leaves a pending note, and [`crate::recover`] finds out from the decky
//! itself whether the action was carried out.

use decnet_domain::artifact::Artifact;
use decnet_domain::decky::{ContainerRef, DeckyId};
use decnet_domain::noise::uuid_v7;
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::record::{
    Event, EventKind, EventPayload, Expected, Outcome, Pending, PendingChange, PendingEffect, content_hash,
};
use decnet_ports::{Completion, DriverError, PlantMode, PlantRequest, Record, RepoError};
use jiff::Timestamp;
use uuid::Uuid;

use crate::context::{TickContext, TickRng};
use crate::ports::Ports;

/// What is done in a container.
pub(crate) enum Change {
    /// Files are made or replaced.
    Plant(Vec<PlantRequest>),
    /// A file gets another name.
    Rename {
        /// Its name.
        from: DeckyPath,
        /// The other.
        to: DeckyPath,
    },
    /// A file is removed.
    Remove(DeckyPath),
}

impl Change {
    /// What the container looks like afterwards.
    fn expected(&self) -> Vec<PendingChange> {
        let change = |path: &DeckyPath, expected| PendingChange { path: path.to_string(), expected };
        match self {
            Self::Plant(requests) => {
                requests.iter().map(|r| change(&r.path, Expected::Holds(content_hash(&r.bytes)))).collect()
            }
            Self::Rename { to, .. } => vec![change(to, Expected::Exists)],
            Self::Remove(path) => vec![change(path, Expected::Gone)],
        }
    }
}

/// An action on one container, and what is recorded once it has been carried out.
pub(crate) struct Operation {
    pub(crate) container: ContainerRef,
    pub(crate) decky_name: String,
    pub(crate) change: Change,
    pub(crate) effect: PendingEffect,
}

impl Operation {
    pub(crate) fn at(container: &ContainerRef, decky_name: &str, change: Change, effect: PendingEffect) -> Self {
        Self { container: container.clone(), decky_name: decky_name.to_owned(), change, effect }
    }
}

/// What came of an action, before it is recorded.
pub(crate) struct Carried {
    pending: Uuid,
    /// One for each file of a plant, in order; one for anything else.
    pub(crate) results: Vec<Result<(), DriverError>>,
}

impl Carried {
    /// The first error, if there is one.
    pub(crate) fn error(&self) -> Option<&DriverError> {
        self.results.iter().find_map(|result| result.as_ref().err())
    }

    /// The first error's code and words for the record; what it means for the container is taken in.
    pub(crate) fn failure(&self, ctx: &TickContext<'_>, container: &ContainerRef) -> Option<(i64, String)> {
        let error = self.error()?;
        ctx.state.facts.record_failure(container, error, ctx.now.timestamp());
        Some((error.rc(), error.stderr()))
    }

    /// A file that was there already is as good as made, where `is_meant` says so of its place in the plant.
    pub(crate) fn accept_existing(&mut self, is_meant: impl Fn(usize) -> bool) {
        for (at, result) in self.results.iter_mut().enumerate() {
            if matches!(result, Err(DriverError::Exists { .. })) && is_meant(at) {
                *result = Ok(());
            }
        }
    }

    /// The key of the pending note.
    pub(crate) fn note(&self) -> Uuid {
        self.pending
    }

    /// Whether nobody knows if the action was carried out: it may still happen.
    fn is_unsettled(&self) -> bool {
        let is_unsettled = |error: &DriverError| {
            matches!(
                error,
                DriverError::Timeout { .. }
                    | DriverError::Unavailable { .. }
                    | DriverError::UnknownAnswer { .. }
                    | DriverError::Failed { .. }
            )
        };
        self.results.iter().any(|result| result.as_ref().err().is_some_and(is_unsettled))
    }
}

/// Notes an action as pending and carries it out.
///
/// # Errors
/// When the note can't be written: then nothing was done.
pub(crate) async fn carry_out(
    ctx: &TickContext<'_>,
    operation: Operation,
    rng: TickRng<'_>,
) -> Result<Carried, RepoError> {
    let Operation { container, decky_name, change, effect } = operation;
    let now = ctx.now.timestamp();
    let pending = Pending {
        id: uuid_v7(now, rng),
        container: container.name().to_owned(),
        decky_name,
        begun: now,
        changes: change.expected(),
        effect,
    };
    ctx.ports.repo.begin(&pending).await?;
    let driver = &ctx.ports.driver;
    let results: Vec<Result<(), DriverError>> = match &change {
        Change::Plant(requests) if requests.len() == 1 => {
            vec![driver.plant_file(&container, &requests[0]).await.map(drop)]
        }
        Change::Plant(requests) => {
            let mut results: Vec<_> =
                driver.plant_many(&container, requests).await.into_iter().map(|planted| planted.map(drop)).collect();
            // A driver that says less than it was asked has not said that the rest worked.
            results.resize_with(requests.len(), || {
                Err(DriverError::Failed { rc: -1, stderr: "the driver gave no result for this file".to_owned() })
            });
            results
        }
        Change::Rename { from, to } => vec![driver.rename_file(&container, from, to).await],
        Change::Remove(path) => vec![driver.remove_file(&container, path).await],
    };
    if results.iter().any(Result::is_ok) {
        ctx.state.facts.record_success(&container);
    }
    Ok(Carried { pending: pending.id, results })
}

/// Records what came of an action, in one transaction, and tells whoever listens. The pending note stays while
/// nobody knows whether the action was carried out.
///
/// # Errors
/// When it can't be recorded: then the pending note stays, too.
pub(crate) async fn finish(ctx: &TickContext<'_>, carried: &Carried, records: Vec<Record>) -> Result<(), RepoError> {
    let pending = (!carried.is_unsettled()).then_some(carried.pending);
    record(ctx.ports, Completion { pending, records }).await
}

/// Forgets an action of which nothing came and nothing is to be told.
pub(crate) async fn forget(ctx: &TickContext<'_>, carried: &Carried) -> Result<(), RepoError> {
    ctx.ports.repo.forget(carried.pending).await
}

/// Records something in one transaction, and tells whoever listens.
pub(crate) async fn record(ports: &Ports, done: Completion) -> Result<(), RepoError> {
    ports.repo.commit(&done).await?;
    for record in &done.records {
        ports.publish(record);
    }
    Ok(())
}

/// An event on a site, of now.
pub(crate) fn event(
    ctx: &TickContext<'_>,
    what: EventKind,
    target: &DeckyId,
    payload: EventPayload,
    rng: TickRng<'_>,
) -> Event {
    let now: Timestamp = ctx.now.timestamp();
    let rc = match &payload {
        EventPayload::File(file) => file.rc,
        EventPayload::Traffic(traffic) => traffic.rc,
        EventPayload::Other(_) => 0,
    };
    let outcome = if rc == 0 { Outcome::Success } else { Outcome::Failure };
    Event { id: uuid_v7(now, rng), ts: now, what, source: None, target: target.clone(), outcome, payload }
}

/// A file that is to be planted where an artifact says.
pub(crate) fn request(artifact: &Artifact, plant: PlantMode, folder_mode: u32) -> PlantRequest {
    PlantRequest {
        path: artifact.path.clone(),
        bytes: artifact.body.bytes().into_owned(),
        owner: artifact.owner,
        mode: artifact.mode,
        mtime: artifact.mtime,
        plant,
        folder_mode,
        beside: &[],
    }
}

/// Whether an action on one of these paths of a container has no known end yet.
pub(crate) async fn is_under_way(
    ctx: &TickContext<'_>,
    site: &Site,
    is_meant: impl Fn(&str) -> bool,
) -> Result<bool, RepoError> {
    let pending = ctx.ports.repo.pending().await?;
    let here = pending.iter().filter(|note| note.container == site.container.name());
    Ok(here.flat_map(|note| &note.changes).any(|change| is_meant(&change.path)))
}
