//! Who gets a mail.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::message::Address;
use crate::content::TextGenerator;
use crate::index::PersonaIndex;
use crate::persona::Persona;

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// To whom.
    pub to: Vec<Address>,
    /// Who else.
    pub cc: Vec<Address>,
    /// Everybody who finds it in their mailbox, by place in the pool; the writer not among them.
    pub readers: Vec<PersonaIndex>,
}

/// Somebody of the pool, as an address.
pub fn address(persona: &Persona) -> Address {
    Address { name: persona.person_name().display().to_owned(), email: persona.email.clone() }
}

/// Who a new mail goes to: mostly one, who has to do with the matter; sometimes several; now and then
/// a team or everybody, by their list's address.
pub fn audience(generator: &mut TextGenerator<'_>) -> Audience {
    let context = generator.context();
    let (world, people, persona_index) = (context.world, context.colleagues, context.persona_index);
    let work_item = generator.work_item();
    let partner = if work_item.owner == persona_index { work_item.other } else { work_item.owner };
    let others: Vec<PersonaIndex> = (0..people.len()).map(PersonaIndex::new).filter(|n| *n != persona_index).collect();
    let one = |n: PersonaIndex| address(context.person(n));
    if others.is_empty() {
        return Audience { to: Vec::new(), cc: Vec::new(), readers: Vec::new() };
    }
    let first = if partner != persona_index && generator.chance(60) {
        partner
    } else {
        others[generator.rng().random_range(0..others.len())]
    };
    let roll = generator.rng().random_range(0..100);
    if roll < 62 || others.len() < 2 {
        return Audience { to: alloc::vec![one(first)], cc: Vec::new(), readers: alloc::vec![first] };
    }
    if roll < 76 {
        // The boss, or who the matter is shared with, reads along.
        let boss = world.manager(persona_index).filter(|boss| *boss != first && *boss != persona_index);
        let along = boss.or(Some(partner)).filter(|n| *n != first && *n != persona_index);
        if let Some(along) = along {
            let readers = alloc::vec![first, along];
            return Audience { to: alloc::vec![one(first)], cc: alloc::vec![one(along)], readers };
        }
    }
    if roll < 90 {
        let mut readers = alloc::vec![first];
        for _ in 0..generator.rng().random_range(1..=2) {
            let next = others[generator.rng().random_range(0..others.len())];
            if !readers.contains(&next) {
                readers.push(next);
            }
        }
        return Audience { to: readers.iter().map(|n| one(*n)).collect(), cc: Vec::new(), readers };
    }
    let team: Vec<PersonaIndex> = others.iter().copied().filter(|n| world.family(*n) == work_item.family).collect();
    let rules = generator.pack().rules();
    let (rule, readers) = if team.len() > 1 && generator.chance(65) {
        let lists = [
            rules.list_sysadmin,
            rules.list_developer,
            rules.list_finance,
            rules.list_hr,
            rules.list_sales,
            rules.list_support,
            rules.list_manager,
        ];
        (lists[work_item.family as usize], team)
    } else {
        (rules.list_everybody, others)
    };
    let local = generator.text(rule);
    let list = Address { name: String::new(), email: alloc::format!("{local}@{}", world.domain()) };
    Audience { to: alloc::vec![list], cc: Vec::new(), readers }
}
