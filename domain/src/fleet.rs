//! The running fleet, arranged so that drawing from it costs the same at ten deckies and ten thousand.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use core::net::IpAddr;
use jiff::Zoned;
use rand::{Rng, RngExt};

use crate::decky::{ContainerRef, Decky, DeckyId, Service};
use crate::facts::HostFacts;
use crate::persona::Persona;
use crate::world::World;
use crate::writing_context::HostRef;

/// A snapshot of the running deckies and of who lives on them.
#[derive(Debug, Default)]
pub struct Fleet {
    members: Vec<Member>,
    pools: Vec<Pool>,
    /// Members whose files we can reach and that have somebody to write them.
    inhabited: Vec<u32>,
    /// Members that SSH traffic can start from.
    sources: Vec<u32>,
    /// Members that SSH traffic can go to.
    targets: Vec<u32>,
    hosts: Vec<HostRef>,
    /// Members that have a mail server, and people to write to each other.
    mail_hosts: Vec<u32>,
}

/// People, and the company they are.
#[derive(Clone, Debug)]
struct Pool {
    people: Arc<[Persona]>,
    world: Arc<World>,
}

/// One decky of the fleet.
#[derive(Debug)]
pub struct Member {
    /// The decky.
    pub decky: Decky,
    /// Where its files go, if anywhere.
    pub files: Option<ContainerRef>,
    /// Where its mail goes, if it is a mail host.
    pub mail: Option<ContainerRef>,
    pool: u32,
}

/// A drawn place to write: a decky, somebody who is at work there now, and their colleagues.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The decky.
    pub decky: &'a Decky,
    /// Its place in [`Fleet::members`].
    pub decky_index: usize,
    /// Where its files go.
    pub container: &'a ContainerRef,
    /// Who writes.
    pub persona: &'a Persona,
    /// Their place among the colleagues.
    pub persona_index: usize,
    /// Everybody of the same pool.
    pub colleagues: &'a [Persona],
    /// The company they are.
    pub world: &'a World,
    /// Hosts that a text may mention.
    pub hosts: &'a [HostRef],
}

impl<'a> Actor<'a> {
    /// What the host calls itself: its own word, else the operator's, unless that would give the game away.
    pub fn host<'b>(&self, facts: &'b HostFacts) -> &'b str
    where
        'a: 'b,
    {
        own_name(self.decky, facts, "localhost")
    }
}

/// A mail host, and the people who have their mail there.
#[derive(Clone, Copy, Debug)]
pub struct MailServer<'a> {
    /// The decky.
    pub decky: &'a Decky,
    /// The container with the mail server.
    pub container: &'a ContainerRef,
    /// Everybody of the pool.
    pub people: &'a [Persona],
    /// The company they are.
    pub world: &'a World,
    /// Hosts that a text may mention.
    pub hosts: &'a [HostRef],
}

impl<'a> MailServer<'a> {
    /// What the host calls itself: its own word, else the operator's, unless that would give the game away.
    pub fn host<'b>(&self, facts: &'b HostFacts) -> &'b str
    where
        'a: 'b,
    {
        own_name(self.decky, facts, "mail")
    }
}

/// What a host calls itself; `neutral` where the operator's word for it would give the game away.
fn own_name<'b>(decky: &'b Decky, facts: &'b HostFacts, neutral: &'b str) -> &'b str {
    let given = decky.host();
    facts.hostname.as_deref().unwrap_or(if is_telling(given) { neutral } else { given })
}

/// SSH traffic from one decky to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Where it starts.
    pub source: Endpoint,
    /// The container it starts in.
    pub container: ContainerRef,
    /// Where it goes.
    pub target: Endpoint,
    /// The target's address.
    pub address: IpAddr,
    /// The target's port.
    pub port: u16,
}

/// One end of some traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What everybody else calls it.
    pub id: DeckyId,
    /// Its name.
    pub name: String,
}

/// Words that nothing on a decky may hold (DEVELOPERS: "Nothing that lands on a decky … names this
/// project"); a host that is called so is never mentioned in a text.
const TELLING: [&str; 4] = ["decnet", "decky", "honeypot", "canary"];

/// Whether a text gives the game away.
pub fn is_telling(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    TELLING.iter().any(|word| lower.contains(word))
}

/// The pool of one decky, while a [`Fleet`] is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolId(u32);

/// Puts a [`Fleet`] together.
#[derive(Debug, Default)]
pub struct FleetBuilder {
    fleet: Fleet,
}

impl FleetBuilder {
    /// Adds a pool of personas.
    pub fn pool(&mut self, personas: impl Into<Arc<[Persona]>>, world: impl Into<Arc<World>>) -> PoolId {
        self.fleet.pools.push(Pool { people: personas.into(), world: world.into() });
        PoolId(index(self.fleet.pools.len() - 1))
    }

    /// Adds a decky that lives by `pool`.
    pub fn decky(&mut self, decky: Decky, pool: PoolId) {
        let at = index(self.fleet.members.len());
        let files = decky.files();
        let mail = decky.mail();
        let crowd = self.fleet.pools.get(pool.0 as usize).map_or(0, |pool| pool.people.len());
        if files.is_some() && crowd > 0 {
            self.fleet.inhabited.push(at);
        }
        if mail.is_some() && crowd > 1 {
            self.fleet.mail_hosts.push(at);
        }
        if decky.has(Service::Ssh) {
            self.fleet.sources.push(at);
            if decky.ip.is_some() {
                self.fleet.targets.push(at);
            }
        }
        if !is_telling(decky.host()) {
            self.fleet.hosts.push(HostRef { name: decky.host().to_owned(), address: decky.ip });
        }
        self.fleet.members.push(Member { decky, files, mail, pool: pool.0 });
    }

    /// The finished fleet.
    pub fn build(self) -> Fleet {
        self.fleet
    }
}

/// Fleets are far below four thousand million deckies.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How often a draw is tried before everybody is looked at in turn.
const TRIES: usize = 24;

impl Fleet {
    /// Every decky.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Draws a decky and one of its people who is at work at `now`. Each decky with somebody at
    /// work is equally likely. `None` when nobody is.
    pub fn draw_actor(&self, now: &Zoned, rng: &mut dyn Rng) -> Option<Actor<'_>> {
        if self.inhabited.is_empty() {
            return None;
        }
        for _ in 0..TRIES {
            let at = self.inhabited[rng.random_range(0..self.inhabited.len())];
            if let Some(actor) = self.actor_at_work(at, now, rng) {
                return Some(actor);
            }
        }
        let is_awake = |at: &&u32| self.people(self.member(**at)).iter().any(|p| p.is_at_work(now));
        let awake: Vec<&u32> = self.inhabited.iter().filter(is_awake).collect();
        let at = awake.get(rng.random_range(0..awake.len().max(1)))?;
        self.actor_at_work(**at, now, rng)
    }

    fn actor_at_work(&self, at: u32, now: &Zoned, rng: &mut dyn Rng) -> Option<Actor<'_>> {
        let people = self.people(self.member(at));
        let at_work = people.iter().filter(|p| p.is_at_work(now)).count();
        if at_work == 0 {
            return None;
        }
        let drawn = rng.random_range(0..at_work);
        let (persona_index, _) = people.iter().enumerate().filter(|(_, p)| p.is_at_work(now)).nth(drawn)?;
        self.actor(at as usize, persona_index)
    }

    /// The stage of one person on one decky; `None` where there is no such, or no place for files.
    pub fn actor(&self, decky_index: usize, persona_index: usize) -> Option<Actor<'_>> {
        let at = self.members.get(decky_index)?;
        let pool = self.pools.get(at.pool as usize)?;
        Some(Actor {
            decky: &at.decky,
            decky_index,
            container: at.files.as_ref()?,
            persona: pool.people.get(persona_index)?,
            persona_index,
            colleagues: &pool.people,
            world: &pool.world,
            hosts: &self.hosts,
        })
    }

    /// Deckies that have a place for files and people to write them, by their place in [`Self::members`].
    pub fn inhabited(&self) -> impl Iterator<Item = usize> {
        self.inhabited.iter().map(|at| *at as usize)
    }

    /// Deckies with a mail server and at least two people, by their place in [`Self::members`].
    pub fn mail_hosts(&self) -> impl Iterator<Item = usize> {
        self.mail_hosts.iter().map(|at| *at as usize)
    }

    /// A mail host: its decky, its mail container, its people and their company.
    pub fn mail_server(&self, decky_index: usize) -> Option<MailServer<'_>> {
        let at = self.members.get(decky_index)?;
        let pool = self.pools.get(at.pool as usize)?;
        Some(MailServer {
            decky: &at.decky,
            container: at.mail.as_ref()?,
            people: &pool.people,
            world: &pool.world,
            hosts: &self.hosts,
        })
    }

    /// The people of a decky's pool.
    pub fn people_of(&self, decky_index: usize) -> &[Persona] {
        self.members.get(decky_index).map_or(&[], |decky_index| self.people(decky_index))
    }

    /// Where SSH traffic can go from a decky, as `draw_traffic` would draw it; by place in [`Self::members`].
    pub fn targets_from(&self, decky_index: usize) -> impl Iterator<Item = usize> {
        let is_source = self.sources.iter().any(|at| *at as usize == decky_index);
        self.targets.iter().map(|at| *at as usize).filter(move |at| is_source && *at != decky_index)
    }

    /// Draws SSH traffic between two different deckies. `None` where there are no two.
    pub fn draw_traffic(&self, rng: &mut dyn Rng) -> Option<Traffic> {
        if self.targets.is_empty() || self.sources.len() < 2 {
            return None;
        }
        let target = self.targets[rng.random_range(0..self.targets.len())];
        // Every target is a source too, so one of the sources is to be left out.
        let drawn = rng.random_range(0..self.sources.len() - 1);
        let own = self.sources.binary_search(&target).unwrap_or(self.sources.len());
        let source = self.sources[drawn + usize::from(drawn >= own)];
        let (source, target) = (&self.member(source).decky, &self.member(target).decky);
        let endpoint = |decky: &Decky| Endpoint { id: decky.id.clone(), name: decky.name.as_str().to_owned() };
        Some(Traffic {
            source: endpoint(source),
            container: source.ssh()?,
            target: endpoint(target),
            address: target.ip?,
            port: 22,
        })
    }

    fn member(&self, at: u32) -> &Member {
        // Indices are made by the builder from this very list.
        &self.members[at as usize]
    }

    fn people(&self, decky_index: &Member) -> &[Persona] {
        self.pools.get(decky_index.pool as usize).map_or(&[], |pool| &pool.people)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{a_world, decky, working};
    use alloc::format;
    use alloc::string::ToString;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn noon() -> Zoned {
        date(2026, 11, 3).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap()
    }

    #[test]
    fn only_people_at_work_on_deckies_with_files_are_drawn() {
        let mut builder = FleetBuilder::default();
        let day = builder
            .pool(alloc::vec![working("Day One", "09:00-18:00"), working("Night Owl", "22:00-06:00")], a_world(&[]));
        let night = builder.pool(alloc::vec![working("Night Two", "22:00-06:00")], a_world(&[]));
        builder.decky(decky("a", &[Service::Ssh], None), day);
        builder.decky(decky("b", &[Service::Ssh], None), night);
        builder.decky(decky("c", &[Service::Imap], None), day);
        let fleet = builder.build();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let actor = fleet.draw_actor(&noon(), &mut rng).unwrap();
            assert_eq!((actor.decky.name.as_str(), actor.persona.name.as_str()), ("a", "Day One"));
        }
        let morning = date(2026, 11, 3).at(7, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        assert!(fleet.draw_actor(&morning, &mut rng).is_none());
    }

    #[test]
    fn the_one_decky_at_work_among_thousands_is_found() {
        let mut builder = FleetBuilder::default();
        let asleep = builder.pool(alloc::vec![working("Night", "22:00-06:00")], a_world(&[]));
        let awake = builder.pool(alloc::vec![working("Day", "09:00-18:00")], a_world(&[]));
        for n in 0..3000 {
            builder.decky(decky(&format!("h{n}"), &[Service::Ssh], None), if n == 2999 { awake } else { asleep });
        }
        let fleet = builder.build();
        let actor = fleet.draw_actor(&noon(), &mut ChaCha8Rng::seed_from_u64(2)).unwrap();
        assert_eq!(actor.decky.name.to_string(), "h2999");
    }

    #[test]
    fn traffic_goes_between_two_different_hosts_to_a_known_address() {
        let mut builder = FleetBuilder::default();
        let pool = builder.pool(Vec::new(), a_world(&[]));
        builder.decky(decky("a", &[Service::Ssh], Some("10.0.0.1")), pool);
        assert_eq!(
            FleetBuilder { fleet: Fleet::default() }.build().draw_traffic(&mut ChaCha8Rng::seed_from_u64(0)),
            None
        );
        builder.decky(decky("b", &[Service::Ssh], None), pool);
        builder.decky(decky("c", &[Service::Ssh], Some("10.0.0.3")), pool);
        let fleet = builder.build();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut pairs = alloc::collections::BTreeSet::new();
        for _ in 0..300 {
            let traffic = fleet.draw_traffic(&mut rng).unwrap();
            pairs.insert(format!("{}{}", traffic.source.name, traffic.target.name));
        }
        assert_eq!(pairs.into_iter().collect::<Vec<_>>(), ["ac", "ba", "bc", "ca"]);
    }

    #[test]
    fn a_host_with_a_telling_name_is_never_mentioned() {
        let mut builder = FleetBuilder::default();
        let pool = builder.pool(alloc::vec![working("Day", "00:00-24:00")], a_world(&[]));
        builder.decky(decky("decky-01", &[Service::Ssh], None), pool);
        builder.decky(Decky { hostname: Some("mail01".to_owned()), ..decky("decky-02", &[Service::Ssh], None) }, pool);
        let fleet = builder.build();
        let actor = fleet.draw_actor(&noon(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        assert_eq!(actor.hosts.iter().map(|h| h.name.as_str()).collect::<Vec<_>>(), ["mail01"]);
    }
}
