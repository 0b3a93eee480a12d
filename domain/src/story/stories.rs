//! All storylines of a language, and which of them a work item is an instance of.

use alloc::vec::Vec;

use super::file::StoryFile;
use super::parse::parse;
use super::storyline::Storyline;
use crate::content::source::ContentError;
use crate::noise::Key;
use crate::role::RoleFamily;
use crate::world::Rank;
use crate::world::work_item::{LANES, WorkItem};

/// The storylines of one language, by family and by how long they take.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    families: [Vec<Storyline>; RoleFamily::ALL.len()],
    common: Vec<Storyline>,
    /// For each family and lane, the places of its storylines: below the length of the family's list its own, then
    /// those of everybody.
    by_lane: [[Vec<u16>; LANES.len()]; RoleFamily::ALL.len()],
}

/// The first number from `from` on that shares no divisor with `length`: steps of it come through all places.
fn coprime(from: usize, length: usize) -> usize {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (from..from + length).find(|n| divisor(*n, length) == 1).unwrap_or(1)
}

impl Stories {
    /// Reads a file more.
    ///
    /// # Errors
    /// With file and line of the first mistake.
    pub(crate) fn add(&mut self, file: StoryFile) -> Result<(), ContentError> {
        let family = file.family()?;
        let more = parse(file)?;
        if let Some(family) = family {
            self.families[family as usize].extend(more);
            self.by_lane[family as usize] = self.sorted(family);
        } else {
            self.common.extend(more);
            self.by_lane = RoleFamily::ALL.map(|family| self.sorted(family));
        }
        Ok(())
    }

    /// Which storylines stand in which lane: the shortest in the lane whose items follow each other most quickly, and of
    /// each lane so many that all come again after about the same time. None stands in two lanes, so that nobody has
    /// the same story twice at once; with too few for that, all stand in each.
    fn sorted(&self, family: RoleFamily) -> [Vec<u16>; LANES.len()] {
        let own = &self.families[family as usize];
        let spans: Vec<f64> = own.iter().chain(&self.common).map(Storyline::span).collect();
        let mut places: Vec<u16> = (0..spans.len()).filter_map(|n| u16::try_from(n).ok()).collect();
        places.sort_by(|a, b| spans[usize::from(*a)].total_cmp(&spans[usize::from(*b)]));
        if places.len() < LANES.len() {
            return core::array::from_fn(|_| places.clone());
        }
        // How often an item begins in each lane, in so many days.
        let often = LANES.map(|days| usize::try_from(1_000 / days).unwrap_or(1));
        let mut rest = places.as_slice();
        core::array::from_fn(|lane| {
            let share = (places.len() * often[lane]).div_ceil(often.iter().sum::<usize>().max(1));
            // Even what comes seldom takes turns, and the lanes behind this one have to get some, too.
            let least = (places.len() / (2 * LANES.len())).clamp(1, 3);
            let most = rest.len() - least * (LANES.len() - 1 - lane);
            let is_last = lane + 1 == LANES.len();
            let count = if is_last { rest.len() } else { share.clamp(least, most) };
            let (mine, others) = rest.split_at(count);
            rest = others;
            mine.to_vec()
        })
    }

    /// The storylines of a family's own.
    pub(crate) fn of_family(&self, family: RoleFamily) -> &[Storyline] {
        &self.families[family as usize]
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Storyline> {
        self.families.iter().flatten().chain(&self.common)
    }

    /// Whether a line stands in one of them.
    pub(super) fn has_line(&self, line: &str) -> bool {
        self.all().any(|story| story.written().contains(line))
    }

    /// Whether there are storylines for the work of a family.
    pub(crate) fn has(&self, family: RoleFamily) -> bool {
        self.by_lane[family as usize].iter().all(|lane| !lane.is_empty())
    }

    /// The storyline of a work item: one comes again only after the others of its lane have had their turn, for
    /// all people of a family together.
    pub(crate) fn of(&self, company: Key, item: &WorkItem, Rank { place, of }: Rank) -> Option<&Storyline> {
        let own = &self.families[item.family as usize];
        let places = self.by_lane[item.family as usize].get(item.row % LANES.len())?;
        // What any office has is one family's in each company, so that no two people have it at once.
        let family_of = company.text("family of");
        let is_theirs = |place: &&u16| {
            let common = usize::from(**place).checked_sub(own.len());
            common.is_none_or(|n| family_of.with(n as u64).index(RoleFamily::ALL.len()) == item.family as usize)
        };
        let mut places: Vec<u16> = places.iter().filter(is_theirs).copied().collect();
        if places.len() < 2 {
            places.clone_from(&self.by_lane[item.family as usize][item.row % LANES.len()]);
        }
        let length = i64::try_from(places.len()).ok().filter(|n| *n > 0)?;
        let turn = item.round.wrapping_mul(i64::try_from(of.max(1)).ok()?).wrapping_add(i64::try_from(place).ok()?);
        // Rows of the same length are apart from each other, so that they don't tell the same at the same time.
        let (lane, group) = (item.row % LANES.len(), item.row / LANES.len());
        let turn = turn.wrapping_add(i64::try_from(group).ok()?.wrapping_mul(length / 3 + 1));
        let at = usize::try_from(turn.rem_euclid(length)).ok()?;
        // Each company has its own order of them.
        let key = company.text("stories").text(item.family.as_str()).with(lane as u64);
        let stride = coprime(key.text("stride").index(places.len()) + 1, places.len());
        let place = usize::from(*places.get((key.index(places.len()) + at * stride) % places.len())?);
        own.get(place).or_else(|| self.common.get(place.checked_sub(own.len())?))
    }
}
