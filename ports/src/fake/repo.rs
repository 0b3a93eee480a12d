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
    Config, Deckies, Events, Files, FleetEntry, FleetState, KeyPair, Mails, Memory, PlantRecord, PruneCaps, Pruned,
    RepoError, RunningFleet,
};

/// Everything in memory.
#[derive(Clone, Default)]
pub struct FakeRepo {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    fleet: BTreeMap<DeckyName, FleetEntry>,
    files: BTreeMap<(DeckyId, String), SyntheticFile>,
    pending: BTreeMap<Uuid, Pending>,
    events: Vec<Event>,
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
        Ok(self.with(|s| s.files.get(&(decky.clone(), path.to_string())).cloned()))
    }

    async fn recent_files(&self, decky: &DeckyId, limit: u32) -> Result<Vec<SyntheticFile>, RepoError> {
        let mut found: Vec<SyntheticFile> =
            self.with(|s| s.files.values().filter(|f| f.decky == *decky).cloned().collect());
        found.sort_by_key(|f| (std::cmp::Reverse(f.last_modified), f.id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        for file in &mut found {
            file.last_body.clear();
        }
        Ok(found)
    }

    async fn all_files(&self) -> Result<Vec<SyntheticFile>, RepoError> {
        Ok(self.with(|s| s.files.values().cloned().collect()))
    }

    async fn begin_plant(&self, pending: &Pending) -> Result<(), RepoError> {
        self.with(|s| {
            if s.pending.contains_key(&pending.id) {
                return Err(RepoError::Conflict(pending.id.to_string()));
            }
            s.pending.insert(pending.id, pending.clone());
            Ok(())
        })
    }

    async fn finish_plant(&self, done: &PlantRecord) -> Result<(), RepoError> {
        self.with(|s| {
            if s.events.iter().any(|e| e.id == done.event.id) {
                return Err(RepoError::Conflict(done.event.id.to_string()));
            }
            if let Some(file) = &done.file {
                let key = (file.decky.clone(), file.path.clone());
                match s.files.get_mut(&key) {
                    Some(was) => {
                        was.last_modified = file.last_modified;
                        was.content_hash.clone_from(&file.content_hash);
                        was.last_body.clone_from(&file.last_body);
                        was.edit_count += 1;
                    }
                    None => drop(s.files.insert(key, file.clone())),
                }
            }
            s.events.push(done.event.clone());
            s.pending.remove(&done.pending);
            Ok(())
        })
    }

    async fn forget_plant(&self, id: Uuid) -> Result<(), RepoError> {
        self.with(|s| s.pending.remove(&id));
        Ok(())
    }

    async fn pending_plants(&self) -> Result<Vec<Pending>, RepoError> {
        let mut found: Vec<Pending> = self.with(|s| s.pending.values().cloned().collect());
        found.sort_by_key(|p| p.file.created_at);
        Ok(found)
    }
}

#[async_trait]
impl Events for FakeRepo {
    async fn record_event(&self, event: &Event) -> Result<(), RepoError> {
        self.with(|s| insert(s, event))
    }

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
            before - s.events.len()
        });
        Ok(Pruned { events: removed as u64, emails: emails as u64 })
    }
}

fn insert(state: &mut State, event: &Event) -> Result<(), RepoError> {
    if state.events.iter().any(|e| e.id == event.id) {
        return Err(RepoError::Conflict(event.id.to_string()));
    }
    state.events.push(event.clone());
    Ok(())
}

#[async_trait]
impl Memory for FakeRepo {
    async fn origin(&self, fresh: Origin) -> Result<Origin, RepoError> {
        Ok(self.with(|s| *s.origin.get_or_insert(fresh)))
    }

    async fn mark_tampered(&self, file: FileId, event: &Event) -> Result<(), RepoError> {
        self.with(|s| {
            insert(s, event)?;
            s.tampered.insert(file);
            Ok(())
        })
    }

    async fn tampered_files(&self) -> Result<Vec<FileId>, RepoError> {
        Ok(self.with(|s| s.tampered.iter().copied().collect()))
    }

    async fn forget_file(&self, file: FileId, event: &Event) -> Result<(), RepoError> {
        self.with(|s| {
            insert(s, event)?;
            s.files.retain(|_, row| row.id != file);
            Ok(())
        })
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
    async fn record_email(&self, email: &EmailRecord, copies: &[MailCopy]) -> Result<(), RepoError> {
        self.with(|s| {
            if s.emails.iter().any(|e| e.id == email.id) {
                return Err(RepoError::Conflict(email.id.to_string()));
            }
            s.emails.push(email.clone());
            s.copies.extend(copies.iter().map(|copy| ((copy.email, copy.owner.clone()), copy.clone())));
            Ok(())
        })
    }

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

    async fn update_copy(&self, copy: &MailCopy) -> Result<(), RepoError> {
        self.with(|s| {
            if let Some(known) = s.copies.get_mut(&(copy.email, copy.owner.clone())) {
                known.path.clone_from(&copy.path);
                known.state = copy.state;
            }
        });
        Ok(())
    }
}

#[async_trait]
impl Config for FakeRepo {
    async fn realism_config(&self, key: &str) -> Result<Option<String>, RepoError> {
        Ok(self.with(|s| s.config.get(key).cloned()))
    }
}
