//! A language model behind HTTP.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use decnet_domain::llm::raw_answer::RawAnswer;
use decnet_domain::llm::settings::Provider;
use decnet_ports::{LlmBackend, LlmError};
use reqwest::StatusCode;
use tokio::time::Instant;

use crate::dialect::{Dialect, loads_on_demand};
use crate::exchange::{Broken, Client, HttpReply};
use crate::reply::{self, Reply};
use crate::server_words;
use crate::warm_up::WarmUp;

/// So many requests at most for one answer: each but the first leaves out or adds a field.
const MOST_REQUESTS: u32 = 6;

pub(crate) struct HttpBackend {
    client: Client,
    provider: Provider,
    model: String,
    /// What the server takes, as it has been learnt so far.
    dialect: Mutex<Dialect>,
    limits: Limits,
    warm_up: WarmUp,
}

#[async_trait]
impl LlmBackend for HttpBackend {
    fn name(&self) -> &str {
        self.provider.as_str()
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn address(&self) -> &str {
        self.client.shown()
    }

    async fn generate(&self, prompt: &str) -> Result<RawAnswer, LlmError> {
        let end = Instant::now() + self.limits.time;
        for _ in 1..MOST_REQUESTS {
            let dialect = self.dialect();
            match self.ask(dialect, prompt, end).await {
                Ok(answer) => return Ok(answer),
                Err((error, Some(next))) if next != dialect => {
                    self.learn(next);
                    drop(error);
                }
                Err((error, _)) => return Err(error),
            }
        }
        self.ask(self.dialect(), prompt, end).await.map_err(|(error, _)| error)
    }
}

/// How long one answer may take, and how long it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) time: Duration,
    pub(crate) tokens: u32,
}

/// Why there is no answer, and how to ask instead, if that may help.
type Failure = (LlmError, Option<Dialect>);

impl HttpBackend {
    pub(crate) fn new(client: Client, provider: Provider, model: String, dialect: Dialect, limits: Limits) -> Self {
        Self { client, provider, model, dialect: Mutex::new(dialect), limits, warm_up: WarmUp::default() }
    }

    fn dialect(&self) -> Dialect {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, dialect: Dialect) {
        *self.dialect.lock().unwrap_or_else(PoisonError::into_inner) = dialect;
    }

    /// One request, within what is left of the limit.
    async fn ask(&self, dialect: Dialect, prompt: &str, end: Instant) -> Result<RawAnswer, Failure> {
        let body = dialect
            .question(&self.model, prompt, self.limits.tokens)
            .map_err(|e| (self.refused(e.to_string()), None))?;
        let left = end.saturating_duration_since(Instant::now());
        let answer = self.client.post(body, left).await.map_err(|broken| (self.broken(broken), None))?;
        if !answer.status.is_success() {
            return Err(self.refusal(dialect, &answer));
        }
        let reply = reply::read(&answer.body).map_err(|words| (self.refused(words), None))?;
        self.answer_of(dialect, reply)
    }

    fn answer_of(&self, dialect: Dialect, reply: Reply) -> Result<RawAnswer, Failure> {
        if reply.has_reasoning
            && let Some(next) = dialect.after_thinking()
        {
            // The answers to come needn't think.
            self.learn(next);
        }
        if !reply.text.trim().is_empty() {
            let end = reply.end();
            return Ok(RawAnswer { text: reply.text, end });
        }
        let address = self.client.shown().to_owned();
        if reply.has_reasoning || reply.is_cut {
            // Reasoning that isn't shown counts as well: the limit was reached without a word.
            return Err((LlmError::OnlyReasoning { address, tokens: self.limits.tokens }, dialect.after_thinking()));
        }
        Err((LlmError::Empty { address }, None))
    }

    /// A request that was refused: with the status, the server's words and where it sends the client, and without the
    /// field that it names.
    fn refusal(&self, dialect: Dialect, answer: &HttpReply) -> Failure {
        let words = server_words::of_body(&answer.body).unwrap_or_default();
        let next = match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => dialect.after_refusal(&words),
            _ => None,
        };
        let mut reason = answer.status.to_string();
        if !words.is_empty() {
            reason = format!("{reason}: {words}");
        }
        if let Some(location) = &answer.location {
            reason = format!("{reason}; it sends the client to {}", server_words::one_line(location));
        }
        if let Some(wish) = answer.retry_after {
            reason = format!("{reason}; it wants to be left alone {wish}");
        }
        let address = self.client.shown().to_owned();
        (LlmError::Refused { address, reason, retry_after: answer.retry_after }, next)
    }

    fn refused(&self, reason: String) -> LlmError {
        LlmError::Refused { address: self.client.shown().to_owned(), reason, retry_after: None }
    }

    fn broken(&self, broken: Broken) -> LlmError {
        let address = self.client.shown().to_owned();
        let seconds = self.limits.time.as_secs().max(1);
        match broken {
            Broken::NoHeaders => {
                let is_loading = loads_on_demand(self.provider);
                if is_loading {
                    self.warm_up.begin(&self.client, &self.model);
                }
                LlmError::Timeout { address, seconds, is_loading }
            }
            Broken::NoEnd => LlmError::Timeout { address, seconds, is_loading: false },
            Broken::TooLarge => self.refused(Broken::too_large()),
            Broken::Transport(reason) => LlmError::Unreachable { address, reason },
        }
    }
}
