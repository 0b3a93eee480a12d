//! Which mail of which storyline somebody is to write.

use jiff::Timestamp;

use crate::index::PersonaIndex;
use crate::world::WorkItem;

/// A mail of a storyline, as far as it is known before it is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoryMailRef {
    /// The work item that the instance is.
    pub item: WorkItem,
    /// The beat's place in the storyline.
    pub beat: usize,
    /// The mail's place among the beat's.
    pub nth: usize,
    /// Who of the people writes it; `None` for somebody of another company.
    pub from: Option<PersonaIndex>,
    /// When the storyline has it.
    pub at: Timestamp,
}
