//! Content files as they are read: by language, and what belongs to none.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::embedded;
use super::source::SourceFile;
use crate::persona::Language;
use crate::story::file::StoryFile;

/// The files that content is made of.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// The files of each language's pack.
    pub languages: BTreeMap<Language, Vec<SourceFile<'a>>>,
    /// Lists that belong to no language: names that worlds are made of, words in roles, holidays.
    pub world: Vec<SourceFile<'a>>,
    /// Storylines, by the language they are written in.
    pub stories: Vec<(Language, StoryFile)>,
}

impl<'a> Sources<'a> {
    /// What is built into the program.
    pub fn embedded() -> Sources<'static> {
        let packs = embedded::PACKS.iter().filter_map(|(code, files)| {
            let files = embedded::SHARED.iter().chain(*files).copied().collect();
            Some((Language::parse(code)?, files))
        });
        let stories = embedded::STORIES.iter().flat_map(|(code, files)| {
            let language = Language::parse(code);
            files.iter().filter_map(move |file| Some((language?, StoryFile::embedded(file))))
        });
        Sources { languages: packs.collect(), world: embedded::WORLD.to_vec(), stories: stories.collect() }
    }

    /// Adds an operator's files: to a language that is there, or as a new one.
    pub fn add(&mut self, more: Sources<'a>) {
        for (language, files) in more.languages {
            // Scripts speak no language but for their comments: a new pack gets the built-in ones.
            let pack = self.languages.entry(language).or_insert_with(|| embedded::SHARED.to_vec());
            pack.extend(files);
        }
        self.world.extend(more.world);
        self.stories.extend(more.stories);
    }
}
