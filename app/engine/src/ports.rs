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
    LlmFactory, MailWriter, PersonaPool, Repo, Syntax, SyntaxCheck,
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
    /// Tells whoever listens. Nothing waits for that.
    pub(crate) fn tell(&self, event: &Event) {
        self.bus.publish(&topic::of_event(event), event.what.action(), &topic::event_payload(event));
    }
}

impl Ports {
    /// Tells of a mail.
    pub(crate) fn tell_mail(&self, mail: &EmailRecord) {
        self.bus.publish(&topic::of_email(mail), "email", &topic::email_payload(mail));
    }
}

/// There are no models: whatever is set, templates write.
pub struct NoModels;

impl LlmFactory for NoModels {
    fn backend(&self, _settings: &LlmSettings) -> Result<Arc<dyn LlmBackend>, LlmError> {
        Err(LlmError::Unreachable { reason: "there are no models here".to_owned() })
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
