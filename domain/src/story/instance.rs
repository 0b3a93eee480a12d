//! One instance of a storyline: who plays which part, what the facts are, and when its beats happen.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::OnceCell;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::facts::Fact;
use super::slots::{DateForm, FactForm, PersonForm, Piece, Slot, pieces};
use super::stories::Stories;
use super::storyline::{How, OfCompany, Operand, Operator, Storyline, Text, Todo};
use super::timeline::{Happening, WorkTime, day_from, in_order, until};
use crate::calendar::{Calendar, Holidays};
use crate::content::pack::Pack;
use crate::diurnal::ActiveHours;
use crate::host_place::HostPlace;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::persona::Persona;
use crate::world::World;
use crate::world::work_item::WorkItem;

/// So many suppliers a company has that storylines speak of.
const SUPPLIERS: usize = 14;

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
}

/// Who plays a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Participant {
    /// One of the company.
    Persona(PersonaIndex),
    /// Somebody of another company, by given and family name.
    Outsider(String, String),
}

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    setting: Setting<'a>,
    story: &'a Storyline,
    item: WorkItem,
    parts: Vec<Participant>,
    facts: Vec<Fact>,
    /// Drawn when they are first asked for: what an item is called can mostly be told without them.
    happenings: OnceCell<Vec<Happening>>,
}

impl<'a> Instance<'a> {
    /// The instance that a work item is; `None` where there are no storylines for the owner's work.
    pub fn of(setting: Setting<'a>, item: WorkItem) -> Option<Self> {
        setting.people.get(item.owner.get())?;
        let world = setting.world;
        let alike = |who: &PersonaIndex| world.family(*who) == item.family;
        let count = world.people().filter(alike).count();
        let rank = world.people().filter(alike).position(|who| who == item.owner)?;
        let story = setting.stories.of(world.key(), &item, rank, count)?;
        let mut instance =
            Self { setting, story, item, parts: Vec::new(), facts: Vec::new(), happenings: OnceCell::new() };
        instance.draw_parts();
        instance.draw_facts();
        Some(instance)
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
        &self.parts
    }

    /// Whether it is somebody's own work.
    pub fn is_of(&self, who: PersonaIndex) -> bool {
        self.item.owner == who
    }

    /// Whether somebody takes part in it.
    pub fn has_part(&self, who: PersonaIndex) -> bool {
        self.parts.contains(&Participant::Persona(who))
    }

    /// What somebody calls it: the same each time.
    pub fn title(&self, writer: Key) -> String {
        self.wording(&self.story.titles, writer).map_or_else(String::new, |title| self.text(title))
    }

    /// What it is called, in all wordings.
    pub fn titles(&self) -> Vec<String> {
        self.story.titles.iter().map(|title| self.text(*title)).collect()
    }

    /// What has happened up to a moment, in order.
    pub fn until(&self, moment: Timestamp) -> &[Happening] {
        until(self.happenings(), moment)
    }

    /// Everything that happens, in order.
    pub fn happenings(&self) -> &[Happening] {
        self.happenings.get_or_init(|| self.draw_happenings())
    }

    /// The wording that somebody has for it: the same one each time.
    pub fn wording(&self, texts: &[Text], writer: Key) -> Option<Text> {
        let key = self.item.key.with(writer.value()).with(texts.first()?.place());
        texts.get(key.index(texts.len())).copied()
    }

    /// What somebody typed at a happening, if it was theirs: on which host, and what.
    pub fn commands(&self, happening: &Happening, who: PersonaIndex) -> impl Iterator<Item = (&str, String)> {
        let beat = &self.story.beats[happening.beat];
        let is_theirs = self.parts.get(beat.by) == Some(&Participant::Persona(who));
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

    fn draw_parts(&mut self) {
        let (world, owner) = (self.setting.world, self.item.owner);
        self.parts.push(Participant::Persona(owner));
        for (n, part) in self.story.parts.iter().enumerate().skip(1) {
            let key = self.item.key.text("part").with(n as u64);
            if part.outside.is_some() {
                let (given, family) = self.setting.pack.outsider(key);
                self.parts.push(Participant::Outsider(given.into(), family.into()));
                continue;
            }
            let is_free = |who: &PersonaIndex| !self.parts.contains(&Participant::Persona(*who));
            let of_family = |family| {
                let all: Vec<PersonaIndex> =
                    world.people().filter(|who| world.family(*who) == family && is_free(who)).collect();
                all.get(key.index(all.len())).copied()
            };
            let fit = part.families.iter().find_map(|family| of_family(*family));
            let anybody = || {
                // Whom the item is shared with, else whoever is left.
                let free: Vec<PersonaIndex> = world.people().filter(is_free).collect();
                Some(self.item.other).filter(is_free).or_else(|| free.get(key.index(free.len())).copied())
            };
            let who = fit.or_else(anybody).unwrap_or(self.item.other);
            self.parts.push(Participant::Persona(who));
        }
    }

    fn draw_facts(&mut self) {
        for rule in &self.story.facts {
            let key = self.item.key.text(&rule.name);
            let fact = self.draw_fact(&rule.how, key);
            self.facts.push(fact);
        }
    }

    fn draw_fact(&self, how: &How, key: Key) -> Fact {
        let between = |least: i64, most: i64| {
            let span = most.saturating_sub(least).max(0).unsigned_abs() + 1;
            least + key.below(span).cast_signed()
        };
        match how {
            How::Choice(texts) => {
                let text = texts.get(key.index(texts.len()));
                Fact::Text(text.map_or_else(String::new, |text| self.text(*text)))
            }
            How::Number { least, most, step } => {
                let steps = (most - least) / (*step).max(1);
                Fact::Number(least + key.below(steps.unsigned_abs() + 1).cast_signed() * step)
            }
            How::Share { least, most, of } => {
                let percent = between(*least, *most);
                match self.facts.get(*of) {
                    Some(Fact::Amount(cents)) => Fact::Amount(rounded(cents.saturating_mul(percent), 100)),
                    Some(Fact::Number(number)) => Fact::Number(rounded(number.saturating_mul(percent), 100)),
                    _ => Fact::Number(percent),
                }
            }
            How::Money { least, most, step } => {
                let steps = (most - least) / (*step).max(1);
                Fact::Amount(least + key.below(steps.unsigned_abs() + 1).cast_signed() * step)
            }
            How::Sum { first, rest } => self.sum(*first, rest),
            How::By { fact, cases } => {
                let case = cases.iter().find(|(known, _)| self.value(*fact) == Some(self.story.text(*known)));
                Fact::Text(case.map_or_else(String::new, |(_, text)| self.text(*text)))
            }
            How::Day { beat, days, is_working } => {
                let days = days.map_or(0, |(sign, count)| {
                    let count = self.number(count).0;
                    if sign == Operator::Subtract { -count } else { count }
                });
                Fact::Day { beat: *beat, days, is_working: *is_working }
            }
            How::Clock { least, most } => {
                let steps = u64::from((most - least) / 5) + 1;
                let minute = u64::from(*least) + key.below(steps) * 5;
                Fact::Text(alloc::format!("{:02}:{:02}", minute / 60, minute % 60))
            }
            How::Hex(count) => Fact::Text(key.letters(u64::from(*count), b"0123456789abcdef")),
            How::Company(what) => Fact::Text(self.of_company(*what)),
        }
    }

    /// A number, and whether it is an amount in cents.
    fn number(&self, operand: Operand) -> (i64, bool) {
        match operand {
            Operand::Number(number) => (number, false),
            Operand::Fact(at) => match self.facts.get(at) {
                Some(Fact::Number(number)) => (*number, false),
                Some(Fact::Amount(cents)) => (*cents, true),
                _ => (0, false),
            },
        }
    }

    fn sum(&self, first: Operand, rest: &[(Operator, Operand)]) -> Fact {
        let (mut term, mut is_amount) = self.number(first);
        let mut total = 0_i64;
        let mut sign = 1;
        for (operator, operand) in rest {
            let (value, is_money) = self.number(*operand);
            match operator {
                Operator::Multiply => term = term.saturating_mul(value),
                Operator::Divide => {
                    term = rounded(term, value);
                    // An amount by an amount is a mere number.
                    is_amount &= !is_money;
                    continue;
                }
                Operator::Add | Operator::Subtract => {
                    total = total.saturating_add(term.saturating_mul(sign));
                    sign = if *operator == Operator::Add { 1 } else { -1 };
                    term = value;
                }
            }
            is_amount |= is_money;
        }
        let total = total.saturating_add(term.saturating_mul(sign));
        if is_amount { Fact::Amount(total) } else { Fact::Number(total) }
    }

    fn of_company(&self, what: OfCompany) -> String {
        let (world, item, hosts) = (self.setting.world, &self.item, self.setting.hosts);
        let its = |list: &[String], name: &str| item.its(name, list).cloned().unwrap_or_default();
        match what {
            OfCompany::Host => self.host(0).map_or_else(|| "srv-01".into(), |host| host.name.clone()),
            OfCompany::OtherHost => {
                let at = usize::from(hosts.len() > 1);
                self.host(at).map_or_else(|| "srv-02".into(), |host| host.name.clone())
            }
            OfCompany::Customer => its(world.customers(), "customer"),
            OfCompany::Vendor => {
                // A company buys from the same few again and again.
                let which = item.its_place("supplier", SUPPLIERS) as u64;
                self.setting.pack.supplier(world.key().text("supplier").with(which))
            }
            OfCompany::Product => its(world.products(), "product"),
            OfCompany::System => its(world.systems(), "system"),
            OfCompany::Version => {
                let mut out = String::new();
                world.version(item.its_place("product", world.products().len()), item.opened_at(), &mut out);
                out
            }
            OfCompany::Project => world.project_of(item, item.opened_at()).name.into(),
        }
    }

    /// The host the item is about, or the one after it.
    fn host(&self, further: usize) -> Option<&'a HostRef> {
        let hosts = self.setting.hosts;
        // Where the notes about it lie, most likely, so that what is told of it can be found there.
        hosts.get((HostPlace::of_work(self.item.key, self.item.row, hosts.len()) + further) % hosts.len().max(1))
    }

    fn draw_happenings(&self) -> Vec<Happening> {
        let mut at = self.item.opened_at();
        let mut all: Vec<Happening> = Vec::with_capacity(self.story.beats.len());
        for (n, beat) in self.story.beats.iter().enumerate() {
            let is_so = beat.condition.as_ref().is_none_or(|condition| {
                condition.values.iter().any(|known| self.value(condition.fact) == Some(self.story.text(*known)))
            });
            if !is_so {
                continue;
            }
            let key = self.item.key.text("beat").with(n as u64);
            at = self.work_time(beat.by).after(at, beat.wait, key);
            all.push(Happening { beat: n, at });
        }
        in_order(all)
    }

    fn work_time(&self, part: usize) -> WorkTime<'a> {
        let persona = match self.parts.get(part) {
            Some(Participant::Persona(who)) => self.setting.people.get(who.get()).map(|persona| (*who, persona)),
            _ => None,
        };
        let zone = persona.and_then(|(_, persona)| persona.zone.as_ref()).unwrap_or(self.setting.zone);
        let holidays = self.setting.holidays;
        WorkTime {
            hours: persona.map_or(ActiveHours::OFFICE, |(_, persona)| persona.active_hours),
            calendar: persona.map(|(who, persona)| Calendar::of(persona, self.setting.world.person(who), holidays)),
            zone: zone.clone(),
        }
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

    /// What a fact came out as, where that is a text.
    pub(super) fn value(&self, fact: usize) -> Option<&str> {
        match self.facts.get(fact)? {
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
            Slot::Fact(at, form) => match (self.facts.get(at), form) {
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
        match (self.parts.get(part), form) {
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

/// The quotient, rounded to the nearest.
fn rounded(number: i64, by: i64) -> i64 {
    if by == 0 { 0 } else { (number.saturating_add(by / 2)).div_euclid(by) }
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
