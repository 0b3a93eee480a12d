//! The same engine, ticked at simulated times, and a line for each day that it has lived.

use std::collections::BTreeMap;

use decnet_domain::path::DeckyPath;
use decnet_domain::record::{Event, EventKind};
use decnet_engine::{Engine, FileOutcome, Ports, Tick};
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio_util::sync::CancellationToken;

use super::day::Day;
use crate::print::say;

/// What happened, told by action and by file.
#[derive(Default)]
pub(crate) struct Story {
    /// How often which action went well, and how often not.
    pub(crate) actions: BTreeMap<&'static str, (u32, u32)>,
    /// Ticks in which a person left things alone, or nobody was at work.
    pub(crate) quiet: u32,
    /// Each state of each file that was written, by decky and path.
    pub(crate) files: BTreeMap<(String, String), Vec<State>>,
}

/// A file at one moment.
pub(crate) struct State {
    /// When it was written, in simulated time.
    pub(crate) at: Timestamp,
    /// Its modification time.
    pub(crate) mtime: Timestamp,
    /// What stood in it.
    pub(crate) body: String,
}

pub(crate) async fn live(
    engine: &mut Engine,
    ports: &Ports,
    begin: &Zoned,
    end: &Zoned,
    step: SignedDuration,
    stop: &CancellationToken,
) -> anyhow::Result<Story> {
    let mut story = Story::default();
    let mut now = begin.clone();
    let mut day = Day::default();
    while now <= *end && !stop.is_cancelled() {
        for tick in engine.due(&now).await? {
            match tick {
                Tick::Traffic(event) => {
                    count(&mut story, &event);
                    if event.outcome.is_success() { day.session() } else { day.failure() }
                }
                Tick::File(FileOutcome::Acted(event)) => {
                    count(&mut story, &event);
                    remember(&mut story, &mut day, ports, &event).await?;
                }
                Tick::Mail(mail) => {
                    let entry = story.actions.entry("email").or_default();
                    if mail.outcome.is_success() {
                        entry.0 += 1;
                        day.mail();
                    } else {
                        entry.1 += 1;
                        day.failure();
                    }
                }
                Tick::File(_) | Tick::TrafficPlanned(_) | Tick::Quiet => story.quiet += 1,
            }
        }
        // On to the next moment at which somebody acts.
        let next = engine.next_due().unwrap_or(now.timestamp() + step).min(now.timestamp() + step);
        let next = next.max(now.timestamp() + SignedDuration::from_nanos(1)).to_zoned(now.time_zone().clone());
        if next.date() != now.date() || next > *end {
            say!("  {}", std::mem::take(&mut day).line(&now));
        }
        now = next;
    }
    Ok(story)
}

fn count(story: &mut Story, event: &Event) {
    let entry = story.actions.entry(event.what.action()).or_default();
    if event.outcome.is_success() { entry.0 += 1 } else { entry.1 += 1 }
}

async fn remember(story: &mut Story, day: &mut Day, ports: &Ports, event: &Event) -> anyhow::Result<()> {
    if !event.outcome.is_success() {
        day.failure();
    }
    if event.what == EventKind::TcpConnect || !event.outcome.is_success() {
        return Ok(());
    }
    let Some(details) = event.payload.file() else { return Ok(()) };
    let path = DeckyPath::new(details.path.as_str())?;
    let Some(file) = ports.repo.file_at(&event.target, &path).await? else { return Ok(()) };
    day.file(event.what == EventKind::FileCreate, &file.path, &file.persona);
    let mtime = details.mtime.as_ref().and_then(|at| at.parse().ok()).unwrap_or(file.last_modified);
    let key = (details.dst_decky.clone(), file.path);
    story.files.entry(key).or_default().push(State { at: event.ts, mtime, body: file.last_body });
    Ok(())
}
