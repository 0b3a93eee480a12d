//! What a pack is, once it is read.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::slot::Slot;
use crate::content::source::ContentError;
use crate::role::RoleFamily;
use crate::world::work_item::Phase;

/// A rule of a pack, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule(u16);

impl Rule {
    pub(super) fn new(number: u16) -> Self {
        Self(number)
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Rules by number; a rule is a weighted choice of node lists.
#[derive(Debug)]
pub(in crate::content) struct Grammar {
    pub(super) rules: Vec<Vec<Alternative>>,
    pub(super) names: BTreeMap<String, Rule>,
    /// A number for each rule that follows from its name alone: what is drawn by it survives other
    /// rules that come and go.
    pub(super) keys: Vec<u64>,
    /// What errors about the pack as a whole call it.
    pub(super) whole: String,
}

#[derive(Debug)]
pub(in crate::content) struct Alternative {
    /// Sum of the weights up to and including this one.
    pub(in crate::content) cumulative: u32,
    pub(in crate::content) nodes: Box<[Node]>,
}

#[derive(Debug)]
pub(in crate::content) enum Node {
    Text(Box<str>),
    Call {
        target: Target,
        times: Times,
        form: Form,
    },
    /// `{name.%kind}`: the rule called `name.` and what `[kind]` remembers.
    Switch {
        kind: Rule,
        targets: Box<[(Box<str>, Rule)]>,
    },
    Slot {
        slot: Slot,
        form: Form,
    },
}

/// What a call calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::content) enum Target {
    /// `{rule}`
    Rule(Rule),
    /// `{name.%@role}`: the rule called `name.` and what the facet is; one for each of its values.
    Facet(Facet, Box<[Rule]>),
}

/// Something about the writing that has a few values, each with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::content) enum Facet {
    /// The family of the writer's role.
    Role,
    /// The family of work that the matter belongs to.
    WorkItem,
    /// How far the matter's project has come.
    Phase,
}

impl Facet {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "role" => Self::Role,
            "matter" => Self::WorkItem,
            "phase" => Self::Phase,
            _ => return None,
        })
    }

    pub(super) fn values(self) -> Vec<&'static str> {
        match self {
            Self::Role | Self::WorkItem => RoleFamily::ALL.map(RoleFamily::as_str).to_vec(),
            Self::Phase => Phase::ALL.map(Phase::as_str).to_vec(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::content) enum Times {
    /// `{rule}`
    Once,
    /// `{rule?40}`: in 40 of 100 cases.
    Chance(u8),
    /// `{rule*2-5}`
    Repeat(u8, u8),
    /// `{=rule}`: drawn once an artifact, then remembered.
    Remembered,
    /// `{!rule}`: drawn again where somebody has written just that before.
    Novel,
    /// `{+6 rule}`: one of six, drawn as they are needed and kept for the artifact: it has a thread.
    OneOf(u8),
    /// `{~rule}`: the same whenever anybody writes of this matter.
    OfWorkItem,
    /// `{^rule}`: the same in the whole company.
    OfCompany,
    /// `{&rule}`: the same whenever this person writes.
    OfPerson,
}

/// How a drawn text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::content) enum Form {
    Plain,
    /// `|slug`: lower case, words joined by hyphens.
    Slug,
    /// `|snake`: lower case, words joined by underscores.
    Snake,
    /// `|dash`: case kept, words joined by hyphens.
    Dash,
    /// `|cap`: first letter in upper case.
    Cap,
    /// `|up`: all in upper case.
    Up,
    /// `|name`: words joined as this person names files.
    Name,
}

/// The words behind `|`.
pub(super) const FORMS: [(&str, Form); 6] = [
    ("slug", Form::Slug),
    ("snake", Form::Snake),
    ("dash", Form::Dash),
    ("cap", Form::Cap),
    ("up", Form::Up),
    ("name", Form::Name),
];

impl Grammar {
    /// The rule of this name.
    pub(in crate::content) fn find(&self, name: &str) -> Option<Rule> {
        self.names.get(name).copied()
    }

    /// The rule of this name, which must be there.
    pub(in crate::content) fn require(&self, name: &str) -> Result<Rule, ContentError> {
        self.find(name).ok_or_else(|| self.fault(alloc::format!("the rule [{name}] is missing")))
    }

    /// A fault of the pack as a whole.
    pub(in crate::content) fn fault(&self, reason: impl Into<String>) -> ContentError {
        ContentError::whole(&self.whole, reason)
    }

    /// What a rule chooses from; nothing for a rule of another pack.
    pub(in crate::content) fn alternatives(&self, rule: Rule) -> &[Alternative] {
        self.rules.get(rule.index()).map_or(&[], Vec::as_slice)
    }

    /// The number that stands for a rule, in every version of the pack.
    pub(in crate::content) fn key(&self, rule: Rule) -> u64 {
        self.keys.get(rule.index()).copied().unwrap_or(0)
    }

    /// Every word in lower case that stands in some text.
    pub(in crate::content) fn words(&self) -> BTreeSet<String> {
        let nodes = self.rules.iter().flatten().flat_map(|a| a.nodes.iter());
        let texts = nodes.filter_map(|node| if let Node::Text(text) = node { Some(&**text) } else { None });
        let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphabetic()));
        words.filter(|w| w.len() > 2 && w.bytes().all(|b| b.is_ascii_lowercase())).map(str::to_owned).collect()
    }

    /// The lines of a rule that is a list of plain texts, trimmed; none where there is no such rule.
    ///
    /// # Errors
    /// For an alternative that calls a rule or holds a slot.
    pub(in crate::content) fn plain_lines(&self, name: &str) -> Result<Vec<&str>, ContentError> {
        let alternatives = self.find(name).map_or(&[][..], |rule| self.alternatives(rule));
        let mut lines = Vec::with_capacity(alternatives.len());
        for alternative in alternatives {
            let [Node::Text(text)] = &*alternative.nodes else {
                return Err(self.fault(alloc::format!("[{name}] is a list of plain lines, without {{calls}}")));
            };
            lines.push(text.trim());
        }
        Ok(lines)
    }
}
