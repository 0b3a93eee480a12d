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
    /// Built-in languages that nobody has added anything to: their packs.
    pub(super) built_in: BTreeMap<Language, &'static [SourceFile<'static>]>,
    /// Built-in storylines that nobody has added anything to.
    pub(super) built_in_stories: BTreeMap<Language, &'static [SourceFile<'static>]>,
}

impl<'a> Sources<'a> {
    /// What is built into the program.
    pub fn embedded() -> Sources<'static> {
        let of = |table: &'static [(&str, &'static [SourceFile<'static>])]| {
            table.iter().filter_map(|(code, files)| Some((Language::parse(code)?, *files))).collect()
        };
        Sources {
            languages: BTreeMap::new(),
            world: embedded::WORLD.to_vec(),
            stories: Vec::new(),
            built_in: of(embedded::PACKS),
            built_in_stories: of(embedded::STORIES),
        }
    }

    /// Adds an operator's files: to a language that is there, or as a new one.
    pub fn add(&mut self, more: Sources<'a>) {
        for (language, files) in more.languages {
            // Scripts speak no language but for their comments: a new pack gets the built-in ones.
            let built_in = self.built_in.remove(&language).unwrap_or_default();
            let pack = self.languages.entry(language).or_insert_with(|| with_shared(built_in));
            pack.extend(files);
        }
        self.world.extend(more.world);
        for (language, file) in more.stories {
            let built_in = self.built_in_stories.remove(&language).unwrap_or_default();
            self.stories.extend(built_in.iter().map(|file| (language, StoryFile::embedded(file))));
            self.stories.push((language, file));
        }
    }
}

/// A language's files, and those that all languages share.
pub(super) fn with_shared<'a>(files: &[SourceFile<'a>]) -> Vec<SourceFile<'a>> {
    embedded::SHARED.iter().chain(files).copied().collect()
}
