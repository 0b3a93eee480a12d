//! What is asked. The words are English in every language: models follow them best, and only the model reads them.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::tells::ModelTells;
use crate::bodies::open_ends;
use crate::content::TextGenerator;
use crate::content_class::TextClass;
use crate::mail::recipients::Audience;
use crate::mail::thread::SentMail;
use crate::persona::{ModelProse, Persona, Tone};
use crate::story::Instance;

/// A prompt, and which of the persona's mannerisms it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The text.
    pub text: String,
    /// What of it the writer knows about their work: what an answer may repeat, and whose figures it has to keep to.
    /// Empty where that is nothing.
    pub told: String,
    /// One or two of the persona's, or none where it has none.
    pub mannerisms: Vec<String>,
}

/// So many characters of the mail that is answered are shown to the model.
const PARENT_CHARS: usize = 4_000;

/// Asks for the text of a file that the generator's writer keeps, about the generator's piece of work.
pub fn file(class: TextClass, tells: &ModelTells, generator: &mut TextGenerator<'_>) -> Prompt {
    let what = match class {
        TextClass::Note => "a short note that you jotted down for yourself: 5 to 15 lines, uneven, with abbreviations",
        TextClass::Todo => {
            "your list of things to do: 4 to 12 lines, each beginning with \"- [ ] \", a few words a line"
        }
        TextClass::Draft => "a draft of a paper for your colleagues: a title and 3 to 6 paragraphs, not finished",
        TextClass::Script => {
            "a small shell script that you use now and then: beginning with #!/bin/bash, 10 to 40 lines, working, with one or two short comments"
        }
    };
    let mut text = whoever(generator);
    put!(&mut text, "Write {what}. ");
    let told = match class {
        TextClass::Todo => open_work(generator),
        TextClass::Note => generator.story().map_or_else(String::new, |story| happened(&story, generator)),
        TextClass::Draft => generator.drafted().map_or_else(String::new, |story| happened(&story, generator)),
        TextClass::Script => generator.scripted().map_or_else(String::new, |story| happened(&story, generator)),
    };
    about(generator, &mut text);
    let mannerisms = ways(generator, &mut text);
    rules(generator.context().persona, tells, &mut text);
    text.push_str(&told);
    Prompt { text, told, mannerisms }
}

/// What has happened to the piece of work the text is about, as its writer knows it.
fn happened(story: &Instance<'_>, generator: &TextGenerator<'_>) -> String {
    let mut out = String::new();
    let context = generator.context();
    let is_owner = story.is_of(context.persona_index);
    let zone = context.written.time_zone();
    for happening in story.until(context.written.timestamp()) {
        let beat = &story.story().beats()[happening.beat];
        let texts = if is_owner { &beat.notes } else { &beat.others };
        let Some(text) = generator.said(story, texts) else { continue };
        let day = happening.at.to_zoned(zone.clone());
        put!(&mut out, "- {}: {text}\n", day.strftime("%A, %-d %B, %H:%M"));
        if is_owner {
            for kept in generator.kept(story, happening) {
                put!(&mut out, "  ({kept})\n");
            }
        }
    }
    if out.is_empty() {
        return out;
    }
    alloc::format!(
        "\nThis is what you know, in your own words:\n{out}Use of it what the text needs, in other words. Add no figure, no name and no date to it, and tell nothing that hasn't happened.\n"
    )
}

/// What is open for the writer.
fn open_work(generator: &mut TextGenerator<'_>) -> String {
    let open = open_ends(generator);
    if open.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nThis is what you have to do:\n");
    for text in open {
        put!(&mut out, "- {text}\n");
    }
    out.push_str("Put it into your own words, and add one or two private errands. Add no figure to it.\n");
    out
}

/// Asks for a mail: a new one, an answer to `parent`, or what stands above `parent` when it is passed on.
pub fn mail(
    tells: &ModelTells,
    generator: &mut TextGenerator<'_>,
    audience: &Audience,
    parent: Option<&SentMail>,
) -> Prompt {
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
    rules(context.persona, tells, &mut text);
    if let Some(parent) = parent.filter(|p| !p.text.is_empty()) {
        let own = parent.text.lines().filter(|l| !l.starts_with('>')).take(25).collect::<Vec<_>>().join("\n");
        let own: String = own.chars().take(PARENT_CHARS).collect();
        put!(&mut text, "\nThe e-mail you answer, from {}, subject \"{}\":\n{own}\n", parent.from, parent.subject);
    }
    Prompt { text, told: String::new(), mannerisms }
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
    let title = if let Some(story) = generator.recalled_or_told() {
        story.title(generator.note_key(&story))
    } else {
        let rule = generator.pack().rules().work_item;
        generator.text(rule)
    };
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
    let chosen = some_of(&persona.mannerisms, generator);
    if !chosen.is_empty() {
        put!(out, "Your habits in writing: {}. ", chosen.join("; "));
    }
    chosen
}

/// One or two of the texts, drawn without replacement from those that differ.
fn some_of(texts: &[String], generator: &mut TextGenerator<'_>) -> Vec<String> {
    let mut left: Vec<&String> = Vec::new();
    for text in texts {
        if !text.trim().is_empty() && !left.contains(&text) {
            left.push(text);
        }
    }
    if left.is_empty() {
        return Vec::new();
    }
    let count = generator.rng().random_range(1..=2).min(left.len());
    (0..count).map(|_| left.swap_remove(generator.rng().random_range(0..left.len())).clone()).collect()
}

fn rules(persona: &Persona, tells: &ModelTells, out: &mut String) {
    put!(
        out,
        "Write in {} only. Give the text alone: no introduction, no explanation, no code fence, nothing to be filled in, no date that lies ahead. ",
        tells.name_of(&persona.language)
    );
    if persona.model_prose == ModelProse::Suppressed {
        out.push_str("Use plain punctuation: no em dashes, no curly quotes. ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::test_support::{Stand, persona, tuesday};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn a_prompt_tells_who_writes_about_what_and_how() {
        let content = Content::embedded().unwrap();
        let mut people = alloc::vec![persona("Ann Lee"), persona("Bob Ray")];
        people[0].mannerisms = alloc::vec!["no greetings".to_owned(), "lower case".to_owned(), "many dots".to_owned()];
        let stand = Stand::new(people, &content);
        let context = stand.context(0, tuesday());
        let rng = &mut ChaCha8Rng::seed_from_u64(2);
        let mut generator = TextGenerator::new(content.pack(crate::persona::Language::EN), &context, rng);
        let prompt = file(TextClass::Todo, content.model_tells(), &mut generator);
        assert!((1..=2).contains(&prompt.mannerisms.len()));
        insta::assert_snapshot!(prompt.text.replace(". ", ".\n"));
    }
    std::thread_local!(static CONTENT: Content = Content::embedded().unwrap());

    proptest! {
        /// Lists with equal, empty and single entries among them.
        #[test]
        fn one_or_two_mannerisms_that_differ_are_asked_for_whatever_the_list_holds(
            list in proptest::collection::vec("(x|y|  |[a-z ]{0,6})", 0..13), seed: u64, class in 0_usize..4,
        ) {
            let class = [TextClass::Note, TextClass::Todo, TextClass::Draft, TextClass::Script][class];
            CONTENT.with(|content| {
                let mut people = alloc::vec![persona("Ann Lee"), persona("Bob Ray")];
                people[0].mannerisms.clone_from(&list);
                let stand = Stand::new(people, content);
                let context = stand.context(0, tuesday());
                let rng = &mut ChaCha8Rng::seed_from_u64(seed);
                let mut generator = TextGenerator::new(content.pack(crate::persona::Language::EN), &context, rng);
                let chosen = file(class, content.model_tells(), &mut generator).mannerisms;
                let distinct: alloc::collections::BTreeSet<_> = list.iter().filter(|m| !m.trim().is_empty()).collect();
                assert!(chosen.len() <= 2.min(distinct.len()));
                assert_eq!(chosen.is_empty(), distinct.is_empty());
                assert!(chosen.iter().all(|m| distinct.contains(m)));
                assert!(chosen.len() < 2 || chosen[0] != chosen[1]);
            });
        }
    }
}
