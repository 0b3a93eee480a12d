//! What is asked: strings in, string out.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::fit::Kind;
use crate::content::TextGenerator;
use crate::mail::compose::Audience;
use crate::mail::thread::SentMail;
use crate::persona::{ModelProse, Persona, Tone};

/// A prompt, and which of the persona's mannerisms it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The text.
    pub text: String,
    /// One or two of the persona's, or none where it has none.
    pub mannerisms: Vec<String>,
}

/// Asks for the text of a file that `draw`'s writer keeps, about `draw`'s matter.
pub fn file(kind: Kind, generator: &mut TextGenerator<'_>) -> Prompt {
    let what = match kind {
        Kind::Note => "a short note that you jotted down for yourself: 5 to 15 lines, uneven, with abbreviations",
        Kind::Todo => "your list of things to do: 4 to 12 lines, each beginning with \"- [ ] \", a few words a line",
        Kind::Draft => "a draft of a paper for your colleagues: a title and 3 to 6 paragraphs, not finished",
        Kind::Script | Kind::Mail => {
            "a small shell script that you use now and then: beginning with #!/bin/bash, 10 to 40 lines, working, with one or two short comments"
        }
    };
    let mut text = whoever(generator);
    put!(&mut text, "Write {what}. ");
    about(generator, &mut text);
    let mannerisms = ways(generator, &mut text);
    rules(generator.context().persona, &mut text);
    Prompt { text, mannerisms }
}

/// Asks for a mail: a new one, an answer to `parent`, or what stands above `parent` when it is passed on.
pub fn mail(generator: &mut TextGenerator<'_>, audience: &Audience, parent: Option<&SentMail>) -> Prompt {
    let context = generator.context();
    let mut text = whoever(generator);
    let names: Vec<&str> = audience.readers.iter().take(4).map(|n| context.person(*n).called()).collect();
    let to = if names.is_empty() { "a colleague".to_owned() } else { names.join(", ") };
    match parent {
        None => put!(&mut text, "Write an e-mail to {to}. "),
        Some(_) => put!(&mut text, "Write your answer to an e-mail, to {to}. "),
    }
    about(generator, &mut text);
    let mannerisms = ways(generator, &mut text);
    put!(
        &mut text,
        "Begin with a line \"Subject: ...\", then an empty line, then the mail: 2 to 10 sentences with a greeting and your first name at the end, no signature. "
    );
    rules(context.persona, &mut text);
    if let Some(parent) = parent.filter(|p| !p.text.is_empty()) {
        let own: String = parent.text.lines().filter(|l| !l.starts_with('>')).take(25).collect::<Vec<_>>().join("\n");
        put!(&mut text, "\nThe e-mail you answer, from {}, subject \"{}\":\n{own}\n", parent.from, parent.subject);
    }
    Prompt { text, mannerisms }
}

fn whoever(generator: &mut TextGenerator<'_>) -> String {
    let context = generator.context();
    let (persona, world) = (context.persona, context.world);
    let mut out = String::with_capacity(1_200);
    put!(&mut out, "You are {}, {} at {}. ", persona.person_name().display(), persona.role, world.company());
    put!(&mut out, "Today is {}. ", context.written.strftime("%A, %-d %B %Y"));
    out
}

fn about(generator: &mut TextGenerator<'_>, out: &mut String) {
    let rule = generator.pack().rules().work_item;
    let title = generator.text(rule);
    let work_item = generator.work_item();
    let context = generator.context();
    let mut ticket = String::new();
    context.world.ticket(&work_item, &mut ticket);
    let project = context.world.project_of(&work_item, context.written.timestamp());
    let other = if work_item.owner == context.persona_index { work_item.other } else { work_item.owner };
    put!(
        out,
        "It is about \"{title}\" (ticket {ticket}, project {}), which you work on with {}. The servers are called ",
        project.name,
        context.person(other).called()
    );
    let hosts: Vec<&str> = context.hosts.iter().take(4).map(|h| h.name.as_str()).collect();
    out.push_str(&hosts.join(", "));
    out.push_str(". ");
}

fn ways(generator: &mut TextGenerator<'_>, out: &mut String) -> Vec<String> {
    let persona = generator.context().persona;
    let tone = match &persona.tone {
        Tone::Formal => "formal",
        Tone::Direct => "direct and short",
        Tone::Casual => "casual",
        Tone::Technical => "technical",
        Tone::Custom(words) => words.as_str(),
    };
    put!(out, "Your tone is {tone}. ");
    let mut chosen: Vec<String> = Vec::new();
    if !persona.mannerisms.is_empty() {
        let count = generator.rng().random_range(1..=2).min(persona.mannerisms.len());
        while chosen.len() < count {
            let one = &persona.mannerisms[generator.rng().random_range(0..persona.mannerisms.len())];
            if !chosen.contains(one) {
                chosen.push(one.clone());
            }
        }
        put!(out, "Your habits in writing: {}. ", chosen.join("; "));
    }
    chosen
}

fn rules(persona: &Persona, out: &mut String) {
    put!(
        out,
        "Write in {} only. Give the text alone: no introduction, no explanation, no code fence, nothing to be filled in, no date that lies ahead. ",
        name_of(persona.language.as_str())
    );
    if persona.model_prose == ModelProse::Suppressed {
        out.push_str("Use plain punctuation: no em dashes, no curly quotes. ");
    }
}

/// A language by its English name, as models know it best; by its code where there is none here.
fn name_of(code: &str) -> &str {
    match code {
        "en" => "English",
        "de" => "German",
        "es" => "Spanish",
        "pt" => "Portuguese",
        "fr" => "French",
        "it" => "Italian",
        "nl" => "Dutch",
        other => other,
    }
}

/// A mail as a model gives it: its subject, where it told one, and the rest.
pub fn parsed_mail(answer: &str) -> (Option<String>, String) {
    const LABELS: [&str; 8] = ["subject", "betreff", "objet", "oggetto", "asunto", "assunto", "onderwerp", "re"];
    if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(answer.trim()) {
        let text = |key: &str| object.get(key).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        if let Some(body) = text("body").or_else(|| text("text")) {
            return (text("subject"), body);
        }
    }
    let lines: Vec<&str> = answer.lines().collect();
    for (at, line) in lines.iter().enumerate().take(6) {
        let bare = line.trim().trim_start_matches(['*', '#', ' ', '_']);
        let Some((label, rest)) = bare.split_once(':') else { continue };
        if LABELS.contains(&label.trim_end_matches('*').trim().to_lowercase().as_str()) {
            let subject = rest.trim().trim_matches(['*', '"', '_', ' ']).to_owned();
            let body = lines[at + 1..].join("\n");
            let body = body.trim_start();
            // Some repeat the other header lines, too.
            let is_header = |l: &&str| ["From:", "To:", "Date:", "Cc:"].iter().any(|h| l.starts_with(h));
            let body: Vec<&str> = body.lines().skip_while(is_header).collect();
            return ((!subject.is_empty()).then_some(subject), body.join("\n").trim_start().to_owned());
        }
    }
    (None, answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::writing_context::tests::{Stand, persona, tuesday};
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn a_subject_is_found_in_whatever_comes_back() {
        for (answer, subject, body) in [
            ("Subject: Disk\n\nHi,\nfull.", Some("Disk"), "Hi,\nfull."),
            ("**Subject:** Disk on db-01\n\nHi", Some("Disk on db-01"), "Hi"),
            ("Betreff: Platte\nFrom: a\nTo: b\n\nHallo", Some("Platte"), "Hallo"),
            ("{\"subject\": \"Disk\", \"body\": \"Hi\"}", Some("Disk"), "Hi"),
            ("Hi Bob,\nthe point: it is full.", None, "Hi Bob,\nthe point: it is full."),
        ] {
            assert_eq!(parsed_mail(answer), (subject.map(ToOwned::to_owned), body.to_owned()), "{answer}");
        }
    }

    #[test]
    fn a_prompt_tells_who_writes_about_what_and_how() {
        let content = Content::embedded().unwrap();
        let mut people = alloc::vec![persona("Ann Lee"), persona("Bob Ray")];
        people[0].mannerisms = alloc::vec!["no greetings".to_owned(), "lower case".to_owned(), "many dots".to_owned()];
        let stand = Stand::new(people, &content);
        let context = stand.context(0, tuesday());
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let mut generator = TextGenerator::new(content.pack(crate::persona::Language::EN), &context, rng);
        let prompt = file(Kind::Todo, &mut generator);
        assert!((1..=2).contains(&prompt.mannerisms.len()));
        insta::assert_snapshot!(prompt.text.replace(". ", ".\n"));
    }
}
