//! The company: its name, its people and whom they report to, what it uses, buys and sells.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use super::words::WorldWords;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::persona::Persona;
use crate::role::{RoleFamily, RoleWords};

/// Where a world comes from: kept in the database, once for an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What everything is drawn from.
    pub seed: u64,
    /// When this installation began.
    pub began: Timestamp,
}

/// A company, as of any moment.
#[derive(Clone, Debug)]
pub struct World {
    key: Key,
    /// In seconds since the epoch: when its oldest records begin, years before the installation.
    pub(super) founded: i64,
    company: String,
    domain: String,
    people: Vec<Member>,
    /// The people of each family, in the order of the pool.
    families: [Vec<PersonaIndex>; RoleFamily::ALL.len()],
    systems: Vec<String>,
    customers: Vec<String>,
    vendors: Vec<String>,
    products: Vec<String>,
    pub(super) code_names: Vec<String>,
    pub(super) tickets: TicketScheme,
}

/// What the world knows of one of its people.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    key: Key,
    family: RoleFamily,
    /// Their place among the people of the family.
    rank: usize,
    extension: u16,
    /// Who they report to; nobody for the one at the top.
    manager: Option<PersonaIndex>,
}

/// Somebody's place among the people of their family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    /// From 0 on, in the order of the pool.
    pub place: usize,
    /// How many people of the family there are.
    pub of: usize,
}

/// How a company writes its ticket numbers: one way, everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TicketScheme {
    pub(super) prefix: String,
    pub(super) first: u32,
}

/// So long before the installation its records begin.
const AGE_DAYS: i64 = 900;

impl World {
    /// The world of one pool. `scope` tells pools apart: a topology is a company of its own.
    pub fn new(origin: Origin, scope: &str, people: &[Persona], words: &WorldWords, roles: &RoleWords) -> Self {
        let key = Key::of(origin.seed).text(scope);
        let domain = common_domain(people);
        let members = members(key, people, roles);
        Self {
            key,
            founded: origin.began.as_second()
                - (AGE_DAYS + key.text("age").value().cast_signed().rem_euclid(900)) * DAY,
            company: company_of(&domain),
            domain,
            systems: some(key.text("systems"), &words.systems, 12),
            customers: some(key.text("customers"), &words.customers, 14),
            vendors: some(key.text("vendors"), &words.vendors, 9),
            products: some(key.text("products"), &words.products, 3),
            code_names: some(key.text("code names"), &words.code_names, words.code_names.len()),
            tickets: TicketScheme {
                prefix: one(key.text("tickets"), &words.ticket_prefixes),
                first: 800 + u32::try_from(key.text("first").below(7_000)).unwrap_or(0),
            },
            families: RoleFamily::ALL.map(|family| {
                let of_family = |who: &PersonaIndex| members[who.get()].family == family;
                (0..members.len()).map(PersonaIndex::new).filter(of_family).collect()
            }),
            people: members,
        }
    }

    /// What is drawn from for everything of this company.
    pub fn key(&self) -> Key {
        self.key
    }

    /// The company's name, from the domain of its people's addresses.
    pub fn company(&self) -> &str {
        &self.company
    }

    /// The domain of its people's addresses.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The noise of one person.
    pub fn person(&self, who: PersonaIndex) -> Key {
        self.people.get(who.get()).map_or(self.key, |m| m.key)
    }

    /// The family of a person's role.
    pub fn family(&self, who: PersonaIndex) -> RoleFamily {
        self.people.get(who.get()).map_or(RoleFamily::Support, |m| m.family)
    }

    /// A person's place among the people of their family; `None` for nobody's index.
    pub fn rank(&self, who: PersonaIndex) -> Option<Rank> {
        let member = self.people.get(who.get())?;
        Some(Rank { place: member.rank, of: self.members(member.family).len() })
    }

    /// The people of a family, in the order of the pool.
    pub fn members(&self, family: RoleFamily) -> &[PersonaIndex] {
        &self.families[family as usize]
    }

    /// A person's telephone extension.
    pub fn extension(&self, who: PersonaIndex) -> u16 {
        self.people.get(who.get()).map_or(100, |m| m.extension)
    }

    /// Who a person reports to.
    pub fn manager(&self, who: PersonaIndex) -> Option<PersonaIndex> {
        self.people.get(who.get())?.manager
    }

    /// Everybody, in the order of the pool.
    pub fn people(&self) -> impl Iterator<Item = PersonaIndex> {
        (0..self.people.len()).map(PersonaIndex::new)
    }

    /// How many people there are.
    pub fn headcount(&self) -> usize {
        self.people.len()
    }

    /// The software and services everybody uses.
    pub fn systems(&self) -> &[String] {
        &self.systems
    }

    /// Who buys from the company.
    pub fn customers(&self) -> &[String] {
        &self.customers
    }

    /// Who the company buys from.
    pub fn vendors(&self) -> &[String] {
        &self.vendors
    }

    /// What the company makes.
    pub fn products(&self) -> &[String] {
        &self.products
    }
}

pub(super) const DAY: i64 = 86_400;

/// The domain most people have; the company's own.
fn common_domain(people: &[Persona]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for person in people {
        let domain = person.email.split('@').nth(1).unwrap_or_default();
        match counts.iter_mut().find(|(known, _)| *known == domain) {
            Some((_, count)) => *count += 1,
            None => counts.push((domain, 1)),
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or_else(|| String::from("example.com"), |(domain, _)| (*domain).into())
}

/// `mail.northwind-logistics.example` → `Northwind Logistics`: the label before the last, in words.
fn company_of(domain: &str) -> String {
    let labels: Vec<&str> = domain.split('.').collect();
    // co.uk and the like: two short labels at the end.
    let tail = match labels[..] {
        [.., second, last] if second.len() <= 3 && last.len() == 2 && labels.len() > 2 => 2,
        _ => 1,
    };
    let name = labels.len().checked_sub(tail + 1).and_then(|at| labels.get(at)).copied().unwrap_or(domain);
    let mut out = String::new();
    for word in name.split(['-', '_']).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        let mut letters = word.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    out
}

fn members(key: Key, people: &[Persona], roles: &RoleWords) -> Vec<Member> {
    let mut members: Vec<Member> = people
        .iter()
        .map(|person| {
            let own = key.text(&person.email);
            // Three or four digits, all beginning alike, as a switchboard hands them out.
            let block = u16::try_from(key.text("extensions").below(8)).unwrap_or(0) + 1;
            let extension = block * 100 + u16::try_from(own.text("ext").below(100)).unwrap_or(0);
            Member { key: own, family: roles.family(&person.role), rank: 0, extension, manager: None }
        })
        .collect();
    let mut counts = [0; RoleFamily::ALL.len()];
    for member in &mut members {
        member.rank = counts[member.family as usize];
        counts[member.family as usize] += 1;
    }
    // The boss is the first manager, else whoever the noise puts on top.
    let rank = |m: &Member| (m.family != RoleFamily::Manager, m.key.text("rank").value());
    let top = (0..members.len()).min_by_key(|at| rank(&members[*at]));
    for at in 0..members.len() {
        let managers: Vec<usize> =
            (0..members.len()).filter(|m| *m != at && members[*m].family == RoleFamily::Manager).collect();
        members[at].manager = match (Some(at) == top, managers.len()) {
            (true, _) => None,
            (false, 0) => top.map(PersonaIndex::new),
            (false, n) => Some(PersonaIndex::new(managers[members[at].key.text("boss").index(n)])),
        };
    }
    members
}

/// One entry of a list.
fn one(key: Key, list: &[String]) -> String {
    list.get(key.index(list.len())).cloned().unwrap_or_default()
}

/// So many different entries of a list, in an order of their own.
fn some(key: Key, list: &[String], count: usize) -> Vec<String> {
    let mut order: Vec<(u64, &String)> = list.iter().map(|entry| (key.text(entry).value(), entry)).collect();
    order.sort();
    order.into_iter().take(count).map(|(_, entry)| entry.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::test_support::{origin, persona, world};

    #[test]
    fn a_company_is_named_after_its_domain() {
        for (domain, name) in [
            ("northwind-logistics.example", "Northwind Logistics"),
            ("corp.example.com", "Example"),
            ("acme.co.uk", "Acme"),
            ("mail.acme.co.uk", "Acme"),
            ("x", "X"),
        ] {
            assert_eq!(company_of(domain), name, "{domain}");
        }
    }

    #[test]
    fn two_seeds_and_two_topologies_are_different_companies() {
        let content = Content::embedded().unwrap();
        let people = [persona("Ann Lee"), persona("Bob Ray")];
        let of = |seed, scope| World::new(origin(seed), scope, &people, content.words(), content.roles());
        assert_eq!(of(1, "").systems(), of(1, "").systems());
        assert_ne!(of(1, "").customers(), of(2, "").customers());
        assert_ne!(of(1, "").customers(), of(1, "t1").customers());
    }

    #[test]
    fn everybody_but_one_has_somebody_they_report_to() {
        let content = Content::embedded().unwrap();
        let people: Vec<_> = ["Ann Lee", "Bob Ray", "Cy Orr"].map(persona).into();
        let world = world(&people, &content);
        assert_eq!(world.people().filter(|who| world.manager(*who).is_none()).count(), 1);
        assert!(world.people().all(|who| world.manager(who) != Some(who)));
    }
}
