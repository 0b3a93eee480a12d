//! Going on with a file.

use jiff::Timestamp;

use super::creation::{WritingPlan, writing_context};
use super::plan::{Candidate, Edit, Previous, Site};
use super::policy::Timestamps;
use crate::artifact::Artifact;
use crate::bodies::next_iteration;
use crate::content::TextGenerator;
use crate::content_class::{EditableClass, FileClass, TextClass};
use crate::diurnal::sample_mtime_after;
use crate::fleet::Actor;
use crate::logs::log_file::LogFile;
use crate::noise::{Key, fnv};
use crate::path::DeckyPath;
use crate::record::SyntheticFile;
use rand::Rng;

impl Candidate {
    /// A row as something to go on with; `None` for what is finished, or isn't gone on with at all.
    pub fn of(file: &SyntheticFile) -> Option<Self> {
        let class = file.class.editable().filter(|class| is_continued(*class, &file.path))?;
        if is_finished(class, &file.path, file.edit_count) {
            return None;
        }
        Some(Self {
            file: file.id,
            class,
            path: DeckyPath::new(file.path.as_str()).ok()?,
            persona: file.persona.clone(),
            last_modified: file.last_modified,
            hash: file.content_hash.clone(),
        })
    }
}

/// Whether a file of this class at this path is one that goes on: rotated logs don't.
pub(super) fn is_continued(class: EditableClass, path: &str) -> bool {
    match class {
        EditableClass::LogCron | EditableClass::LogDaemon => LogFile::of_path(path).is_some_and(|log| log.age == 0),
        _ => true,
    }
}

/// Whether a file has been gone on with often enough: few notes are kept for ever. Where exactly that is
/// differs from file to file.
pub(super) fn is_finished(class: EditableClass, path: &str, edits: u32) -> bool {
    let Some(about) = class.text().map(TextClass::edits) else { return false };
    // Most are written once or twice; some are kept for months.
    let share = Key::of(fnv(path)).text("kept").unit();
    f64::from(edits) >= f64::from(about) * 2.0 * share * share
}

/// Plans the next iteration of a text, whoever wrote it. `None` when there is nothing to add, and for logs.
pub fn plan_edit(
    candidate: &Candidate,
    previous: Previous,
    actor: Actor<'_>,
    plan: &WritingPlan<'_>,
    rng: &mut dyn Rng,
) -> Option<Edit> {
    let class = candidate.class.text()?;
    let account = plan.facts.account_of(actor.persona)?;
    let local = plan.facts.local(actor.persona, plan.now);
    let written = match plan.timestamps {
        Timestamps::Live => local,
        Timestamps::Sampled => sample_mtime_after(actor.persona.active_hours, candidate.last_modified, &local, rng)?
            .to_zoned(local.time_zone().clone()),
    };
    let context = writing_context(actor, plan, account, written);
    let mut generator = TextGenerator::new(plan.content.pack(actor.persona.language), &context, rng);
    generator.passes_over = plan.tells_only_what_happened();
    generator.recall(&previous.text, candidate.path.as_str(), candidate.last_modified);
    let written = next_iteration(class, &previous.text, &mut generator)?;
    if !is_later(written.mtime, candidate.last_modified) || written.body.text() == previous.text {
        return None;
    }
    let told = generator.told();
    let mode = FileClass::Text(class).mode(candidate.path.file_name(), generator.pack());
    let owner = plan.facts.owner_of(&candidate.path);
    let artifact = Artifact { path: candidate.path.clone(), body: written.body, owner, mode, mtime: written.mtime };
    Some(Edit { site: Site::of(actor), class: candidate.class, file: candidate.file, previous, artifact, told })
}

/// Rows hold microseconds.
fn is_later(at: Timestamp, than: Timestamp) -> bool {
    at.as_microsecond() > than.as_microsecond()
}
