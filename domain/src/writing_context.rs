//! What a text is written from: who writes, on which host, among whom, when.

use jiff::Zoned;
use rand::{Rng, RngExt};

use crate::calendar::Holidays;
use crate::facts::HostFacts;
use crate::host_place::HostPlace;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;
use crate::novelty::Novelty;
use crate::persona::Persona;
use crate::story::InstanceCache;
use crate::story::stories::Stories;
use crate::world::World;

/// What a text may speak of.
#[derive(Clone, Debug)]
pub struct WritingContext<'a> {
    /// The company.
    pub world: &'a World,
    /// Who writes.
    pub persona: &'a Persona,
    /// Their place among the colleagues, and so in the world.
    pub persona_index: PersonaIndex,
    /// The account they write with, which may be another's.
    pub login: &'a str,
    /// That account's home folder.
    pub home: &'a str,
    /// What the host calls itself.
    pub host: &'a str,
    /// What is known of the host.
    pub facts: &'a HostFacts,
    /// Everybody in the same pool, the writer among them.
    pub colleagues: &'a [Persona],
    /// Hosts of the fleet that a text may mention.
    pub hosts: &'a [HostRef],
    /// This host's place among those on which these people have files.
    pub place: HostPlace,
    /// What was written before.
    pub novelty: &'a Novelty,
    /// The storylines of the writer's language, where it has any.
    pub stories: Option<&'a Stories>,
    /// When people are off.
    pub holidays: &'a Holidays,
    /// What was drawn before of the storylines of these people, where that is kept.
    pub instances: Option<&'a InstanceCache>,
    /// When the text is (said to be) written, in local time.
    pub written: Zoned,
}

impl<'a> WritingContext<'a> {
    /// Somebody else of the pool; the writer where there is nobody else.
    pub fn colleague(&self, rng: &mut dyn Rng) -> PersonaIndex {
        let others = self.colleagues.len().saturating_sub(1);
        if others == 0 {
            return self.persona_index;
        }
        let drawn = rng.random_range(0..others);
        PersonaIndex::new(drawn + usize::from(drawn >= self.persona_index.get()))
    }

    /// One of the colleagues; the writer for a place that is nobody's.
    pub fn person(&self, at: PersonaIndex) -> &'a Persona {
        self.colleagues.get(at.get()).unwrap_or(self.persona)
    }

    /// A host of the fleet, another one where there is one.
    pub fn other_host(&self, rng: &mut dyn Rng) -> Option<&'a HostRef> {
        for _ in 0..4 {
            if self.hosts.is_empty() {
                break;
            }
            let drawn = &self.hosts[rng.random_range(0..self.hosts.len())];
            if drawn.name != self.host {
                return Some(drawn);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::content::Content;
    use crate::index::PersonaIndex;
    use crate::test_support::{Stand, persona, tuesday};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn a_colleague_is_never_the_writer_where_there_is_another() {
        let content = Content::embedded().unwrap();
        let stand = Stand::new(alloc::vec![persona("Ann Lee"), persona("Bob Ray"), persona("Cy Orr")], &content);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for persona_index in 0..3 {
            let context = stand.context(persona_index, tuesday());
            let met: alloc::collections::BTreeSet<_> = (0..50).map(|_| context.colleague(&mut rng)).collect();
            assert_eq!(met.len(), 2);
            assert!(!met.contains(&PersonaIndex::new(persona_index)));
        }
        let alone = Stand::new(alloc::vec![persona("Ann Lee")], &content);
        assert_eq!(alone.context(0, tuesday()).colleague(&mut rng), PersonaIndex::new(0));
    }
}
