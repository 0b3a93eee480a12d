//! The logs of a host without a daemon of its own: planted as one family, gone on with, rotated.

use std::sync::OnceLock;

use decnet_domain::agenda::Intensity;
use decnet_domain::bodies::Body;
use decnet_domain::bodies::log::{LogHost, Login, is_overdue, next_due, packed_or_not};
use decnet_domain::calendar::Calendar;
use decnet_domain::content_class::ContentClass;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Actor;
use decnet_domain::index::PersonaIndex;
use decnet_domain::naming::{LogFile, LogKind};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::Site;
use decnet_domain::planner::logs::{
    log_artifact, log_begun, log_closed, log_file, log_goes_on, logins, remembered_as_root,
};
use decnet_domain::record::SyntheticFile;
use decnet_ports::RepoError;
use jiff::Timestamp;

use crate::Mode;
use crate::files::{FileOutcome, Files, TickContext, TickRng, ToPlant};
use crate::homes::add_lines;

/// What is appended is of the last days; what was logged while nobody was there to write it is left out.
const LATELY: i64 = 3;
/// A whole family of logs goes back five weeks.
const FAMILY: i64 = 36;

impl Files {
    /// Brings a host's logs up to the moment: plants the whole family where there is none, appends
    /// what has been logged since, and rotates when it is time. The last thing done is what comes
    /// back; everything before it is recorded and told like any other. `None` when nothing was due.
    pub(crate) async fn logs(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        if !Self::keeps_logs(facts) || ctx.mode == Mode::DryRun {
            return Ok(None);
        }
        if self.is_under_way(ctx, actor, |at| at.starts_with("/var/log/")).await? {
            // A plant of unknown fate: recovery finds out first what ought to stand there.
            return Ok(None);
        }
        let logins = Logins { lately: logins_of(ctx, actor, facts, LATELY), all: OnceLock::new() };
        let mut done = Done { ctx, last: None };
        for kind in LogKind::of_host(facts) {
            self.log(ctx, actor, facts, *kind, &logins, &mut done, rng).await?;
            if self.facts.is_resting(actor.container, ctx.now.timestamp()) {
                break;
            }
        }
        Ok(done.last)
    }

    #[expect(clippy::too_many_arguments, reason = "what one log needs")]
    async fn log(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        kind: LogKind,
        logins: &Logins,
        done: &mut Done<'_>,
        rng: TickRng<'_>,
    ) -> Result<(), RepoError> {
        let host = log_host(ctx, actor, facts, &logins.lately);
        let now = facts.host_time(ctx.now);
        let live = LogFile::live(kind);
        let Some(row) = self.row(ctx, actor, live, facts).await? else {
            let logins = logins.all.get_or_init(|| logins_of(ctx, actor, facts, FAMILY));
            let host = LogHost { logins, ..host };
            // From the oldest to the one that is written.
            for age in (0..=facts.rotation.keep).rev() {
                let file = LogFile { kind, age };
                if let Some(artifact) = log_file(file, &host, &now) {
                    done.add(self.plant_log(ctx, actor, file, ToPlant::of(&artifact, None), rng).await?);
                }
                if self.facts.is_resting(actor.container, ctx.now.timestamp()) {
                    break;
                }
            }
            if kind == LogKind::Auth {
                remember_root(ctx, actor, &host, Timestamp::UNIX_EPOCH).await;
            }
            return Ok(());
        };
        if self.is_abandoned(row.id) {
            return Ok(());
        }
        let Some((bytes, mtime)) = self.kept(ctx, actor, &row, rng).await? else { return Ok(()) };
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        if kind == LogKind::Auth {
            remember_root(ctx, actor, &host, mtime).await;
        }
        if is_overdue(&text, &host, &now) {
            let closed = log_closed(&text, mtime, &host, &now, kind);
            return self.rotate(ctx, actor, facts, &host, kind, &row, closed, done, rng).await;
        }
        if let Some(artifact) = log_goes_on(live, &text, &host, &now) {
            let edited = Some((row.id, row.content_hash));
            done.add(self.plant_log(ctx, actor, live, ToPlant::of(&artifact, edited), rng).await?);
        }
        Ok(())
    }

    /// Every old log takes the place of the next older one, byte for byte; the oldest goes. From the
    /// oldest on, and no further than it works, so that what goes wrong leaves a log twice, and none out.
    #[expect(clippy::too_many_arguments, reason = "what a rotation needs")]
    async fn rotate(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        facts: &HostFacts,
        host: &LogHost<'_>,
        kind: LogKind,
        live: &SyntheticFile,
        closed: (String, Timestamp),
        done: &mut Done<'_>,
        rng: TickRng<'_>,
    ) -> Result<(), RepoError> {
        for age in (1..=facts.rotation.keep).rev() {
            let younger = LogFile { kind, age: age - 1 };
            let (body, mtime) = if age == 1 {
                (packed_or_not(closed.0.clone(), closed.1, age, facts), closed.1)
            } else {
                let Some(row) = self.row(ctx, actor, younger, facts).await? else { continue };
                if self.is_abandoned(row.id) {
                    continue;
                }
                let Some((bytes, mtime)) = self.kept(ctx, actor, &row, rng).await? else { continue };
                match String::from_utf8(bytes) {
                    Ok(text) => (packed_or_not(text, mtime, age, facts), mtime),
                    // It is packed already.
                    Err(packed) => (Body::Packed(packed.into_bytes()), mtime),
                }
            };
            let file = LogFile { kind, age };
            let edited = match self.row(ctx, actor, file, facts).await? {
                None => None,
                Some(row) if self.is_abandoned(row.id) => continue,
                Some(row) => Some((row.id, row.content_hash)),
            };
            let Some(artifact) = log_artifact(file, body, mtime, facts) else { continue };
            let planted = self.plant_log(ctx, actor, file, ToPlant::of(&artifact, edited), rng).await?;
            let went = matches!(&planted, Some(FileOutcome::Acted(event)) if event.outcome.is_success());
            done.add(planted);
            if !went {
                return Ok(());
            }
        }
        let file = LogFile::live(kind);
        let now = facts.host_time(ctx.now);
        let artifact = log_file(file, host, &now).or_else(|| log_begun(file, host, &now));
        if let Some(artifact) = artifact {
            let edited = Some((live.id, live.content_hash.clone()));
            done.add(self.plant_log(ctx, actor, file, ToPlant::of(&artifact, edited), rng).await?);
        }
        Ok(())
    }

    /// The bytes of a log, if they are still as we left them, and the time it was written, to the nanosecond.
    async fn kept(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        row: &SyntheticFile,
        rng: TickRng<'_>,
    ) -> Result<Option<(Vec<u8>, Timestamp)>, RepoError> {
        let Ok(path) = DeckyPath::new(row.path.as_str()) else { return Ok(None) };
        let read = self.read_ours(ctx, &Site::of(actor), row.id, &path, &row.content_hash, rng).await?;
        let Some(file) = read else { return Ok(None) };
        let file_stat = ctx.ports.driver.stat(actor.container, &[path]).await;
        let mtime =
            file_stat.ok().and_then(|found| found.first().copied().flatten()).map_or(row.last_modified, |l| l.mtime);
        Ok(Some((file.bytes, mtime)))
    }

    async fn row(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        file: LogFile,
        facts: &HostFacts,
    ) -> Result<Option<SyntheticFile>, RepoError> {
        let Ok(path) = DeckyPath::new(file.path(facts)) else { return Ok(None) };
        ctx.ports.repo.file_at(&actor.decky.id, &path).await
    }

    async fn plant_log(
        &self,
        ctx: &TickContext<'_>,
        actor: Actor<'_>,
        file: LogFile,
        planted: ToPlant,
        rng: TickRng<'_>,
    ) -> Result<Option<FileOutcome>, RepoError> {
        let class = if file.kind == LogKind::Cron { ContentClass::LogCron } else { ContentClass::LogDaemon };
        self.plant(ctx, &Site::of(actor), class, planted, rng).await
    }
}

/// What was done so far: all but the last of it is told already.
struct Done<'a> {
    ctx: &'a TickContext<'a>,
    last: Option<FileOutcome>,
}

impl Done<'_> {
    fn add(&mut self, next: Option<FileOutcome>) {
        if let Some(next) = next
            && let Some(FileOutcome::Acted(before)) = self.last.replace(next)
        {
            self.ctx.ports.tell(&before);
        }
    }
}

/// When a host's logs have something new; `None` where they aren't ours.
pub(crate) fn due(ctx: &TickContext<'_>, actor: Actor<'_>, facts: &HostFacts) -> Option<Timestamp> {
    if !Files::keeps_logs(facts) {
        return None;
    }
    let logins = logins_of(ctx, actor, facts, LATELY);
    let host = log_host(ctx, actor, facts, &logins);
    Some(next_due(&host, &facts.host_time(ctx.now)))
}

/// What was run as root since then stands in the histories of those who ran it.
async fn remember_root(ctx: &TickContext<'_>, actor: Actor<'_>, host: &LogHost<'_>, since: Timestamp) {
    for (account, lines) in remembered_as_root(host, since, ctx.now.timestamp()) {
        let Ok(path) = DeckyPath::under(&account.home, ".bash_history") else { continue };
        if let Err(error) = add_lines(ctx, actor.container, path, account.owner, &lines, |_| false).await {
            tracing::debug!(decky = %actor.decky.name, error = %error, "the shell remembers nothing of it");
        }
    }
}

fn log_host<'a>(ctx: &TickContext<'a>, actor: Actor<'a>, facts: &'a HostFacts, logins: &'a [Login]) -> LogHost<'a> {
    LogHost { name: actor.host(facts), facts, pack: ctx.ports.content.system(), logins }
}

/// Who was logged in: lately, and in all the time that a new family of logs tells of.
struct Logins {
    lately: Vec<Login>,
    /// Drawn once for all the logs of a host, where one of them is new.
    all: OnceLock<Vec<Login>>,
}

fn logins_of(ctx: &TickContext<'_>, actor: Actor<'_>, facts: &HostFacts, days: i64) -> Vec<Login> {
    let people: Vec<_> = actor
        .colleagues
        .iter()
        .enumerate()
        .map(|(who, persona)| (persona, actor.world.person(PersonaIndex::new(who))))
        .collect();
    let residents = people.iter().filter(|(persona, _)| facts.has_account(persona)).count();
    let share: Intensity = ctx.profile.share(residents);
    let holidays = ctx.ports.content.holidays();
    let calendar = |persona: &_, key| Calendar::of(persona, key, holidays);
    logins(&people, &actor.decky.id, facts, calendar, share, days, ctx.now)
}
