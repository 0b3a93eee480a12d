//! Storylines that a language model writes: what it is asked, and what its answer is worth.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::file::StoryFile;
use super::parse::parse;
use super::slots::{Piece, pieces};
use super::stories::Stories;
use super::storyline::{Beat, How, Operand, Storyline, Text};
use crate::content::lists;
use crate::content::source::{ContentError, SourceFile};
use crate::fleet::is_telling;
use crate::llm::tells::ModelTells;
use crate::noise::Key;
use crate::persona::Language;
use crate::role::RoleFamily;

const PROMPT: &str = include_str!("../../content/authoring/prompt.txt");
const SUBJECTS: SourceFile<'static> =
    SourceFile { name: "authoring/subjects.txt", text: include_str!("../../content/authoring/subjects.txt") };

/// An example is at most so long, in bytes: models have little room.
const LONGEST_EXAMPLE: usize = 7_000;
/// A storyline has as many beats.
const BEATS: core::ops::RangeInclusive<usize> = 3..=12;
/// Lines of this length and more that stand in another storyline, too, are copied.
const LONG_LINE: usize = 30;

/// What a storyline is wanted for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// In which language.
    pub language: Language,
    /// Whose work it is.
    pub family: RoleFamily,
    /// Everything that is to come out differently follows from this.
    pub key: Key,
    /// What there is in this language.
    pub stories: Option<&'a Stories>,
    /// What there is in English: an example is taken from there where the language has none.
    pub english: &'a Stories,
    /// What gives models away, and the names of the languages.
    pub tells: &'a ModelTells,
}

impl Wish<'_> {
    /// What a model is asked.
    ///
    /// # Errors
    /// Only if the built-in list of subjects is broken; a test holds that it isn't.
    pub fn prompt(&self) -> Result<String, ContentError> {
        let subjects = lists::lists(&SUBJECTS)?.into_iter().find(|list| list.name == self.family.as_str());
        let subjects = subjects.map(|list| list.entries).unwrap_or_default();
        let subject = subjects.get(self.key.text("subject").index(subjects.len())).map_or("", String::as_str);
        let examples = self.stories.map(|stories| stories.of_family(self.family)).filter(|own| !own.is_empty());
        let examples = examples.unwrap_or_else(|| self.english.of_family(self.family));
        let short: Vec<&str> =
            examples.iter().map(Storyline::written).filter(|text| text.len() <= LONGEST_EXAMPLE).collect();
        let shortest = || examples.iter().map(Storyline::written).min_by_key(|text| text.len()).unwrap_or_default();
        let example = short.get(self.key.text("example").index(short.len())).copied().unwrap_or_else(shortest);
        let role = match self.family {
            RoleFamily::Sysadmin => "a system administrator",
            RoleFamily::Developer => "a software developer",
            RoleFamily::Finance => "an accountant",
            RoleFamily::Hr => "an HR officer",
            RoleFamily::Sales => "a sales representative",
            RoleFamily::Support => "somebody in customer support",
            RoleFamily::Manager => "a manager",
        };
        Ok(PROMPT
            .replace("{role}", role)
            .replace("{language}", self.tells.name_of(&self.language))
            .replace("{subject}", subject)
            .replace("{example}", example))
    }

    /// What a model is asked when its answer had mistakes.
    pub fn again(prompt: &str, answer: &str, mistakes: &[String]) -> String {
        let list: Vec<String> = mistakes.iter().map(|mistake| format!("- {mistake}")).collect();
        format!(
            "{prompt}\n\nYou wrote this:\n\n{answer}\n\nIt has these mistakes:\n{}\n\nWrite it again, whole, without them.\n",
            list.join("\n")
        )
    }

    /// Reads an answer: the storyline, as it would stand in a file.
    ///
    /// # Errors
    /// With all mistakes that were found in it, in words that a model or a person can follow.
    pub fn review(&self, answer: &str) -> Result<Authored, Vec<String>> {
        let text = inside(answer).ok_or_else(|| Vec::from(["there is no line [story NAME]".to_owned()]))?;
        let name = format!("stories-{}.txt", self.family.as_str());
        let file = StoryFile { name, text: text.clone().into() };
        let stories = parse(file).map_err(|mistake| Vec::from([format!("{mistake}")]))?;
        let [story] = stories.as_slice() else {
            return Err(Vec::from([format!("there are {} storylines, and one is wanted", stories.len())]));
        };
        let mistakes = self.mistakes(story);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Authored { name: story.name().to_owned(), beats: story.beats().len(), text })
    }

    fn mistakes(&self, story: &Storyline) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut wrong = |mistake: String| {
            if mistakes.len() < 8 && !mistakes.contains(&mistake) {
                mistakes.push(mistake);
            }
        };
        if !BEATS.contains(&story.beats.len()) {
            wrong(format!("{} beats; write four to six", story.beats.len()));
        }
        let known = [self.stories, Some(self.english)].into_iter().flatten();
        if known.clone().any(|stories| stories.all().any(|other| other.name == story.name)) {
            wrong(format!("there is a storyline {} already: write about something else", story.name));
        }
        for (n, rule) in story.facts.iter().enumerate() {
            if !is_used(story, n) {
                wrong(format!(
                    "the fact {} is never used: use it as {{{}}} in a text, or leave it out",
                    rule.name, rule.name
                ));
            }
        }
        for (n, beat) in story.beats.iter().enumerate() {
            let name = story.beat_name(n);
            for (kind, texts) in [("note", &beat.notes), ("prose", &beat.prose)] {
                let starts: BTreeSet<String> = texts.iter().map(|text| beginning(story.text(*text))).collect();
                if texts.len() < 2 || starts.len() < texts.len() {
                    wrong(format!("beat {name}: it needs two or three {kind}: lines that begin differently"));
                }
            }
        }
        if story.beats.iter().all(|beat| beat.todos.is_empty()) {
            wrong("no beat has a todo: line".to_owned());
        }
        if story.beats.first().is_some_and(|beat| beat.keeps.is_empty()) {
            wrong("the first beat has no keep: line".to_owned());
        }
        let mut whole = String::new();
        for text in story.beats.iter().flat_map(texts_of) {
            let text = story.text(text);
            for line in text.lines() {
                if let Some(figure) = figure_in(line) {
                    wrong(format!(
                        "the figure {figure} stands in a text: make it a fact, so that it is drawn ({line:?})"
                    ));
                }
                if is_telling(line) || self.tells.placeholder_in(&without_slots(line)).is_some() {
                    wrong(format!("a line that can't be used: {line:?}"));
                }
                if line.len() >= LONG_LINE && known.clone().any(|stories| stories.has_line(line)) {
                    wrong(format!("a line is copied: {line:?}"));
                }
            }
            put!(&mut whole, "{text}\n");
        }
        if let Some(found) = self.tells.other_language(&whole, self.language) {
            wrong(format!(
                "it is written in {}, and {} is wanted",
                self.tells.name_of(&found),
                self.tells.name_of(&self.language)
            ));
        }
        mistakes
    }
}

/// A storyline that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authored {
    /// What it is called.
    pub name: String,
    /// How many beats it has.
    pub beats: usize,
    /// As it stands in a file, a line end at its end.
    pub text: String,
}

/// What of an answer is the storyline: from its first line on, up to a fence that closes.
fn inside(answer: &str) -> Option<String> {
    let mut out = String::new();
    for line in answer.lines().skip_while(|line| !line.trim_start().starts_with("[story ")) {
        if line.trim_start().starts_with("```") {
            break;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if out.is_empty() { None } else { Some(format!("{}\n", out.trim())) }
}

fn texts_of(beat: &Beat) -> impl Iterator<Item = Text> {
    let todos = beat.todos.iter().flat_map(|todo| &todo.texts);
    let mails = beat.mails.iter().flat_map(|mail| mail.subjects.iter().chain(&mail.bodies));
    beat.notes.iter().chain(&beat.prose).chain(&beat.others).chain(&beat.keeps).chain(todos).chain(mails).copied()
}

/// Whether anything speaks of a fact or follows from it.
fn is_used(story: &Storyline, fact: usize) -> bool {
    let name = &*story.facts[fact].name;
    let speaks = |text: &Text| {
        pieces(story.text(*text)).any(|piece| match piece {
            Piece::Slot(slot) => slot.split([':', '.']).next() == Some(name),
            Piece::Text(_) => false,
        })
    };
    let is_it = |operand: &Operand| *operand == Operand::Fact(fact);
    let follows = |how: &How| match how {
        How::Choice(texts) => texts.iter().any(speaks),
        How::Share { of, .. } => *of == fact,
        How::Sum { first, rest } => is_it(first) || rest.iter().any(|(_, operand)| is_it(operand)),
        How::By { fact: other, cases } => *other == fact || cases.iter().any(|(_, text)| speaks(text)),
        How::Day { days, .. } => days.as_ref().is_some_and(|(_, operand)| is_it(operand)),
        How::Number { .. } | How::Money { .. } | How::Clock { .. } | How::Hex(_) | How::Company(_) => false,
    };
    let drafts = story.drafts.iter().map(|draft| draft.body).chain(story.scripts.iter().map(|script| script.body));
    let commands = story.beats.iter().flat_map(|beat| &beat.commands);
    story.beats.iter().flat_map(texts_of).chain(story.titles.iter().copied()).chain(drafts).any(|text| speaks(&text))
        || commands.clone().any(|(host, text)| *host == fact || speaks(text))
        || story.beats.iter().any(|beat| beat.condition.as_ref().is_some_and(|condition| condition.fact == fact))
        || story.facts.iter().any(|rule| follows(&rule.how))
}

/// A line as it would read, with a word in the place of each slot.
fn without_slots(line: &str) -> String {
    pieces(line).map(|piece| if let Piece::Text(text) = piece { text } else { "x" }).collect()
}

/// The first three words.
fn beginning(text: &str) -> String {
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A figure of three digits or more outside of slots; years, for which there are dates, count too.
fn figure_in(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Text(text) => text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() >= 3),
        Piece::Slot(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    const GOOD: &str = "Sure!\n```\n[story stuck-lift]\n[parts]\nguest: outside firm\n[facts]\nminutes = 12..40\nends = well | badly\nref = 1000..9000\n[titles]\nthe lift\nlift stuck\nlift again\n\
        [beat stuck] by owner\nnote: {guest} is stuck between two floors\nnote: lift stopped, {guest} in it\nprose: The lift has stopped with {guest} in it.\nprose: Somebody pressed the bell.\nkeep: emergency no {ref}\ntodo out: get {guest} out\n\
        [beat out] by owner +20..60m if ends=well\nnote: out after {minutes} min\nnote: door opened, {minutes} min\nprose: After {minutes} minutes the door opened.\nprose: They are out.\n\
        [beat later] by owner +1..2d\nnote: bill will come\nnote: they send a bill\nprose: A bill is on its way.\nprose: Of course it costs.\n```\nHope it helps!";

    std::thread_local!(static CONTENT: Content = Content::embedded().unwrap());

    fn with<T>(run: impl FnOnce(&Wish<'_>) -> T) -> T {
        CONTENT.with(|content| {
            let english = content.stories(Language::EN).unwrap();
            run(&Wish {
                language: Language::EN,
                family: RoleFamily::Manager,
                key: Key::of(4),
                stories: Some(english),
                english,
                tells: content.model_tells(),
            })
        })
    }

    #[test]
    fn a_sound_storyline_is_taken_out_of_what_stands_around_it() {
        let authored = with(|wish| wish.review(GOOD)).unwrap();
        assert_eq!((authored.name.as_str(), authored.beats), ("stuck-lift", 3));
        assert!(authored.text.starts_with("[story stuck-lift]\n") && authored.text.ends_with("Of course it costs.\n"));
    }

    #[test]
    fn every_kind_of_mistake_is_told() {
        for (from, to, told) in [
            ("[story stuck-lift]", "story", "there is no line [story NAME]"),
            ("ref = 1000..9000", "ref = 1000..9000\nfloor = 1..4", "the fact floor is never used"),
            ("out after {minutes} min", "out after 480 s", "the figure 480 stands in a text"),
            ("out after {minutes} min", "out after {hours} h", "stories-manager.txt:20: {hours} is no slot"),
            (
                "note: lift stopped, {guest} in it",
                "note: {guest} is stuck between us",
                "beat stuck: it needs two or three note:",
            ),
            ("keep: emergency no {ref}\n", "other: {ref}\n", "the first beat has no keep: line"),
            ("todo out: get {guest} out\n", "", "no beat has a todo: line"),
            ("They are out.", "They are out of the honeypot.", "a line that can't be used"),
            ("They are out.", "{reporter} has called everybody.", "stories-manager.txt:23: {reporter} is no slot"),
            ("[story stuck-lift]", "[story office-lease]", "there is a storyline office-lease already"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let Err(mistakes) = with(|wish| wish.review(&GOOD.replace(from, to))) else { panic!("{told}: taken") };
            assert!(mistakes.iter().any(|mistake| mistake.starts_with(told)), "{told}: {mistakes:?}");
        }
        let german = with(|wish| Wish { language: Language::parse("de").unwrap(), ..*wish }.review(GOOD)).unwrap_err();
        assert_eq!(german, ["it is written in English, and German is wanted"]);
    }

    #[test]
    fn what_is_built_in_would_be_taken_but_for_its_name_and_its_lines() {
        let content = Content::embedded().unwrap();
        let english = content.stories(Language::EN).unwrap();
        let nothing = Stories::default();
        let mut fine = 0;
        for family in RoleFamily::ALL {
            let wish = Wish {
                language: Language::EN,
                family,
                key: Key::of(1),
                stories: None,
                english: &nothing,
                tells: content.model_tells(),
            };
            fine += english.of_family(family).iter().filter(|story| wish.review(story.written()).is_ok()).count();
        }
        // Of 141; writers put figures into what they copy down, which a model is not to.
        assert!(fine > 50, "{fine}");
    }

    #[test]
    fn the_prompt_has_an_example_and_a_subject_of_the_family() {
        let prompt = with(|wish| wish.prompt().unwrap());
        assert!(prompt.contains("as a manager in a company") && prompt.contains("write English as a native"));
        assert!(
            prompt.matches("[story ").count() == 2 && !prompt.contains("{example}") && !prompt.contains("{subject}")
        );
        let again = Wish::again(&prompt, "[story x]", &["no beat".to_owned()]);
        assert!(again.starts_with(&prompt) && again.contains("\n- no beat\n"));
    }
}
