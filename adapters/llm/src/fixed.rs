//! The backend `fake`: one text whatever is asked, for trying out the rest.

use async_trait::async_trait;
use decnet_domain::llm::raw_answer::RawAnswer;
use decnet_ports::{LlmBackend, LlmError};

/// What it says where it is told nothing else.
const USUAL: &str = "Subject: Quick update\n\nHi,\n\nthe backup of last night went through, and the report is on the share. I will look at the rest of it in the morning.\n\nThanks\n";

pub(crate) struct FixedAnswer {
    answer: String,
}

impl FixedAnswer {
    pub(crate) fn new(answer: Option<&str>) -> Self {
        Self { answer: answer.unwrap_or(USUAL).to_owned() }
    }
}

#[async_trait]
impl LlmBackend for FixedAnswer {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn model(&self) -> &'static str {
        "fake"
    }

    fn address(&self) -> &'static str {
        "a fixed answer"
    }

    async fn generate(&self, _prompt: &str) -> Result<RawAnswer, LlmError> {
        if self.answer.trim().is_empty() {
            return Err(LlmError::Empty { address: self.address().to_owned() });
        }
        Ok(RawAnswer::complete(self.answer.clone()))
    }
}
