//! The logs of a host without a daemon of its own: planted as one family, gone on with, rotated.

use std::sync::OnceLock;

use decnet_domain::agenda::Intensity;
use decnet_domain::artifact::Artifact;
use decnet_domain::body::Body;
use decnet_domain::calendar::Calendar;
use decnet_domain::content_class::ContentClass;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Actor;
use decnet_domain::index::PersonaIndex;
use decnet_domain::logs::content::{is_overdue, next_due, packed_or_not};
use decnet_domain::logs::host::LogHost;
use decnet_domain::logs::log_file::{LogFile, LogKind};
use decnet_domain::logs::login::{Login, LoginSpan, logins};
use decnet_domain::logs::plan::{log_artifact, log_begun, log_closed, log_file, log_goes_on, remembered_as_root};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::record::{Event, FileId, SyntheticFile};
use decnet_ports::RepoError;
use jiff::Timestamp;

use crate::append::{Append, remember};
use crate::context::{TickContext, TickRng};
use crate::execution::is_under_way;
use crate::files::{NewContent, PlantOutcome, plant};
use crate::tampering::{OwnFile, read_ours};
use crate::tick::Mode;

/// What is appended is of the last days; what was logged while nobody was there to write it is left out.
const LATELY: i64 = 3;
/// A whole family of logs goes back so many days.
const FAMILY: i64 = 36;

/// Brings a host's logs up to the moment: plants the whole family where there is none, appends what has
/// been logged since, and rotates when it is time. The event of the last thing done comes back; `None` when
/// nothing was due.
pub(crate) async fn bring_up_to_date(
    ctx: &TickContext<'_>,
    actor: Actor<'_>,
    facts: &HostFacts,
    rng: TickRng<'_>,
) -> Result<Option<Event>, RepoError> {
    if !facts.keeps_logs() || ctx.mode == Mode::DryRun {
        return Ok(None);
    }
    let site = Site::of(actor);
    if is_under_way(ctx, &site, |path| path.starts_with("/var/log/")).await? {
        // An action of unknown fate: recovery finds out first what ought to stand there.
        return Ok(None);
    }
    let lately = logins_of(ctx, actor, facts, LATELY);
    let mut upkeep = LogUpkeep { ctx, actor, site, facts, lately, all: OnceLock::new(), rng, last: None };
    for kind in LogKind::of_host(facts) {
        upkeep.log(*kind).await?;
        if upkeep.is_resting() {
            break;
        }
    }
    Ok(upkeep.last)
}

/// When a host's logs have something new; `None` where they aren't ours.
pub(crate) fn due(ctx: &TickContext<'_>, actor: Actor<'_>, facts: &HostFacts) -> Option<Timestamp> {
    if !facts.keeps_logs() {
        return None;
    }
    let logins = logins_of(ctx, actor, facts, LATELY);
    let host = log_host(ctx, actor, facts, &logins);
    Some(next_due(&host, &facts.host_time(ctx.now)))
}

/// One host's logs being brought up to the moment.
struct LogUpkeep<'a> {
    ctx: &'a TickContext<'a>,
    actor: Actor<'a>,
    site: Site,
    facts: &'a HostFacts,
    /// Who was logged in lately.
    lately: Vec<Login>,
    /// Who was logged in in all the time that a new family of logs tells of: drawn once, where one of the logs is
    /// new.
    all: OnceLock<Vec<Login>>,
    rng: TickRng<'a>,
    /// The last event.
    last: Option<Event>,
}

impl LogUpkeep<'_> {
    fn is_resting(&self) -> bool {
        self.ctx.state.facts.is_resting(self.actor.container, self.ctx.now.timestamp())
    }

    async fn log(&mut self, kind: LogKind) -> Result<(), RepoError> {
        let now = self.facts.host_time(self.ctx.now);
        let live = LogFile::live(kind);
        let Some(row) = self.row(live).await? else { return self.family(kind).await };
        if self.ctx.state.is_abandoned(row.id) {
            return Ok(());
        }
        let Some((bytes, mtime)) = self.kept(&row).await? else { return Ok(()) };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        if kind == LogKind::Auth {
            self.remember_root(mtime).await;
        }
        let lately = std::mem::take(&mut self.lately);
        let host = log_host(self.ctx, self.actor, self.facts, &lately);
        let done = if is_overdue(&text, &host, &now) {
            let closed = log_closed(&text, mtime, &host, &now, kind);
            let begun = log_file(live, &host, &now).or_else(|| log_begun(live, &host, &now));
            self.rotate(kind, &row, closed, begun).await
        } else if let Some(artifact) = log_goes_on(live, &text, &host, &now) {
            self.plant(live, &artifact, Some((row.id, row.content_hash))).await.map(drop)
        } else {
            Ok(())
        };
        self.lately = lately;
        done
    }

    /// A log that isn't there yet, from the oldest file to the one that is written.
    async fn family(&mut self, kind: LogKind) -> Result<(), RepoError> {
        let now = self.facts.host_time(self.ctx.now);
        let (ctx, actor, facts) = (self.ctx, self.actor, self.facts);
        let files: Vec<(LogFile, Artifact)> = {
            let logins = self.all.get_or_init(|| logins_of(ctx, actor, facts, FAMILY));
            let host = log_host(ctx, actor, facts, logins);
            let file = |age| LogFile { kind, age };
            (0..=facts.rotation.keep).rev().map(file).filter_map(|f| Some((f, log_file(f, &host, &now)?))).collect()
        };
        for (file, artifact) in files {
            self.plant(file, &artifact, None).await?;
            if self.is_resting() {
                break;
            }
        }
        if kind == LogKind::Auth {
            self.remember_root(Timestamp::UNIX_EPOCH).await;
        }
        Ok(())
    }

    /// Every old log takes the place of the next older one, byte for byte; the oldest goes. From the
    /// oldest on, and no further than it works, so that what goes wrong leaves a log twice, and loses none.
    async fn rotate(
        &mut self,
        kind: LogKind,
        live: &SyntheticFile,
        closed: (String, Timestamp),
        begun: Option<Artifact>,
    ) -> Result<(), RepoError> {
        for age in (1..=self.facts.rotation.keep).rev() {
            let younger = LogFile { kind, age: age - 1 };
            let (body, mtime) = if age == 1 {
                (packed_or_not(closed.0.clone(), closed.1, age, self.facts), closed.1)
            } else {
                let Some(row) = self.row(younger).await? else { continue };
                if self.ctx.state.is_abandoned(row.id) {
                    continue;
                }
                let Some((bytes, mtime)) = self.kept(&row).await? else { continue };
                match String::from_utf8(bytes) {
                    Ok(text) => (packed_or_not(text, mtime, age, self.facts), mtime),
                    // It is packed already.
                    Err(packed) => (Body::Bytes(packed.into_bytes()), mtime),
                }
            };
            let file = LogFile { kind, age };
            let edited = match self.row(file).await? {
                None => None,
                Some(row) if self.ctx.state.is_abandoned(row.id) => continue,
                Some(row) => Some((row.id, row.content_hash)),
            };
            let Some(artifact) = log_artifact(file, body, mtime, self.facts) else { continue };
            if !self.plant(file, &artifact, edited).await? {
                return Ok(());
            }
        }
        if let Some(artifact) = begun {
            let edited = Some((live.id, live.content_hash.clone()));
            self.plant(LogFile::live(kind), &artifact, edited).await?;
        }
        Ok(())
    }

    /// The bytes of a log, if they are still as we left them, and the time it was written, to the nanosecond.
    async fn kept(&mut self, row: &SyntheticFile) -> Result<Option<(Vec<u8>, Timestamp)>, RepoError> {
        let Ok(path) = DeckyPath::new(row.path.as_str()) else { return Ok(None) };
        let own = OwnFile { id: row.id, path: &path, hash: &row.content_hash };
        let Some(file) = read_ours(self.ctx, &self.site, own, self.rng).await? else { return Ok(None) };
        let stat = self.ctx.ports.driver.stat(self.actor.container, &[path]).await;
        let mtime = stat.ok().and_then(|found| found.first().copied().flatten()).map_or(row.last_modified, |l| l.mtime);
        Ok(Some((file.bytes, mtime)))
    }

    async fn row(&self, file: LogFile) -> Result<Option<SyntheticFile>, RepoError> {
        let Ok(path) = DeckyPath::new(file.path(self.facts)) else { return Ok(None) };
        self.ctx.ports.repo.file_at(&self.actor.decky.id, &path).await
    }

    /// Whether the log is there now.
    async fn plant(
        &mut self,
        file: LogFile,
        artifact: &Artifact,
        edited: Option<(FileId, String)>,
    ) -> Result<bool, RepoError> {
        let class = if file.kind == LogKind::Cron { ContentClass::LogCron } else { ContentClass::LogDaemon };
        let content = NewContent { class, artifact, edited, work_item: None };
        match plant(self.ctx, &self.site, content, self.rng).await? {
            PlantOutcome::Acted(event) => {
                let went = event.outcome.is_success();
                self.last = Some(*event);
                Ok(went)
            }
            PlantOutcome::Taken => Ok(false),
        }
    }

    /// What was run as root since then is put into the histories of those who ran it.
    async fn remember_root(&mut self, since: Timestamp) {
        let host = log_host(self.ctx, self.actor, self.facts, &self.lately);
        let ran: Vec<_> = remembered_as_root(&host, since, self.ctx.now.timestamp())
            .filter_map(|(account, lines)| {
                Some((DeckyPath::under(&account.home, ".bash_history").ok()?, account.owner, lines))
            })
            .collect();
        for (path, owner, lines) in ran {
            let append = Append { site: &self.site, path, owner, lines: &lines };
            remember(self.ctx, append, |_| false, self.rng).await;
        }
    }
}

fn log_host<'a>(ctx: &TickContext<'a>, actor: Actor<'a>, facts: &'a HostFacts, logins: &'a [Login]) -> LogHost<'a> {
    LogHost { name: actor.host(facts), key: actor.log_key(), facts, pack: ctx.ports.content.system(), logins }
}

fn logins_of(ctx: &TickContext<'_>, actor: Actor<'_>, facts: &HostFacts, days: i64) -> Vec<Login> {
    let people: Vec<_> = actor
        .colleagues
        .iter()
        .enumerate()
        .map(|(who, persona)| (persona, actor.world.person(PersonaIndex::new(who))))
        .collect();
    let residents = people.iter().filter(|(persona, _)| facts.has_account(persona)).count();
    let intensity: Intensity = ctx.profile.share(residents);
    let holidays = ctx.ports.content.holidays();
    let calendar = |persona: &_, key| Calendar::of(persona, key, holidays);
    logins(&people, &actor.decky.id, facts, calendar, LoginSpan { intensity, days, now: ctx.now })
}
