//! A person logs in from one host to another: where to, and what is typed there.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::{Rng, RngExt};

use super::context::DecisionContext;
use super::known::{HostState, Known, Question};
use crate::agenda::Gap;
use crate::content::TextGenerator;
use crate::facts::HostFacts;
use crate::fleet::{Actor, Endpoint, Traffic};
use crate::index::{DeckyIndex, PersonaIndex};
use crate::novelty::Novelty;
use crate::writing_context::WritingContext;

/// A login, before it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlan {
    /// Where it comes from.
    pub from: DeckyIndex,
    /// Where it goes.
    pub to: DeckyIndex,
    /// Who logs in.
    pub persona: PersonaIndex,
    /// The account, the same on both.
    pub login: String,
    /// The connection.
    pub traffic: Traffic,
    /// What is typed there, each after so many milliseconds; the last is `exit`.
    pub typed: Vec<(u32, String)>,
}

/// Of so many targets one is drawn.
const MOST_TARGETS: usize = 500;
/// How many targets are drawn before the turn is given up.
const TRIES: usize = 4;

/// Plans a login of `from`'s persona somewhere else. `Ok(None)` where there is nowhere to go.
///
/// # Errors
/// With the question about a target that nobody has looked at.
pub(super) fn plan_session(
    context: &DecisionContext<'_>,
    from: Actor<'_>,
    facts: &HostFacts,
    known: &Known,
    rng: &mut dyn Rng,
) -> Result<Option<SessionPlan>, Question> {
    let now = context.now.timestamp();
    if !facts.has_account(from.persona) {
        return Ok(None);
    }
    let mut targets: Vec<DeckyIndex> = context.fleet.targets_from(from.decky_index).take(MOST_TARGETS).collect();
    for _ in 0..TRIES {
        if targets.is_empty() {
            return Ok(None);
        }
        let target = targets.swap_remove(rng.random_range(0..targets.len()));
        let to = context.fleet.actor(target, from.persona_index).filter(|to| to.persona == from.persona);
        let Some(to) = to else { continue };
        let (Some(address), Some(container)) = (to.decky.ip, from.decky.ssh()) else { continue };
        let target_facts = match known.host(to.container) {
            HostState::Away => continue,
            HostState::Unknown => {
                let container = to.container.clone();
                return Err(Question::Host { decky: target, persona: to.persona_index, container });
            }
            HostState::Facts(facts) => facts,
        };
        // A person's accounts may have another name on each host.
        let Some(account) = target_facts.own_account(to.persona) else { continue };
        let login = &account.login;
        if context.unfit.has(to.container, login, now) {
            continue;
        }
        let end =
            |actor: &Actor<'_>| Endpoint { id: actor.decky.id.clone(), name: actor.decky.name.as_str().to_owned() };
        let traffic = Traffic { source: end(&from), container, target: end(&to), address, port: 22 };
        let typed = typed(context, to, target_facts, rng);
        let (from, persona) = (from.decky_index, from.persona_index);
        return Ok(Some(SessionPlan { from, to: target, persona, login: login.to_owned(), traffic, typed }));
    }
    Ok(None)
}

/// What is typed on the target: a few commands, with a person's pauses, and `exit`.
fn typed(context: &DecisionContext<'_>, to: Actor<'_>, facts: &HostFacts, rng: &mut dyn Rng) -> Vec<(u32, String)> {
    let Some(account) = facts.account_of(to.persona) else { return Vec::new() };
    let novelty = Novelty::default();
    let writing = WritingContext {
        world: to.world,
        persona: to.persona,
        persona_index: to.persona_index,
        login: &account.login,
        home: account.home.as_str(),
        host: to.host(facts),
        facts,
        colleagues: to.colleagues,
        hosts: to.hosts,
        place: to.place,
        novelty: &novelty,
        stories: context.content.stories(to.persona.language),
        holidays: context.content.holidays(),
        instances: Some(context.instances),
        written: facts.local(to.persona, context.now),
    };
    let mut generator = TextGenerator::new(context.content.pack(to.persona.language), &writing, rng);
    let rule = generator.pack().rules().session_command;
    let longest = context.policy.longest_session_millis.max(2_000);
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
