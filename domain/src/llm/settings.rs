//! Which model is asked, and where: from variables, or from the `llm` row of `realism_config`.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::IgnoredAny;
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
    /// How many tokens an answer may have.
    pub most_tokens: u32,
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

/// How long one call may take where nothing is set, in seconds.
pub const TIMEOUT: f64 = 60.0;
/// How many tokens an answer may have, unless something longer is asked for.
pub const MOST_TOKENS: u32 = 1_200;
/// Who answers where a model is wanted and no known backend is named.
pub const DEFAULT_PROVIDER: Provider = Provider::Ollama;

impl Provider {
    /// The name that settings have for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::OpenAi => "openai",
            Self::Fake => "fake",
        }
    }
}

/// What the name of a backend means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendName {
    /// Templates only: nothing, `off`, `none`, `0`, `false` or `disabled`.
    Off,
    /// This one.
    Known(Provider),
    /// A name that is no backend's. A model is wanted all the same: [`DEFAULT_PROVIDER`], and a warning.
    Unknown,
}

impl BackendName {
    /// Reads a name.
    pub fn parse(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "off" | "none" | "0" | "false" | "disabled" => Self::Off,
            "ollama" => Self::Known(Provider::Ollama),
            "openai" => Self::Known(Provider::OpenAi),
            "fake" => Self::Known(Provider::Fake),
            _ => Self::Unknown,
        }
    }
}

/// Reads a number of seconds.
///
/// # Errors
/// For what is not above 0 or above 3,600.
pub fn timeout(value: f64) -> Result<f64, SettingError> {
    if value > 0.0 && value <= 3_600.0 {
        Ok(value)
    } else {
        Err(SettingError(format!("a time-out of {value} s can't be used: more than 0 and at most 3600")))
    }
}

/// What a row says.
#[derive(Clone, Debug, PartialEq)]
pub struct RowSettings {
    /// What is chosen.
    pub choice: Choice,
    /// What of the row has no effect here, in words.
    pub unused: Vec<String>,
}

/// The row as it is stored: any key may be missing or null.
#[derive(Deserialize)]
struct Row {
    provider: Option<String>,
    base_url: Option<String>,
    model: Option<String>,
    timeout: Option<Seconds>,
    api_key_ciphertext: Option<IgnoredAny>,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

/// A number, or a text that is one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

/// Reads the row `llm` of `realism_config`: `{"provider","base_url","model","timeout","api_key_ciphertext"}`. It is
/// stored as it was sent, so that a key that is missing has its default: `ollama`, Ollama's usual address,
/// `llama3.1`, 60 s.
///
/// # Errors
/// For what is no object, a value of another type, an unknown provider, or a timeout that can't be used.
pub fn of_row(text: &str) -> Result<RowSettings, SettingError> {
    let row: Row = serde_json::from_str(text).map_err(|e| SettingError(format!("{e}")))?;
    let filled = |field: Option<String>| field.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let mut unused: Vec<String> =
        row.unknown.keys().map(|key| format!("{key:?} is no setting of a language model")).collect();
    if row.api_key_ciphertext.is_some() {
        unused.push(
            "api_key_ciphertext can only be read with the dashboard's secret: set DECNET_REALISM_API_KEY or \
             DECNET_REALISM_API_KEY_FILE"
                .to_owned(),
        );
    }
    let name = row.provider.as_deref().unwrap_or(DEFAULT_PROVIDER.as_str());
    let provider = match BackendName::parse(name) {
        BackendName::Off => return Ok(RowSettings { choice: Choice::Off, unused }),
        BackendName::Known(provider) => provider,
        BackendName::Unknown => {
            return Err(SettingError(format!(
                "provider {name:?} is no language model backend: ollama, openai, fake or off"
            )));
        }
    };
    let seconds = match row.timeout {
        None => TIMEOUT,
        Some(Seconds::Number(number)) => timeout(number)?,
        Some(Seconds::Text(text)) => timeout(
            text.trim().parse().map_err(|_| SettingError(format!("timeout {text:?} is no number of seconds")))?,
        )?,
    };
    let settings = LlmSettings {
        provider,
        base_url: filled(row.base_url),
        model: filled(row.model),
        timeout: seconds,
        most_tokens: MOST_TOKENS,
    };
    Ok(RowSettings { choice: Choice::On(settings), unused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_but_a_few_turns_a_language_model_on() {
        for off in ["", "off", "None", "0", "FALSE", "disabled", " "] {
            assert_eq!(BackendName::parse(off), BackendName::Off, "{off:?}");
        }
        assert_eq!(BackendName::parse(" Ollama "), BackendName::Known(Provider::Ollama));
        assert_eq!(BackendName::parse("OPENAI"), BackendName::Known(Provider::OpenAi));
        for other in ["gpt4", "1", "true", "on", "llama.cpp"] {
            assert_eq!(BackendName::parse(other), BackendName::Unknown, "{other}");
        }
    }

    #[test]
    fn a_row_is_read_as_the_dashboard_writes_it() {
        let row = r#"{"provider": "openai", "base_url": "http://gpu:8080/", "model": "m", "timeout": 12.5, "api_key_ciphertext": "gAAA", "x": [1]}"#;
        let wanted = LlmSettings {
            provider: Provider::OpenAi,
            base_url: Some("http://gpu:8080/".to_owned()),
            model: Some("m".to_owned()),
            timeout: 12.5,
            most_tokens: MOST_TOKENS,
        };
        let read = of_row(row).unwrap();
        assert_eq!(read.choice, Choice::On(wanted));
        assert_eq!(read.unused.len(), 2);
        assert!(read.unused[0].contains("\"x\"") && read.unused[1].contains("DECNET_REALISM_API_KEY"));
        let choice = |row: &str| of_row(row).map(|read| read.choice);
        assert_eq!(choice(r#"{"provider": "off"}"#), Ok(Choice::Off));
        // What is missing or null has its default.
        let default = LlmSettings {
            provider: Provider::Ollama,
            base_url: None,
            model: None,
            timeout: TIMEOUT,
            most_tokens: MOST_TOKENS,
        };
        for row in ["{}", r#"{"provider": null, "base_url": "", "timeout": "60", "api_key_ciphertext": null}"#] {
            assert_eq!(
                of_row(row),
                Ok(RowSettings { choice: Choice::On(default.clone()), unused: Vec::new() }),
                "{row}"
            );
        }
        for bad in [
            "",
            "[]",
            "{\"provider\": 7}",
            "{\"provider\": \"ollama\", \"timeout\": -1}",
            "{\"timeout\": \"soon\"}",
            "{\"timeout\": true}",
            "{\"provider\": \"x\"}",
        ] {
            assert!(of_row(bad).is_err(), "{bad}");
        }
    }
}
