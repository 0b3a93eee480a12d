//! The running fleet, arranged so that drawing from it costs the same at ten deckies and ten thousand.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use core::net::IpAddr;
use rand::{Rng, RngExt};

use crate::decky::{ContainerRef, Decky, DeckyId, Service};
use crate::facts::HostFacts;
use crate::host_place::HostPlace;
use crate::host_ref::HostRef;
use crate::index::{DeckyIndex, PersonaIndex};
use crate::noise::Key;
use crate::persona::Persona;
use crate::world::World;

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
    /// Members in the order of their ids.
    by_id: Vec<u32>,
}

/// People, and the company they are.
#[derive(Clone, Debug)]
struct Pool {
    people: Arc<[Persona]>,
    world: Arc<World>,
    /// On how many deckies its people have files.
    hosts: u32,
    /// On how many they have mail.
    mail_hosts: u32,
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
    /// Its place among the hosts of the pool that have files; of no meaning where it has none.
    place: u32,
    /// Its place among the mail hosts of the pool; of no meaning where it is none.
    mail_place: u32,
}

/// Somebody on a decky: who, where, and among whom.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// The decky.
    pub decky: &'a Decky,
    /// Its place in [`Fleet::members`].
    pub decky_index: DeckyIndex,
    /// Where its files go.
    pub container: &'a ContainerRef,
    /// Who writes.
    pub persona: &'a Persona,
    /// Their place among the colleagues.
    pub persona_index: PersonaIndex,
    /// Everybody of the same pool.
    pub colleagues: &'a [Persona],
    /// The company they are.
    pub world: &'a World,
    /// Hosts that a text may mention.
    pub hosts: &'a [HostRef],
    /// The decky's place among those on which these people have files.
    pub place: HostPlace,
}

impl<'a> Actor<'a> {
    /// What the host calls itself: its own word, else the operator's, unless that would give the game away.
    pub fn host<'b>(&self, facts: &'b HostFacts) -> &'b str
    where
        'a: 'b,
    {
        own_name(self.decky, facts, "localhost")
    }

    /// The installation's noise for the logs of this host.
    pub fn log_key(&self) -> Key {
        self.world.key().text("logs").text(self.decky.id.as_str())
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
    /// The decky's place among those on which these people have mail.
    pub place: HostPlace,
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

/// Words that nothing on a decky may hold: they would tell an intruder what it is. A
/// host that is called so is never mentioned in a text.
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
        self.fleet.pools.push(Pool { people: personas.into(), world: world.into(), hosts: 0, mail_hosts: 0 });
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
        let (mut place, mut mail_place) = (0, 0);
        if let Some(pool) = self.fleet.pools.get_mut(pool.0 as usize) {
            (place, mail_place) = (pool.hosts, pool.mail_hosts);
            pool.hosts += u32::from(files.is_some());
            pool.mail_hosts += u32::from(mail.is_some());
        }
        self.fleet.members.push(Member { decky, files, mail, pool: pool.0, place, mail_place });
    }

    /// The finished fleet.
    pub fn build(mut self) -> Fleet {
        let members = &self.fleet.members;
        let mut by_id: Vec<u32> = (0..index(members.len())).collect();
        // Stable: of two with the same id the first is found.
        by_id.sort_by_key(|at| &members[*at as usize].decky.id);
        self.fleet.by_id = by_id;
        self.fleet
    }
}

/// Fleets are far below four thousand million deckies.
fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Fleet {
    /// Every decky.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// One person on one decky; `None` where there is no such, or no place for files.
    pub fn actor(&self, decky_index: DeckyIndex, persona_index: PersonaIndex) -> Option<Actor<'_>> {
        let at = self.members.get(decky_index.get())?;
        let pool = self.pools.get(at.pool as usize)?;
        Some(Actor {
            decky: &at.decky,
            decky_index,
            container: at.files.as_ref()?,
            persona: pool.people.get(persona_index.get())?,
            persona_index,
            colleagues: &pool.people,
            world: &pool.world,
            hosts: &self.hosts,
            place: HostPlace::new(at.place, pool.hosts),
        })
    }

    /// A person by name, on a decky by what everybody else calls it; `None` where [`Self::actor`] has nobody.
    pub fn actor_called(&self, decky: &DeckyId, name: &str) -> Option<Actor<'_>> {
        let decky = self.index_of(decky)?;
        let persona = self.people_of(decky).iter().position(|person| person.name == name)?;
        self.actor(decky, PersonaIndex::new(persona))
    }

    /// Deckies that have a place for files and people to write them, by their place in [`Self::members`].
    pub fn inhabited(&self) -> impl Iterator<Item = DeckyIndex> {
        self.inhabited.iter().map(|at| DeckyIndex::new(*at as usize))
    }

    /// How many [`Self::inhabited`] has.
    pub fn inhabited_len(&self) -> usize {
        self.inhabited.len()
    }

    /// The decky at a place of [`Self::inhabited`].
    pub fn nth_inhabited(&self, n: usize) -> Option<DeckyIndex> {
        self.inhabited.get(n).map(|at| DeckyIndex::new(*at as usize))
    }

    /// Where a decky's files go, if anywhere.
    pub fn files_of(&self, decky: DeckyIndex) -> Option<&ContainerRef> {
        self.members.get(decky.get())?.files.as_ref()
    }

    /// The place of a decky, by what everybody else calls it.
    pub fn index_of(&self, id: &DeckyId) -> Option<DeckyIndex> {
        let id_at = |at: u32| &self.members[at as usize].decky.id;
        let at = *self.by_id.get(self.by_id.partition_point(|at| id_at(*at) < id))?;
        (id_at(at) == id).then(|| DeckyIndex::new(at as usize))
    }

    /// Deckies with a mail server and at least two people, by their place in [`Self::members`].
    pub fn mail_hosts(&self) -> impl Iterator<Item = DeckyIndex> {
        self.mail_hosts.iter().map(|at| DeckyIndex::new(*at as usize))
    }

    /// A mail host: its decky, its mail container, its people and their company.
    pub fn mail_server(&self, decky_index: DeckyIndex) -> Option<MailServer<'_>> {
        let at = self.members.get(decky_index.get())?;
        let pool = self.pools.get(at.pool as usize)?;
        Some(MailServer {
            decky: &at.decky,
            container: at.mail.as_ref()?,
            people: &pool.people,
            world: &pool.world,
            hosts: &self.hosts,
            place: HostPlace::new(at.mail_place, pool.mail_hosts),
        })
    }

    /// The people of a decky's pool.
    pub fn people_of(&self, decky_index: DeckyIndex) -> &[Persona] {
        self.members.get(decky_index.get()).map_or(&[], |decky_index| self.people(decky_index))
    }

    /// Where SSH traffic can go from a decky, as `draw_traffic` would draw it; by place in [`Self::members`].
    pub fn targets_from(&self, decky_index: DeckyIndex) -> impl Iterator<Item = DeckyIndex> {
        let is_source = self.sources.binary_search(&index(decky_index.get())).is_ok();
        let targets = self.targets.iter().map(|at| DeckyIndex::new(*at as usize));
        targets.filter(move |at| is_source && *at != decky_index)
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
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn deckies_are_found_by_what_everybody_else_calls_them() {
        let mut builder = FleetBuilder::default();
        let pool = builder.pool(Vec::new(), a_world(&[]));
        // In no order, and the last has the id of the first once more.
        for name in ["web-02", "db-01", "web-01", "mail-01", "web-02"] {
            builder.decky(decky(name, &[], None), pool);
        }
        let fleet = builder.build();
        for (at, member) in fleet.members().iter().take(4).enumerate() {
            assert_eq!(fleet.index_of(&member.decky.id), Some(DeckyIndex::new(at)));
        }
        assert_eq!(fleet.index_of(&fleet.members()[4].decky.id), Some(DeckyIndex::new(0)));
        for unknown in ["", "a", "zzz"] {
            assert_eq!(fleet.index_of(&DeckyId::new(unknown)), None);
        }
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
        let actor = fleet.actor(DeckyIndex::new(0), PersonaIndex::new(0)).unwrap();
        assert_eq!(actor.hosts.iter().map(|h| h.name.as_str()).collect::<Vec<_>>(), ["mail01"]);
    }
}
