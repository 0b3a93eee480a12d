//! Reading a file of storylines.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::facts::parse_fact;
use super::file::StoryFile;
use super::line::{Line, condition_of, lines, script_line};
use super::slots::{Braces, check_slots};
use super::storyline::{
    Beat, Condition, DraftText, FactRule, How, MailText, Outside, Part, ScriptText, Source, Storyline, Text, Todo,
    Unit, Wait,
};
use crate::content::source::ContentError;
use crate::role::RoleFamily;

/// Storylines have at most so many beats, facts or parts.
const MOST: usize = 60;

/// Reads all storylines of a file.
///
/// # Errors
/// With file and line of the first mistake: a line of no known form, a slot that no fact fills, a beat without a text,
/// something that is said before it happens.
pub(super) fn parse(file: StoryFile) -> Result<Vec<Storyline>, ContentError> {
    let source: Source = Arc::new(file.text);
    let mut reader = Reader { name: &file.name, lines: lines(&source), at: 0, source: source.clone() };
    let mut stories: Vec<Storyline> = Vec::new();
    while let Some(line) = reader.next_line() {
        let name = line.text.strip_prefix("[story ").and_then(|l| l.strip_suffix(']'));
        let Some(name) = name else { return Err(reader.error(&line, "a storyline begins with [story NAME]")) };
        if stories.iter().any(|story| &*story.name == name) {
            return Err(reader.error(&line, format!("a second storyline {name}")));
        }
        stories.push(reader.story(name, &line)?);
    }
    Ok(stories)
}

/// A text that is looked at when all of its storyline is known.
struct Said<'s> {
    line: Line<'s>,
    text: Text,
    beat: usize,
    braces: Braces,
}

impl<'s> Said<'s> {
    fn plain(line: Line<'s>, text: Text, beat: usize) -> Self {
        Self { line, text, beat, braces: Braces::Slots }
    }
}

struct Reader<'f, 's> {
    name: &'f str,
    lines: Vec<Line<'s>>,
    at: usize,
    source: Source,
}

impl<'s> Reader<'_, 's> {
    fn error(&self, line: &Line<'_>, reason: impl Into<String>) -> ContentError {
        ContentError::at(self.name, line.number, reason)
    }

    /// The next line that is neither blank nor a comment.
    fn next_line(&mut self) -> Option<Line<'s>> {
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            if !line.text.trim().is_empty() && !line.text.starts_with(";;") {
                return Some(line);
            }
        }
        None
    }

    /// The lines up to the next section.
    fn section(&mut self) -> Vec<Line<'s>> {
        let mut out = Vec::new();
        while let Some(line) = self.next_line() {
            if line.text.starts_with('[') {
                self.at -= 1;
                break;
            }
            out.push(line);
        }
        out
    }

    fn story(&mut self, name: &str, head: &Line<'s>) -> Result<Storyline, ContentError> {
        let owner = Part { name: "owner".into(), families: Vec::new(), outside: None };
        let mut story = Storyline {
            source: self.source.clone(),
            beat_names: self.beat_names(),
            name: name.into(),
            parts: Vec::from([owner]),
            facts: Vec::new(),
            titles: Vec::new(),
            beats: Vec::new(),
            drafts: Vec::new(),
            scripts: Vec::new(),
        };
        let mut texts: Vec<Said<'s>> = Vec::new();
        while let Some(line) = self.next_line() {
            if line.text.starts_with("[story ") {
                self.at -= 1;
                break;
            }
            match line.text {
                "[parts]" => self.parts(&mut story)?,
                "[facts]" => self.facts(&mut story)?,
                "[titles]" => story.titles.extend(self.section().iter().map(|line| line.place(line.text))),
                text if text.starts_with("[beat ") => {
                    let beat = self.beat(&line, &story, &mut texts)?;
                    story.beats.push(beat);
                }
                text if text.starts_with("[draft ") => {
                    let draft = self.draft(&line, &story, &mut texts)?;
                    story.drafts.push(draft);
                }
                text if text.starts_with("[script ") => {
                    let script = self.script(&line, &story, &mut texts)?;
                    story.scripts.push(script);
                }
                _ => return Err(self.error(&line, "no section of a storyline")),
            }
        }
        if story.titles.is_empty() || story.beats.is_empty() {
            return Err(self.error(head, format!("the storyline {name} has no [titles] or no [beat]")));
        }
        if [story.parts.len(), story.facts.len(), story.beats.len()].iter().any(|n| *n > MOST) {
            return Err(self.error(head, format!("the storyline {name} has more than {MOST} beats, facts or parts")));
        }
        for title in &story.titles {
            check_slots(story.text(*title), &story, None, Braces::Slots).map_err(|reason| self.error(head, reason))?;
        }
        for Said { line, text, beat, braces } in texts {
            check_slots(story.text(text), &story, Some(beat), braces).map_err(|reason| self.error(&line, reason))?;
        }
        Ok(story)
    }

    /// The names of the beats of the storyline that begins here.
    fn beat_names(&self) -> Vec<Box<str>> {
        let rest =
            self.lines[self.at.min(self.lines.len())..].iter().take_while(|line| !line.text.starts_with("[story "));
        let name = |line: &Line<'_>| line.text.strip_prefix("[beat ")?.split([' ', ']']).next().map(Into::into);
        rest.filter_map(name).collect()
    }

    fn parts(&mut self, story: &mut Storyline) -> Result<(), ContentError> {
        for line in self.section() {
            let Some((name, families)) = line.text.split_once(':') else {
                return Err(self.error(&line, "a part is NAME: families, or NAME: outside"));
            };
            let mut part = Part { name: name.trim().into(), families: Vec::new(), outside: None };
            for word in families.split_whitespace() {
                match RoleFamily::named(word) {
                    Some(family) => part.families.push(family),
                    None if word == "outside" => part.outside = Some(Outside::Unsaid),
                    None if part.outside == Some(Outside::Unsaid) => {
                        part.outside = Some(self.outside(&line, word)?);
                    }
                    None if word == "common" => {}
                    None => return Err(self.error(&line, format!("{word:?} is no family of roles"))),
                }
            }
            story.parts.push(part);
        }
        Ok(())
    }

    fn outside(&self, line: &Line<'_>, word: &str) -> Result<Outside, ContentError> {
        match word {
            "customer" => Ok(Outside::Customer),
            "vendor" => Ok(Outside::Vendor),
            "firm" => Ok(Outside::Firm),
            "private" => Ok(Outside::Private),
            _ => {
                Err(self
                    .error(line, format!("{word:?} is not where an outsider is from: customer, vendor, firm, private")))
            }
        }
    }

    fn facts(&mut self, story: &mut Storyline) -> Result<(), ContentError> {
        for line in self.section() {
            let Some((name, how)) = line.text.split_once(" = ") else {
                return Err(self.error(&line, "a fact is NAME = how it is drawn"));
            };
            let name = name.trim();
            if story.fact_named(name).is_some() {
                return Err(self.error(&line, format!("a second fact {name}")));
            }
            let how = parse_fact(how.trim(), &line, story).map_err(|reason| self.error(&line, reason))?;
            if let How::Choice(texts) = &how {
                for text in texts {
                    check_slots(story.text(*text), story, None, Braces::Slots)
                        .map_err(|reason| self.error(&line, reason))?;
                }
            }
            story.facts.push(FactRule { name: name.into(), how });
        }
        Ok(())
    }

    /// `[beat NAME] by PART +FROM..TOu if FACT=VALUE,VALUE`
    fn beat(&mut self, head: &Line<'s>, story: &Storyline, texts: &mut Vec<Said<'s>>) -> Result<Beat, ContentError> {
        let bad = |reader: &Self| {
            reader.error(head, "a beat is [beat NAME] by PART +FROM..TO and m, h or d, and perhaps: if FACT=VALUE")
        };
        let number = story.beats.len();
        let rest = head.text.strip_prefix("[beat ").unwrap_or_default();
        let (name, rest) = rest.split_once(']').ok_or_else(|| bad(self))?;
        let mut words = rest.split_whitespace();
        if words.next() != Some("by") {
            return Err(bad(self));
        }
        let part = |reader: &Self, word: &str, line: &Line<'_>| {
            story.part_named(word).ok_or_else(|| reader.error(line, format!("there is no part {word}")))
        };
        let by = part(self, words.next().ok_or_else(|| bad(self))?, head)?;
        let (mut wait, mut condition) = (Wait { least: 0, most: 0, unit: Unit::Minutes }, None);
        while let Some(word) = words.next() {
            match word {
                "if" => {
                    let word = words.next().ok_or_else(|| bad(self))?;
                    condition = Some(self.condition(word, head, story)?);
                }
                _ => wait = parse_wait(word).ok_or_else(|| bad(self))?,
            }
        }
        let mut beat = Beat {
            by,
            wait,
            condition,
            notes: Vec::new(),
            prose: Vec::new(),
            others: Vec::new(),
            keeps: Vec::new(),
            todos: Vec::new(),
            mails: Vec::new(),
            commands: Vec::new(),
        };
        while let Some(line) = self.next_line() {
            if line.text.starts_with('[') {
                self.at -= 1;
                break;
            }
            if let Some(rest) = line.text.strip_prefix("mail ") {
                let mail = self.mail(rest, &line, number, &part, texts)?;
                beat.mails.push(mail);
                continue;
            }
            let Some((kind, said)) = line.text.split_once(": ") else {
                return Err(
                    self.error(&line, "no text of a beat: note:, prose:, other:, keep:, todo BEAT:, cmd HOST: or mail")
                );
            };
            let text = line.place(said.trim());
            let (kind, about) = kind.split_once(' ').unwrap_or((kind, ""));
            let mut braces = Braces::Slots;
            match (kind, about) {
                ("note", "") => beat.notes.push(text),
                ("prose", "") => beat.prose.push(text),
                ("other", "") => beat.others.push(text),
                ("keep", "") => {
                    beat.keeps.push(text);
                    braces = Braces::Code;
                }
                ("todo", until) => {
                    let later = story.beat_named(until).filter(|n| *n > number);
                    if later.is_none() && until != "never" {
                        return Err(self.error(&line, format!("todo {until}: there is no later beat of that name")));
                    }
                    match beat.todos.iter_mut().find(|todo| todo.until == later) {
                        Some(todo) => todo.texts.push(text),
                        None => beat.todos.push(Todo { until: later, texts: Vec::from([text]) }),
                    }
                }
                ("cmd", host) => {
                    let is_host = |fact: &usize| matches!(story.facts[*fact].how, How::Company(what) if what.is_host());
                    let fact = story
                        .fact_named(host)
                        .filter(is_host)
                        .ok_or_else(|| self.error(&line, format!("cmd {host}: no host of that name")))?;
                    beat.commands.push((fact, text));
                    braces = Braces::Code;
                }
                _ => return Err(self.error(&line, format!("{kind:?} is no text of a beat"))),
            }
            texts.push(Said { line, text, beat: number, braces });
        }
        if beat.notes.is_empty() || beat.prose.is_empty() {
            return Err(self.error(head, format!("the beat {name} has no note: or no prose:")));
        }
        Ok(beat)
    }

    fn condition(&self, word: &str, line: &Line<'s>, story: &Storyline) -> Result<Condition, ContentError> {
        let (name, values) = word.split_once('=').ok_or_else(|| self.error(line, "a condition is FACT=VALUE"))?;
        let fact = story.fact_named(name).ok_or_else(|| self.error(line, format!("there is no fact {name}")))?;
        let known = story.values_of(fact).ok_or_else(|| self.error(line, format!("{name} is no choice")))?;
        if let Some(never) = values.split(',').find(|value| !known.iter().any(|text| story.text(*text) == *value)) {
            return Err(self.error(line, format!("{name} is never {never}")));
        }
        Ok(Condition { fact, values: values.split(',').map(|value| line.place(value)).collect() })
    }

    /// That the condition of a line of a draft or script, if it has one, can be so.
    fn line_condition(&self, text: &str, line: &Line<'s>, story: &Storyline) -> Result<(), ContentError> {
        match condition_of(text) {
            Some((condition, _)) => self.condition(condition, line, story).map(drop),
            None => Ok(()),
        }
    }

    /// `FROM > TO, CC: Subject | Subject`, and the body up to a full stop on a line of its own.
    fn mail(
        &mut self,
        rest: &str,
        head: &Line<'s>,
        beat: usize,
        part: &dyn Fn(&Self, &str, &Line<'_>) -> Result<usize, ContentError>,
        texts: &mut Vec<Said<'s>>,
    ) -> Result<MailText, ContentError> {
        let (people, subjects) =
            rest.split_once(": ").map_or((rest, None), |(people, subject)| (people, Some(subject)));
        let Some((from, to)) = people.split_once('>') else {
            return Err(self.error(head, "a mail is: mail FROM > TO, CC: Subject | Subject"));
        };
        let from = part(self, from.trim(), head)?;
        let to = to.split(',').map(|name| part(self, name.trim(), head)).collect::<Result<_, _>>()?;
        let mut mail = MailText { from, to, subjects: Vec::new(), bodies: Vec::new() };
        for subject in subjects.into_iter().flat_map(|s| s.split(" | ")) {
            let text = head.place(subject.trim());
            mail.subjects.push(text);
            texts.push(Said::plain(*head, text, beat));
        }
        let mut begin = self.at;
        loop {
            let Some(line) = self.lines.get(self.at).copied() else {
                return Err(self.error(head, "the mail's last line, a full stop by itself, is missing"));
            };
            let is_last = line.text.trim() == ".";
            if is_last || line.text.trim() == "---" {
                let body = self.block(begin, self.at);
                mail.bodies.push(body.ok_or_else(|| self.error(&line, "an empty mail"))?);
                begin = self.at + 1;
            } else {
                texts.push(Said::plain(line, line.place(line.text), beat));
            }
            self.at += 1;
            if is_last {
                return Ok(mail);
            }
        }
    }

    /// The lines from one up to another, without blank ones at the ends.
    fn block(&self, from: usize, to: usize) -> Option<Text> {
        let lines = &self.lines[from.min(to)..to];
        let is_said = |line: &&Line<'_>| !line.text.trim().is_empty();
        let (first, last) = (lines.iter().find(is_said)?, lines.iter().rev().find(is_said)?);
        Some(Text::new(first.start..last.end()))
    }

    /// `[draft KIND] from BEAT`
    fn draft(
        &mut self,
        head: &Line<'s>,
        story: &Storyline,
        texts: &mut Vec<Said<'s>>,
    ) -> Result<DraftText, ContentError> {
        let from = head.text.split_once("] from ").map(|(_, beat)| beat);
        let from = from.and_then(|name| story.beat_named(name));
        let from = from.ok_or_else(|| self.error(head, "a draft is [draft KIND] from BEAT"))?;
        let (begin, end) = self.page();
        for line in &self.lines[begin..end] {
            if !line.text.starts_with(";;") {
                self.line_condition(line.text.strip_prefix("- ").unwrap_or(line.text), line, story)?;
                texts.push(Said::plain(*line, line.place(line.text), from));
            }
        }
        let body = self.block(begin, end).ok_or_else(|| self.error(head, "an empty draft"))?;
        Ok(DraftText { from, body })
    }

    /// `[script NAME] from BEAT`
    fn script(
        &mut self,
        head: &Line<'s>,
        story: &Storyline,
        texts: &mut Vec<Said<'s>>,
    ) -> Result<ScriptText, ContentError> {
        let bad = |reader: &Self| reader.error(head, "a script is [script NAME] from BEAT");
        let inside = head.text.strip_prefix("[script ").and_then(|rest| rest.split_once("] from "));
        let (name, beat) = inside.ok_or_else(|| bad(self))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.is_empty() || name.starts_with(['.', '-']) || !name.chars().all(is_name) {
            return Err(self.error(head, format!("{name:?} is no name for a script: letters, digits, . _ -")));
        }
        let from = story.beat_named(beat).ok_or_else(|| bad(self))?;
        let (begin, end) = self.page();
        for line in &self.lines[begin..end] {
            let (mark, rest) = script_line(line.text);
            let beat = match mark {
                None => from,
                Some(name) => story
                    .beat_named(name)
                    .ok_or_else(|| self.error(line, format!("@{name}: there is no beat of that name")))?,
            };
            self.line_condition(rest, line, story)?;
            texts.push(Said { line: *line, text: line.place(rest), beat: beat.max(from), braces: Braces::Code });
        }
        let body = self.block(begin, end).filter(|body| story.text(*body).starts_with("#!"));
        let body = body.ok_or_else(|| self.error(head, "a script begins with #! and its interpreter"))?;
        Ok(ScriptText { name: head.place(name), from, body })
    }

    /// The lines up to the next section of a storyline, whatever they are.
    fn page(&mut self) -> (usize, usize) {
        let begin = self.at;
        let is_head = |line: &Line<'_>| {
            ["[story ", "[beat ", "[draft ", "[script "].iter().any(|section| line.text.starts_with(section))
        };
        let length = self.lines[begin..].iter().position(is_head);
        self.at = length.map_or(self.lines.len(), |length| begin + length);
        (begin, self.at)
    }
}

/// `+20..90m`
fn parse_wait(word: &str) -> Option<Wait> {
    let rest = word.strip_prefix('+')?;
    let (span, unit) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => Unit::Minutes,
        "h" => Unit::Hours,
        "d" => Unit::Days,
        _ => return None,
    };
    let (least, most) = span.split_once("..")?;
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most && most <= 1_000).then_some(Wait { least, most, unit })
}
