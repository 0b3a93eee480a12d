//! The decision: what a tick, or a person at their own moment, does.

mod logs;

use alloc::vec::Vec;

use jiff::SignedDuration;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt};

use super::context::DecisionContext;
use super::continuation::plan_edit;
use super::creation::{WritingPlan, plan_create, prompt_text};
use super::known::{BodyState, FileRequest, HostState, Known, PathState, Prepared, Question, TextRequest, TextState};
use super::plan::{Candidate, Plan, Previous, Site};
use super::policy::{LanguageModel, Traces, TrafficKind};
use super::scratch::is_over;
use super::session::{SessionPlan, plan_session};
use super::writer::{draw_actor, may_write};
use crate::action::{ActionKind, action_order};
use crate::content_class::{CanaryClass, FileClass, TextClass};
use crate::facts::HostFacts;
use crate::fleet::{Actor, Traffic};
use crate::index::{DeckyIndex, PersonaIndex};
use crate::llm::text_kind::TextKind;
use crate::noise::Key;
use crate::path::DeckyPath;
use crate::record::SyntheticFile;

/// What is to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// What a tick does: anybody, anything, in the order of the roll.
    Tick,
    /// What one person does at a moment of theirs.
    Person(DeckyIndex, PersonaIndex),
    /// A file whose text was asked for earlier; [`Known`] has it, or that a template has to do.
    Write(FileRequest),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Something has to be found out first.
    Ask(Question),
    /// Nothing, on purpose: people don't write all the time.
    LeaveAlone,
    /// Nothing: nobody is at work, there is no account, or no kind of action has anything to do.
    Quiet,
    /// A connection from one decky to another.
    Probe(Traffic),
    /// A person logs in elsewhere.
    Session(SessionPlan),
    /// A file is made or gone on with.
    File(Plan),
    /// A host's logs are brought up to the moment.
    Logs(DeckyIndex, PersonaIndex),
    /// A scratch file is removed.
    Remove(Site, SyntheticFile),
    /// A canary generator's turn.
    Cultivate(DeckyIndex, PersonaIndex, CanaryClass),
    /// Somebody writes a mail: which, [`crate::mail`] decides.
    Mail,
}

/// How often a class or a name is drawn again before the turn is given up.
const TRIES: usize = 12;
/// So many of a person's files are tried for an edit: each may have to be read.
const EDIT_TRIES: usize = 5;
/// So many new files a person makes on a host a day before they rather go on with what is there.
const NEW_A_DAY: usize = 3;
/// In how many of 100 turns a scratch file is looked for that has had its time.
const SWEEPS: u32 = 12;

/// Why there is no plan yet.
enum Stop {
    /// Something has to be found out.
    Ask(Question),
    /// There is nothing to do.
    Nothing,
}

impl From<Question> for Stop {
    fn from(question: Question) -> Self {
        Self::Ask(question)
    }
}

/// Why a path can't be used for a new file.
enum Occupied<'k> {
    /// Whether it is taken has to be found out.
    Unknown(DeckyPath),
    /// By something that nobody of ours writes.
    Taken,
    /// By a file of ours.
    Ours(&'k SyntheticFile),
}

/// What the planner is going to do about files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intent {
    /// Nothing: people don't write all the time (10 %).
    LeaveAlone,
    /// Go on with a file that is there (30 %).
    Edit,
    /// Make a new one.
    Create,
}

impl Intent {
    fn roll(rng: &mut dyn Rng) -> Self {
        match rng.random_range(0..100) {
            0..10 => Self::LeaveAlone,
            10..40 => Self::Edit,
            _ => Self::Create,
        }
    }
}

/// Decides. Everything drawn follows from `key`; with the same key and the same answers in `known`, the
/// decision is the same.
pub fn decide(context: &DecisionContext<'_>, task: &Task, known: &Known, key: Key) -> Decision {
    let mut decider = Decider { context, known, rng: key.rng() };
    let decided = match task {
        Task::Tick => decider.tick(),
        Task::Person(decky, persona) => decider.person(*decky, *persona),
        Task::Write(request) => decider.write(request),
    };
    match decided {
        Ok(decision) => decision,
        Err(Stop::Ask(question)) => Decision::Ask(question),
        Err(Stop::Nothing) => Decision::Quiet,
    }
}

struct Decider<'a> {
    context: &'a DecisionContext<'a>,
    known: &'a Known,
    rng: ChaCha8Rng,
}

type Decided = Result<Decision, Stop>;

impl<'a> Decider<'a> {
    /// The first kind of the roll that has something to do.
    fn tick(&mut self) -> Decided {
        for kind in action_order(&mut self.rng) {
            let decided = match kind {
                ActionKind::Traffic => self.any_traffic(),
                ActionKind::File => self.any_file(),
                ActionKind::Email => self.any_mail(),
            };
            match decided {
                Err(Stop::Nothing) => {}
                other => return other,
            }
        }
        Err(Stop::Nothing)
    }

    fn person(&mut self, decky: DeckyIndex, persona: PersonaIndex) -> Decided {
        let actor = self.context.fleet.actor(decky, persona).ok_or(Stop::Nothing)?;
        let facts = self.host(actor)?;
        if !may_write(actor.persona, actor.colleagues, facts, self.context.now) {
            return Err(Stop::Nothing);
        }
        for kind in action_order(&mut self.rng) {
            let decided = match kind {
                ActionKind::Traffic => self.traffic_of(actor, facts),
                ActionKind::File => self.file_of(actor, facts),
                // Mail has moments of its own.
                ActionKind::Email => Err(Stop::Nothing),
            };
            match decided {
                Err(Stop::Nothing) => {}
                other => return other,
            }
        }
        Err(Stop::Nothing)
    }

    /// A file whose text has come, or won't.
    fn write(&mut self, request: &FileRequest) -> Decided {
        let actor = self.context.fleet.actor_called(&request.decky, &request.persona).ok_or(Stop::Nothing)?;
        let facts = self.host(actor)?;
        let known = self.known;
        let prepared = match known.text() {
            TextState::Ready(prepared) => Some(prepared),
            TextState::Unasked | TextState::Template => None,
        };
        self.create_one(actor, facts, request.class, prepared)
    }

    fn host(&self, actor: Actor<'_>) -> Result<&'a HostFacts, Stop> {
        match self.known.host(actor.container) {
            HostState::Facts(facts) => Ok(facts),
            HostState::Away => Err(Stop::Nothing),
            HostState::Unknown => Err(Stop::Ask(Question::Host {
                decky: actor.decky_index,
                persona: actor.persona_index,
                container: actor.container.clone(),
            })),
        }
    }

    fn any_traffic(&mut self) -> Decided {
        let DecisionContext { fleet, policy, now, .. } = *self.context;
        match policy.traffic {
            TrafficKind::None => Err(Stop::Nothing),
            TrafficKind::Probe => self.probe(),
            TrafficKind::Session => {
                let actor = draw_actor(fleet, self.known, now, &mut self.rng)?.ok_or(Stop::Nothing)?;
                let facts = self.host(actor)?;
                self.traffic_of(actor, facts)
            }
        }
    }

    fn traffic_of(&mut self, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        match self.context.policy.traffic {
            TrafficKind::None => Err(Stop::Nothing),
            TrafficKind::Probe => self.probe(),
            TrafficKind::Session => {
                let planned = plan_session(self.context, actor, facts, self.known, &mut self.rng)?;
                planned.map(Decision::Session).ok_or(Stop::Nothing)
            }
        }
    }

    fn probe(&mut self) -> Decided {
        let traffic = self.context.fleet.draw_traffic(&mut self.rng).ok_or(Stop::Nothing)?;
        match self.known.host(&traffic.container) {
            HostState::Away => Err(Stop::Nothing),
            HostState::Unknown | HostState::Facts(_) => Ok(Decision::Probe(traffic)),
        }
    }

    fn any_mail(&mut self) -> Decided {
        if self.known.has_no_mail() || self.context.fleet.mail_hosts().next().is_none() {
            return Err(Stop::Nothing);
        }
        Ok(Decision::Mail)
    }

    fn any_file(&mut self) -> Decided {
        let DecisionContext { fleet, now, .. } = *self.context;
        let intent = Intent::roll(&mut self.rng);
        if intent == Intent::LeaveAlone {
            return Ok(Decision::LeaveAlone);
        }
        let actor = draw_actor(fleet, self.known, now, &mut self.rng)?.ok_or(Stop::Nothing)?;
        let facts = self.host(actor)?;
        self.file_with(intent, actor, facts)
    }

    fn file_of(&mut self, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        match Intent::roll(&mut self.rng) {
            Intent::LeaveAlone => Ok(Decision::LeaveAlone),
            intent => self.file_with(intent, actor, facts),
        }
    }

    fn file_with(&mut self, intent: Intent, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        let known = self.known;
        let recent = known.recent(&actor.decky.id).ok_or_else(|| Question::Recent(actor.decky.id.clone()))?;
        let now = self.context.now.timestamp();
        if self.context.policy.traces == Traces::Full && self.rng.random_range(0..100) < SWEEPS {
            let over = recent.iter().filter(|file| is_over(file, now)).find(|file| !known.is_abandoned(file.id));
            if let Some(file) = over {
                return Ok(Decision::Remove(Site::of(actor), file.clone()));
            }
        }
        if self.weighed(intent, actor, recent) == Intent::Edit {
            match self.edit(actor, facts, recent) {
                Err(Stop::Nothing) => {}
                other => return other,
            }
        }
        self.create(actor, facts)
    }

    /// Whoever has made a few files today rather goes on with them.
    fn weighed(&mut self, intent: Intent, actor: Actor<'_>, recent: &[SyntheticFile]) -> Intent {
        if intent != Intent::Create || self.context.policy.traces == Traces::None {
            return intent;
        }
        let yesterday = self.context.now.timestamp() - SignedDuration::from_hours(24);
        let mine = recent.iter().filter(|f| f.persona == actor.persona.name && f.created_at > yesterday).count();
        if mine > 0 && self.rng.random_range(0..NEW_A_DAY) < mine { Intent::Edit } else { Intent::Create }
    }

    /// Goes on with one of the person's recent files, or with a log.
    fn edit(&mut self, actor: Actor<'a>, facts: &'a HostFacts, recent: &[SyntheticFile]) -> Decided {
        let known = self.known;
        let mut mine: Vec<Candidate> = recent
            .iter()
            // Whose it is is seen at once; the rest of a candidate is made only of what may be taken.
            .filter(|file| {
                let is_log = || file.class.editable().is_some_and(|class| class.template().is_log());
                file.persona == actor.persona.name || is_log()
            })
            .filter(|file| !known.is_abandoned(file.id))
            .filter_map(Candidate::of)
            .collect();
        // What has nothing new to say is passed over.
        for _ in 0..mine.len().min(EDIT_TRIES) {
            // The smaller of two draws favours the latest.
            let at = self.rng.random_range(0..mine.len()).min(self.rng.random_range(0..mine.len()));
            match self.edit_file(actor, facts, mine.swap_remove(at)) {
                Err(Stop::Nothing) => {}
                other => return other,
            }
        }
        Err(Stop::Nothing)
    }

    fn edit_file(&mut self, actor: Actor<'a>, facts: &'a HostFacts, candidate: Candidate) -> Decided {
        let is_log = candidate.class.template().is_log();
        if is_log && self.context.policy.traces == Traces::Full {
            return self.logs(actor, facts);
        }
        let text = match self.known.body(candidate.file) {
            BodyState::Text(text) => text,
            BodyState::Closed => return Err(Stop::Nothing),
            BodyState::Unread => {
                let (decky, persona) = (actor.decky_index, actor.persona_index);
                return Err(Stop::Ask(Question::Body { decky, persona, candidate: candidate.into() }));
            }
        };
        let previous = Previous { text: text.into(), hash: candidate.hash.clone() };
        let edit = if is_log {
            self.append_to_log(actor, facts, candidate, previous)?
        } else {
            let plan = self.writing(facts);
            plan_edit(&candidate, previous, actor, &plan, &mut self.rng).ok_or(Stop::Nothing)?
        };
        Ok(Decision::File(Plan::Edit(edit)))
    }

    /// Makes something new. A name that is taken by a file of ours means going on with that file.
    fn create(&mut self, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        if let Some(class) = self.context.weights.draw_canary(&mut self.rng)
            && self.context.policy.canaries.contains(&class)
            && !self.known.is_refused(class)
        {
            return Ok(Decision::Cultivate(actor.decky_index, actor.persona_index, class));
        }
        let first = self.context.weights.draw_template(&mut self.rng);
        for attempt in 0..TRIES {
            let class = match attempt {
                0 => first,
                // A system roll stays one, so that the shares hold: only what can't be made is drawn again.
                _ => self.context.weights.draw_like(first, &mut self.rng),
            };
            let decided = match class.file() {
                Some(file) => self.text(file, actor, facts),
                None => self.create_log(class, actor, facts),
            };
            match decided {
                Err(Stop::Nothing) => {}
                other => return other,
            }
        }
        Err(Stop::Nothing)
    }

    /// A file of a person's or a program's; a person's text is asked of a model first, where there is one.
    fn text(&mut self, class: FileClass, actor: Actor<'a>, facts: &'a HostFacts) -> Decided {
        let kind = text_kind(class).filter(|_| self.context.policy.language_model == LanguageModel::On);
        let Some(kind) = kind else { return self.create_one(actor, facts, class, None) };
        let known = self.known;
        match known.text() {
            TextState::Unasked => {}
            TextState::Template => return self.create_one(actor, facts, class, None),
            TextState::Ready(prepared) => {
                let own = Some(prepared).filter(|prepared| prepared.class == class);
                return self.create_one(actor, facts, class, own);
            }
        }
        let plan = self.writing(facts);
        let (prompt, work_item) = prompt_text(kind, actor, &plan, &mut self.rng).ok_or(Stop::Nothing)?;
        let file = FileRequest { decky: actor.decky.id.clone(), persona: actor.persona.name.clone(), class, work_item };
        let today = facts.local(actor.persona, self.context.now).date();
        Err(Stop::Ask(Question::Text(TextRequest { file, prompt, kind, today }.into())))
    }

    fn create_one(
        &mut self,
        actor: Actor<'a>,
        facts: &'a HostFacts,
        class: FileClass,
        prepared: Option<&Prepared>,
    ) -> Decided {
        let plan = self.writing(facts);
        let known = self.known;
        // The text is only made for a path that is known to be free.
        let check = |path: &DeckyPath| is_free(known, actor, path);
        match plan_create(class, actor, &plan, prepared, &mut self.rng, check) {
            Ok(create) => create.map(|create| Decision::File(Plan::Create(create))).ok_or(Stop::Nothing),
            Err(occupied) => self.occupied(actor, facts, occupied),
        }
    }

    /// A path that isn't free: going on with a file of ours, or another try.
    fn occupied(&mut self, actor: Actor<'a>, facts: &'a HostFacts, occupied: Occupied<'_>) -> Decided {
        match occupied {
            Occupied::Unknown(path) => Err(Stop::Ask(Question::Path(actor.decky.id.clone(), path))),
            Occupied::Taken => Err(Stop::Nothing),
            Occupied::Ours(file) if self.known.is_abandoned(file.id) => Err(Stop::Nothing),
            Occupied::Ours(file) => {
                let candidate = Candidate::of(file).ok_or(Stop::Nothing)?;
                self.edit_file(actor, facts, candidate)
            }
        }
    }

    fn writing(&self, facts: &'a HostFacts) -> WritingPlan<'a> {
        let DecisionContext { content, novelty, instances, policy, now, .. } = *self.context;
        WritingPlan { facts, content, novelty, instances: Some(instances), timestamps: policy.timestamps, now }
    }
}

/// Whether a new file may go to a path; if not, why.
fn is_free<'k>(known: &'k Known, actor: Actor<'_>, path: &DeckyPath) -> Result<(), Occupied<'k>> {
    match known.path(&actor.decky.id, path) {
        Some(PathState::Free) => Ok(()),
        None => Err(Occupied::Unknown(path.clone())),
        Some(PathState::Taken) => Err(Occupied::Taken),
        Some(PathState::Ours(file)) => Err(Occupied::Ours(file)),
    }
}

/// What a model is asked for; nothing for what programs write.
fn text_kind(class: FileClass) -> Option<TextKind> {
    match class {
        FileClass::Text(TextClass::Note) => Some(TextKind::Note),
        FileClass::Text(TextClass::Todo) => Some(TextKind::Todo),
        FileClass::Text(TextClass::Draft) => Some(TextKind::Draft),
        FileClass::Text(TextClass::Script) => Some(TextKind::Script),
        FileClass::CacheTmp => None,
    }
}
