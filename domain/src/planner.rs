//! What happens to a file next: nothing, an edit, or a new one.

use alloc::string::String;

use jiff::{SignedDuration, Timestamp, Zoned};
use rand::{Rng, RngExt};

use crate::account::Owner;
use crate::bodies::log::Login;
use crate::bodies::{Body, Written, make_body, next_iteration};
use crate::content::{Content, TextGenerator};
use crate::content_class::{CanaryClass, EditableClass, TemplateClass, TextClass};
use crate::decky::{ContainerRef, DeckyId};
use crate::diurnal::{Backdate, sample_mtime, sample_mtime_after};
use crate::facts::{HostFacts, Logging};
use crate::fleet::{Actor, Fleet};
use crate::index::PersonaIndex;
use crate::llm::fit::Kind;
use crate::llm::prompt::{self, Prompt};
use crate::mail::recipients::audience;
use crate::naming::{LogFile, make_path};
use crate::noise::{Key, fnv};
use crate::novelty::Novelty;
use crate::path::DeckyPath;
use crate::persona::Persona;
use crate::record::FileId;
use crate::weights::Weights;
use crate::writing_context::WritingContext;

/// What the planner is going to do with its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Nothing: people don't write all the time (10 %).
    LeaveAlone,
    /// Go on with a file that is there (30 %).
    Edit,
    /// Make a new one.
    Create,
}

impl Intent {
    /// Rolls the seed's shares.
    pub fn roll(rng: &mut dyn Rng) -> Self {
        match rng.random_range(0..100) {
            0..10 => Self::LeaveAlone,
            10..40 => Self::Edit,
            _ => Self::Create,
        }
    }
}

/// What a new file will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Something templates write.
    Template(TemplateClass),
    /// Something a canary generator makes.
    Canary(CanaryClass),
}

/// Draws what a new file will be: the canary gate first, then a person's or the system's class.
pub fn draw_class(weights: &Weights, rng: &mut dyn Rng) -> Drawn {
    match weights.draw_canary(rng) {
        Some(class) => Drawn::Canary(class),
        None => Drawn::Template(weights.draw_template(rng)),
    }
}

/// A file as it is to lie on a decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Where.
    pub path: DeckyPath,
    /// What stands in it.
    pub body: Body,
    /// Whose it is.
    pub owner: Owner,
    /// Permission bits, such as `0o644`.
    pub mode: u32,
    /// When it was last modified, to the nanosecond.
    pub mtime: Timestamp,
}

/// Where a plan is carried out, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The decky.
    pub decky: DeckyId,
    /// Its name.
    pub decky_name: String,
    /// The container its files go to.
    pub container: ContainerRef,
    /// The name of the persona.
    pub persona: String,
}

impl Site {
    /// Where a stage is, and whose turn it is there.
    pub fn of(actor: Actor<'_>) -> Self {
        Self {
            decky: actor.decky.id.clone(),
            decky_name: actor.decky.name.as_str().into(),
            container: actor.container.clone(),
            persona: actor.persona.name.clone(),
        }
    }
}

/// One thing to do to one file. An edit can't be built without what stood there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A new file.
    Create(Create),
    /// The next iteration of a file.
    Edit(Edit),
}

/// A new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Where and whose.
    pub site: Site,
    /// What kind.
    pub class: TemplateClass,
    /// The file.
    pub artifact: Artifact,
}

/// The next iteration of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where and whose.
    pub site: Site,
    /// What kind.
    pub class: EditableClass,
    /// Which row tells of the file.
    pub file: FileId,
    /// What stood in it, read from the decky.
    pub previous: Previous,
    /// The file as it is to be.
    pub artifact: Artifact,
}

/// What stands in a file before an edit: read from the decky, never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    text: String,
}

impl Previous {
    /// Takes the text that was read.
    pub fn read(text: String) -> Self {
        Self { text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A file that may be edited, as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The row.
    pub file: FileId,
    /// Its class.
    pub class: EditableClass,
    /// Where it lies.
    pub path: DeckyPath,
    /// Who wrote it.
    pub persona: String,
    /// When it was last modified; the edit is later.
    pub last_modified: Timestamp,
}

/// Whether a file of this class at this path is one that goes on: rotated logs don't.
pub fn is_continued(class: EditableClass, path: &str) -> bool {
    match class {
        EditableClass::LogCron | EditableClass::LogDaemon => LogFile::of_path(path).is_some_and(|log| log.age == 0),
        _ => true,
    }
}

/// What a plan takes into account, besides who and where.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// What is known of the host.
    pub facts: &'a HostFacts,
    /// The texts.
    pub content: &'a Content,
    /// Who was logged in on the host, where its logs are ours to write.
    pub logins: &'a [Login],
    /// What was written before.
    pub novelty: &'a Novelty,
    /// What modification times are to be.
    pub timestamps: Timestamps,
    /// The clock's reading.
    pub now: &'a Zoned,
}

/// What modification times are to be (realism.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timestamps {
    /// Drawn from the person's hours of the last two weeks, as the seed does: the change time stays
    /// behind, as it does with files that were copied or restored.
    Sampled,
    /// The moment of the writing, so that all of a file's times agree.
    Live,
}

/// Who of the people at work writes on this host: where some of the pool have accounts, one of
/// them. `None` when none of those is at work. Where nobody has one, whoever was drawn stands in
/// as an account that exists: accounts are never changed.
pub fn choose_writer<'a>(actor: Actor<'a>, facts: &HostFacts, now: &Zoned, rng: &mut dyn Rng) -> Option<Actor<'a>> {
    let is_at_work = |p: &Persona| p.active_hours.contains(facts.local(p, now).time());
    let have_accounts = actor.colleagues.iter().any(|p| facts.has_account(p));
    if is_at_work(actor.persona) && (facts.has_account(actor.persona) || !have_accounts) {
        return Some(actor);
    }
    let here = || {
        let people = actor.colleagues.iter().enumerate();
        people.filter(|(_, p)| (facts.has_account(p) || !have_accounts) && is_at_work(p))
    };
    let count = here().count();
    if count == 0 {
        return None;
    }
    let (persona_index, persona) = here().nth(rng.random_range(0..count))?;
    Some(Actor { persona, persona_index, ..actor })
}

/// Plans a new file of `class`. `None` when the decky has no account to write with, no path fits, or
/// it is a log and the decky writes its own.
pub fn plan_create(class: TemplateClass, actor: Actor<'_>, setting: &Setting<'_>, rng: &mut dyn Rng) -> Option<Create> {
    plan_prepared(class, actor, setting, None, rng)
}

/// What a model wrote, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The number of its ticket.
    pub work_item: u32,
    /// The text.
    pub text: String,
}

/// What to ask a model for, before such a file is planned (or a new mail); and the ticket it will be about.
pub fn prompt_file(kind: Kind, actor: Actor<'_>, setting: &Setting<'_>, rng: &mut dyn Rng) -> Option<(Prompt, u32)> {
    let account = setting.facts.account_of(actor.persona)?;
    let written = setting.facts.local(actor.persona, setting.now);
    let context = context(actor, setting, &account.login, account.home.as_str(), written);
    let mut generator = TextGenerator::new(setting.content.pack(actor.persona.language), &context, rng);
    let number = generator.work_item().number;
    let prompt = match kind {
        Kind::Mail => {
            let audience = audience(&mut generator);
            prompt::mail(&mut generator, &audience, None)
        }
        Kind::Note | Kind::Todo | Kind::Draft | Kind::Script => prompt::file(kind, &mut generator),
    };
    Some((prompt, number))
}

/// Plans a new file whose text may be there already.
pub fn plan_prepared(
    class: TemplateClass,
    actor: Actor<'_>,
    setting: &Setting<'_>,
    prepared: Option<&Prepared>,
    rng: &mut dyn Rng,
) -> Option<Create> {
    let Setting { facts, content, .. } = *setting;
    let account = facts.account_of(actor.persona)?;
    if class.is_log() && facts.logging == Logging::OwnDaemon {
        return None;
    }
    let local = facts.local(actor.persona, setting.now);
    let written = match (class, setting.timestamps) {
        // A program writes when it runs; only people keep hours.
        (TemplateClass::LogCron | TemplateClass::LogDaemon, _) => facts.host_time(setting.now),
        (_, Timestamps::Live) => local,
        (_, Timestamps::Sampled) => {
            let mtime = sample_mtime(actor.persona.active_hours, &local, Backdate::default(), rng);
            not_before(facts.born, mtime, &local, rng).to_zoned(local.time_zone().clone())
        }
    };
    let context = context(actor, setting, &account.login, account.home.as_str(), written);
    let mut generator = TextGenerator::new(content.pack(actor.persona.language), &context, rng);
    if let Some(work_item) = prepared.and_then(|p| actor.world.work_item_numbered(p.work_item, setting.now.timestamp()))
    {
        generator.about(work_item);
    }
    let named = make_path(class, &mut generator).ok()?;
    let written = match prepared {
        None => make_body(class, &named, content, &mut generator),
        Some(prepared) => {
            Written { body: Body::Text(prepared.text.clone()), mtime: generator.context().written.timestamp() }
        }
    };
    if class == TemplateClass::Script && !facts.can_run(written.body.text()) {
        return None;
    }
    let (owner, mode) = match class.file() {
        None => logs::log_owner_mode(facts),
        Some(file) => (account.owner, file.mode(named.path.file_name(), generator.pack())),
    };
    let artifact = Artifact { path: named.path, body: written.body, owner, mode, mtime: written.mtime };
    Some(Create { site: Site::of(actor), class, artifact })
}

/// A time drawn for a file, but not before its host was there.
fn not_before(born: Option<Timestamp>, drawn: Timestamp, now: &Zoned, rng: &mut dyn Rng) -> Timestamp {
    let now = now.timestamp();
    let Some(born) = born.filter(|born| drawn < *born && *born < now) else { return drawn };
    let age = i64::try_from(now.duration_since(born).as_nanos()).unwrap_or(i64::MAX);
    born + SignedDuration::from_nanos(rng.random_range(0..age.max(1)))
}

/// Plans the next iteration of `candidate`, whoever wrote it. `None` when there is nothing to add.
pub fn plan_edit(
    candidate: &Candidate,
    previous: Previous,
    actor: Actor<'_>,
    setting: &Setting<'_>,
    rng: &mut dyn Rng,
) -> Option<Edit> {
    let Setting { facts, content, .. } = *setting;
    let account = facts.account_of(actor.persona)?;
    let local = facts.local(actor.persona, setting.now);
    let written = match (candidate.class, setting.timestamps) {
        (EditableClass::LogCron | EditableClass::LogDaemon, _) => facts.host_time(setting.now),
        (_, Timestamps::Live) => local,
        (_, Timestamps::Sampled) => {
            sample_mtime_after(actor.persona.active_hours, candidate.last_modified, &local, rng)
                .to_zoned(local.time_zone().clone())
        }
    };
    let context = context(actor, setting, &account.login, account.home.as_str(), written);
    let mut generator = TextGenerator::new(content.pack(actor.persona.language), &context, rng);
    let path = candidate.path.as_str();
    generator.recall(previous.text(), path, candidate.last_modified);
    let written = next_iteration(candidate.class, previous.text(), path, content, &mut generator)?;
    if written.mtime <= candidate.last_modified || written.body.text() == previous.text() {
        return None;
    }
    let (owner, mode) = match candidate.class {
        EditableClass::LogCron | EditableClass::LogDaemon => logs::log_owner_mode(facts),
        EditableClass::Script => (facts.owner_of(&candidate.path), 0o755),
        _ => (facts.owner_of(&candidate.path), 0o644),
    };
    let artifact = Artifact { path: candidate.path.clone(), body: written.body, owner, mode, mtime: written.mtime };
    Some(Edit { site: Site::of(actor), class: candidate.class, file: candidate.file, previous, artifact })
}

/// Whether a file has been gone on with often enough: nobody writes on one paper for ever. Where
/// exactly that is differs from file to file.
pub fn is_finished(class: EditableClass, path: &str, edits: u32) -> bool {
    let Some(about) = class.text().map(TextClass::edits) else { return false };
    // Most are written once or twice; some are kept for months.
    let share = Key::of(fnv(path)).text("kept").unit();
    f64::from(edits) >= f64::from(about) * 2.0 * share * share
}

/// The whole decision at once, for callers that have everything at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every pick is a plan; a box would only cost")]
pub enum Pick {
    /// Left alone, on purpose.
    LeaveAlone,
    /// Nobody is at work, or there is no account to write with.
    Nobody,
    /// A canary generator's turn.
    Cultivate(CanaryClass),
    /// One file.
    Plan(Plan),
}

/// Picks what happens next: leave alone (10 %), edit `candidate` (30 %, where there is one), else
/// create, through the canary gate. `setting` tells what is known of a decky.
pub fn pick(
    fleet: &Fleet,
    weights: &Weights,
    candidate: Option<(&Candidate, &Previous)>,
    setting: &Setting<'_>,
    rng: &mut dyn Rng,
) -> Pick {
    let intent = Intent::roll(rng);
    if intent == Intent::LeaveAlone {
        return Pick::LeaveAlone;
    }
    let actor =
        fleet.draw_actor(setting.now, rng).and_then(|actor| choose_writer(actor, setting.facts, setting.now, rng));
    let Some(actor) = actor else { return Pick::Nobody };
    if let (Intent::Edit, Some((candidate, previous))) = (intent, candidate)
        && let Some(edit) = plan_edit(candidate, previous.clone(), actor, setting, rng)
    {
        return Pick::Plan(Plan::Edit(edit));
    }
    match draw_class(weights, rng) {
        Drawn::Canary(class) => Pick::Cultivate(class),
        Drawn::Template(class) => {
            plan_create(class, actor, setting, rng).map_or(Pick::Nobody, |create| Pick::Plan(Plan::Create(create)))
        }
    }
}

fn context<'a>(
    actor: Actor<'a>,
    setting: &Setting<'a>,
    login: &'a str,
    home: &'a str,
    written: Zoned,
) -> WritingContext<'a> {
    let Actor { persona, persona_index, colleagues, world, hosts, .. } = actor;
    let Setting { facts, novelty, logins, .. } = *setting;
    let host = actor.host(facts);
    WritingContext {
        world,
        persona,
        persona_index: PersonaIndex::new(persona_index),
        login,
        home,
        host,
        facts,
        colleagues,
        hosts,
        logins,
        novelty,
        written,
    }
}

impl Plan {
    /// Where and whose.
    pub fn site(&self) -> &Site {
        match self {
            Self::Create(create) => &create.site,
            Self::Edit(edit) => &edit.site,
        }
    }

    /// The file as it is to be.
    pub fn artifact(&self) -> &Artifact {
        match self {
            Self::Create(create) => &create.artifact,
            Self::Edit(edit) => &edit.artifact,
        }
    }
}

pub mod logs;

#[cfg(test)]
mod tests;
