//! Drawing a text from a rule.

use alloc::borrow::ToOwned;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use rand::{Rng, RngExt};

use super::forms::reform;
use super::grammar::ast::{Alternative, Facet, Form, Node, Rule, Target, Times};
use super::pack::Pack;
use crate::habit::Habit;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::novelty::fingerprint;
use crate::story::Instance;
use crate::world::work_item::{Project, WorkItem};
use crate::writing_context::WritingContext;

/// The drawing of one artifact: what was remembered for its name holds for its body too, and all of
/// it is about one matter.
pub struct TextGenerator<'a> {
    pub(super) pack: &'a Pack,
    pub(super) context: &'a WritingContext<'a>,
    pub(super) rng: &'a mut dyn Rng,
    pub(super) habit: Habit,
    voice: Key,
    pub(super) work_item: Option<WorkItem>,
    memory: Vec<(Rule, String)>,
    /// What `{+n rule}` has drawn.
    kept: Vec<(Rule, String)>,
    pub(super) last_colleague: Option<PersonaIndex>,
    used: Vec<(Rule, usize)>,
    /// Fingerprints of the long lines this artifact has already.
    drawn: Vec<u64>,
    /// How many days before the writing the artifact's own day lies.
    pub(super) the_day: Option<i64>,
    pub(super) addressee: Option<PersonaIndex>,
    /// The instance of a storyline that the artifact is about.
    pub(super) story: Option<Rc<Instance<'a>>>,
    /// Whether it is the writer's file of scattered notes; not known before somebody asks.
    pub(super) is_scattered: Option<bool>,
    /// Whether what has nothing new to say is left as it is; at the reference's pace it changes all the same.
    pub(crate) passes_over: bool,
    /// When what is gone on with was written.
    pub(super) since: Option<Timestamp>,
}

/// A rule with fewer alternatives is a list to choose from, not prose.
const FEW: usize = 12;
/// So far back a page is remembered.
const RECENT: usize = 40;
/// Of so many ways of saying a thing, each person has their own.
const MANY: usize = 24;
/// In a large company only so many people's work is looked through.
pub(super) const MOST_ASKED: usize = 8;
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
            story: None,
            is_scattered: None,
            passes_over: false,
            since: None,
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
    pub fn address(&mut self, whom: PersonaIndex) {
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
        self.since = Some(at);
        if self.recall_scattered(path) || self.recall_story(text, path, at) {
            return;
        }
        let world = self.context.world;
        let crowd = world.headcount();
        // The writer's own first.
        let people = (0..crowd.min(MOST_ASKED)).map(|n| self.context.persona_index.further(n, crowd));
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

    pub(super) fn project(&mut self) -> Project<'a> {
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

    fn expand(&mut self, rule: Rule, out: &mut String) {
        let pack = self.pack;
        let alternatives = pack.alternatives(rule);
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
        self.voice.with(self.pack.key(rule)).with(alternative as u64).chance(75)
    }

    fn call(&mut self, rule: Rule, times: Times, out: &mut String) {
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
    fn novel(&mut self, rule: Rule, out: &mut String) {
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
    pub(super) fn fixed(&mut self, key: Key, rule: Rule, out: &mut String) {
        let mut rng = key.with(self.pack.key(rule)).rng();
        let mut same = TextGenerator::by(self.habit, self.pack, self.context, &mut rng);
        same.work_item = self.work_item;
        same.expand(rule, out);
    }
}

fn draw(alternatives: &[Alternative], total: u32, rng: &mut dyn Rng) -> usize {
    let at = rng.random_range(0..total);
    alternatives.partition_point(|a| a.cumulative <= at).min(alternatives.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::rules::Rules;
    use crate::content::{Content, SourceFile};
    use crate::persona::Language;
    use crate::test_support::{Stand, persona, tuesday};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    fn pack(extra: &str) -> Pack {
        let mut text = String::from(extra);
        for name in Rules::NAMES {
            if !extra.contains(&alloc::format!("[{name}]")) {
                put!(&mut text, "\n[{name}]\nx\n");
            }
        }
        let english = Content::embedded().unwrap();
        Pack::parse(Language::EN, &[SourceFile { name: "t", text: &text }], Some(english.pack(Language::EN))).unwrap()
    }

    fn draw_with(extra: &str, seed: u64, persona_index: usize) -> String {
        let pack = pack(extra);
        let content = Content::embedded().unwrap();
        let stand = Stand::new(alloc::vec![persona("Ann Lee"), persona("Bob Ray")], &content);
        let context = stand.context(persona_index, tuesday());
        let rule = pack.find("t").unwrap();
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
