//! Files of storylines.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::content::source::{ContentError, SourceFile};
use crate::role::RoleFamily;

/// A file of storylines. Its name ends with `stories-FAMILY.txt`, where the family is one of roles' or `common`.
#[derive(Clone, Debug)]
pub struct StoryFile {
    /// What errors call it.
    pub name: String,
    /// Its text.
    pub text: Cow<'static, str>,
}

impl StoryFile {
    /// One that is built into the program.
    pub(crate) fn embedded(file: &SourceFile<'static>) -> Self {
        Self { name: file.name.into(), text: Cow::Borrowed(file.text) }
    }

    /// Whether a file of this name holds storylines.
    pub fn is_one(name: &str) -> bool {
        let base = name.rsplit('/').next().unwrap_or(name);
        base.starts_with("stories-") && base.ends_with(".txt")
    }

    /// Whose storylines it holds: a family's, or everybody's.
    pub(super) fn family(&self) -> Result<Option<RoleFamily>, ContentError> {
        let base = self.name.rsplit('/').next().unwrap_or_default();
        let word = base.trim_start_matches("stories-").trim_end_matches(".txt");
        if word == "common" {
            return Ok(None);
        }
        RoleFamily::named(word).map(Some).ok_or_else(|| {
            let reason = alloc::format!("{word:?} is no family of roles: stories-sysadmin.txt, or stories-common.txt");
            ContentError::whole(&self.name, reason)
        })
    }
}
