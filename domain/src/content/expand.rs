//! Drawing a text from a rule.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Span;
use jiff::civil::{Date, Weekday};
use rand::{Rng, RngExt};

use super::parse::{Alternative, DayForm, Form, Node, Slot, Times};
use super::{Out, Pack};
use crate::persona::Persona;
use crate::scene::Scene;

/// A rule of a pack, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule(pub(super) u16);

/// The drawing of one artifact: what was remembered for its name holds for its body too.
pub struct Draw<'a> {
    pack: &'a Pack,
    scene: &'a Scene<'a>,
    rng: &'a mut dyn Rng,
    memory: Vec<(Rule, String)>,
    used: Vec<(Rule, usize)>,
    /// How many days before the writing the artifact's own day lies.
    the_day: Option<i64>,
    addressee: Option<&'a Persona>,
}

/// A rule with fewer alternatives is a list to choose from, not prose.
const FEW: usize = 12;

impl<'a> Draw<'a> {
    /// Starts an artifact.
    pub fn new(pack: &'a Pack, scene: &'a Scene<'a>, rng: &'a mut dyn Rng) -> Self {
        Self { pack, scene, rng, memory: Vec::new(), used: Vec::new(), the_day: None, addressee: None }
    }

    /// The pack drawn from.
    pub fn pack(&self) -> &'a Pack {
        self.pack
    }

    /// Who writes, where and when.
    pub fn scene(&self) -> &'a Scene<'a> {
        self.scene
    }

    /// The randomness.
    pub fn rng(&mut self) -> &mut dyn Rng {
        self.rng
    }

    /// A text drawn from `rule`.
    pub fn text(&mut self, rule: Rule) -> String {
        let mut out = String::with_capacity(256);
        self.expand(rule, &mut out);
        out
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
                    reform(out, start, *form);
                }
                Node::Switch { kind, targets } => {
                    let mut drawn = String::new();
                    self.call(*kind, Times::Remembered, &mut drawn);
                    if let Some((_, rule)) = targets.iter().find(|(text, _)| **text == *drawn) {
                        self.expand(*rule, out);
                    }
                }
                Node::Call { rule, times, form } => {
                    let start = out.len();
                    self.call(*rule, *times, out);
                    reform(out, start, *form);
                }
            }
        }
    }

    /// An alternative this artifact doesn't have yet, if a few draws find one: nobody writes the same
    /// sentence twice on a page.
    fn unused(&mut self, rule: Rule, alternatives: &[Alternative], total: u32) -> usize {
        let mut chosen = draw(alternatives, total, self.rng);
        for _ in 0..3 {
            if !self.used.contains(&(rule, chosen)) {
                self.used.push((rule, chosen));
                break;
            }
            chosen = draw(alternatives, total, self.rng);
        }
        chosen
    }

    fn call(&mut self, rule: Rule, times: Times, out: &mut Out) {
        match times {
            Times::Once => self.expand(rule, out),
            Times::Chance(percent) => {
                if self.rng.random_range(0..100) < percent {
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
        }
    }

    fn slot(&mut self, slot: Slot, out: &mut Out) {
        let scene = self.scene;
        match slot {
            Slot::Me => out.push_str(scene.persona.first_name()),
            Slot::Name => out.push_str(&scene.persona.name),
            Slot::Login => out.push_str(scene.login),
            Slot::Home => out.push_str(scene.home),
            Slot::Email => out.push_str(&scene.persona.email),
            Slot::Role => out.push_str(&scene.persona.role),
            Slot::Host => out.push_str(scene.host),
            Slot::OtherHost => out.push_str(scene.other_host(self.rng)),
            Slot::Colleague => out.push_str(self.colleague().first_name()),
            Slot::ColleagueLogin => out.push_str(self.colleague().login()),
            Slot::Addressee => {
                let whom = self.addressee.unwrap_or_else(|| scene.colleague(self.rng));
                self.addressee = Some(whom);
                out.push_str(whom.first_name());
            }
            Slot::Number(least, most) => put!(out, "{}", self.rng.random_range(least..=most)),
            Slot::Hex(length) => characters(out, length, b"0123456789abcdef", self.rng),
            Slot::Alnum(length) => {
                let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
                characters(out, length, letters, self.rng);
            }
            Slot::Clock => {
                // A time of the day before the writing, in steps people say.
                let (hour, quarter) = (self.rng.random_range(8..18), self.rng.random_range(0..4) * 15);
                put!(out, "{hour:02}:{quarter:02}");
            }
            Slot::Day(back, form) => {
                let days = i64::from(self.rng.random_range(0..=back));
                self.day(workday(scene.written.date(), days), form, out);
            }
            Slot::TheDay(form) => {
                let days = match self.the_day {
                    Some(days) => days,
                    None => self.rng.random_range(0..=2),
                };
                self.the_day = Some(days);
                self.day(workday(scene.written.date(), days), form, out);
            }
        }
    }

    /// Somebody who is neither the writer nor who it is written to, where there is such a person.
    fn colleague(&mut self) -> &'a Persona {
        let mut drawn = self.scene.colleague(self.rng);
        for _ in 0..4 {
            if self.addressee.is_none_or(|whom| whom.email != drawn.email) {
                break;
            }
            drawn = self.scene.colleague(self.rng);
        }
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
                put!(out, "{number} ");
                self.nth("month.short", month, out);
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

fn reform(out: &mut Out, start: usize, form: Form) {
    let joined = |text: &str, by: char, lower: bool| -> String {
        let mut made = String::with_capacity(text.len());
        for c in text.chars() {
            if c.is_alphanumeric() || c == '.' {
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
    use super::super::{Pack, SourceFile};
    use super::*;
    use crate::scene::tests::{persona, scene};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn pack(extra: &str) -> Pack {
        let mut text = String::from(extra);
        for name in [
            "name.note",
            "name.todo",
            "name.draft",
            "name.script",
            "body.note",
            "body.todo",
            "body.draft",
            "body.script.sh",
            "body.script.py",
            "append.note",
            "append.draft",
            "append.script",
            "todo.item",
        ] {
            put!(&mut text, "\n[{name}]\nx\n");
        }
        Pack::parse(&[SourceFile { name: "t", text: &text }]).unwrap()
    }

    fn draw(extra: &str) -> String {
        let pack = pack(extra);
        let ann = persona("Ann Lee");
        let colleagues = [persona("Ann Lee"), persona("Bob Ray")];
        let scene = scene(&ann, &colleagues);
        let rule = pack.grammar.find("t").unwrap();
        Draw::new(&pack, &scene, &mut ChaCha8Rng::seed_from_u64(5)).text(rule)
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
