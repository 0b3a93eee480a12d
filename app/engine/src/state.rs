//! What the engine keeps from tick to tick.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use decnet_domain::novelty::Novelty;
use decnet_domain::planner::unfit_logins::UnfitLogins;
use decnet_domain::record::FileId;
use decnet_domain::story::InstanceCache;
use decnet_ports::RepoError;

use crate::activity::Activity;
use crate::facts::Facts;
use crate::ports::Ports;

/// What is kept from tick to tick. Everything in it can be found out again after a restart.
#[derive(Default)]
pub(crate) struct EngineState {
    /// What is known of each host.
    pub(crate) facts: Facts,
    /// What is being done now.
    pub(crate) activity: Activity,
    /// Files that somebody else has changed or removed: never written again.
    abandoned: Mutex<BTreeSet<FileId>>,
    /// What was written before.
    novelty: Mutex<Novelty>,
    /// Logins that a target has refused.
    unfit: Mutex<UnfitLogins>,
    /// What was drawn of the storylines of the fleet's people.
    instances: Mutex<InstanceCache>,
    /// Where keys of ours were seen in place, by container and login: one that is gone since was taken out by
    /// somebody.
    placed_keys: Mutex<BTreeSet<(String, String)>>,
}

/// A panic while the lock was held leaves nothing half done here: every change is one insertion.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EngineState {
    /// Takes in what earlier runs left: what was written, and what isn't ours any more.
    pub(crate) async fn remember(&self, ports: &Ports) -> Result<(), RepoError> {
        let marked = ports.repo.tampered_files().await?;
        let files = ports.repo.all_files().await?;
        let mut novelty = lock(&self.novelty);
        for file in files.iter().filter(|f| f.class.llm_eligible()) {
            novelty.absorb(&file.last_body);
        }
        lock(&self.abandoned).extend(marked);
        Ok(())
    }

    /// Looks at what was written before, or adds to it.
    pub(crate) fn with_novelty<T>(&self, work: impl FnOnce(&mut Novelty) -> T) -> T {
        work(&mut lock(&self.novelty))
    }

    /// Looks at the logins that targets have refused, or adds to them.
    pub(crate) fn with_unfit<T>(&self, work: impl FnOnce(&mut UnfitLogins) -> T) -> T {
        work(&mut lock(&self.unfit))
    }

    /// Looks at what was drawn of storylines, or adds to it.
    pub(crate) fn with_instances<T>(&self, work: impl FnOnce(&InstanceCache) -> T) -> T {
        work(&lock(&self.instances))
    }

    /// Forgets what was drawn of storylines: the people or the hosts are others.
    pub(crate) fn forget_instances(&self) {
        *lock(&self.instances) = InstanceCache::default();
    }

    /// Whether a file isn't ours any more.
    pub(crate) fn is_abandoned(&self, file: FileId) -> bool {
        lock(&self.abandoned).contains(&file)
    }

    /// Gives a file up; `false` when it was given up before.
    pub(crate) fn abandon(&self, file: FileId) -> bool {
        lock(&self.abandoned).insert(file)
    }

    /// Whether a key of ours was seen in place.
    pub(crate) fn has_placed_key(&self, container: &str, login: &str) -> bool {
        lock(&self.placed_keys).contains(&(container.to_owned(), login.to_owned()))
    }

    /// Notes that a key of ours is in place.
    pub(crate) fn note_placed_key(&self, container: &str, login: &str) {
        lock(&self.placed_keys).insert((container.to_owned(), login.to_owned()));
    }
}
