//! From text to entries: JSON in the shapes that programs give it, and tables.

use std::fmt;

use serde_json::{Map, Value};

use super::keys::{Field, Keys};

/// How a list of people is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON list, as the pool itself is.
    JsonList,
    /// One person as a JSON object.
    JsonObject,
    /// A JSON object that holds the list.
    JsonWrapped {
        /// Its key, or keys with a dot between two.
        key: String,
    },
    /// A JSON object with a person for each key.
    JsonByKey,
    /// A JSON object a line.
    JsonLines,
    /// A table with a line of headers.
    Table {
        /// What parts the cells.
        delimiter: char,
    },
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JsonList => f.write_str("a JSON list"),
            Self::JsonObject => f.write_str("one JSON object"),
            Self::JsonWrapped { key } => write!(f, "a JSON list in {key:?}"),
            Self::JsonByKey => f.write_str("a JSON object with a person for each key"),
            Self::JsonLines => f.write_str("JSON, an object a line"),
            Self::Table { delimiter: '\t' } => f.write_str("a table with tabs between its cells"),
            Self::Table { delimiter } => write!(f, "CSV with {delimiter:?} between its cells"),
        }
    }
}

/// Why a text has no list of people in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoList {
    /// Nothing, or nothing but headers.
    #[error("the list is empty: give at least one person with name, email and role")]
    Empty,
    /// Begins as JSON and is none.
    #[error("it begins as JSON and is not: {0}")]
    NotJson(String),
    /// JSON without a person.
    #[error("it is JSON, but neither a list of people nor an object that holds one{0}")]
    NobodyInIt(String),
    /// Several lists.
    #[error("it holds several lists ({0}): give a file with one of them")]
    SeveralLists(String),
    /// Another language.
    #[error("{0} isn't read: convert it to JSON or CSV")]
    OtherFormat(&'static str),
    /// A table whose headers say nothing.
    #[error(
        "it is neither JSON nor a table whose first line names its columns (Name, Email, Position, …): its first line is {0:?}"
    )]
    Unknown(String),
    /// Somebody meant another file.
    #[error("it has {count} entries, more than {most}: split it")]
    TooMany {
        /// How many there are, at least.
        count: usize,
        /// How many may be.
        most: usize,
    },
}

/// One entry, or why it can't be read.
pub(super) type Entry = Result<Map<String, Value>, String>;

/// The entries of a text, and how they are written.
#[derive(Debug)]
pub(super) struct List {
    pub(super) format: Format,
    pub(super) entries: Vec<Entry>,
    /// Whether something had to be passed over for it to be JSON.
    pub(super) is_mended: bool,
}

/// The entries of a text.
pub(super) fn entries(text: &str, most: usize) -> Result<List, NoList> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_comment = |line: &&str| line.is_empty() || line.starts_with("//") || line.starts_with('#');
    let first = text.lines().map(str::trim).find(|line| !is_comment(line)).unwrap_or(text);
    let is_json = first.starts_with(['[', '{']) || text.starts_with("/*");
    let list = match text.chars().next() {
        None => return Err(NoList::Empty),
        Some(_) if is_json => json(text)?,
        Some('<') => return Err(NoList::OtherFormat("XML or HTML")),
        Some(_) => table(text, most)?,
    };
    match list.entries.len() {
        0 => Err(NoList::Empty),
        count if count > most => Err(NoList::TooMany { count, most }),
        _ => Ok(list),
    }
}

fn entry(value: Value) -> Entry {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(format!("{} is no object with name, email and role", short(&other.to_string()))),
    }
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let cut: String = line.chars().take(60).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}

fn json(text: &str) -> Result<List, NoList> {
    let strict = match serde_json::from_str::<Value>(text) {
        Ok(value) => return of_json(value),
        Err(error) => error,
    };
    if let Some(lines) = json_lines(text) {
        return Ok(List { format: Format::JsonLines, entries: lines, is_mended: false });
    }
    let relaxed = relaxed(text);
    if let Ok(value) = serde_json::from_str::<Value>(&relaxed) {
        return of_json(value).map(|list| List { is_mended: true, ..list });
    }
    // Objects one after the other, over several lines each.
    let stream: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&relaxed).into_iter::<Value>().collect();
    match stream {
        Ok(values) if values.len() > 1 => Ok(List::of(Format::JsonLines, values)),
        _ => Err(NoList::NotJson(strict.to_string())),
    }
}

/// JSON lines: each line is a value of its own, and the first one is an object. A line that isn't is that entry's fault.
fn json_lines(text: &str) -> Option<Vec<Entry>> {
    let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    let is_object = |line: &str| serde_json::from_str::<Map<String, Value>>(line.trim().trim_end_matches(',')).is_ok();
    if lines.len() < 2 || !is_object(lines[0].1) {
        return None;
    }
    let one = |(number, line): (usize, &str)| {
        let value = serde_json::from_str::<Value>(line.trim().trim_end_matches(','));
        value.map_err(|error| format!("line {} is not JSON: {error}", number + 1)).and_then(entry)
    };
    Some(lines.into_iter().map(one).collect())
}

/// As strict JSON: without comments, without a comma before a closing bracket, line breaks in texts escaped.
fn relaxed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut is_in_text = false;
    while let Some(c) = chars.next() {
        if is_in_text {
            match c {
                '\\' => {
                    out.push(c);
                    out.extend(chars.next());
                    continue;
                }
                '"' => is_in_text = false,
                '\r' => continue,
                '\n' => {
                    out.push_str("\\n");
                    continue;
                }
                '\t' => {
                    out.push_str("\\t");
                    continue;
                }
                _ => {}
            }
            out.push(c);
            continue;
        }
        match c {
            '"' => {
                is_in_text = true;
                out.push(c);
            }
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                chars.next();
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            ']' | '}' => {
                let kept = out.trim_end();
                if let Some(before) = kept.strip_suffix(',') {
                    out.truncate(before.len());
                }
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// How deep a list may be wrapped.
const DEPTH: usize = 4;

impl List {
    fn of(format: Format, values: impl IntoIterator<Item = Value>) -> Self {
        Self { format, entries: values.into_iter().map(entry).collect(), is_mended: false }
    }
}

fn of_json(value: Value) -> Result<List, NoList> {
    match value {
        Value::Array(list) => Ok(List::of(Format::JsonList, list)),
        Value::Object(object) if is_by_key(&object) => Ok(List::of(Format::JsonByKey, by_key(object))),
        Value::Object(object) if is_person(&object) => Ok(List::of(Format::JsonObject, [Value::Object(object)])),
        Value::Object(object) => wrapped(object),
        other => Err(NoList::NobodyInIt(format!(": {}", short(&other.to_string())))),
    }
}

fn is_person(object: &Map<String, Value>) -> bool {
    let keys = Keys::without_lists(object);
    keys.has(Field::Email) || (keys.has(Field::Name) && keys.has(Field::Role))
}

fn wrapped(mut object: Map<String, Value>) -> Result<List, NoList> {
    let mut path: Vec<String> = Vec::new();
    for _ in 0..DEPTH {
        let of_objects = |value: &Value| value.as_array().is_some_and(|l| l.iter().any(Value::is_object));
        let mut lists: Vec<String> = object.iter().filter(|(_, v)| of_objects(v)).map(|(key, _)| key.clone()).collect();
        if lists.len() > 1 {
            lists.retain(|key| has_people(&object[key]));
        }
        match &lists[..] {
            [key] => {
                path.push(key.clone());
                let Some(Value::Array(list)) = object.remove(key) else { return Err(NoList::Empty) };
                return Ok(List::of(Format::JsonWrapped { key: path.join(".") }, list));
            }
            [] => {}
            several => return Err(NoList::SeveralLists(several.join(", "))),
        }
        if object.values().any(|value| value.as_array().is_some_and(Vec::is_empty)) || object.is_empty() {
            return Err(NoList::Empty);
        }
        if is_by_key(&object) {
            return Ok(List::of(Format::JsonByKey, by_key(object)));
        }
        let inner: Vec<String> = object.iter().filter(|(_, v)| v.is_object()).map(|(key, _)| key.clone()).collect();
        match &inner[..] {
            [key] => {
                path.push(key.clone());
                let Some(Value::Object(next)) = object.remove(key) else { break };
                object = next;
            }
            _ => break,
        }
    }
    let keys: Vec<&str> = object.keys().map(String::as_str).take(8).collect();
    Err(NoList::NobodyInIt(format!("; its keys are {}", keys.join(", "))))
}

/// Whether an object has nothing but people in it, two at least: one may be what a program keeps a person in.
fn is_by_key(object: &Map<String, Value>) -> bool {
    let people = object.values().filter(|value| value.as_object().is_some_and(is_person));
    object.values().all(Value::is_object) && people.take(2).count() == 2
}

fn by_key(object: Map<String, Value>) -> impl Iterator<Item = Value> {
    object.into_iter().map(|(_, value)| value)
}

fn has_people(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().take(20).filter_map(Value::as_object).any(is_person))
}

/// A table: delimiters are looked for in its first line.
fn table(text: &str, most: usize) -> Result<List, NoList> {
    let mut text = text;
    let mut told = None;
    // Excel's "sep=;", PowerShell's "#TYPE …", and comments.
    while let Some((first, rest)) = text.split_once('\n') {
        let first = first.trim();
        match first.strip_prefix("sep=").and_then(|sep| sep.chars().next()) {
            Some(sep) => told = Some(sep),
            None if first.is_empty() || first.starts_with('#') => {}
            None => break,
        }
        text = rest;
    }
    let head = text.lines().next().unwrap_or_default();
    if head.starts_with("---") || head.starts_with("- ") {
        return Err(NoList::OtherFormat("YAML"));
    }
    let unknown = || NoList::Unknown(short(head));
    let known = |delimiter: char| {
        let headers = csv_reader(head, delimiter).records().next().and_then(Result::ok).unwrap_or_default();
        headers.iter().filter(|header| Keys::is_known(header)).count()
    };
    let delimiter = match told.filter(char::is_ascii) {
        Some(told) => told,
        None => [',', ';', '\t', '|'].into_iter().max_by_key(|delimiter| known(*delimiter)).unwrap_or(','),
    };
    if known(delimiter) == 0 {
        return Err(unknown());
    }
    let mut rows = csv_reader(text, delimiter).into_records();
    let Some(Ok(headers)) = rows.next() else { return Err(unknown()) };
    let mut entries = Vec::new();
    for row in rows {
        if entries.len() > most {
            return Err(NoList::TooMany { count: entries.len(), most });
        }
        let row = row.map_err(|error| NoList::NotJson(error.to_string()))?;
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if row.len() > headers.len() {
            let line = row.position().map_or(0, csv::Position::line);
            let (cells, columns) = (row.len(), headers.len());
            entries.push(Err(format!(
                "line {line} has {cells} cells for {columns} columns: put quotes around a cell with {delimiter:?} in it"
            )));
            continue;
        }
        let mut object = Map::new();
        for (header, cell) in headers.iter().zip(&row) {
            let (header, cell) = (header.trim(), cell.trim());
            if !header.is_empty() && !cell.is_empty() && !object.contains_key(header) {
                object.insert(header.to_owned(), Value::from(cell));
            }
        }
        entries.push(Ok(object));
    }
    Ok(List { format: Format::Table { delimiter }, entries, is_mended: false })
}

fn csv_reader(text: &str, delimiter: char) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Format, Vec<Entry>) {
        let list = entries(text, 100).unwrap_or_else(|e| panic!("{text}: {e}"));
        (list.format, list.entries)
    }

    const ANN: &str = r#"{"name": "Ann Lee", "email": "ann@corp.example", "role": "Ops"}"#;

    #[test]
    fn json_is_read_in_whatever_shape_it_comes() {
        let list = Format::JsonList;
        let key = |key: &str| Format::JsonWrapped { key: key.to_owned() };
        for (text, format, count) in [
            (format!("[{ANN}]"), list.clone(), 1),
            (format!("[{ANN}, {ANN},]"), list.clone(), 2),
            (format!("// people\n[{ANN}, /* one, ] */ {{\"signature\": \"a\nb, ]\",}}]"), list, 2),
            (ANN.to_owned(), Format::JsonObject, 1),
            (format!("{{\"personas\": [{ANN}]}}"), key("personas"), 1),
            (format!("{{\"count\": 1, \"data\": {{\"users\": [{ANN}]}}}}"), key("data.users"), 1),
            (format!("{{\"name\": \"Staff\", \"targets\": [{ANN}]}}"), key("targets"), 1),
            (format!("{{\"schemas\": [\"x\"], \"groups\": [{{\"id\": 1}}], \"people\": [{ANN}]}}"), key("people"), 1),
            (format!("{{\"ann\": {ANN}, \"bob\": {ANN}}}"), Format::JsonByKey, 2),
            (format!("{ANN}\n\n{ANN}\n"), Format::JsonLines, 2),
            (format!("{ANN}\n{{\"name\": }}\n"), Format::JsonLines, 2),
            (format!("{}\n{}", ANN.replace(", ", ",\n"), ANN.replace(", ", ",\n")), Format::JsonLines, 2),
        ] {
            let (found, entries) = read(&text);
            assert_eq!((found, entries.len()), (format, count), "{text}");
        }
        let (_, lines) = read(&format!("{ANN}\n{{\"name\": }}\n"));
        assert!(lines[0].is_ok() && lines[1].as_ref().unwrap_err().contains("line 2"));
    }

    #[test]
    fn tables_are_read_with_whatever_parts_their_cells() {
        for text in [
            "Name,Email,Position\n\"Lee, Ann\",ann@corp.example,Ops\n",
            "Name;Email;Position\r\nLee, Ann;ann@corp.example;Ops\r\n",
            "sep=;\nName;Email;Position\nLee, Ann;ann@corp.example;Ops\n",
            "Name\tEmail\tPosition\nLee, Ann\tann@corp.example\tOps\n\t\t\n",
            "#TYPE Microsoft.ActiveDirectory.Management.ADUser\n\"Name\",\"Email\",\"Position\"\n\"Lee, Ann\",\"ann@corp.example\",\"Ops\"\n",
        ] {
            let (format, entries) = read(text);
            assert!(matches!(format, Format::Table { .. }), "{text}");
            let expected = serde_json::json!({"Name": "Lee, Ann", "Email": "ann@corp.example", "Position": "Ops"});
            assert_eq!(
                entries.into_iter().map(|e| Value::Object(e.unwrap())).collect::<Vec<_>>(),
                [expected],
                "{text}"
            );
        }
        let (_, entries) = read("Name,Email\nLee, Ann,ann@corp.example\nBob,bob@corp.example\n");
        assert!(entries[0].as_ref().unwrap_err().contains("line 2 has 3 cells") && entries[1].is_ok());
    }

    #[test]
    fn what_holds_no_list_says_why() {
        let error = |text: &str| entries(text, 2).unwrap_err();
        for empty in ["", " \n", "[]", "{}", "{\"personas\": []}", "Name,Email\n"] {
            assert_eq!(error(empty), NoList::Empty, "{empty:?}");
        }
        assert!(matches!(error("[{\"name\": ]"), NoList::NotJson(_)));
        assert!(matches!(error("{\"a\": 1}"), NoList::NobodyInIt(_)));
        assert!(matches!(error("<people/>"), NoList::OtherFormat(_)));
        assert!(matches!(error("- name: Ann\n  email: x\n"), NoList::OtherFormat("YAML")));
        assert!(matches!(error("these are my holiday notes"), NoList::Unknown(_)));
        assert_eq!(error("[1,2,3]"), NoList::TooMany { count: 3, most: 2 });
        let two = format!("{{\"staff\": [{ANN}], \"guests\": [{ANN}]}}");
        assert_eq!(error(&two), NoList::SeveralLists("guests, staff".to_owned()));
    }
}
