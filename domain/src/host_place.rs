//! Where a host stands among the hosts on which the same people have files: what people write about one piece of work
//! lies on one host, so that no two hosts have the same notes.

use crate::noise::Key;
use crate::world::work_item::LANES;

/// So many hosts share the work of the same people; in a larger fleet the people have further work for the next so
/// many. With more a host would see little of each person, with fewer a list would hold much of one.
const SHARED_BY: usize = 6;

/// A host's place among the hosts on which the same people have files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPlace {
    at: u32,
    of: u32,
}

impl HostPlace {
    /// The only host there is.
    pub const ONLY: Self = Self { at: 0, of: 1 };

    /// The host at place `at`, from 0, of `of` hosts.
    pub(crate) fn new(at: u32, of: u32) -> Self {
        Self { at, of: of.max(at.saturating_add(1)) }
    }

    /// Whether what is written about a piece of work lies here, by the key of that work.
    pub(crate) fn keeps(self, work: Key) -> bool {
        let (at, of) = (self.at as usize, self.of as usize);
        let first = at - at % SHARED_BY;
        Self::of_work(work, first / SHARED_BY * LANES.len(), of) == at
    }

    /// The place of the host that keeps what is written about a piece of work of a row, of `of` hosts; of work that is in
    /// no host's rows the place of any.
    pub(crate) fn of_work(work: Key, row: usize, of: usize) -> usize {
        let first = row / LANES.len() * SHARED_BY;
        if first >= of {
            return work.text("kept on").index(of);
        }
        first + work.text("kept on").index(SHARED_BY.min(of - first))
    }

    /// The rows of work items that a person has for this host and those that share them with it.
    pub(crate) fn rows(self) -> core::ops::Range<usize> {
        let first = self.at as usize / SHARED_BY * LANES.len();
        first..first + LANES.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_work_lies_on_one_host_of_those_that_share_it() {
        for of in [1, 2, 6, 7, 8, 40] {
            let places: alloc::vec::Vec<_> = (0..of).map(|at| HostPlace::new(at, of)).collect();
            for row in [0, 4] {
                let sharing: alloc::vec::Vec<_> = places.iter().filter(|place| place.rows().contains(&row)).collect();
                for work in 0..50 {
                    let kept = sharing.iter().filter(|place| place.keeps(Key::of(work))).count();
                    assert_eq!(kept, usize::from(!sharing.is_empty()), "{of} hosts, row {row}");
                }
            }
        }
    }

    #[test]
    fn every_host_of_a_large_fleet_has_work() {
        let places = (0..1_000).map(|at| HostPlace::new(at, 1_000));
        assert!(places.into_iter().all(|place| (0..100).any(|work| place.keeps(Key::of(work)))));
    }
}
