//! The fleet, read again when it is time and put together again only when something changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use decnet_domain::decky::{Source, TopologyPersonas};
use decnet_domain::fleet::{Fleet, FleetBuilder};
use decnet_domain::persona::{Language, Persona, parse_pool};
use decnet_domain::world::{Origin, World};
use decnet_ports::{PoolError, RepoError, RunningFleet};
use jiff::Timestamp;

use crate::ports::Ports;

pub(crate) struct Roster {
    fleet: Arc<Fleet>,
    /// How old the snapshot may get.
    age: Duration,
    read_at: Option<Timestamp>,
    rows: RunningFleet,
    global: Arc<[Persona]>,
    /// Why the pool can't be used, as it was told last.
    pool_error: Option<PoolError>,
    topologies: BTreeMap<String, (TopologyPersonas, Arc<[Persona]>)>,
}

/// A change is seen within one interval; but a loop without pauses doesn't read the fleet each time.
const YOUNGEST: Duration = Duration::from_secs(1);

impl Roster {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            fleet: Arc::default(),
            age: interval.max(YOUNGEST),
            read_at: None,
            rows: RunningFleet::default(),
            global: Arc::from([]),
            pool_error: None,
            topologies: BTreeMap::new(),
        }
    }

    /// The fleet as of now, give or take one interval. Where it can't be read, the last one stays.
    pub(crate) async fn fleet(&mut self, ports: &Ports, origin: Origin, now: Timestamp) -> Arc<Fleet> {
        let age = self.read_at.map(|at| now.duration_since(at));
        let is_fresh = age.is_some_and(|age| !age.is_negative() && age.unsigned_abs() < self.age);
        if !is_fresh && let Err(error) = self.refresh(ports, origin, now).await {
            tracing::warn!(error = %error, "can't read the fleet; going on with what was known");
        }
        self.fleet.clone()
    }

    async fn refresh(&mut self, ports: &Ports, origin: Origin, now: Timestamp) -> Result<(), RepoError> {
        let rows = ports.repo.running_fleet().await?;
        self.read_at = Some(now);
        let global = match ports.personas.load(Language::EN).await {
            Ok(personas) => {
                if self.pool_error.take().is_some() {
                    tracing::info!(personas = personas.len(), "the persona pool can be read again");
                }
                personas
            }
            Err(error) => {
                // Once for each reason: the pool is asked for at every interval.
                if self.pool_error.as_ref() != Some(&error) {
                    let known = self.global.len();
                    tracing::warn!(error = %error, known, "can't read the persona pool; going on with the people known before");
                    self.pool_error = Some(error);
                }
                self.global.clone()
            }
        };
        if rows == self.rows && Arc::ptr_eq(&global, &self.global) {
            return Ok(());
        }
        for row in &rows.skipped {
            tracing::warn!(row = %row.row, reason = %row.reason, "a decky's row does not make sense");
        }
        self.topologies = rows.topologies.iter().map(|(id, t)| (id.clone(), self.topology(id, t))).collect();
        self.fleet = Arc::new(self.build(&rows, &global, ports, origin));
        tracing::info!(
            deckies = rows.deckies.len(),
            personas = global.len(),
            topologies = rows.topologies.len(),
            "the fleet has changed"
        );
        if rows.deckies.is_empty() {
            tracing::warn!(
                "no decky is running: `decnet fleet discover` finds containers, `decnet fleet add` takes a name"
            );
        } else if global.is_empty() && rows.topologies.is_empty() {
            tracing::warn!("nobody lives here: `decnet realism import-personas` installs people");
        }
        self.rows = rows;
        self.global = global;
        Ok(())
    }

    /// The personas of a topology, read again only when their text has changed.
    fn topology(&self, id: &str, personas: &TopologyPersonas) -> (TopologyPersonas, Arc<[Persona]>) {
        if let Some(known) = self.topologies.get(id).filter(|(text, _)| text == personas) {
            return known.clone();
        }
        let parsed: Arc<[Persona]> = match parse_pool(&personas.json, personas.language) {
            Ok(file) => {
                for fault in file.rejected.iter().chain(&file.notices) {
                    tracing::warn!(topology = id, error = %fault, "persona left out or changed");
                }
                file.personas.into()
            }
            Err(error) => {
                tracing::warn!(topology = id, error = %error, "its personas can't be read; nobody lives there");
                Arc::from([])
            }
        };
        (personas.clone(), parsed)
    }

    fn build(&self, rows: &RunningFleet, global: &[Persona], ports: &Ports, origin: Origin) -> Fleet {
        let mut builder = FleetBuilder::default();
        let (words, roles) = (ports.content.words(), ports.content.roles());
        let mut pool = |scope: &str, people: &[Persona]| {
            let people = in_their_zones(people, ports);
            // A topology is a company of its own.
            let world = World::new(origin, scope, &people, words, roles);
            builder.pool(people, world)
        };
        let shared = pool("", global);
        let own: BTreeMap<&str, _> =
            self.topologies.iter().map(|(id, (_, people))| (id.as_str(), pool(id, people))).collect();
        for decky in &rows.deckies {
            let pool = match &decky.source {
                Source::Topology(id) => own.get(id.as_str()).copied().unwrap_or(shared),
                Source::Fleet | Source::Shard => shared,
            };
            builder.decky(decky.clone(), pool);
        }
        builder.build()
    }
}

/// The people with their zones looked up. One nobody knows is told of; the host's serves.
fn in_their_zones(people: &[Persona], ports: &Ports) -> Vec<Persona> {
    let mut people = people.to_vec();
    for person in &mut people {
        if let Some(name) = &person.zone_name {
            person.zone = ports.clock.zone(name);
            if person.zone.is_none() {
                tracing::warn!(persona = person.name, zone = %name, "unknown time zone; the host's is taken");
            }
        }
    }
    people
}
