//! What goes over the wire: Ollama's `/api/generate` and `OpenAI`'s `/v1/chat/completions`.

use decnet_domain::llm::settings::Provider;
use decnet_ports::LlmError;
use serde_json::{Value, json};

/// Enough for the longest body that is asked for.
const MOST_TOKENS: u32 = 1_200;

pub(crate) fn question(provider: Provider, model: &str, prompt: &str) -> Value {
    match provider {
        Provider::Ollama | Provider::Fake => {
            json!({ "model": model, "prompt": prompt, "stream": false, "options": { "num_predict": MOST_TOKENS } })
        }
        Provider::OpenAi => json!({
            "model": model,
            "messages": [{ "role": "user", "content": prompt }],
            "max_tokens": MOST_TOKENS,
            "stream": false,
        }),
    }
}

pub(crate) fn answer(provider: Provider, bytes: &[u8]) -> Result<String, LlmError> {
    let refused = |reason: String| LlmError::Refused { reason };
    let value: Value = serde_json::from_slice(bytes).map_err(|e| refused(format!("an answer that is no JSON: {e}")))?;
    let text = match provider {
        Provider::Ollama | Provider::Fake => value.get("response"),
        Provider::OpenAi => value.pointer("/choices/0/message/content").or_else(|| value.pointer("/choices/0/text")),
    };
    match text.and_then(Value::as_str) {
        Some(text) if text.trim().is_empty() => Err(LlmError::Empty),
        Some(text) => Ok(text.to_owned()),
        None => Err(refused(error(bytes).unwrap_or_else(|| "an answer without a text".to_owned()))),
    }
}

/// What a server says went wrong, in its own words, at most 200 characters of them.
pub(crate) fn error(bytes: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let error = value.get("error")?;
    let text = error.as_str().or_else(|| error.get("message")?.as_str())?;
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
}
