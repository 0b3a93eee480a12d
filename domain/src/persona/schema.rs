//! One entry of the pool file.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::language::Language;
use super::login::Logins;
use super::name::PersonName;
use crate::diurnal::ActiveHours;
use crate::work_week::WorkWeek;

/// A person who lives on deckies. Made only by [`Persona::parse`], so every field holds to the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// As it stands in the pool, 1–128 characters. What texts call the person is in [`Persona::person_name`].
    pub name: String,
    /// `user@host.tld`, 3–255 characters.
    pub email: String,
    /// 1–128 characters.
    pub role: String,
    /// How they write.
    pub tone: Tone,
    /// At most twelve stylistic habits, none of them blank or there twice.
    pub mannerisms: Vec<String>,
    /// What they write in.
    pub language: Language,
    /// Verbatim block below a mail, at most 512 characters.
    pub signature: Option<String>,
    /// When they are at work, in local time.
    pub active_hours: ActiveHours,
    /// How soon they answer mail.
    pub reply_latency: ReplyLatency,
    /// Whether their prose may look like a language model's (em-dashes and all).
    pub model_prose: ModelProse,
    /// The time zone their hours are in (`timezone`, a name of the IANA database); the host's where there is none.
    pub zone_name: Option<String>,
    /// That zone, once somebody who has the database has looked it up.
    pub zone: Option<TimeZone>,
    /// ISO 3166-1 code of where they are at home (`country`), for holidays.
    pub country: Option<String>,
    /// The days they work on (`working_days`).
    pub week: WorkWeek,
    split: PersonName,
    pub(super) logins: Logins,
}

/// How a persona writes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the schema")]
pub enum Tone {
    Formal,
    Direct,
    Casual,
    Technical,
    /// Described in the persona's own words, at most 128 characters.
    Custom(String),
}

/// How soon a persona answers mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the schema")]
pub enum ReplyLatency {
    Fast,
    Normal,
    Slow,
}

/// What `uses_llms_heavily` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelProse {
    /// Em-dashes and the like are taken out (the default).
    Suppressed,
    /// The persona is the kind of person whose prose really looks like that.
    Welcome,
}

/// One thing wrong with one entry of a pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {field}: {reason}")]
pub struct EntryError {
    /// Position in the list, from 0.
    pub index: usize,
    /// The field's key; `entry` when the entry is no object.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl Persona {
    /// Reads one entry; all of its faults come back, not just the first.
    pub fn parse(
        index: usize,
        entry: &Value,
        default_language: Language,
        notices: &mut Vec<EntryError>,
    ) -> Result<Self, Vec<EntryError>> {
        let Some(object) = entry.as_object() else {
            let reason = format!("is {}, not an object", kind(entry));
            return Err(alloc::vec![EntryError { index, field: "entry", reason }]);
        };
        let mut read = Fields { index, object, faults: Vec::new() };
        let name = read.text("name", 1, 128).unwrap_or_default();
        let email = read.email();
        let role = read.text("role", 1, 128).unwrap_or_default();
        let tone = read.tone();
        let mannerisms = read.mannerisms();
        let language = read.language(default_language);
        let signature = read.optional("signature", 512).filter(|s| !s.is_empty());
        let reply_latency = read.one_of(
            "reply_latency",
            &[("fast", ReplyLatency::Fast), ("normal", ReplyLatency::Normal), ("slow", ReplyLatency::Slow)],
            ReplyLatency::Normal,
        );
        let model_prose = read.model_prose();
        let active_hours = read.active_hours(notices);
        let zone_name = read.extra("timezone", notices);
        let country = read.extra("country", notices);
        let week = read.week(notices);
        let first_name = read.extra("first_name", notices);
        let last_name = read.extra("last_name", notices);
        let login = read.login(notices);
        if read.faults.is_empty() {
            let split = PersonName::parse(&name, language).with(first_name.as_deref(), last_name.as_deref());
            let logins = Logins::of(&name, &split, &email, login);
            Ok(Self {
                name,
                email,
                role,
                tone,
                mannerisms,
                language,
                signature,
                active_hours,
                reply_latency,
                model_prose,
                zone_name,
                zone: None,
                country,
                week,
                split,
                logins,
            })
        } else {
            Err(read.faults)
        }
    }

    /// What the person's account is called where one is made: the key `login`, else the name in lower case without
    /// spaces, in plain letters; else the address's first part, else `user`. No two people of a pool have the same.
    pub fn login(&self) -> &str {
        &self.logins.own
    }

    /// Further names that an account of the person may have, likeliest first: the address's first part and the usual
    /// forms of the name. None of them is another's of the same pool.
    pub fn usual_logins(&self) -> impl Iterator<Item = &str> {
        self.logins.usual()
    }

    /// Whether an account whose comment field has the person's full name is theirs: not for whoever comes after a
    /// person of the same name.
    pub fn is_found_by_full_name(&self) -> bool {
        self.logins.is_only_of_name
    }

    /// The name in its parts.
    pub fn person_name(&self) -> &PersonName {
        &self.split
    }

    /// What the person signs with.
    pub fn first_name(&self) -> &str {
        self.split.first_name()
    }

    /// What others call the person.
    pub fn called(&self) -> &str {
        self.split.called()
    }

    /// The moment as this person's watch shows it: in their zone, else in that of `now`.
    pub fn local(&self, now: &Zoned) -> Zoned {
        self.zone.as_ref().map_or_else(|| now.clone(), |zone| now.with_time_zone(zone.clone()))
    }

    /// Whether they are at work, by their own watch.
    pub fn is_at_work(&self, now: &Zoned) -> bool {
        self.active_hours.contains(self.local(now).time())
    }
}

struct Fields<'a> {
    index: usize,
    object: &'a Map<String, Value>,
    faults: Vec<EntryError>,
}

impl Fields<'_> {
    fn fault(&mut self, field: &'static str, reason: impl Into<String>) {
        self.faults.push(EntryError { index: self.index, field, reason: reason.into() });
    }

    /// The value of a key; `null` counts as missing.
    fn get(&self, field: &str) -> Option<&Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &'static str, least: usize, most: usize) -> Option<String> {
        let Some(value) = self.get(field) else {
            self.fault(field, "is missing");
            return None;
        };
        let Some(text) = value.as_str() else {
            let reason = format!("is {}, not text", kind(value));
            self.fault(field, reason);
            return None;
        };
        let (text, length) = (text.to_owned(), text.chars().count());
        if length < least || length > most || (least > 0 && text.trim().is_empty()) {
            self.fault(field, format!("has {length} characters, allowed are {least} to {most}"));
            return None;
        }
        Some(text)
    }

    fn optional(&mut self, field: &'static str, most: usize) -> Option<String> {
        self.get(field)?;
        self.text(field, 0, most)
    }

    fn email(&mut self) -> String {
        let Some(email) = self.text("email", 3, 255) else { return String::new() };
        let shape = email.split_once('@').is_some_and(|(user, host)| {
            let labels_hold = host.split('.').count() >= 2
                && host.split('.').all(|label| {
                    !label.is_empty()
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                });
            !user.is_empty()
                && labels_hold
                && user.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()<>,;:\\\"[]@".contains(c))
        });
        if !shape {
            self.fault("email", format!("{email:?} is not of the form user@host.tld"));
        }
        email
    }

    fn one_of<T: Copy>(&mut self, field: &'static str, words: &[(&str, T)], default: T) -> T {
        let Some(value) = self.get(field) else { return default };
        let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        if let Some((_, meaning)) = found {
            return *meaning;
        }
        let allowed: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let reason = format!("{value} is none of {}", allowed.join(", "));
        self.fault(field, reason);
        default
    }

    fn tone(&mut self) -> Tone {
        #[derive(Clone, Copy)]
        enum Word {
            Formal,
            Direct,
            Casual,
            Technical,
            Custom,
        }
        let words = [
            ("formal", Word::Formal),
            ("direct", Word::Direct),
            ("casual", Word::Casual),
            ("technical", Word::Technical),
            ("custom", Word::Custom),
        ];
        match self.one_of("tone", &words, Word::Formal) {
            Word::Formal => Tone::Formal,
            Word::Direct => Tone::Direct,
            Word::Casual => Tone::Casual,
            Word::Technical => Tone::Technical,
            Word::Custom => Tone::Custom(self.text("tone_custom", 1, 128).unwrap_or_default()),
        }
    }

    fn mannerisms(&mut self) -> Vec<String> {
        let Some(value) = self.get("mannerisms") else { return Vec::new() };
        let list: Option<Vec<String>> =
            value.as_array().and_then(|list| list.iter().map(|v| v.as_str().map(ToOwned::to_owned)).collect());
        match list {
            Some(list) if list.len() <= 12 => {
                let mut distinct: Vec<String> = Vec::new();
                for one in list.iter().map(|one| one.trim()) {
                    if !one.is_empty() && !distinct.iter().any(|known| known == one) {
                        distinct.push(one.to_owned());
                    }
                }
                distinct
            }
            Some(list) => {
                self.fault("mannerisms", format!("has {} items, at most 12 are allowed", list.len()));
                Vec::new()
            }
            None => {
                self.fault("mannerisms", "is not a list of texts");
                Vec::new()
            }
        }
    }

    fn language(&mut self, default: Language) -> Language {
        let Some(value) = self.get("language") else { return default };
        let parsed = value.as_str().and_then(Language::parse);
        let reason = format!("{value} is not an ISO 639-1 code such as \"en\"");
        parsed.unwrap_or_else(|| {
            self.fault("language", reason);
            default
        })
    }

    fn model_prose(&mut self) -> ModelProse {
        match self.get("uses_llms_heavily") {
            Some(Value::Bool(true)) => ModelProse::Welcome,
            None | Some(Value::Bool(false)) => ModelProse::Suppressed,
            Some(_) => {
                self.fault("uses_llms_heavily", "is neither true nor false");
                ModelProse::Suppressed
            }
        }
    }

    /// A key of ours that the schema doesn't have: another program may use it for something else.
    fn extra(&self, field: &'static str, notices: &mut Vec<EntryError>) -> Option<String> {
        let value = self.get(field)?;
        let text = value.as_str().map(str::trim).filter(|t| (1..=128).contains(&t.len()));
        if text.is_none() {
            notices.push(EntryError { index: self.index, field, reason: format!("{value} is no name; passed over") });
        }
        text.map(str::to_owned)
    }

    fn login(&self, notices: &mut Vec<EntryError>) -> Option<String> {
        let login = self.extra("login", notices)?;
        let is_login = login.len() <= 32
            && login.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && login.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !is_login {
            let reason = format!("{login:?} is no account name (letters, digits, . _ -, at most 32); passed over");
            notices.push(EntryError { index: self.index, field: "login", reason });
        }
        is_login.then_some(login)
    }

    fn week(&self, notices: &mut Vec<EntryError>) -> WorkWeek {
        let Some(text) = self.extra("working_days", notices) else { return WorkWeek::OFFICE };
        text.parse().unwrap_or_else(|error: crate::work_week::WorkWeekError| {
            notices.push(EntryError { index: self.index, field: "working_days", reason: error.to_string() });
            WorkWeek::OFFICE
        })
    }

    fn active_hours(&mut self, notices: &mut Vec<EntryError>) -> ActiveHours {
        let Some(value) = self.get("active_hours") else { return ActiveHours::OFFICE };
        let parsed = value.as_str().and_then(|text| text.parse().ok());
        parsed.unwrap_or_else(|| {
            let reason = format!("{value} is not HH:MM-HH:MM; taken as the whole day");
            notices.push(EntryError { index: self.index, field: "active_hours", reason });
            ActiveHours::ALWAYS
        })
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(entry: Value) -> Result<Persona, Vec<EntryError>> {
        Persona::parse(3, &entry, Language::EN, &mut Vec::new())
    }

    fn ann(field: &str, value: Value) -> Value {
        let mut entry = json!({"name": "Ann Lee", "email": "ann@corp.example.com", "role": "Engineer"});
        entry[field] = value;
        entry
    }

    #[test]
    fn the_smallest_persona_gets_the_schema_defaults() {
        let persona = one(ann("mannerisms", json!([]))).unwrap();
        assert_eq!(persona.tone, Tone::Formal);
        assert_eq!(persona.active_hours, ActiveHours::OFFICE);
        assert_eq!(persona.reply_latency, ReplyLatency::Normal);
        assert_eq!(persona.model_prose, ModelProse::Suppressed);
        assert_eq!(persona.login(), "annlee");
    }

    #[test]
    fn every_fault_names_its_index_and_field() {
        let cases = [
            ("name", json!("")),
            ("name", json!("x".repeat(129))),
            ("name", json!(7)),
            ("email", json!("nobody")),
            ("email", json!("a b@c.de")),
            ("email", json!("a@localhost")),
            ("role", json!(null)),
            ("tone", json!("angry")),
            ("mannerisms", Value::Array(alloc::vec![json!("x"); 13])),
            ("mannerisms", json!("many")),
            ("language", json!("english")),
            ("signature", json!("s".repeat(513))),
            ("reply_latency", json!("never")),
            ("uses_llms_heavily", json!("yes")),
        ];
        for (field, value) in cases {
            let faults = one(ann(field, value.clone())).unwrap_err();
            assert_eq!((faults[0].index, faults[0].field), (3, field), "{value}");
        }
        let faults = one(ann("tone", json!("custom"))).unwrap_err();
        assert_eq!(faults[0].field, "tone_custom");
        assert_eq!(one(json!("Ann")).unwrap_err()[0].to_string(), "entry 3: entry: is text, not an object");
    }

    #[test]
    fn mannerisms_are_distinct_and_not_blank() {
        let persona = one(ann("mannerisms", json!(["x", "x", " ", "y", "x "]))).unwrap();
        assert_eq!(persona.mannerisms, ["x", "y"]);
        assert_eq!(one(ann("mannerisms", json!(["x", "x"]))).unwrap().mannerisms, ["x"]);
    }

    #[test]
    fn parts_of_the_name_and_the_login_may_be_given() {
        let persona = one(ann("first_name", json!("Annie"))).unwrap();
        assert_eq!((persona.first_name(), persona.person_name().family()), ("Annie", "Lee"));
        assert_eq!(one(ann("login", json!("n4711"))).unwrap().login(), "n4711");
        let mut notices = Vec::new();
        for bad in [json!("a b"), json!("../x"), json!(7)] {
            let persona = Persona::parse(0, &ann("login", bad), Language::EN, &mut notices).unwrap();
            assert_eq!(persona.login(), "annlee");
        }
        assert_eq!(notices.iter().map(|n| n.field).collect::<Vec<_>>(), ["login"; 3]);
    }
}
