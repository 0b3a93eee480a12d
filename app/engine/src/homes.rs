//! The small files of a home that people's doings leave behind: keys, known hosts, shell history.

use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::noise::Key;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{DriverError, PlantMode, PlantRequest};
use jiff::{SignedDuration, Timestamp};

use crate::files::{LARGEST, TickContext};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It was there already.
    There,
    /// It is there now.
    Added,
}

/// Adds lines to a small file of somebody's, unless `is_there` finds them; what is there stays.
pub(crate) async fn add_lines(
    ctx: &TickContext<'_>,
    container: &ContainerRef,
    path: DeckyPath,
    owner: Owner,
    lines: &str,
    is_there: impl Fn(&str) -> bool,
) -> Result<Line, DriverError> {
    let driver = &ctx.ports.driver;
    let was = driver.read_file(container, &path, LARGEST).await?;
    let mut bytes = was.as_ref().map(|file| file.bytes.clone()).unwrap_or_default();
    if is_there(&String::from_utf8_lossy(&bytes)) {
        return Ok(Line::There);
    }
    append_lines(&mut bytes, lines);
    let request = PlantRequest {
        mtime: about_now(ctx.now.timestamp(), container, &path),
        path,
        bytes,
        owner,
        mode: 0o600,
        plant: match was {
            Some(file) => PlantMode::Replace { was: content_hash(&file.bytes) },
            None => PlantMode::CreateNew,
        },
        folder_mode: 0o700,
    };
    driver.plant_file(container, &request).await.map(|_| Line::Added)
}

/// Puts lines at the end, on lines of their own.
fn append_lines(bytes: &mut Vec<u8>, lines: &str) {
    if bytes.last().is_some_and(|b| *b != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(lines.as_bytes());
}

/// A moment ago: what one action leaves in several places was not written at one and the same nanosecond.
fn about_now(now: Timestamp, container: &ContainerRef, path: &DeckyPath) -> Timestamp {
    let noise = Key::of(1).text(container.name()).text(path.as_str()).at(now);
    now - SignedDuration::from_nanos(noise.below(2_400_000_000).cast_signed())
}
