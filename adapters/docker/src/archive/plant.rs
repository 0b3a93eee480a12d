//! Planting by archive: what can go into one, the proof that the engine keeps owners, and what undoes a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use bollard::body_full;
use bollard::query_parameters::UploadToContainerOptionsBuilder;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{DriverError, PlantMode, PlantRequest, Planted, Refusal};

use super::ArchiveDriver;
use crate::engine::unavailable;
use crate::exec_file;
use crate::stat::{Stat, stat};
use crate::tarball::{Meta, Tarball, first_owner, not_packed, only_file};
use crate::unpack::{Old, Unpacked, beside, check, exists, folders, prefixes};

/// How a batch went that was put into one archive.
enum Unpacking {
    /// Each request's result is known.
    Done,
    /// The engine gave the first file another owner; nothing of the batch is there.
    OwnersLost,
}

/// Headers, padding and extended headers of one entry.
const ENTRY_OVERHEAD: usize = 2_560;

/// The largest file that is replaced, with its headers.
const LARGEST_OLD: usize = 8 << 20;

impl ArchiveDriver {
    pub(super) fn keeps_owners(&self, id: &str) -> Option<bool> {
        self.keeps_owners.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    /// Plants by archive, or by a shell where the engine keeps no owners.
    pub(super) async fn plant_plain(
        &self,
        container: &ContainerRef,
        id: &str,
        requests: &[&PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        if self.keeps_owners(id) != Some(false) {
            let mut results: Vec<Result<Planted, DriverError>> =
                requests.iter().map(|r| Ok(Planted { bytes: r.bytes.len() as u64 })).collect();
            match self.unpack(container, id, requests, &mut results).await {
                Ok(Unpacking::Done) => return results,
                Ok(Unpacking::OwnersLost) => {}
                Err(error) => {
                    for result in results.iter_mut().filter(|r| r.is_ok()) {
                        *result = Err(error.clone());
                    }
                    return results;
                }
            }
        }
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            results.push(exec_file::plant(&self.shell, container, request).await);
        }
        results
    }

    /// One archive for all; a request that can't be is left out, its result says why. The first archive for a
    /// container holds one file and no folder that is there already: only when that file has the owner it
    /// should have does the rest follow.
    async fn unpack(
        &self,
        container: &ContainerRef,
        id: &str,
        requests: &[&PlantRequest],
        results: &mut [Result<Planted, DriverError>],
    ) -> Result<Unpacking, DriverError> {
        let name = container.name();
        let ways: BTreeSet<String> =
            requests.iter().flat_map(|r| prefixes(r.path.parent()).into_iter().chain(beside(r))).collect();
        let known = self.stats(name, ways.into_iter().collect()).await?;
        let files = self.files(name, requests, &known, results).await?;
        let Some(first) = files.first() else { return Ok(Unpacking::Done) };
        let mut made = Vec::new();
        let mut kept = Vec::new();
        for folder in folders(files.iter().map(|f| f.request), &known) {
            match known.get(&folder.path).and_then(Option::as_ref) {
                None => made.push((folder.path, Meta { owner: folder.owner, mode: folder.mode, mtime: folder.latest })),
                Some(was) => kept.push((folder.path, was.mode, was.mtime.max(folder.latest))),
            }
        }
        let is_proven = self.keeps_owners(id) == Some(true);
        if !is_proven {
            let one = std::slice::from_ref(first);
            self.put_all(container, &made, one, one).await?;
            if !self.is_as_asked(name, first).await? {
                self.give_up_archives(container, id, first, &made).await?;
                return Ok(Unpacking::OwnersLost);
            }
            self.keeps_owners.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), true);
        }
        // A folder that is there is written again only with the owner it has.
        let mut entries = made;
        for (path, mode, mtime) in kept {
            if let Some(owner) = self.owner(id, &path).await? {
                entries.push((path, Meta { owner, mode, mtime }));
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        self.put_all(container, &entries, if is_proven { &files } else { &files[1..] }, &files).await?;
        Ok(Unpacking::Done)
    }

    /// The requests that can be, with what is there now.
    async fn files<'a>(
        &self,
        container: &str,
        requests: &[&'a PlantRequest],
        known: &BTreeMap<String, Option<Stat>>,
        results: &mut [Result<Planted, DriverError>],
    ) -> Result<Vec<Unpacked<'a>>, DriverError> {
        // A file in a folder that isn't there can't be there either.
        let there =
            |r: &&&PlantRequest| r.path.parent() == "/" || known.get(r.path.parent()).is_some_and(Option::is_some);
        let targets: BTreeSet<String> = requests.iter().filter(there).map(|r| r.path.to_string()).collect();
        let targets = self.stats(container, targets.into_iter().collect()).await?;
        let mut files = Vec::with_capacity(requests.len());
        let mut taken = BTreeSet::new();
        for (&request, result) in requests.iter().zip(results.iter_mut()) {
            let target = targets.get(request.path.as_str()).and_then(Option::as_ref);
            let checked = check(request, known, target)
                .and_then(|()| if taken.insert(request.path.as_str()) { Ok(()) } else { Err(exists(request)) });
            if let Err(error) = checked {
                *result = Err(error);
                continue;
            }
            let old = match self.old(container, request, target).await {
                Err(error @ DriverError::Refused { .. }) => {
                    *result = Err(error);
                    continue;
                }
                other => other?,
            };
            let PlantRequest { owner, mode, mtime, .. } = *request;
            // A replaced file keeps its owner and mode.
            let meta = old.as_ref().map_or(Meta { owner, mode, mtime }, |old| Meta { mtime, ..old.meta });
            files.push(Unpacked { request, meta, old });
        }
        Ok(files)
    }

    /// What a replacement replaces.
    async fn old(
        &self,
        container: &str,
        request: &PlantRequest,
        was: Option<&Stat>,
    ) -> Result<Option<Old>, DriverError> {
        let (PlantMode::Replace { was: hash }, Some(was)) = (&request.plant, was) else { return Ok(None) };
        let archive = self.download(container, request.path.as_str(), LARGEST_OLD).await?.unwrap_or_default();
        let (Some(owner), Some(bytes)) = (first_owner(&archive), only_file(&archive)) else {
            return Err(DriverError::Refused { path: request.path.to_string(), reason: Refusal::TooLarge });
        };
        if content_hash(&bytes) != *hash {
            return Err(DriverError::Refused { path: request.path.to_string(), reason: Refusal::Changed });
        }
        Ok(Some(Old { meta: Meta { owner, mode: was.mode, mtime: was.mtime }, bytes }))
    }

    /// Whether an unpacked file has the owner, the mode and the second that it should have.
    async fn is_as_asked(&self, container: &str, file: &Unpacked<'_>) -> Result<bool, DriverError> {
        let path = file.request.path.as_str();
        let owner = self.download(container, path, 8_192).await?.and_then(|head| first_owner(&head));
        let found = stat(&self.engine, container, path).await?;
        let is_kept = owner == Some(file.meta.owner)
            && found.is_some_and(|f| f.mode == file.meta.mode && f.mtime.as_second() == file.meta.mtime.as_second());
        if !is_kept {
            let got = owner.map_or_else(|| "unknown".to_owned(), |o| format!("{}:{}", o.uid, o.gid));
            let Owner { uid, gid } = file.meta.owner;
            tracing::warn!(
                container,
                "the engine does not unpack files as they are: the owner should be {uid}:{gid} and is {got}; \
                 from now on files get there by a short-lived shell, as with --driver exec-api"
            );
        }
        Ok(is_kept)
    }

    /// Takes back what the first archive left with a wrong owner.
    async fn give_up_archives(
        &self,
        container: &ContainerRef,
        id: &str,
        file: &Unpacked<'_>,
        made: &[(String, Meta)],
    ) -> Result<(), DriverError> {
        self.keeps_owners.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), false);
        match &file.old {
            None => exec_file::remove(&self.shell, container, &file.request.path).await?,
            Some(old) => {
                let mut tarball = Tarball::with_room_for(old.bytes.len() + ENTRY_OVERHEAD);
                tarball.file(file.request.path.as_str(), old.meta, &old.bytes).map_err(|e| not_packed(&e))?;
                self.put(container.name(), tarball).await?;
                let Meta { owner, mode, .. } = old.meta;
                exec_file::set_owner(&self.shell, container, &file.request.path, owner, mode).await?;
            }
        }
        for (path, meta) in made {
            let Ok(path) = DeckyPath::new(path.as_str()) else { continue };
            exec_file::set_owner(&self.shell, container, &path, meta.owner, meta.mode).await?;
        }
        Ok(())
    }

    /// Unpacks folders and files. Where that goes wrong, all of the batch is undone.
    async fn put_all(
        &self,
        container: &ContainerRef,
        folders: &[(String, Meta)],
        files: &[Unpacked<'_>],
        batch: &[Unpacked<'_>],
    ) -> Result<(), DriverError> {
        if folders.is_empty() && files.is_empty() {
            return Ok(());
        }
        let bytes: usize = files.iter().map(|f| f.request.bytes.len() + ENTRY_OVERHEAD).sum();
        let mut tarball = Tarball::with_room_for(bytes + folders.len() * ENTRY_OVERHEAD);
        for (path, meta) in folders {
            tarball.folder(path, *meta).map_err(|e| not_packed(&e))?;
        }
        for file in files {
            tarball.file(file.request.path.as_str(), file.meta, &file.request.bytes).map_err(|e| not_packed(&e))?;
        }
        let Err(error) = self.put(container.name(), tarball).await else { return Ok(()) };
        if matches!(error, DriverError::Failed { .. }) {
            self.undo(container, batch).await;
        }
        Err(error)
    }

    async fn put(&self, container: &str, tarball: Tarball) -> Result<(), DriverError> {
        let packed = tarball.finish().map_err(|e| not_packed(&e))?;
        let options = UploadToContainerOptionsBuilder::new().path("/").no_overwrite_dir_non_dir("1").build();
        self.engine.upload_to_container(container, Some(options), body_full(packed.into())).await.map_err(
            |e| match &e {
                // The engine's word for a full or read-only file system.
                bollard::errors::Error::DockerResponseServerError { status_code, message } if *status_code != 404 => {
                    DriverError::Failed { rc: i64::from(*status_code), stderr: message.trim().to_owned() }
                }
                _ => unavailable(container, &e),
            },
        )
    }

    /// The engine leaves what it had unpacked when the space ran out: what was new is removed, and
    /// what was replaced is put back as it was.
    async fn undo(&self, container: &ContainerRef, files: &[Unpacked<'_>]) {
        for Unpacked { request, old, .. } in files {
            let undone = match old {
                None => exec_file::remove(&self.shell, container, &request.path).await,
                Some(old) => {
                    let mut tarball = Tarball::with_room_for(old.bytes.len() + ENTRY_OVERHEAD);
                    match tarball.file(request.path.as_str(), old.meta, &old.bytes) {
                        Ok(()) => self.put(container.name(), tarball).await,
                        Err(error) => Err(not_packed(&error)),
                    }
                }
            };
            if let Err(error) = undone {
                tracing::warn!(path = %request.path, error = %error, "what a failed plant left can't be undone");
            }
        }
    }
}
