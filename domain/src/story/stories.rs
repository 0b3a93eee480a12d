//! All storylines of a language, and which of them a work item is an instance of.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::parse::parse;
use super::storyline::Storyline;
use crate::content::source::{ContentError, SourceFile};
use crate::noise::Key;
use crate::role::RoleFamily;
use crate::world::work_item::{LANES, WorkItem};

/// A file of storylines. Its name ends with `stories-FAMILY.txt`, where the family is one of roles' or `common`.
#[derive(Clone, Debug)]
pub struct StoryFile {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: Cow<'static, str>,
}

impl StoryFile {
    /// One that is built into the program.
    pub(crate) fn embedded(file: &SourceFile<'static>) -> Self {
        Self { name: file.name.into(), text: Cow::Borrowed(file.text) }
    }

    /// Whether a file of this name holds storylines.
    pub fn is_one(name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        base.starts_with("stories-") && base.ends_with(".txt")
    }

    /// Whose storylines it holds: a family's, or everybody's.
    fn family(&self) -> Result<Option<RoleFamily>, ContentError> {
        let base = self.name.rsplit('/').next().unwrap_or_default();
        let word = base.trim_start_matches("stories-").trim_end_matches(".txt");
        if word == "common" {
            return Ok(None);
        }
        let family = RoleFamily::ALL.into_iter().find(|family| family.as_str() == word);
        family.map(Some).ok_or_else(|| {
            let reason = alloc::format!("{word:?} is no family of roles: stories-sysadmin.txt, or stories-common.txt");
            ContentError::whole(&self.name, reason)
        })
    }
}

/// The storylines of one language, by family and by how long they take.
#[derive(Clone, Debug, Default)]
pub struct Stories {
    families: [Vec<Storyline>; RoleFamily::ALL.len()],
    common: Vec<Storyline>,
    /// For each family and lane, the places of its storylines: below the length of the family's list its own, then
    /// those of everybody.
    by_lane: Vec<[Vec<u16>; LANES.len()]>,
}

/// How many working days a storyline may take in each lane: what is left of its calendar days, with room to spare.
const LONGEST: [f64; LANES.len()] = [2.4, 5.5, 11.0, 25.0];
/// With fewer storylines than these a lane takes shorter ones, too.
const FEW: usize = 6;

impl Stories {
    /// Reads a file more.
    ///
    /// # Errors
    /// With file and line of the first mistake.
    pub(crate) fn add(&mut self, file: StoryFile) -> Result<(), ContentError> {
        let family = file.family()?;
        let more = parse(file)?;
        match family {
            Some(family) => self.families[family as usize].extend(more),
            None => self.common.extend(more),
        }
        self.by_lane = RoleFamily::ALL.iter().map(|family| self.sorted(*family)).collect();
        Ok(())
    }

    fn sorted(&self, family: RoleFamily) -> [Vec<u16>; LANES.len()] {
        let own = &self.families[family as usize];
        let all: Vec<f64> = own.iter().chain(&self.common).map(Storyline::span).collect();
        let place = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        core::array::from_fn(|lane| {
            let fit = |least: f64| -> Vec<u16> {
                (0..all.len()).filter(|n| all[*n] <= LONGEST[lane] && all[*n] > least).map(place).collect()
            };
            let mut least = lane.checked_sub(1).map_or(-1.0, |below| LONGEST[below]);
            let mut found = fit(least);
            while found.len() < FEW && least > 0.0 {
                least = if least > LONGEST[0] { least / 2.0 } else { -1.0 };
                found = fit(least);
            }
            found
        })
    }

    /// All of them, those of families first.
    pub fn all(&self) -> impl Iterator<Item = &Storyline> {
        self.families.iter().flatten().chain(&self.common)
    }

    /// Whether there are storylines for the work of a family.
    pub(crate) fn has(&self, family: RoleFamily) -> bool {
        self.by_lane.get(family as usize).is_some_and(|lanes| lanes.iter().all(|lane| !lane.is_empty()))
    }

    /// The storyline of a work item: one comes again only after the others of its lane have had their turn, for
    /// all people of a family together. `rank` is the owner's place among the `count` people of the family.
    pub(crate) fn of(&self, company: Key, item: &WorkItem, rank: usize, count: usize) -> Option<&Storyline> {
        let own = &self.families[item.family as usize];
        let places = self.by_lane.get(item.family as usize)?.get(item.lane)?;
        let length = i64::try_from(places.len()).ok().filter(|n| *n > 0)?;
        let turn = item.round.wrapping_mul(i64::try_from(count.max(1)).ok()?).wrapping_add(i64::try_from(rank).ok()?);
        let at = usize::try_from(turn.rem_euclid(length)).ok()?;
        // Each company has its own order of them.
        let key = company.text("stories").text(item.family.as_str()).with(item.lane as u64);
        let mut order: Vec<(u64, u16)> = places.iter().map(|n| (key.with(u64::from(*n)).value(), *n)).collect();
        order.select_nth_unstable(at);
        let place = usize::from(order[at].1);
        own.get(place).or_else(|| self.common.get(place.checked_sub(own.len())?))
    }
}
