//! What a server says went wrong, in its own words: errors come as JSON in half a dozen forms, as plain text and as pages
//! of HTML.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// No more of it is shown, in characters.
const LONGEST: usize = 300;

/// A part of an error in JSON: a text, or something that holds texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Words {
    Text(String),
    List(Vec<Words>),
    Object(Box<ErrorObject>),
    Other(IgnoredAny),
}

/// The keys that servers use.
#[derive(Deserialize)]
pub(crate) struct ErrorObject {
    error: Option<Words>,
    errors: Option<Words>,
    message: Option<Words>,
    detail: Option<Words>,
    details: Option<Words>,
    msg: Option<Words>,
    error_description: Option<Words>,
    title: Option<Words>,
    /// Where in the request the mistake is (`FastAPI`).
    loc: Option<Vec<Step>>,
}

/// A step on the way to the mistake.
#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Key(String),
    Index(u64),
}

impl Words {
    /// The first text in it, with the place of the mistake.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
            Self::List(list) => {
                let texts: Vec<String> = list.iter().filter_map(Self::text).take(3).collect();
                (!texts.is_empty()).then(|| texts.join("; "))
            }
            Self::Object(object) => object.text(),
            Self::Other(_) => None,
        }
    }
}

impl ErrorObject {
    fn text(&self) -> Option<String> {
        let fields = [
            &self.error,
            &self.message,
            &self.detail,
            &self.msg,
            &self.error_description,
            &self.errors,
            &self.details,
            &self.title,
        ];
        let text = fields.into_iter().flatten().find_map(Words::text)?;
        let steps = self.loc.iter().flatten().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        });
        let place = steps.collect::<Vec<_>>().join(".");
        Some(if place.is_empty() { text } else { format!("{place}: {text}") })
    }
}

/// What a body says, in one line.
pub(crate) fn of_body(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let whole = serde_json::from_str::<Words>(&text).ok().and_then(|words| words.text());
    let of_a_line = || text.lines().find_map(|line| serde_json::from_str::<Words>(payload(line)?).ok()?.text());
    let line = one_line(&whole.or_else(of_a_line).or_else(|| title(&text)).unwrap_or_else(|| text.into_owned()));
    (!line.is_empty()).then_some(line)
}

/// The JSON of a line of a stream.
pub(crate) fn payload(line: &str) -> Option<&str> {
    let line = line.trim();
    let data = line.strip_prefix("data:").map_or(line, str::trim);
    data.starts_with('{').then_some(data)
}

/// The title of a page, or its text.
fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("<html") && !lower.contains("<title") {
        return None;
    }
    let from = lower.find("<title").and_then(|at| Some(at + lower[at..].find('>')? + 1));
    let title = from.map(|from| &text[from..from + lower[from..].find("</title").unwrap_or(lower.len() - from)]);
    let title = title.filter(|title| !title.trim().is_empty()).map(str::to_owned);
    Some(title.unwrap_or_else(|| {
        text.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect::<Vec<_>>().join(" ")
    }))
}

/// On one line, without control characters and marks of writing direction, and no longer than [`LONGEST`].
pub(crate) fn one_line(text: &str) -> String {
    let is_harmless = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let text: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(is_harmless).collect();
    let words = text.split(' ').filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if line.len() > LONGEST * 4 {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST).chain(" ...".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_are_found_in_whatever_form_they_come() {
        for (body, words) in [
            (r#"{"error": "model 'm' not found"}"#, "model 'm' not found"),
            (r#"{"error": {"message": "no\nsuch model", "type": "x"}}"#, "no such model"),
            (r#"{"object": "error", "message": "too long", "code": 400}"#, "too long"),
            (r#"{"detail": "Not Found"}"#, "Not Found"),
            (
                r#"{"detail": [{"loc": ["body", "messages", 0], "msg": "bad role"}, {"loc": ["body"], "msg": "no"}]}"#,
                "body.messages.0: bad role; body: no",
            ),
            (r#"[{"error": {"code": 400, "message": "key not valid"}}]"#, "key not valid"),
            (r#"{"error": {"error": {"error": "deep"}}}"#, "deep"),
            ("404 page not found", "404 page not found"),
            ("<html><head><title>502 Bad\n Gateway</title></head><body>x</body>", "502 Bad Gateway"),
            ("<html><body><h1>Forbidden</h1><p>by us</p></body></html>", "Forbidden by us"),
            ("{\"response\": \"a\"}\n{\"error\": \"CUDA error\"}\n", "CUDA error"),
            ("data: {\"error\": {\"message\": \"overloaded\"}}\n\n", "overloaded"),
            ("\u{1b}[31mred\u{202e} and\u{7} bell", "[31mred and bell"),
        ] {
            assert_eq!(of_body(body.as_bytes()).as_deref(), Some(words), "{body}");
        }
        for nothing in ["", " \n", "\u{1b}"] {
            assert_eq!(of_body(nothing.as_bytes()), None);
        }
        assert_eq!(of_body("x".repeat(100_000).as_bytes()).map(|line| line.chars().count()), Some(LONGEST + 4));
        assert!(of_body("[".repeat(100_000).as_bytes()).is_some());
    }
}
