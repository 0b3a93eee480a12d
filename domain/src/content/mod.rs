//! Content packs: texts as data, in a small grammar, one pack per language.
//!
//! `FORMAT.md` beside the packs (`domain/content/`) tells how to write one.

mod expand;
mod parse;
mod syslog;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

pub use expand::{Draw, Rule};
pub use parse::{ContentError, SourceFile};
pub use syslog::{CronJob, SystemPack, Timer};

use crate::persona::Language;
use parse::Grammar;

macro_rules! file {
    ($name:literal) => {
        SourceFile { name: $name, text: include_str!(concat!("../../content/", $name)) }
    };
}

/// The texts of one language.
#[derive(Debug)]
pub struct Pack {
    grammar: Grammar,
    rules: Rules,
}

/// The rules every pack must have, found once at load.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the rule of that name with '_' for '.'")]
pub struct Rules {
    pub name_note: Rule,
    pub name_todo: Rule,
    pub name_draft: Rule,
    pub name_script: Rule,
    pub body_note: Rule,
    pub body_todo: Rule,
    pub body_draft: Rule,
    pub body_script_sh: Rule,
    pub body_script_py: Rule,
    pub append_note: Rule,
    pub append_draft: Rule,
    pub append_script: Rule,
    pub todo_item: Rule,
}

impl Pack {
    /// Reads a pack from its files; their order does not matter.
    ///
    /// # Errors
    /// With file and line: a line outside a section, an unknown rule or slot, a rule that can't
    /// end, a required rule that is missing.
    pub fn parse(files: &[SourceFile<'_>]) -> Result<Self, ContentError> {
        let grammar = Grammar::parse(files)?;
        let find = |name| grammar.require(name);
        let rules = Rules {
            name_note: find("name.note")?,
            name_todo: find("name.todo")?,
            name_draft: find("name.draft")?,
            name_script: find("name.script")?,
            body_note: find("body.note")?,
            body_todo: find("body.todo")?,
            body_draft: find("body.draft")?,
            body_script_sh: find("body.script.sh")?,
            body_script_py: find("body.script.py")?,
            append_note: find("append.note")?,
            append_draft: find("append.draft")?,
            append_script: find("append.script")?,
            todo_item: find("todo.item")?,
        };
        Ok(Self { grammar, rules })
    }

    /// The rules that paths and bodies start from.
    pub fn rules(&self) -> Rules {
        self.rules
    }
}

/// Every pack there is, and what the system's own logs say.
#[derive(Debug)]
pub struct Content {
    packs: BTreeMap<Language, Pack>,
    fallback: Language,
    system: SystemPack,
}

impl Content {
    /// Puts packs together.
    ///
    /// # Errors
    /// When there is no English pack to fall back to.
    pub fn new(packs: BTreeMap<Language, Pack>, system: SystemPack) -> Result<Self, ContentError> {
        if packs.contains_key(&Language::EN) {
            Ok(Self { packs, fallback: Language::EN, system })
        } else {
            Err(ContentError::whole("content", "has no pack for en, the language of last resort"))
        }
    }

    /// The packs built into the program.
    ///
    /// # Errors
    /// Only if a pack in the source tree is broken; a test holds that none is.
    pub fn embedded() -> Result<Self, ContentError> {
        let english = Pack::parse(&[
            file!("en/words.txt"),
            file!("en/names.txt"),
            file!("en/note.txt"),
            file!("en/todo.txt"),
            file!("en/draft.txt"),
            file!("en/script.txt"),
        ])?;
        let system = SystemPack::parse(&file!("system/debian12.txt"))?;
        Self::new(BTreeMap::from([(Language::EN, english)]), system)
    }

    /// The pack of a language, or the English one.
    pub fn pack(&self, language: Language) -> &Pack {
        // `new` holds that the fallback is there.
        self.packs.get(&language).unwrap_or_else(|| &self.packs[&self.fallback])
    }

    /// The languages that have a pack.
    pub fn languages(&self) -> Vec<Language> {
        self.packs.keys().copied().collect()
    }

    /// What the system's own logs say.
    pub fn system(&self) -> &SystemPack {
        &self.system
    }
}

/// Something an expansion appends to.
pub(crate) type Out = String;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_packs_load() {
        let content = Content::embedded().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(content.languages(), [Language::EN]);
        assert!(content.system().jobs().len() >= 4);
    }
}
