//! Words from a language model, where there is one: asked for in the background, looked over, and used
//! when they are there. Nobody waits for a slow model: what it is asked for comes a little later, and
//! where nothing fit comes, a template does.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use decnet_domain::content::Content;
use decnet_domain::decky::DeckyId;
use decnet_domain::index::PersonaIndex;
use decnet_domain::llm::breaker::{Breaker, BreakerState, Permit};
use decnet_domain::llm::fit::{Accepted, Kind, Rejection, Wanted};
use decnet_domain::llm::prompt::Prompt;
use decnet_domain::llm::settings::{Choice, of_row};
use decnet_domain::mail::outgoing::{MailKind, ModelText, OutgoingMail};
use decnet_domain::mail::site::MailSite;
use decnet_domain::persona::Persona;
use decnet_domain::planner::known::FileRequest;
use decnet_domain::topic::LlmHealth;
use decnet_ports::{Clock, LlmBackend, LlmFactory, Syntax, SyntaxCheck};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{Semaphore, oneshot};

/// A fast model's answer is used at once; for others nobody waits longer than this.
const GRACE: Duration = Duration::from_millis(250);
/// So many calls at once: most models do one after the other anyway.
const AT_ONCE: usize = 2;
/// So many answers may be awaited; beyond that, templates.
const MOST_AWAITED: usize = 24;

/// Who decides whether a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum LlmPolicy {
    /// `--no-llm`: never, whatever anything else says.
    Never,
    /// The variables, unless `realism_config` says otherwise.
    Configured(Choice),
    /// `--llm`: always; `realism_config` may say which.
    Always(Choice),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LlmRequest {
    /// The body of a new file.
    File(FileRequest),
    /// A mail.
    Mail(MailRequest),
}

/// A mail: a new one, or an answer to one of this `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MailRequest {
    pub(crate) decky: DeckyId,
    pub(crate) writer: PersonaIndex,
    pub(crate) parent: Option<String>,
    pub(crate) due: Timestamp,
    pub(crate) draws: u64,
}

impl MailRequest {
    /// What a mail is asked for as.
    pub(crate) fn of(site: &MailSite<'_>, outgoing: &OutgoingMail<'_>) -> Self {
        let writer = outgoing.kind.writer();
        Self {
            decky: site.server.decky.id.clone(),
            writer: writer.unwrap_or(PersonaIndex::new(0)),
            parent: outgoing.kind.parent().map(|parent| parent.message_id.clone()),
            due: outgoing.due,
            draws: outgoing.draws,
        }
    }

    /// The mail that was asked for; `None` when its writer or the mail it answers is not there any more.
    pub(crate) fn outgoing<'s>(&self, site: &'s MailSite<'_>) -> Option<OutgoingMail<'s>> {
        if !site.has(self.writer) {
            return None;
        }
        let kind = match &self.parent {
            None => MailKind::Root(self.writer),
            Some(id) => MailKind::Answer(self.writer, site.recent.iter().find(|mail| mail.message_id == *id)?),
        };
        Some(OutgoingMail { due: self.due, kind, draws: self.draws })
    }
}

impl From<MailRequest> for LlmRequest {
    fn from(request: MailRequest) -> Self {
        Self::Mail(request)
    }
}

/// What to do for words.
pub(crate) enum LlmOutcome {
    /// These.
    Ready(ModelText),
    /// Something else meanwhile: the order comes back from [`LlmQueue::next_done`].
    Later,
    /// A template's.
    Template,
}

/// How answers were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LlmCounts {
    /// Fit as they came.
    pub fit: u64,
    /// Mended.
    pub mended: u64,
    /// Refused.
    pub unfit: u64,
    /// No answer at all.
    pub failed: u64,
}

#[derive(Default)]
struct State {
    backend: Option<Arc<dyn LlmBackend>>,
    choice: Option<Choice>,
    breaker: Breaker,
    awaited: BTreeSet<LlmRequest>,
    done: VecDeque<(LlmRequest, Option<ModelText>)>,
    counts: LlmCounts,
    /// The last `llm` row that was refused, so that it is told of once.
    refused: Option<String>,
}

/// The state that every caller shares.
#[derive(Clone)]
pub struct LlmQueue {
    state: Arc<Mutex<State>>,
    at_once: Arc<Semaphore>,
    policy: LlmPolicy,
    clock: Arc<dyn Clock>,
    content: Arc<Content>,
    factory: Arc<dyn LlmFactory>,
    syntax: Arc<dyn SyntaxCheck>,
}

impl LlmQueue {
    pub(crate) fn new(
        policy: LlmPolicy,
        clock: Arc<dyn Clock>,
        content: Arc<Content>,
        factory: Arc<dyn LlmFactory>,
        syntax: Arc<dyn SyntaxCheck>,
    ) -> Self {
        let state = Arc::default();
        let this = Self { state, at_once: Arc::new(Semaphore::new(AT_ONCE)), policy, clock, content, factory, syntax };
        this.apply_config(None);
        this
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the heartbeat tells.
    pub fn health(&self) -> LlmHealth {
        let now = self.clock.now().timestamp();
        self.with(|s| LlmHealth {
            backend: s.backend.as_ref().map(|b| b.name().to_owned()),
            model: s.backend.as_ref().map(|b| b.model().to_owned()),
            breaker: s.breaker.state(now),
        })
    }

    /// How answers were so far.
    pub fn counts(&self) -> LlmCounts {
        self.with(|s| s.counts)
    }

    /// Takes up what `realism_config` says, if it has a row; the breaker stays as it is.
    pub(crate) fn apply_config(&self, row: Option<&str>) {
        let told = row.map(of_row);
        if let (Some(row), Some(Err(error))) = (row, &told) {
            let is_new = self.with(|s| s.refused.replace(row.to_owned()).as_deref() != Some(row));
            if is_new {
                tracing::warn!(error = %error, "the llm row is no use; what is in force stays");
            }
            return;
        }
        let choice = match (&self.policy, told) {
            (LlmPolicy::Never, _) => Choice::Off,
            (_, Some(Ok(on @ Choice::On(_)))) => on,
            (LlmPolicy::Always(own), _) | (LlmPolicy::Configured(own), None) => own.clone(),
            (LlmPolicy::Configured(_), Some(_)) => Choice::Off,
        };
        if self.with(|s| s.choice.as_ref() == Some(&choice)) {
            return;
        }
        let backend = match &choice {
            Choice::Off => None,
            Choice::On(settings) => match self.factory.backend(settings) {
                Ok(backend) => Some(backend),
                Err(error) => {
                    tracing::error!(error = %error, "no language model can be used; files and mails are written from templates");
                    None
                }
            },
        };
        match &backend {
            Some(backend) => {
                tracing::info!(backend = backend.name(), model = backend.model(), "a language model is asked");
            }
            None if row.is_some() => tracing::info!("no language model is asked"),
            None => {}
        }
        self.with(|s| (s.backend, s.choice) = (backend, Some(choice)));
    }

    /// Whether there is anybody to ask.
    pub(crate) fn is_on(&self) -> bool {
        self.with(|s| s.backend.is_some())
    }

    /// Whether this is asked for already.
    pub(crate) fn awaits(&self, order: &LlmRequest) -> bool {
        self.with(|s| s.awaited.contains(order))
    }

    /// An order whose words came, or won't come.
    pub(crate) fn next_done(&self) -> Option<(LlmRequest, Option<ModelText>)> {
        self.with(|s| s.done.pop_front())
    }

    /// Whether [`Self::next_done`] has something.
    pub(crate) fn has_done(&self) -> bool {
        self.with(|s| !s.done.is_empty())
    }

    /// Asks. One call an order, whatever comes of it.
    pub(crate) async fn words(
        &self,
        order: LlmRequest,
        prompt: Prompt,
        persona: &Persona,
        kind: Kind,
        today: Date,
    ) -> LlmOutcome {
        let now = self.clock.now().timestamp();
        let backend = self.with(|s| {
            let backend = s.backend.clone()?;
            // Only looked at here: whoever calls takes the permit, when its turn has come.
            let mut looked_at = s.breaker;
            let is_denied = looked_at.ask(now) == Permit::Denied;
            if s.awaited.len() >= MOST_AWAITED || s.awaited.contains(&order) || is_denied {
                return None;
            }
            s.awaited.insert(order.clone());
            Some(backend)
        });
        let Some(backend) = backend else { return LlmOutcome::Template };
        let (tell, mut told) = oneshot::channel();
        let (this, persona) = (self.clone(), persona.clone());
        tokio::spawn(async move {
            let answer = this.ask(&*backend, &prompt, &persona, kind, today).await;
            // Whoever asked may have gone on with something else: then it is kept for later.
            let left = tell.send(answer);
            this.with(|s| {
                s.awaited.remove(&order);
                if let Err(answer) = left {
                    s.done.push_back((order, answer));
                }
            });
        });
        let answer = if let Ok(answer) = tokio::time::timeout(GRACE, &mut told).await {
            answer.ok()
        } else {
            // From here on nothing can be sent, and what was sent at this very moment isn't lost.
            told.close();
            let Ok(answer) = told.try_recv() else { return LlmOutcome::Later };
            Some(answer)
        };
        answer.flatten().map_or(LlmOutcome::Template, LlmOutcome::Ready)
    }

    /// One call and what is thought of it; `None` where a template has to do.
    async fn ask(
        &self,
        backend: &dyn LlmBackend,
        prompt: &Prompt,
        persona: &Persona,
        kind: Kind,
        today: Date,
    ) -> Option<ModelText> {
        let _turn = self.at_once.acquire().await.ok()?;
        // The breaker may have opened while this waited.
        let now = self.clock.now().timestamp();
        if self.with(|s| s.breaker.ask(now)) == Permit::Denied {
            return None;
        }
        let start = Instant::now();
        let answer = backend.generate(&prompt.text).await;
        let now = self.clock.now().timestamp();
        let text = match answer {
            Ok(text) => {
                let before = self.with(|s| {
                    let before = s.breaker.state(now);
                    s.breaker.succeeded();
                    before
                });
                if before != BreakerState::Closed {
                    tracing::info!(backend = backend.name(), "the model answers again: the breaker is closed");
                }
                text
            }
            Err(error) => {
                let (before, after) = self.with(|s| {
                    let before = s.breaker.state(now);
                    s.breaker.failed(now);
                    s.counts.failed += 1;
                    (before, s.breaker.state(now))
                });
                if after == BreakerState::Open && before != BreakerState::Open {
                    tracing::warn!(
                        backend = backend.name(),
                        "the breaker is open: the model is asked again in a minute"
                    );
                }
                tracing::warn!(backend = backend.name(), error = %error, "no answer; a template takes its place");
                return None;
            }
        };
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wanted = Wanted { kind, persona, today, prompt: &prompt.text };
        match judged(&self.content, &*self.syntax, &text, &wanted).await {
            Ok(Accepted { text, mended }) => {
                self.with(|s| if mended.is_empty() { s.counts.fit += 1 } else { s.counts.mended += 1 });
                tracing::debug!(kind = ?kind, millis, mended = ?mended, "an answer is used");
                Some(ModelText {
                    text,
                    model: backend.model().to_owned(),
                    millis,
                    mannerisms: prompt.mannerisms.clone(),
                })
            }
            Err(reason) => {
                self.with(|s| s.counts.unfit += 1);
                tracing::info!(kind = ?kind, millis, reason = %reason, "an answer is refused; a template takes its place");
                None
            }
        }
    }
}

/// What an answer is worth: by the checks, and for a script by its interpreter, where there is one to ask.
///
/// # Errors
/// With the reason, for an answer that is no use.
pub async fn judged(
    content: &Content,
    syntax: &dyn SyntaxCheck,
    answer: &str,
    wanted: &Wanted<'_>,
) -> Result<Accepted, Rejection> {
    let fit = content.model_tells().review(answer, wanted)?;
    if wanted.kind == Kind::Script && syntax.check(&fit.text).await == Syntax::Broken {
        return Err(Rejection::Syntax);
    }
    Ok(fit)
}
