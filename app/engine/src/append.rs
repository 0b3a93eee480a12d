//! Lines are added to small files of a home that have no row: shell histories, known hosts, authorized keys.

use decnet_domain::account::Owner;
use decnet_domain::noise::Key;
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::record::{EventKind, FilePayload, PendingEffect, SystemChange, content_hash};
use decnet_ports::{DriverError, PlantMode, PlantRequest, Record, RepoError};
use jiff::{SignedDuration, Timestamp};

use crate::context::{TickContext, TickRng};
use crate::execution::{Change, Operation, carry_out, event, finish};
use crate::tampering::LARGEST;

/// What is added, and where.
pub(crate) struct Append<'a> {
    pub(crate) site: &'a Site,
    pub(crate) path: DeckyPath,
    pub(crate) owner: Owner,
    /// The lines, each with its line end.
    pub(crate) lines: &'a str,
}

/// Why lines weren't added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    #[error(transparent)]
    Driver(#[from] DriverError),
    #[error(transparent)]
    Repo(#[from] RepoError),
}

/// Adds lines to a small file of somebody's, unless `is_there` finds them in it; what is there stays.
pub(crate) async fn append_lines(
    ctx: &TickContext<'_>,
    append: Append<'_>,
    is_there: impl Fn(&str) -> bool,
    rng: TickRng<'_>,
) -> Result<(), AppendError> {
    let Append { site, path, owner, lines } = append;
    let was = ctx.ports.driver.read_file(&site.container, &path, LARGEST).await?;
    let mut bytes = was.as_ref().map(|file| file.bytes.clone()).unwrap_or_default();
    if is_there(&String::from_utf8_lossy(&bytes)) {
        return Ok(());
    }
    add_lines(&mut bytes, lines);
    let mut payload = FilePayload {
        dst_decky: site.decky_name.clone(),
        path: path.to_string(),
        bytes: bytes.len() as u64,
        persona: Some(site.persona.clone()),
        ..FilePayload::default()
    };
    let request = PlantRequest {
        mtime: about_now(ctx, site, &path),
        path,
        bytes,
        owner,
        mode: 0o600,
        plant: match was {
            Some(file) => PlantMode::Replace { was: content_hash(&file.bytes) },
            None => PlantMode::CreateNew,
        },
        folder_mode: 0o700,
        beside: &[],
    };
    let change = SystemChange::Append;
    let effect = PendingEffect::System { change, decky: site.decky.clone(), persona: site.persona.clone() };
    let operation = Operation::at(&site.container, &site.decky_name, Change::Plant(vec![request]), effect);
    let carried = carry_out(ctx, operation, rng).await?;
    if let Some(error) = carried.error() {
        (payload.rc, payload.stderr) = (error.rc(), Some(error.stderr()));
    }
    let event = event(ctx, EventKind::FileAppend, &site.decky, payload.into(), rng);
    finish(ctx, &carried, vec![Record::Event(event)]).await?;
    carried.results.into_iter().next().unwrap_or(Ok(())).map_err(AppendError::Driver)
}

/// Adds what the host itself remembers of an action. What goes wrong with it stops nothing.
pub(crate) async fn remember(
    ctx: &TickContext<'_>,
    append: Append<'_>,
    is_there: impl Fn(&str) -> bool,
    rng: TickRng<'_>,
) {
    let (decky, path) = (&append.site.decky_name, append.path.clone());
    let container = append.site.container.clone();
    if let Err(error) = append_lines(ctx, append, is_there, rng).await {
        if let AppendError::Driver(error) = &error {
            ctx.state.facts.record_failure(&container, error, ctx.now.timestamp());
        }
        tracing::debug!(decky, path = %path, error = %error, "what the host remembers of an action was not written");
    }
}

/// Puts lines at the end, on lines of their own.
pub(crate) fn add_lines(bytes: &mut Vec<u8>, lines: &str) {
    if bytes.last().is_some_and(|b| *b != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(lines.as_bytes());
}

/// A moment ago: what one action leaves in several places was not written at one and the same nanosecond.
fn about_now(ctx: &TickContext<'_>, site: &Site, path: &DeckyPath) -> Timestamp {
    let now = ctx.now.timestamp();
    let noise: Key = ctx.key.text("append").text(site.container.name()).text(path.as_str()).at(now);
    now - SignedDuration::from_nanos(noise.below(2_400_000_000).cast_signed())
}
