//! What slots stand for: the writer, their colleagues, the matter, the company, days and numbers.

use alloc::string::String;
use core::net::{IpAddr, Ipv4Addr};

use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp};
use rand::{Rng, RngExt};

use super::generator::TextGenerator;
use super::grammar::slot::Slot;
use crate::index::PersonaIndex;

/// The digits of `{@hex 7}`.
const HEXADECIMAL: &[u8] = b"0123456789abcdef";
/// The characters of `{@alnum 6}`.
const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl<'a> TextGenerator<'a> {
    /// Puts what a slot stands for.
    pub(super) fn slot(&mut self, slot: Slot, out: &mut String) {
        let (context, world) = (self.context, self.context.world);
        let now = context.written.timestamp();
        match slot {
            Slot::Me => out.push_str(context.persona.first_name()),
            Slot::Name => out.push_str(context.persona.person_name().display()),
            Slot::Login => out.push_str(context.login),
            Slot::Home => out.push_str(context.home),
            Slot::Email => out.push_str(&context.persona.email),
            Slot::Role => out.push_str(&context.persona.role),
            Slot::MyExtension => put!(out, "{}", world.extension(context.persona_index)),
            Slot::Colleague => {
                let whom = self.colleague();
                out.push_str(context.person(whom).called());
            }
            Slot::ColleagueLogin => {
                let whom = self.colleague();
                let colleague = context.person(whom);
                let own = context.facts.own_account(colleague);
                out.push_str(own.map_or_else(|| colleague.login(), |account| &account.login));
            }
            Slot::Extension => {
                let whom = self.colleague();
                put!(out, "{}", world.extension(whom));
            }
            Slot::Manager => {
                let whom = world.manager(context.persona_index).unwrap_or_else(|| context.colleague(self.rng));
                out.push_str(context.person(whom).called());
            }
            Slot::Addressee => {
                let whom = self.addressee();
                out.push_str(context.person(whom).called());
            }
            Slot::Ticket => {
                let work_item = self.work_item();
                world.ticket(&work_item, out);
            }
            Slot::Project => out.push_str(self.project().name),
            Slot::System => self.its_own(world.systems(), "system", out),
            Slot::Customer => self.its_own(world.customers(), "customer", out),
            Slot::Vendor => self.its_own(world.vendors(), "vendor", out),
            Slot::Product => self.its_own(world.products(), "product", out),
            Slot::Version => {
                let product = self.work_item().its_place("product", world.products().len());
                world.version(product, now, out);
            }
            Slot::OtherSystem => self.another(world.systems(), "system", out),
            Slot::OtherCustomer => self.another(world.customers(), "customer", out),
            Slot::OtherVendor => self.another(world.vendors(), "vendor", out),
            Slot::Host => out.push_str(context.host),
            Slot::OtherHost => {
                let host = self.other_host();
                out.push_str(host.map_or(context.host, |h| h.0));
            }
            Slot::Address => match self.other_host().and_then(|h| h.1) {
                Some(address) => put!(out, "{address}"),
                None => put!(out, "{}", Ipv4Addr::LOCALHOST),
            },
            Slot::Place => {
                let places = context.facts.places();
                out.push_str(of(places, self.rng.random_range(0..places.len().max(1))));
            }
            Slot::Company => out.push_str(world.company()),
            Slot::Domain => out.push_str(world.domain()),
            Slot::IncidentDay(form) => {
                let began = Timestamp::from_second(world.incident(now).began).unwrap_or(now);
                self.pack.put_day(began.to_zoned(context.written.time_zone().clone()).date(), form, out);
            }
            Slot::IncidentMinutes => put!(out, "{}", world.incident(now).minutes),
            Slot::Folder => self.folder(out),
            Slot::Suffix => out.push_str(self.habit.suffix),
            Slot::Number(least, most) => put!(out, "{}", self.rng.random_range(least..=most)),
            Slot::Hex(length) => characters(out, length, HEXADECIMAL, self.rng),
            Slot::Alnum(length) => characters(out, length, ALPHANUMERIC, self.rng),
            Slot::Clock => {
                // In steps people say.
                let (hour, quarter) = (self.rng.random_range(8..18), self.rng.random_range(0..4) * 15);
                put!(out, "{hour:02}:{quarter:02}");
            }
            Slot::Day(back, form) => {
                let days = i64::from(self.rng.random_range(0..=back));
                self.pack.put_day(workday(context.written.date(), days), form, out);
            }
            Slot::TheDay(form) => {
                let days = match self.the_day {
                    Some(days) => days,
                    None => self.rng.random_range(0..=2),
                };
                self.the_day = Some(days);
                self.pack.put_day(workday(context.written.date(), days), form, out);
            }
        }
    }

    /// The one of a list that the matter is about.
    fn its_own(&mut self, list: &[String], what: &str, out: &mut String) {
        out.push_str(self.work_item().its(what, list).map_or("", String::as_str));
    }

    /// Any of a list but the matter's own.
    fn another(&mut self, list: &[String], what: &str, out: &mut String) {
        let own = self.work_item().its_place(what, list.len());
        let drawn = self.rng.random_range(0..list.len().saturating_sub(1).max(1));
        out.push_str(of(list, drawn + usize::from(drawn >= own && list.len() > 1)));
    }

    /// The host the matter is about, more often than any other.
    fn other_host(&mut self) -> Option<(&'a str, Option<IpAddr>)> {
        let hosts = self.context.hosts;
        let work_item = self.work_item();
        let its = work_item.its("host", hosts);
        let drawn = match its.filter(|h| h.name != self.context.host) {
            Some(host) if self.chance(60) => Some(host),
            _ => self.context.other_host(self.rng),
        };
        drawn.map(|host| (host.name.as_str(), host.address))
    }

    /// One of the few folders this person keeps on this host.
    fn folder(&mut self, out: &mut String) {
        let which = self.rng.random_range(0..3_u64);
        self.folder_number(which, out);
    }

    /// The first, second or third of them.
    pub(super) fn folder_number(&mut self, which: u64, out: &mut String) {
        // The last of them is one they have on every host.
        let here = if which == 2 { "" } else { self.context.host };
        let key = self.habit.noise("folder").text(here).with(which);
        self.fixed(key, self.pack.rules().folder, out);
    }

    fn addressee(&mut self) -> PersonaIndex {
        if let Some(whom) = self.addressee {
            return whom;
        }
        let whom = self.colleague();
        *self.addressee.insert(whom)
    }

    /// Somebody who is neither the writer nor who it is written to, where there is such a person:
    /// mostly whom the matter is shared with.
    fn colleague(&mut self) -> PersonaIndex {
        let context = self.context;
        let work_item = self.work_item();
        let partner = if work_item.owner == context.persona_index { work_item.other } else { work_item.owner };
        let mut drawn = partner;
        for attempt in 0..5 {
            // Nobody covers for themselves.
            let is_again = self.last_colleague == Some(drawn) && context.colleagues.len() > 2;
            let is_free = drawn != context.persona_index && self.addressee != Some(drawn) && !is_again;
            if is_free && (attempt > 0 || self.rng.random_range(0..100) < 45) {
                break;
            }
            drawn = context.colleague(self.rng);
        }
        self.last_colleague = Some(drawn);
        drawn
    }
}

/// A day so many days before; people who look back mean a working day.
fn workday(from: Date, back: i64) -> Date {
    let day = from.checked_sub(Span::new().days(back)).unwrap_or(from);
    match day.weekday() {
        Weekday::Saturday if back > 0 => day.yesterday().unwrap_or(day),
        Weekday::Sunday if back > 0 => day.checked_sub(Span::new().days(2)).unwrap_or(day),
        _ => day,
    }
}

fn characters(out: &mut String, length: u8, from: &[u8], rng: &mut dyn Rng) {
    for _ in 0..length {
        out.push(char::from(from[rng.random_range(0..from.len())]));
    }
}

fn of(list: &[String], at: usize) -> &str {
    list.get(at).map_or("", String::as_str)
}
