//! What a mail says, from the world and the sender's own texts: greeting, paragraphs, goodbye.

use alloc::string::String;

use rand::RngExt;

use super::recipients::Audience;
use super::story_people::{Greeted, Sender};
use crate::bodies::typing_style::written;
use crate::content::TextGenerator;
use crate::index::PersonaIndex;

/// What somebody has to say, before their program adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText {
    /// What it is about; for an answer the program makes its own.
    pub subject: String,
    /// Paragraphs, greeting and goodbye; no signature, nothing quoted.
    pub body: String,
}

/// Subjects are cut above this: longer ones are nobody's.
const LONGEST_SUBJECT: usize = 72;

/// A new mail, about whatever `draw` is about.
pub fn begin(generator: &mut TextGenerator<'_>, audience: &Audience) -> MessageText {
    if let [one] = audience.readers[..] {
        generator.address(one);
    }
    let rules = generator.pack().rules();
    let subject = subject(generator);
    let mut body = String::with_capacity(900);
    generator.put(if audience.readers.len() == 1 { rules.mail_hello } else { rules.mail_all }, &mut body);
    body.push_str("\n\n");
    let mut first = generator.text(rules.mail_open);
    for _ in 0..generator.rng().random_range(0..3) {
        first.push(' ');
        generator.put(rules.mail_line, &mut first);
    }
    paragraph(&first, generator, &mut body);
    // Many are short, few are long.
    let more = match generator.rng().random_range(0..100) {
        0..45 => 0,
        45..80 => 1,
        80..94 => 2,
        _ => 4,
    };
    for _ in 0..more {
        let mut text = String::new();
        for n in 0..generator.rng().random_range(1..=4) {
            if n > 0 {
                text.push(' ');
            }
            generator.put(rules.mail_line, &mut text);
        }
        paragraph(&text, generator, &mut body);
    }
    if generator.chance(72) {
        let ask = generator.text(rules.mail_ask);
        paragraph(&ask, generator, &mut body);
    }
    goodbye(generator, &mut body);
    MessageText { subject, body }
}

/// An answer.
pub fn answer(generator: &mut TextGenerator<'_>, to: Option<PersonaIndex>, depth: usize) -> String {
    if let Some(to) = to {
        generator.address(to);
    }
    let rules = generator.pack().rules();
    let mut body = String::with_capacity(500);
    // The longer it goes on, the less is said around it.
    let polite = u8::try_from(68_usize.saturating_sub(depth * 14)).unwrap_or(10);
    if generator.chance(polite) {
        generator.put(rules.mail_hello, &mut body);
        body.push_str("\n\n");
    }
    let mut first = generator.text(rules.mail_answer);
    for _ in 0..generator.rng().random_range(0..3) {
        first.push(' ');
        generator.put(rules.mail_line, &mut first);
    }
    paragraph(&first, generator, &mut body);
    if generator.chance(26) {
        let text = generator.text(rules.mail_line);
        paragraph(&text, generator, &mut body);
    }
    if generator.chance(30) {
        let ask = generator.text(rules.mail_ask);
        paragraph(&ask, generator, &mut body);
    }
    if generator.chance(polite.max(24)) {
        goodbye(generator, &mut body);
    } else {
        body.push_str(generator.context().persona.first_name());
        body.push('\n');
    }
    body
}

/// A greeting and a goodbye around what a storyline has somebody say.
pub(super) fn around(
    text: &str,
    from: &Sender,
    greeted: &Greeted,
    depth: usize,
    generator: &mut TextGenerator<'_>,
) -> String {
    let rules = generator.pack().rules();
    let mut body = String::with_capacity(text.len() + 120);
    let is_formal = matches!((from, greeted), (Sender::Outsider(_), _) | (_, Greeted::Outsider(..)));
    // Among colleagues less is said around it the longer it goes on.
    let polite = if is_formal { 92 } else { u8::try_from(74_usize.saturating_sub(depth * 16)).unwrap_or(10) };
    if depth == 0 || generator.chance(polite) {
        match greeted {
            Greeted::Persona(who, ..) if !is_formal => {
                generator.address(*who);
                generator.put(rules.mail_hello, &mut body);
            }
            Greeted::Persona(_, first, full) | Greeted::Outsider(first, full) => {
                body.push_str(&generator.formal_hello(first, full));
            }
        }
        body.push_str("\n\n");
    }
    let begins_behind_comma = body.trim_end().ends_with(',');
    for (n, part) in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).enumerate() {
        let first = part.split([' ', ',', '.', ':', '?', '!']).next().unwrap_or_default();
        let small: String;
        let part = if n == 0 && begins_behind_comma && generator.pack().is_small_after_greeting(first) {
            small = first.chars().flat_map(char::to_lowercase).chain(part[first.len()..].chars()).collect();
            &small
        } else {
            part
        };
        match from {
            Sender::Persona(_) => paragraph(part, generator, &mut body),
            Sender::Outsider(_) => put!(&mut body, "{part}\n\n"),
        }
    }
    match from {
        Sender::Outsider(outsider) => {
            let company = outsider.company.as_deref().map_or_else(String::new, |name| alloc::format!("{name}\n"));
            put!(&mut body, "{}\n{}\n{company}", generator.formal_bye(), outsider.address.name);
        }
        Sender::Persona(_) if is_formal => {
            let name = generator.context().persona.person_name().display();
            put!(&mut body, "{}\n{name}\n", generator.formal_bye());
        }
        Sender::Persona(_) if generator.chance(polite.max(24)) => goodbye(generator, &mut body),
        Sender::Persona(_) => put!(&mut body, "{}\n", generator.context().persona.first_name()),
    }
    body
}

/// What stands above a mail that is passed on.
pub fn pass_on(generator: &mut TextGenerator<'_>, to: PersonaIndex) -> String {
    generator.address(to);
    let rules = generator.pack().rules();
    let mut body = String::new();
    if generator.chance(60) {
        generator.put(rules.mail_hello, &mut body);
        body.push_str("\n\n");
    }
    let text = generator.text(rules.mail_forward);
    paragraph(&text, generator, &mut body);
    goodbye(generator, &mut body);
    body
}

/// Says that something is attached, before the goodbye.
pub fn mention(generator: &mut TextGenerator<'_>, file: &str, body: &mut String) {
    let rules = generator.pack().rules();
    generator.remember(rules.mail_file, file);
    let text = generator.text(rules.mail_attached);
    let cut = body.trim_end().rfind("\n\n").map_or(body.len(), |at| at + 2);
    body.insert_str(cut, &alloc::format!("{text}\n\n"));
}

fn subject(generator: &mut TextGenerator<'_>) -> String {
    let rule = generator.pack().rules().mail_subject;
    for _ in 0..6 {
        let drawn = generator.text(rule);
        if drawn.len() <= LONGEST_SUBJECT && drawn.len() > 3 {
            return drawn;
        }
    }
    let mut out = String::new();
    let work_item = generator.work_item();
    generator.context().world.ticket(&work_item, &mut out);
    out
}

fn paragraph(text: &str, generator: &mut TextGenerator<'_>, out: &mut String) {
    let text = written(text, generator);
    out.push_str(text.trim());
    out.push_str("\n\n");
}

fn goodbye(generator: &mut TextGenerator<'_>, out: &mut String) {
    let rule = generator.pack().rules().mail_bye;
    generator.put(rule, out);
    put!(out, "\n{}\n", generator.context().persona.first_name());
}
