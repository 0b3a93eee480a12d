//! Texts from a language model, where there is one: asked for in the background, reviewed, and used when they are there.
//! No action waits for a slow model: its text comes a little later, and where none can be used, a template's does.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use decnet_domain::content::Content;
use decnet_domain::decky::DeckyId;
use decnet_domain::index::PersonaIndex;
use decnet_domain::llm::breaker::{Breaker, BreakerState, Permit};
use decnet_domain::llm::prompt::Prompt;
use decnet_domain::llm::raw_answer::RawAnswer;
use decnet_domain::llm::retry_after::RetryAfter;
use decnet_domain::llm::review::{Wanted, review};
use decnet_domain::llm::script_check::ScriptFault;
use decnet_domain::llm::settings::{Choice, of_row};
use decnet_domain::llm::text_kind::TextKind;
use decnet_domain::llm::verdict::{Accepted, Rejection};
use decnet_domain::mail::outgoing::{MailKind, ModelText, OutgoingMail};
use decnet_domain::mail::site::MailSite;
use decnet_domain::persona::Persona;
use decnet_domain::planner::known::FileRequest;
use decnet_domain::topic::LlmHealth;
use decnet_ports::{Clock, LlmBackend, LlmFactory, Syntax, SyntaxCheck};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{Semaphore, oneshot};

/// An answer that comes within this time is used at once; an action waits no longer.
const GRACE: Duration = Duration::from_millis(250);
/// So many calls at once: most servers answer one after the other anyway.
const AT_ONCE: usize = 2;
/// So many answers may be awaited; beyond that, templates.
const MOST_AWAITED: usize = 24;

/// What decides whether a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum LlmPolicy {
    /// `--no-llm`: never, whatever anything else says.
    Never,
    /// The variables, unless `realism_config` says otherwise.
    Configured(Choice),
    /// `--llm`: always; `realism_config` may say which.
    Always(Choice),
}

/// What a text is asked for. A request is on its way once at a time.
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

/// What came of a request.
pub(crate) enum LlmOutcome {
    /// A text that can be used.
    Ready(ModelText),
    /// Nothing yet: the request comes back from [`LlmQueue::next_done`].
    Later,
    /// A template has to do: there is no model, it may not be asked, or its answer can't be used.
    Template,
}

/// How many answers there were of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LlmCounts {
    /// Accepted as they came.
    pub accepted: u64,
    /// Accepted after a repair.
    pub repaired: u64,
    /// Refused by the review.
    pub rejected: u64,
    /// Calls without an answer.
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
    /// The last `llm` row, so that what is wrong with it is told once.
    row: Option<String>,
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

    /// What the heartbeat reports.
    pub fn health(&self) -> LlmHealth {
        let now = self.clock.now().timestamp();
        self.with(|s| LlmHealth {
            backend: s.backend.as_ref().map(|b| b.name().to_owned()),
            model: s.backend.as_ref().map(|b| b.model().to_owned()),
            breaker: s.breaker.state(now),
        })
    }

    /// How many answers there were of each verdict so far.
    pub fn counts(&self) -> LlmCounts {
        self.with(|s| s.counts)
    }

    /// Takes up what `realism_config` says, if it has a row; the breaker stays as it is.
    pub(crate) fn apply_config(&self, row: Option<&str>) {
        let before = self.with(|s| std::mem::replace(&mut s.row, row.map(str::to_owned)));
        let is_new = before.as_deref() != row;
        let told = match row.map(of_row) {
            None => None,
            Some(Ok(read)) => {
                for unused in read.unused.iter().filter(|_| is_new && self.policy != LlmPolicy::Never) {
                    tracing::warn!(reason = %unused, "a part of the row \"llm\" of realism_config has no effect");
                }
                Some(read.choice)
            }
            Some(Err(error)) => {
                if is_new {
                    tracing::warn!(error = %error, "the row \"llm\" of realism_config can't be used; the settings in force stay");
                }
                return;
            }
        };
        let choice = match (&self.policy, told) {
            (LlmPolicy::Never, _) => Choice::Off,
            (_, Some(on @ Choice::On(_))) => on,
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
                tracing::info!(
                    backend = backend.name(),
                    model = backend.model(),
                    address = backend.address(),
                    "a language model is asked"
                );
            }
            None if row.is_some() => tracing::info!("no language model is asked"),
            None => {}
        }
        self.with(|s| (s.backend, s.choice) = (backend, Some(choice)));
    }

    /// Whether there is a model to ask.
    pub(crate) fn is_on(&self) -> bool {
        self.with(|s| s.backend.is_some())
    }

    /// Whether this is asked for already.
    pub(crate) fn awaits(&self, order: &LlmRequest) -> bool {
        self.with(|s| s.awaited.contains(order))
    }

    /// A request that is done, with its answer if there is one that can be used.
    pub(crate) fn next_done(&self) -> Option<(LlmRequest, Option<ModelText>)> {
        self.with(|s| s.done.pop_front())
    }

    /// Whether [`Self::next_done`] has something.
    pub(crate) fn has_done(&self) -> bool {
        self.with(|s| !s.done.is_empty())
    }

    /// Asks for a text, in one call, and waits a moment for it.
    pub(crate) async fn words(
        &self,
        order: LlmRequest,
        prompt: Prompt,
        persona: &Persona,
        kind: TextKind,
        today: Date,
    ) -> LlmOutcome {
        let now = self.clock.now().timestamp();
        let backend = self.with(|s| {
            let backend = s.backend.clone()?;
            // Only looked at: the permit is taken right before the call, when this request's turn has come.
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
            // The action that asked may have gone on without it: then it is kept for a later tick.
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
        kind: TextKind,
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
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.failed(backend, now, error.retry_after());
                tracing::warn!(backend = backend.name(), error = %error, "no answer; a template takes its place");
                return None;
            }
        };
        self.succeeded(backend, now);
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wanted = Wanted { kind, persona, today, prompt };
        match review_answer(&self.content, &*self.syntax, &answer, &wanted).await {
            Ok(Accepted { subject, text, repairs }) => {
                self.with(|s| if repairs.is_empty() { s.counts.accepted += 1 } else { s.counts.repaired += 1 });
                tracing::debug!(kind = kind.as_str(), millis, repairs = ?repairs, "an answer is used");
                let (model, mannerisms) = (backend.model().to_owned(), prompt.mannerisms.clone());
                Some(ModelText { subject, text, model, millis, mannerisms })
            }
            Err(reason) => {
                self.with(|s| s.counts.rejected += 1);
                tracing::info!(
                    kind = kind.as_str(),
                    persona = persona.name,
                    millis,
                    reason = %reason,
                    "an answer is refused; a template takes its place"
                );
                None
            }
        }
    }

    /// Closes the breaker, and says so where it wasn't.
    fn succeeded(&self, backend: &dyn LlmBackend, now: Timestamp) {
        let before = self.with(|s| {
            let before = s.breaker.state(now);
            s.breaker.succeeded();
            before
        });
        if before != BreakerState::Closed {
            tracing::info!(backend = backend.name(), "the model answers again: the breaker is closed");
        }
    }

    /// Counts a failure, and says until when the model is not asked where that is new.
    fn failed(&self, backend: &dyn LlmBackend, now: Timestamp, retry_after: Option<RetryAfter>) {
        let (before, after) = self.with(|s| {
            let before = s.breaker.open_until(now);
            s.breaker.failed(now, retry_after);
            s.counts.failed += 1;
            (before, s.breaker.open_until(now))
        });
        let Some(until) = after.filter(|_| after != before) else { return };
        tracing::warn!(
            backend = backend.name(),
            seconds = until.duration_since(now).as_secs(),
            asked_by_server = retry_after.is_some_and(|wish| wish.until(now) == until),
            "the breaker is open: the model isn't asked for a while"
        );
    }
}

/// What an answer is worth: by the review, and for a script by its interpreter, where there is one to ask.
///
/// # Errors
/// With the reason, for an answer that can't be used.
pub async fn review_answer(
    content: &Content,
    syntax: &dyn SyntaxCheck,
    answer: &RawAnswer,
    wanted: &Wanted<'_>,
) -> Result<Accepted, Rejection> {
    let accepted = review(content.model_tells(), answer, wanted)?;
    if wanted.kind == TextKind::Script && syntax.check(&accepted.text).await == Syntax::Broken {
        return Err(Rejection::Script(ScriptFault::Interpreter));
    }
    Ok(accepted)
}
