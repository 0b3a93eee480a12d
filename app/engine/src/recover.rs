//! Mending what a crash left: a pending plant either got to its decky or it didn't, and the decky
//! itself tells.

use std::collections::BTreeSet;

use decnet_domain::decky::{ContainerRef, DeckyName};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{Event, Outcome, Pending, PendingKind, content_hash};
use decnet_ports::{DriverError, PlantRecord, RepoError};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde_json::{Value, json};

use crate::{Ports, ids};

/// What was begun less long ago may still be under way in the container, whoever asked for it.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// The largest file that is read back.
const LARGEST: usize = 8 << 20;

/// Goes through what is pending: a file that is there gets its row, a file that isn't is
/// forgotten once it can't come any more, and one on a decky that can't be reached waits. Returns
/// the events of what was mended.
pub(crate) async fn recover(
    ports: &Ports,
    now: Timestamp,
    rng: &mut (dyn Rng + Send),
) -> Result<Vec<Event>, RepoError> {
    let mut mended = Vec::new();
    // A container that doesn't answer is asked once, and not once a note.
    let mut away = BTreeSet::new();
    for pending in ports.repo.pending_plants().await? {
        if away.contains(&pending.container) {
            continue;
        }
        match size_if_there(ports, &pending).await {
            Ok(Some(size)) => {
                let record = record(pending, size, now, rng);
                tracing::info!(event = %record.event.payload, "an earlier plant was there; its row is mended");
                ports.repo.finish_plant(&record).await?;
                mended.push(record.event);
            }
            Ok(None) if now.duration_since(pending.file.created_at) < GRACE => {}
            Ok(None) => ports.repo.forget_plant(pending.id).await?,
            Err(error) => {
                tracing::warn!(error = %error, "can't tell yet what became of an earlier plant");
                away.insert(pending.container);
            }
        }
    }
    Ok(mended)
}

/// The size of the file, if it is what was to be planted.
async fn size_if_there(ports: &Ports, pending: &Pending) -> Result<Option<usize>, DriverError> {
    let decky = DeckyName::new(pending.decky_name.as_str()).ok();
    let container = decky.and_then(|decky| ContainerRef::known(decky, &pending.container).ok());
    let (Some(container), Ok(path)) = (container, DeckyPath::new(pending.file.path.as_str())) else { return Ok(None) };
    match ports.driver.read_file(&container, &path, LARGEST).await {
        Ok(found) => {
            Ok(found.filter(|file| content_hash(&file.bytes) == pending.file.content_hash).map(|file| file.bytes.len()))
        }
        Err(DriverError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn record(pending: Pending, size: usize, now: Timestamp, rng: &mut (dyn Rng + Send)) -> PlantRecord {
    let mut event = Event {
        id: ids::new(now, rng),
        ts: now,
        what: pending.what.event(),
        source: None,
        target: pending.file.decky.clone(),
        outcome: Outcome::Success,
        payload: json!({
            "dst_decky": pending.decky_name,
            "path": pending.file.path,
            "bytes": size,
            "rc": 0,
            "stderr": null,
            "content_hash": pending.file.content_hash,
            "synthetic_file_uuid": pending.file.id.0.to_string(),
            "recovered": true,
        }),
    };
    if let (PendingKind::Edit, Value::Object(fields)) = (pending.what, &mut event.payload) {
        fields.insert("new_body_bytes".to_owned(), json!(size));
    }
    PlantRecord { pending: pending.id, event, file: Some(pending.file) }
}
