//! What happens to a file next: nothing, an edit, or a new one.

use alloc::string::String;

use jiff::{Timestamp, Zoned};
use rand::{Rng, RngExt};

use crate::account::{HostFacts, Logging, Owner};
use crate::bodies::{Body, make_body, next_iteration};
use crate::content::{Content, Draw};
use crate::content_class::{CanaryClass, EditableClass, TemplateClass};
use crate::decky::{DeckyId, Station};
use crate::diurnal::{Backdate, sample_mtime, sample_mtime_after};
use crate::fleet::{Fleet, Stage};
use crate::naming::{LogFile, Rotation, make_path};
use crate::path::DeckyPath;
use crate::record::FileId;
use crate::scene::Scene;
use crate::weights::Weights;

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
    pub station: Station,
    /// The name of the persona.
    pub persona: String,
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
        EditableClass::LogCron | EditableClass::LogDaemon => {
            LogFile::of_path(path).is_some_and(|log| log.rotation == Rotation::Live)
        }
        _ => true,
    }
}

/// Who of the people at work writes on this host: where some of the pool have accounts, one of
/// them. `None` when none of those is at work. Where nobody has one, whoever was drawn stands in
/// as an account that exists: accounts are never changed.
pub fn settle<'a>(stage: Stage<'a>, facts: &HostFacts, now: &Zoned, rng: &mut dyn Rng) -> Option<Stage<'a>> {
    if facts.has_account(stage.persona) || !stage.colleagues.iter().any(|p| facts.has_account(p)) {
        return Some(stage);
    }
    let time = now.time();
    let residents = || stage.colleagues.iter().filter(|p| facts.has_account(p) && p.active_hours.contains(time));
    let count = residents().count();
    if count == 0 {
        return None;
    }
    let persona = residents().nth(rng.random_range(0..count))?;
    Some(Stage { persona, ..stage })
}

/// Plans a new file of `class`. `None` when the decky has no account to write with, no path fits, or
/// it is a log and the decky writes its own.
pub fn plan_create(
    class: TemplateClass,
    stage: Stage<'_>,
    facts: &HostFacts,
    content: &Content,
    now: &Zoned,
    rng: &mut dyn Rng,
) -> Option<Create> {
    let account = facts.account_of(stage.persona)?;
    let is_log = matches!(class, TemplateClass::LogCron | TemplateClass::LogDaemon);
    if is_log && facts.logging == Logging::OwnDaemon {
        return None;
    }
    let written = match class {
        // A program writes when it runs; only people keep hours.
        TemplateClass::LogCron | TemplateClass::LogDaemon => now.clone(),
        _ => {
            let mtime = sample_mtime(stage.persona.active_hours, now, Backdate::default(), rng);
            mtime.to_zoned(now.time_zone().clone())
        }
    };
    let scene = scene(stage, facts, &account.login, account.home.as_str(), written);
    let mut draw = Draw::new(content.pack(stage.persona.language), &scene, rng);
    let named = make_path(class, &mut draw).ok()?;
    let written = make_body(class, &named, content, &mut draw);
    let (owner, mode) = match class {
        TemplateClass::LogCron | TemplateClass::LogDaemon => (Owner { uid: 0, gid: facts.adm_gid }, 0o640),
        TemplateClass::CacheTmp => (account.owner, 0o600),
        TemplateClass::Script => (account.owner, 0o755),
        TemplateClass::Note | TemplateClass::Todo | TemplateClass::Draft => (account.owner, 0o644),
    };
    let artifact = Artifact { path: named.path, body: written.body, owner, mode, mtime: written.mtime };
    Some(Create { site: site(stage), class, artifact })
}

/// Plans the next iteration of `candidate`, whoever wrote it. `None` when there is nothing to add.
pub fn plan_edit(
    candidate: &Candidate,
    previous: Previous,
    stage: Stage<'_>,
    facts: &HostFacts,
    content: &Content,
    now: &Zoned,
    rng: &mut dyn Rng,
) -> Option<Edit> {
    let account = facts.account_of(stage.persona)?;
    let written = match candidate.class {
        EditableClass::LogCron | EditableClass::LogDaemon => now.clone(),
        _ => sample_mtime_after(stage.persona.active_hours, candidate.last_modified, now, rng)
            .to_zoned(now.time_zone().clone()),
    };
    let scene = scene(stage, facts, &account.login, account.home.as_str(), written);
    let mut draw = Draw::new(content.pack(stage.persona.language), &scene, rng);
    let path = candidate.path.as_str();
    let written = next_iteration(candidate.class, previous.text(), path, content, &mut draw)?;
    if written.mtime <= candidate.last_modified {
        return None;
    }
    let (owner, mode) = match candidate.class {
        EditableClass::LogCron | EditableClass::LogDaemon => (Owner { uid: 0, gid: facts.adm_gid }, 0o640),
        EditableClass::Script => (facts.owner_of(&candidate.path), 0o755),
        _ => (facts.owner_of(&candidate.path), 0o644),
    };
    let artifact = Artifact { path: candidate.path.clone(), body: written.body, owner, mode, mtime: written.mtime };
    Some(Edit { site: site(stage), class: candidate.class, file: candidate.file, previous, artifact })
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
/// create, through the canary gate. `facts` tells what is known of a decky.
pub fn pick(
    fleet: &Fleet,
    facts: &HostFacts,
    content: &Content,
    weights: &Weights,
    candidate: Option<(&Candidate, &Previous)>,
    now: &Zoned,
    rng: &mut dyn Rng,
) -> Pick {
    let intent = Intent::roll(rng);
    if intent == Intent::LeaveAlone {
        return Pick::LeaveAlone;
    }
    let stage = fleet.draw_stage(now, rng).and_then(|stage| settle(stage, facts, now, rng));
    let Some(stage) = stage else { return Pick::Nobody };
    if let (Intent::Edit, Some((candidate, previous))) = (intent, candidate)
        && let Some(edit) = plan_edit(candidate, previous.clone(), stage, facts, content, now, rng)
    {
        return Pick::Plan(Plan::Edit(edit));
    }
    match draw_class(weights, rng) {
        Drawn::Canary(class) => Pick::Cultivate(class),
        Drawn::Template(class) => plan_create(class, stage, facts, content, now, rng)
            .map_or(Pick::Nobody, |create| Pick::Plan(Plan::Create(create))),
    }
}

fn scene<'a>(stage: Stage<'a>, facts: &'a HostFacts, login: &'a str, home: &'a str, written: Zoned) -> Scene<'a> {
    let Stage { decky, persona, colleagues, hosts, .. } = stage;
    Scene { persona, login, home, host: facts.hostname.as_deref().unwrap_or(decky.host()), colleagues, hosts, written }
}

fn site(stage: Stage<'_>) -> Site {
    Site {
        decky: stage.decky.id.clone(),
        decky_name: stage.decky.name.as_str().into(),
        station: stage.station.clone(),
        persona: stage.persona.name.clone(),
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

#[cfg(test)]
mod tests;
