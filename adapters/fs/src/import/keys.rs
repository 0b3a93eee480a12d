//! Which key of an entry is which of ours.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::lists::list;

const KEYS: &str = include_str!("../../content/keys.txt");

macro_rules! fields {
    ($($field:ident $key:literal)*) => {
        /// A key of a persona.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Field { $($field,)* }

        impl Field {
            pub(super) const ALL: &[Self] = &[$(Self::$field,)*];

            /// The key in the pool.
            pub(super) const fn key(self) -> &'static str {
                match self { $(Self::$field => $key,)* }
            }
        }
    };
}

fields! {
    Name "name"
    FirstName "first_name"
    LastName "last_name"
    Email "email"
    Role "role"
    Login "login"
    Tone "tone"
    ToneCustom "tone_custom"
    Mannerisms "mannerisms"
    Language "language"
    Country "country"
    Timezone "timezone"
    ActiveHours "active_hours"
    WorkingDays "working_days"
    Signature "signature"
    ReplyLatency "reply_latency"
    ModelProse "uses_llms_heavily"
}

/// Where a value stands in an entry.
struct Node<'a> {
    /// The keys that lead to it, in lower case and without punctuation; numbers of lists left out.
    path: Vec<String>,
    /// The key of the entry it stands in.
    top: &'a str,
    value: &'a Value,
}

impl Node<'_> {
    /// The keys that lead to it, for a message.
    fn written(&self) -> String {
        let inner = self.path.iter().skip(1).map(String::as_str);
        format!("{:?}", std::iter::once(self.top).chain(inner).collect::<Vec<_>>().join("."))
    }
}

/// A value that was found for a field.
pub(super) struct Found<'a> {
    pub(super) value: &'a Value,
    /// The key of the entry it stands in, as it is written there.
    pub(super) top: &'a str,
    /// Whether it is the value of that key, and not deeper.
    pub(super) is_top: bool,
    /// Whether the key is ours, but for case, spaces and punctuation.
    pub(super) is_ours: bool,
    /// The keys that lead to it, for a message.
    pub(super) written: String,
}

/// The keys of an entry.
pub(super) struct Keys<'a> {
    nodes: Vec<Node<'a>>,
    /// How many keys lead to the object that the address stands in.
    base: usize,
}

/// Entries have fewer values, and none so deep.
const MOST_NODES: usize = 400;
const DEPTH: usize = 6;

impl<'a> Keys<'a> {
    pub(super) fn of(object: &'a Map<String, Value>) -> Self {
        Self::within(object, true)
    }

    /// The keys without those in lists of objects: what an object says itself.
    pub(super) fn without_lists(object: &'a Map<String, Value>) -> Self {
        Self::within(object, false)
    }

    fn within(object: &'a Map<String, Value>, with_lists: bool) -> Self {
        let mut nodes = Vec::new();
        for (key, value) in object {
            walk(vec![bare(key)], key, value, with_lists, &mut nodes);
        }
        let mut keys = Self { nodes, base: 0 };
        // A program may keep the person in an object of its own.
        let is_text = |node: &&Node<'_>| node.value.is_string();
        let at = aliases(Field::Email)
            .iter()
            .find_map(|alias| keys.nodes.iter().filter(is_text).find(|n| keys.is(n, alias)));
        keys.base = at.map_or(0, |node| if is_inner(node) { node.path.len() - 1 } else { 0 });
        keys
    }

    /// Whether a key is one of those that say something about a person.
    pub(super) fn is_known(key: &str) -> bool {
        let key = bare(key);
        Field::ALL.iter().any(|field| aliases(*field).iter().any(|alias| alias.outer.is_none() && alias.name == key))
    }

    /// Whether a field has a text.
    pub(super) fn has(&self, field: Field) -> bool {
        self.all(field).iter().any(|found| found.value.is_string())
    }

    /// The values that may be a field's, the likeliest first.
    pub(super) fn all(&self, field: Field) -> Vec<Found<'a>> {
        let mut out: Vec<Found<'a>> = Vec::new();
        for alias in aliases(field) {
            for node in self.nodes.iter().filter(|node| self.is(node, alias)) {
                if !out.iter().any(|found| std::ptr::eq(found.value, node.value)) {
                    let is_top = node.path.len() == 1;
                    let is_ours = is_top && bare(node.top) == bare(field.key());
                    out.push(Found { value: node.value, top: node.top, is_top, is_ours, written: node.written() });
                }
            }
        }
        out
    }

    /// Keys whose values nobody else should read.
    pub(super) fn secrets(&self) -> impl Iterator<Item = String> {
        let is_secret = |node: &&Node<'a>| {
            let key = node.path.last().map_or("", String::as_str);
            !node.value.is_null() && ["password", "passwd", "pwd", "passwort", "secret", "apikey"].contains(&key)
        };
        self.nodes.iter().filter(is_secret).map(Node::written)
    }

    fn is(&self, node: &Node<'_>, alias: &Alias) -> bool {
        let [.., last] = &node.path[..] else { return false };
        *last == alias.name
            && (!alias.is_beside_address || node.path.len() == self.base + 1)
            && alias.outer.as_ref().is_none_or(|outer| node.path.len() > 1 && node.path[node.path.len() - 2] == *outer)
    }
}

/// Whether a value stands in an object that may be the person, and not in a list of things of theirs.
fn is_inner(node: &Node<'_>) -> bool {
    node.path.len() > 1 && !node.path.iter().any(|key| matches!(key.as_str(), "emails" | "emailaddresses"))
}

fn walk<'a>(path: Vec<String>, top: &'a str, value: &'a Value, with_lists: bool, nodes: &mut Vec<Node<'a>>) {
    if nodes.len() >= MOST_NODES || path.len() > DEPTH {
        return;
    }
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let path = path.iter().cloned().chain([bare(key)]).collect();
                walk(path, top, value, with_lists, nodes);
            }
        }
        // Of a list of things the first one counts.
        Value::Array(list) => {
            if let Some(first) = list.first().filter(|first| with_lists && first.is_object()) {
                walk(path.clone(), top, first, with_lists, nodes);
            }
        }
        _ => {}
    }
    nodes.push(Node { path, top, value });
}

/// Letters and digits in lower case.
fn bare(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).take(64).flat_map(char::to_lowercase).collect()
}

/// What a program calls a field.
struct Alias {
    /// The key it stands in, where that matters.
    outer: Option<String>,
    name: String,
    /// Whether it counts only in the object that has the address.
    is_beside_address: bool,
}

fn aliases(field: Field) -> &'static [Alias] {
    /// In the order of [`Field::ALL`], each in the order of the file.
    static ALIASES: LazyLock<Vec<Vec<Alias>>> = LazyLock::new(|| {
        let alias = |line: &'static str| {
            let (line, is_beside_address) = line.strip_prefix('.').map_or((line, false), |line| (line, true));
            let (outer, name) = line.split_once('.').map_or((None, line), |(outer, name)| (Some(bare(outer)), name));
            Alias { outer, name: bare(name), is_beside_address }
        };
        Field::ALL.iter().map(|field| list(KEYS, field.key()).map(alias).collect()).collect()
    });
    ALIASES.get(field as usize).map_or(&[], Vec::as_slice)
}

/// Whether a value of a title is a form of address, and no job.
pub(super) fn is_no_role(text: &str) -> bool {
    let text = bare(text);
    list(KEYS, "no role").any(|word| word == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(entry: &Value, field: Field) -> Option<String> {
        let keys = Keys::of(entry.as_object().unwrap());
        keys.all(field).into_iter().find_map(|found| found.value.as_str().map(str::to_owned))
    }

    #[test]
    fn every_field_has_keys() {
        for field in Field::ALL {
            assert!(!aliases(*field).is_empty(), "{field:?}");
            assert!(Keys::is_known(field.key()), "{field:?}");
        }
    }

    #[test]
    fn keys_of_other_programs_are_known() {
        for entry in [
            json!({"Name": "Ann Lee", "Email": "a@b.example", "Job Title": "Ops", "SamAccountName": "alee"}),
            json!({"displayName": "Ann Lee", "mail": "a@b.example", "jobTitle": "Ops", "onPremisesSamAccountName": "x", "username": "alee"}),
            json!({"name": {"formatted": "Ann Lee"}, "emails": [{"value": "a@b.example"}], "title": "Ops", "userName": "alee"}),
            json!({"profile": {"name": {"full": "Ann Lee"}, "email": "a@b.example", "jobs": [{"jobTitle": "Ops"}],
                "desk": {"name": "pc-7", "username": "alee"}}, "team": "x"}),
        ] {
            let all = [Field::Name, Field::Email, Field::Role, Field::Login].map(|field| found(&entry, field));
            assert_eq!(all.map(Option::unwrap_or_default), ["Ann Lee", "a@b.example", "Ops", "alee"], "{entry}");
        }
    }

    #[test]
    fn a_name_of_something_else_is_nobodys() {
        let entry = json!({"profile": {"email": "a@b.example", "desk": {"name": "pc-7", "title": "x"}}});
        assert_eq!((found(&entry, Field::Name), found(&entry, Field::Role)), (None, None));
    }
}
