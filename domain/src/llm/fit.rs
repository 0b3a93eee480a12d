//! What an answer is worth. What can be mended is mended; the rest is refused, and a template takes its place.
//!
//! What gives a model away is data: `content/world/model-tells.txt`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;

use crate::content::lists::lists;
use crate::content::source::{ContentError, SourceFile};
use crate::fleet::is_telling;
use crate::persona::{ModelProse, Persona};
use crate::text;

/// What the answer was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words of the content classes")]
pub enum Kind {
    Note,
    Todo,
    Draft,
    Script,
    Mail,
}

/// Something that was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// A line before the text was taken out.
    Preamble,
    /// Lines after the text were.
    Closing,
    /// The fence around it was.
    Fence,
    /// Punctuation that people don't type was replaced.
    Punctuation,
    /// Marks of Markdown were taken out of a mail.
    Markdown,
    /// The lines of a list got their marks.
    List,
    /// A script got its first line.
    Shebang,
    /// A name took its place.
    Name,
    /// The end of a long answer was cut.
    Cut,
}

/// Why an answer is no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Rejection {
    /// Hardly anything in it.
    #[error("too short")]
    TooShort,
    /// Not the persona's language.
    #[error("another language")]
    Language,
    /// Something to be filled in.
    #[error("a placeholder")]
    Placeholder,
    /// What it was asked.
    #[error("the prompt itself")]
    Echo,
    /// Words that no one on a decoy says.
    #[error("words that give it away")]
    Telling,
    /// It speaks as a model, or refuses.
    #[error("speaks as a model")]
    Refusal,
    /// A date that hasn't come, or is none.
    #[error("a date that lies ahead, or is none")]
    Future,
    /// The same again and again.
    #[error("the same again and again")]
    Repetitive,
    /// A letter where a note is wanted.
    #[error("a letter, and not what was wanted")]
    Letter,
    /// A script that doesn't parse.
    #[error("a script that doesn't parse")]
    Syntax,
    /// A list that is none.
    #[error("no list")]
    NoList,
}

/// A text that is fit, and what was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The text, one line end at its end.
    pub text: String,
    /// What was mended; nothing for an answer that was fit as it came.
    pub mended: Vec<Repair>,
}

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What for.
    pub kind: Kind,
    /// Whose it is to be.
    pub persona: &'a Persona,
    /// The day it is written.
    pub today: Date,
    /// What was asked.
    pub prompt: &'a str,
}

/// Longer answers are cut.
const LONGEST: usize = 12_000;
/// How an open item of a list begins, as it was asked for.
const OPEN_BOX: &str = "- [ ] ";
const SHORTEST: usize = 8;

/// What gives models away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelTells {
    preamble: Vec<String>,
    closing: Vec<String>,
    refusal: Vec<String>,
    placeholder: Vec<String>,
    /// Language code and the words it can't do without.
    words: Vec<(String, Vec<String>)>,
}

impl ModelTells {
    /// Reads `[preamble]`, `[closing]`, `[refusal]`, `[placeholder]` and `[words.xx]`.
    ///
    /// # Errors
    /// With file and line, for a list of another name.
    pub fn parse(file: &SourceFile<'_>) -> Result<Self, ContentError> {
        let mut tells = Self::default();
        for list in lists(file)? {
            let entries: Vec<String> = list.entries.iter().map(|e| e.to_lowercase()).collect();
            match (list.name.as_str(), list.name.strip_prefix("words.")) {
                ("preamble", _) => tells.preamble.extend(entries),
                ("closing", _) => tells.closing.extend(entries),
                ("refusal", _) => tells.refusal.extend(entries),
                ("placeholder", _) => tells.placeholder.extend(entries),
                (_, Some(language)) => tells.words.push((language.to_owned(), entries)),
                _ => return Err(ContentError::at(file.name, list.line, "no list of this file's")),
            }
        }
        Ok(tells)
    }

    /// Looks an answer over.
    ///
    /// # Errors
    /// With the reason, for an answer that can't be mended.
    pub fn review(&self, answer: &str, wanted: &Wanted<'_>) -> Result<Accepted, Rejection> {
        let mut mended = Vec::new();
        let mut text = answer.replace("\r\n", "\n").replace('\r', "\n");
        text.retain(|c| c == '\n' || c == '\t' || !c.is_control());
        if let Some(inner) = unfenced(&text, wanted.kind) {
            text = inner;
            mended.push(Repair::Fence);
        }
        if let Some(rest) = self.without_preamble(&text) {
            text = rest.to_owned();
            mended.push(Repair::Preamble);
        }
        if let Some(rest) = self.without_closing(&text) {
            text = rest.to_owned();
            mended.push(Repair::Closing);
        }
        if let Some(cut) = cut(&text) {
            text = cut.to_owned();
            mended.push(Repair::Cut);
        }
        let lower = text.to_lowercase();
        if self.refusal.iter().any(|tell| lower.contains(tell.as_str())) {
            return Err(Rejection::Refusal);
        }
        if is_telling(&text) {
            return Err(Rejection::Telling);
        }
        if let Some(named) = named(&text, wanted.persona) {
            text = named;
            mended.push(Repair::Name);
        }
        if self.has_placeholder(&text) {
            return Err(Rejection::Placeholder);
        }
        if text.to_lowercase().contains("xxx") {
            return Err(Rejection::Placeholder);
        }
        if echoes(&text, wanted.prompt) {
            return Err(Rejection::Echo);
        }
        if repeats(&text) {
            return Err(Rejection::Repetitive);
        }
        if matches!(wanted.kind, Kind::Note | Kind::Todo) && is_letter(&text) {
            return Err(Rejection::Letter);
        }
        if wanted.persona.model_prose == ModelProse::Suppressed || wanted.kind == Kind::Script {
            let plain = plain(&text);
            if plain != text {
                text = plain;
                mended.push(Repair::Punctuation);
            }
        }
        match wanted.kind {
            Kind::Mail => {
                if let Some(signed) = signed(&text, wanted.persona.first_name()) {
                    text = signed;
                    mended.push(Repair::Name);
                }
                let plain = without_markdown(&text);
                if plain.trim_end() != text.trim_end() {
                    text = plain;
                    mended.push(Repair::Markdown);
                }
            }
            Kind::Todo => {
                let (list, changed) = as_list(&text).ok_or(Rejection::NoList)?;
                text = list;
                if changed {
                    mended.push(Repair::List);
                }
            }
            Kind::Script => {
                if !text.trim_start().starts_with("#!") {
                    text = alloc::format!("{}\n{}", shebang_of(&text).ok_or(Rejection::Syntax)?, text.trim_start());
                    mended.push(Repair::Shebang);
                }
                let trimmed = text.trim_start().to_owned();
                text = trimmed;
                if !parses(&text) {
                    return Err(Rejection::Syntax);
                }
            }
            Kind::Note | Kind::Draft => {}
        }
        let trimmed = text.trim();
        if trimmed.chars().count() < SHORTEST {
            return Err(Rejection::TooShort);
        }
        if wanted.kind != Kind::Script && !self.is_in(trimmed, wanted.persona.language.as_str()) {
            return Err(Rejection::Language);
        }
        if names_a_later_day(trimmed, wanted.today) {
            return Err(Rejection::Future);
        }
        let mut text = trimmed.to_owned();
        text.push('\n');
        Ok(Accepted { text, mended })
    }

    /// The text after a first line that only leads up to it.
    fn without_preamble<'t>(&self, text: &'t str) -> Option<&'t str> {
        let trimmed = text.trim_start();
        let (first, rest) = trimmed.split_once('\n')?;
        let lower = first.trim().to_lowercase();
        let leads = self.preamble.iter().any(|tell| begins(&lower, tell));
        // "Sure," alone is a person's; what ends in a colon or is followed by an empty line leads up to something.
        let is_lead = leads && (lower.ends_with(':') || lower.ends_with('!') || rest.starts_with('\n'));
        (is_lead && !rest.trim().is_empty()).then(|| rest.trim_start())
    }

    /// The text before a last paragraph that only leads away from it.
    fn without_closing<'t>(&self, text: &'t str) -> Option<&'t str> {
        let trimmed = text.trim_end();
        let at = trimmed.rfind("\n\n")?;
        let last = trimmed[at..].trim_start().trim_start_matches(['*', '_', '(']).to_lowercase();
        let leads = self.closing.iter().any(|tell| last.starts_with(tell.as_str()));
        (leads && !trimmed[..at].trim().is_empty()).then(|| trimmed[..at].trim_end())
    }

    fn has_placeholder(&self, text: &str) -> bool {
        [('[', ']'), ('<', '>'), ('{', '}')].into_iter().any(|(open, close)| {
            text.split(open).skip(1).any(|part| {
                let Some((inside, _)) = part.split_once(close) else { return false };
                let inside = inside.trim().to_lowercase();
                let is_words = inside.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '/' | '_' | '-'));
                is_words
                    && (3..60).contains(&inside.len())
                    && self.placeholder.iter().any(|word| inside.split([' ', '_', '-', '/', '\'']).any(|w| w == word))
            })
        })
    }

    /// Whether a text speaks a language: it has more of its words than of any other's. Short texts, and
    /// languages that nobody listed, get the benefit of the doubt.
    fn is_in(&self, text: &str, language: &str) -> bool {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
        let score = |list: &[String]| words.iter().filter(|w| list.contains(w)).count();
        let Some((_, own)) = self.words.iter().find(|(code, _)| code == language) else { return true };
        let own = score(own);
        let other = self.words.iter().filter(|(code, _)| code != language).map(|(_, list)| score(list)).max();
        let other = other.unwrap_or(0);
        other < 4 || own * 10 >= other * 9
    }
}

/// Whether a line begins with these words, and not with a longer one.
fn begins(line: &str, words: &str) -> bool {
    line.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// What stands in a fence; for a script the longest one, elsewhere the text without the marks.
fn unfenced(text: &str, kind: Kind) -> Option<String> {
    if !text.contains("```") {
        return None;
    }
    if kind == Kind::Script {
        if text.matches("```").count() == 1 {
            // Opened before the script, or closed after it.
            let (before, after) = text.split_once("```")?;
            let longer = if before.trim().len() > after.trim().len() { before } else { after };
            return Some(longer.to_owned());
        }
        let inside = text.split("```").skip(1).step_by(2).max_by_key(|block| block.len())?;
        // The first line names the language.
        let (first, rest) = inside.split_once('\n')?;
        return Some(if first.trim().starts_with("#!") { inside.to_owned() } else { rest.to_owned() });
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("```")).collect();
    Some(lines.join("\n"))
}

fn cut(text: &str) -> Option<&str> {
    if text.len() <= LONGEST {
        return None;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind("\n\n").or_else(|| text[..end].rfind('\n')).unwrap_or(end);
    Some(&text[..end])
}

/// With the writer's name where a model left room for it.
fn named(text: &str, persona: &Persona) -> Option<String> {
    const ROOM: [&str; 8] =
        ["[Your Name]", "[your name]", "[Name]", "[Tu nombre]", "[Seu nome]", "[Votre nom]", "[Ihr Name]", "[Uw naam]"];
    let found = ROOM.iter().any(|room| text.contains(room));
    found.then(|| ROOM.iter().fold(text.to_owned(), |text, room| text.replace(room, persona.first_name())))
}

/// Whether a line of some length comes again and again, as it does with models that have lost their way.
fn repeats(text: &str) -> bool {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|l| l.len() >= 20).collect();
    lines.sort_unstable();
    lines.chunk_by(|a, b| a == b).any(|same| same.len() >= 3)
}

/// Whether it begins as a letter does.
fn is_letter(text: &str) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "dear ",
        "subject:",
        "liebe ",
        "lieber ",
        "sehr geehrte",
        "estimad",
        "querid",
        "cher ",
        "chère ",
        "gentile ",
        "caro ",
        "beste ",
    ];
    let first = text.trim_start().to_lowercase();
    BEGINNINGS.iter().any(|b| first.starts_with(b))
}

/// With the writer's own name below the goodbye, where somebody else's stands there.
fn signed(text: &str, name: &str) -> Option<String> {
    let trimmed = text.trim_end();
    let (above, last) = trimmed.rsplit_once('\n')?;
    let is_name = last.split(' ').count() <= 3 && last.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '.');
    let is_below_goodbye = above.trim_end().ends_with(',') && above.trim_end().lines().next_back()?.len() < 30;
    (is_name && is_below_goodbye && !last.contains(name)).then(|| alloc::format!("{above}\n{name}\n"))
}

/// Whether the answer holds a long piece of what was asked.
fn echoes(text: &str, prompt: &str) -> bool {
    let pieces = prompt.split(['\n', '.']).map(str::trim).filter(|piece| piece.len() >= 40);
    pieces.into_iter().any(|piece| text.contains(piece))
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{201e}' => out.push('"'),
            '\u{2022}' => out.push('-'),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            // Nobody's keyboard has these.
            '\u{1f300}'..='\u{1faff}' | '\u{2705}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{200b}' => {}
            c => match text::plain(c) {
                Some(plain) => out.push_str(plain),
                None => out.push(c),
            },
        }
    }
    out
}

/// Mail is plain text: no bold, no headings.
fn without_markdown(text: &str) -> String {
    let line = |line: &str| line.trim_start_matches('#').trim_start_matches(' ').replace("**", "").replace("__", "");
    let out: Vec<String> = text
        .lines()
        .map(|l| if l.starts_with('#') || l.contains("**") || l.contains("__") { line(l) } else { l.to_owned() })
        .collect();
    out.join("\n")
}

/// Whether a line is an item of a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let is_bullet = line.starts_with(['-', '*', '+', '[']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    is_bullet || (digits > 0 && line[digits..].starts_with(['.', ')']))
}

/// The text as a list with open boxes; whether anything had to be changed. `None` when it is none.
fn as_list(text: &str) -> Option<(String, bool)> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let items = lines.iter().filter(|l| is_item(l)).count();
    if items >= 2 {
        let boxed = lines.iter().filter(|l| l.contains("[ ]") || l.to_lowercase().contains("[x]")).count();
        if boxed * 2 >= items {
            return Some((text.to_owned(), false));
        }
        let strip = |line: &str| {
            let line = line.trim_start();
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            line[digits..].trim_start_matches(['-', '*', '+', '.', ')', ' ']).to_owned()
        };
        let out: Vec<String> =
            text.lines()
                .map(|l| {
                    if is_item(l) && !l.contains('[') { alloc::format!("{OPEN_BOX}{}", strip(l)) } else { l.to_owned() }
                })
                .collect();
        return Some((out.join("\n"), true));
    }
    // Short lines without marks are a list, too.
    let is_short = lines.len() >= 3 && lines.iter().all(|l| l.chars().count() < 90 && !l.ends_with(':'));
    is_short.then(|| {
        let out: Vec<String> = lines.iter().map(|l| alloc::format!("{OPEN_BOX}{}", l.trim())).collect();
        (out.join("\n"), true)
    })
}

/// The first line a script wants.
fn shebang_of(text: &str) -> Option<&'static str> {
    let has = |word: &str| text.lines().any(|l| l.trim_start().starts_with(word));
    if has("import ") || has("def ") || has("print(") {
        Some("#!/usr/bin/env python3")
    } else if has("echo ") || has("for ") || has("if [") || has("set -") || text.contains("$(") || has("cd ") {
        Some("#!/bin/bash")
    } else {
        None
    }
}

/// Whether a script could parse: its quotes, brackets and blocks close. What a shell or Python would say
/// more of is not known here, where nothing runs.
fn parses(script: &str) -> bool {
    let first = script.lines().next().unwrap_or_default();
    let is_python = first.contains("python");
    if !is_python && !first.contains("sh") {
        return false;
    }
    let Some(bare) = bare(script, is_python) else { return false };
    // Three lines that do something, and one that says what runs them.
    let does = |l: &&str| !l.trim().is_empty() && !l.trim_start().starts_with('#');
    if bare.lines().filter(does).count() < 3 || script.lines().skip(1).any(|l| l.starts_with("#!")) {
        return false;
    }
    if is_python {
        let opens = |l: &str| {
            ["def ", "if ", "for ", "while ", "else", "elif ", "try", "except", "with ", "class "]
                .iter()
                .any(|w| l.starts_with(w))
        };
        // A block's head ends in a colon, on its line or some lines on.
        return !bare.lines().any(|l| {
            let l = l.trim();
            opens(l) && !l.contains(':') && !l.ends_with(['(', ',', '[', '{', '\\'])
        });
    }
    let words: Vec<&str> = bare.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | ')')).collect();
    let count = |word: &str| words.iter().filter(|w| **w == word).count();
    count("if") == count("fi") && count("do") == count("done") && count("case") == count("esac")
}

/// A script without its strings and comments; `None` where a quote or a bracket stays open.
fn bare(script: &str, is_python: bool) -> Option<String> {
    let mut out = String::with_capacity(script.len());
    let mut depth: Vec<char> = Vec::new();
    let mut quote: Option<char> = None;
    let mut letters = script.chars().peekable();
    let mut before = '\n';
    while let Some(c) = letters.next() {
        match quote {
            Some(open) => {
                if c == '\\' && (open == '"' || is_python) {
                    letters.next();
                } else if c == open {
                    quote = None;
                    out.push('_');
                }
            }
            None => match c {
                '\\' => {
                    letters.next();
                }
                '#' if before.is_whitespace() || is_python => {
                    while letters.peek().is_some_and(|n| *n != '\n') {
                        letters.next();
                    }
                }
                '"' | '\'' => quote = Some(c),
                '(' | '[' | '{' => {
                    depth.push(c);
                    out.push(c);
                }
                ')' | ']' | '}' => {
                    let wanted = match c {
                        ')' => '(',
                        ']' => '[',
                        _ => '{',
                    };
                    // A pattern of a shell's `case` ends in a bracket that nothing opened.
                    if depth.last() == Some(&wanted) {
                        depth.pop();
                    } else if is_python || c != ')' {
                        return None;
                    }
                    out.push(c);
                }
                c => out.push(c),
            },
        }
        before = c;
    }
    (quote.is_none() && depth.is_empty()).then_some(out)
}

/// Whether a day that is written out (2026-12-24) lies after today.
fn names_a_later_day(text: &str, today: Date) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len().saturating_sub(9)).any(|at| {
        let shape =
            [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|n| is_digit(at + n)) && bytes[at + 4] == b'-' && bytes[at + 7] == b'-';
        shape && text.get(at..at + 10).is_some_and(|day| day.parse::<Date>().map_or(true, |day| day > today))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::test_support::writer;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn look(answer: &str, kind: Kind, language: &str) -> Result<Accepted, Rejection> {
        let content = Content::embedded().unwrap();
        let persona = writer("Ann Lee", "Sysadmin", language);
        let prompt = "Write the text of a short note that you keep for yourself about the backup of db-01.";
        let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt };
        content.model_tells().review(answer, &wanted)
    }

    #[test]
    fn what_can_be_mended_is() {
        for (answer, kind, text, mended) in [
            (
                "Sure, here is your note:\n\nThe backup of db-01 is still not done, and the disk is full.\n\nLet me know if you need anything else!",
                Kind::Note,
                "The backup of db-01 is still not done, and the disk is full.\n",
                &[Repair::Preamble, Repair::Closing][..],
            ),
            (
                "The disk is full \u{2014} and it\u{2019}s the same on db-01\u{2026}",
                Kind::Note,
                "The disk is full - and it's the same on db-01...\n",
                &[Repair::Punctuation],
            ),
            (
                "1. check the disk of db-01\n2. call the vendor\n3. tell Bob about it",
                Kind::Todo,
                "- [ ] check the disk of db-01\n- [ ] call the vendor\n- [ ] tell Bob about it\n",
                &[Repair::List],
            ),
            (
                "Here's a script:\n```bash\nset -e\nfor f in /var/log/*.gz; do\n  du -h \"$f\"\ndone\n```\nThis prints sizes.",
                Kind::Script,
                "#!/bin/bash\nset -e\nfor f in /var/log/*.gz; do\n  du -h \"$f\"\ndone\n",
                &[Repair::Fence, Repair::Shebang],
            ),
            (
                "## Plan\n\n**Bob**, the plan is as we said, and the date is fine.\n\n[Your Name]",
                Kind::Mail,
                "Plan\n\nBob, the plan is as we said, and the date is fine.\n\nAnn\n",
                &[Repair::Name, Repair::Markdown],
            ),
            (
                "Hi Bob,\n\nthe disk of db-01 is full, and we have to call the vendor.\n\nBest regards,\nMike",
                Kind::Mail,
                "Hi Bob,\n\nthe disk of db-01 is full, and we have to call the vendor.\n\nBest regards,\nAnn\n",
                &[Repair::Name],
            ),
        ] {
            let fit = look(answer, kind, "en").unwrap_or_else(|e| panic!("{answer}: {e}"));
            assert_eq!((fit.text.as_str(), fit.mended.as_slice()), (text, mended));
        }
    }

    #[test]
    fn what_cannot_be_mended_is_refused() {
        for (answer, kind, reason) in [
            ("ok", Kind::Note, Rejection::TooShort),
            ("As an AI, I have no access to the server and can't write this.", Kind::Note, Rejection::Refusal),
            (
                "Call [Company Name] about the contract and the price of the new disks.",
                Kind::Note,
                Rejection::Placeholder,
            ),
            ("The honeypot on web-01 needs a new disk and more memory.", Kind::Note, Rejection::Telling),
            (
                "Write the text of a short note that you keep for yourself about the backup of db-01. The disk is full.",
                Kind::Note,
                Rejection::Echo,
            ),
            (
                "El disco de la base de datos está lleno y no hay copia de los datos para la prueba.",
                Kind::Note,
                Rejection::Language,
            ),
            ("The certificate of db-01 was renewed on 2026-12-24 and is fine now.", Kind::Note, Rejection::Future),
            ("The certificate of db-01 was renewed on 2024-17-31 and is fine now.", Kind::Note, Rejection::Future),
            (
                "Ticket 123, xxx-xyz, the disk of db-01 is full and has to be changed.",
                Kind::Note,
                Rejection::Placeholder,
            ),
            ("Dear Viktor,\n\nthe disk of db-01 is full and has to be changed.", Kind::Note, Rejection::Letter),
            (
                "The disk of db-01 is full.\nIt was full before.\nThe disk of db-01 is full.\nSo it is.\nThe disk of db-01 is full.",
                Kind::Note,
                Rejection::Repetitive,
            ),
            ("The disk is full. Do not ask for any more instructions than you need.", Kind::Note, Rejection::Refusal),
            (
                "This is a long paragraph about all of the things that are to be done in the next days, and it is no list at all.",
                Kind::Todo,
                Rejection::NoList,
            ),
            ("#!/bin/bash\nif [ -f /etc/x ]; then\n  echo \"yes\n", Kind::Script, Rejection::Syntax),
            ("#!/usr/bin/env python3\nimport os\nfor x in range(3)\n    print(x)\n", Kind::Script, Rejection::Syntax),
            ("This script does the backup of everything that is there.", Kind::Script, Rejection::Syntax),
            ("#!/bin/bash\n#!/usr/bin/zsh\na\nb\nc\n", Kind::Script, Rejection::Syntax),
            ("#!/bin/bash\necho \"Hi. Welcome to web-01. It's a nice day.\"\n", Kind::Script, Rejection::Syntax),
        ] {
            assert_eq!(look(answer, kind, "en"), Err(reason), "{answer}");
        }
    }

    #[test]
    fn a_checkbox_and_a_case_are_no_placeholders_and_no_errors() {
        assert_eq!(
            look("- [ ] call Bob about the disk\n- [x] mail to the vendor\n", Kind::Todo, "en").unwrap().mended,
            []
        );
        let script = "#!/bin/bash\ncase \"$1\" in\n  start) echo \"it's on\" ;;\n  *) exit 1 ;;\nesac\n";
        assert_eq!(look(script, Kind::Script, "en").unwrap().text, script);
    }

    #[test]
    fn every_language_of_ours_is_known_as_itself() {
        for (language, text) in [
            ("en", "The disk of the server is full and we have to clean it with care, but not on the weekend."),
            ("de", "Die Platte ist voll und wir müssen noch einmal mit dem Anbieter reden, das ist nicht gut."),
            ("es", "El disco está lleno y hay que hablar con el proveedor para una oferta, pero no por la tarde."),
            ("pt", "O disco está cheio e não há cópia dos dados, mas já falei com o fornecedor para uma oferta."),
            (
                "fr",
                "Le disque est plein et nous avons une réunion avec le fournisseur pour la suite, mais pas sur place.",
            ),
            ("it", "Il disco è pieno e non ci sono copie, ma si parla con il fornitore per una offerta da subito."),
            ("nl", "De schijf is vol en we zijn nog niet klaar met het overzetten van een server, dat is voor later."),
        ] {
            for other in ["en", "de", "es", "pt", "fr", "it", "nl"] {
                assert_eq!(look(text, Kind::Note, other).is_ok(), other == language, "{language} as {other}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(answer in "(?s).{0,300}", kind in 0_usize..5) {
            let kind = [Kind::Note, Kind::Todo, Kind::Draft, Kind::Script, Kind::Mail][kind];
            std::thread_local!(static CONTENT: Content = Content::embedded().unwrap());
            CONTENT.with(|content| {
                let persona = writer("Ann Lee", "Sysadmin", "en");
                let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt: "x" };
                if let Ok(fit) = content.model_tells().review(&answer, &wanted) {
                    assert!(fit.text.ends_with('\n') && fit.text.len() > 8);
                }
            });
        }
    }
}
