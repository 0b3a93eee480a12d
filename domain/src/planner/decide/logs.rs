//! The part of a decision that is about a host's logs.

use rand::RngExt;

use super::{Decided, Decider, Decision, Stop, is_free};
use crate::content_class::TemplateClass;
use crate::facts::HostFacts;
use crate::fleet::Actor;
use crate::logs::host::LogHost;
use crate::logs::log_file::{LogFile, LogKind};
use crate::logs::plan::{log_file, log_goes_on};
use crate::planner::plan::{Candidate, Create, Edit, Plan, Previous, Site};
use crate::planner::policy::Traces;

impl<'a> Decider<'a> {
    /// A log, where the host's logs are ours to write: daemons' own lines are the best there are.
    pub(super) fn create_log(&mut self, class: TemplateClass, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        if self.context.policy.traces == Traces::Full {
            return self.logs(actor, facts);
        }
        if !facts.keeps_logs() {
            return Err(Stop::Nothing);
        }
        let file = self.draw_log(class, facts);
        let host = self.log_host(actor, facts);
        let now = facts.host_time(self.context.now);
        let artifact = log_file(file, &host, &now).ok_or(Stop::Nothing)?;
        match is_free(self.known, actor, &artifact.path) {
            Ok(()) => Ok(Decision::File(Plan::Create(Create { site: Site::of(actor), class, artifact, told: None }))),
            Err(occupied) => self.occupied(actor, facts, occupied),
        }
    }

    /// Which of the host's logs: mostly the one that is written, sometimes an old one.
    fn draw_log(&mut self, class: TemplateClass, facts: &HostFacts) -> LogFile {
        let kinds = LogKind::of_host(facts);
        let kind = match class {
            TemplateClass::LogCron => LogKind::Cron,
            _ => match kinds[self.rng.random_range(0..kinds.len())] {
                LogKind::Cron => LogKind::Syslog,
                other => other,
            },
        };
        let age: u8 = match self.rng.random_range(0..10) {
            0..=5 => 0,
            6..=7 => 1,
            _ => 2,
        };
        LogFile { kind, age: age.min(facts.rotation.keep) }
    }

    pub(super) fn append_to_log(
        &self,
        actor: Actor<'_>,
        facts: &HostFacts,
        candidate: Candidate,
        previous: Previous,
    ) -> Result<Edit, Stop> {
        let file = LogFile::of_path(candidate.path.as_str()).filter(|_| facts.keeps_logs()).ok_or(Stop::Nothing)?;
        let host = self.log_host(actor, facts);
        let now = facts.host_time(self.context.now);
        let artifact = log_goes_on(file, &previous.text, &host, &now).ok_or(Stop::Nothing)?;
        let site = Site::of(actor);
        Ok(Edit { site, class: candidate.class, file: candidate.file, previous, artifact, told: None })
    }

    pub(super) fn logs(&self, actor: Actor<'_>, facts: &HostFacts) -> Decided {
        if !facts.keeps_logs() || self.known.has_quiet_logs(&actor.decky.id) {
            return Err(Stop::Nothing);
        }
        Ok(Decision::Logs(actor.decky_index, actor.persona_index))
    }

    fn log_host<'h>(&self, actor: Actor<'h>, facts: &'h HostFacts) -> LogHost<'h>
    where
        'a: 'h,
    {
        LogHost {
            name: actor.host(facts),
            key: actor.log_key(),
            facts,
            pack: self.context.content.system(),
            logins: &[],
        }
    }
}
