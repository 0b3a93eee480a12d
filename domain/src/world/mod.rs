//! The company that lives on the decoys: one per pool of people, drawn once from the installation's
//! seed.
//!
//! Nothing of it is kept but the random seed and the day it began: who works on what, which ticket is open
//! and which project nears its end all follow from those and from the moment that is asked about.
//! So a restart, a second worker and the mail of last week all speak of the same things.

mod company;
mod words;
pub(crate) mod work_item;

pub use company::{Origin, Rank, World};
pub use words::WorldWords;
pub use work_item::{Incident, Phase, Project, WorkItem};
