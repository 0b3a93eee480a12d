//! One instance of a storyline: who plays which part, what the facts are, and when its beats happen.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::facts::Fact;
use super::slots::{DateForm, FactForm, Names, PersonForm, Piece, Slot, pieces};
use super::stories::Stories;
use super::storyline::{How, OfCompany, Operand, Operator, Storyline, Text};
use super::timeline::{Happening, WorkTime, day_from, in_order, until};
use crate::calendar::{Calendar, Holidays};
use crate::content::pack::Pack;
use crate::diurnal::ActiveHours;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::persona::Persona;
use crate::world::World;
use crate::world::work_item::WorkItem;

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
    happenings: Vec<Happening>,
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
        let mut instance = Self { setting, story, item, parts: Vec::new(), facts: Vec::new(), happenings: Vec::new() };
        instance.draw_parts();
        instance.draw_facts();
        instance.draw_happenings();
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
        until(&self.happenings, moment)
    }

    /// Everything that happens, in order.
    pub fn happenings(&self) -> &[Happening] {
        &self.happenings
    }

    /// The wording that somebody has for it: the same one each time.
    pub fn wording(&self, texts: &[Text], writer: Key) -> Option<Text> {
        let key = self.item.key.with(writer.value()).with(texts.first()?.place());
        texts.get(key.index(texts.len())).copied()
    }

    fn draw_parts(&mut self) {
        let (world, owner) = (self.setting.world, self.item.owner);
        self.parts.push(Participant::Persona(owner));
        for (n, part) in self.story.parts.iter().enumerate().skip(1) {
            let key = self.item.key.text("part").with(n as u64);
            if part.is_outside {
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
                let text = texts.get(key.index(texts.len())).map_or("", |text| self.story.text(*text));
                Fact::Text(self.say(text, None))
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
            How::Money { least, most } => Fact::Amount(between(*least, *most)),
            How::Sum { first, rest } => self.sum(*first, rest),
            How::By { fact, cases } => {
                let value = match self.facts.get(*fact) {
                    Some(Fact::Text(value)) => value.as_str(),
                    _ => "",
                };
                let case = cases.iter().find(|(known, _)| self.story.text(*known) == value);
                Fact::Text(case.map_or_else(String::new, |(_, text)| self.say(self.story.text(*text), None)))
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
        let (world, key, hosts) = (self.setting.world, self.item.key, self.setting.hosts);
        let its = |list: &[String], name: &str| list.get(key.text(name).index(list.len())).cloned().unwrap_or_default();
        match what {
            OfCompany::Host => self.host(0).map_or_else(|| "srv-01".into(), |host| host.name.clone()),
            OfCompany::OtherHost => {
                let at = usize::from(hosts.len() > 1);
                self.host(at).map_or_else(|| "srv-02".into(), |host| host.name.clone())
            }
            OfCompany::Customer => its(world.customers(), "customer"),
            OfCompany::Vendor => its(world.vendors(), "vendor"),
            OfCompany::Product => its(world.products(), "product"),
            OfCompany::System => its(world.systems(), "system"),
            OfCompany::Version => {
                let mut out = String::new();
                let opened = Timestamp::from_second(self.item.opened).unwrap_or(Timestamp::UNIX_EPOCH);
                world.version(key.text("product").index(world.products().len()), opened, &mut out);
                out
            }
            OfCompany::Project => {
                let opened = Timestamp::from_second(self.item.opened).unwrap_or(Timestamp::UNIX_EPOCH);
                world.project_of(&self.item, opened).name.into()
            }
        }
    }

    /// The host the item is about, or the one after it.
    fn host(&self, further: usize) -> Option<&'a HostRef> {
        let hosts = self.setting.hosts;
        hosts.get((self.item.key.text("host").index(hosts.len()) + further) % hosts.len().max(1))
    }

    fn draw_happenings(&mut self) {
        let mut at = Timestamp::from_second(self.item.opened).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut all: Vec<Happening> = Vec::with_capacity(self.story.beats.len());
        for (n, beat) in self.story.beats.iter().enumerate() {
            let is_so = beat.condition.as_ref().is_none_or(|condition| {
                let value = match self.facts.get(condition.fact) {
                    Some(Fact::Text(value)) => value.as_str(),
                    _ => "",
                };
                condition.values.iter().any(|known| self.story.text(*known) == value)
            });
            if !is_so {
                continue;
            }
            let key = self.item.key.text("beat").with(n as u64);
            at = self.work_time(beat.by).after(at, beat.wait, key);
            all.push(Happening { beat: n, at });
        }
        self.happenings = in_order(all);
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
        Some(self.happenings.iter().find(|happening| happening.beat == beat)?.at)
    }

    /// The day of a happening, as whoever did it dates it.
    fn day(&self, beat: usize) -> Option<Date> {
        let happening = self.happenings.iter().find(|happening| happening.beat == beat)?;
        Some(happening.at.to_zoned(self.setting.zone.clone()).date())
    }

    /// What a choice came out as.
    pub(super) fn choice(&self, name: &str) -> Option<&str> {
        let at = self.story.facts.iter().position(|fact| &*fact.name == name)?;
        match self.facts.get(at)? {
            Fact::Text(value) => Some(value),
            _ => None,
        }
    }

    /// A text with its slots filled in, in the owner's language.
    pub(super) fn fill(&self, text: &str) -> String {
        self.say(text, Some(self.setting.pack))
    }

    /// A text of the storyline with its slots filled in.
    pub fn text(&self, text: Text) -> String {
        self.fill(self.story.text(text))
    }

    fn say(&self, text: &str, pack: Option<&Pack>) -> String {
        let mut out = String::with_capacity(text.len() + 24);
        let beats: Vec<_> = self.story.beats.iter().map(|beat| beat.name.clone()).collect();
        let names = Names { story: self.story, beats: &beats };
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(word) => {
                    if let Ok(slot) = names.slot(word) {
                        self.put(slot, pack, &mut out);
                    }
                }
            }
        }
        out
    }

    fn put(&self, slot: Slot, pack: Option<&Pack>, out: &mut String) {
        let world = self.setting.world;
        match slot {
            Slot::Ticket => world.ticket(&self.item, out),
            Slot::Company => out.push_str(world.company()),
            Slot::Domain => out.push_str(world.domain()),
            Slot::Person(part, form) => self.put_person(part, form, out),
            Slot::Beat(beat, back, form) => {
                if form == DateForm::Clock {
                    let happening = self.happenings.iter().find(|happening| happening.beat == beat);
                    if let Some(happening) = happening {
                        put!(out, "{}", happening.at.to_zoned(self.setting.zone.clone()).strftime("%H:%M"));
                    }
                } else if let Some(day) = self.day(beat) {
                    put_day(day_from(day, -i64::from(back), false), form, pack, out);
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
                (Some(Fact::Text(text)), _) => out.push_str(text),
                (Some(Fact::Number(number)), _) => put!(out, "{number}"),
                (Some(Fact::Amount(cents)), _) => put_amount(*cents, pack, out),
                (Some(Fact::Day { beat, days, is_working }), FactForm::Date(form)) => {
                    if let Some(day) = self.day(*beat) {
                        put_day(day_from(day, *days, *is_working), form, pack, out);
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
fn put_amount(cents: i64, pack: Option<&Pack>, out: &mut String) {
    let (group, point) = pack.map_or((",", "."), Pack::number_signs);
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

fn put_day(day: Date, form: DateForm, pack: Option<&Pack>, out: &mut String) {
    let (year, month, number) = (day.year(), day.month(), day.day());
    match (form, pack) {
        (DateForm::Month, _) => put!(out, "{year}-{month:02}"),
        (DateForm::Slash, _) => put!(out, "{number}/{month}"),
        (DateForm::DayMonth, Some(pack)) => pack.put_day_month(day, out),
        (DateForm::MonthDay, Some(pack)) => put!(out, "{} {number}", pack.short_month(month)),
        (DateForm::Weekday, Some(pack)) => out.push_str(pack.short_day(day.weekday())),
        (DateForm::Iso | DateForm::Clock | DateForm::DayMonth | DateForm::MonthDay | DateForm::Weekday, _) => {
            put!(out, "{year}-{month:02}-{number:02}");
        }
    }
}
