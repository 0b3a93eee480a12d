//! A person's name, split once into what texts and account names need of it.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::language::Language;

/// A name in its parts.
///
/// Split by [`PersonName::parse`] after the words of `content/world/person-names.txt`: titles and suffixes
/// are taken off, `Family, Given` is turned round, and the family name stands first where the person's
/// language (hu, ja, ko, vi, zh) or script (Han, Kana, Hangul) has it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    first: String,
    called: String,
    given: String,
    family: String,
    spoken: String,
    display: String,
}

impl PersonName {
    /// Splits a whole name as somebody wrote it.
    pub(super) fn parse(text: &str, language: Language) -> Self {
        let Spoken { text: plain, nickname } = without_remarks(text);
        let mut split = Split::of(&plain, language);
        split.mend_case();
        let name = split.name(nickname.clone());
        if !name.first.is_empty() && !name.display.is_empty() {
            return name;
        }
        // Nothing but remarks and punctuation: what is quoted is a name all the same, and else it is taken as it is.
        let plain = if plain.trim().is_empty() { nickname.as_deref().unwrap_or(text) } else { &plain };
        let whole = plain.trim().to_owned();
        Self {
            first: whole.clone(),
            called: whole.clone(),
            given: String::new(),
            family: String::new(),
            spoken: whole.clone(),
            display: whole,
        }
    }

    /// With a first name or a family name that is known for certain. What is all in capitals gets its usual form.
    pub(super) fn with(mut self, first: Option<&str>, family: Option<&str>) -> Self {
        let mended = |name: &str| {
            name.split(' ').map(|w| if is_capitals(w) { cased(w) } else { w.to_owned() }).collect::<Vec<_>>().join(" ")
        };
        let (first, family) = (first.map(mended), family.map(mended));
        let (first, family) = (first.as_deref(), family.as_deref());
        if let Some(family) = family {
            let rest: Vec<&str> =
                self.display.split(' ').filter(|word| !family.split(' ').any(|f| f == *word)).collect();
            if first.is_none() && self.family != family && !rest.is_empty() {
                rest[0].clone_into(&mut self.first);
                rest[0].clone_into(&mut self.called);
                self.given = rest.join(" ");
            }
            family.clone_into(&mut self.family);
        }
        if let Some(first) = first {
            first.clone_into(&mut self.first);
            first.clone_into(&mut self.called);
            first.clone_into(&mut self.given);
            if family.is_none() && self.family == first {
                self.family.clear();
            }
        }
        self
    }

    /// What the person signs with: the first given name, else what there is.
    pub fn first_name(&self) -> &str {
        &self.first
    }

    /// What others call the person: the first given name; title and family name (`Ms Reid`) where no
    /// given name is known.
    pub fn called(&self) -> &str {
        &self.called
    }

    /// All given names; empty where none is known.
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The family name, with its particles (`van der Berg`); empty where there is none.
    pub fn family(&self) -> &str {
        &self.family
    }

    /// Given and family name in the order they are spoken in: no titles, no suffixes.
    pub fn spoken(&self) -> &str {
        &self.spoken
    }

    /// The whole name as the person writes it: without forms of address and remarks, `Family, Given` turned round.
    pub fn display(&self) -> &str {
        &self.display
    }
}

const WORDS: &str = include_str!("../../content/world/person-names.txt");

/// The words of a list of the content file.
fn words(list: &str) -> impl Iterator<Item = &'static str> {
    let is_head = |line: &str| line.starts_with('[');
    WORDS
        .lines()
        .map(str::trim)
        .skip_while(move |line| line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) != Some(list))
        .skip(1)
        .take_while(move |line| !is_head(line))
        .filter(|line| !line.is_empty() && !line.starts_with(";;"))
}

/// A word as the lists have it: lower case, without dots.
fn bare(word: &str) -> String {
    word.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect()
}

fn is_title(word: &str, language: Language) -> bool {
    let bare = bare(word);
    let own = alloc::format!("titles {language}");
    words("titles").any(|t| t == bare)
        || ((bare.chars().count() > 2 || word.ends_with('.')) && words(&own).any(|t| t == bare))
}

fn is_suffix(word: &str) -> bool {
    let word: String = word.chars().filter(|c| !matches!(c, '.' | ',')).collect();
    words("suffixes").any(|suffix| suffix == word)
}

fn is_particle(word: &str) -> bool {
    let bare = bare(word);
    // One capital letter is an initial.
    !(word.chars().count() == 1 && word != bare) && words("particles").any(|particle| particle == bare)
}

fn is_initial(word: &str) -> bool {
    let word = word.strip_suffix('.').unwrap_or(word);
    word.chars().count() == 1 && word.chars().all(|c| c.is_alphabetic() && !is_east_asian(c))
}

/// Han, Kana and Hangul, whose names put the family first.
fn is_east_asian(c: char) -> bool {
    is_han(c) || is_kana(c) || is_hangul(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々')
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// Whether all cased letters of a word are capitals, and there are enough of them to tell a name from initials
/// (`JD`, `TJ`): three, or two that end in a vowel (`LI`, `WU`).
fn is_capitals(word: &str) -> bool {
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let is_vowel = |c: &char| matches!(c, 'A' | 'E' | 'I' | 'O' | 'U');
    letters.iter().all(|c| c.is_uppercase())
        && (letters.len() > 2 || (letters.len() == 2 && letters.last().is_some_and(is_vowel)))
}

/// A name without what is said about the person beside it.
struct Spoken {
    text: String,
    nickname: Option<String>,
}

/// Takes off what stands in brackets, in quotes, or behind a dash, a bar or a slash. What is quoted, or stands in
/// brackets amid the name, is what the person is called.
fn without_remarks(text: &str) -> Spoken {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2010}' | '\u{2011}' => plain.push('-'),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            '，' | '、' | '،' => plain.push(','),
            '（' => plain.push('('),
            '）' => plain.push(')'),
            c if c.is_whitespace() || c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    let mut nickname = None;
    for (open, close) in [('(', ')'), ('[', ']'), ('"', '"'), ('“', '”'), ('«', '»'), ('„', '“')] {
        let Some(start) = plain.find(open) else { continue };
        let after = start + open.len_utf8();
        let Some(length) = plain[after..].find(close) else { continue };
        let inside = plain[after..after + length].trim().to_owned();
        let rest = plain[after + length + close.len_utf8()..].trim().to_owned();
        let before = plain[..start].trim_end().to_owned();
        let is_word = !inside.is_empty() && !inside.contains(' ') && inside.chars().any(char::is_lowercase);
        let is_amid = !before.is_empty() && rest.chars().next().is_some_and(char::is_alphabetic);
        if is_word && (is_amid || !matches!(open, '(' | '[')) {
            nickname = Some(inside);
        }
        alloc::format!("{before} {rest}").trim().clone_into(&mut plain);
    }
    for mark in [" - ", " – ", " — ", " | ", " / "] {
        if let Some((name, _)) = plain.split_once(mark).filter(|(name, _)| !name.trim().is_empty()) {
            plain = name.to_owned();
        }
    }
    Spoken { text: plain, nickname }
}

/// What stands where in a name.
#[derive(Debug, Default)]
struct Split {
    titles: Vec<String>,
    given: Vec<String>,
    family: Vec<String>,
    suffixes: Vec<String>,
    /// Which of the given names the person goes by.
    first: usize,
    order: Order,
}

/// How the whole name is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    #[default]
    GivenFirst,
    FamilyFirst,
    /// Family first, and no space between.
    Joined,
}

impl Split {
    fn of(text: &str, language: Language) -> Self {
        let mut split = Self::default();
        let mut parts: Vec<Vec<String>> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let tokens = tokens(part, language);
            if !parts.is_empty() && tokens.iter().all(|token| is_suffix(token)) {
                split.suffixes.extend(tokens);
            } else {
                parts.push(tokens);
            }
        }
        let is_turned = parts.len() > 1;
        let mut parts = parts.into_iter();
        let mut first = parts.next().unwrap_or_default();
        split.take_titles(&mut first, language);
        // Behind a family name alone, one word is enough to be left.
        split.take_suffixes(&mut first, if is_turned { 1 } else { 2 });
        let is_family_first = words("family first").any(|l| l == language.as_str());
        if let Some(mut given) = parts.next() {
            split.take_titles(&mut given, language);
            split.take_suffixes(&mut given, 1);
            // "Berg, Jan van der".
            let kept = given.iter().rposition(|word| !is_particle(word)).map_or(given.len(), |at| at + 1);
            split.family = given.split_off(kept);
            split.family.append(&mut first);
            split.given = given;
            split.order = if is_family_first { Order::FamilyFirst } else { Order::GivenFirst };
        } else {
            split.part(first, language, is_family_first);
        }
        if split.order == Order::FamilyFirst && language.as_str() == "vi" {
            // The last of the given names is the one used.
            split.first = split.given.len().saturating_sub(1);
        } else {
            split.first = split.given.iter().position(|word| !is_initial(word)).unwrap_or(split.given.len());
        }
        split
    }

    fn take_titles(&mut self, tokens: &mut Vec<String>, language: Language) {
        while tokens.len() > 1 {
            // "Dr. med.", "Dr. rer. nat.".
            let is_rest = !self.titles.is_empty()
                && tokens[0].ends_with('.')
                && tokens[0].starts_with(char::is_lowercase)
                && !is_initial(&tokens[0]);
            if !is_rest && !is_title(&tokens[0], language) {
                break;
            }
            self.titles.push(tokens.remove(0));
        }
    }

    /// Takes suffixes off the end; so many words are left in any case.
    fn take_suffixes(&mut self, tokens: &mut Vec<String>, least: usize) {
        while tokens.len() > least && tokens.last().is_some_and(|last| is_suffix(last)) {
            self.suffixes.extend(tokens.pop());
        }
    }

    /// Parts words that stand in the order they are spoken in.
    fn part(&mut self, mut tokens: Vec<String>, language: Language, is_family_first: bool) {
        if tokens.len() > 2 && words("joined").any(|word| word == bare(&tokens[0])) {
            let next = tokens.remove(1);
            tokens[0] = alloc::format!("{} {next}", tokens[0]);
        }
        let is_east = |word: &String| word.chars().all(|c| is_east_asian(c) || c == '・');
        match tokens.len() {
            0 => {}
            1 if is_east(&tokens[0]) => self.part_joined(&tokens[0], language),
            1 if self.titles.is_empty() => self.given = tokens,
            1 => self.family = tokens,
            n => {
                let leading = tokens.iter().take_while(|word| is_capitals(word)).count();
                let trailing = tokens.iter().rev().take_while(|word| is_capitals(word)).count();
                if (1..n).contains(&leading) {
                    self.given = tokens.split_off(leading);
                    self.family = tokens;
                    self.order = if is_family_first { Order::FamilyFirst } else { Order::GivenFirst };
                } else if (1..n).contains(&trailing) {
                    self.family = tokens.split_off(n - trailing);
                    self.given = tokens;
                } else if is_family_first || tokens.iter().all(is_east) {
                    self.given = tokens.split_off(1);
                    self.family = tokens;
                    self.order = Order::FamilyFirst;
                } else {
                    let from = family_from(&tokens, language);
                    self.family = tokens.split_off(from);
                    self.given = tokens;
                }
            }
        }
    }

    /// Parts a name of one word in a script without spaces. The language tells how long a family name is, and the
    /// script where the language is another.
    fn part_joined(&mut self, word: &str, language: Language) {
        let length = word.chars().count();
        let compound = |list: &str| words(list).find(|c| word.starts_with(c) && *c != word).map(|c| c.chars().count());
        let family = if word.chars().all(is_hangul) {
            compound("compound ko").unwrap_or(1)
        } else if language.as_str() == "ja" || word.chars().any(is_kana) {
            // Most are of two characters.
            2.min(length.saturating_sub(1))
        } else {
            compound("compound zh").unwrap_or(1)
        };
        if length < 2 {
            self.given.push(word.to_owned());
            return;
        }
        self.family.push(word.chars().take(family).collect());
        self.given.push(word.chars().skip(family).collect());
        self.order = Order::Joined;
    }

    /// Names that are written all in capitals or all in small letters get their usual form.
    fn mend_case(&mut self) {
        let every = |words: &[String], is: &dyn Fn(char) -> bool| {
            words.iter().flat_map(|word| word.chars()).filter(|c| c.is_uppercase() || c.is_lowercase()).all(is)
        };
        let is_long =
            |words: &[String]| words.iter().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 2);
        let all: Vec<String> = self.given.iter().chain(&self.family).cloned().collect();
        let is_small = every(&all, &char::is_lowercase);
        let is_loud = every(&all, &char::is_uppercase) && is_long(&all);
        let is_family_loud = !self.family.is_empty() && self.family.iter().all(|word| is_capitals(word));
        for (words, is_given) in [(&mut self.given, true), (&mut self.family, false)] {
            if is_small || is_loud || (!is_given && is_family_loud) {
                let last = words.len().saturating_sub(1);
                for (at, word) in words.iter_mut().enumerate() {
                    *word =
                        if at < last && is_particle(&word.to_lowercase()) { word.to_lowercase() } else { cased(word) };
                }
            }
        }
    }

    fn name(self, nickname: Option<String>) -> PersonName {
        let (given, family) = (self.given.join(" "), self.family.join(" "));
        let trimmed = |word: &str| word.trim_matches([',', ';', ':']).to_owned();
        let known = nickname.or_else(|| self.given.get(self.first).cloned());
        let first = match (&known, family.is_empty()) {
            (Some(first), _) => trimmed(first),
            (None, false) => family.clone(),
            (None, true) => given.clone(),
        };
        let called = if known.is_none() && !self.titles.is_empty() && !family.is_empty() {
            alloc::format!("{} {family}", self.titles.join(" "))
        } else {
            first.clone()
        };
        let is_said = |title: &&String| !words("forms of address").any(|form| form == bare(title));
        let spoken = match self.order {
            Order::GivenFirst => alloc::format!("{given} {family}"),
            Order::FamilyFirst => alloc::format!("{family} {given}"),
            Order::Joined => alloc::format!("{family}{given}"),
        };
        let spoken = spoken.trim().to_owned();
        let mut display: Vec<&str> = self.titles.iter().filter(is_said).map(String::as_str).collect();
        display.push(&spoken);
        display.extend(self.suffixes.iter().map(String::as_str));
        let display = display.join(" ");
        PersonName { first, called, given, family, spoken, display }
    }
}

/// The words of a part of a name; a title that stands right before the next word is parted from it (`Dr.Karen`).
fn tokens(part: &str, language: Language) -> Vec<String> {
    let mut out = Vec::new();
    for word in part.split_whitespace() {
        let stuck = word.split_once('.').filter(|(title, rest)| {
            rest.chars().take(2).count() == 2
                && rest.starts_with(char::is_uppercase)
                && !is_title(word, language)
                && !is_suffix(word)
                && is_title(&alloc::format!("{title}."), language)
        });
        match stuck {
            Some((title, rest)) => {
                out.push(alloc::format!("{title}."));
                out.push(rest.to_owned());
            }
            None => out.push(word.to_owned()),
        }
    }
    out
}

/// Where the family name begins in words that stand in the order given, family. There are two words at least.
fn family_from(tokens: &[String], language: Language) -> usize {
    let n = tokens.len();
    let particle = (1..n - 1).find(|at| is_particle(&tokens[*at]));
    match particle {
        // "y" and "e" stand between two family names.
        Some(at) if matches!(tokens[at].as_str(), "y" | "e") && at > 1 => at - 1,
        Some(at) => at,
        // In Spanish there are two family names.
        None if language.as_str() == "es" && n > 2 => n - 2,
        None => n - 1,
    }
}

/// A word with a capital at its beginning and after a hyphen or an apostrophe, the rest in small letters.
fn cased(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut is_start = true;
    for c in word.chars() {
        if is_start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        is_start = matches!(c, '-' | '\'' | '’' | '.');
    }
    out
}

#[cfg(test)]
mod tests;
