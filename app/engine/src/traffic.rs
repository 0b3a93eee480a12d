//! One decky talks to another: a probe, or a person who logs in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use decnet_domain::account::Owner;
use decnet_domain::agenda::Gap;
use decnet_domain::content::TextGenerator;
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Actor, Endpoint, Traffic};
use decnet_domain::index::PersonaIndex;
use decnet_domain::novelty::Novelty;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{Event, EventKind, Outcome};
use decnet_domain::writing_context::WritingContext;
use decnet_ports::{DriverError, KeyPair, RepoError, Session, SessionReport, TrafficDriver, TrafficReport};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use serde_json::json;
use uuid::Uuid;

use crate::files::{Files, TickContext, TickRng};
use crate::homes::add_lines;
use crate::ids;

/// Carries out one probe; the event tells how it went either way.
pub(crate) async fn probe(
    driver: &dyn TrafficDriver,
    traffic: &Traffic,
    id: Uuid,
    now: Timestamp,
) -> (Event, Option<DriverError>) {
    let result = driver.run(traffic).await;
    let error = result.as_ref().err().cloned();
    let report = result.unwrap_or_else(|e| TrafficReport { rc: e.rc(), banner: None, stderr: e.stderr() });
    let outcome = if report.rc == 0 && report.banner.is_some() { Outcome::Success } else { Outcome::Failure };
    let payload = json!({
        "src_decky": traffic.source.name,
        "dst_decky": traffic.target.name,
        "dst_ip": traffic.address.to_string(),
        "dst_port": traffic.port,
        "rc": report.rc,
        "banner": report.banner,
        "stderr": Some(&report.stderr).filter(|text| !text.is_empty()),
    });
    (traffic_event(traffic, id, now, outcome, payload), error)
}

fn traffic_event(traffic: &Traffic, id: Uuid, now: Timestamp, outcome: Outcome, payload: serde_json::Value) -> Event {
    Event {
        id,
        ts: now,
        what: EventKind::TcpConnect,
        source: Some(traffic.source.id.clone()),
        target: traffic.target.id.clone(),
        outcome,
        payload,
    }
}

/// Which logins don't work, and until when they aren't tried again.
#[derive(Default)]
pub(crate) struct Sessions {
    unfit: Mutex<BTreeMap<(String, String), Timestamp>>,
    /// Where our keys were seen in place: one that is gone since was taken out by somebody.
    placed: Mutex<BTreeSet<(String, String)>>,
}

/// A target that lets nobody in is left in peace: each try stands in its logs.
const UNFIT: SignedDuration = SignedDuration::from_hours(12);
/// Somebody who logs in, from where to where.
struct Trip<'a> {
    from: Actor<'a>,
    to: Actor<'a>,
    from_facts: std::sync::Arc<HostFacts>,
    to_facts: std::sync::Arc<HostFacts>,
    traffic: Traffic,
}

impl Sessions {
    /// The person of `from` logs in somewhere else. `None` where there is nowhere to go.
    pub(crate) async fn act(
        &self,
        files: &Files,
        driver: &dyn TrafficDriver,
        ctx: &TickContext<'_>,
        from: Actor<'_>,
        rng: TickRng<'_>,
    ) -> Result<Option<Event>, RepoError> {
        let Some(trip) = self.trip(files, ctx, from, rng).await else { return Ok(None) };
        let now = ctx.now.timestamp();
        let login = trip.from.persona.login().to_owned();
        let id = ids::new(now, rng);
        let typed = typed(ctx, &trip, rng);
        let done = self.go(driver, ctx, &trip, &login, typed).await;
        let (rc, stderr) = match &done {
            Ok(report) => (report.rc, report.stderr.clone()),
            Err(Failure::Repo(error)) => return Err(error.clone()),
            Err(Failure::Driver(container, error)) => {
                files.facts.record_failure(container, error, now);
                (error.rc(), error.stderr())
            }
        };
        // The target itself said no.
        if rc != 0 && done.is_ok() {
            let until = now + UNFIT;
            let mut unfit = self.unfit.lock().unwrap_or_else(PoisonError::into_inner);
            unfit.retain(|_, until| now < *until);
            unfit.insert((trip.to.container.name().to_owned(), login.clone()), until);
        }
        let outcome = if rc == 0 { Outcome::Success } else { Outcome::Failure };
        let payload = json!({
            "src_decky": trip.traffic.source.name,
            "dst_decky": trip.traffic.target.name,
            "dst_ip": trip.traffic.address.to_string(),
            "dst_port": trip.traffic.port,
            "rc": rc,
            "banner": null,
            "stderr": Some(&stderr).filter(|text| !text.is_empty()),
            "login": login,
        });
        let event = traffic_event(&trip.traffic, id, now, outcome, payload);
        ctx.ports.repo.record_event(&event).await?;
        Ok(Some(event))
    }

    async fn trip<'a>(
        &self,
        files: &Files,
        ctx: &TickContext<'a>,
        from: Actor<'a>,
        rng: TickRng<'_>,
    ) -> Option<Trip<'a>> {
        let now = ctx.now.timestamp();
        let from_facts = files.facts.of(ctx.ports, from.container, now).await?;
        if !from_facts.has_account(from.persona) {
            return None;
        }
        let mut targets: Vec<usize> = ctx.fleet.targets_from(from.decky_index).take(500).collect();
        for _ in 0..4 {
            if targets.is_empty() {
                return None;
            }
            let target = targets.swap_remove(rng.random_range(0..targets.len()));
            let Some(to) = ctx.fleet.actor(target, from.persona_index).filter(|to| to.persona == from.persona) else {
                continue;
            };
            let Some(address) = to.decky.ip else { continue };
            let Some(container) = from.decky.ssh() else { continue };
            let key = (to.container.name().to_owned(), from.persona.login().to_owned());
            let is_unfit =
                self.unfit.lock().unwrap_or_else(PoisonError::into_inner).get(&key).is_some_and(|t| now < *t);
            if is_unfit || files.facts.is_resting(to.container, now) {
                continue;
            }
            let Some(to_facts) = files.facts.of(ctx.ports, to.container, now).await else { continue };
            if !to_facts.has_account(to.persona) {
                continue;
            }
            let end =
                |actor: &Actor<'_>| Endpoint { id: actor.decky.id.clone(), name: actor.decky.name.as_str().to_owned() };
            let traffic = Traffic { source: end(&from), container, target: end(&to), address, port: 22 };
            return Some(Trip { from, to, from_facts, to_facts, traffic });
        }
        None
    }
}

/// What came in the way.
enum Failure {
    /// At one of the two ends.
    Driver(ContainerRef, DriverError),
    Repo(RepoError),
}

/// Something at this end failed.
fn at(container: &ContainerRef) -> impl Fn(DriverError) -> Failure {
    move |error| Failure::Driver(container.clone(), error)
}

impl From<RepoError> for Failure {
    fn from(error: RepoError) -> Self {
        Self::Repo(error)
    }
}

impl Sessions {
    async fn go(
        &self,
        driver: &dyn TrafficDriver,
        ctx: &TickContext<'_>,
        trip: &Trip<'_>,
        login: &str,
        typed: Vec<(u32, String)>,
    ) -> Result<SessionReport, Failure> {
        let key = key(driver, ctx, trip, login).await?;
        let place = |facts: &HostFacts, file: &str| {
            let account = facts.account(login)?;
            Some((account.owner, DeckyPath::under(&account.home, file).ok()?))
        };
        // The target knows the key before its owner comes, as after ssh-copy-id(1).
        if let Some((owner, path)) = place(&trip.to_facts, ".ssh/authorized_keys") {
            let line = format!("{}\n", key.public);
            let place = (trip.to.container.name().to_owned(), login.to_owned());
            let was_placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner).contains(&place);
            // A key that somebody took out stays out.
            let is_there = |there: &str| was_placed || there.lines().any(|l| l == key.public);
            add_lines(ctx, trip.to.container, path, owner, &line, is_there).await.map_err(at(trip.to.container))?;
            self.placed.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        }
        let session = Session {
            traffic: trip.traffic.clone(),
            login: login.to_owned(),
            key,
            host_key: trip.to_facts.host_key.clone(),
            typed,
        };
        let report = driver.session(&session).await.map_err(at(trip.from.container))?;
        if report.rc == 0 {
            // What the source remembers of it. Where the shell writes at that very moment, it forgets this.
            let known = known_line(&report.known_hosts);
            let key = known.split_once(' ').map_or("", |(_, key)| key.trim_end()).to_owned();
            let is_known = |there: &str| key.is_empty() || there.lines().any(|l| l.ends_with(&key));
            remember(ctx, trip, place(&trip.from_facts, ".ssh/known_hosts"), &known, is_known).await;
            let history = format!("ssh {}\n", trip.traffic.address);
            remember(ctx, trip, place(&trip.from_facts, ".bash_history"), &history, |_| false).await;
        }
        Ok(report)
    }
}

async fn remember(
    ctx: &TickContext<'_>,
    trip: &Trip<'_>,
    place: Option<(Owner, DeckyPath)>,
    line: &str,
    is_there: impl Fn(&str) -> bool,
) {
    let Some((owner, path)) = place else { return };
    if let Err(error) = add_lines(ctx, trip.from.container, path, owner, line, is_there).await {
        tracing::debug!(decky = trip.traffic.source.name, error = %error, "the source forgets it");
    }
}

/// The line of the newest kind of key, as `known_hosts` has it; bounded, for it came over the wire.
fn known_line(text: &str) -> String {
    let line = text.lines().find(|l| l.contains("ssh-ed25519")).or_else(|| text.lines().next()).unwrap_or_default();
    if line.len() > 2_000 || line.chars().any(char::is_control) { String::new() } else { format!("{line}\n") }
}

/// The key a person logs in with, made when it is first needed.
async fn key(
    driver: &dyn TrafficDriver,
    ctx: &TickContext<'_>,
    trip: &Trip<'_>,
    login: &str,
) -> Result<KeyPair, Failure> {
    let world = trip.from.world;
    let name = format!("{login}@{}", world.domain());
    if let Some(key) = ctx.ports.repo.session_key(&name).await? {
        return Ok(key);
    }
    // The machine it was made on: a person's own, not one of these.
    let comment =
        format!("{login}@{}", world.person(PersonaIndex::new(trip.from.persona_index)).text("laptop").below(90) + 10);
    let made =
        driver.make_key(trip.from.container, &comment.replace('@', "@pc-")).await.map_err(at(trip.from.container))?;
    Ok(ctx.ports.repo.keep_session_key(&name, &made).await?)
}

/// What is typed on the target: a few commands, with a person's pauses, and goodbye.
fn typed(ctx: &TickContext<'_>, trip: &Trip<'_>, rng: TickRng<'_>) -> Vec<(u32, String)> {
    let Actor { persona, persona_index, colleagues, world, hosts, .. } = trip.to;
    let facts = &*trip.to_facts;
    let novelty = Novelty::default();
    let home = facts.account_of(persona).map_or_else(String::new, |a| a.home.to_string());
    let context = WritingContext {
        world,
        persona,
        persona_index: PersonaIndex::new(persona_index),
        login: persona.login(),
        home: &home,
        host: trip.to.host(facts),
        facts,
        colleagues,
        hosts,
        logins: &[],
        novelty: &novelty,
        written: facts.local(persona, ctx.now),
    };
    let mut generator = TextGenerator::new(ctx.ports.content.pack(persona.language), &context, rng);
    let rule = generator.pack().rules().session_command;
    let longest = u32::try_from(ctx.profile.longest_session.as_millis()).unwrap_or(u32::MAX).max(2_000);
    let mut typed = Vec::new();
    let mut total: u32 = 0;
    for n in 0..generator.rng().random_range(1..=7) {
        let pause = Gap::TYPING.millis(generator.rng()).min(longest / 4) + if n == 0 { 900 } else { 0 };
        if total.saturating_add(pause) > longest {
            break;
        }
        let command = generator.text(rule);
        typed.push((pause, command));
        total += pause;
    }
    let last = Gap::TYPING.millis(generator.rng()).min(longest.saturating_sub(total).max(1_000));
    typed.push((last, "exit".to_owned()));
    typed
}
