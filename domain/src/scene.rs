//! The scene of a writing: who, on which host, among whom, when.

use alloc::string::String;

use jiff::Zoned;
use rand::{Rng, RngExt};

use crate::persona::Persona;

/// What a text may speak of.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// Who writes.
    pub persona: &'a Persona,
    /// The account they write with, which may be another's.
    pub login: &'a str,
    /// That account's home folder.
    pub home: &'a str,
    /// What the host calls itself.
    pub host: &'a str,
    /// Everybody in the same pool, the writer among them.
    pub colleagues: &'a [Persona],
    /// Host names of the fleet that a text may mention.
    pub hosts: &'a [String],
    /// When the text is (said to be) written, in local time.
    pub written: Zoned,
}

impl<'a> Scene<'a> {
    /// Somebody else of the pool; the writer where there is nobody else.
    pub fn colleague(&self, rng: &mut dyn Rng) -> &'a Persona {
        let mine = self.colleagues.iter().position(|c| c.email == self.persona.email);
        let others = self.colleagues.len() - usize::from(mine.is_some());
        if others == 0 {
            return self.persona;
        }
        let drawn = rng.random_range(0..others);
        let skip = usize::from(mine.is_some_and(|mine| drawn >= mine));
        self.colleagues.get(drawn + skip).unwrap_or(self.persona)
    }

    /// A host of the fleet, another one where there is one.
    pub fn other_host(&self, rng: &mut dyn Rng) -> &str {
        for _ in 0..4 {
            if self.hosts.is_empty() {
                break;
            }
            let drawn = &self.hosts[rng.random_range(0..self.hosts.len())];
            if drawn != self.host {
                return drawn;
            }
        }
        self.host
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::persona::Language;
    use alloc::vec::Vec;
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use serde_json::json;

    pub(crate) fn persona(name: &str) -> Persona {
        let email = alloc::format!("{}@corp.example.com", name.to_lowercase().replace(' ', "."));
        let entry = json!({"name": name, "email": email, "role": "Engineer"});
        Persona::parse(0, &entry, Language::EN, &mut Vec::new()).unwrap()
    }

    pub(crate) fn scene<'a>(persona: &'a Persona, colleagues: &'a [Persona]) -> Scene<'a> {
        let written = date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).unwrap();
        Scene { persona, login: persona.login(), home: "/home/annlee", host: "web-01", colleagues, hosts: &[], written }
    }

    #[test]
    fn a_colleague_is_never_the_writer_where_there_is_another() {
        let people = [persona("Ann Lee"), persona("Bob Ray"), persona("Cy Orr")];
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for writer in &people {
            let scene = scene(writer, &people);
            let met: alloc::collections::BTreeSet<_> =
                (0..50).map(|_| scene.colleague(&mut rng).first_name()).collect();
            assert_eq!(met.len(), 2);
            assert!(!met.contains(writer.first_name()));
        }
        assert_eq!(scene(&people[0], &people[..1]).colleague(&mut rng), &people[0]);
    }
}
