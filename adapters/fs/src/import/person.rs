//! From an entry of whatever program to an entry of the pool.

use serde_json::{Map, Value};

use super::format::short;
use super::keys::{Field, Found, Keys, is_no_role};
use super::{hours, values, week, zones};

/// Something to say about a key of an entry.
pub(super) type Remark = (&'static str, String);

/// An entry as the pool has it.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) entry: Map<String, Value>,
    /// Keys of other programs that were read, and as what.
    pub(super) keys: Vec<(String, &'static str)>,
    /// How unusual values were read, and what was left out.
    pub(super) notes: Vec<Remark>,
    /// Keys whose values look like passwords.
    pub(super) secrets: Vec<String>,
}

/// A value of the pool, and what has to be said about it.
struct Taken {
    value: Value,
    note: Option<String>,
}

impl Taken {
    fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), note: None }
    }
}

/// Reads an entry.
///
/// # Errors
/// With every key that can't be read: a required one, or one of the pool's own whose value makes no sense. Values of
/// other programs' keys, and of those that the pool's schema leaves open, are only left out.
pub(super) fn read(object: &Map<String, Value>) -> Result<Read, Vec<Remark>> {
    let mut reader = Reader {
        keys: Keys::of(object),
        entry: object.clone(),
        read: Vec::new(),
        notes: Vec::new(),
        faults: Vec::new(),
        // Hours may name days and a zone, a language a country.
        aside: Vec::new(),
    };
    reader.email();
    reader.name();
    reader.required(Field::Role, |text| !is_no_role(text));
    reader.login();
    reader.optional(Field::ToneCustom, &|value| text_of(value, 128));
    reader.tone();
    reader.optional(Field::Mannerisms, &mannerisms);
    reader.language();
    reader.optional(Field::ActiveHours, &|value| {
        let text = "write HH:MM-HH:MM such as 09:00-17:00";
        hours::of_value(value).map(|h| Taken::plain(h.window)).ok_or_else(|| text.to_owned())
    });
    reader.beside_hours();
    reader.optional(Field::Country, &|value| {
        let code = values::line(value).and_then(|text| values::country(&text));
        code.map(Taken::plain).ok_or_else(|| "write a code of ISO 3166-1 such as DE".to_owned())
    });
    reader.optional(Field::Timezone, &|value| {
        let zone = values::line(value).and_then(|text| zones::find(&text));
        let zone = zone.map(|zone| Taken { value: zone.name.into(), note: zone.note.map(ToOwned::to_owned) });
        zone.ok_or_else(|| "write a name of the IANA database such as Europe/Berlin".to_owned())
    });
    reader.optional(Field::WorkingDays, &|value| {
        week::of_value(value).map(Taken::plain).ok_or_else(|| "write mon-fri, or tue,thu,sat".to_owned())
    });
    reader.aside();
    reader.optional(Field::Signature, &|value| {
        let text = values::block(value).ok_or_else(|| "write one text, with line breaks in it".to_owned())?;
        within(text, 512)
    });
    reader.optional(Field::ReplyLatency, &|value| word_of(value, &["fast", "normal", "slow"]));
    reader.optional(Field::ModelProse, &|value| {
        values::truth(value).map(Taken::plain).ok_or_else(|| "write true or false".to_owned())
    });
    let secrets = reader.keys.secrets().collect();
    if reader.faults.is_empty() {
        Ok(Read { entry: reader.entry, keys: reader.read, notes: reader.notes, secrets })
    } else {
        Err(reader.faults)
    }
}

struct Reader<'a> {
    keys: Keys<'a>,
    entry: Map<String, Value>,
    read: Vec<(String, &'static str)>,
    notes: Vec<Remark>,
    faults: Vec<Remark>,
    aside: Vec<(Field, String, &'static str)>,
}

impl<'a> Reader<'a> {
    /// The values that may be a field's, without those that say nothing.
    fn all(&self, field: Field) -> Vec<Found<'a>> {
        self.keys.all(field).into_iter().filter(|found| !values::is_blank(found.value)).collect()
    }

    /// Puts a value that was found into the entry, under the pool's key.
    fn take(&mut self, field: Field, found: Found<'_>, taken: Taken) {
        let key = field.key();
        if !found.is_top || found.top != key {
            self.read.push((found.written.clone(), key));
            if found.is_top {
                self.entry.remove(found.top);
            }
        }
        let is_changed = *found.value != taken.value;
        if is_changed || taken.note.is_some() {
            let mut text = String::new();
            if is_changed {
                text = format!("{} is read as {}", short(&found.value.to_string()), plainly(&taken.value));
            }
            if let Some(note) = taken.note {
                text = if text.is_empty() { note } else { format!("{text}: {note}") };
            }
            self.notes.push((key, text));
        }
        self.entry.insert(key.to_owned(), taken.value);
    }

    /// Tells of a value that can't be read: the entry's fault where the key is the pool's own.
    fn refuse(&mut self, field: Field, found: Found<'_>, what_to_do: &str) {
        // Keys that only this program reads; another may use them for something else.
        let is_open =
            [Field::FirstName, Field::LastName, Field::Login, Field::Country, Field::Timezone, Field::WorkingDays];
        let text = format!("{} can't be read; {what_to_do}", short(&found.value.to_string()));
        if found.is_ours && !is_open.contains(&field) {
            self.faults.push((field.key(), text));
        } else {
            self.notes.push((field.key(), format!("left out: {text}")));
            if found.is_ours {
                self.entry.remove(found.top);
            }
        }
    }

    /// Takes away a key of ours that says nothing.
    fn clear_blank(&mut self, field: Field) {
        if self.entry.get(field.key()).is_some_and(values::is_blank) {
            self.entry.remove(field.key());
        }
    }

    fn optional(&mut self, field: Field, read: &dyn Fn(&Value) -> Result<Taken, String>) {
        self.clear_blank(field);
        let Some(found) = self.all(field).into_iter().next() else { return };
        match read(found.value) {
            Ok(taken) => self.take(field, found, taken),
            Err(what_to_do) => self.refuse(field, found, &what_to_do),
        }
    }

    fn required(&mut self, field: Field, is_fit: impl Fn(&str) -> bool) {
        let found = self.all(field).into_iter().find_map(|f| {
            let text = values::line(f.value).filter(|text| !matches!(f.value, Value::Array(_)) && is_fit(text))?;
            Some((f, text))
        });
        match found {
            Some((found, text)) if text.chars().count() <= 128 => self.take(field, found, Taken::plain(text)),
            Some((_, text)) => {
                let count = text.chars().count();
                self.faults.push((field.key(), format!("has {count} characters, allowed are 1 to 128: shorten it")));
            }
            None => self.missing(field),
        }
    }

    fn missing(&mut self, field: Field) {
        let hint = match field {
            Field::Email => "add the key email with an address",
            Field::Role => "add the key role with a job such as Accountant",
            _ => "add the key name, or first_name and last_name",
        };
        let keys: Vec<&str> = self.entry.keys().map(String::as_str).take(12).collect();
        let keys =
            if keys.is_empty() { "it has no keys".to_owned() } else { format!("its keys are {}", keys.join(", ")) };
        self.faults.push((field.key(), format!("is missing; {hint} ({keys})")));
    }

    fn email(&mut self) {
        let all = self.all(Field::Email);
        let mut first_fault = None;
        for found in all {
            match values::email(found.value) {
                Ok((address, note)) => return self.take(Field::Email, found, Taken { value: address.into(), note }),
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                }
            }
        }
        match first_fault {
            Some(fault) => self.faults.push(("email", fault)),
            None => self.missing(Field::Email),
        }
    }

    fn name(&mut self) {
        for field in [Field::FirstName, Field::LastName] {
            self.optional(field, &|value| text_of(value, 128));
        }
        let is_name = |found: &Found<'_>| {
            let text = values::line(found.value).filter(|_| !found.value.is_array());
            text.is_some_and(|text| text.chars().any(char::is_alphabetic) && !text.contains('@'))
        };
        if self.all(Field::Name).iter().any(is_name) {
            return self.required(Field::Name, |text| !text.contains('@'));
        }
        let part = |field: Field| self.entry.get(field.key()).and_then(Value::as_str).unwrap_or_default();
        let whole = format!("{} {}", part(Field::FirstName), part(Field::LastName)).trim().to_owned();
        if whole.is_empty() {
            return self.missing(Field::Name);
        }
        if whole.chars().count() > 128 {
            return self.faults.push(("name", "has more than 128 characters: shorten it".to_owned()));
        }
        self.entry.insert("name".to_owned(), whole.into());
    }

    fn login(&mut self) {
        self.clear_blank(Field::Login);
        let address = self.entry.get("email").and_then(Value::as_str).map(str::to_lowercase).unwrap_or_default();
        for found in self.all(Field::Login) {
            // A principal name that is the address says nothing about accounts.
            if values::line(found.value).is_some_and(|text| text.to_lowercase() == address) {
                continue;
            }
            match values::login(found.value) {
                Some(login) => return self.take(Field::Login, found, Taken::plain(login)),
                None if found.is_ours && !found.value.is_object() => {
                    self.refuse(Field::Login, found, "write an account name of letters, digits, . _ -, at most 32");
                }
                None => {}
            }
        }
        // Another program's object of that name is no account name.
        if self.entry.get("login").is_some_and(Value::is_object) {
            self.entry.remove("login");
        }
    }

    fn tone(&mut self) {
        self.clear_blank(Field::Tone);
        let Some(found) = self.all(Field::Tone).into_iter().next() else { return };
        let words = ["formal", "direct", "casual", "technical"];
        let Some(text) = found.value.as_str().and_then(|_| values::line(found.value)) else {
            return self.refuse(Field::Tone, found, &format!("write one of {}, custom", words.join(", ")));
        };
        let lower = text.to_lowercase();
        if words.contains(&lower.as_str()) {
            return self.take(Field::Tone, found, Taken::plain(lower));
        }
        if lower != "custom" {
            // The person's own words: what a custom tone is for.
            if text.chars().count() > 128 {
                return self.refuse(Field::Tone, found, "a tone of one's own has at most 128 characters");
            }
            self.entry.entry("tone_custom").or_insert_with(|| text.clone().into());
        }
        if !self.entry.contains_key("tone_custom") {
            return self.faults.push(("tone_custom", "is missing; a custom tone is told there".to_owned()));
        }
        let note = (lower != "custom").then(|| "no tone of the schema; taken as tone_custom".to_owned());
        self.take(Field::Tone, found, Taken { value: "custom".into(), note });
    }

    fn language(&mut self) {
        self.clear_blank(Field::Language);
        let Some(found) = self.all(Field::Language).into_iter().next() else { return };
        match values::line(found.value).and_then(|text| values::language(&text)) {
            Some(locale) => {
                if let Some(country) = locale.country {
                    self.aside.push((Field::Country, country, "language"));
                }
                self.take(Field::Language, found, Taken::plain(locale.language));
            }
            None => self.refuse(Field::Language, found, "write a code of ISO 639-1 such as en"),
        }
    }

    /// What stands beside the hours.
    fn beside_hours(&mut self) {
        let Some(hours) = self.all(Field::ActiveHours).first().and_then(|found| hours::of_value(found.value)) else {
            return;
        };
        self.notes.extend(hours.notes.into_iter().map(|note| ("active_hours", note)));
        self.aside.extend(hours.days.map(|days| (Field::WorkingDays, days, "active_hours")));
        self.aside.extend(hours.zone.map(|zone| (Field::Timezone, zone, "active_hours")));
    }

    /// Takes what other values say by the way, where no key of its own says it.
    fn aside(&mut self) {
        for (field, value, from) in std::mem::take(&mut self.aside) {
            let key = field.key();
            match self.entry.get(key).and_then(Value::as_str) {
                Some(own) if own == value => {}
                Some(own) => {
                    let note = format!("{from} says {value}, {key} says {own}; the latter is taken");
                    self.notes.push((key, note));
                }
                None => {
                    self.notes.push((key, format!("{value}, as {from} says")));
                    self.entry.insert(key.to_owned(), value.into());
                }
            }
        }
    }
}

fn plainly(value: &Value) -> String {
    value.as_str().map_or_else(|| short(&value.to_string()), |text| short(&format!("{text:?}")))
}

fn within(text: String, most: usize) -> Result<Taken, String> {
    let count = text.chars().count();
    if count <= most { Ok(Taken::plain(text)) } else { Err(format!("it has {count} characters, allowed are {most}")) }
}

fn text_of(value: &Value, most: usize) -> Result<Taken, String> {
    let text = values::line(value).filter(|_| !value.is_array()).ok_or_else(|| "write a text".to_owned())?;
    within(text, most)
}

fn word_of(value: &Value, words: &[&str]) -> Result<Taken, String> {
    let text = value.as_str().map(|text| text.trim().to_lowercase()).filter(|text| words.contains(&text.as_str()));
    text.map(Taken::plain).ok_or_else(|| format!("write one of {}", words.join(", ")))
}

fn mannerisms(value: &Value) -> Result<Taken, String> {
    const MOST: usize = 12;
    let mut list = values::texts(value).ok_or_else(|| "write a list of texts".to_owned())?;
    let note = (list.len() > MOST).then(|| format!("has {} items; the first {MOST} are taken", list.len()));
    list.truncate(MOST);
    Ok(Taken { value: list.into(), note })
}
