//! One instance of a storyline: who plays which part, what the facts are, and when its beats happen.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::cache::{Drawn, InstanceCache, all_once, once};
use super::facts::Fact;
use super::participant::Participant;
use super::slots::{DateForm, FactForm, PersonForm, Piece, Slot, pieces};
use super::stories::Stories;
use super::storyline::{Storyline, Text, Todo};
use super::timeline::{Happening, day_from, until};
use crate::calendar::Holidays;
use crate::content::pack::Pack;
use crate::habit::Manner;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::persona::Persona;
use crate::world::World;
use crate::world::work_item::WorkItem;

/// In so many of 100 cases somebody words a thing as they mostly do.
const MANNERLY: u64 = 78;

/// What an instance is drawn in.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The company.
    pub world: &'a World,
    /// Its people, in the order of the pool.
    pub people: &'a [Persona],
    /// The hosts of the fleet.
    pub hosts: &'a [HostRef],
    /// The texts of the owner's language.
    pub pack: &'a Pack,
    /// The storylines of the owner's language.
    pub stories: &'a Stories,
    /// When people are off.
    pub holidays: &'a Holidays,
    /// The zone of whoever has none of their own.
    pub zone: &'a TimeZone,
    /// What was drawn before of the same people and hosts.
    pub cache: Option<&'a InstanceCache>,
}

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) story: &'a Storyline,
    pub(super) item: WorkItem,
    drawn: Arc<Drawn>,
}

impl<'a> Instance<'a> {
    /// The instance that a work item is; `None` where there are no storylines for the owner's work.
    pub fn of(setting: Setting<'a>, item: WorkItem) -> Option<Self> {
        setting.people.get(item.owner.get())?;
        let world = setting.world;
        let story = setting.stories.of(world.key(), &item, world.rank(item.owner)?)?;
        let (zone, facts) = (setting.zone, story.facts.len());
        let drawn = match setting.cache {
            Some(cache) => cache.of(item.key, zone, facts),
            None => Arc::new(Drawn::new(zone, facts)),
        };
        Some(Self { setting, story, item, drawn })
    }

    /// The work item it belongs to.
    pub fn item(&self) -> &WorkItem {
        &self.item
    }

    /// Its storyline.
    pub fn story(&self) -> &'a Storyline {
        self.story
    }

    /// Who plays which part; the owner is the first.
    pub fn parts(&self) -> &[Participant] {
        all_once(&self.drawn.parts, || self.draw_parts())
    }

    /// Whether it is somebody's own work.
    pub fn is_of(&self, who: PersonaIndex) -> bool {
        self.item.owner == who
    }

    /// Whether somebody takes part in it.
    pub fn has_part(&self, who: PersonaIndex) -> bool {
        self.parts().contains(&Participant::Persona(who))
    }

    /// What somebody calls it: the same each time.
    pub fn title(&self, writer: Key) -> String {
        self.wording(&self.story.titles, writer).map_or_else(String::new, |title| self.text(title))
    }

    /// What it is called, in all wordings.
    pub fn titles(&self) -> &[String] {
        all_once(&self.drawn.titles, || self.story.titles.iter().map(|title| self.text(*title)).collect())
    }

    /// What files and headings about it are known by: made of each title once.
    pub(crate) fn marks(&self, of: impl Fn(&str) -> String) -> &[String] {
        all_once(&self.drawn.marks, || self.titles().iter().map(|title| of(title)).collect())
    }

    /// What has happened up to a moment, in order.
    pub fn until(&self, moment: Timestamp) -> &[Happening] {
        until(self.happenings(), moment)
    }

    /// Everything that happens, in order.
    pub fn happenings(&self) -> &[Happening] {
        all_once(&self.drawn.happenings, || self.draw_happenings())
    }

    /// The wording that somebody has for it: the same one each time.
    pub fn wording(&self, texts: &[Text], writer: Key) -> Option<Text> {
        let key = self.item.key.with(writer.value()).with(texts.first()?.place());
        texts.get(key.index(texts.len())).copied()
    }

    /// The wording that somebody of this manner has for it, mostly: the same one each time.
    pub fn wording_of(&self, texts: &[Text], writer: Key, manner: Manner) -> Option<Text> {
        let key = self.item.key.with(writer.value()).with(texts.first()?.place()).text("manner");
        if !key.chance(MANNERLY) {
            return self.wording(texts, writer);
        }
        let mut sorted: Vec<Text> = texts.to_vec();
        sorted.sort_by_key(|text| text.length());
        let at = match manner {
            Manner::Terse => 0,
            Manner::Plain => sorted.len() / 2,
            Manner::Wordy => sorted.len() - 1,
        };
        sorted.get(at).copied()
    }

    /// What somebody typed at a happening, if it was theirs: on which host, and what.
    pub fn commands(&self, happening: &Happening, who: PersonaIndex) -> impl Iterator<Item = (&str, String)> {
        let beat = &self.story.beats[happening.beat];
        let is_theirs = self.parts().get(beat.by) == Some(&Participant::Persona(who));
        let commands = beat.commands.iter().filter(move |_| is_theirs);
        commands.filter_map(|(host, text)| Some((self.value(*host)?, self.text(*text))))
    }

    /// What came up for the owner by a moment, in order, with when that was and when it is settled; never is what has no
    /// beat for it. What only another turn of the story would settle is left out.
    pub fn todos_until(&self, moment: Timestamp) -> impl Iterator<Item = (&Todo, Timestamp, Option<Timestamp>)> {
        let came_up = self
            .until(moment)
            .iter()
            .flat_map(|happening| self.story.beats[happening.beat].todos.iter().map(|todo| (todo, happening.at)));
        came_up.filter_map(|(todo, at)| match todo.until {
            None => Some((todo, at, None)),
            Some(beat) => Some((todo, at, Some(self.when(beat)?))),
        })
    }

    /// When a beat happens; `None` where it never does.
    pub fn when(&self, beat: usize) -> Option<Timestamp> {
        Some(self.happenings().iter().find(|happening| happening.beat == beat)?.at)
    }

    /// The day of a happening, as whoever did it dates it.
    fn day(&self, beat: usize) -> Option<Date> {
        Some(self.when(beat)?.to_zoned(self.setting.zone.clone()).date())
    }

    /// What a choice came out as.
    pub(super) fn choice(&self, name: &str) -> Option<&str> {
        self.value(self.story.fact_named(name)?)
    }

    /// What a fact came out as.
    pub(super) fn fact(&self, at: usize) -> Option<&Fact> {
        Some(once(self.drawn.facts.get(at)?, || self.draw_fact(at)))
    }

    /// What a fact came out as, where that is a text.
    pub(super) fn value(&self, fact: usize) -> Option<&str> {
        match self.fact(fact)? {
            Fact::Text(value) => Some(value),
            _ => None,
        }
    }

    /// A text with its slots filled in, in the owner's language.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 24);
        for piece in pieces(text) {
            match piece {
                // A date may end with a full stop of its own.
                Piece::Text(text) if out.ends_with('.') => out.push_str(text.strip_prefix('.').unwrap_or(text)),
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(word) => {
                    if let Ok(slot) = self.story.slot(word) {
                        self.put(slot, &mut out);
                    }
                }
            }
        }
        out
    }

    /// A text of the storyline with its slots filled in.
    pub fn text(&self, text: Text) -> String {
        self.fill(self.story.text(text))
    }

    fn put(&self, slot: Slot, out: &mut String) {
        let world = self.setting.world;
        match slot {
            Slot::Ticket => world.ticket(&self.item, out),
            Slot::Company => out.push_str(world.company()),
            Slot::Domain => out.push_str(world.domain()),
            Slot::Person(part, form) => self.put_person(part, form, out),
            Slot::Beat(beat, back, DateForm::Day(form)) => {
                if let Some(day) = self.day(beat) {
                    self.setting.pack.put_day(day_from(day, -i64::from(back), false), form, out);
                }
            }
            Slot::Beat(beat, _, DateForm::Clock) => {
                if let Some(at) = self.when(beat) {
                    put!(out, "{}", at.to_zoned(self.setting.zone.clone()).strftime("%H:%M"));
                }
            }
            Slot::Fact(at, form) => match (self.fact(at), form) {
                (Some(Fact::Text(name)), FactForm::Address) => {
                    let host = self.setting.hosts.iter().find(|host| host.name == *name);
                    match host.and_then(|host| host.address) {
                        Some(address) => put!(out, "{address}"),
                        None => out.push_str(name),
                    }
                }
                (Some(Fact::Text(text)), FactForm::Capital) => {
                    let mut letters = text.chars();
                    out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                    out.push_str(letters.as_str());
                }
                (Some(Fact::Text(text)), _) => out.push_str(text),
                (Some(Fact::Number(number)), _) => put!(out, "{number}"),
                (Some(Fact::Amount(cents)), _) => put_amount(*cents, self.setting.pack, out),
                (Some(Fact::Day { beat, days, is_working }), FactForm::Date(DateForm::Day(form))) => {
                    if let Some(day) = self.day(*beat) {
                        self.setting.pack.put_day(day_from(day, *days, *is_working), form, out);
                    }
                }
                _ => {}
            },
        }
    }

    fn put_person(&self, part: usize, form: PersonForm, out: &mut String) {
        match (self.parts().get(part), form) {
            (Some(Participant::Persona(who)), _) => {
                let Some(persona) = self.setting.people.get(who.get()) else { return };
                out.push_str(match form {
                    PersonForm::First => persona.person_name().called(),
                    PersonForm::Full => persona.person_name().display(),
                    PersonForm::Login => persona.login(),
                });
            }
            (Some(Participant::Outsider(given, family)), PersonForm::Full) => put!(out, "{given} {family}"),
            (Some(Participant::Outsider(given, family)), PersonForm::Login) => {
                put!(out, "{}.{}", given.to_lowercase(), family.to_lowercase());
            }
            (Some(Participant::Outsider(given, _)), PersonForm::First) => out.push_str(given),
            (None, _) => {}
        }
    }
}

/// Cents as an amount with two digits behind the sign that the language writes there.
fn put_amount(cents: i64, pack: &Pack, out: &mut String) {
    let (group, point) = pack.number_signs();
    let (whole, part) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    if cents < 0 {
        out.push('-');
    }
    let digits = whole.to_string();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    put!(out, "{point}{part:02}");
}
