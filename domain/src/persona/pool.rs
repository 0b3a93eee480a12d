//! A pool file: a JSON list of personas.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use super::language::Language;
use super::login::{Logins, tell_apart};
use super::schema::{EntryError, Persona, kind};

/// A pool file, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonaFile {
    /// The entries that hold to the schema, in order.
    pub personas: Vec<Persona>,
    /// Those entries as they stood in the file, unknown keys and all, for rewriting it.
    pub accepted: Vec<Value>,
    /// Why the other entries were dropped: every fault of each.
    pub rejected: Vec<EntryError>,
    /// Faults that cost nothing, such as a window that fails open.
    pub notices: Vec<EntryError>,
}

/// The text is no pool at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonaFileError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// JSON, but not a list.
    #[error("the top level is {0}, not a list of personas")]
    NotAList(&'static str),
}

/// Reads a pool: a JSON list. Invalid entries are dropped and told of; the rest load.
pub fn parse_pool(text: &str, default_language: Language) -> Result<PersonaFile, PersonaFileError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        // What a topology without personas holds.
        return Ok(PersonaFile::default());
    }
    let entries = match serde_json::from_str(text) {
        Ok(Value::Array(entries)) => entries,
        Ok(other) => return Err(PersonaFileError::NotAList(kind(&other))),
        Err(error) => return Err(PersonaFileError::NotJson(error.to_string())),
    };
    let mut file = PersonaFile::default();
    for (index, entry) in entries.into_iter().enumerate() {
        match Persona::parse(index, &entry, default_language, &mut file.notices) {
            Ok(persona) => {
                file.personas.push(persona);
                file.accepted.push(entry);
            }
            Err(faults) => file.rejected.extend(faults),
        }
    }
    let names: Vec<String> = file.personas.iter().map(|persona| persona.person_name().spoken().to_owned()).collect();
    let mut logins: Vec<(&mut Logins, &str)> =
        file.personas.iter_mut().map(|persona| &mut persona.logins).zip(names.iter().map(String::as_str)).collect();
    tell_apart(&mut logins);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diurnal::ActiveHours;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn one_bad_entry_leaves_the_rest_and_unknown_keys_are_kept() {
        let text = json!([
            {"name": "Ann Lee", "email": "ann@corp.example.com", "role": "Engineer", "desk": 4},
            {"name": "Bob"},
            {"name": "Cy", "email": "cy@corp.example.com", "role": "Ops", "active_hours": "nine to five"},
        ])
        .to_string();
        let file = parse_pool(&text, Language::EN).unwrap();
        assert_eq!(file.personas.len(), 2);
        assert_eq!(file.accepted[0]["desk"], 4);
        assert_eq!(file.rejected.iter().map(|r| (r.index, r.field)).collect::<Vec<_>>(), [(1, "email"), (1, "role")]);
        assert_eq!((file.notices[0].index, file.notices[0].field), (2, "active_hours"));
        assert_eq!(file.personas[1].active_hours, ActiveHours::ALWAYS);
    }

    #[test]
    fn what_is_no_list_is_an_error_and_an_empty_text_no_personas() {
        assert!(matches!(parse_pool("{}", Language::EN), Err(PersonaFileError::NotAList("an object"))));
        assert!(matches!(parse_pool("[", Language::EN), Err(PersonaFileError::NotJson(_))));
        assert_eq!(parse_pool("", Language::EN).unwrap(), PersonaFile::default());
    }

    /// Any JSON value, of the keys of the schema and of others.
    fn values() -> impl Strategy<Value = Value> {
        let key = "name|email|role|tone|tone_custom|mannerisms|language|signature|active_hours|reply_latency|\
            uses_llms_heavily|timezone|country|working_days|first_name|last_name|login|[a-z]{1,3}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "a@b\\.example|formal|custom|09:00-17:00|en".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..14).prop_map(Value::from),
                proptest::collection::vec((key, inner), 0..14)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_text_makes_the_pool_parser_panic(text in "\\PC{0,200}") {
            drop(parse_pool(&text, Language::EN));
        }

        #[test]
        fn any_json_value_is_a_persona_or_is_refused(entries in proptest::collection::vec(values(), 0..6)) {
            let count = entries.len();
            let file = parse_pool(&Value::Array(entries).to_string(), Language::EN).unwrap();
            let refused: alloc::collections::BTreeSet<usize> = file.rejected.iter().map(|fault| fault.index).collect();
            prop_assert_eq!(file.personas.len() + refused.len(), count);
        }
    }
}
