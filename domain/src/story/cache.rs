//! What was drawn of instances before: they come out the same each time, so they are drawn once.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;

use jiff::tz::TimeZone;
use once_cell::race::OnceBox;

use super::facts::Fact;
use super::participant::Participant;
use super::timeline::Happening;
use crate::noise::Key;

/// So many instances are kept: what a few hosts' people are busy with. Each takes some 3 KiB.
const MOST: usize = 600;

/// What is drawn of an instance, each when it is first asked for: of most only the name is wanted.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The zone in which its days are told.
    zone: TimeZone,
    pub(super) parts: OnceBox<Vec<Participant>>,
    pub(super) facts: Vec<OnceBox<Fact>>,
    pub(super) happenings: OnceBox<Vec<Happening>>,
    pub(super) titles: OnceBox<Vec<String>>,
    pub(super) marks: OnceBox<Vec<String>>,
}

impl Drawn {
    pub(super) fn new(zone: &TimeZone, facts: usize) -> Self {
        Self {
            zone: zone.clone(),
            parts: OnceBox::new(),
            facts: (0..facts).map(|_| OnceBox::new()).collect(),
            happenings: OnceBox::new(),
            titles: OnceBox::new(),
            marks: OnceBox::new(),
        }
    }
}

/// The value, drawn where it isn't yet.
pub(super) fn once<T>(cell: &OnceBox<T>, draw: impl FnOnce() -> T) -> &T {
    cell.get_or_init(|| Box::new(draw()))
}

/// The list, drawn where it isn't yet.
pub(super) fn all_once<T>(cell: &OnceBox<Vec<T>>, draw: impl FnOnce() -> Vec<T>) -> &[T] {
    cell.get_or_init(|| Box::new(draw()))
}

/// Instances that were drawn before, of one fleet and its people: whoever keeps it begins another when those change.
#[derive(Debug, Default)]
pub struct InstanceCache {
    entries: RefCell<BTreeMap<u64, Arc<Drawn>>>,
}

impl InstanceCache {
    /// What was drawn of a work item, or nothing yet.
    pub(super) fn of(&self, item: Key, zone: &TimeZone, facts: usize) -> Arc<Drawn> {
        let mut entries = self.entries.borrow_mut();
        match entries.get(&item.value()) {
            Some(drawn) if drawn.zone == *zone && drawn.facts.len() == facts => drawn.clone(),
            _ => {
                if entries.len() >= MOST {
                    entries.clear();
                }
                let drawn = Arc::new(Drawn::new(zone, facts));
                entries.insert(item.value(), drawn.clone());
                drawn
            }
        }
    }
}
