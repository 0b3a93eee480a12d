//! Working days, as people write them.

use serde_json::Value;

use super::lists::value_of;

const DAYS: &str = include_str!("../../content/days.txt");
const SHORT: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Words that say nothing about days.
const FILLERS: [&str; 12] = ["from", "every", "each", "von", "vom", "de", "du", "da", "dal", "van", "am", "on"];
const UP_TO: [&str; 10] = ["to", "till", "until", "thru", "through", "bis", "à", "a", "al", "tot"];

/// The days of a text as the pool has them (`mon-fri`, `tue,thu,sat`); `None` where it names none, or something else.
pub(super) fn days(text: &str) -> Option<String> {
    let mut on = [false; 7];
    let text = text.to_lowercase();
    let text = text.trim_matches(|c: char| c.is_whitespace() || ",;:()".contains(c));
    if let Some((from, to)) = span(text) {
        fill(&mut on, from, to);
        return Some(written(on));
    }
    let text: String = text.chars().map(|c| if matches!(c, '–' | '—' | '‑' | '~') { '-' } else { c }).collect();
    let parted = |c: char| matches!(c, ',' | ';' | '/' | '&' | '+' | '|') || c.is_whitespace();
    let mut last: Option<usize> = None;
    let mut is_range = false;
    for word in text.split(parted).flat_map(with_dashes) {
        let word = word.trim_matches(['.', ':', '(', ')']);
        if word.is_empty() || FILLERS.contains(&word) || matches!(word, "and" | "und" | "et" | "y" | "e" | "en") {
            continue;
        }
        if word == "-" || UP_TO.contains(&word) {
            is_range = true;
            last?;
            continue;
        }
        let (from, to) = span(word)?;
        match last.filter(|_| is_range) {
            Some(begin) if from == to => fill(&mut on, begin, from),
            Some(_) => return None,
            None => fill(&mut on, from, to),
        }
        last = Some(to);
        is_range = false;
    }
    (on.contains(&true) && !is_range).then(|| written(on))
}

/// `mo-fr` is three words; `segunda-feira` is one.
fn with_dashes(word: &str) -> Vec<&str> {
    match word.split_once('-') {
        Some((from, to)) if span(word).is_none() => [&[from, "-"][..], &with_dashes(to)].concat(),
        _ => vec![word],
    }
}

/// The first and the last day of a word; both are the same for a day.
fn span(word: &str) -> Option<(usize, usize)> {
    let place = |day: &str| SHORT.iter().position(|short| *short == day);
    if let Some(day) = place(word) {
        return Some((day, day));
    }
    // Days by number, Monday is 1 (ISO 8601).
    if let [digit @ b'1'..=b'7'] = word.as_bytes() {
        let day = usize::from(digit - b'1');
        return Some((day, day));
    }
    let value = value_of(DAYS, word)?;
    let (from, to) = value.split_once('-').unwrap_or((value, value));
    Some((place(from)?, place(to)?))
}

fn fill(on: &mut [bool; 7], from: usize, to: usize) {
    let length = (to + 7 - from) % 7;
    (0..=length).for_each(|n| on[(from + n) % 7] = true);
}

fn written(on: [bool; 7]) -> String {
    let count = on.iter().filter(|day| **day).count();
    let begin = (0..7).find(|at| on[*at] && !on[(at + 6) % 7]);
    let is_run = |from: usize| (0..count).all(|n| on[(from + n) % 7]);
    match begin {
        None => "mon-sun".to_owned(),
        Some(from) if count > 2 && is_run(from) => format!("{}-{}", SHORT[from], SHORT[(from + count - 1) % 7]),
        Some(_) => SHORT.iter().zip(on).filter(|(_, on)| *on).map(|(day, _)| *day).collect::<Vec<_>>().join(","),
    }
}

/// The days of a value: a text, or a list of texts.
pub(super) fn of_value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => days(text),
        Value::Array(list) if list.len() <= 31 => {
            let words: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            days(&words?.join(","))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("mon-fri", "mon-fri"),
            ("Monday-Friday", "mon-fri"),
            ("Mon – Fri", "mon-fri"),
            ("Monday to Friday", "mon-fri"),
            ("Mo-Fr", "mon-fri"),
            ("Mo. bis Do.", "mon-thu"),
            ("sun-thu", "sun-thu"),
            ("fri-mon", "fri-mon"),
            ("Mon, Wed & Fri", "mon,wed,fri"),
            ("Tue/Thu", "tue,thu"),
            ("lun-ven", "mon-fri"),
            ("lundi à vendredi", "mon-fri"),
            ("segunda-feira", "mon"),
            ("1-5", "mon-fri"),
            ("weekdays", "mon-fri"),
            ("business days", "mon-fri"),
            ("every day", "mon-sun"),
        ] {
            assert_eq!(days(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "some days", "mon-", "-fri", "0-5", "mon-fri 9-5"] {
            assert_eq!(days(text), None, "{text}");
        }
        assert_eq!(of_value(&serde_json::json!(["mon", "tue"])).as_deref(), Some("mon,tue"));
        assert_eq!(of_value(&serde_json::json!(5)), None);
    }
}
