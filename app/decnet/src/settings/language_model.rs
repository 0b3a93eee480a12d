//! Which language model, and where.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use decnet_domain::llm::settings::{self, BackendName, Choice, DEFAULT_PROVIDER, LlmSettings, MOST_TOKENS};
use decnet_llm::HttpModels;
use decnet_ports::LlmFactory;

/// Which language model, and where.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Language model")]
pub(crate) struct Model {
    /// Language model backend: ollama, openai (any server that speaks its /v1/chat/completions) or fake;
    /// empty, off, none, 0, false and disabled mean none, and any other value ollama. A row `llm` of
    /// realism_config beats these settings.
    #[arg(long = "llm-backend", env = "DECNET_REALISM_LLM", default_value = "", value_name = "BACKEND")]
    pub(crate) backend: String,

    /// Which model. Default: llama3.1 with ollama.
    #[arg(long = "llm-model", env = "DECNET_REALISM_MODEL", value_name = "NAME")]
    pub(crate) named: Option<String>,

    /// Where the server is. Default: http://localhost:11434 with ollama, http://localhost:8080 with openai.
    #[arg(long = "llm-url", env = "DECNET_REALISM_URL", value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Seconds that one answer may take, all in all.
    #[arg(long = "llm-timeout", env = "DECNET_REALISM_TIMEOUT", default_value = "60", value_name = "SECONDS")]
    pub(crate) timeout: f64,

    /// A file with the key for an openai server; DECNET_REALISM_API_KEY holds the key itself.
    #[arg(long = "llm-key-file", env = "DECNET_REALISM_API_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,

    #[arg(long = "llm-key", env = "DECNET_REALISM_API_KEY", value_name = "KEY", hide = true, hide_env_values = true)]
    pub(crate) key: Option<String>,

    /// What the fake backend answers.
    #[arg(long = "llm-fake-output", env = "DECNET_REALISM_FAKE_OUTPUT", value_name = "TEXT", hide_env_values = true)]
    pub(crate) fake_output: Option<String>,
}

/// What makes language models of settings.
pub(crate) fn models(model: &Model) -> anyhow::Result<Arc<dyn LlmFactory>> {
    let key = match (&model.key, &model.key_file) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(file)) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("can't read the key in {}", file.display()))?;
            Some(text)
        }
        (None, None) => None,
    };
    let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    Ok(Arc::new(HttpModels::new(key, model.fake_output.clone())?))
}

/// What the variables and flags say of a language model. `always` is for `--llm`, which means one even where no backend
/// is named; it and a name that is no backend's mean the default backend.
pub(crate) fn choice(model: &Model, always: bool) -> anyhow::Result<Choice> {
    let provider = match BackendName::parse(&model.backend) {
        BackendName::Known(provider) => provider,
        BackendName::Off if always => DEFAULT_PROVIDER,
        BackendName::Off => return Ok(Choice::Off),
        BackendName::Unknown => {
            tracing::warn!(
                given = model.backend,
                used = DEFAULT_PROVIDER.as_str(),
                "--llm-backend (DECNET_REALISM_LLM) names no backend (ollama, openai, fake, off): the default one is used"
            );
            DEFAULT_PROVIDER
        }
    };
    let timeout = settings::timeout(model.timeout).context("--llm-timeout (DECNET_REALISM_TIMEOUT)")?;
    let (base_url, model) = (model.url.clone(), model.named.clone());
    Ok(Choice::On(LlmSettings { provider, base_url, model, timeout, most_tokens: MOST_TOKENS }))
}
