//! What is asked: strings in, string out.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::fit::Kind;
use crate::content::Draw;
use crate::mail::compose::Audience;
use crate::mail::thread::Earlier;
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
pub fn file(kind: Kind, draw: &mut Draw<'_>) -> Prompt {
    let what = match kind {
        Kind::Note => "a short note that you jotted down for yourself: 5 to 15 lines, uneven, with abbreviations",
        Kind::Todo => "your list of things to do: 4 to 12 lines, each beginning with \"- [ ] \", a few words a line",
        Kind::Draft => "a draft of a paper for your colleagues: a title and 3 to 6 paragraphs, not finished",
        Kind::Script | Kind::Mail => {
            "a small shell script that you use now and then: beginning with #!/bin/bash, 10 to 40 lines, working, with one or two short comments"
        }
    };
    let mut text = whoever(draw);
    put!(&mut text, "Write {what}. ");
    about(draw, &mut text);
    let mannerisms = ways(draw, &mut text);
    rules(draw.scene().persona, &mut text);
    Prompt { text, mannerisms }
}

/// Asks for a mail: a new one, an answer to `parent`, or what stands above `parent` when it is passed on.
pub fn mail(draw: &mut Draw<'_>, audience: &Audience, parent: Option<&Earlier>) -> Prompt {
    let scene = draw.scene();
    let mut text = whoever(draw);
    let names: Vec<&str> = audience.readers.iter().take(4).map(|n| scene.person(*n).first_name()).collect();
    let to = if names.is_empty() { "a colleague".to_owned() } else { names.join(", ") };
    match parent {
        None => put!(&mut text, "Write an e-mail to {to}. "),
        Some(_) => put!(&mut text, "Write your answer to an e-mail, to {to}. "),
    }
    about(draw, &mut text);
    let mannerisms = ways(draw, &mut text);
    put!(
        &mut text,
        "Begin with a line \"Subject: ...\", then an empty line, then the mail: 2 to 10 sentences with a greeting and your first name at the end, no signature. "
    );
    rules(scene.persona, &mut text);
    if let Some(parent) = parent.filter(|p| !p.text.is_empty()) {
        let own: String = parent.text.lines().filter(|l| !l.starts_with('>')).take(25).collect::<Vec<_>>().join("\n");
        put!(&mut text, "\nThe e-mail you answer, from {}, subject \"{}\":\n{own}\n", parent.from, parent.subject);
    }
    Prompt { text, mannerisms }
}

fn whoever(draw: &mut Draw<'_>) -> String {
    let scene = draw.scene();
    let (persona, world) = (scene.persona, scene.world);
    let mut out = String::with_capacity(1_200);
    put!(&mut out, "You are {}, {} at {}. ", persona.name, persona.role, world.company());
    put!(&mut out, "Today is {}. ", scene.written.strftime("%A, %-d %B %Y"));
    out
}

fn about(draw: &mut Draw<'_>, out: &mut String) {
    let rule = draw.pack().rules().matter;
    let title = draw.text(rule);
    let matter = draw.matter();
    let scene = draw.scene();
    let mut ticket = String::new();
    scene.world.ticket(&matter, &mut ticket);
    let project = scene.world.project_of(&matter, scene.written.timestamp());
    let other = if matter.owner == scene.me { matter.other } else { matter.owner };
    put!(
        out,
        "It is about \"{title}\" (ticket {ticket}, project {}), which you work on with {}. The servers are called ",
        project.name,
        scene.person(other).first_name()
    );
    let hosts: Vec<&str> = scene.hosts.iter().take(4).map(|h| h.name.as_str()).collect();
    out.push_str(&hosts.join(", "));
    out.push_str(". ");
}

fn ways(draw: &mut Draw<'_>, out: &mut String) -> Vec<String> {
    let persona = draw.scene().persona;
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
        let count = draw.rng().random_range(1..=2).min(persona.mannerisms.len());
        while chosen.len() < count {
            let one = &persona.mannerisms[draw.rng().random_range(0..persona.mannerisms.len())];
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
    use crate::scene::tests::{Stand, persona, tuesday};
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
        let scene = stand.scene(0, tuesday());
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let mut draw = Draw::new(content.pack(crate::persona::Language::EN), &scene, rng);
        let prompt = file(Kind::Todo, &mut draw);
        assert!((1..=2).contains(&prompt.mannerisms.len()));
        insta::assert_snapshot!(prompt.text.replace(". ", ".\n"));
    }
}
