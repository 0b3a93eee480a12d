//! What tests of several modules start from: people, a company, a host, a moment.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::content::Content;
use crate::decky::{Decky, DeckyId, DeckyName, Service, Source};
use crate::facts::HostFacts;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;
use crate::novelty::Novelty;
use crate::persona::{Language, Persona};
use crate::world::{Origin, World};
use crate::writing_context::WritingContext;

pub(crate) fn origin(seed: u64) -> Origin {
    Origin { seed, began: "2026-06-01T00:00:00Z".parse().unwrap() }
}

pub(crate) fn world(people: &[Persona], content: &Content) -> World {
    World::new(origin(7), "", people, content.words(), content.roles())
}

pub(crate) fn persona(name: &str) -> Persona {
    writer(name, "Engineer", "en")
}

pub(crate) fn writer(name: &str, role: &str, language: &str) -> Persona {
    let local: alloc::string::String =
        name.to_lowercase().replace(' ', ".").chars().filter(|c| *c == '.' || c.is_alphanumeric()).collect();
    let email = format!("{}@corp.example.com", local.replace("..", "."));
    let entry = json!({"name": name, "email": email, "role": role, "language": language});
    Persona::parse(0, &entry, Language::EN, &mut Vec::new()).unwrap()
}

/// Everything a scene borrows from.
pub(crate) struct Stand<'c> {
    content: &'c Content,
    pub(crate) people: Vec<Persona>,
    pub(crate) hosts: Vec<HostRef>,
    pub(crate) world: World,
    pub(crate) facts: HostFacts,
    pub(crate) novelty: Novelty,
}

impl<'c> Stand<'c> {
    pub(crate) fn new(people: Vec<Persona>, content: &'c Content) -> Self {
        let host = |name: &str, ip: &str| HostRef { name: name.to_owned(), address: ip.parse().ok() };
        Self {
            content,
            world: World::new(origin(7), "", &people, content.words(), content.roles()),
            people,
            hosts: alloc::vec![host("web-01", "10.0.0.1"), host("db-01", "10.0.0.2"), host("mail01", "10.0.0.3")],
            facts: HostFacts::parse("root:x:0:0::/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\n", ""),
            novelty: Novelty::default(),
        }
    }

    pub(crate) fn context(&self, persona_index: usize, written: Zoned) -> WritingContext<'_> {
        WritingContext {
            world: &self.world,
            persona: &self.people[persona_index],
            persona_index: PersonaIndex::new(persona_index),
            login: self.people[persona_index].login(),
            home: "/home/annlee",
            host: "web-01",
            facts: &self.facts,
            colleagues: &self.people,
            hosts: &self.hosts,
            place: crate::host_place::HostPlace::new(0, 3),
            novelty: &self.novelty,
            stories: self.content.stories(self.people[persona_index].language),
            holidays: self.content.holidays(),
            instances: None,
            written,
        }
    }
}

pub(crate) fn tuesday() -> Zoned {
    date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).unwrap()
}

pub(crate) fn decky(name: &str, services: &[Service], ip: Option<&str>) -> Decky {
    Decky {
        id: DeckyId::new(format!("local:{name}")),
        name: DeckyName::new(name).unwrap(),
        hostname: None,
        ip: ip.map(|ip| ip.parse().unwrap()),
        services: services.into(),
        containers: crate::decky::Containers::default(),
        source: Source::Fleet,
    }
}

pub(crate) fn a_world(people: &[Persona]) -> World {
    world(people, &Content::embedded().unwrap())
}

pub(crate) fn working(name: &str, hours: &str) -> Persona {
    let entry = json!({"name": name, "email": format!("{}@corp.example.com", name.replace(' ', ".")), "role": "x", "active_hours": hours});
    Persona::parse(0, &entry, Language::EN, &mut Vec::new()).unwrap()
}
