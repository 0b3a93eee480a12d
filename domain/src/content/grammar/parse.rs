//! The texts of the sections as nodes: escapes, calls of rules, slots.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::ast::{Alternative, FORMS, Facet, Form, Grammar, Node, Rule, Target, Times};
use super::check::Check;
use super::sections::{Adds, Block, RawAlternative, Section, sections};
use super::slot;
use crate::content::source::{ContentError, SourceFile};
use crate::noise::fnv;

impl Grammar {
    /// Reads the files of a pack: rules that are there, and whose drawing ends.
    ///
    /// # Errors
    /// With file and line of the first mistake.
    pub(in crate::content) fn parse(files: &[SourceFile<'_>]) -> Result<Self, ContentError> {
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
            } else if names.insert(section.name.to_owned(), Rule::new(number)).is_some() {
                return Err(ContentError::at(section.file, section.line, format!("[{}] is there twice", section.name)));
            }
        }
        let mut rules: Vec<Vec<Alternative>> = Vec::new();
        rules.resize_with(names.len(), Vec::new);
        for section in &sections {
            let rule = names[section.name];
            let alternatives = &mut rules[rule.index()];
            let mut total = alternatives.last().map_or(0, |a| a.cumulative);
            for RawAlternative { line, weight, text } in &section.alternatives {
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
            keys[rule.index()] = fnv(name);
        }
        let grammar = Self { rules, names, keys, whole };
        let mut check = Check::of(&grammar);
        for section in &sections {
            check
                .rule(grammar.names[section.name])
                .map_err(|fault| ContentError::at(section.file, section.line, format!("[{}] {fault}", section.name)))?;
        }
        Ok(grammar)
    }
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
    fn switch<'b>(&'b self, start: &str, kind: &'b str) -> Result<Node, String> {
        let rule = self.find(kind)?;
        let mut texts = BTreeSet::new();
        self.words(kind, &mut BTreeSet::new(), &mut texts);
        let targets: Result<Vec<_>, String> =
            texts.into_iter().map(|text| Ok((text.into(), self.find(&format!("{start}{text}"))?))).collect();
        Ok(Node::Switch { kind: rule, targets: targets?.into() })
    }

    /// All a rule of plain words can come to. An alternative that is one call stands for what it
    /// calls: `{script.kind.%@role}` for all of `[script.kind.…]`.
    /// `seen` are the rules that were looked at before, so that one that calls itself ends here, too.
    fn words<'b>(&'b self, kind: &'b str, seen: &mut BTreeSet<&'b str>, out: &mut BTreeSet<&'b str>) {
        if !seen.insert(kind) {
            return;
        }
        let texts = self.sections.iter().filter(|s| s.name == kind).flat_map(|s| &s.alternatives);
        for text in texts.map(|alternative| alternative.text.trim()) {
            match text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
                None => {
                    out.insert(text);
                }
                Some(call) => match call.split_once("%@") {
                    None => self.words(call, seen, out),
                    Some((start, _)) => {
                        let below = self.sections.iter().map(|s| s.name).filter(|name| name.starts_with(start));
                        let below: BTreeSet<&str> = below.collect();
                        for name in below {
                            self.words(name, seen, out);
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
        Some((target, word)) => {
            let form = FORMS.iter().find(|(known, _)| *known == word).map(|(_, form)| *form);
            (target, form.ok_or_else(|| format!("unknown form |{word}"))?)
        }
    };
    if let Some(slot) = target.strip_prefix('@') {
        return Ok(Node::Slot { slot: slot::parse(slot)?, form });
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
            ("[a]\nx {@nope}", "xx/a.txt:2: {@nope}: unknown slot"),
            (
                "[a]\n{@num 9 1}",
                "xx/a.txt:2: {@num 9 1}: wrong arguments; write {@num 1 9} (a number from the first to the second)",
            ),
            ("[a]\n{@me 1}", "xx/a.txt:2: {@me 1}: @me takes no arguments (the writer's first name)"),
            ("[folder]\n{@folder}", "xx/a.txt:1: [folder] calls itself, or nests deeper than 12"),
            (
                "[a]\nx\n[b]\n{a*1-40}{a*1-40}\n[c]\n{b*1-40}\n[d]\n{c*1-40}",
                "xx/a.txt:7: [d] can grow to more than 100000 parts: repeat less",
            ),
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
