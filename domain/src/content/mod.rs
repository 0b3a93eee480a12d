//! Content packs: texts as data, in a small grammar, one pack per language.
//!
//! `FORMAT.md` beside the packs (`domain/content/`) tells how to write one.

pub(crate) mod day_form;
mod deferred;
mod embedded;
mod forms;
mod generator;
mod grammar;
mod labels;
pub(crate) mod lists;
pub(crate) mod note_shape;
pub(crate) mod pack;
mod rules;
mod slots;
pub(crate) mod source;
mod sources;
mod system_pack;
mod told;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

pub use generator::TextGenerator;
pub use grammar::ast::Rule;
pub use labels::{Attributions, Labels, MailLabels, TodoLabels};
pub use pack::{Locale, Pack};
pub use rules::Rules;
pub use source::{ContentError, SourceFile};
pub use sources::Sources;
use sources::with_shared;
pub use system_pack::{AdminCommand, SystemPack, Timer};
pub(crate) use told::Scattered;

use self::deferred::Deferred;
use crate::calendar::Holidays;
use crate::llm::tells::{ModelTells, is_model_file};
use crate::mail::subject::SubjectMarks;
use crate::persona::Language;
use crate::role::RoleWords;
use crate::story::file::StoryFile;
use crate::story::stories::Stories;
use crate::world::WorldWords;

/// Every pack there is, what worlds are made of, and what the system's own logs say.
#[derive(Debug)]
pub struct Content {
    english: Pack,
    /// Those of the other languages.
    packs: BTreeMap<Language, Deferred<Pack>>,
    system: SystemPack,
    words: WorldWords,
    roles: RoleWords,
    holidays: Holidays,
    model_tells: ModelTells,
    subject_marks: SubjectMarks,
    stories: BTreeMap<Language, Deferred<Stories>>,
}

/// The language that takes the place of any other that has no pack.
const FALLBACK: Language = Language::EN;

/// The files of a language that texts are made from.
fn texts<'a>(files: &[SourceFile<'a>]) -> Vec<SourceFile<'a>> {
    files.iter().filter(|file| !is_model_file(file.name)).copied().collect()
}

impl Content {
    /// Reads everything.
    ///
    /// # Errors
    /// With file and line of the first mistake; or when there is no English pack to fall back to.
    pub fn parse(sources: &Sources<'_>) -> Result<Self, ContentError> {
        let built_in = |language: &Language| sources.built_in.get(language).map(|files| with_shared(files));
        let Some(english) = sources.languages.get(&FALLBACK).cloned().or_else(|| built_in(&FALLBACK)) else {
            return Err(ContentError::whole("content", "has no pack for en, the language of last resort"));
        };
        let mut model_tells = ModelTells::parse(&embedded::MODEL_TELLS)?;
        let added = sources.languages.iter().map(|(language, files)| (language, &**files));
        for (language, files) in added.chain(sources.built_in.iter().map(|(language, files)| (language, *files))) {
            for file in files.iter().filter(|file| is_model_file(file.name)) {
                model_tells.add_language(*language, file)?;
            }
        }
        let english = Pack::parse(FALLBACK, &texts(&english), None)?;
        let mut marks: Vec<String> = english.subject_marks().map(str::to_owned).collect();
        let others = sources.built_in.iter().filter(|(language, _)| **language != FALLBACK);
        let mut packs: BTreeMap<Language, Deferred<Pack>> =
            others.map(|(language, files)| (*language, Deferred::new(files))).collect();
        for (language, files) in sources.languages.iter().filter(|(language, _)| **language != FALLBACK) {
            let pack =
                Pack::parse(*language, &texts(files), Some(&english)).map_err(|error| match error.file.as_str() {
                    // What the shared files call must be in the pack: that is where the mistake is.
                    file if embedded::SHARED.iter().any(|shared| shared.name == file) => {
                        ContentError::whole(language.as_str(), alloc::format!("{}, which {file} needs", error.reason))
                    }
                    _ => error,
                });
            let pack = pack?;
            marks.extend(pack.subject_marks().map(str::to_owned));
            packs.insert(*language, Deferred::ready(pack));
        }
        let mut added: BTreeMap<Language, Stories> = BTreeMap::new();
        for (language, file) in &sources.stories {
            added.entry(*language).or_default().add(file.clone())?;
        }
        let mut stories: BTreeMap<Language, Deferred<Stories>> =
            sources.built_in_stories.iter().map(|(language, files)| (*language, Deferred::new(files))).collect();
        stories.extend(added.into_iter().map(|(language, stories)| (language, Deferred::ready(stories))));
        let (mut words, mut roles, mut holidays) = (WorldWords::default(), RoleWords::default(), Holidays::default());
        for file in &sources.world {
            for list in lists::lists(file)? {
                let line = list.line;
                let Some(list) = words.take(list).and_then(|list| roles.take(list)) else { continue };
                if let Some(list) = holidays.take(file.name, list)? {
                    let reason = alloc::format!("unknown list [{}]", list.name);
                    return Err(ContentError::at(file.name, line, reason));
                }
            }
        }
        Ok(Self {
            subject_marks: marks.iter().map(String::as_str).collect(),
            english,
            packs,
            system: SystemPack::parse(&embedded::SYSTEM)?,
            words: words.complete()?,
            roles,
            holidays,
            model_tells,
            stories,
        })
    }

    /// What is built into the program.
    ///
    /// # Errors
    /// Only if a pack in the source tree is broken; a test holds that none is.
    pub fn embedded() -> Result<Self, ContentError> {
        Self::parse(&Sources::embedded())
    }

    /// The pack of a language, or the English one.
    pub fn pack(&self, language: Language) -> &Pack {
        self.packs.get(&language).and_then(|pack| self.read(language, pack)).unwrap_or(&self.english)
    }

    fn read<'c>(&'c self, language: Language, pack: &'c Deferred<Pack>) -> Option<&'c Pack> {
        pack.get(|files| Pack::parse(language, &texts(&with_shared(files)), Some(&self.english)).ok())
    }

    /// The packs, by language.
    pub fn packs(&self) -> impl Iterator<Item = (Language, &Pack)> {
        let others = self.packs.iter().filter_map(|(language, pack)| Some((*language, self.read(*language, pack)?)));
        core::iter::once((FALLBACK, &self.english)).chain(others)
    }

    /// The languages that have a pack.
    pub fn languages(&self) -> Vec<Language> {
        let mut all: Vec<Language> = self.packs.keys().copied().chain([FALLBACK]).collect();
        all.sort();
        all
    }

    /// The storylines of a language; none where it has none.
    pub fn stories(&self, language: Language) -> Option<&Stories> {
        self.stories.get(&language)?.get(|files| {
            let mut stories = Stories::default();
            files.iter().try_for_each(|file| stories.add(StoryFile::embedded(file))).ok()?;
            Some(stories)
        })
    }

    /// What the system's own logs say.
    pub fn system(&self) -> &SystemPack {
        &self.system
    }

    /// What worlds are made of.
    pub fn words(&self) -> &WorldWords {
        &self.words
    }

    /// Which role belongs to which family.
    pub fn roles(&self) -> &RoleWords {
        &self.roles
    }

    /// When people of a country are off.
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// What gives language models away.
    pub fn model_tells(&self) -> &ModelTells {
        &self.model_tells
    }

    /// What stands before the subjects of answers, in all languages.
    pub fn subject_marks(&self) -> &SubjectMarks {
        &self.subject_marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_packs_load_and_borrow_nothing() {
        let content = Content::embedded().unwrap_or_else(|e| panic!("{e}"));
        let languages: Vec<_> = content.languages().iter().map(alloc::string::ToString::to_string).collect();
        assert_eq!(languages, ["de", "en", "es", "fr", "it", "nl", "pt"]);
        assert_eq!(content.packs().count(), languages.len(), "a pack can't be read");
        for (language, pack) in content.packs() {
            assert!(pack.borrowed().is_empty(), "{language}: {:?}", pack.borrowed());
        }
        assert!(content.system().jobs().len() >= 4);
    }

    #[test]
    fn every_storyline_that_is_built_in_can_be_read() {
        for (code, files) in embedded::STORIES {
            let mut stories = Stories::default();
            for file in *files {
                stories.add(StoryFile::embedded(file)).unwrap_or_else(|mistake| panic!("{mistake}"));
            }
            assert!(Content::embedded().unwrap().stories(Language::parse(code).unwrap()).is_some(), "{code}");
        }
    }

    #[test]
    fn the_marks_of_every_language_are_among_those_that_all_share() {
        let content = Content::embedded().unwrap();
        for (language, pack) in content.packs() {
            for mark in pack.subject_marks() {
                assert_eq!(content.subject_marks().bare(&alloc::format!("{mark}: x")), "x", "{language}");
            }
        }
    }
}
