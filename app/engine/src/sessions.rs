//! One decky connects to another: a probe, or a person who logs in.

use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Actor, Traffic};
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::planner::session::SessionPlan;
use decnet_domain::record::{Event, EventKind, TrafficPayload};
use decnet_ports::{
    Completion, DriverError, KeyPair, Record, RepoError, Session, SessionReport, TrafficDriver, TrafficReport,
};

use crate::append::{Append, AppendError, append_lines, remember};
use crate::context::{TickContext, TickRng};
use crate::execution::{event, record};
use crate::tick::Mode;
use crate::tick::Tick;

/// A connection that reads the target's banner; the event tells how it went either way.
pub(crate) async fn probe(ctx: &TickContext<'_>, traffic: &Traffic, rng: TickRng<'_>) -> Result<Tick, RepoError> {
    let to = format!("{} -> {} ({}:{})", traffic.source.name, traffic.target.name, traffic.address, traffic.port);
    let driver = match ctx.ports.driver.traffic() {
        Some(driver) if ctx.mode == Mode::Act => driver,
        _ => return Ok(Tick::TrafficPlanned(to)),
    };
    let report = driver.run(traffic).await.unwrap_or_else(|error| {
        ctx.state.facts.record_failure(&traffic.container, &error, ctx.now.timestamp());
        TrafficReport { rc: error.rc(), banner: None, stderr: error.stderr() }
    });
    // A target that answers nothing has not answered.
    let rc = if report.rc == 0 && report.banner.is_none() { 1 } else { report.rc };
    let payload = TrafficPayload { banner: report.banner, ..payload(traffic, rc, report.stderr) };
    let event = traffic_event(ctx, traffic, payload, rng);
    record(ctx.ports, Completion { pending: None, records: vec![Record::Event(event.clone())] }).await?;
    Ok(Tick::Traffic(Box::new(event)))
}

fn payload(traffic: &Traffic, rc: i64, stderr: String) -> TrafficPayload {
    TrafficPayload {
        src_decky: traffic.source.name.clone(),
        dst_decky: traffic.target.name.clone(),
        dst_ip: traffic.address.to_string(),
        dst_port: traffic.port,
        rc,
        banner: None,
        stderr: Some(stderr).filter(|text| !text.is_empty()),
        login: None,
    }
}

fn traffic_event(ctx: &TickContext<'_>, traffic: &Traffic, payload: TrafficPayload, rng: TickRng<'_>) -> Event {
    let payload = decnet_domain::record::EventPayload::Traffic(payload);
    let event = event(ctx, EventKind::TcpConnect, &traffic.target.id, payload, rng);
    Event { source: Some(traffic.source.id.clone()), ..event }
}

/// Carries out a login. `None` when one of its ends has gone meanwhile.
pub(crate) async fn log_in(
    ctx: &TickContext<'_>,
    plan: &SessionPlan,
    rng: TickRng<'_>,
) -> Result<Option<Event>, RepoError> {
    let actors = ctx.fleet.actor(plan.from, plan.persona).zip(ctx.fleet.actor(plan.to, plan.persona));
    let (Some(driver), Some((from, to))) = (ctx.ports.driver.traffic(), actors) else { return Ok(None) };
    let facts = ctx.state.facts.known(from.container).zip(ctx.state.facts.known(to.container));
    let Some((from_facts, to_facts)) = facts else { return Ok(None) };
    let login = Login { ctx, plan, driver: &*driver, from, to, from_facts: &from_facts, to_facts: &to_facts };
    let (rc, stderr) = match login.carry_out(rng).await {
        Ok(report) => {
            if report.rc != 0 {
                // The target itself said no.
                ctx.state.with_unfit(|unfit| unfit.refuse(to.container, &plan.login, ctx.now.timestamp()));
            }
            (report.rc, report.stderr)
        }
        Err(Failure::Repo(error)) => return Err(error),
        Err(Failure::Driver(container, error)) => {
            ctx.state.facts.record_failure(&container, &error, ctx.now.timestamp());
            (error.rc(), error.stderr())
        }
    };
    let payload = TrafficPayload { login: Some(plan.login.clone()), ..payload(&plan.traffic, rc, stderr) };
    let event = traffic_event(ctx, &plan.traffic, payload, rng);
    record(ctx.ports, Completion { pending: None, records: vec![Record::Event(event.clone())] }).await?;
    Ok(Some(event))
}

/// A login being carried out.
struct Login<'a> {
    ctx: &'a TickContext<'a>,
    plan: &'a SessionPlan,
    driver: &'a dyn TrafficDriver,
    from: Actor<'a>,
    to: Actor<'a>,
    from_facts: &'a HostFacts,
    to_facts: &'a HostFacts,
}

/// What came in the way.
enum Failure {
    /// At one of the two ends.
    Driver(ContainerRef, DriverError),
    /// In the store.
    Repo(RepoError),
}

/// What failed at one of the ends.
fn at(end: Actor<'_>, error: DriverError) -> Failure {
    Failure::Driver(end.container.clone(), error)
}

impl From<RepoError> for Failure {
    fn from(error: RepoError) -> Self {
        Self::Repo(error)
    }
}

impl Login<'_> {
    async fn carry_out(&self, rng: TickRng<'_>) -> Result<SessionReport, Failure> {
        let key = self.key().await?;
        self.place_key(&key, rng).await?;
        let session = Session {
            traffic: self.plan.traffic.clone(),
            login: self.plan.login.clone(),
            key,
            host_key: self.to_facts.host_key.clone(),
            typed: self.plan.typed.clone(),
        };
        let report = self.driver.session(&session).await.map_err(|e| at(self.from, e))?;
        if report.rc == 0 {
            // What the source remembers of it. Where the shell writes at that very moment, it forgets this.
            let known = known_line(&report.known_hosts);
            let key = known.split_once(' ').map_or("", |(_, key)| key.trim_end()).to_owned();
            let is_known = |there: &str| key.is_empty() || there.lines().any(|l| l.ends_with(&key));
            self.remember(".ssh/known_hosts", &known, is_known, rng).await;
            let (login, address) = (&self.plan.login, self.plan.traffic.address);
            let is_same = self.from_facts.own_account(self.from.persona).is_some_and(|own| own.login == *login);
            let history = if is_same { format!("ssh {address}\n") } else { format!("ssh {login}@{address}\n") };
            self.remember(".bash_history", &history, |_| false, rng).await;
        }
        Ok(report)
    }

    /// A file of the home that the person has on one of the hosts.
    fn place(&self, facts: &HostFacts, file: &str) -> Option<(Owner, DeckyPath)> {
        let account = facts.own_account(self.from.persona)?;
        Some((account.owner, DeckyPath::under(&account.home, file).ok()?))
    }

    /// The key a person logs in with, made when it is first needed.
    async fn key(&self) -> Result<KeyPair, Failure> {
        let (world, login) = (self.from.world, self.from.persona.login());
        let name = format!("{login}@{}", world.domain());
        if let Some(key) = self.ctx.ports.repo.session_key(&name).await? {
            return Ok(key);
        }
        // The machine it was made on: a person's own, not one of these.
        let machine = world.person(self.plan.persona).text("laptop").below(90) + 10;
        let comment = format!("{login}@pc-{machine}");
        let made = self.driver.make_key(self.from.container, &comment).await.map_err(|e| at(self.from, e))?;
        Ok(self.ctx.ports.repo.keep_session_key(&name, &made).await?)
    }

    /// The target knows the key before its owner comes, as after ssh-copy-id(1). A key that somebody took out
    /// stays out.
    async fn place_key(&self, key: &KeyPair, rng: TickRng<'_>) -> Result<(), Failure> {
        let Some((owner, path)) = self.place(self.to_facts, ".ssh/authorized_keys") else { return Ok(()) };
        let (container, login) = (self.to.container.name(), self.plan.login.as_str());
        let was_placed = self.ctx.state.has_placed_key(container, login);
        let is_there = |there: &str| was_placed || there.lines().any(|l| l == key.public);
        let line = format!("{}\n", key.public);
        let append = Append { site: &Site::of(self.to), path, owner, lines: &line };
        append_lines(self.ctx, append, is_there, rng).await.map_err(|error| match error {
            AppendError::Driver(error) => at(self.to, error),
            AppendError::Repo(error) => Failure::Repo(error),
        })?;
        self.ctx.state.note_placed_key(container, login);
        Ok(())
    }

    async fn remember(&self, file: &str, line: &str, is_there: impl Fn(&str) -> bool, rng: TickRng<'_>) {
        let Some((owner, path)) = self.place(self.from_facts, file) else { return };
        let append = Append { site: &Site::of(self.from), path, owner, lines: line };
        remember(self.ctx, append, is_there, rng).await;
    }
}

/// The line of the newest kind of key, as `known_hosts` has it; bounded, for it came over the wire.
fn known_line(text: &str) -> String {
    let line = text.lines().find(|l| l.contains("ssh-ed25519")).or_else(|| text.lines().next()).unwrap_or_default();
    if line.len() > 2_000 || line.chars().any(char::is_control) { String::new() } else { format!("{line}\n") }
}
