use std::sync::Mutex;
use std::sync::PoisonError;

use async_trait::async_trait;
use decnet_domain::llm::raw_answer::RawAnswer;

use crate::{LlmBackend, LlmError};

/// A model that says what it was told to.
pub struct FakeLlm {
    answer: String,
    asked: Mutex<Vec<String>>,
}

impl FakeLlm {
    /// A model with one answer.
    pub fn saying(answer: impl Into<String>) -> Self {
        Self { answer: answer.into(), asked: Mutex::new(Vec::new()) }
    }

    /// The prompts so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl LlmBackend for FakeLlm {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn model(&self) -> &'static str {
        "fake"
    }

    fn address(&self) -> &'static str {
        "a fixed answer"
    }

    async fn generate(&self, prompt: &str) -> Result<RawAnswer, LlmError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(prompt.to_owned());
        if self.answer.trim().is_empty() {
            return Err(LlmError::Empty { address: self.address().to_owned() });
        }
        Ok(RawAnswer::complete(self.answer.clone()))
    }
}
