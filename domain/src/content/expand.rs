//! Drawing a text from a rule.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp};
use rand::{Rng, RngExt};

use super::parse::{Alternative, DayForm, Facet, Form, Node, Slot, Target, Times};
use super::{Out, Pack};
use crate::habit::{Habit, Joint};
use crate::noise::Key;
use crate::novelty::fingerprint;
use crate::persona::fold;
use crate::world::{Project, WorkItem};
use crate::writing_context::WritingContext;

/// A rule of a pack, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule(pub(super) u16);

/// The drawing of one artifact: what was remembered for its name holds for its body too, and all of
/// it is about one matter.
pub struct TextGenerator<'a> {
    pack: &'a Pack,
    context: &'a WritingContext<'a>,
    rng: &'a mut dyn Rng,
    habit: Habit,
    voice: Key,
    work_item: Option<WorkItem>,
    memory: Vec<(Rule, String)>,
    /// What `{+n rule}` has drawn.
    kept: Vec<(Rule, String)>,
    last_colleague: Option<usize>,
    used: Vec<(Rule, usize)>,
    /// Fingerprints of the long lines this artifact has already.
    drawn: Vec<u64>,
    /// How many days before the writing the artifact's own day lies.
    the_day: Option<i64>,
    addressee: Option<usize>,
}

/// A rule with fewer alternatives is a list to choose from, not prose.
const FEW: usize = 12;
/// So far back a page is remembered.
const RECENT: usize = 40;
/// Of so many ways of saying a thing, each person has their own.
const MANY: usize = 24;
/// In a large company only so many people's work is looked through.
const MOST_ASKED: usize = 8;
/// How often a text is drawn again because it was written before.
const TRIES: usize = 5;

impl<'a> TextGenerator<'a> {
    /// Starts an artifact.
    pub fn new(pack: &'a Pack, context: &'a WritingContext<'a>, rng: &'a mut dyn Rng) -> Self {
        Self::by(Habit::of(context.world.person(context.persona_index)), pack, context, rng)
    }

    fn by(habit: Habit, pack: &'a Pack, context: &'a WritingContext<'a>, rng: &'a mut dyn Rng) -> Self {
        Self {
            pack,
            context,
            rng,
            voice: habit.noise("voice"),
            habit,
            work_item: None,
            memory: Vec::new(),
            kept: Vec::new(),
            last_colleague: None,
            used: Vec::new(),
            drawn: Vec::new(),
            the_day: None,
            addressee: None,
        }
    }

    /// The pack drawn from.
    pub fn pack(&self) -> &'a Pack {
        self.pack
    }

    /// Who writes, where and when.
    pub fn context(&self) -> &'a WritingContext<'a> {
        self.context
    }

    /// The writer's ways.
    pub fn habit(&self) -> &Habit {
        &self.habit
    }

    /// The randomness.
    pub fn rng(&mut self) -> &mut dyn Rng {
        self.rng
    }

    /// Makes it about a matter.
    pub fn about(&mut self, work_item: WorkItem) {
        self.work_item = Some(work_item);
    }

    /// Makes it written to somebody of the pool.
    pub fn address(&mut self, whom: usize) {
        self.addressee = Some(whom);
    }

    /// Makes `{=rule}` mean this text.
    pub(crate) fn remember(&mut self, rule: Rule, text: &str) {
        self.memory.push((rule, text.to_owned()));
    }

    /// A text drawn from `rule`, the same as `{=rule}` gives.
    pub(crate) fn text_remembered(&mut self, rule: Rule) -> String {
        let mut out = String::new();
        self.call(rule, Times::Remembered, &mut out);
        out
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: u8) -> bool {
        self.rng.random_range(0..100_u8) < percent
    }

    /// Takes up what a text is about: an edit goes on about the matter whose ticket or title is in it,
    /// if that was a matter of anybody's when it was written.
    pub fn recall(&mut self, text: &str, path: &str, at: Timestamp) {
        let world = self.context.world;
        let crowd = world.headcount();
        // The writer's own first.
        let people = (0..crowd.min(MOST_ASKED)).map(|n| (self.context.persona_index + n) % crowd.max(1));
        let mut word = String::new();
        for who in people {
            for lane in 0..4 {
                let work_item = world.work_item(who, lane, at);
                word.clear();
                world.ticket(&work_item, &mut word);
                let is_it = text.contains(word.as_str()) || {
                    self.work_item = Some(work_item);
                    word.clear();
                    self.fixed(work_item.key, self.pack.rules().work_item, &mut word);
                    reform(&mut word, 0, Form::Name, self.habit.joint);
                    path.contains(word.as_str())
                };
                if is_it {
                    self.work_item = Some(work_item);
                    return;
                }
            }
        }
        self.work_item = None;
    }

    /// What the artifact is about.
    pub fn work_item(&mut self) -> WorkItem {
        let (context, rng) = (self.context, &mut *self.rng);
        *self.work_item.get_or_insert_with(|| {
            context.world.work_item_of(context.persona_index, context.written.timestamp(), Key::of(rng.next_u64()))
        })
    }

    fn project(&mut self) -> Project<'a> {
        let work_item = self.work_item();
        self.context.world.project_of(&work_item, self.context.written.timestamp())
    }

    /// A text drawn from `rule`.
    pub fn text(&mut self, rule: Rule) -> String {
        let mut out = String::with_capacity(256);
        self.expand(rule, &mut out);
        out
    }

    /// Draws from `rule` onto the end of `out`.
    pub fn put(&mut self, rule: Rule, out: &mut String) {
        self.expand(rule, out);
    }

    fn expand(&mut self, rule: Rule, out: &mut Out) {
        let pack = self.pack;
        let Some(alternatives) = pack.grammar.rules.get(usize::from(rule.0)) else { return };
        let Some(last) = alternatives.last() else { return };
        let chosen = match alternatives.len() {
            1 => 0,
            few if few < FEW => draw(alternatives, last.cumulative, self.rng),
            _ => self.unused(rule, alternatives, last.cumulative),
        };
        for node in &alternatives[chosen].nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Slot { slot, form } => {
                    let start = out.len();
                    self.slot(*slot, out);
                    reform(out, start, *form, self.habit.joint);
                }
                Node::Switch { kind, targets } => {
                    let mut drawn = String::new();
                    self.call(*kind, Times::Remembered, &mut drawn);
                    if let Some((_, rule)) = targets.iter().find(|(text, _)| **text == *drawn) {
                        self.expand(*rule, out);
                    }
                }
                Node::Call { target, times, form } => {
                    let start = out.len();
                    let rule = self.resolve(target);
                    self.call(rule, *times, out);
                    reform(out, start, *form, self.habit.joint);
                }
            }
        }
    }

    fn resolve(&mut self, target: &Target) -> Rule {
        match target {
            Target::Rule(rule) => *rule,
            Target::Facet(facet, rules) => {
                let at = match facet {
                    Facet::Role => self.context.world.family(self.context.persona_index) as usize,
                    Facet::WorkItem => self.work_item().family as usize,
                    Facet::Phase => self.project().phase as usize,
                };
                rules[at.min(rules.len() - 1)]
            }
        }
    }

    /// An alternative this artifact doesn't have yet, if a few draws find one: nobody writes the same
    /// sentence twice on a page.
    fn unused(&mut self, rule: Rule, alternatives: &[Alternative], total: u32) -> usize {
        let mut chosen = draw(alternatives, total, self.rng);
        for _ in 0..4 {
            let is_mine = alternatives.len() < MANY || self.is_mine(rule, chosen);
            let is_used = self.used.iter().rev().take(RECENT).any(|used| *used == (rule, chosen));
            if is_mine && !is_used {
                self.used.push((rule, chosen));
                break;
            }
            chosen = draw(alternatives, total, self.rng);
        }
        chosen
    }

    /// Everybody has a voice of their own: of the ways of saying a thing, they know about three quarters.
    fn is_mine(&self, rule: Rule, alternative: usize) -> bool {
        self.voice.with(self.pack.grammar.key(rule)).with(alternative as u64).chance(75)
    }

    fn call(&mut self, rule: Rule, times: Times, out: &mut Out) {
        match times {
            Times::Once => self.expand(rule, out),
            Times::Chance(percent) => {
                if self.chance(percent) {
                    self.expand(rule, out);
                }
            }
            Times::Repeat(least, most) => {
                for _ in 0..self.rng.random_range(least..=most) {
                    self.expand(rule, out);
                }
            }
            Times::Remembered => {
                if let Some((_, text)) = self.memory.iter().find(|(known, _)| *known == rule) {
                    out.push_str(text);
                } else {
                    let start = out.len();
                    self.expand(rule, out);
                    self.memory.push((rule, out[start..].to_owned()));
                }
            }
            Times::OneOf(count) => {
                let known = self.kept.iter().filter(|(of, _)| *of == rule).count();
                let drawn = self.rng.random_range(0..usize::from(count));
                if drawn < known {
                    let text = self.kept.iter().filter(|(of, _)| *of == rule).nth(drawn);
                    out.push_str(text.map_or("", |(_, text)| text));
                } else {
                    let start = out.len();
                    self.expand(rule, out);
                    self.kept.push((rule, out[start..].to_owned()));
                }
            }
            Times::Novel => self.novel(rule, out),
            Times::OfWorkItem => {
                let work_item = self.work_item();
                self.fixed(work_item.key, rule, out);
            }
            Times::OfCompany => self.fixed(self.context.world.key(), rule, out),
            Times::OfPerson => self.fixed(self.habit.noise("texts"), rule, out),
        }
    }

    /// Drawn again while somebody, or this page, has it already.
    fn novel(&mut self, rule: Rule, out: &mut Out) {
        let start = out.len();
        for attempt in 0..TRIES {
            out.truncate(start);
            self.expand(rule, out);
            let Some(print) = fingerprint(&out[start..]) else { return };
            let is_new = !self.drawn.contains(&print) && !self.context.novelty.has(print);
            if is_new || attempt + 1 == TRIES {
                self.drawn.push(print);
                return;
            }
        }
    }

    /// Drawn from a randomness of its own, so that it comes out the same each time.
    fn fixed(&mut self, key: Key, rule: Rule, out: &mut Out) {
        let mut rng = key.with(self.pack.grammar.key(rule)).rng();
        let mut same = TextGenerator::by(self.habit, self.pack, self.context, &mut rng);
        same.work_item = self.work_item;
        same.expand(rule, out);
    }

    fn slot(&mut self, slot: Slot, out: &mut Out) {
        let context = self.context;
        match slot {
            Slot::Me => out.push_str(context.persona.first_name()),
            Slot::Name => out.push_str(context.persona.person_name().display()),
            Slot::Login => out.push_str(context.login),
            Slot::Home => out.push_str(context.home),
            Slot::Email => out.push_str(&context.persona.email),
            Slot::Role => out.push_str(&context.persona.role),
            Slot::Host => out.push_str(context.host),
            Slot::OtherHost => {
                let host = self.other_host();
                out.push_str(host.map_or(context.host, |h| h.0));
            }
            Slot::Address => match self.other_host().and_then(|h| h.1) {
                Some(address) => put!(out, "{address}"),
                None => put!(out, "{}", Ipv4Addr::LOCALHOST),
            },
            Slot::Folder => self.folder(out),
            Slot::Suffix => out.push_str(self.habit.suffix),
            Slot::Place => {
                let places = context.facts.places();
                out.push_str(of(places, self.rng.random_range(0..places.len().max(1))));
            }
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
            Slot::Addressee => {
                let whom = self.addressee();
                out.push_str(context.person(whom).called());
            }
            Slot::Number(least, most) => put!(out, "{}", self.rng.random_range(least..=most)),
            Slot::Hex(length) => characters(out, length, b"0123456789abcdef", self.rng),
            Slot::Alnum(length) => {
                let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
                characters(out, length, letters, self.rng);
            }
            Slot::Clock => {
                // A time of the day, in steps people say.
                let (hour, quarter) = (self.rng.random_range(8..18), self.rng.random_range(0..4) * 15);
                put!(out, "{hour:02}:{quarter:02}");
            }
            Slot::Day(back, form) => {
                let days = i64::from(self.rng.random_range(0..=back));
                self.day(workday(context.written.date(), days), form, out);
            }
            Slot::TheDay(form) => {
                let days = match self.the_day {
                    Some(days) => days,
                    None => self.rng.random_range(0..=2),
                };
                self.the_day = Some(days);
                self.day(workday(context.written.date(), days), form, out);
            }
            of_the_world => self.world_slot(of_the_world, out),
        }
    }

    /// What the company has: its work, its partners, its people's desks.
    fn world_slot(&mut self, slot: Slot, out: &mut Out) {
        let context = self.context;
        let world = context.world;
        let now = context.written.timestamp();
        match slot {
            Slot::Ticket => {
                let work_item = self.work_item();
                world.ticket(&work_item, out);
            }
            Slot::System => {
                let work_item = self.work_item();
                out.push_str(of(world.systems(), work_item.key.text("system").index(world.systems().len())));
            }
            Slot::OtherSystem => self.other_of(world.systems(), "system", out),
            Slot::Project => out.push_str(self.project().name),
            Slot::Customer => {
                let work_item = self.work_item();
                out.push_str(of(world.customers(), work_item.key.text("customer").index(world.customers().len())));
            }
            Slot::OtherCustomer => self.other_of(world.customers(), "customer", out),
            Slot::Vendor => {
                let work_item = self.work_item();
                out.push_str(of(world.vendors(), work_item.key.text("vendor").index(world.vendors().len())));
            }
            Slot::OtherVendor => self.other_of(world.vendors(), "vendor", out),
            Slot::Product => {
                let work_item = self.work_item();
                out.push_str(of(world.products(), work_item.key.text("product").index(world.products().len())));
            }
            Slot::Version => {
                let work_item = self.work_item();
                world.version(work_item.key.text("product").index(world.products().len()), now, out);
            }
            Slot::Company => out.push_str(world.company()),
            Slot::Domain => out.push_str(world.domain()),
            Slot::Manager => {
                let whom = world.manager(context.persona_index).unwrap_or_else(|| context.colleague(self.rng));
                out.push_str(context.person(whom).called());
            }
            Slot::Extension => {
                let whom = self.colleague();
                put!(out, "{}", world.extension(whom));
            }
            Slot::MyExtension => put!(out, "{}", world.extension(context.persona_index)),
            Slot::IncidentDay(form) => {
                let began = Timestamp::from_second(world.incident(now).began).unwrap_or(now);
                self.day(began.to_zoned(context.written.time_zone().clone()).date(), form, out);
            }
            Slot::IncidentMinutes => put!(out, "{}", world.incident(now).minutes),
            _ => {}
        }
    }

    /// Any of a list but the matter's own.
    fn other_of(&mut self, list: &[String], what: &str, out: &mut Out) {
        let own = self.work_item().key.text(what).index(list.len());
        let drawn = self.rng.random_range(0..list.len().saturating_sub(1).max(1));
        out.push_str(of(list, drawn + usize::from(drawn >= own && list.len() > 1)));
    }

    /// The host the matter is about, more often than any other.
    fn other_host(&mut self) -> Option<(&'a str, Option<IpAddr>)> {
        let hosts = self.context.hosts;
        let work_item = self.work_item();
        let its = hosts.get(work_item.key.text("host").index(hosts.len()));
        let drawn = match its.filter(|h| h.name != self.context.host) {
            Some(host) if self.chance(60) => Some(host),
            _ => self.context.other_host(self.rng),
        };
        drawn.map(|host| (host.name.as_str(), host.address))
    }

    /// One of the few folders this person keeps on this host.
    fn folder(&mut self, out: &mut Out) {
        let which = self.rng.random_range(0..3_u64);
        // The last of them is one they have on every host.
        let here = if which == 2 { "" } else { self.context.host };
        let key = self.habit.noise("folder").text(here).with(which);
        self.fixed(key, self.pack.rules().folder, out);
    }

    fn addressee(&mut self) -> usize {
        if let Some(whom) = self.addressee {
            return whom;
        }
        let whom = self.colleague();
        *self.addressee.insert(whom)
    }

    /// Somebody who is neither the writer nor who it is written to, where there is such a person:
    /// mostly whom the matter is shared with.
    fn colleague(&mut self) -> usize {
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

    fn day(&mut self, day: Date, form: DayForm, out: &mut Out) {
        let (year, month, number) = (day.year(), day.month(), day.day());
        match form {
            DayForm::Iso => put!(out, "{year}-{month:02}-{number:02}"),
            DayForm::Compact => put!(out, "{year}{month:02}{number:02}"),
            DayForm::Slash => put!(out, "{number}/{month}"),
            DayForm::Month => put!(out, "{year}-{month:02}"),
            DayForm::Quarter => put!(out, "Q{}", (month + 2) / 3),
            DayForm::Year => put!(out, "{year}"),
            DayForm::DayMonth => {
                let (before, after) = self.pack.day_month().split_once("%m").unwrap_or(("%d ", ""));
                for (part, is_last) in [(before, false), (after, true)] {
                    if is_last {
                        self.nth("month.short", month, out);
                    }
                    match part.split_once("%d") {
                        Some((start, end)) => put!(out, "{start}{number}{end}"),
                        None => out.push_str(part),
                    }
                }
            }
            DayForm::Monday => {
                let since = i64::from(day.weekday().to_monday_zero_offset());
                let monday = day.checked_sub(Span::new().days(since)).unwrap_or(day);
                self.day(monday, DayForm::MonthDay, out);
            }
            DayForm::MonthDay => {
                self.nth("month.short", month, out);
                put!(out, " {number}");
            }
            DayForm::WeekdaySlash => {
                self.nth("weekday.short", day.weekday().to_monday_one_offset(), out);
                put!(out, " {number}/{month}");
            }
            DayForm::Weekday => {
                self.nth("weekday.short", day.weekday().to_monday_one_offset(), out);
            }
        }
    }

    /// The nth line (from 1) of a rule that is a list.
    fn nth(&self, list: &str, n: i8, out: &mut Out) {
        let rule = self.pack.grammar.find(list).and_then(|rule| self.pack.grammar.rules.get(usize::from(rule.0)));
        let line = rule.and_then(|lines| lines.get(usize::from(n.unsigned_abs()).saturating_sub(1)));
        if let Some([Node::Text(text)]) = line.map(|alternative| &*alternative.nodes) {
            out.push_str(text);
        }
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

fn draw(alternatives: &[Alternative], total: u32, rng: &mut dyn Rng) -> usize {
    let at = rng.random_range(0..total);
    alternatives.partition_point(|a| a.cumulative <= at).min(alternatives.len() - 1)
}

fn characters(out: &mut Out, length: u8, from: &[u8], rng: &mut dyn Rng) {
    for _ in 0..length {
        out.push(char::from(from[rng.random_range(0..from.len())]));
    }
}

fn of(list: &[String], at: usize) -> &str {
    list.get(at).map_or("", String::as_str)
}

fn reform(out: &mut Out, start: usize, form: Form, habit: Joint) {
    let joined = |text: &str, by: char, lower: bool| -> String {
        let mut made = String::with_capacity(text.len());
        for c in text.chars() {
            if let Some(plain) = c.to_lowercase().next().filter(|c| !c.is_ascii()).and_then(fold) {
                // Names of files are typed without accents.
                made.push_str(plain);
            } else if c.is_alphanumeric() || c == '.' {
                if lower { made.extend(c.to_lowercase()) } else { made.push(c) }
            } else if !made.is_empty() && !made.ends_with(by) {
                made.push(by);
            }
        }
        made.truncate(made.trim_end_matches(by).len());
        made
    };
    let made = match form {
        Form::Plain => return,
        Form::Name => match habit {
            Joint::Hyphen => joined(&out[start..], '-', true),
            Joint::Underscore => joined(&out[start..], '_', true),
            Joint::HyphenKept => joined(&out[start..], '-', false),
            Joint::None => joined(&out[start..], '-', true).replace('-', ""),
            Joint::Camel => {
                let mut words = String::with_capacity(out.len() - start);
                for (n, word) in joined(&out[start..], '-', true).split('-').enumerate() {
                    let mut letters = word.chars();
                    let first = letters.next();
                    words.extend(first.into_iter().flat_map(|c| {
                        if n == 0 { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() }
                    }));
                    words.push_str(letters.as_str());
                }
                words
            }
        },
        Form::Slug => joined(&out[start..], '-', true),
        Form::Snake => joined(&out[start..], '_', true),
        Form::Dash => joined(&out[start..], '-', false),
        Form::Up => out[start..].to_uppercase(),
        Form::Cap => {
            let mut rest = out[start..].chars();
            rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
        }
    };
    out.truncate(start);
    out.push_str(&made);
}

#[cfg(test)]
mod tests {
    use super::super::{Content, Pack, SourceFile};
    use super::*;
    use crate::writing_context::tests::{Stand, persona, tuesday};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn pack(extra: &str) -> Pack {
        let mut text = String::from(extra);
        for name in crate::content::RULES {
            if !extra.contains(&alloc::format!("[{name}]")) {
                put!(&mut text, "\n[{name}]\nx\n");
            }
        }
        for (name, lines) in [("mail.wrote", 4), ("mail.labels", 11), ("mail.months", 12), ("mail.days", 7)] {
            put!(&mut text, "\n[{name}]\n{}", "x\n".repeat(lines));
        }
        Pack::parse(&[SourceFile { name: "t", text: &text }]).unwrap()
    }

    fn draw_with(extra: &str, seed: u64, persona_index: usize) -> String {
        let pack = pack(extra);
        let content = Content::embedded().unwrap();
        let stand = Stand::new(alloc::vec![persona("Ann Lee"), persona("Bob Ray")], &content);
        let context = stand.context(persona_index, tuesday());
        let rule = pack.grammar.find("t").unwrap();
        TextGenerator::new(&pack, &context, &mut ChaCha8Rng::seed_from_u64(seed)).text(rule)
    }

    fn draw(extra: &str) -> String {
        draw_with(extra, 5, 0)
    }

    #[test]
    fn a_facet_chooses_by_role_and_falls_back_to_what_is_common() {
        // Engineers are developers.
        assert_eq!(draw("[x.developer]\ncode\n[x.common]\nwords\n[t]\n{x.%@role}\n"), "code");
        assert_eq!(draw("[x.sales]\ncalls\n[x.common]\nwords\n[t]\n{x.%@role}\n"), "words");
    }

    #[test]
    fn what_is_of_a_matter_a_company_or_a_person_stays_the_same() {
        let lists = "[n]\n{@num 1 1000000}\n[t]\n";
        let company = |seed, persona_index| draw_with(&alloc::format!("{lists}{{^n}}\n"), seed, persona_index);
        assert_eq!(company(1, 0), company(2, 1));
        let person = |seed, persona_index| draw_with(&alloc::format!("{lists}{{&n}}\n"), seed, persona_index);
        assert_eq!(person(1, 0), person(2, 0));
        assert_ne!(person(1, 0), person(1, 1));
        let work_item = draw(&alloc::format!("{lists}{{~n}} {{~n}} {{@ticket}} {{@ticket}}\n"));
        let words: Vec<&str> = work_item.split(' ').collect();
        assert!(words[0] == words[1] && words[2] == words[3], "{work_item}");
    }

    #[test]
    fn what_is_remembered_stays_the_same_in_every_form() {
        let text = draw(
            "[topic]\nQ3 budget: final\nkey rotation plan\nhiring\n[t]\n{=topic}/{=topic|slug}/{=topic|dash}/{=topic|snake}/{=topic|up}",
        );
        assert!(
            [
                "Q3 budget: final/q3-budget-final/Q3-budget-final/q3_budget_final/Q3 BUDGET: FINAL",
                "key rotation plan/key-rotation-plan/key-rotation-plan/key_rotation_plan/KEY ROTATION PLAN",
                "hiring/hiring/hiring/hiring/HIRING"
            ]
            .contains(&text.as_str()),
            "{text}"
        );
    }

    #[test]
    fn slots_speak_of_the_scene_and_a_colleague_is_somebody_else() {
        let text = draw("[t]\n{@me} {@login} {@host} {@colleague} {@day 0 iso} {@day 0 quarter} {@num 7 7} \\{ok\\}\n");
        assert_eq!(text, "Ann annlee web-01 Bob 2026-11-03 Q4 7 {ok}");
    }

    #[test]
    fn blocks_keep_their_lines_and_doubled_braces() {
        assert_eq!(draw("[[t]]\n#!/bin/sh\nf() {{ echo \\n; }}\n\n"), "#!/bin/sh\nf() { echo \\n; }\n");
    }

    #[test]
    fn weekdays_and_months_are_the_packs_own_and_right() {
        let lists = "[month.short]\njan\nfeb\nmar\napr\nmay\njun\njul\naug\nsep\noct\nnov\ndec\n[weekday.short]\nmo\ntu\nwe\nth\nfr\nsa\nsu\n";
        // 3 November 2026 is a Tuesday.
        assert_eq!(draw(&alloc::format!("{lists}[t]\n{{@day 0 weekday}} {{@day 0 daymonth}}")), "tu 3 nov");
    }
}
