//! An answer as servers send it: one JSON object, or lines of a stream where a proxy streams in spite of
//! `"stream": false` (lines of JSON, or server-sent events). The forms of both APIs are read whichever was asked.

use decnet_domain::llm::raw_answer::AnswerEnd;
use serde::Deserialize;

use crate::server_words::{self, Words, payload};

/// What was read of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The text, in all its parts.
    pub(crate) text: String,
    /// Whether there was thinking, in a field of its own.
    pub(crate) has_reasoning: bool,
    /// Whether it stopped at the token limit.
    pub(crate) is_cut: bool,
}

/// One object: a whole answer, or a line of a stream.
#[derive(Deserialize)]
struct Chunk {
    error: Option<Words>,
    /// Ollama's `/api/generate`.
    response: Option<String>,
    thinking: Option<String>,
    done_reason: Option<String>,
    /// Ollama's `/api/chat`; a text where it is an error.
    message: Option<MessageField>,
    /// `OpenAI`'s.
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum MessageField {
    Message(Message),
    Words(Words),
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    delta: Option<Message>,
    text: Option<String>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Content>,
    thinking: Option<String>,
    reasoning: Option<Words>,
    reasoning_content: Option<String>,
    /// Why a model won't answer.
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part of a text; one of another type than `text` is thinking, or no text.
#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: Option<String>,
    text: Option<String>,
}

/// Reads a body.
///
/// # Errors
/// With the server's own words, where it holds an error or nothing that is known.
pub(crate) fn read(body: &[u8]) -> Result<Reply, String> {
    let Ok(text) = str::from_utf8(body) else { return Err("an answer that is no UTF-8".to_owned()) };
    let mut reply = Reply::default();
    let mut has_answer = false;
    if let Ok(chunk) = serde_json::from_str::<Chunk>(text) {
        has_answer = reply.add(chunk)?;
    } else {
        for line in text.lines().filter_map(payload) {
            // A line that is cut off, or of another form, leaves an answer with a hole.
            let chunk = serde_json::from_str::<Chunk>(line).map_err(|_| unknown_form(body))?;
            has_answer |= reply.add(chunk)?;
        }
    }
    if has_answer { Ok(reply) } else { Err(unknown_form(body)) }
}

fn unknown_form(body: &[u8]) -> String {
    let words = server_words::of_body(body).unwrap_or_else(|| "nothing".to_owned());
    format!("an answer in an unknown form: {words}")
}

impl Reply {
    /// How the text ended.
    pub(crate) fn end(&self) -> AnswerEnd {
        if self.is_cut { AnswerEnd::TokenLimit } else { AnswerEnd::Complete }
    }

    /// Takes an object in; whether it is one of an answer.
    fn add(&mut self, chunk: Chunk) -> Result<bool, String> {
        let error = match (&chunk.error, &chunk.message) {
            (Some(error), _) => error.text(),
            (None, Some(MessageField::Words(words))) if chunk.response.is_none() => words.text(),
            _ => None,
        };
        if let Some(error) = error {
            return Err(server_words::one_line(&error));
        }
        let mut is_answer = chunk.response.is_some() || chunk.thinking.is_some();
        self.text.push_str(chunk.response.as_deref().unwrap_or_default());
        self.has_reasoning |= is_filled(chunk.thinking.as_deref());
        self.finish(chunk.done_reason.as_deref())?;
        if let Some(MessageField::Message(message)) = chunk.message {
            is_answer = true;
            self.add_message(message)?;
        }
        // Several answers are never asked for.
        if let Some(choice) = chunk.choices.into_iter().flatten().next() {
            is_answer = true;
            self.text.push_str(choice.text.as_deref().unwrap_or_default());
            for message in [choice.message, choice.delta].into_iter().flatten() {
                self.add_message(message)?;
            }
            self.finish(choice.finish_reason.as_deref())?;
        }
        Ok(is_answer)
    }

    fn add_message(&mut self, message: Message) -> Result<(), String> {
        if let Some(refusal) = message.refusal.filter(|words| !words.trim().is_empty()) {
            return Err(server_words::one_line(&format!("the model refuses: {refusal}")));
        }
        self.has_reasoning |= is_filled(message.thinking.as_deref())
            || is_filled(message.reasoning_content.as_deref())
            || message.reasoning.is_some_and(|words| words.text().is_some());
        match message.content {
            None => {}
            Some(Content::Text(text)) => self.text.push_str(&text),
            Some(Content::Parts(parts)) => {
                for part in parts {
                    match part.kind.as_deref() {
                        None | Some("text" | "output_text") => {
                            self.text.push_str(part.text.as_deref().unwrap_or_default());
                        }
                        Some(kind) => self.has_reasoning |= kind.contains("think") || kind.contains("reason"),
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, reason: Option<&str>) -> Result<(), String> {
        match reason {
            Some("length" | "max_tokens" | "model_length") => self.is_cut = true,
            Some("content_filter") => return Err("the server's content filter stopped the answer".to_owned()),
            _ => {}
        }
        Ok(())
    }
}

fn is_filled(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(body: &str) -> Reply {
        read(body.as_bytes()).unwrap_or_else(|e| panic!("{body}: {e}"))
    }

    #[test]
    fn the_text_is_found_in_every_form() {
        for body in [
            r#"{"model": "m", "response": "a text", "done": true, "done_reason": "stop"}"#,
            r#"{"message": {"role": "assistant", "content": "a text"}, "done": true}"#,
            r#"{"choices": [{"message": {"role": "assistant", "content": "a text"}, "finish_reason": "stop"}]}"#,
            r#"{"choices": [{"message": {"content": [{"type": "text", "text": "a "}, {"type": "text", "text": "text"}]}}]}"#,
            r#"{"choices": [{"text": "a text"}], "error": null, "usage": {}}"#,
            "{\"response\": \"a \", \"done\": false}\n{\"response\": \"text\"}\n{\"response\": \"\", \"done\": true}\n",
            "data: {\"choices\": [{\"delta\": {\"content\": \"a \"}}]}\r\n\r\n: ping\ndata: {\"choices\": [{\"delta\": {\"content\": \"text\"}}]}\n\ndata: {\"choices\": [], \"usage\": {}}\n\ndata: [DONE]\n\n",
        ] {
            assert_eq!(said(body), Reply { text: "a text".to_owned(), ..Reply::default() }, "{body}");
        }
    }

    #[test]
    fn thinking_and_the_limit_are_told_apart_from_the_text() {
        for body in [
            r#"{"response": "", "thinking": "hm", "done_reason": "length"}"#,
            r#"{"choices": [{"message": {"content": null, "reasoning_content": "hm"}, "finish_reason": "length"}]}"#,
            r#"{"choices": [{"message": {"content": "", "reasoning": "hm"}, "finish_reason": "length"}]}"#,
            r#"{"choices": [{"message": {"content": [{"type": "thinking", "thinking": []}]}, "finish_reason": "length"}]}"#,
            "{\"response\": \"\", \"thinking\": \"h\"}\n{\"response\": \"\", \"thinking\": \"m\", \"done_reason\": \"length\"}",
        ] {
            assert_eq!(said(body), Reply { text: String::new(), has_reasoning: true, is_cut: true }, "{body}");
        }
    }

    #[test]
    fn an_error_is_told_in_the_servers_words() {
        for (body, words) in [
            ("{\"response\": \"The disk\"}\n{\"error\": \"CUDA error: out of memory\"}", "CUDA error: out of memory"),
            (r#"{"object": "error", "message": "too long"}"#, "too long"),
            (r#"{"choices": [{"message": {"content": null, "refusal": "no"}}]}"#, "the model refuses: no"),
            ("<html><title>Welcome</title></html>", "an answer in an unknown form: Welcome"),
            ("{\"response\": \"The", "an answer in an unknown form: {\"response\": \"The"),
            ("", "an answer in an unknown form: nothing"),
            ("[]", "an answer in an unknown form: []"),
            ("{}", "an answer in an unknown form: {}"),
        ] {
            assert_eq!(read(body.as_bytes()), Err(words.to_owned()), "{body}");
        }
        assert!(read(b"{\"response\": \"\xff\"}").is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\":,a-z \n]{0,200}") {
            let _ = read(&body);
            if let Err(words) = read(text.as_bytes()) {
                prop_assert!(words.chars().count() < 400 && !words.contains('\n'));
            }
        }
    }
}
