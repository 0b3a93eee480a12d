//! Language models over HTTP: Ollama, and any server that speaks `OpenAI`'s chat completions.
//!
//! One limit over all of a call, and an answer that is capped while it comes in. Servers differ in what they take and how
//! they say no; [`dialect`] adapts to what one has refused and remembers it.

mod address;
mod backend;
mod dialect;
mod exchange;
mod fixed;
mod reply;
mod server_words;
mod warm_up;

use std::sync::Arc;
use std::time::Duration;

use decnet_domain::llm::settings::{LlmSettings, Provider};
use decnet_ports::{LlmBackend, LlmError, LlmFactory};

use address::Address;
use backend::{HttpBackend, Limits};
use dialect::Dialect;
use exchange::Client;
use fixed::FixedAnswer;

/// The model that Ollama is asked for where none is named.
const OLLAMA_MODEL: &str = "llama3.1";
/// Servers of one model take any name.
const OPENAI_MODEL: &str = "default";

/// Makes backends as they are set.
pub struct HttpModels {
    client: reqwest::Client,
    key: Option<String>,
    fake_output: Option<String>,
}

impl HttpModels {
    /// `key` goes as a bearer token to the server that is asked and nowhere else; `fake_output` is what `fake` says.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(key: Option<String>, fake_output: Option<String>) -> Result<Self, LlmError> {
        // Fails where this process has a provider already; that one serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .map_err(|e| LlmError::Unreachable { address: "any server".to_owned(), reason: e.to_string() })?;
        Ok(Self { client, key, fake_output })
    }
}

impl LlmFactory for HttpModels {
    fn backend(&self, settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError> {
        let (dialect, usual_model) = match settings.provider {
            Provider::Ollama => (Dialect::OLLAMA, OLLAMA_MODEL),
            Provider::OpenAi => (Dialect::OPENAI, OPENAI_MODEL),
            Provider::Fake => return Ok(Arc::new(FixedAnswer::new(self.fake_output.as_deref()))),
        };
        let address = Address::parse(settings.provider, settings.base_url.as_deref())?;
        Ok(Arc::new(HttpBackend::new(
            Client::new(self.client.clone(), address, self.key.clone()),
            settings.provider,
            settings.model.clone().unwrap_or_else(|| usual_model.to_owned()),
            dialect,
            Limits { time: Duration::from_secs_f64(settings.timeout), tokens: settings.most_tokens },
        )))
    }
}
