//! Mending what a crash left: a pending action was either carried out or it wasn't, and the decky itself tells.

use std::collections::BTreeSet;

use decnet_domain::decky::{ContainerRef, DeckyId, DeckyName};
use decnet_domain::noise::uuid_v7;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{
    EmailPayload, EmailStage, Event, Expected, FilePayload, MailCopy, Outcome, Pending, PendingEffect, content_hash,
};
use decnet_ports::{Completion, DriverError, Record, RepoError};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;

use crate::execution::record;
use crate::ports::Ports;

/// What was begun less long ago may still be under way in the container, whoever asked for it.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// The largest file that is read back, in bytes.
const LARGEST: usize = 8 << 20;

/// Goes through what is pending: what was carried out gets its rows, what wasn't is forgotten once it can't
/// come any more, and what is on a decky that can't be reached waits. Tells how much was mended.
///
/// # Errors
/// When the store can't be used.
pub(crate) async fn recover(ports: &Ports, now: Timestamp, rng: &mut (dyn Rng + Send)) -> Result<usize, RepoError> {
    let mut mended = 0;
    // A container that doesn't answer is asked once, and not once a note.
    let mut away = BTreeSet::new();
    for pending in ports.repo.pending().await? {
        if away.contains(&pending.container) {
            continue;
        }
        let done = match carried_out(ports, &pending).await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(container = pending.container, error = %error, "can't tell yet whether an earlier action was carried out");
                away.insert(pending.container);
                continue;
            }
        };
        match records(&pending, &done, now, rng) {
            Some(records) => {
                tracing::info!(
                    container = pending.container,
                    path = pending.changes.first().map(|c| c.path.as_str()).unwrap_or_default(),
                    "an earlier action was carried out; its rows are mended"
                );
                record(ports, Completion { pending: Some(pending.id), records }).await?;
                mended += 1;
            }
            None if now.duration_since(pending.begun) < GRACE => {}
            None => ports.repo.forget(pending.id).await?,
        }
    }
    Ok(mended)
}

/// The size of what is at each path where it is as expected; `None` where it isn't.
async fn carried_out(ports: &Ports, pending: &Pending) -> Result<Vec<Option<u64>>, DriverError> {
    let decky = DeckyName::new(pending.decky_name.as_str()).ok();
    let container = decky.and_then(|decky| ContainerRef::known(decky, &pending.container).ok());
    let Some(container) = container else { return Ok(vec![None; pending.changes.len()]) };
    let mut done = Vec::with_capacity(pending.changes.len());
    for change in &pending.changes {
        let Ok(path) = DeckyPath::new(change.path.as_str()) else {
            done.push(None);
            continue;
        };
        done.push(match ports.driver.read_file(&container, &path, LARGEST).await {
            Ok(found) => match (&change.expected, found) {
                (Expected::Holds(hash), Some(file)) if content_hash(&file.bytes) == *hash => {
                    Some(file.bytes.len() as u64)
                }
                (Expected::Exists, Some(file)) => Some(file.bytes.len() as u64),
                (Expected::Gone, None) => Some(0),
                _ => None,
            },
            Err(DriverError::Refused { .. }) => None,
            Err(error) => return Err(error),
        });
    }
    Ok(done)
}

/// What is recorded of an action that was carried out; `None` where it wasn't.
fn records(pending: &Pending, done: &[Option<u64>], now: Timestamp, rng: &mut (dyn Rng + Send)) -> Option<Vec<Record>> {
    let whole = done.iter().all(Option::is_some);
    let mut event = |decky: &DeckyId, payload: FilePayload| {
        let what = pending.effect.event()?;
        let payload = FilePayload { dst_decky: pending.decky_name.clone(), recovered: Some(true), ..payload };
        let (target, outcome) = (decky.clone(), Outcome::Success);
        Some(Event { id: uuid_v7(now, rng), ts: now, what, source: None, target, outcome, payload: payload.into() })
    };
    let path = pending.changes.first().map(|change| change.path.clone()).unwrap_or_default();
    let bytes = done.first().copied().flatten().unwrap_or_default();
    match &pending.effect {
        PendingEffect::Create { file } if whole => Some(vec![
            Record::File(file.clone()),
            Record::Event(event(&file.decky, FilePayload::of_file(file, bytes))?),
        ]),
        PendingEffect::Edit { file } if whole => {
            let payload = FilePayload { new_body_bytes: Some(bytes), ..FilePayload::of_file(file, bytes) };
            Some(vec![Record::File(file.clone()), Record::Event(event(&file.decky, payload)?)])
        }
        PendingEffect::Remove { file, decky, persona } if whole => {
            let payload = FilePayload {
                path,
                synthetic_file_uuid: Some(file.0.to_string()),
                persona: Some(persona.clone()),
                ..FilePayload::default()
            };
            Some(vec![Record::FileGone(*file), Record::Event(event(decky, payload)?)])
        }
        PendingEffect::System { decky, persona, .. } if whole => {
            let payload = FilePayload { path, bytes, persona: Some(persona.clone()), ..FilePayload::default() };
            Some(vec![Record::Event(event(decky, payload)?)])
        }
        PendingEffect::Rename { copy } if whole => Some(vec![Record::CopyChanged(copy.clone())]),
        PendingEffect::Deliver { email, copies } if done.iter().any(Option::is_some) => {
            // Some of the copies may not have got there; the others are what was sent.
            let there: Vec<&str> =
                pending.changes.iter().zip(done).filter(|(_, d)| d.is_some()).map(|(c, _)| c.path.as_str()).collect();
            let mut email = (**email).clone();
            if !there.contains(&email.eml_path.as_str()) {
                email.outcome = Outcome::Failure;
                if let EmailPayload::Ours(details) = &mut email.payload {
                    details.stage = EmailStage::Delivery;
                    (details.rc, details.stderr) = (1, Some("the first recipient's copy did not get there".to_owned()));
                }
            }
            let arrived = |copy: &&MailCopy| there.contains(&copy.path.as_str());
            let copies = copies.iter().filter(arrived).map(|copy| Record::Copy(copy.clone()));
            Some([Record::Email(email)].into_iter().chain(copies).collect())
        }
        PendingEffect::Create { .. }
        | PendingEffect::Edit { .. }
        | PendingEffect::Remove { .. }
        | PendingEffect::System { .. }
        | PendingEffect::Rename { .. }
        | PendingEffect::Deliver { .. } => None,
    }
}
