//! A new file: where it goes, what stands in it, whose it is and when it was written.

use jiff::Zoned;
use rand::Rng;

use super::known::Prepared;
use super::plan::{Create, Site};
use super::policy::Timestamps;
use crate::account::Account;
use crate::artifact::Artifact;
use crate::bodies::make_body;
use crate::body::{Body, Written};
use crate::content::{Content, TextGenerator};
use crate::content_class::{FileClass, TextClass};
use crate::diurnal::{Backdate, sample_mtime};
use crate::facts::HostFacts;
use crate::fleet::Actor;
use crate::llm::prompt::{self, Prompt};
use crate::llm::text_kind::TextKind;
use crate::mail::recipients::audience;
use crate::naming::make_path;
use crate::novelty::Novelty;
use crate::path::DeckyPath;
use crate::role::RoleFamily;
use crate::story::InstanceCache;
use crate::writing_context::WritingContext;

/// What a text takes into account, besides who and where.
#[derive(Clone, Copy, Debug)]
pub struct WritingPlan<'a> {
    /// What is known of the host.
    pub facts: &'a HostFacts,
    /// The texts.
    pub content: &'a Content,
    /// What was written before.
    pub novelty: &'a Novelty,
    /// What was drawn before of the storylines of these people, where that is kept.
    pub instances: Option<&'a InstanceCache>,
    /// What modification times are to be.
    pub timestamps: Timestamps,
    /// The clock's reading.
    pub now: &'a Zoned,
}

impl WritingPlan<'_> {
    /// Whether people whose work has storylines write only what has happened. At the reference's pace, a file a minute,
    /// there is not enough of that.
    pub(super) fn tells_only_what_happened(&self) -> bool {
        self.timestamps == Timestamps::Live
    }
}

pub(super) fn writing_context<'a>(
    actor: Actor<'a>,
    plan: &WritingPlan<'a>,
    account: &'a Account,
    written: Zoned,
) -> WritingContext<'a> {
    WritingContext {
        world: actor.world,
        persona: actor.persona,
        persona_index: actor.persona_index,
        login: &account.login,
        home: account.home.as_str(),
        host: actor.host(plan.facts),
        facts: plan.facts,
        colleagues: actor.colleagues,
        hosts: actor.hosts,
        place: actor.place,
        novelty: plan.novelty,
        stories: plan.content.stories(actor.persona.language),
        holidays: plan.content.holidays(),
        instances: plan.instances,
        written,
    }
}

/// What to ask a model for, before such a file is planned (or a new mail); and the number of the work item it will
/// be about. `None` when the decky has no account to write with.
pub fn prompt_text(
    kind: TextKind,
    actor: Actor<'_>,
    plan: &WritingPlan<'_>,
    rng: &mut dyn Rng,
) -> Option<(Prompt, u32)> {
    let account = plan.facts.account_of(actor.persona)?;
    let written = plan.facts.local(actor.persona, plan.now);
    let context = writing_context(actor, plan, account, written);
    let mut generator = TextGenerator::new(plan.content.pack(actor.persona.language), &context, rng);
    generator.passes_over = plan.tells_only_what_happened();
    let tells = plan.content.model_tells();
    let prompt = match kind {
        TextKind::Mail => {
            let audience = audience(&mut generator);
            prompt::mail(tells, &mut generator, &audience, None)
        }
        TextKind::Note => prompt::file(TextClass::Note, tells, &mut generator),
        TextKind::Todo => prompt::file(TextClass::Todo, tells, &mut generator),
        TextKind::Draft => prompt::file(TextClass::Draft, tells, &mut generator),
        TextKind::Script => prompt::file(TextClass::Script, tells, &mut generator),
    };
    Some((prompt, generator.work_item().number))
}

/// Plans a new file, whose text may be there already. `check` sees the path before the text is made. `Ok(None)` when
/// the decky has no account to write with, or no path fits.
///
/// # Errors
/// With what `check` says of the path.
pub fn plan_create<E>(
    class: FileClass,
    actor: Actor<'_>,
    plan: &WritingPlan<'_>,
    prepared: Option<&Prepared>,
    rng: &mut dyn Rng,
    check: impl FnOnce(&DeckyPath) -> Result<(), E>,
) -> Result<Option<Create>, E> {
    let Some(account) = plan.facts.account_of(actor.persona) else { return Ok(None) };
    let local = plan.facts.local(actor.persona, plan.now);
    let written = match plan.timestamps {
        Timestamps::Live => local,
        Timestamps::Sampled => sample_mtime(actor.persona.active_hours, &local, Backdate::default(), rng)
            .to_zoned(local.time_zone().clone()),
    };
    let context = writing_context(actor, plan, account, written);
    let mut generator = TextGenerator::new(plan.content.pack(actor.persona.language), &context, rng);
    generator.passes_over = plan.tells_only_what_happened();
    if let Some(prepared) = prepared {
        generator.about_number(prepared.work_item);
    }
    if plan.tells_only_what_happened() && prepared.is_none() && has_nothing_to_tell(class, &mut generator) {
        return Ok(None);
    }
    let Ok(path) = make_path(class, &mut generator) else { return Ok(None) };
    check(&path)?;
    let written = match prepared {
        None => make_body(class, &mut generator),
        Some(prepared) => {
            Written { body: Body::Text(prepared.text.clone()), mtime: generator.context().written.timestamp() }
        }
    };
    if class == FileClass::Text(TextClass::Script) && !plan.facts.can_run(written.body.text()) {
        return Ok(None);
    }
    let mode = class.mode(path.file_name(), generator.pack());
    let owner = account.owner;
    let told = generator.told().filter(|_| prepared.is_none());
    let artifact = Artifact { path, body: written.body, owner, mode, mtime: written.mtime };
    Ok(Some(Create { site: Site::of(actor), class: class.into(), artifact, told }))
}

/// Whether the writer's work has storylines, and none of them gives a text of this class now.
fn has_nothing_to_tell(class: FileClass, generator: &mut TextGenerator<'_>) -> bool {
    let has_none = match class {
        FileClass::Text(TextClass::Note) => !generator.is_scattered() && generator.story().is_none(),
        FileClass::Text(TextClass::Draft) => generator.drafted().is_none(),
        // Whose trade it isn't hardly writes programs.
        FileClass::Text(TextClass::Script) => {
            let is_trade = matches!(generator.family(), RoleFamily::Sysadmin | RoleFamily::Developer);
            !generator.chance(if is_trade { 40 } else { 6 }) && generator.scripted().is_none()
        }
        _ => false,
    };
    has_none && generator.has_stories()
}
