//! What a text generator knows of storylines: the instance an artifact is about, and the writer's others.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;

use super::forms::reform;
use super::generator::{MOST_ASKED, TextGenerator};
use super::grammar::ast::Form;
use super::note_shape::NoteShape;
use crate::habit::Manner;
use crate::noise::Key;
use crate::role::RoleFamily;
use crate::story::{Instance, Setting, Text, Told};
use crate::text::bare;
use crate::world::work_item::{LANES, WorkItem};

/// What was typed longer ago than this is not in what a shell remembers of a new text.
const TYPED_FOR: SignedDuration = SignedDuration::from_hours(24 * 3);
/// Nobody begins a note about what came to its end longer ago.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(24 * 16);

/// In so many of 100 cases a script that is written at the reference's pace is one that a piece of work needs.
const SCRIPTED: u8 = 25;
/// In so many of 100 cases a colleague's work may be what somebody notes something of.
const OF_OTHERS: u8 = 7;
/// In so many of 100 cases a new note goes into somebody's file of scattered notes.
const SCATTERED: u8 = 30;

/// Something that somebody wrote down in between.
pub(crate) struct Scattered {
    /// When it came up.
    pub(crate) at: Timestamp,
    /// What the work is called that it belongs to.
    pub(crate) title: String,
    /// What its look follows from.
    pub(crate) key: Key,
    /// What is written down.
    pub(crate) lines: Vec<String>,
}

impl<'a> TextGenerator<'a> {
    /// What an instance of a storyline is drawn in here.
    fn setting(&self) -> Option<Setting<'a>> {
        let context = self.context;
        let stories = context.stories?;
        Some(Setting {
            world: context.world,
            people: context.colleagues,
            hosts: context.hosts,
            pack: self.pack,
            stories,
            holidays: context.holidays,
            zone: context.written.time_zone(),
            cache: context.instances,
        })
    }

    /// The instance that a work item is, where the writer writes in the language of its storyline.
    pub(crate) fn instance(&self, item: WorkItem) -> Option<Instance<'a>> {
        let owner = self.context.colleagues.get(item.owner.get())?;
        if owner.language != self.context.persona.language {
            return None;
        }
        Instance::of(self.setting()?, item)
    }

    /// Whether what is written about an item lies on this host: on one host of the fleet, so that no two have the
    /// same notes.
    fn is_here(&self, item: &WorkItem) -> bool {
        self.context.place.keeps(item.key)
    }

    /// An instance that the writer has something to tell of here, and makes the artifact about it: their own work,
    /// now and then a colleague's that they take part in. `None` where there is none.
    pub(crate) fn story(&mut self) -> Option<Rc<Instance<'a>>> {
        if let Some(story) = &self.story {
            return Some(story.clone());
        }
        self.context.stories?;
        let mut items = self.own_items(3);
        // Who works on something hardly notes what colleagues do; where more is written than happens, there is no choice.
        if !self.passes_over || self.chance(OF_OTHERS) {
            items.extend(self.items_of_others(self.context.written.timestamp()));
        }
        items.retain(|item| self.is_here(item));
        while !items.is_empty() {
            let item = items.swap_remove(self.rng.random_range(0..items.len()));
            if let Some(instance) = self.instance(item).filter(|instance| self.has_to_tell(instance))
                && self.note_shape(&instance) != NoteShape::Scattered
            {
                return Some(self.tell(instance));
            }
        }
        None
    }

    /// An instance of the writer's own that has led to a script by now, and makes the artifact about it.
    pub(crate) fn scripted(&mut self) -> Option<Rc<Instance<'a>>> {
        if let Some(story) = &self.story {
            return Some(story.clone());
        }
        let written = self.context.written.timestamp();
        // At the reference's pace more scripts are written than work needs.
        if !self.passes_over && !self.chance(SCRIPTED) {
            return None;
        }
        let mut own = self.own_stories(3)?;
        own.retain(|instance| {
            instance.has_script(written)
                && instance.until(written).last().is_some_and(|last| written.duration_since(last.at) < TOLD_FOR)
        });
        if own.is_empty() {
            return None;
        }
        let at = self.rng.random_range(0..own.len());
        Some(self.tell(own.swap_remove(at)))
    }

    /// Whether the artifact is the writer's file of scattered notes: where they have one, and something for it. Decided
    /// once an artifact.
    pub(crate) fn is_scattered(&mut self) -> bool {
        if let Some(known) = self.is_scattered {
            return known;
        }
        let wants = self.story.is_none() && self.has_scattered();
        let is_so =
            wants && self.chance(SCATTERED) && !self.scattered(self.context.written.timestamp() - TOLD_FOR).is_empty();
        self.is_scattered = Some(is_so);
        is_so
    }

    /// The same, of a file that is there.
    pub(super) fn recall_scattered(&mut self, path: &str) -> bool {
        let is_so = self.has_stories()
            && self.has_scattered()
            && path
                .strip_prefix(self.context.home)
                .is_some_and(|rest| rest.trim_start_matches('/') == self.scattered_name());
        self.is_scattered = Some(is_so);
        is_so
    }

    /// What the writer wrote down after a moment and until the writing that stands in their file of scattered notes, in
    /// order: when, about which work, and the lines.
    pub(crate) fn scattered(&self, after: Timestamp) -> Vec<Scattered> {
        let mut found = Vec::new();
        for story in self.own_stories(3).unwrap_or_default() {
            let happened = story.until(self.context.written.timestamp());
            let happened = happened.iter().filter(|happening| happening.at > after);
            if self.note_shape(&story) != NoteShape::Scattered {
                continue;
            }
            for happening in happened {
                let lines = self.kept(&story, happening);
                if !lines.is_empty() {
                    let key = self.note_key(&story);
                    found.push(Scattered {
                        at: happening.at,
                        title: story.title(key),
                        key: key.with(happening.beat as u64),
                        lines,
                    });
                }
            }
        }
        found.sort_by_key(|scattered| scattered.at);
        found
    }

    /// What kind of work the writer does.
    pub(crate) fn family(&self) -> RoleFamily {
        self.context.world.family(self.context.persona_index)
    }

    /// Whether there are storylines for the writer's work.
    pub(crate) fn has_stories(&self) -> bool {
        self.context.stories.is_some_and(|stories| stories.has(self.family()))
    }

    /// An instance of the writer's own that leads to a paper by now, and makes the artifact about it.
    pub(crate) fn drafted(&mut self) -> Option<Rc<Instance<'a>>> {
        if let Some(story) = &self.story {
            return Some(story.clone());
        }
        let written = self.context.written.timestamp();
        let mut own = self.own_stories(2)?;
        own.retain(|instance| instance.has_paper(written));
        if own.is_empty() {
            return None;
        }
        let at = self.rng.random_range(0..own.len());
        Some(self.tell(own.swap_remove(at)))
    }

    /// Whether the writer knows something of an instance, and not only of long ago.
    fn has_to_tell(&self, instance: &Instance<'a>) -> bool {
        let written = self.context.written.timestamp();
        let happened = instance.until(written);
        let is_recent = happened.last().is_some_and(|last| written.duration_since(last.at) < TOLD_FOR);
        let is_known = instance.is_of(self.context.persona_index)
            || instance.has_part(self.context.persona_index)
                && happened.iter().any(|h| !instance.story().beats()[h.beat].others.is_empty());
        is_recent && is_known
    }

    /// The writer's work items at the writing, and so many before each of them.
    fn own_items(&self, back: u8) -> Vec<WorkItem> {
        let (me, written) = (self.context.persona_index, self.context.written.timestamp());
        let mut found = Vec::with_capacity(LANES.len() * (usize::from(back) + 1));
        for lane in self.context.place.rows() {
            let mut at = written;
            for _ in 0..=back {
                let item = self.context.world.work_item(me, lane, at);
                found.push(item);
                let Ok(before) = Timestamp::from_second(item.opened - 1) else { break };
                at = before;
            }
        }
        found
    }

    /// The work items of the colleagues who are looked at, at a moment.
    fn items_of_others(&self, at: Timestamp) -> impl Iterator<Item = WorkItem> {
        let (world, me) = (self.context.world, self.context.persona_index);
        let crowd = world.headcount();
        let others = (1..crowd.min(MOST_ASKED)).map(move |n| me.further(n, crowd));
        let rows = self.context.place.rows();
        others.flat_map(move |who| rows.clone().map(move |lane| world.work_item(who, lane, at)))
    }

    /// Makes the artifact about an instance.
    fn tell(&mut self, instance: Instance<'a>) -> Rc<Instance<'a>> {
        self.work_item = Some(*instance.item());
        self.story.insert(Rc::new(instance)).clone()
    }

    /// The instances that the writer owns and keeps on this host; `None` where their language has no storylines.
    pub(crate) fn own_stories(&self, back: u8) -> Option<Vec<Instance<'a>>> {
        if !self.has_stories() {
            return None;
        }
        let here = self.own_items(back).into_iter().filter(|item| self.is_here(item));
        Some(here.filter_map(|item| self.instance(item)).collect())
    }

    /// The instance that the artifact is about, if it is about one.
    pub(crate) fn recalled_or_told(&self) -> Option<Rc<Instance<'a>>> {
        self.story.clone()
    }

    /// Makes the artifact about the work item of this number, where it is one that the writer may write of here.
    pub(crate) fn about_number(&mut self, number: u32) {
        self.is_scattered = Some(false);
        let mut items = self.own_items(3);
        items.extend(self.items_of_others(self.context.written.timestamp()));
        let Some(item) = items.into_iter().find(|item| item.number == number) else { return };
        match self.instance(item) {
            Some(instance) => drop(self.tell(instance)),
            None => self.about(item),
        }
    }

    /// The instance that what is gone on with is about.
    pub(crate) fn recalled(&self) -> Option<Rc<Instance<'a>>> {
        self.story.clone().filter(|_| self.since.is_some())
    }

    /// The shortest of the wordings of a text of a storyline, mostly.
    pub(crate) fn said_shortly(&self, story: &Instance<'_>, wordings: &[Text]) -> Option<String> {
        story.wording_of(wordings, self.habit.noise("wording"), Manner::Terse).map(|text| story.text(text))
    }

    /// One of the wordings of a text of a storyline, always the same for this writer.
    pub(crate) fn said(&self, story: &Instance<'_>, wordings: &[Text]) -> Option<String> {
        story.wording_of(wordings, self.habit.noise("wording"), self.habit.manner()).map(|text| story.text(text))
    }

    /// The blocks of the paper about an instance, as far as it is due by a moment.
    pub(crate) fn paper(&self, story: &Instance<'_>, moment: Timestamp) -> Vec<String> {
        story.draft(moment, self.habit.noise("wording"))
    }

    /// What everything about this person's one note on an instance follows from: its title, its folder.
    pub(crate) fn note_key(&self, story: &Instance<'_>) -> Key {
        self.habit.noise("note of").with(story.item().key.value())
    }

    /// How people of two companies greet each other: with one form for each work item and writer.
    pub(crate) fn formal_hello(&self, first: &str, full: &str) -> String {
        self.pack.formal_hello(self.formal_key(), first, full)
    }

    /// How they say goodbye.
    pub(crate) fn formal_bye(&self) -> &'a str {
        self.pack.formal_bye(self.formal_key())
    }

    fn formal_key(&self) -> Key {
        self.habit.noise("formal").with(self.work_item.map_or(0, |item| item.key.value()))
    }

    /// What the artifact tells of, and what the writer typed for that since it was last written: the commands on this
    /// host, and where they went for the others. Nothing of long ago.
    pub(crate) fn told(&self) -> Option<Told> {
        let story = self.story.as_ref()?;
        let (me, written) = (self.context.persona_index, self.context.written.timestamp());
        let since = self.since.unwrap_or(written - TYPED_FOR);
        let mut lines: Vec<String> = Vec::new();
        for happening in story.until(written).iter().filter(|happening| happening.at > since) {
            for (host, command) in story.commands(happening, me) {
                let line = if host == self.context.host { command } else { alloc::format!("ssh {host}") };
                if lines.last() != Some(&line) {
                    lines.push(line);
                }
            }
        }
        Some(Told { work_item: story.item().number, typed: lines })
    }

    /// When what stands there was written, where it is gone on with.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// One of the folders the writer keeps here: always the same for the same key.
    pub(crate) fn place_of(&mut self, key: Key) -> String {
        let mut out = String::new();
        self.folder_number(key.text("folder").below(3), &mut out);
        out
    }

    /// A title as this person joins words in file names.
    pub(crate) fn file_name(&self, title: &str) -> String {
        let mut out = String::from(title);
        reform(&mut out, 0, Form::Name, self.habit.joint);
        out
    }

    /// The instance a file of the writer's is about, by its name or its first line.
    pub(super) fn recall_story(&mut self, text: &str, path: &str, at: Timestamp) -> bool {
        if self.context.stories.is_none() {
            return false;
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        // Letters and digits alone: people join words in many ways, and write headings large.
        let (head, name) = (bare(text.lines().next().unwrap_or_default()), bare(file));
        let mut items = self.own_items(6);
        items.extend(self.items_of_others(at));
        for item in items.into_iter().filter(|item| self.is_here(item)) {
            let Some(instance) = self.instance(item) else { continue };
            let is_script = instance.script_name().is_some_and(|name| name == file);
            let marks = instance.marks(|title| bare(&self.file_name(title)));
            let is_it = is_script
                || marks
                    .iter()
                    .any(|mark| !mark.is_empty() && (name.contains(mark.as_str()) || head.contains(mark.as_str())));
            if is_it {
                self.tell(instance);
                return true;
            }
        }
        false
    }
}
