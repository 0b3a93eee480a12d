//! One change to one file.

use alloc::string::String;

use crate::artifact::Artifact;
use crate::content_class::{EditableClass, TemplateClass};
use crate::decky::{ContainerRef, DeckyId};
use crate::fleet::Actor;
use crate::path::DeckyPath;
use crate::record::FileId;
use crate::story::Told;

/// Where a plan is carried out, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The decky.
    pub decky: DeckyId,
    /// Its name.
    pub decky_name: String,
    /// The container its files go to.
    pub container: ContainerRef,
    /// The name of the persona.
    pub persona: String,
}

impl Site {
    /// Where an actor is, and who it is.
    pub fn of(actor: Actor<'_>) -> Self {
        Self {
            decky: actor.decky.id.clone(),
            decky_name: actor.decky.name.as_str().into(),
            container: actor.container.clone(),
            persona: actor.persona.name.clone(),
        }
    }
}

/// One thing to do to one file. An edit can't be built without what stood there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A new file.
    Create(Create),
    /// The next iteration of a file.
    Edit(Edit),
}

/// A new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// Where and whose.
    pub site: Site,
    /// Its class.
    pub class: TemplateClass,
    /// The file.
    pub artifact: Artifact,
    /// What its text tells of, where that is a storyline.
    pub told: Option<Told>,
}

/// The next iteration of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where and whose.
    pub site: Site,
    /// Its class.
    pub class: EditableClass,
    /// The row of the file.
    pub file: FileId,
    /// What stood in it, read from the decky.
    pub previous: Previous,
    /// The file as it is to be.
    pub artifact: Artifact,
    /// What its text tells of, where that is a storyline.
    pub told: Option<Told>,
}

/// What stands in a file before an edit: read from the decky, never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The text.
    pub text: String,
    /// SHA-256 of it, 64 hexadecimal digits: only a file that still has it is replaced.
    pub hash: String,
}

/// A file that may be edited, as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The row.
    pub file: FileId,
    /// Its class.
    pub class: EditableClass,
    /// Where it lies.
    pub path: DeckyPath,
    /// Who wrote it.
    pub persona: String,
    /// When it was last modified; the edit is later.
    pub last_modified: jiff::Timestamp,
    /// SHA-256 of what was left there.
    pub hash: String,
}

impl Plan {
    /// Where and whose.
    pub fn site(&self) -> &Site {
        match self {
            Self::Create(create) => &create.site,
            Self::Edit(edit) => &edit.site,
        }
    }

    /// What its text tells of, where that is a storyline.
    pub fn told(&self) -> Option<&Told> {
        match self {
            Self::Create(create) => create.told.as_ref(),
            Self::Edit(edit) => edit.told.as_ref(),
        }
    }

    /// The file as it is to be.
    pub fn artifact(&self) -> &Artifact {
        match self {
            Self::Create(create) => &create.artifact,
            Self::Edit(edit) => &edit.artifact,
        }
    }
}
