//! From a decision to what was done: questions are answered, and the decision is carried out.

use std::sync::Arc;

use decnet_domain::artifact::Artifact;
use decnet_domain::body::Body;
use decnet_domain::content_class::CanaryClass;
use decnet_domain::diurnal::{Backdate, sample_mtime};
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Actor;
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::noise::Key;
use decnet_domain::novelty::Novelty;
use decnet_domain::planner::context::DecisionContext;
use decnet_domain::planner::decide::{Decision, Task, decide};
use decnet_domain::planner::known::{Known, PathState, Prepared, Question};
use decnet_domain::planner::plan::{Candidate, Site};
use decnet_domain::planner::unfit_logins::UnfitLogins;
use decnet_domain::record::Event;
use decnet_domain::story::InstanceCache;
use decnet_ports::{CanaryOrder, RepoError};
use rand::rngs::ChaCha8Rng;

use crate::accounts::with_account;
use crate::context::TickContext;
use crate::execution::is_under_way;
use crate::files::{NewContent, PlantOutcome, carry_out_plan, plant, remove_scratch};
use crate::llm_queue::{LlmOutcome, LlmRequest};
use crate::tampering::{OwnFile, read_ours};
use crate::tick::{FileOutcome, Mode, Tick};
use crate::{logs, mail, sessions};

/// A person goes on with something recent: among so many of the latest files.
const RECENT: u32 = 60;
/// So many hosts nobody has looked at are looked at for one decision: each may cost eight seconds.
const MOST_LOOKS: usize = 5;
/// So many questions are answered for one decision.
const MOST_QUESTIONS: usize = 64;
/// So often a decision that can't be carried out is made again.
const MOST_ATTEMPTS: usize = 8;

/// What an answer means for the decision.
enum Answer {
    /// It can be made again.
    Known,
    /// It can't be made now: a host has just cost a time-out, or a text comes later.
    Stop,
}

/// Decides what happens and carries it out. `known` may have answers already. Everything drawn follows from `key`.
///
/// # Errors
/// When the store can't be used.
pub(crate) async fn act(
    ctx: &TickContext<'_>,
    task: &Task,
    mut known: Known,
    key: Key,
) -> Result<Option<Tick>, RepoError> {
    let rng = &mut key.text("carry out").rng();
    let (mut looks, mut attempts) = (0, 0);
    for _ in 0..MOST_QUESTIONS {
        let decision = decided(ctx, task, &known, key);
        if let Decision::Ask(question) = decision {
            let is_new_host =
                matches!(&question, Question::Host { container, .. } if ctx.state.facts.known(container).is_none());
            looks += usize::from(is_new_host);
            if looks > MOST_LOOKS {
                return Ok(None);
            }
            match answer(ctx, question, &mut known, rng).await? {
                Answer::Known => continue,
                Answer::Stop => return Ok(None),
            }
        }
        attempts += 1;
        if attempts > MOST_ATTEMPTS {
            return Ok(None);
        }
        match carry_out(ctx, decision, &mut known, rng).await? {
            Carried::Done(tick) => return Ok(Some(tick)),
            Carried::Nothing => return Ok(None),
            Carried::Again => {}
        }
    }
    Ok(None)
}

fn decided(ctx: &TickContext<'_>, task: &Task, known: &Known, key: Key) -> Decision {
    let of = |novelty: &Novelty, unfit: &UnfitLogins, instances: &InstanceCache| {
        decide(
            &DecisionContext {
                fleet: ctx.fleet,
                content: &ctx.ports.content,
                weights: ctx.weights,
                novelty,
                policy: ctx.policy,
                unfit,
                instances,
                now: ctx.now,
            },
            task,
            known,
            key,
        )
    };
    let state = ctx.state;
    state.with_novelty(|novelty| {
        state.with_unfit(|unfit| state.with_instances(|instances| of(novelty, unfit, instances)))
    })
}

async fn answer(
    ctx: &TickContext<'_>,
    question: Question,
    known: &mut Known,
    rng: &mut ChaCha8Rng,
) -> Result<Answer, RepoError> {
    match question {
        Question::Host { decky, persona, container } => {
            let now = ctx.now.timestamp();
            let was_resting = ctx.state.facts.is_resting(&container, now);
            let facts = host(ctx, decky, persona, rng).await?;
            let is_away = facts.is_none();
            known.add_host(&container, facts);
            // One that has just cost its time-out is enough for one tick.
            Ok(if is_away && !was_resting { Answer::Stop } else { Answer::Known })
        }
        Question::Recent(decky) => {
            let files = ctx.ports.repo.recent_files(&decky, RECENT).await?;
            for file in files.iter().filter(|file| ctx.state.is_abandoned(file.id)) {
                known.add_abandoned(file.id);
            }
            known.add_recent(decky, files);
            Ok(Answer::Known)
        }
        Question::Path(decky, path) => {
            let state = match ctx.ports.repo.file_at(&decky, &path).await {
                Ok(None) => PathState::Free,
                Ok(Some(file)) => {
                    if ctx.state.is_abandoned(file.id) {
                        known.add_abandoned(file.id);
                    }
                    PathState::Ours(Box::new(file))
                }
                Err(error @ RepoError::Corrupt(_)) => {
                    tracing::warn!(error = %error, path = %path, "another name is drawn");
                    PathState::Taken
                }
                Err(error) => return Err(error),
            };
            known.add_path(decky, &path, state);
            Ok(Answer::Known)
        }
        Question::Body { decky, persona, candidate } => {
            let body = match ctx.fleet.actor(decky, persona) {
                Some(actor) => body(ctx, &Site::of(actor), &candidate, rng).await?,
                None => None,
            };
            known.add_body(candidate.file, body);
            Ok(Answer::Known)
        }
        Question::Text(request) => {
            let actor = ctx.fleet.actor_called(&request.file.decky, &request.file.persona);
            let Some(actor) = actor else { return Ok(Answer::Stop) };
            let (class, work_item) = (request.file.class, request.file.work_item);
            let asked = LlmRequest::File(request.file);
            let outcome = ctx.llm_queue.words(asked, request.prompt, actor.persona, request.kind, request.today).await;
            match outcome {
                LlmOutcome::Later => return Ok(Answer::Stop),
                LlmOutcome::Ready(answer) => known.add_text(Some(Prepared { class, work_item, text: answer.text })),
                LlmOutcome::Template => known.add_text(None),
            }
            Ok(Answer::Known)
        }
    }
}

/// What a host looks like, after its persona has got an account there, where the operator wants that.
async fn host(
    ctx: &TickContext<'_>,
    decky: DeckyIndex,
    persona: PersonaIndex,
    rng: &mut ChaCha8Rng,
) -> Result<Option<Arc<HostFacts>>, RepoError> {
    let Some(actor) = ctx.fleet.actor(decky, persona) else { return Ok(None) };
    match ctx.state.facts.of(ctx.ports, actor.container, ctx.now.timestamp()).await {
        Some(facts) => with_account(ctx, actor, facts, rng).await.map(Some),
        None => Ok(None),
    }
}

/// The text of a file that is about to be edited, if it is still what we left there.
async fn body(
    ctx: &TickContext<'_>,
    site: &Site,
    candidate: &Candidate,
    rng: &mut ChaCha8Rng,
) -> Result<Option<String>, RepoError> {
    // An action of unknown fate: recovery finds out first what ought to stand there.
    if is_under_way(ctx, site, |path| path == candidate.path.as_str()).await? {
        return Ok(None);
    }
    let file = OwnFile { id: candidate.file, path: &candidate.path, hash: &candidate.hash };
    let read = read_ours(ctx, site, file, rng).await?;
    Ok(read.and_then(|content| String::from_utf8(content.bytes).ok()))
}

/// What came of carrying a decision out.
enum Carried {
    /// This was done, or tried.
    Done(Tick),
    /// There is nothing to do.
    Nothing,
    /// It couldn't be carried out, and another decision is to be made with what is known now.
    Again,
}

impl From<Event> for Carried {
    fn from(event: Event) -> Self {
        Self::Done(Tick::File(FileOutcome::Acted(Box::new(event))))
    }
}

async fn carry_out(
    ctx: &TickContext<'_>,
    decision: Decision,
    known: &mut Known,
    rng: &mut ChaCha8Rng,
) -> Result<Carried, RepoError> {
    let done = match decision {
        Decision::Ask(_) | Decision::Quiet => return Ok(Carried::Nothing),
        Decision::LeaveAlone => return Ok(Carried::Done(Tick::File(FileOutcome::LeftAlone))),
        Decision::Probe(traffic) => return Ok(Carried::Done(sessions::probe(ctx, &traffic, rng).await?)),
        Decision::File(plan) if ctx.mode == Mode::DryRun => {
            return Ok(Carried::Done(Tick::File(FileOutcome::Planned(Box::new(plan)))));
        }
        Decision::Session(_) | Decision::Remove(..) if ctx.mode == Mode::DryRun => return Ok(Carried::Nothing),
        Decision::Session(plan) => {
            let event = sessions::log_in(ctx, &plan, rng).await?;
            return Ok(event.map_or(Carried::Nothing, |event| Carried::Done(Tick::Traffic(Box::new(event)))));
        }
        Decision::File(plan) => match carry_out_plan(ctx, &plan, rng).await? {
            PlantOutcome::Acted(event) => Some((*event).into()),
            PlantOutcome::Taken => {
                known.add_path(plan.site().decky.clone(), &plan.artifact().path, PathState::Taken);
                None
            }
        },
        Decision::Logs(decky, persona) => {
            let Some((actor, facts)) = known_host(ctx, decky, persona) else { return Ok(Carried::Nothing) };
            known.add_quiet_logs(&actor.decky.id);
            logs::bring_up_to_date(ctx, actor, &facts, rng).await?.map(Carried::from)
        }
        Decision::Remove(site, file) => {
            known.add_abandoned(file.id);
            remove_scratch(ctx, &site, &file, rng).await?.map(Carried::from)
        }
        Decision::Cultivate(decky, persona, class) => {
            known.add_refused(class);
            cultivate(ctx, decky, persona, class, rng).await?.map(Carried::from)
        }
        Decision::Mail => {
            known.add_no_mail();
            mail::any(ctx, rng).await?.map(|mail| Carried::Done(Tick::Mail(Box::new(mail))))
        }
    };
    Ok(done.unwrap_or(Carried::Again))
}

fn known_host<'a>(
    ctx: &TickContext<'a>,
    decky: DeckyIndex,
    persona: PersonaIndex,
) -> Option<(Actor<'a>, Arc<HostFacts>)> {
    let actor = ctx.fleet.actor(decky, persona)?;
    Some((actor, ctx.state.facts.known(actor.container)?))
}

/// Has a canary made and plants it. `None` when there is none this time.
async fn cultivate(
    ctx: &TickContext<'_>,
    decky: DeckyIndex,
    persona: PersonaIndex,
    class: CanaryClass,
    rng: &mut ChaCha8Rng,
) -> Result<Option<Event>, RepoError> {
    let Some((actor, facts)) = known_host(ctx, decky, persona) else { return Ok(None) };
    let Some(account) = facts.account_of(actor.persona).filter(|_| ctx.mode == Mode::Act) else { return Ok(None) };
    let order = CanaryOrder {
        class,
        decky: actor.decky.id.clone(),
        decky_name: actor.decky.name.as_str().to_owned(),
        home: account.home.clone(),
        now: ctx.now.timestamp(),
    };
    let made = match ctx.ports.canaries.cultivate(&order).await {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!(decky = %actor.decky.name, error = %error, "no canary was made; an ordinary file takes its place");
            return Ok(None);
        }
    };
    let local = facts.local(actor.persona, ctx.now);
    let artifact = Artifact {
        owner: facts.owner_of(&made.path),
        path: made.path,
        body: Body::Bytes(made.bytes),
        mode: made.mode,
        mtime: sample_mtime(actor.persona.active_hours, &local, Backdate::default(), rng),
    };
    let content = NewContent { class: class.into(), artifact: &artifact, edited: None, work_item: None };
    match plant(ctx, &Site::of(actor), content, rng).await? {
        PlantOutcome::Acted(event) => Ok(Some(*event)),
        PlantOutcome::Taken => Ok(None),
    }
}
