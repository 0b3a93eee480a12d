//! Values of a persona's keys, as people and programs write them.

use serde_json::Value;

use super::format::short;
use super::lists::value_of;

const LANGUAGES: &str = include_str!("../../content/languages.txt");
const COUNTRIES: &str = include_str!("../../content/countries.txt");

/// Whether a value says nothing.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => matches!(text.trim().to_lowercase().as_str(), "" | "-" | "--" | "n/a" | "null" | "none"),
        Value::Array(list) => list.iter().all(is_blank),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text in one line, with single spaces; numbers are taken as text.
pub(super) fn line(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => line(list.iter().find(|one| !is_blank(one))?)?,
        _ => return None,
    };
    let spaced = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let text = spaced.collect::<Vec<_>>().join(" ");
    let text = text.trim_matches(['\u{200b}', '\u{feff}', ' ']).to_owned();
    (!text.is_empty()).then_some(text)
}

/// A list of texts, or one text with commas or semicolons in it.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !text.is_empty() && !out.contains(&text) {
            out.push(text);
        }
    };
    match value {
        Value::String(text) => {
            let mark = if text.contains(['\n', ';', '|']) { &['\n', ';', '|'][..] } else { &[','] };
            text.split(mark).for_each(|part| add(part.trim().to_owned()));
        }
        Value::Array(list) => {
            for one in list.iter().filter(|one| !is_blank(one)) {
                add(line(one)?);
            }
        }
        _ => return None,
    }
    Some(out)
}

/// A block of lines.
pub(super) fn block(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace("\r\n", "\n").replace("\\n", "\n").trim_end().to_owned()),
        Value::Array(list) => {
            let lines: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            Some(lines?.join("\n").trim_end().to_owned())
        }
        _ => None,
    }
}

/// Yes or no.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "on" | "ja" | "oui" | "sí" | "si" | "sim" => Some(true),
            "false" | "no" | "n" | "0" | "off" | "nein" | "non" | "não" | "nee" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// An address, and what has to be said about how it was read.
pub(super) fn email(value: &Value) -> Result<(String, Option<String>), String> {
    let all = match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect::<Vec<_>>(),
        Value::String(text) => vec![text.clone()],
        other => return Err(format!("{} is no address: write user@host.tld", short(&other.to_string()))),
    };
    let parted = |c: char| matches!(c, ',' | ';') || c.is_whitespace();
    let mut found: Vec<String> = Vec::new();
    for text in &all {
        // "Ann Lee <ann@corp.example>": what stands in the brackets.
        let inside =
            text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inside, _)| inside.to_owned());
        let text = inside.unwrap_or_else(|| text.clone());
        // Exchange writes the main one of several with "SMTP:" in capitals.
        let (main, other): (Vec<&str>, Vec<&str>) = text.split(parted).partition(|word| word.starts_with("SMTP:"));
        for word in main.into_iter().chain(other).filter(|word| word.contains('@')) {
            found.push(tidy_address(word));
        }
    }
    let Some(first) = found.first().cloned() else {
        let given = all.first().map_or("", String::as_str);
        return Err(format!("{:?} is no address: write user@host.tld", short(given)));
    };
    if !first.rsplit_once('@').is_some_and(|(_, host)| host.contains('.')) {
        return Err(format!("{first:?} has no domain with a dot: write user@host.tld"));
    }
    let others = found.iter().filter(|other| **other != first).count();
    let note = (others > 0).then(|| format!("of {} addresses the first is taken, {first}", others + 1));
    Ok((first, note))
}

fn tidy_address(word: &str) -> String {
    let mut word = word.trim_matches(['<', '>', '"', '\'', '(', ')', '[', ']', '.', '\u{200b}', '\u{feff}']);
    for scheme in ["mailto:", "smtp:"] {
        if word.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) {
            word = &word[scheme.len()..];
        }
    }
    let word = word.split('?').next().unwrap_or(word).trim_end_matches('.');
    let Some((local, host)) = word.rsplit_once('@') else { return word.to_owned() };
    // The local part may tell capitals apart (RFC 5321 §2.4); one that is all capitals was typed with the lock on.
    let is_loud = !local.chars().any(char::is_lowercase);
    format!("{}@{}", if is_loud { local.to_lowercase() } else { local.to_owned() }, host.to_lowercase())
}

/// A language, and the country that its region names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locale {
    pub(super) language: String,
    pub(super) country: Option<String>,
}

/// The language of a text: a code, a locale (`de_DE.UTF-8`, `pt-BR`), or a name (`German`, `Deutsch`, `English (US)`).
pub(super) fn language(text: &str) -> Option<Locale> {
    // Of several the first one counts.
    let first = text.split([',', ';', '/']).next().unwrap_or(text).trim();
    let first = first.split(['.', '@']).next().unwrap_or(first).trim();
    let of = |name: &str| value_of(LANGUAGES, name).map(ToOwned::to_owned);
    if let Some(language) = of(first) {
        return Some(Locale { language, country: None });
    }
    if let Some((name, region)) = first.split_once('(') {
        let country = country(region.trim_end_matches(')').trim());
        return of(name).map(|language| Locale { language, country });
    }
    let mut tags = first.split(['-', '_']);
    let primary = tags.next()?.to_lowercase();
    let is_code = primary.len() == 2 && super::lists::pairs(LANGUAGES).any(|(code, _)| code == primary);
    let language = if is_code { primary } else { of(&primary).filter(|_| (2..=3).contains(&primary.len()))? };
    let country = tags.find(|tag| tag.len() == 2).and_then(country);
    Some(Locale { language, country })
}

/// The ISO 3166-1 code of a country: of two or three letters, or by name.
pub(super) fn country(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.');
    if let Some(code) = value_of(COUNTRIES, text).or_else(|| value_of(COUNTRIES, &format!("{text}."))) {
        return Some(code.to_owned());
    }
    let upper = text.to_uppercase();
    super::lists::pairs(COUNTRIES).any(|(code, _)| code == upper).then_some(upper)
}

/// An account name of a directory: without its domain, in lower case.
pub(super) fn login(value: &Value) -> Option<String> {
    let text = line(value)?;
    let text = text.rsplit('\\').next().unwrap_or(&text);
    let text = text.split('@').next().unwrap_or(text).to_lowercase();
    let is_login = (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    is_login.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_are_read_as_programs_write_them() {
        for (value, expected) in [
            (json!("ann.reid@corp.example "), "ann.reid@corp.example"),
            (json!("mailto:ben@corp.example?subject=x"), "ben@corp.example"),
            (json!("Cara Lind <cara.lind@corp.example>"), "cara.lind@corp.example"),
            (json!("DAN.ORR@CORP.EXAMPLE"), "dan.orr@corp.example"),
            (json!("Dan.Orr@Corp.Example"), "Dan.Orr@corp.example"),
            (json!("finn+lab@corp.example"), "finn+lab@corp.example"),
            (json!("hal.o'toole@corp.example"), "hal.o'toole@corp.example"),
            (json!("kim@corp.example."), "kim@corp.example"),
            (json!("smtp:a@corp.example SMTP:main@corp.example"), "main@corp.example"),
            (json!(["a@corp.example"]), "a@corp.example"),
        ] {
            assert_eq!(email(&value).unwrap().0, expected, "{value}");
        }
        assert!(email(&json!("a@corp.example; b@corp.example")).unwrap().1.unwrap().contains("of 2 addresses"));
        for value in [json!("gil@localhost"), json!("nobody"), json!(7), json!([])] {
            assert!(email(&value).unwrap_err().contains("user@host.tld"), "{value}");
        }
    }

    #[test]
    fn languages_are_read_by_code_locale_and_name() {
        for (text, expected, region) in [
            ("pt-BR", "pt", Some("BR")),
            ("PT_br", "pt", Some("BR")),
            ("English", "en", None),
            ("EN", "en", None),
            ("eng", "en", None),
            ("de_DE.UTF-8", "de", Some("DE")),
            ("zh-Hans", "zh", None),
            ("zh-Hant-TW", "zh", Some("TW")),
            ("German", "de", None),
            ("Deutsch", "de", None),
            ("nb-NO", "nb", Some("NO")),
            ("en-GB", "en", Some("GB")),
            ("es-419", "es", None),
            ("iw", "he", None),
            ("English (United States)", "en", Some("US")),
            ("French, English", "fr", None),
        ] {
            let expected = Locale { language: expected.to_owned(), country: region.map(ToOwned::to_owned) };
            assert_eq!(language(text), Some(expected), "{text}");
        }
        for text in ["", "klingon", "xx", "e", "-"] {
            assert_eq!(language(text), None, "{text}");
        }
    }

    #[test]
    fn countries_are_read_by_code_and_name() {
        for (text, expected) in [
            ("Germany", "DE"),
            ("deutschland", "DE"),
            ("USA", "US"),
            ("U.S.", "US"),
            ("United States of America", "US"),
            ("uk", "GB"),
            ("DEU", "DE"),
            ("de", "DE"),
            ("España", "ES"),
        ] {
            assert_eq!(country(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(country("Atlantis"), None);
    }

    #[test]
    fn a_login_of_a_directory_loses_its_domain() {
        for (text, expected) in [("CORP\\TFell", "tfell"), ("tfell@corp.example", "tfell"), ("l.marsh", "l.marsh")] {
            assert_eq!(login(&json!(text)).as_deref(), Some(expected));
        }
        for text in ["4711", "a b", "", "../x"] {
            assert_eq!(login(&json!(text)), None, "{text}");
        }
    }
}
