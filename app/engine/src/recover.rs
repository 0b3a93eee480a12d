//! Mending what a crash left: a pending plant either got to its decky or it didn't, and the decky
//! itself tells.

use decnet_domain::decky::{DeckyName, Station};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{Event, Outcome, Pending, content_hash};
use decnet_ports::{DriverError, PlantRecord, RepoError};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde_json::json;

use crate::{Outside, ids};

/// A plant that was begun later than this may still be under way.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// The largest file that is read back.
const LARGEST: usize = 8 << 20;

/// Goes through what is pending: a file that is there gets its row, a file that isn't is
/// forgotten, and one on a decky that can't be reached waits. `age` is how old a note must be.
pub(crate) async fn recover(
    outside: &Outside,
    now: Timestamp,
    after: After,
    rng: &mut (dyn Rng + Send),
) -> Result<usize, RepoError> {
    let mut mended = 0;
    for pending in outside.repo.pending_plants().await? {
        if after == After::Timeout && now.duration_since(pending.file.created_at) < GRACE {
            continue;
        }
        match is_there(outside, &pending).await {
            Ok(true) => {
                let record = record(pending, now, rng);
                tracing::info!(event = ?record.event.payload, "a plant of an earlier run was there; its row is mended");
                outside.repo.finish_plant(&record).await?;
                mended += 1;
            }
            Ok(false) => outside.repo.forget_plant(pending.id).await?,
            Err(error) => tracing::warn!(error = %error, "can't tell yet what became of an earlier plant"),
        }
    }
    Ok(mended)
}

/// What makes recovery look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// A new start: whatever is pending belongs to a run that is over.
    Start,
    /// Some ticks: only what is old enough.
    Timeout,
}

async fn is_there(outside: &Outside, pending: &Pending) -> Result<bool, DriverError> {
    let decky = DeckyName::new(pending.decky_name.as_str()).ok();
    let station = decky.and_then(|decky| Station::known(decky, &pending.container).ok());
    let (Some(station), Ok(path)) = (station, DeckyPath::new(pending.file.path.as_str())) else { return Ok(false) };
    match outside.driver.read_file(&station, &path, LARGEST).await {
        Ok(found) => Ok(found.is_some_and(|file| content_hash(&file.bytes) == pending.file.content_hash)),
        Err(DriverError::Refused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn record(pending: Pending, now: Timestamp, rng: &mut (dyn Rng + Send)) -> PlantRecord {
    let event = Event {
        id: ids::new(now, rng),
        ts: now,
        what: pending.what.event(),
        source: None,
        target: pending.file.decky.clone(),
        outcome: Outcome::Success,
        payload: json!({
            "dst_decky": pending.decky_name,
            "path": pending.file.path,
            "bytes": pending.file.last_body.len(),
            "rc": 0,
            "stderr": null,
            "content_hash": pending.file.content_hash,
            "synthetic_file_uuid": pending.file.id.0.to_string(),
            "recovered": true,
        }),
    };
    PlantRecord { pending: pending.id, event, file: Some(pending.file) }
}
