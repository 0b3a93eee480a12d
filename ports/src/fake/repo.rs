use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use decnet_domain::decky::{Decky, DeckyId, DeckyName, Service, Source};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{CopyState, EmailRecord, Event, FileId, MailCopy, Pending, SyntheticFile};
use decnet_domain::world::Origin;
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Completion, Config, Deckies, Events, Files, FleetEntry, FleetState, Journal, KeyPair, Mails, Memory, PruneCaps,
    Pruned, Record, RepoError, RunningFleet,
};

/// Everything in memory.
#[derive(Clone, Default)]
pub struct FakeRepo {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    fleet: BTreeMap<DeckyName, FleetEntry>,
    files: BTreeMap<DeckyId, BTreeMap<String, SyntheticFile>>,
    pending: BTreeMap<Uuid, Pending>,
    events: Vec<Event>,
    event_ids: BTreeSet<Uuid>,
    config: BTreeMap<String, String>,
    origin: Option<Origin>,
    tampered: BTreeSet<FileId>,
    keys: BTreeMap<String, KeyPair>,
    emails: Vec<EmailRecord>,
    copies: BTreeMap<(Uuid, String), MailCopy>,
}

impl FakeRepo {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets a `realism_config` row, as the dashboard would.
    pub fn set_config(&self, key: &str, value: &str) {
        self.with(|s| s.config.insert(key.to_owned(), value.to_owned()));
    }
}

#[async_trait]
impl Deckies for FakeRepo {
    async fn running_fleet(&self) -> Result<RunningFleet, RepoError> {
        let deckies = self.with(|s| {
            let running = s.fleet.values().filter(|entry| entry.state == FleetState::Running);
            let decky = |entry: &FleetEntry| Decky {
                id: DeckyId::new(format!("local:{}", entry.name)),
                name: entry.name.clone(),
                hostname: None,
                ip: entry.ip,
                services: Service::ALL
                    .into_iter()
                    .filter(|service| entry.services.iter().any(|word| word == service.as_str()))
                    .collect(),
                containers: entry.containers.clone(),
                source: Source::Fleet,
            };
            running.map(decky).collect()
        });
        Ok(RunningFleet { deckies, ..RunningFleet::default() })
    }

    async fn put_fleet_decky(&self, entry: &FleetEntry, _now: Timestamp) -> Result<(), RepoError> {
        self.with(|s| s.fleet.insert(entry.name.clone(), entry.clone()));
        Ok(())
    }

    async fn fleet_deckies(&self) -> Result<Vec<FleetEntry>, RepoError> {
        Ok(self.with(|s| s.fleet.values().cloned().collect()))
    }

    async fn remove_fleet_decky(&self, name: &DeckyName) -> Result<bool, RepoError> {
        Ok(self.with(|s| s.fleet.remove(name).is_some()))
    }
}

#[async_trait]
impl Files for FakeRepo {
    async fn file_at(&self, decky: &DeckyId, path: &DeckyPath) -> Result<Option<SyntheticFile>, RepoError> {
        Ok(self.with(|s| s.files.get(decky)?.get(path.as_str()).cloned()))
    }

    async fn recent_files(&self, decky: &DeckyId, limit: u32) -> Result<Vec<SyntheticFile>, RepoError> {
        let mut found: Vec<SyntheticFile> =
            self.with(|s| s.files.get(decky).into_iter().flat_map(BTreeMap::values).cloned().collect());
        found.sort_by_key(|f| (std::cmp::Reverse(f.last_modified), f.id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        for file in &mut found {
            file.last_body.clear();
        }
        Ok(found)
    }

    async fn all_files(&self) -> Result<Vec<SyntheticFile>, RepoError> {
        Ok(self.with(|s| s.files.values().flat_map(BTreeMap::values).cloned().collect()))
    }
}

#[async_trait]
impl Journal for FakeRepo {
    async fn begin(&self, pending: &Pending) -> Result<(), RepoError> {
        self.with(|s| {
            if s.pending.contains_key(&pending.id) {
                return Err(RepoError::Conflict(pending.id.to_string()));
            }
            s.pending.insert(pending.id, pending.clone());
            Ok(())
        })
    }

    async fn commit(&self, done: &Completion) -> Result<(), RepoError> {
        self.with(|s| {
            // All or nothing.
            if let Some(key) = done.records.iter().find_map(|record| s.conflict(record)) {
                return Err(RepoError::Conflict(key));
            }
            for record in &done.records {
                s.write(record);
            }
            if let Some(id) = done.pending {
                s.pending.remove(&id);
            }
            Ok(())
        })
    }

    async fn forget(&self, id: Uuid) -> Result<(), RepoError> {
        self.with(|s| s.pending.remove(&id));
        Ok(())
    }

    async fn pending(&self) -> Result<Vec<Pending>, RepoError> {
        let mut found: Vec<Pending> = self.with(|s| s.pending.values().cloned().collect());
        found.sort_by_key(|p| (p.begun, p.id));
        Ok(found)
    }
}

impl State {
    /// The key of a record that is there already.
    fn conflict(&self, record: &Record) -> Option<String> {
        match record {
            Record::Event(event) => self.event_ids.contains(&event.id).then(|| event.id.to_string()),
            _ => None,
        }
    }

    fn write(&mut self, record: &Record) {
        match record {
            Record::Event(event) => {
                self.event_ids.insert(event.id);
                self.events.push(event.clone());
            }
            Record::File(file) => {
                let files = self.files.entry(file.decky.clone()).or_default();
                match files.get_mut(&file.path) {
                    Some(was) => {
                        was.last_modified = file.last_modified;
                        was.content_hash.clone_from(&file.content_hash);
                        was.last_body.clone_from(&file.last_body);
                        was.edit_count += 1;
                    }
                    None => drop(files.insert(file.path.clone(), file.clone())),
                }
            }
            Record::FileGone(id) => {
                for files in self.files.values_mut() {
                    files.retain(|_, row| row.id != *id);
                }
            }
            Record::FileTampered(file, _) => drop(self.tampered.insert(*file)),
            Record::Email(email) => match self.emails.iter_mut().find(|e| e.id == email.id) {
                Some(known) => *known = email.clone(),
                None => self.emails.push(email.clone()),
            },
            Record::Copy(copy) => {
                self.copies.entry((copy.email, copy.owner.clone())).or_insert_with(|| copy.clone());
            }
            Record::CopyChanged(copy) => {
                if let Some(known) = self.copies.get_mut(&(copy.email, copy.owner.clone())) {
                    known.path.clone_from(&copy.path);
                    known.state = copy.state;
                }
            }
        }
    }
}

#[async_trait]
impl Events for FakeRepo {
    async fn recent_events(&self, limit: u32) -> Result<Vec<Event>, RepoError> {
        let mut found = self.with(|s| s.events.clone());
        found.sort_by_key(|e| std::cmp::Reverse((e.ts, e.id)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn prune(&self, caps: PruneCaps) -> Result<Pruned, RepoError> {
        let emails = self.with(|s| {
            let before = s.emails.len();
            s.emails.sort_by_key(|e| std::cmp::Reverse((e.ts, e.id)));
            let mut kept: BTreeMap<DeckyId, u32> = BTreeMap::new();
            s.emails.retain(|e| {
                let count = kept.entry(e.decky.clone()).or_default();
                *count += 1;
                *count <= caps.emails
            });
            let emails = &s.emails;
            s.copies.retain(|(email, _), _| emails.iter().any(|e| e.id == *email));
            before - s.emails.len()
        });
        let removed = self.with(|s| {
            let before = s.events.len();
            s.events.sort_by_key(|e| std::cmp::Reverse((e.ts, e.id)));
            let mut kept: BTreeMap<DeckyId, u32> = BTreeMap::new();
            s.events.retain(|e| {
                let count = kept.entry(e.target.clone()).or_default();
                *count += 1;
                *count <= caps.events
            });
            s.event_ids = s.events.iter().map(|e| e.id).collect();
            before - s.events.len()
        });
        Ok(Pruned { events: removed as u64, emails: emails as u64 })
    }
}

#[async_trait]
impl Memory for FakeRepo {
    async fn origin(&self, fresh: Origin) -> Result<Origin, RepoError> {
        Ok(self.with(|s| *s.origin.get_or_insert(fresh)))
    }

    async fn kept_origin(&self) -> Result<Option<Origin>, RepoError> {
        Ok(self.with(|s| s.origin))
    }

    async fn tampered_files(&self) -> Result<Vec<FileId>, RepoError> {
        Ok(self.with(|s| s.tampered.iter().copied().collect()))
    }

    async fn session_key(&self, login: &str) -> Result<Option<KeyPair>, RepoError> {
        Ok(self.with(|s| s.keys.get(login).cloned()))
    }

    async fn keep_session_key(&self, login: &str, key: &KeyPair) -> Result<KeyPair, RepoError> {
        Ok(self.with(|s| s.keys.entry(login.to_owned()).or_insert_with(|| key.clone()).clone()))
    }
}

#[async_trait]
impl Mails for FakeRepo {
    async fn recent_emails(&self, decky: &DeckyId, limit: u32) -> Result<Vec<EmailRecord>, RepoError> {
        let mut found: Vec<EmailRecord> =
            self.with(|s| s.emails.iter().filter(|e| e.decky == *decky).cloned().collect());
        found.sort_by_key(|e| std::cmp::Reverse((e.ts, e.id)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn copies_due(&self, container: &str, by: Timestamp, limit: u32) -> Result<Vec<MailCopy>, RepoError> {
        let is_due = |c: &&MailCopy| {
            c.container == container && c.state == CopyState::Unseen && c.due.is_some_and(|due| due <= by)
        };
        let mut found: Vec<MailCopy> = self.with(|s| s.copies.values().filter(is_due).cloned().collect());
        found.sort_by_key(|c| (c.due, c.email, c.owner.clone()));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn copy_of(&self, email: Uuid, owner: &str) -> Result<Option<MailCopy>, RepoError> {
        Ok(self.with(|s| s.copies.get(&(email, owner.to_owned())).cloned()))
    }
}

#[async_trait]
impl Config for FakeRepo {
    async fn realism_config(&self, key: &str) -> Result<Option<String>, RepoError> {
        Ok(self.with(|s| s.config.get(key).cloned()))
    }
}
