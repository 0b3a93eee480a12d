//! Asking a language model.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::llm::raw_answer::RawAnswer;
use decnet_domain::llm::retry_after::RetryAfter;
use decnet_domain::llm::settings::LlmSettings;

/// Turns a prompt into a text. An adapter answers within its own limit or fails; it never hangs.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait LlmBackend: Send + Sync {
    /// Its name, as `DECNET_REALISM_LLM` takes it.
    fn name(&self) -> &str;

    /// The model it asks.
    fn model(&self) -> &str;

    /// What it asks: the whole URL without a password, or what there is instead of one.
    fn address(&self) -> &str;

    /// One answer to one prompt: never empty, and no larger than the adapter's cap. Its text is as the model gave it;
    /// [`review`](decnet_domain::llm::review::review) decides what it is worth.
    async fn generate(&self, prompt: &str) -> Result<RawAnswer, LlmError>;
}

/// Makes backends as they are set.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait LlmFactory: Send + Sync {
    /// The backend for these settings. Nothing is asked yet.
    fn backend(&self, settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError>;
}

/// Why there is no answer. Each counts as one failure for the circuit breaker. What a server says is on one line, without
/// control characters and at most 300 characters long.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// No whole answer within the limit.
    #[error("no answer from {address} within {seconds} s{}", if *.is_loading { "; a call in the background goes on loading the model" } else { "" })]
    Timeout {
        /// What was asked.
        address: String,
        /// The limit.
        seconds: u64,
        /// The server may be loading the model: the adapter keeps one call open, longer than the limit, so that it isn't
        /// given up.
        is_loading: bool,
    },
    /// The address can't be used, or the connection failed.
    #[error("{address} can't be asked: {reason}")]
    Unreachable {
        /// What was to be asked.
        address: String,
        /// In the transport's words.
        reason: String,
    },
    /// The server refused, or sent something that holds no answer.
    #[error("{address} gave no answer: {reason}")]
    Refused {
        /// What was asked.
        address: String,
        /// The status, and the server's own words.
        reason: String,
        /// How long it wants to be left alone.
        retry_after: Option<RetryAfter>,
    },
    /// Every token went into thinking.
    #[error(
        "{address} gave no answer: all {tokens} tokens were spent on reasoning; turn the model's thinking off, or choose one \
         that doesn't think"
    )]
    OnlyReasoning {
        /// What was asked.
        address: String,
        /// The limit that was asked for.
        tokens: u32,
    },
    /// A whole answer without a letter in it.
    #[error("the answer of {address} is empty")]
    Empty {
        /// What was asked.
        address: String,
    },
}

impl LlmError {
    /// How long the server wants to be left alone, if it said so.
    pub fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
