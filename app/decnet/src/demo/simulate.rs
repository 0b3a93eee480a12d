//! Engines, ticked at simulated times, and a line for each day that has passed.

use std::collections::{BTreeMap, BTreeSet};

use decnet_domain::path::DeckyPath;
use decnet_domain::record::{EmailRecord, Event, EventKind};
use decnet_engine::{Engine, FileOutcome, Ports, Tick};
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio_util::sync::CancellationToken;

use super::day::Day;
use crate::print::say;

/// The fleet is looked at again after so much simulated time: nobody else changes it meanwhile.
pub(crate) const STEP: SignedDuration = SignedDuration::from_hours(24);

/// What happened, told by action and by file.
#[derive(Default)]
pub(crate) struct Story {
    /// How often which action went well, and how often not.
    pub(crate) actions: BTreeMap<&'static str, (u32, u32)>,
    /// Ticks in which a person left things alone, or nobody was at work.
    pub(crate) quiet: u32,
    /// Each state of each file in a home, by decky and path.
    pub(crate) files: BTreeMap<(String, String), Vec<State>>,
    /// The files that tell of a work item, by its number.
    pub(crate) told: BTreeMap<u32, BTreeSet<(String, String)>>,
    /// Every mail.
    pub(crate) mails: Vec<EmailRecord>,
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

/// Simulated time.
pub(crate) struct Simulation<'a> {
    ports: &'a Ports,
    stop: &'a CancellationToken,
    story: Story,
    /// The day under way, and what happened on it.
    today: Option<(Zoned, Day)>,
}

impl<'a> Simulation<'a> {
    pub(crate) fn new(ports: &'a Ports, stop: &'a CancellationToken) -> Self {
        Self { ports, stop, story: Story::default(), today: None }
    }

    /// Lets `engine` act from `begin` to `end`, or until the stop.
    pub(crate) async fn live(&mut self, engine: &mut Engine, begin: &Zoned, end: &Zoned) -> anyhow::Result<()> {
        let mut now = begin.clone();
        while now <= *end && !self.stop.is_cancelled() {
            let mut day = self.day(&now);
            for tick in engine.due(&now).await? {
                self.note(&mut day, tick).await?;
            }
            self.today = Some((now.clone(), day));
            // On to the next moment at which somebody acts.
            let next = engine.next_due().unwrap_or(now.timestamp() + STEP).min(now.timestamp() + STEP);
            now = next.max(now.timestamp() + SignedDuration::from_nanos(1)).to_zoned(now.time_zone().clone());
        }
        Ok(())
    }

    /// What happened in all.
    pub(crate) fn end(mut self) -> Story {
        self.tell();
        self.story
    }

    /// The day of `now`; the one before it is told of.
    fn day(&mut self, now: &Zoned) -> Day {
        if self.today.as_ref().is_some_and(|(today, _)| today.date() != now.date()) {
            self.tell();
        }
        self.today.take().map(|(_, day)| day).unwrap_or_default()
    }

    fn tell(&mut self) {
        if let Some((today, day)) = self.today.take() {
            say!("  {}", day.line(&today));
        }
    }

    async fn note(&mut self, day: &mut Day, tick: Tick) -> anyhow::Result<()> {
        let (action, is_success) = match &tick {
            Tick::Traffic(event) | Tick::File(FileOutcome::Acted(event)) => {
                (event.what.action(), event.outcome.is_success())
            }
            Tick::Mail(mail) => ("email", mail.outcome.is_success()),
            Tick::File(_) | Tick::TrafficPlanned(_) | Tick::Quiet => {
                self.story.quiet += 1;
                return Ok(());
            }
        };
        let (done, failed) = self.story.actions.entry(action).or_default();
        if !is_success {
            *failed += 1;
            day.failure();
            return Ok(());
        }
        *done += 1;
        match tick {
            Tick::Traffic(_) => day.session(),
            Tick::Mail(mail) => {
                day.mail();
                self.story.mails.push(*mail);
            }
            Tick::File(FileOutcome::Acted(event)) => self.remember(day, &event).await?,
            Tick::File(_) | Tick::TrafficPlanned(_) | Tick::Quiet => {}
        }
        Ok(())
    }

    async fn remember(&mut self, day: &mut Day, event: &Event) -> anyhow::Result<()> {
        let Some(details) = event.payload.file() else { return Ok(()) };
        if details.path.starts_with("/var/log/") {
            day.log();
            return Ok(());
        }
        let path = DeckyPath::new(details.path.as_str())?;
        let Some(file) = self.ports.repo.file_at(&event.target, &path).await? else { return Ok(()) };
        day.file(event.what == EventKind::FileCreate, &file.path, &file.persona);
        if file.path.starts_with("/home/") {
            let mtime = details.mtime.as_ref().and_then(|at| at.parse().ok()).unwrap_or(file.last_modified);
            let state = State { at: event.ts, mtime, body: file.last_body };
            let at = (details.dst_decky.clone(), file.path);
            if let Some(number) = details.work_item {
                self.story.told.entry(number).or_default().insert(at.clone());
            }
            self.story.files.entry(at).or_default().push(state);
        }
        Ok(())
    }
}
