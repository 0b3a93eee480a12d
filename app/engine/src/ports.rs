//! What the engine works with.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::content::Content;
use decnet_domain::content_class::CanaryClass;
use decnet_domain::llm::settings::LlmSettings;
use decnet_domain::record::{EmailRecord, Event};
use decnet_domain::topic;
use decnet_ports::{
    ActivityDriver, CanaryArtifact, CanaryError, CanaryOrder, CanarySink, Clock, EventBus, LlmBackend, LlmError,
    LlmFactory, MailWriter, PersonaPool, Record, Repo, Syntax, SyntaxCheck,
};

/// Everything outside the engine.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What is kept.
    pub repo: Arc<dyn Repo>,
    /// Acting on deckies.
    pub driver: Arc<dyn ActivityDriver>,
    /// Telling others.
    pub bus: Arc<dyn EventBus>,
    /// The global persona pool.
    pub personas: Arc<dyn PersonaPool>,
    /// Making canaries.
    pub canaries: Arc<dyn CanarySink>,
    /// Language models, as they are set.
    pub models: Arc<dyn LlmFactory>,
    /// Whether scripts parse.
    pub syntax: Arc<dyn SyntaxCheck>,
    /// Mails as bytes.
    pub mail: Arc<dyn MailWriter>,
    /// The texts.
    pub content: Arc<Content>,
}

impl Ports {
    /// Tells whoever listens of something that was recorded, and the log. Nothing waits for that.
    pub(crate) fn publish(&self, record: &Record) {
        match record {
            Record::Event(event) => self.publish_event(event),
            Record::Email(email) => self.publish_email(email),
            Record::File(_)
            | Record::FileGone(_)
            | Record::FileTampered(..)
            | Record::Copy(_)
            | Record::CopyChanged(_) => {}
        }
    }

    fn publish_event(&self, event: &Event) {
        self.bus.publish(&topic::of_event(event), event.what.action(), &topic::event_payload(event));
        let (action, decky) = (event.what.action(), event.payload.decky());
        let from = event.payload.traffic().map(|t| t.src_decky.as_str()).unwrap_or_default();
        let path = event.payload.file().map(|f| f.path.as_str()).unwrap_or_default();
        if event.outcome.is_success() {
            tracing::info!(action, decky, from, path, "acted");
        } else {
            let reason = event.payload.stderr().unwrap_or_default();
            // What it means for the decky is told by whoever knows whether it was told before.
            tracing::info!(action, decky, from, path, reason, "failed");
        }
    }

    fn publish_email(&self, email: &EmailRecord) {
        self.bus.publish(&topic::of_email(email), "email", &topic::email_payload(email));
        let (decky, from, to, subject) = (email.decky.as_str(), &email.sender, &email.recipient, &email.subject);
        if email.outcome.is_success() {
            tracing::info!(action = "email", decky, from, to, subject, "acted");
        } else {
            let reason = email.payload.details().and_then(|d| d.stderr.as_deref()).unwrap_or_default();
            tracing::info!(action = "email", decky, from, to, reason, "failed");
        }
    }
}

/// There are no models: whatever is set, templates write.
pub struct NoModels;

impl LlmFactory for NoModels {
    fn backend(&self, _settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError> {
        Err(LlmError::Unreachable { address: "a model".to_owned(), reason: "there are none here".to_owned() })
    }
}

/// There is no interpreter to ask.
pub struct NoInterpreters;

#[async_trait]
impl SyntaxCheck for NoInterpreters {
    async fn check(&self, _script: &str) -> Syntax {
        Syntax::Unknown
    }
}

/// No canary generator is configured: the planner falls through to other content.
pub struct NoCanaries;

#[async_trait]
impl CanarySink for NoCanaries {
    fn offers(&self, _class: CanaryClass) -> bool {
        false
    }

    async fn cultivate(&self, order: &CanaryOrder) -> Result<CanaryArtifact, CanaryError> {
        Err(CanaryError::NotOffered { class: order.class, reason: "no generator is configured".to_owned() })
    }
}
