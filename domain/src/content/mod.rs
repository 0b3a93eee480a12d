//! Content packs: texts as data, in a small grammar, one pack per language.
//!
//! `FORMAT.md` beside the packs (`domain/content/`) tells how to write one.

pub(crate) mod day_form;
mod embedded;
mod forms;
mod generator;
mod grammar;
mod labels;
pub(crate) mod lists;
pub(crate) mod pack;
mod rules;
mod slots;
pub(crate) mod source;
mod sources;
mod system_pack;
mod told;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub use generator::TextGenerator;
pub use grammar::ast::Rule;
pub use labels::{Attributions, Labels, MailLabels, TodoLabels};
pub use pack::{Locale, Pack};
pub use rules::Rules;
pub use source::{ContentError, SourceFile};
pub use sources::Sources;
pub use system_pack::{AdminCommand, SystemPack, Timer};

use crate::calendar::Holidays;
use crate::llm::tells::{ModelTells, is_model_file};
use crate::mail::subject::SubjectMarks;
use crate::persona::Language;
use crate::role::RoleWords;
use crate::story::stories::Stories;
use crate::world::WorldWords;

/// Every pack there is, what worlds are made of, and what the system's own logs say.
#[derive(Debug)]
pub struct Content {
    packs: BTreeMap<Language, Pack>,
    system: SystemPack,
    words: WorldWords,
    roles: RoleWords,
    holidays: Holidays,
    model_tells: ModelTells,
    subject_marks: SubjectMarks,
    stories: BTreeMap<Language, Stories>,
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
        let Some(english) = sources.languages.get(&FALLBACK) else {
            return Err(ContentError::whole("content", "has no pack for en, the language of last resort"));
        };
        let mut model_tells = ModelTells::parse(&embedded::MODEL_TELLS)?;
        for (language, files) in &sources.languages {
            for file in files.iter().filter(|file| is_model_file(file.name)) {
                model_tells.add_language(*language, file)?;
            }
        }
        let english = Pack::parse(FALLBACK, &texts(english), None)?;
        let mut packs = BTreeMap::new();
        for (language, files) in sources.languages.iter().filter(|(language, _)| **language != FALLBACK) {
            let pack =
                Pack::parse(*language, &texts(files), Some(&english)).map_err(|error| match error.file.as_str() {
                    // What the shared files call must be in the pack: that is where the mistake is.
                    file if embedded::SHARED.iter().any(|shared| shared.name == file) => {
                        ContentError::whole(language.as_str(), alloc::format!("{}, which {file} needs", error.reason))
                    }
                    _ => error,
                });
            packs.insert(*language, pack?);
        }
        packs.insert(FALLBACK, english);
        let mut stories: BTreeMap<Language, Stories> = BTreeMap::new();
        for (language, file) in &sources.stories {
            stories.entry(*language).or_default().add(file.clone())?;
        }
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
            subject_marks: packs.values().flat_map(Pack::subject_marks).collect(),
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
        // `parse` holds that the fallback is there.
        self.packs.get(&language).unwrap_or_else(|| &self.packs[&FALLBACK])
    }

    /// The packs, by language.
    pub fn packs(&self) -> impl Iterator<Item = (Language, &Pack)> {
        self.packs.iter().map(|(language, pack)| (*language, pack))
    }

    /// The languages that have a pack.
    pub fn languages(&self) -> Vec<Language> {
        self.packs.keys().copied().collect()
    }

    /// The storylines of a language; none where it has none.
    pub fn stories(&self, language: Language) -> Option<&Stories> {
        self.stories.get(&language)
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
        for (language, pack) in content.packs() {
            assert!(pack.borrowed().is_empty(), "{language}: {:?}", pack.borrowed());
        }
        assert!(content.system().jobs().len() >= 4);
    }
}
