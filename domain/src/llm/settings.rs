//! Which model is asked, and where: from variables, or from the `llm` row of `realism_config`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use serde_json::Value;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Ollama's `/api/generate`.
    Ollama,
    /// Any server that speaks `OpenAI`'s `/v1/chat/completions`.
    OpenAi,
    /// A text of the operator's own, for tests.
    Fake,
}

/// What is set.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmSettings {
    /// Who answers.
    pub provider: Provider,
    /// Where; the provider's usual place where there is none.
    pub base_url: Option<String>,
    /// Which model; the provider's usual one where there is none.
    pub model: Option<String>,
    /// How long one call may take, in seconds: more than 0, at most 3,600.
    pub timeout: f64,
}

/// Whether a model is asked at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// None: templates only.
    Off,
    /// This one.
    On(LlmSettings),
}

/// What makes a setting no setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingError(pub String);

/// The seed's limit.
pub const TIMEOUT: f64 = 60.0;

/// Reads the name of a backend: nothing, `off`, `none`, `0`, `false` and `disabled` mean none.
///
/// # Errors
/// For a name that is no backend's.
pub fn provider(name: &str) -> Result<Option<Provider>, SettingError> {
    match name.trim().to_ascii_lowercase().as_str() {
        "" | "off" | "none" | "0" | "false" | "disabled" => Ok(None),
        "ollama" => Ok(Some(Provider::Ollama)),
        "openai" => Ok(Some(Provider::OpenAi)),
        "fake" => Ok(Some(Provider::Fake)),
        _ => Err(SettingError(format!("{name:?} is no language model backend: ollama, openai, fake or off"))),
    }
}

/// Reads a number of seconds.
///
/// # Errors
/// For what is no number, not above 0 or above 3,600.
pub fn timeout(value: f64) -> Result<f64, SettingError> {
    if value > 0.0 && value <= 3_600.0 {
        Ok(value)
    } else {
        Err(SettingError(format!("a timeout of {value} s is none: more than 0 and at most 3600")))
    }
}

/// Reads the row: `{"provider","base_url","model","timeout","api_key_ciphertext"}` (contracts §2).
///
/// # Errors
/// For what is no object, an unknown provider, or a timeout that is none.
pub fn of_row(text: &str) -> Result<Choice, SettingError> {
    let row: Value = serde_json::from_str(text).map_err(|e| SettingError(format!("no JSON: {e}")))?;
    let Value::Object(row) = row else { return Err(SettingError("no JSON object".to_owned())) };
    let field = |name: &str| -> Result<Option<String>, SettingError> {
        match row.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(_) => Err(SettingError(format!("{name} is no text"))),
        }
    };
    let Some(provider) = provider(&field("provider")?.unwrap_or_default())? else { return Ok(Choice::Off) };
    let seconds = match row.get("timeout") {
        None | Some(Value::Null) => TIMEOUT,
        Some(value) => {
            let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
            timeout(number.ok_or_else(|| SettingError("timeout is no number".to_owned()))?)?
        }
    };
    Ok(Choice::On(LlmSettings { provider, base_url: field("base_url")?, model: field("model")?, timeout: seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_a_language_model_off() {
        for off in ["", "off", "None", "0", "FALSE", "disabled", " "] {
            assert_eq!(provider(off), Ok(None), "{off:?}");
        }
        assert_eq!(provider(" Ollama "), Ok(Some(Provider::Ollama)));
        assert!(provider("gpt").unwrap_err().0.contains("ollama, openai, fake or off"));
    }

    #[test]
    fn a_row_is_read_as_the_dashboard_writes_it() {
        let row = r#"{"provider": "openai", "base_url": "http://gpu:8080", "model": "m", "timeout": 12.5, "api_key_ciphertext": "gAAA"}"#;
        let wanted = LlmSettings {
            provider: Provider::OpenAi,
            base_url: Some("http://gpu:8080".to_owned()),
            model: Some("m".to_owned()),
            timeout: 12.5,
        };
        assert_eq!(of_row(row), Ok(Choice::On(wanted)));
        assert_eq!(of_row(r#"{"provider": "off"}"#), Ok(Choice::Off));
        assert_eq!(of_row("{}"), Ok(Choice::Off));
        for bad in
            ["", "[]", "{\"provider\": 7}", "{\"provider\": \"ollama\", \"timeout\": -1}", "{\"provider\": \"x\"}"]
        {
            assert!(of_row(bad).is_err(), "{bad}");
        }
    }
}
