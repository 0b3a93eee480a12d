//! Reading a pack: sections, alternatives, nodes. Every fault names its file and line.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::expand::Rule;
use crate::noise::fnv;
use crate::role::RoleFamily;
use crate::world::Phase;

/// One file of a pack.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// What errors call it.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// What is wrong with a pack, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ContentError {
    /// The file's name.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl ContentError {
    pub(crate) fn at(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }

    pub(crate) fn whole(file: &str, reason: impl Into<String>) -> Self {
        Self::at(file, 0, reason)
    }
}

/// Rules by number; a rule is a weighted choice of node lists.
#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) rules: Vec<Vec<Alternative>>,
    names: BTreeMap<String, Rule>,
    /// A number for each rule that follows from its name alone: what is drawn by it survives other
    /// rules that come and go.
    keys: Vec<u64>,
    whole: String,
}

#[derive(Debug)]
pub(super) struct Alternative {
    /// Sum of the weights up to and including this one.
    pub(super) cumulative: u32,
    pub(super) nodes: Box<[Node]>,
}

#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    Call {
        target: Target,
        times: Times,
        form: Form,
    },
    /// `{name.%kind}`: the rule called `name.` and what `[kind]` remembers.
    Switch {
        kind: Rule,
        targets: Box<[(Box<str>, Rule)]>,
    },
    Slot {
        slot: Slot,
        form: Form,
    },
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `{rule}`
    Rule(Rule),
    /// `{name.%@role}`: the rule called `name.` and what the facet is; one for each of its values.
    Facet(Facet, Box<[Rule]>),
}

/// Something about the writing that has a few values, each with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    /// The family of the writer's role.
    Role,
    /// The family of work that the matter belongs to.
    WorkItem,
    /// How far the matter's project has come.
    Phase,
}

impl Facet {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "role" => Self::Role,
            "matter" => Self::WorkItem,
            "phase" => Self::Phase,
            _ => return None,
        })
    }

    fn values(self) -> Vec<&'static str> {
        match self {
            Self::Role | Self::WorkItem => RoleFamily::ALL.map(RoleFamily::as_str).to_vec(),
            Self::Phase => Phase::ALL.map(Phase::as_str).to_vec(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// `{rule}`
    Once,
    /// `{rule?40}`: in 40 of 100 cases.
    Chance(u8),
    /// `{rule*2-5}`
    Repeat(u8, u8),
    /// `{=rule}`: drawn once an artifact, then remembered.
    Remembered,
    /// `{!rule}`: drawn again where somebody has written just that before.
    Novel,
    /// `{+6 rule}`: one of six, drawn as they are needed and kept for the artifact: it has a thread.
    OneOf(u8),
    /// `{~rule}`: the same whenever anybody writes of this matter.
    OfWorkItem,
    /// `{^rule}`: the same in the whole company.
    OfCompany,
    /// `{&rule}`: the same whenever this person writes.
    OfPerson,
}

/// How a drawn text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// `|slug`: lower case, words joined by hyphens.
    Slug,
    /// `|snake`: lower case, words joined by underscores.
    Snake,
    /// `|dash`: case kept, words joined by hyphens.
    Dash,
    /// `|cap`: first letter in upper case.
    Cap,
    /// `|up`: all in upper case.
    Up,
    /// `|name`: words joined as this person names files.
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Me,
    Name,
    Login,
    Home,
    Email,
    Role,
    Host,
    OtherHost,
    Address,
    Ticket,
    System,
    OtherSystem,
    Project,
    Customer,
    OtherCustomer,
    Vendor,
    OtherVendor,
    Product,
    Version,
    Company,
    Domain,
    Manager,
    /// A colleague's telephone extension.
    Extension,
    /// The writer's own.
    MyExtension,
    IncidentDay(DayForm),
    IncidentMinutes,
    /// One of the folders this person keeps on this host.
    Folder,
    /// How this person's text files end: `.txt`, `.md` or not at all.
    Suffix,
    /// A folder that is there on this host.
    Place,
    Colleague,
    ColleagueLogin,
    Number(u32, u32),
    Hex(u8),
    Alnum(u8),
    Clock,
    /// A day at most so many days before the writing, in some spelling.
    Day(u16, DayForm),
    /// The day that this artifact is about: drawn once, and the same in its name and its body.
    TheDay(DayForm),
    /// Whom this artifact is written to: drawn once, and then nobody else's name.
    Addressee,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayForm {
    /// `2026-11-03`
    Iso,
    /// `20261103`
    Compact,
    /// `3 Nov`, with the pack's `[month.short]`.
    DayMonth,
    /// `Nov 3`
    MonthDay,
    /// `3/11`
    Slash,
    /// `Tue`, with the pack's `[weekday.short]`.
    Weekday,
    /// `Tue 3/11`
    WeekdaySlash,
    /// `Nov 2`, the Monday of that week.
    Monday,
    /// `2026-11`
    Month,
    /// `Q4`
    Quarter,
    /// `2026`
    Year,
}

impl Grammar {
    pub(super) fn parse(files: &[SourceFile<'_>]) -> Result<Self, ContentError> {
        let sections = sections(files)?;
        let mut names = BTreeMap::new();
        for section in &sections {
            let number = u16::try_from(names.len())
                .map_err(|_| ContentError::at(section.file, section.line, "more than 65536 rules"))?;
            if section.adds == Adds::More {
                if !names.contains_key(section.name) {
                    let reason = format!("[+{}] adds to a rule that isn't there", section.name);
                    return Err(ContentError::at(section.file, section.line, reason));
                }
            } else if names.insert(section.name.to_owned(), Rule(number)).is_some() {
                return Err(ContentError::at(section.file, section.line, format!("[{}] is there twice", section.name)));
            }
        }
        let mut rules: Vec<Vec<Alternative>> = Vec::new();
        rules.resize_with(names.len(), Vec::new);
        for section in &sections {
            let rule = names[section.name];
            let alternatives = &mut rules[usize::from(rule.0)];
            let mut total = alternatives.last().map_or(0, |a| a.cumulative);
            for (line, weight, text) in &section.alternatives {
                let known = Known { names: &names, sections: &sections };
                let nodes = nodes(text, section.block, &known)
                    .map_err(|reason| ContentError::at(section.file, *line, reason))?;
                total = total
                    .checked_add(*weight)
                    .ok_or_else(|| ContentError::at(section.file, *line, "the weights sum to too much"))?;
                alternatives.push(Alternative { cumulative: total, nodes });
            }
            if total == 0 {
                return Err(ContentError::at(section.file, section.line, format!("[{}] has no text", section.name)));
            }
        }
        let whole = files.first().map_or("content", |f| f.name.split('/').next().unwrap_or(f.name)).to_owned();
        let mut keys = alloc::vec![0; names.len()];
        for (name, rule) in &names {
            keys[usize::from(rule.0)] = fnv(name);
        }
        let grammar = Self { rules, names, keys, whole };
        for section in &sections {
            if grammar.depth(grammar.names[section.name], 0).is_none() {
                let reason = format!("[{}] calls itself, or nests deeper than {MOST_DEPTH}", section.name);
                return Err(ContentError::at(section.file, section.line, reason));
            }
        }
        Ok(grammar)
    }

    pub(super) fn require(&self, name: &str) -> Result<Rule, ContentError> {
        self.find(name).ok_or_else(|| ContentError::whole(&self.whole, format!("the rule [{name}] is missing")))
    }

    /// The number that stands for a rule, in every version of the pack.
    pub(super) fn key(&self, rule: Rule) -> u64 {
        self.keys.get(usize::from(rule.0)).copied().unwrap_or(0)
    }

    /// Every word in lower case that stands in some text.
    pub(super) fn words(&self) -> BTreeSet<String> {
        let nodes = self.rules.iter().flatten().flat_map(|a| a.nodes.iter());
        let texts = nodes.filter_map(|node| if let Node::Text(text) = node { Some(&**text) } else { None });
        let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphabetic()));
        words.filter(|w| w.len() > 2 && w.bytes().all(|b| b.is_ascii_lowercase())).map(str::to_owned).collect()
    }

    /// The alternatives of a rule that are plain text; none where there is no such rule.
    pub(super) fn plain_lines(&self, name: &str) -> Vec<&str> {
        let rule = self.find(name).and_then(|rule| self.rules.get(usize::from(rule.0)));
        rule.into_iter()
            .flatten()
            .filter_map(|a| if let [Node::Text(text)] = &*a.nodes { Some(&**text) } else { None })
            .collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<Rule> {
        self.names.get(name).copied()
    }

    /// How deep a rule nests; `None` above the bound, and so for every cycle.
    fn depth(&self, rule: Rule, above: usize) -> Option<usize> {
        if above > MOST_DEPTH {
            return None;
        }
        let mut deepest = above;
        for alternative in &self.rules[usize::from(rule.0)] {
            for node in &alternative.nodes {
                match node {
                    Node::Call { target: Target::Rule(rule), .. } => {
                        deepest = deepest.max(self.depth(*rule, above + 1)?);
                    }
                    Node::Call { target: Target::Facet(_, rules), .. } => {
                        for rule in rules {
                            deepest = deepest.max(self.depth(*rule, above + 1)?);
                        }
                    }
                    Node::Switch { targets, .. } => {
                        for (_, rule) in targets {
                            deepest = deepest.max(self.depth(*rule, above + 1)?);
                        }
                    }
                    Node::Text(_) | Node::Slot { .. } => {}
                }
            }
        }
        Some(deepest)
    }
}

/// Rules may nest so deep; more is a cycle or a mistake.
const MOST_DEPTH: usize = 12;

struct Section<'a> {
    file: &'a str,
    line: usize,
    name: &'a str,
    block: Block,
    adds: Adds,
    alternatives: Vec<(usize, u32, String)>,
}

/// Whether a section is a rule or more of one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adds {
    /// `[name]`
    Rule,
    /// `[+name]`: more alternatives for a rule of an earlier file.
    More,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// `[name]`: each line is an alternative, with backslash escapes.
    Lines,
    /// `[[name]]`: alternatives are blocks of lines, verbatim, separated by `---`.
    Blocks,
}

fn sections<'a>(files: &[SourceFile<'a>]) -> Result<Vec<Section<'a>>, ContentError> {
    let mut out: Vec<Section<'a>> = Vec::new();
    for file in files {
        let first = out.len();
        for (index, line) in file.text.lines().enumerate() {
            let number = index + 1;
            if line.starts_with(";;") {
                continue;
            }
            if let Some((name, block, adds)) = header(line) {
                out.push(Section { file: file.name, line: number, name, block, adds, alternatives: Vec::new() });
                continue;
            }
            let Some(section) = out.get_mut(first..).and_then(<[_]>::last_mut) else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(ContentError::at(file.name, number, "a line before the first [section]"));
            };
            match section.block {
                Block::Lines if line.trim().is_empty() => {}
                Block::Lines => {
                    let (weight, text) = weighted(line);
                    section.alternatives.push((number, weight, text.to_owned()));
                }
                Block::Blocks if line == "---" => section.alternatives.push((number + 1, 1, String::new())),
                Block::Blocks => {
                    if section.alternatives.is_empty() {
                        section.alternatives.push((number, 1, String::new()));
                    }
                    if let Some((_, _, text)) = section.alternatives.last_mut() {
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
        }
    }
    for section in &mut out {
        if section.block == Block::Blocks {
            for (_, _, text) in &mut section.alternatives {
                // Blank lines before the separator or the next section are layout, not text.
                let end = text.trim_end_matches('\n').len();
                text.truncate(end);
                text.push('\n');
            }
        }
    }
    Ok(out)
}

fn header(line: &str) -> Option<(&str, Block, Adds)> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b))
    };
    let line = line.trim_end();
    let (inner, block) = match line.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")) {
        Some(inner) => (inner, Block::Blocks),
        None => (line.strip_prefix('[')?.strip_suffix(']')?, Block::Lines),
    };
    let (name, adds) = inner.strip_prefix('+').map_or((inner, Adds::Rule), |name| (name, Adds::More));
    is_name(name).then_some((name, block, adds))
}

/// `3* text` weighs three.
fn weighted(line: &str) -> (u32, &str) {
    line.split_once("* ")
        .and_then(|(number, text)| Some((number.parse::<u16>().ok()?, text)))
        .map_or((1, line), |(weight, text)| (u32::from(weight), text))
}

/// The rules there are, while their texts are read.
struct Known<'a> {
    names: &'a BTreeMap<String, Rule>,
    sections: &'a [Section<'a>],
}

impl Known<'_> {
    fn find(&self, name: &str) -> Result<Rule, String> {
        self.names.get(name).copied().ok_or_else(|| format!("there is no rule [{name}]"))
    }

    /// `{start%kind}`: one rule for each text of `[kind]`, all of which must be there.
    fn switch(&self, start: &str, kind: &str) -> Result<Node, String> {
        let rule = self.find(kind)?;
        let mut texts = BTreeSet::new();
        self.words(kind, 0, &mut texts);
        let targets: Result<Vec<_>, String> =
            texts.into_iter().map(|text| Ok((text.into(), self.find(&format!("{start}{text}"))?))).collect();
        Ok(Node::Switch { kind: rule, targets: targets?.into() })
    }

    /// All a rule of plain words can come to. An alternative that is one call stands for what it
    /// calls: `{script.kind.%@role}` for all of `[script.kind.…]`.
    fn words<'b>(&'b self, kind: &str, above: usize, out: &mut BTreeSet<&'b str>) {
        let texts = self.sections.iter().filter(|s| s.name == kind).flat_map(|s| &s.alternatives);
        for text in texts.map(|(_, _, text)| text.trim()) {
            match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
                None => {
                    out.insert(text);
                }
                Some(_) if above > MOST_DEPTH => {}
                Some(call) => match call.split_once("%@") {
                    None => self.words(call, above + 1, out),
                    Some((start, _)) => {
                        let below = self.sections.iter().map(|s| s.name).filter(|name| name.starts_with(start));
                        let below: BTreeSet<&str> = below.collect();
                        for name in below {
                            self.words(name, above + 1, out);
                        }
                    }
                },
            }
        }
    }

    /// A rule, or one for each value of a facet; where one of these is missing, `….common` serves.
    fn target(&self, name: &str) -> Result<Target, String> {
        let Some((start, word)) = name.split_once("%@") else { return self.find(name).map(Target::Rule) };
        let facet =
            Facet::of_word(word).ok_or_else(|| format!("{{{name}}}: @{word} is none of @role, @matter, @phase"))?;
        let common = self.names.get(&format!("{start}common")).copied();
        let rule = |value| match (self.names.get(&format!("{start}{value}")), common) {
            (Some(rule), _) => Ok(*rule),
            (None, Some(common)) => Ok(common),
            (None, None) => Err(format!("there is neither [{start}{value}] nor [{start}common]")),
        };
        let rules: Result<Vec<Rule>, String> = facet.values().into_iter().map(rule).collect();
        Ok(Target::Facet(facet, rules?.into()))
    }
}

fn nodes(text: &str, block: Block, known: &Known<'_>) -> Result<Box<[Node]>, String> {
    let mut out = Vec::new();
    let mut literal = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if block == Block::Lines => literal.push(match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('s') => ' ',
                Some(other @ ('\\' | '{' | '}')) => other,
                other => return Err(format!("unknown escape \\{}", other.unwrap_or(' '))),
            }),
            // Doubled braces are literal ones in blocks, where scripts and JSON are full of them.
            '{' if chars.as_str().starts_with('{') => {
                chars.next();
                literal.push('{');
            }
            '}' if chars.as_str().starts_with('}') => {
                chars.next();
                literal.push('}');
            }
            '{' => {
                let rest = chars.as_str();
                let end = rest.find('}').ok_or("a { without its }")?;
                if !literal.is_empty() {
                    out.push(Node::Text(core::mem::take(&mut literal).into()));
                }
                out.push(call(&rest[..end], known)?);
                chars = rest[end + 1..].chars();
            }
            '}' => return Err("a } without its {; write }} for the character".to_owned()),
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        out.push(Node::Text(literal.into()));
    }
    Ok(out.into())
}

fn call(inner: &str, known: &Known<'_>) -> Result<Node, String> {
    let (target, form) = match inner.split_once('|') {
        None => (inner, Form::Plain),
        Some((target, form)) => (
            target,
            match form {
                "slug" => Form::Slug,
                "snake" => Form::Snake,
                "dash" => Form::Dash,
                "cap" => Form::Cap,
                "up" => Form::Up,
                "name" => Form::Name,
                other => return Err(format!("unknown form |{other}")),
            },
        ),
    };
    if let Some(slot) = target.strip_prefix('@') {
        return Ok(Node::Slot { slot: self::slot(slot)?, form });
    }
    let sigil = |c| target.strip_prefix(c);
    let times = [
        ('=', Times::Remembered),
        ('!', Times::Novel),
        ('~', Times::OfWorkItem),
        ('^', Times::OfCompany),
        ('&', Times::OfPerson),
    ];
    if let Some((name, times)) = times.into_iter().find_map(|(c, times)| Some((sigil(c)?, times))) {
        return Ok(Node::Call { target: known.target(name)?, times, form });
    }
    if let Some((count, name)) = sigil('+').and_then(|rest| rest.split_once(' ')) {
        let count = count.parse().ok().filter(|c| (2..=20).contains(c));
        let count = count.ok_or_else(|| format!("{{{inner}}}: the number after + is one from 2 to 20"))?;
        return Ok(Node::Call { target: known.target(name)?, times: Times::OneOf(count), form });
    }
    if let Some((start, kind)) = target.split_once('%').filter(|(_, kind)| !kind.starts_with('@')) {
        return known.switch(start, kind);
    }
    if let Some((name, chance)) = target.split_once('?') {
        let chance = chance.parse().ok().filter(|c| (1..=99).contains(c));
        let chance = chance.ok_or_else(|| format!("{{{inner}}}: a chance is a number from 1 to 99"))?;
        return Ok(Node::Call { target: known.target(name)?, times: Times::Chance(chance), form });
    }
    if let Some((name, range)) = target.split_once('*') {
        let bounds = range.split_once('-').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let (least, most) = bounds
            .filter(|(a, b)| a <= b && *b <= 40)
            .ok_or_else(|| format!("{{{inner}}}: a repeat is two numbers up to 40, the smaller first"))?;
        return Ok(Node::Call { target: known.target(name)?, times: Times::Repeat(least, most), form });
    }
    Ok(Node::Call { target: known.target(target)?, times: Times::Once, form })
}

fn slot(text: &str) -> Result<Slot, String> {
    let mut words = text.split(' ');
    let name = words.next().unwrap_or_default();
    let arguments: Vec<&str> = words.collect();
    let number = |at: usize| arguments.get(at).and_then(|a| a.parse::<u32>().ok());
    let wrong = || format!("{{@{text}}}: unknown slot, or wrong arguments");
    Ok(match (name, arguments.len()) {
        ("me", 0) => Slot::Me,
        ("name", 0) => Slot::Name,
        ("login", 0) => Slot::Login,
        ("home", 0) => Slot::Home,
        ("email", 0) => Slot::Email,
        ("role", 0) => Slot::Role,
        ("host", 0) => Slot::Host,
        ("otherhost", 0) => Slot::OtherHost,
        ("address", 0) => Slot::Address,
        ("ticket", 0) => Slot::Ticket,
        ("system", 0) => Slot::System,
        ("othersystem", 0) => Slot::OtherSystem,
        ("project", 0) => Slot::Project,
        ("customer", 0) => Slot::Customer,
        ("othercustomer", 0) => Slot::OtherCustomer,
        ("vendor", 0) => Slot::Vendor,
        ("othervendor", 0) => Slot::OtherVendor,
        ("product", 0) => Slot::Product,
        ("version", 0) => Slot::Version,
        ("company", 0) => Slot::Company,
        ("domain", 0) => Slot::Domain,
        ("manager", 0) => Slot::Manager,
        ("extension", 0) => Slot::Extension,
        ("myextension", 0) => Slot::MyExtension,
        ("incident", 1) => Slot::IncidentDay(day_form(arguments[0]).ok_or_else(wrong)?),
        ("incident_minutes", 0) => Slot::IncidentMinutes,
        ("folder", 0) => Slot::Folder,
        ("suffix", 0) => Slot::Suffix,
        ("place", 0) => Slot::Place,
        ("colleague", 0) => Slot::Colleague,
        ("colleague_login", 0) => Slot::ColleagueLogin,
        ("clock", 0) => Slot::Clock,
        ("num", 2) => match (number(0), number(1)) {
            (Some(a), Some(b)) if a <= b => Slot::Number(a, b),
            _ => return Err(wrong()),
        },
        ("hex" | "alnum", 1) => {
            let length = number(0).and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=64).contains(n));
            match (name, length) {
                ("hex", Some(n)) => Slot::Hex(n),
                (_, Some(n)) => Slot::Alnum(n),
                _ => return Err(wrong()),
            }
        }
        ("addressee", 0) => Slot::Addressee,
        ("theday", 1) => Slot::TheDay(day_form(arguments[0]).ok_or_else(wrong)?),
        ("day", 2) => {
            let back = number(0).and_then(|n| u16::try_from(n).ok()).ok_or_else(wrong)?;
            Slot::Day(back, day_form(arguments[1]).ok_or_else(wrong)?)
        }
        _ => return Err(wrong()),
    })
}

fn day_form(word: &str) -> Option<DayForm> {
    Some(match word {
        "iso" => DayForm::Iso,
        "compact" => DayForm::Compact,
        "daymonth" => DayForm::DayMonth,
        "monthday" => DayForm::MonthDay,
        "slash" => DayForm::Slash,
        "weekday" => DayForm::Weekday,
        "weekdayslash" => DayForm::WeekdaySlash,
        "monday" => DayForm::Monday,
        "month" => DayForm::Month,
        "quarter" => DayForm::Quarter,
        "year" => DayForm::Year,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Grammar, ContentError> {
        Grammar::parse(&[SourceFile { name: "xx/a.txt", text }])
    }

    #[test]
    fn a_mistake_is_told_with_file_and_line() {
        for (text, error) in [
            ("hello", "xx/a.txt:1: a line before the first [section]"),
            ("[a]\n;; c\n{b}", "xx/a.txt:3: there is no rule [b]"),
            ("[a]\nx {@nope}", "xx/a.txt:2: {@nope}: unknown slot, or wrong arguments"),
            ("[a]\n{@num 9 1}", "xx/a.txt:2: {@num 9 1}: unknown slot, or wrong arguments"),
            ("[a]\n{a}", "xx/a.txt:1: [a] calls itself, or nests deeper than 12"),
            ("[a]\n\n[b]\nx", "xx/a.txt:1: [a] has no text"),
            ("[a]\nx\n[a]\ny", "xx/a.txt:3: [a] is there twice"),
            ("[a]\n{b", "xx/a.txt:2: a { without its }"),
            ("[a]\nb}", "xx/a.txt:2: a } without its {; write }} for the character"),
            ("[a]\n\\q", "xx/a.txt:2: unknown escape \\q"),
            ("[a]\nx\n[b]\n{a?0}", "xx/a.txt:4: {a?0}: a chance is a number from 1 to 99"),
            ("[a]\nx\n[b]\n{a|shout}", "xx/a.txt:4: unknown form |shout"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), error);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(\\[[a-c]\\]\n|\\[\\[[a-c]\\]\\]\n|[{}@=?*|a-c0-9 \\\\-]{0,12}\n){0,12}") {
            drop(parse(&text));
        }
    }
}
