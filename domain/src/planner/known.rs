//! What is known when a decision is made, and what has to be found out first.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::plan::Candidate;
use crate::content_class::{CanaryClass, FileClass};
use crate::decky::{ContainerRef, DeckyId};
use crate::facts::HostFacts;
use crate::index::{DeckyIndex, PersonaIndex};
use crate::llm::prompt::Prompt;
use crate::llm::text_kind::TextKind;
use crate::path::DeckyPath;
use crate::record::{FileId, SyntheticFile};

/// Something that has to be found out before a decision can be made.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What a host looks like; `persona` is who is about to act there.
    Host {
        /// The decky.
        decky: DeckyIndex,
        /// Who would act there.
        persona: PersonaIndex,
        /// The container to look at.
        container: ContainerRef,
    },
    /// The latest files of a decky.
    Recent(DeckyId),
    /// Whether a file of ours is at a path.
    Path(DeckyId, DeckyPath),
    /// What stands in a file of ours.
    Body {
        /// The decky.
        decky: DeckyIndex,
        /// Who is about to edit it.
        persona: PersonaIndex,
        /// The file.
        candidate: alloc::boxed::Box<Candidate>,
    },
    /// What a language model writes.
    Text(alloc::boxed::Box<TextRequest>),
}

/// A text that a language model is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRequest {
    /// The file it is for.
    pub file: FileRequest,
    /// What it is asked.
    pub prompt: Prompt,
    /// What kind of text.
    pub kind: TextKind,
    /// The date that is told to it, by the clock of whoever writes.
    pub today: jiff::civil::Date,
}

/// A new file whose text is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRequest {
    /// The decky.
    pub decky: DeckyId,
    /// The name of the persona.
    pub persona: String,
    /// Its class.
    pub class: FileClass,
    /// The number of the work item it is about.
    pub work_item: u32,
}

/// What a model wrote, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What it was written for: no other class takes it.
    pub class: FileClass,
    /// The number of its work item.
    pub work_item: u32,
    /// The text.
    pub text: String,
}

/// What is at a drawn path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathState {
    /// No file of ours.
    Free,
    /// A file of ours.
    Ours(alloc::boxed::Box<SyntheticFile>),
    /// Something that nobody of ours writes: another name is to be drawn.
    Taken,
}

/// What is known so far.
#[derive(Clone, Debug, Default)]
pub struct Known {
    hosts: BTreeMap<String, Option<Arc<HostFacts>>>,
    recent: BTreeMap<DeckyId, Vec<SyntheticFile>>,
    paths: BTreeMap<(DeckyId, String), PathState>,
    bodies: BTreeMap<FileId, Option<String>>,
    abandoned: BTreeSet<FileId>,
    text: TextState,
    refused: BTreeSet<CanaryClass>,
    /// Deckies whose logs have nothing new.
    quiet_logs: BTreeSet<DeckyId>,
    no_mail: bool,
}

/// What is known of a text that a model could write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TextState {
    /// Nobody has been asked.
    #[default]
    Unasked,
    /// A template has to do.
    Template,
    /// The model wrote this.
    Ready(Prepared),
}

/// What is known of a file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyState<'a> {
    /// Nobody has read it.
    Unread,
    /// It can't be gone on with.
    Closed,
    /// It says this.
    Text(&'a str),
}

/// What is known of a host.
#[derive(Clone, Copy, Debug)]
pub enum HostState<'a> {
    /// Nobody has looked yet.
    Unknown,
    /// It can't be acted on now.
    Away,
    /// It looks like this.
    Facts(&'a Arc<HostFacts>),
}

impl Known {
    /// Adds what a host looks like; `None` for one that can't be acted on.
    pub fn add_host(&mut self, container: &ContainerRef, facts: Option<Arc<HostFacts>>) {
        self.hosts.insert(container.name().into(), facts);
    }

    /// Adds the latest files of a decky.
    pub fn add_recent(&mut self, decky: DeckyId, files: Vec<SyntheticFile>) {
        self.recent.insert(decky, files);
    }

    /// Adds what is at a path.
    pub fn add_path(&mut self, decky: DeckyId, path: &DeckyPath, state: PathState) {
        self.paths.insert((decky, path.to_string()), state);
    }

    /// Adds what stands in a file; `None` for one that can't be gone on with.
    pub fn add_body(&mut self, file: FileId, body: Option<String>) {
        self.bodies.insert(file, body);
    }

    /// Adds a file that isn't ours any more: it is never written again.
    pub fn add_abandoned(&mut self, file: FileId) {
        self.abandoned.insert(file);
    }

    /// Adds what a model wrote; `None` where a template has to do.
    pub fn add_text(&mut self, text: Option<Prepared>) {
        self.text = text.map_or(TextState::Template, TextState::Ready);
    }

    /// Adds a class of canary that can't be made this time.
    pub fn add_refused(&mut self, class: CanaryClass) {
        self.refused.insert(class);
    }

    /// Adds that a decky's logs have nothing new.
    pub fn add_quiet_logs(&mut self, decky: &DeckyId) {
        self.quiet_logs.insert(decky.clone());
    }

    /// Adds that nobody has a mail to write.
    pub fn add_no_mail(&mut self) {
        self.no_mail = true;
    }

    pub(super) fn has_quiet_logs(&self, decky: &DeckyId) -> bool {
        self.quiet_logs.contains(decky)
    }

    pub(super) fn has_no_mail(&self) -> bool {
        self.no_mail
    }

    pub(super) fn host(&self, container: &ContainerRef) -> HostState<'_> {
        match self.hosts.get(container.name()) {
            None => HostState::Unknown,
            Some(None) => HostState::Away,
            Some(Some(facts)) => HostState::Facts(facts),
        }
    }

    pub(super) fn recent(&self, decky: &DeckyId) -> Option<&[SyntheticFile]> {
        self.recent.get(decky).map(Vec::as_slice)
    }

    pub(super) fn path(&self, decky: &DeckyId, path: &DeckyPath) -> Option<&PathState> {
        self.paths.get(&(decky.clone(), path.to_string()))
    }

    pub(super) fn body(&self, file: FileId) -> BodyState<'_> {
        match self.bodies.get(&file) {
            None => BodyState::Unread,
            Some(None) => BodyState::Closed,
            Some(Some(text)) => BodyState::Text(text),
        }
    }

    pub(super) fn is_abandoned(&self, file: FileId) -> bool {
        self.abandoned.contains(&file)
    }

    pub(super) fn text(&self) -> &TextState {
        &self.text
    }

    pub(super) fn is_refused(&self, class: CanaryClass) -> bool {
        self.refused.contains(&class)
    }
}
