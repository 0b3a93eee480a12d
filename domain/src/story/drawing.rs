//! Drawing an instance: its parts, its facts, the moments of its beats.

use alloc::string::String;
use alloc::vec::Vec;

use super::facts::Fact;
use super::instance::Instance;
use super::participant::Participant;
use super::storyline::{How, OfCompany, Operand, Operator};
use super::timeline::{Happening, WorkTime, in_order};
use crate::calendar::Calendar;
use crate::diurnal::ActiveHours;
use crate::host_place::HostPlace;
use crate::host_ref::HostRef;
use crate::index::PersonaIndex;

/// So many suppliers a company has that storylines speak of.
const SUPPLIERS: usize = 14;

impl<'a> Instance<'a> {
    pub(super) fn draw_parts(&self) -> Vec<Participant> {
        let (world, owner) = (self.setting.world, self.item.owner);
        let mut parts = Vec::with_capacity(self.story.parts.len());
        parts.push(Participant::Persona(owner));
        for (n, part) in self.story.parts.iter().enumerate().skip(1) {
            let key = self.item.key.text("part").with(n as u64);
            if part.outside.is_some() {
                let (given, family) = self.setting.pack.outsider(key);
                parts.push(Participant::Outsider(given.into(), family.into()));
                continue;
            }
            let is_free = |who: &PersonaIndex| !parts.contains(&Participant::Persona(*who));
            let of_family = |family| {
                let all = || world.members(family).iter().copied().filter(is_free);
                all().nth(key.index(all().count()))
            };
            let fit = part.families.iter().find_map(|family| of_family(*family));
            let anybody = || {
                // Whom the item is shared with, else whoever is left.
                let free: Vec<PersonaIndex> = world.people().filter(is_free).collect();
                Some(self.item.other).filter(is_free).or_else(|| free.get(key.index(free.len())).copied())
            };
            let who = fit.or_else(anybody).unwrap_or(self.item.other);
            parts.push(Participant::Persona(who));
        }
        parts
    }

    /// A fact; those that it follows from stand above it, so this comes to an end.
    pub(super) fn draw_fact(&self, at: usize) -> Fact {
        let rule = &self.story.facts[at];
        let (how, key) = (&rule.how, self.item.key.text(&rule.name));
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
                match self.fact(*of) {
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
            Operand::Fact(at) => match self.fact(at) {
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

    pub(super) fn draw_happenings(&self) -> Vec<Happening> {
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
        let persona = match self.parts().get(part) {
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
}

/// The quotient, rounded to the nearest.
fn rounded(number: i64, by: i64) -> i64 {
    if by == 0 { 0 } else { (number.saturating_add(by / 2)).div_euclid(by) }
}
