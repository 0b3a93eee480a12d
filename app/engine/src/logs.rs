//! The logs of a host without a daemon of its own: planted as one family, gone on with, rotated.

use decnet_domain::agenda::Intensity;
use decnet_domain::bodies::log::{LogHost, Login, is_overdue, next_due};
use decnet_domain::calendar::Calendar;
use decnet_domain::content_class::ContentClass;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Stage;
use decnet_domain::naming::{LogFile, LogKind};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::logs::{log_file, log_goes_on, logins};
use decnet_domain::record::SyntheticFile;
use decnet_ports::RepoError;
use jiff::Timestamp;

use crate::Mode;
use crate::files::{Dice, FileTurn, Files, ToPlant, Turn, site_of};

impl Files {
    /// Brings a host's logs up to the moment: plants the whole family where there is none, appends
    /// what has been logged since, and rotates when it is time. The last thing done is what comes
    /// back; everything before it is recorded and told like any other. `None` when nothing was due.
    pub(crate) async fn logs(
        &self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        rng: Dice<'_>,
    ) -> Result<Option<FileTurn>, RepoError> {
        if !Self::keeps_logs(facts) || turn.mode == Mode::DryRun {
            return Ok(None);
        }
        let logins = logins_of(turn, stage, facts);
        let mut done: Option<FileTurn> = None;
        for kind in LogKind::of_host(facts) {
            let next = self.log(turn, stage, facts, *kind, &logins, rng).await?;
            if let Some(next) = next
                && let Some(FileTurn::Acted(before)) = done.replace(next)
            {
                turn.outside.tell(&before);
            }
        }
        Ok(done)
    }

    async fn log(
        &self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        kind: LogKind,
        logins: &[Login],
        rng: Dice<'_>,
    ) -> Result<Option<FileTurn>, RepoError> {
        let host = LogHost {
            name: facts.hostname.as_deref().unwrap_or(stage.decky.host()),
            facts,
            pack: turn.outside.content.system(),
            logins,
        };
        let now = facts.host_time(turn.now);
        let live = LogFile::live(kind);
        let Some(row) = self.row(turn, stage, live, facts).await? else {
            // From the oldest to the one that is written.
            let mut done = None;
            for age in (0..=facts.rotation.keep).rev() {
                let file = LogFile { kind, age };
                let planted = match log_file(file, &host, &now) {
                    Some(artifact) => self.plant_log(turn, stage, file, ToPlant::of(&artifact, None), rng).await?,
                    None => None,
                };
                if let (Some(FileTurn::Acted(before)), true) = (&done, planted.is_some()) {
                    turn.outside.tell(before);
                }
                done = planted.or(done);
            }
            return Ok(done);
        };
        if self.is_abandoned(row.id) {
            return Ok(None);
        }
        let Ok(path) = DeckyPath::new(row.path.as_str()) else { return Ok(None) };
        let site = site_of(stage);
        let read = self.read_ours(turn, &site, row.id, &path, &row.content_hash, rng).await?;
        let Some(text) = read.and_then(|file| String::from_utf8(file.bytes).ok()) else { return Ok(None) };
        if is_overdue(&text, &host, &now) {
            return self.rotate(turn, stage, facts, &host, kind, &row, rng).await;
        }
        let Some(artifact) = log_goes_on(live, &text, &host, &now) else { return Ok(None) };
        let edited = Some((row.id, row.content_hash));
        self.plant_log(turn, stage, live, ToPlant::of(&artifact, edited), rng).await
    }

    /// Every old log takes the place of the next older one; the oldest goes.
    #[expect(clippy::too_many_arguments, reason = "what a rotation needs")]
    async fn rotate(
        &self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        facts: &HostFacts,
        host: &LogHost<'_>,
        kind: LogKind,
        live: &SyntheticFile,
        rng: Dice<'_>,
    ) -> Result<Option<FileTurn>, RepoError> {
        let now = facts.host_time(turn.now);
        let site = site_of(stage);
        // From the oldest to the live one, so that a stop in between leaves a log twice, and none out.
        for age in (1..=facts.rotation.keep).rev() {
            let file = LogFile { kind, age };
            let Some(artifact) = log_file(file, host, &now) else { continue };
            let edited = match self.row(turn, stage, file, facts).await? {
                None => None,
                Some(row) if self.is_abandoned(row.id) => continue,
                Some(row) => {
                    let ours = self.read_ours(turn, &site, row.id, &artifact.path, &row.content_hash, rng).await?;
                    if ours.is_none() {
                        continue;
                    }
                    Some((row.id, row.content_hash))
                }
            };
            let done = self.plant_log(turn, stage, file, ToPlant::of(&artifact, edited), rng).await?;
            if let Some(FileTurn::Acted(event)) = done {
                turn.outside.tell(&event);
            }
        }
        let file = LogFile::live(kind);
        let Some(artifact) = log_file(file, host, &now) else { return Ok(None) };
        let edited = Some((live.id, live.content_hash.clone()));
        self.plant_log(turn, stage, file, ToPlant::of(&artifact, edited), rng).await
    }

    async fn row(
        &self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        file: LogFile,
        facts: &HostFacts,
    ) -> Result<Option<SyntheticFile>, RepoError> {
        let Ok(path) = DeckyPath::new(file.path(facts)) else { return Ok(None) };
        turn.outside.repo.file_at(&stage.decky.id, &path).await
    }

    async fn plant_log(
        &self,
        turn: &Turn<'_>,
        stage: Stage<'_>,
        file: LogFile,
        planted: ToPlant,
        rng: Dice<'_>,
    ) -> Result<Option<FileTurn>, RepoError> {
        let class = if file.kind == LogKind::Cron { ContentClass::LogCron } else { ContentClass::LogDaemon };
        self.plant(turn, &site_of(stage), class, planted, rng).await
    }
}

/// When a host's logs have something new; `None` where they aren't ours.
pub(crate) fn due(turn: &Turn<'_>, stage: Stage<'_>, facts: &HostFacts) -> Option<Timestamp> {
    if !Files::keeps_logs(facts) {
        return None;
    }
    let logins = logins_of(turn, stage, facts);
    let name = facts.hostname.as_deref().unwrap_or(stage.decky.host());
    let host = LogHost { name, facts, pack: turn.outside.content.system(), logins: &logins };
    Some(next_due(&host, &facts.host_time(turn.now)))
}

fn logins_of(turn: &Turn<'_>, stage: Stage<'_>, facts: &HostFacts) -> Vec<Login> {
    let people: Vec<_> =
        stage.colleagues.iter().enumerate().map(|(who, persona)| (persona, stage.world.person(who))).collect();
    let residents = people.iter().filter(|(persona, _)| facts.has_account(persona)).count();
    let share: Intensity = turn.profile.share(residents);
    let holidays = turn.outside.content.holidays();
    let calendar = |persona: &_, key| Calendar::of(persona, key, holidays);
    logins(&people, &stage.decky.id, facts, calendar, share, turn.now)
}
