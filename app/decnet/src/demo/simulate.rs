//! Two weeks in a few seconds: the same engine, ticked at simulated times.

use std::collections::BTreeMap;

use decnet_domain::path::DeckyPath;
use decnet_domain::record::{Event, EventKind};
use decnet_engine::{Engine, FileOutcome, Ports, Tick};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio_util::sync::CancellationToken;

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
    let total = end.timestamp().duration_since(begin.timestamp()).as_secs().max(0).unsigned_abs();
    let style = ProgressStyle::with_template("{msg:32} [{bar:40}] {percent}%")?.progress_chars("=> ");
    let bar = ProgressBar::new(total).with_style(style);
    let mut story = Story::default();
    let mut now = begin.clone();
    while now <= *end && !stop.is_cancelled() {
        bar.set_message(now.strftime("living %a %d %b %Y, %H:%M").to_string());
        bar.set_position(now.timestamp().duration_since(begin.timestamp()).as_secs().max(0).unsigned_abs());
        for tick in engine.due(&now).await? {
            match tick {
                Tick::Traffic(event) => count(&mut story, &event),
                Tick::File(FileOutcome::Acted(event)) => {
                    count(&mut story, &event);
                    remember(&mut story, ports, &event).await?;
                }
                Tick::Mail(mail) => {
                    let entry = story.actions.entry("email").or_default();
                    if mail.outcome.is_success() { entry.0 += 1 } else { entry.1 += 1 }
                }
                Tick::File(_) | Tick::TrafficPlanned(_) | Tick::Quiet => story.quiet += 1,
            }
        }
        // On to the next moment at which somebody acts.
        let next = engine.next_due().unwrap_or(now.timestamp() + step).min(now.timestamp() + step);
        let next = next.max(now.timestamp() + SignedDuration::from_nanos(1));
        now = next.to_zoned(now.time_zone().clone());
    }
    bar.finish_and_clear();
    Ok(story)
}

fn count(story: &mut Story, event: &Event) {
    let entry = story.actions.entry(event.what.action()).or_default();
    if event.outcome.is_success() { entry.0 += 1 } else { entry.1 += 1 }
}

async fn remember(story: &mut Story, ports: &Ports, event: &Event) -> anyhow::Result<()> {
    if event.what == EventKind::TcpConnect || !event.outcome.is_success() {
        return Ok(());
    }
    let Some(details) = event.payload.file() else { return Ok(()) };
    let path = DeckyPath::new(details.path.as_str())?;
    let Some(file) = ports.repo.file_at(&event.target, &path).await? else { return Ok(()) };
    let mtime = details.mtime.as_ref().and_then(|at| at.parse().ok()).unwrap_or(file.last_modified);
    let key = (details.dst_decky.clone(), file.path);
    story.files.entry(key).or_default().push(State { at: event.ts, mtime, body: file.last_body });
    Ok(())
}
