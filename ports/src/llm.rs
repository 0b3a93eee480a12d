//! Asking a language model.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::llm::settings::LlmSettings;

/// Turns a prompt into a text. An adapter answers within its own limit or fails; it never hangs.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait LlmBackend: Send + Sync {
    /// Its name, as `DECNET_REALISM_LLM` takes it.
    fn name(&self) -> &str;

    /// The model it asks.
    fn model(&self) -> &str;

    /// One answer to one prompt: never empty, and no larger than the adapter's cap.
    async fn generate(&self, prompt: &str) -> Result<String, LlmError>;
}

/// Makes backends as they are set.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait LlmFactory: Send + Sync {
    /// The backend for these settings. Nothing is asked yet.
    fn backend(&self, settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError>;
}

/// Why there is no answer. Each counts as one failure for the circuit breaker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// None within the limit.
    #[error("no answer within {seconds} s")]
    Timeout {
        /// The limit.
        seconds: u64,
    },
    /// Nobody there.
    #[error("the model can't be reached: {reason}")]
    Unreachable {
        /// In the transport's words.
        reason: String,
    },
    /// It said no.
    #[error("the model refused: {reason}")]
    Refused {
        /// In its own words.
        reason: String,
    },
    /// It said nothing.
    #[error("the model's answer is empty")]
    Empty,
}
