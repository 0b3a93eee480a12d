//! Files of ours that are no longer what we left: evidence, which is told of, marked, and kept as it is.

use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::record::{EventKind, FileId, FilePayload, content_hash};
use decnet_ports::{Completion, DriverError, FileContent, Record, Refusal, RepoError};

use crate::context::{TickContext, TickRng};
use crate::execution::{event, record};
use crate::tick::Mode;

/// The largest file that is edited, in bytes.
pub(crate) const LARGEST: usize = 4 << 20;

/// A file of ours, as its row has it.
#[derive(Clone, Copy)]
pub(crate) struct OwnFile<'a> {
    pub(crate) id: FileId,
    pub(crate) path: &'a DeckyPath,
    /// SHA-256 of what we left, 64 hexadecimal digits.
    pub(crate) hash: &'a str,
}

/// What is there instead.
#[derive(Default)]
pub(crate) struct Found {
    /// `changed`, `missing`, or why it can't be read.
    pub(crate) what: String,
    /// SHA-256 of it, where it can be read.
    pub(crate) hash: Option<String>,
    /// Its size in bytes.
    pub(crate) bytes: u64,
}

/// What stands in a file, if it is still what we left there. What isn't is told of and never written again; a
/// deleted file stays deleted.
pub(crate) async fn read_ours(
    ctx: &TickContext<'_>,
    site: &Site,
    file: OwnFile<'_>,
    rng: TickRng<'_>,
) -> Result<Option<FileContent>, RepoError> {
    let found = match ctx.ports.driver.read_file(&site.container, file.path, LARGEST).await {
        Ok(Some(content)) => {
            let hash = content_hash(&content.bytes);
            if hash == file.hash {
                return Ok(Some(content));
            }
            Found { what: "changed".to_owned(), hash: Some(hash), bytes: content.bytes.len() as u64 }
        }
        Ok(None) => Found { what: "missing".to_owned(), ..Found::default() },
        // A log grows by other hands than ours; nothing else of ours is that large.
        Err(DriverError::Refused { reason: Refusal::TooLarge, .. }) if file.path.is_below("/var/log") => {
            return Ok(None);
        }
        Err(DriverError::Refused { reason, .. }) => Found { what: reason.to_string(), ..Found::default() },
        Err(error) => {
            ctx.state.facts.record_failure(&site.container, &error, ctx.now.timestamp());
            return Ok(None);
        }
    };
    if ctx.mode == Mode::Act {
        mark(ctx, site, file, found, rng).await?;
    }
    Ok(None)
}

/// Gives a file up and tells of it, once.
pub(crate) async fn mark(
    ctx: &TickContext<'_>,
    site: &Site,
    file: OwnFile<'_>,
    found: Found,
    rng: TickRng<'_>,
) -> Result<(), RepoError> {
    if !ctx.state.abandon(file.id) {
        return Ok(());
    }
    tracing::warn!(decky = site.decky_name, path = %file.path, found = found.what, "a file of ours was changed or removed; left alone from now on");
    let payload = FilePayload {
        dst_decky: site.decky_name.clone(),
        path: file.path.to_string(),
        bytes: found.bytes,
        persona: Some(site.persona.clone()),
        content_hash: Some(file.hash.to_owned()),
        synthetic_file_uuid: Some(file.id.0.to_string()),
        found: Some(found.what),
        found_hash: found.hash,
        ..FilePayload::default()
    };
    let event = event(ctx, EventKind::FileTampered, &site.decky, payload.into(), rng);
    let records = vec![Record::FileTampered(file.id, ctx.now.timestamp()), Record::Event(event)];
    record(ctx.ports, Completion { pending: None, records }).await
}
