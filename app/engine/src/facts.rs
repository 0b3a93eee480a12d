//! What is known of each decky, looked at before the first write and again when it changes; and who
//! is given a rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::{HostFacts, MailStorage};
use decnet_ports::DriverError;
use jiff::{SignedDuration, Timestamp};

use crate::host_facts::{Seen, Sight, Watched};
use crate::outages::{Outages, Report};
use crate::ports::Ports;

#[derive(Default)]
pub(crate) struct Facts {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: BTreeMap<String, Known>,
    outages: Outages,
    /// What was said of each container already.
    told: BTreeMap<String, BTreeSet<String>>,
    /// Who writes with another's account, and was told of: container and login.
    borrowing: BTreeSet<(String, String)>,
}

struct Known {
    facts: Arc<HostFacts>,
    /// When everything was read.
    read: Timestamp,
    /// When it was last asked whether anything had changed.
    asked: Timestamp,
    watched: Watched,
}

/// Whether anything changed is asked so often.
const ASK: SignedDuration = SignedDuration::from_mins(5);
/// All is read again after so long, changed or not.
const AGE: SignedDuration = SignedDuration::from_hours(6);
/// What is said of one container at most: what an intruder writes there has no end.
const MOST_TOLD: usize = 100;

impl Facts {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it was not asked before for this person on this decky.
    pub(crate) fn is_first_borrowing(&self, container: &ContainerRef, login: &str) -> bool {
        self.with(|s| s.borrowing.insert((container.name().to_owned(), login.to_owned())))
    }

    /// What is known already, however old.
    pub(crate) fn known(&self, container: &ContainerRef) -> Option<Arc<HostFacts>> {
        self.with(|s| s.known.get(container.name()).map(|k| k.facts.clone()))
    }

    /// What is known of a decky; `None` while it rests or when it can't be looked at.
    pub(crate) async fn of(&self, ports: &Ports, container: &ContainerRef, now: Timestamp) -> Option<Arc<HostFacts>> {
        if self.is_resting(container, now) {
            return None;
        }
        let known = self.with(|s| {
            let known = s.known.get(container.name())?;
            let is_fresh = now.duration_since(known.asked) < ASK;
            let may_stay = now.duration_since(known.read) < AGE;
            Some((known.facts.clone(), is_fresh, may_stay, known.watched.clone()))
        });
        if let Some((facts, true, ..)) = known {
            return Some(facts);
        }
        match self.look(ports, container, known.map(|(facts, _, may_stay, was)| (facts, may_stay, was)), now).await {
            Ok(facts) => {
                if self.with(|s| s.outages.answered(container.name())) {
                    tracing::info!(decky = %container.decky, container = container.name(), "the container can be acted on again");
                }
                Some(facts)
            }
            Err(error) => {
                self.record_failure(container, &error, now);
                None
            }
        }
    }

    /// Looks whether anything changed, and at everything where it did.
    async fn look(
        &self,
        ports: &Ports,
        container: &ContainerRef,
        known: Option<(Arc<HostFacts>, bool, Watched)>,
        now: Timestamp,
    ) -> Result<Arc<HostFacts>, DriverError> {
        let sight = Sight { driver: &*ports.driver, clock: &*ports.clock, content: &ports.content };
        if let Some((facts, true, was)) = known
            && sight.look_again(container, &was).await? == was
        {
            self.with(|s| s.known.get_mut(container.name()).map(|k| k.asked = now));
            return Ok(facts);
        }
        let Seen { facts, container: info, watched } = sight.look(container).await?;
        self.tell(container, info.limits.iter().chain(facts.notes()));
        if let MailStorage::Unsupported { why } = &facts.mail {
            self.tell(container, [&format!("no mail goes into mailboxes there: {why}")]);
        }
        let facts = Arc::new(facts);
        let known = Known { facts: facts.clone(), read: now, asked: now, watched };
        self.with(|s| s.known.insert(container.name().to_owned(), known));
        Ok(facts)
    }

    /// Says a sentence of a container once.
    pub(crate) fn tell_once(&self, container: &ContainerRef, sentence: &str) {
        self.tell(container, [&sentence.to_owned()]);
    }

    /// Says each sentence once.
    fn tell<'t>(&self, container: &ContainerRef, sentences: impl IntoIterator<Item = &'t String>) {
        for sentence in sentences {
            let is_new = self.with(|s| {
                let told = s.told.entry(container.name().to_owned()).or_default();
                told.len() < MOST_TOLD && told.insert(sentence.clone())
            });
            if is_new {
                tracing::warn!(decky = %container.decky, container = container.name(), "{sentence}");
            }
        }
    }

    /// Whether nothing is to be tried there now.
    pub(crate) fn is_resting(&self, container: &ContainerRef, now: Timestamp) -> bool {
        self.with(|s| s.outages.is_resting(container.name(), now))
    }

    /// What was known is no longer so: accounts were made.
    pub(crate) fn forget(&self, container: &ContainerRef) {
        self.with(|s| s.known.remove(container.name()));
    }

    /// Takes in that something failed there. A file that is left alone is told of once, and nothing rests for it. A
    /// container that can't be reached, can't be worked in or can't be written to rests, and that is told of once;
    /// what was known of it is forgotten, for it may come back as another.
    pub(crate) fn record_failure(&self, container: &ContainerRef, error: &DriverError, now: Timestamp) {
        let report = self.with(|s| {
            let is_known = s.known.contains_key(container.name());
            if matches!(error, DriverError::Unavailable { .. } | DriverError::Timeout { .. }) {
                s.known.remove(container.name());
            }
            s.outages.record(container.name(), error, is_known, now)
        });
        match report {
            Report::Known => {}
            Report::File(text) => {
                tracing::warn!(decky = %container.decky, container = container.name(), "{text}");
            }
            Report::Container { reason, rest } => {
                tracing::warn!(
                    decky = %container.decky,
                    container = container.name(),
                    error = reason,
                    next_try_in_seconds = rest.as_secs(),
                    "the container can't be acted on; it is tried again from time to time, and told of when it works"
                );
            }
        }
    }

    /// Takes in that something was written there: what failed before works again.
    pub(crate) fn record_success(&self, container: &ContainerRef) {
        if self.with(|s| s.outages.written(container.name())) {
            tracing::info!(decky = %container.decky, container = container.name(), "the container can be written to again");
        }
    }
}
