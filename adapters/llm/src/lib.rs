//! Language models over HTTP. One call, one limit over all of it, and an answer that is capped while it
//! comes in.

mod syntax;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use decnet_domain::llm::settings::{LlmSettings, Provider};
use decnet_ports::{LlmBackend, LlmError, LlmFactory};

pub use syntax::HostInterpreters;

/// What Ollama listens on, and the model the seed names.
const OLLAMA: (&str, &str) = ("http://localhost:11434", "llama3.1");
/// What llama.cpp's server listens on.
const OPENAI: (&str, &str) = ("http://localhost:8080", "default");
/// What the `fake` backend says where it is told nothing else.
const FAKE: &str = "Subject: Quick update\n\nHi,\n\nthe backup of last night went through, and the report is on the share. I will look at the rest of it in the morning.\n\nThanks\n";
/// An answer is never larger, whatever a server sends.
const LARGEST: usize = 512 * 1024;

/// Makes backends as they are set.
pub struct HttpModels {
    client: reqwest::Client,
    key: Option<String>,
    fake_output: Option<String>,
}

impl HttpModels {
    /// `key` goes to OpenAI-compatible servers and nowhere else; `fake_output` is what `fake` says.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(key: Option<String>, fake_output: Option<String>) -> Result<Self, LlmError> {
        // Somebody else in this process may have chosen a provider already: then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .map_err(|e| LlmError::Unreachable { reason: e.to_string() })?;
        Ok(Self { client, key, fake_output })
    }
}

impl LlmFactory for HttpModels {
    fn backend(&self, settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError> {
        let (base, model) = match settings.provider {
            Provider::Ollama => OLLAMA,
            Provider::OpenAi => OPENAI,
            Provider::Fake => {
                let answer = self.fake_output.clone().unwrap_or_else(|| FAKE.to_owned());
                return Ok(Arc::new(Fake { answer }));
            }
        };
        let base = settings.base_url.as_deref().unwrap_or(base).trim_end_matches('/');
        let path = match settings.provider {
            Provider::Ollama => "/api/generate",
            // Some write the version into the base address.
            _ if base.ends_with("/v1") => "/chat/completions",
            _ => "/v1/chat/completions",
        };
        let url: reqwest::Url = format!("{base}{path}")
            .parse()
            .map_err(|e| LlmError::Unreachable { reason: format!("{base:?} is no address: {e}") })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(LlmError::Unreachable { reason: format!("{base:?}: write http:// or https://") });
        }
        Ok(Arc::new(Http {
            client: self.client.clone(),
            url,
            model: settings.model.clone().unwrap_or_else(|| model.to_owned()),
            provider: settings.provider,
            key: self.key.clone(),
            limit: Duration::from_secs_f64(settings.timeout),
        }))
    }
}

struct Fake {
    answer: String,
}

#[async_trait]
impl LlmBackend for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn model(&self) -> &'static str {
        "fake"
    }

    async fn generate(&self, _prompt: &str) -> Result<String, LlmError> {
        if self.answer.trim().is_empty() { Err(LlmError::Empty) } else { Ok(self.answer.clone()) }
    }
}

struct Http {
    client: reqwest::Client,
    url: reqwest::Url,
    model: String,
    provider: Provider,
    key: Option<String>,
    limit: Duration,
}

#[async_trait]
impl LlmBackend for Http {
    fn name(&self) -> &str {
        match self.provider {
            Provider::OpenAi => "openai",
            Provider::Ollama | Provider::Fake => "ollama",
        }
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn generate(&self, prompt: &str) -> Result<String, LlmError> {
        // The limit is over everything: connecting, headers and the last byte of the body.
        match tokio::time::timeout(self.limit, self.ask(prompt)).await {
            Ok(answer) => answer,
            Err(_) => Err(LlmError::Timeout { seconds: self.limit.as_secs().max(1) }),
        }
    }
}

impl Http {
    async fn ask(&self, prompt: &str) -> Result<String, LlmError> {
        let unreachable = |e: reqwest::Error| LlmError::Unreachable { reason: chain(&e.without_url()) };
        let body = wire::question(self.provider, &self.model, prompt);
        let mut request =
            self.client.post(self.url.clone()).header("Content-Type", "application/json").body(body.to_string());
        if let (Provider::OpenAi, Some(key)) = (self.provider, &self.key) {
            request = request.bearer_auth(key);
        }
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let retry = response.headers().get("Retry-After").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(LlmError::Refused { reason: format!("an answer of more than {LARGEST} bytes") });
            }
            bytes.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            let wait = retry.map(|seconds| format!(", try again after {seconds}")).unwrap_or_default();
            let said = wire::error(&bytes).unwrap_or_default();
            return Err(LlmError::Refused { reason: format!("{status}{wait} {said}").trim_end().to_owned() });
        }
        wire::answer(self.provider, &bytes)
    }
}

/// An error and what is behind it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        out.push_str(": ");
        out.push_str(&inner.to_string());
        next = inner.source();
    }
    out
}
