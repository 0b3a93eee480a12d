//! What people are busy with: tickets that open and close, projects that come and go, and what went
//! wrong lately.
//!
//! Each person has a few things going on at once. Each of these "lanes" is a row of matters, one after
//! the other, of about the same length; which one is current follows from the moment alone.

use alloc::string::String;

use jiff::Timestamp;

use super::company::{DAY, World};
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::role::RoleFamily;

/// A piece of work with a ticket: what a note, a list, a script and a mail thread are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// What its title and its numbers are drawn from, whoever writes of it.
    pub key: Key,
    /// Its ticket's number; later tickets have higher ones.
    pub number: u32,
    /// Whose work it is.
    pub owner: PersonaIndex,
    /// Who works on it, too; the owner where there is nobody else.
    pub other: PersonaIndex,
    /// What kind of work.
    pub family: RoleFamily,
    /// When its ticket was opened, in seconds since the epoch.
    pub opened: i64,
    /// When it will be closed.
    pub closes: i64,
    /// Which of the owner's rows of items it stands in; items of every fourth row are about equally long.
    pub row: usize,
    /// Its place in that row.
    pub round: i64,
}

impl WorkItem {
    /// The one of a list that the item is about, whoever writes of it: its customer, its host. `None` of an empty list.
    pub fn its<'l, T>(&self, what: &str, list: &'l [T]) -> Option<&'l T> {
        list.get(self.its_place(what, list.len()))
    }

    /// The place of that one in a list of `count`; 0 for an empty one.
    pub fn its_place(&self, what: &str, count: usize) -> usize {
        self.key.text(what).index(count)
    }

    /// When its ticket was opened.
    pub fn opened_at(&self) -> Timestamp {
        Timestamp::from_second(self.opened).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A project with a code name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project<'a> {
    /// Its code name.
    pub name: &'a str,
    /// How far it has come.
    pub phase: Phase,
    /// What its numbers are drawn from.
    pub key: Key,
}

/// How far a project has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Phase {
    Start,
    Middle,
    Late,
    Done,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Start, Self::Middle, Self::Late, Self::Done];

    /// The word in rule names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::Late => "late",
            Self::Done => "done",
        }
    }
}

/// Something that broke, not long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What its details are drawn from.
    pub key: Key,
    /// When it began, in seconds since the epoch.
    pub began: i64,
    /// How long it lasted.
    pub minutes: u32,
}

/// How long matters are in each lane, in days.
pub(crate) const LANES: [i64; 4] = [4, 9, 17, 38];
/// Tickets a person and day, all told: more than are ever spoken of.
const TICKETS_A_DAY: i64 = 4;

impl World {
    /// The item a person has in one of their rows at a moment. What is in the first four rows is spoken of in mails, too;
    /// the further ones are for the hosts of large fleets.
    pub fn work_item(&self, who: PersonaIndex, row: usize, at: Timestamp) -> WorkItem {
        let who = if who.get() < self.headcount() { who } else { PersonaIndex::new(0) };
        let lane = row % LANES.len();
        let length = LANES[lane] * DAY;
        let line = self.person(who).text("lane").with(row as u64);
        let phase = i64::try_from(line.below(length.unsigned_abs())).unwrap_or(0);
        let since = at.as_second() - self.founded + phase;
        let number = since.div_euclid(length);
        // A matter begins some time into its window, and the one before it lasts until then.
        let begins = |n: i64| {
            let late = line.with(n.cast_unsigned()).text("late").below(length.unsigned_abs() / 3);
            self.founded - phase + n * length + i64::try_from(late).unwrap_or(0)
        };
        let number = if at.as_second() < begins(number) { number - 1 } else { number };
        let (opened, closes) = (begins(number), begins(number + 1));
        let key = line.with(number.cast_unsigned());
        let crowd = self.headcount().max(1);
        let day = (opened - self.founded).div_euclid(DAY).max(0);
        let people = i64::try_from(crowd).unwrap_or(1);
        // A place of their own within the day for each person and lane, so that no two share a number; those of further
        // rows take whatever place comes, for most are free.
        let mine = who.get() * LANES.len() + lane;
        let within = if row == lane { mine } else { key.text("number").index(crowd * LANES.len()) };
        let within = i64::try_from(within).unwrap_or(0);
        let ticket = i64::from(self.tickets.first) + day * people * TICKETS_A_DAY + within;
        WorkItem {
            key,
            number: u32::try_from(ticket).unwrap_or(1),
            owner: who,
            other: match crowd {
                1 => who,
                n => who.further(1 + key.text("other").index(n - 1), n),
            },
            family: self.family(who),
            opened,
            closes,
            row,
            round: number,
        }
    }

    /// The matter whose ticket has this number, if it was anybody's at a moment.
    pub fn work_item_numbered(&self, number: u32, at: Timestamp) -> Option<WorkItem> {
        let lanes = self.people().flat_map(|who| (0..LANES.len()).map(move |lane| (who, lane)));
        lanes.map(|(who, lane)| self.work_item(who, lane, at)).find(|work_item| work_item.number == number)
    }

    /// What somebody writes about now: mostly their own work, now and then a colleague's that they are
    /// part of. `draw` makes the choice.
    pub fn work_item_of(&self, who: PersonaIndex, at: Timestamp, generator: Key) -> WorkItem {
        let crowd = self.headcount();
        if crowd > 1 && generator.text("whose").chance(30) {
            // The same few are asked each time, so that people have their usual companions.
            for n in 0..6 {
                let pick = generator.text("colleague").with(n);
                let theirs =
                    self.work_item(who.further(1 + pick.index(crowd - 1), crowd), pick.text("lane").index(4), at);
                if theirs.other == who {
                    return theirs;
                }
            }
        }
        self.work_item(who, generator.text("lane").index(LANES.len()), at)
    }

    /// A ticket as the company writes it: `OPS-1234`, `#1234`.
    pub fn ticket(&self, work_item: &WorkItem, out: &mut String) {
        put!(out, "{}{}", self.tickets.prefix, work_item.number);
    }

    /// One of the projects going on at a moment.
    pub fn project(&self, slot: usize, at: Timestamp) -> Project<'_> {
        const SLOTS: usize = 5;
        let slot = slot % SLOTS;
        let line = self.key().text("project").with(slot as u64);
        let length = DAY * (70 + i64::try_from(line.below(150)).unwrap_or(0));
        let since =
            at.as_second() - self.founded + i64::try_from(line.text("phase").below(length.unsigned_abs())).unwrap_or(0);
        let (number, within) = (since.div_euclid(length), since.rem_euclid(length));
        let phase = match within * 100 / length {
            0..=17 => Phase::Start,
            18..=64 => Phase::Middle,
            65..=90 => Phase::Late,
            _ => Phase::Done,
        };
        let at = usize::try_from(number.unsigned_abs()).unwrap_or(0).wrapping_mul(SLOTS).wrapping_add(slot);
        let at = at % self.code_names.len().max(1);
        let name = self.code_names.get(at).map_or("Phoenix", String::as_str);
        Project { name, phase, key: line.with(number.cast_unsigned()) }
    }

    /// The project a matter belongs to.
    pub fn project_of(&self, work_item: &WorkItem, at: Timestamp) -> Project<'_> {
        self.project(work_item.its_place("project", 5), at)
    }

    /// The last thing that broke before a moment.
    pub fn incident(&self, at: Timestamp) -> Incident {
        const EVERY: i64 = 11 * DAY;
        let line = self.key().text("incident");
        let window = (at.as_second() - self.founded).div_euclid(EVERY);
        let of = |n: i64| {
            let key = line.with(n.cast_unsigned());
            let late = i64::try_from(key.text("when").below((EVERY - DAY).unsigned_abs())).unwrap_or(0);
            let minutes = 6 + u32::try_from(key.text("minutes").below(170)).unwrap_or(0);
            Incident { key, began: self.founded + n * EVERY + late, minutes }
        };
        // Over, and slept over: nobody writes of it before.
        let now = of(window);
        if now.began + DAY / 2 < at.as_second() { now } else { of(window - 1) }
    }

    /// The version that is out at a moment: it only ever rises.
    pub fn version(&self, product: usize, at: Timestamp, out: &mut String) {
        let line = self.key().text("version").with(product as u64);
        let weeks = (at.as_second() - self.founded).max(0) / (7 * DAY);
        let (minor, patch) = (weeks / 5, weeks % 5);
        put!(
            out,
            "{}.{}.{}",
            1 + line.below(6),
            minor + i64::try_from(line.text("minor").below(9)).unwrap_or(0),
            patch
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::content::Content;
    use crate::index::PersonaIndex;
    use crate::test_support::{persona, world};
    use alloc::collections::BTreeMap;
    use alloc::vec::Vec;
    use jiff::{SignedDuration, Timestamp};

    fn days() -> impl Iterator<Item = Timestamp> {
        let start: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        (0..400).map(move |day| start + SignedDuration::from_hours(24 * day))
    }

    #[test]
    fn matters_open_and_close_without_a_gap_and_their_numbers_rise() {
        let content = Content::embedded().unwrap();
        let people: Vec<_> = ["Ann Lee", "Bob Ray", "Cy Orr"].map(persona).into();
        let world = world(&people, &content);
        let mut numbers = BTreeMap::new();
        for who in world.people() {
            for lane in 0..4 {
                let mut last: Option<super::WorkItem> = None;
                for at in days() {
                    let work_item = world.work_item(who, lane, at);
                    assert!(work_item.opened <= at.as_second() && at.as_second() < work_item.closes);
                    assert_ne!(work_item.other, who);
                    if let Some(last) = last.filter(|last| last.key != work_item.key) {
                        assert_eq!(last.closes, work_item.opened);
                        assert!(last.number < work_item.number);
                    }
                    let before = numbers.insert(work_item.number, work_item.key);
                    assert!(before.is_none_or(|key| key == work_item.key), "two matters share a ticket");
                    last = Some(work_item);
                }
            }
        }
        assert!(numbers.len() > 200);
    }

    #[test]
    fn colleagues_write_of_the_same_matter() {
        let content = Content::embedded().unwrap();
        let people: Vec<_> = ["Ann Lee", "Bob Ray", "Cy Orr"].map(persona).into();
        let world = world(&people, &content);
        let at = days().next().unwrap();
        let of = |who| -> Vec<u32> {
            (0..60).map(|n| world.work_item_of(who, at, crate::noise::Key::of(n)).number).collect()
        };
        let (ann, bob) = (of(PersonaIndex::new(0)), of(PersonaIndex::new(1)));
        assert!(ann.iter().any(|ticket| bob.contains(ticket)));
    }

    #[test]
    fn projects_and_versions_move_on_and_incidents_lie_in_the_past() {
        let content = Content::embedded().unwrap();
        let people = [persona("Ann Lee")];
        let world = world(&people, &content);
        let mut phases = alloc::collections::BTreeSet::new();
        let mut last = (0, 0);
        for at in days() {
            phases.insert(world.project(1, at).phase);
            let incident = world.incident(at);
            let ago = at.as_second() - incident.began;
            assert!(ago > 0 && ago < 25 * super::DAY, "{ago}");
            let mut version = alloc::string::String::new();
            world.version(0, at, &mut version);
            let mut parts = version.split('.').skip(1).map(|p| p.parse::<u32>().unwrap());
            let now = (parts.next().unwrap(), parts.next().unwrap());
            assert!(now >= last);
            last = now;
        }
        assert_eq!(phases.len(), 4);
    }
}
