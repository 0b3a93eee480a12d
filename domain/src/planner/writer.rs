//! Who acts, and where.

use alloc::vec::Vec;

use jiff::Zoned;
use rand::{Rng, RngExt};

use super::known::{HostState, Known, Question};
use crate::facts::HostFacts;
use crate::fleet::{Actor, Fleet};
use crate::index::{DeckyIndex, PersonaIndex};
use crate::persona::Persona;

/// How many deckies are drawn before all of them are looked through.
const TRIES: usize = 24;

/// Draws a decky and one of its people who is at work there. Each decky with somebody at work is equally
/// likely. Hours are read in the persona's zone, else in the decky's, else in that of `now`.
///
/// `Ok(None)` when nobody is at work anywhere.
///
/// # Errors
/// With the question about a host that nobody has looked at.
pub fn draw_actor<'a>(
    fleet: &'a Fleet,
    known: &Known,
    now: &Zoned,
    rng: &mut dyn Rng,
) -> Result<Option<Actor<'a>>, Question> {
    let inhabited = fleet.inhabited_len();
    if inhabited == 0 {
        return Ok(None);
    }
    for _ in 0..TRIES {
        let Some(decky) = fleet.nth_inhabited(rng.random_range(0..inhabited)) else { continue };
        if let Some(actor) = at_work_on(fleet, decky, known, now, rng)? {
            return Ok(Some(actor));
        }
    }
    let awake: Vec<DeckyIndex> =
        fleet.inhabited().filter(|decky| has_somebody_at_work(fleet, *decky, known, now)).collect();
    if awake.is_empty() {
        return Ok(None);
    }
    at_work_on(fleet, awake[rng.random_range(0..awake.len())], known, now, rng)
}

/// Somebody at work on one decky.
fn at_work_on<'a>(
    fleet: &'a Fleet,
    decky: DeckyIndex,
    known: &Known,
    now: &Zoned,
    rng: &mut dyn Rng,
) -> Result<Option<Actor<'a>>, Question> {
    let people = fleet.people_of(decky);
    let Some(container) = fleet.files_of(decky) else { return Ok(None) };
    match known.host(container) {
        HostState::Away => Ok(None),
        HostState::Unknown => {
            // Its zone isn't known: whoever has no zone of their own may be at work there.
            let may = |p: &Persona| p.zone.is_none() || p.is_at_work(now);
            let drawn = nth_of(people, may, rng);
            Err(match drawn {
                Some(persona) => Question::Host { decky, persona, container: container.clone() },
                None => return Ok(None),
            })
        }
        HostState::Facts(facts) => {
            let drawn = nth_of(people, |p| is_writer(p, people, facts, now), rng);
            Ok(drawn.and_then(|persona| fleet.actor(decky, persona)))
        }
    }
}

fn has_somebody_at_work(fleet: &Fleet, decky: DeckyIndex, known: &Known, now: &Zoned) -> bool {
    let people = fleet.people_of(decky);
    let Some(container) = fleet.files_of(decky) else { return false };
    match known.host(container) {
        HostState::Away => false,
        HostState::Unknown => people.iter().any(|p| p.is_at_work(now)),
        HostState::Facts(facts) => people.iter().any(|p| is_writer(p, people, facts, now)),
    }
}

/// Whether somebody is at work and may write on a host: where some of the pool have accounts, only they do.
/// Where nobody has one, everybody stands in as an account that exists: accounts are never changed.
fn is_writer(persona: &Persona, people: &[Persona], facts: &HostFacts, now: &Zoned) -> bool {
    persona.active_hours.contains(facts.local(persona, now).time())
        && (facts.has_account(persona) || !people.iter().any(|p| facts.has_account(p)))
}

/// Whether somebody may act on a host at all, at work or not.
pub fn may_write(persona: &Persona, people: &[Persona], facts: &HostFacts, now: &Zoned) -> bool {
    facts.has_account(persona) || is_writer(persona, people, facts, now)
}

fn nth_of(people: &[Persona], is_one: impl Fn(&Persona) -> bool, rng: &mut dyn Rng) -> Option<PersonaIndex> {
    let count = people.iter().filter(|p| is_one(p)).count();
    if count == 0 {
        return None;
    }
    let drawn = rng.random_range(0..count);
    people.iter().enumerate().filter(|(_, p)| is_one(p)).nth(drawn).map(|(n, _)| PersonaIndex::new(n))
}
