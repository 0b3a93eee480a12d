//! What a text tells of a storyline.

use alloc::string::String;
use alloc::vec::Vec;

/// What a text tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The number of the work item's ticket.
    pub work_item: u32,
    /// What the writer typed in a shell before: the commands of what the text tells, in order.
    pub typed: Vec<String>,
}
