//! Working hours, as people write them.

use serde_json::{Map, Value};

use super::{week, zones};

/// What a text says of somebody's hours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    /// `HH:MM-HH:MM`, as the pool has it.
    pub(super) window: String,
    /// Days that stand beside the hours, as the pool has them.
    pub(super) days: Option<String>,
    /// A time zone that stands beside them.
    pub(super) zone: Option<String>,
    /// What of it can't be kept.
    pub(super) notes: Vec<String>,
}

/// Begin and end, in minutes after midnight.
type Window = (u16, u16);

/// A part of a text with hours of its own.
struct Segment {
    days: Option<String>,
    windows: Vec<Window>,
}

const DAY: u16 = 24 * 60;
/// Longer texts are no hours.
const LONGEST: usize = 400;
const ALWAYS: [&str; 14] = [
    "24/7",
    "24x7",
    "24 x 7",
    "7x24",
    "24h",
    "24 hours",
    "24 hours a day",
    "always",
    "all day",
    "around the clock",
    "round the clock",
    "0-24",
    "rund um die uhr",
    "24/24",
];
/// Between two times: from the one to the other.
const UP_TO: [&str; 13] = ["to", "till", "until", "til", "thru", "through", "bis", "à", "a", "au", "as", "às", "alle"];
/// Words around times that change nothing.
const FILLERS: [&str; 26] = [
    "from", "between", "von", "vom", "de", "du", "des", "da", "das", "dalle", "dal", "les", "las", "van", "le", "uhr",
    "h", "hrs", "hr", "hours", "o'clock", "clock", "local", "time", "at", "um",
];

/// The hours of a value: a text, `{"start", "end"}`, a pair of times, a list of windows, or an object of days.
pub(super) fn of_value(value: &Value) -> Option<Hours> {
    let text = written(value, 0)?;
    if text.len() > LONGEST { None } else { of_text(&text) }
}

/// A value as a text that says the same.
fn written(value: &Value, depth: usize) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(list) if depth < 3 && list.len() <= 14 => {
            let parts: Vec<String> = list.iter().map(|one| written(one, depth + 1)).collect::<Option<_>>()?;
            let is_time = |text: &String| times(text).is_some_and(|found| found.len() == 1);
            match &parts[..] {
                [from, to] if is_time(from) && is_time(to) => Some(format!("{from}-{to}")),
                _ => Some(parts.join("; ")),
            }
        }
        Value::Object(object) if depth < 3 && object.len() <= 14 => of_object(object, depth),
        _ => None,
    }
}

fn of_object(object: &Map<String, Value>, depth: usize) -> Option<String> {
    let get = |names: &[&str]| {
        object
            .iter()
            .find(|(key, _)| names.contains(&key.to_lowercase().replace(['_', ' '], "").as_str()))
            .map(|(_, v)| v)
    };
    let start = get(&["start", "from", "begin", "starttime", "open", "opens", "startsat"]);
    let end = get(&["end", "to", "until", "endtime", "finish", "close", "closes", "stop", "endsat"]);
    if let (Some(start), Some(end)) = (start, end) {
        let mut text = format!("{}-{}", written(start, depth + 1)?, written(end, depth + 1)?);
        if let Some(days) = get(&["days", "daysofweek", "workingdays"]) {
            text = format!("{} {text}", week::of_value(days)?);
        }
        if let Some(zone) = get(&["timezone", "tz", "zone"]) {
            let name = zone.as_str().or_else(|| zone.get("name")?.as_str())?;
            text = format!("{text} {}", zones::find(name)?.name);
        }
        return Some(text);
    }
    // {"monday": "9-5", "sunday": "closed"}
    let mut parts = Vec::new();
    for (day, hours) in object {
        let hours = if hours.is_null() { String::new() } else { written(hours, depth + 1)? };
        week::days(day)?;
        if !matches!(hours.to_lowercase().as_str(), "" | "off" | "closed" | "-" | "none" | "frei") {
            parts.push(format!("{day} {hours}"));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The hours of a text.
pub(super) fn of_text(text: &str) -> Option<Hours> {
    if text.len() > LONGEST {
        return None;
    }
    let text = tidy(text);
    if ALWAYS.contains(&text.to_lowercase().as_str()) {
        return Some(Hours { window: "00:00-24:00".to_owned(), days: None, zone: None, notes: Vec::new() });
    }
    let (text, zone) = without_zone(&text);
    let mut segments: Vec<Segment> = Vec::new();
    // "Mon, Wed, Fri 9-5": days that wait for their hours.
    let mut waiting: Vec<String> = Vec::new();
    for segment in segments_of(&text) {
        let (days, hours) = parted(&segment);
        let windows = if hours.is_empty() { Vec::new() } else { windows(&hours)? };
        if windows.is_empty() {
            waiting.push(days);
            continue;
        }
        waiting.push(days);
        let days: Vec<String> = std::mem::take(&mut waiting).into_iter().filter(|d| !d.trim().is_empty()).collect();
        let days = if days.is_empty() { None } else { Some(week::days(&days.join(","))?) };
        segments.push(Segment { days, windows });
    }
    if !waiting.iter().all(|days| days.trim().is_empty()) {
        return None;
    }
    together(&segments, zone)
}

/// One window of all, and what that leaves out.
fn together(segments: &[Segment], zone: Option<String>) -> Option<Hours> {
    let first = &segments.iter().max_by_key(|segment| segment.days.as_deref().map_or(0, count))?.windows;
    let mut notes = Vec::new();
    let named: Vec<&str> = segments.iter().filter_map(|segment| segment.days.as_deref()).collect();
    let windows: Vec<Window> = if named.len() > 1 {
        if segments.iter().any(|segment| segment.windows != *first) {
            notes.push("a pool has the same hours for all days; those of most days are taken".to_owned());
        }
        first.clone()
    } else {
        segments.iter().flat_map(|segment| segment.windows.clone()).collect()
    };
    let (from, mut to) = *windows.first()?;
    for (next, end) in &windows[1..] {
        // A later window of the same day; what turns back is no pause.
        if *next < to || *end <= *next || to <= from {
            return None;
        }
        to = *end;
    }
    if windows.len() > 1 {
        notes.push("a pool has one window a day; the pause is left out".to_owned());
    }
    let days = if named.is_empty() { None } else { Some(week::days(&named.join(","))?) };
    let at = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let window = format!("{}-{}", at(if from == DAY { 0 } else { from }), at(to));
    Some(Hours { window, days, zone, notes })
}

/// How many days a week as the pool writes it has.
fn count(days: &str) -> usize {
    match days.split_once('-') {
        Some(_) if days == "mon-sun" => 7,
        // A range has three days at least.
        Some(_) => 3 + usize::from(days == "mon-fri") * 2,
        None => days.split(',').count(),
    }
}

/// With ASCII digits, plain dashes and single spaces.
fn tidy(text: &str) -> String {
    let plain = text.chars().map(|c| match c {
        '０'..='９' => char::from(b'0' + u8::try_from(u32::from(c) - u32::from('０')).unwrap_or(0)),
        '：' | '∶' => ':',
        '–' | '—' | '−' | '‑' | '‒' | '―' | '~' | '～' | '〜' | '→' => '-',
        '(' | ')' | '[' | ']' | '"' => ' ',
        c if c.is_whitespace() && c != '\n' => ' ',
        c => c,
    });
    let plain: String = plain.collect::<String>().replace('\n', ";");
    let mut plain = plain.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    for (long, short) in [("a.m.", "am"), ("p.m.", "pm"), ("A.M.", "am"), ("P.M.", "pm"), ("a.m", "am"), ("p.m", "pm")]
    {
        plain = plain.replace(long, short);
    }
    plain
}

/// Takes out a time zone.
fn without_zone(text: &str) -> (String, Option<String>) {
    let mut zone = None;
    let mut kept = Vec::new();
    for word in text.split(' ') {
        let bare = word.trim_matches([',', ';', '.']);
        let is_abbreviation = (3..=5).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_uppercase());
        let is_name = bare.contains('/') && bare.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_offset = ["UTC", "GMT"].iter().any(|p| bare.to_ascii_uppercase().starts_with(p)) && bare.len() > 3;
        let is_day = week::days(bare).is_some();
        let found = (zone.is_none() && !is_day && (is_abbreviation || is_name || is_offset)).then(|| zones::find(bare));
        match found.flatten() {
            Some(found) => zone = Some(found.name),
            None => kept.push(word),
        }
    }
    (kept.join(" "), zone)
}

fn segments_of(text: &str) -> Vec<String> {
    let mut text = text.replace([',', '&', '+', '|'], ";");
    if text.to_lowercase().contains("between") {
        text = text.replace(" and ", " to ");
    }
    for word in [" and ", " und ", " et ", " y ", " e "] {
        text = text.replace(word, ";");
    }
    // "8-12 / 13-17", but "9/17" and "Tue/Thu 9-5" have no windows on both sides.
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() > 1 && parts.iter().all(|part| windows(part).is_some_and(|w| !w.is_empty())) {
        text = text.replace('/', ";");
    }
    text.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Days and hours of a segment: what stands before the first time or behind the last, and what is between.
fn parted(segment: &str) -> (String, String) {
    let is_time = |word: &str| word.starts_with(|c: char| c.is_ascii_digit()) || clock_word(word).is_some();
    let words: Vec<String> = segment.to_lowercase().split(' ').map(ToOwned::to_owned).collect();
    let is_part = |word: &str| is_time(word) || is_unit(word) || word.starts_with('-');
    let Some(first) = words.iter().position(|word| is_time(word)) else { return (segment.to_owned(), String::new()) };
    let last = words.iter().rposition(|word| is_part(word)).unwrap_or(first).max(first);
    let last = last + words[last + 1..].iter().take_while(|word| FILLERS.contains(&word.as_str())).count();
    let lead: Vec<&str> = words[..first].iter().map(String::as_str).collect();
    let lead = lead.into_iter().filter(|word| !FILLERS.contains(&word.trim_matches([':', '.'])));
    let days: Vec<&str> = lead.chain(words[last + 1..].iter().map(String::as_str)).collect();
    (days.join(" "), words[first..=last].join(" "))
}

fn is_unit(word: &str) -> bool {
    matches!(word, "am" | "pm")
}

/// Times that have a word.
fn clock_word(word: &str) -> Option<u16> {
    match word {
        "noon" | "midday" | "mittag" | "midi" | "mediodía" => Some(12 * 60),
        "midnight" | "mitternacht" | "minuit" | "medianoche" => Some(DAY),
        _ => None,
    }
}

/// A time of day as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    minute: u16,
    half: Option<Half>,
    /// Whether it is `HH:MM` or `HHMM`, which nobody writes who means the afternoon.
    is_full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// The windows of a text that has nothing but times; `None` where there is something else in it.
fn windows(text: &str) -> Option<Vec<Window>> {
    let times = times(text)?;
    (times.len() == 2).then(|| window(times[0], times[1])).flatten().map(|window| vec![window])
}

/// The times of a text, parted by a dash, a slash or a word such as "to".
fn times(text: &str) -> Option<Vec<Clock>> {
    let text = text.to_lowercase();
    let mut out: Vec<Clock> = Vec::new();
    let mut rest = text.trim();
    let mut is_parted = true;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            if !is_parted || out.len() == 2 {
                return None;
            }
            let (clock, after) = clock(rest)?;
            out.push(clock);
            is_parted = false;
            rest = after;
        } else if matches!(c, '-' | '/') {
            if is_parted {
                return None;
            }
            is_parted = true;
            rest = &rest[1..];
        } else if c == ' ' || c == '.' {
            rest = &rest[1..];
        } else {
            let end = rest.find([' ', '-', '/']).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let word = word.trim_end_matches([':', '.']);
            if let Some(minute) = clock_word(word).filter(|_| is_parted && out.len() < 2) {
                let minute = if minute == DAY && out.is_empty() { 0 } else { minute };
                out.push(Clock { minute, half: None, is_full: true });
                is_parted = false;
            } else if UP_TO.contains(&word) && !is_parted && out.len() == 1 {
                is_parted = true;
            } else if !FILLERS.contains(&word) {
                return None;
            }
            rest = after;
        }
    }
    Some(out)
}

/// A time at the beginning of a text, and what stands behind it.
fn clock(text: &str) -> Option<(Clock, &str)> {
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let digits = run(text);
    let (number, mut rest) = text.split_at(digits);
    let (mut hour, mut minute): (u16, u16) = match digits {
        1 | 2 => (number.parse().ok()?, 0),
        3 | 4 => {
            let (hours, minutes) = number.split_at(digits - 2);
            (hours.parse().ok()?, minutes.parse().ok()?)
        }
        _ => return None,
    };
    let mut is_full = digits == 4;
    if digits < 3 && rest.starts_with([':', '.', 'h']) && run(&rest[1..]) == 2 {
        minute = rest[1..3].parse().ok()?;
        is_full = digits == 2 && !rest.starts_with('h');
        rest = &rest[3..];
        // Seconds, and parts of them.
        if rest.starts_with([':', '.']) && run(&rest[1..]) >= 2 {
            rest = &rest[1 + run(&rest[1..])..];
            if rest.starts_with('.') {
                rest = &rest[1 + run(&rest[1..])..];
            }
        }
    }
    let unit = rest.trim_start();
    let half = [("am", Half::Morning), ("pm", Half::Afternoon), ("a", Half::Morning), ("p", Half::Afternoon)]
        .into_iter()
        .find(|(word, _)| {
            let after = unit.strip_prefix(word);
            let is_whole = after.is_some_and(|after| !after.starts_with(char::is_alphabetic));
            // "9 a 18": the word of other languages stands apart.
            is_whole && (word.len() == 2 || rest.starts_with(word))
        });
    if let Some((word, half)) = half {
        rest = &unit[word.len()..];
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == Half::Afternoon { 12 } else { 0 };
    }
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    let is_time = minute < 60 && minutes <= DAY;
    is_time.then_some((Clock { minute: minutes, half: half.map(|(_, half)| half), is_full }, rest))
}

/// A window, with the half of the day that was left out as people leave it out: `9-5` ends in the afternoon.
fn window(from: Clock, to: Clock) -> Option<Window> {
    const HALF: u16 = 12 * 60;
    let (mut start, mut end) = (from.minute, to.minute);
    match (from.half, to.half) {
        // "1-5pm" is an afternoon, "9-5pm" begins in the morning.
        (None, Some(Half::Afternoon)) if !from.is_full && start < HALF && start + HALF < end => start += HALF,
        (Some(_), None) if end <= start && end < HALF => end += HALF,
        (None, None) if !(from.is_full && to.is_full) => {
            let is_day = (5 * 60..=HALF + 59).contains(&start) && (60..10 * 60).contains(&end);
            if end <= start && is_day {
                end += HALF;
            }
        }
        _ => {}
    }
    (start < DAY && end <= DAY).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use decnet_domain::diurnal::ActiveHours;
    use serde_json::json;

    fn window_of(value: &Value) -> Option<String> {
        of_value(value).map(|hours| hours.window)
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (text, expected) in [
            ("09:00-18:00", "09:00-18:00"),
            ("9-5", "09:00-17:00"),
            ("9-17", "09:00-17:00"),
            ("9:00-17:00", "09:00-17:00"),
            ("9:00-5:00", "09:00-17:00"),
            ("8:30-5", "08:30-17:00"),
            ("09:00–18:00", "09:00-18:00"),
            ("09:00 — 18:00", "09:00-18:00"),
            ("9am-5pm", "09:00-17:00"),
            ("9:00 AM - 5:00 PM", "09:00-17:00"),
            ("9 a.m. to 5:30 p.m.", "09:00-17:30"),
            ("9-5pm", "09:00-17:00"),
            ("1-5pm", "13:00-17:00"),
            ("9am-5", "09:00-17:00"),
            ("10pm-6am", "22:00-06:00"),
            ("12pm-8pm", "12:00-20:00"),
            ("08.30-17.00", "08:30-17:00"),
            ("0900-1700", "09:00-17:00"),
            ("900-1700", "09:00-17:00"),
            ("22:00-06:00", "22:00-06:00"),
            ("22-6", "22:00-06:00"),
            ("7-3", "07:00-15:00"),
            ("12-8", "12:00-20:00"),
            ("8-12", "08:00-12:00"),
            ("09:00:00-18:00:00", "09:00-18:00"),
            ("09h00-18h00", "09:00-18:00"),
            ("9h-18h", "09:00-18:00"),
            ("9h à 18h", "09:00-18:00"),
            ("de 9 a 18", "09:00-18:00"),
            ("9 bis 17 Uhr", "09:00-17:00"),
            ("9 to 5", "09:00-17:00"),
            ("from 9 until 17:30", "09:00-17:30"),
            ("between 9 am and 5 pm", "09:00-17:00"),
            ("noon to midnight", "12:00-24:00"),
            ("24/7", "00:00-24:00"),
            ("00:00-24:00", "00:00-24:00"),
            ("９：００〜１８：００", "09:00-18:00"),
            ("08:00-12:00, 13:00-17:00", "08:00-17:00"),
            ("8-12 / 13-17", "08:00-17:00"),
            ("8:00-12:00 and 1:00pm-5:00pm", "08:00-17:00"),
        ] {
            let hours = of_text(text);
            assert_eq!(hours.as_ref().map(|h| h.window.as_str()), Some(expected), "{text}");
            let window = hours.map(|h| h.window).unwrap_or_default();
            assert!(window.parse::<ActiveHours>().is_ok(), "{window}");
        }
        for text in ["", "nine to five", "flexible", "9", "9-", "9-5-7", "25-26", "09:00-18:70", "13pm-2pm", "x 9-5 y"]
        {
            assert_eq!(of_text(text), None, "{text}");
        }
    }

    #[test]
    fn days_and_zones_beside_hours_are_kept() {
        for (text, window, days, zone) in [
            ("Mon-Fri 09:00-18:00", "09:00-18:00", Some("mon-fri"), None),
            ("Mon-Fri 8:30-17:00", "08:30-17:00", Some("mon-fri"), None),
            ("Monday to Friday, 9 to 5", "09:00-17:00", Some("mon-fri"), None),
            ("9-5 Mon-Thu", "09:00-17:00", Some("mon-thu"), None),
            ("Mon, Wed, Fri 9-5", "09:00-17:00", Some("mon,wed,fri"), None),
            ("Mo-Fr: 8-16 Uhr", "08:00-16:00", Some("mon-fri"), None),
            ("weekdays 9-5", "09:00-17:00", Some("mon-fri"), None),
            ("09:00-18:00 CET", "09:00-18:00", None, Some("Europe/Prague")),
            ("9am-5pm America/New_York", "09:00-17:00", None, Some("America/New_York")),
            ("9-17 (UTC+2)", "09:00-17:00", None, Some("Etc/GMT-2")),
            ("Mon-Thu 9-17, Fri 9-15", "09:00-17:00", Some("mon-fri"), None),
        ] {
            let hours = of_text(text).unwrap_or_else(|| panic!("{text}"));
            let found = (hours.window.as_str(), hours.days.as_deref(), hours.zone.as_deref());
            assert_eq!(found, (window, days, zone), "{text}");
        }
    }

    #[test]
    fn hours_are_read_from_objects_and_lists() {
        for value in [
            json!({"start": "09:00", "end": "17:00"}),
            json!({"from": 9, "to": 17}),
            json!({"startTime": "09:00:00.0000000", "endTime": "17:00:00.0000000"}),
            json!(["09:00", "17:00"]),
            json!([9, 17]),
            json!(["9-5"]),
            json!({"monday": "9-5", "tuesday": {"start": 9, "end": 17}, "sunday": "closed"}),
        ] {
            assert_eq!(window_of(&value).as_deref(), Some("09:00-17:00"), "{value}");
        }
        for value in [json!(null), json!(true), json!(9), json!({}), json!([]), json!([[[[[1]]]]]), json!({"start": 9})]
        {
            assert_eq!(window_of(&value), None, "{value}");
        }
    }
}
