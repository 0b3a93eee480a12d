//! The driver that unpacks archives: nothing runs in the container.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bollard::body_full;
use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder};
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{
    ActivityDriver, DriverError, FileContent, FileKind, FileStat, PlantMode, PlantRequest, Planted, Refusal,
    TrafficDriver,
};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};

use crate::api::Api;
use crate::engine::{DockerClient, is_status, unavailable};
use crate::exec;
use crate::limits::CALL_LIMIT;
use crate::stat::{Stat, StatKind, stat};
use crate::tarball::{Meta, Tarball};
use crate::traffic::Probe;

pub(crate) struct ArchiveDriver {
    engine: DockerClient,
    exec: Arc<Api>,
    /// Who owns the folders we put files into: reading it takes a whole archive call, and owners
    /// of folders hardly ever change.
    owners: Mutex<BTreeMap<(String, String), (Instant, Owner)>>,
}

/// What the engine tells of a running container.
struct Inside {
    /// A container that was made anew has another.
    id: String,
    /// The places that archives silently miss.
    volatile: Vec<String>,
}

/// How long a folder's owner is believed.
const OWNER_AGE: Duration = Duration::from_mins(10);

/// Headers, padding and extended headers of one entry.
const ENTRY_OVERHEAD: usize = 2_560;

/// Kernel file systems that every container has.
const ALWAYS_VOLATILE: [&str; 3] = ["/dev", "/proc", "/sys"];

impl ArchiveDriver {
    pub(crate) fn new(engine: DockerClient) -> Self {
        let exec = Arc::new(Api::new(engine.clone()));
        Self { engine, exec, owners: Mutex::new(BTreeMap::new()) }
    }

    /// The places of a running container that archives silently miss: the engine unpacks below the
    /// mounts, answers 200, and nothing appears inside.
    async fn inspect(&self, container: &str) -> Result<Inside, DriverError> {
        let info = self.engine.inspect_container(container, None).await.map_err(|e| unavailable(container, &e))?;
        let state = info.state.unwrap_or_default();
        if state.running != Some(true) || state.paused == Some(true) {
            let reason = state.status.map_or_else(|| "is not running".to_owned(), |s| format!("is {s}"));
            return Err(DriverError::Unavailable { container: container.to_owned(), reason });
        }
        let host = info.host_config.unwrap_or_default();
        let tmpfs = host.tmpfs.unwrap_or_default().into_keys();
        let mounts = info.mounts.unwrap_or_default().into_iter();
        let mounted = mounts.filter(|m| m.typ.as_deref() == Some("tmpfs")).filter_map(|m| m.destination);
        let volatile = tmpfs.chain(mounted).chain(ALWAYS_VOLATILE.map(str::to_owned)).collect();
        Ok(Inside { id: info.id.unwrap_or_default(), volatile })
    }

    /// What lies at each of the paths.
    async fn stats(&self, container: &str, paths: Vec<String>) -> Result<BTreeMap<String, Option<Stat>>, DriverError> {
        let asked = paths.into_iter().map(|path| async move {
            let found = stat(&self.engine, container, &path).await?;
            Ok::<_, DriverError>((path, found))
        });
        if asked.len() <= 8 {
            return Ok(try_join_all(asked).await?.into_iter().collect());
        }
        let answers: Vec<_> = stream::iter(asked).buffer_unordered(8).collect().await;
        answers.into_iter().collect()
    }

    /// The first header of a path's archive; the rest is not fetched.
    async fn owner(&self, id: &str, path: &str) -> Result<Option<Owner>, DriverError> {
        let key = (id.to_owned(), path.to_owned());
        if let Some((at, owner)) = self.owners.lock().unwrap_or_else(PoisonError::into_inner).get(&key)
            && at.elapsed() < OWNER_AGE
        {
            return Ok(Some(*owner));
        }
        let Some(head) = self.download(id, path, 8_192).await? else { return Ok(None) };
        let Some(owner) = first_owner(&head) else { return Ok(None) };
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.retain(|_, (at, _)| at.elapsed() < OWNER_AGE);
        owners.insert(key, (Instant::now(), owner));
        Ok(Some(owner))
    }

    /// The beginning of a path's archive, at least `enough` bytes of it or all; `None` when there is no such path.
    async fn download(&self, container: &str, path: &str, enough: usize) -> Result<Option<Vec<u8>>, DriverError> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut chunks = Box::pin(self.engine.download_from_container(container, Some(options)));
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(e) if is_status(&e, 404) => return Ok(None),
                Err(e) => return Err(unavailable(container, &e)),
            }
            if bytes.len() >= enough {
                break;
            }
        }
        Ok(Some(bytes))
    }

    async fn plant_archive(
        &self,
        container_ref: &ContainerRef,
        id: &str,
        requests: &[&PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let mut results: Vec<Result<Planted, DriverError>> =
            requests.iter().map(|r| Ok(Planted { bytes: r.bytes.len() as u64 })).collect();
        if let Err(error) = self.unpack(container_ref, id, requests, &mut results).await {
            for result in results.iter_mut().filter(|r| r.is_ok()) {
                *result = Err(error.clone());
            }
        }
        results
    }

    /// One archive for all; a request that can't be is left out, its result says why.
    async fn unpack(
        &self,
        container_ref: &ContainerRef,
        id: &str,
        requests: &[&PlantRequest],
        results: &mut [Result<Planted, DriverError>],
    ) -> Result<(), DriverError> {
        let container = container_ref.name();
        let folders: BTreeSet<String> = requests.iter().flat_map(|r| prefixes(r.path.parent())).collect();
        let mut known = self.stats(container, folders.into_iter().collect()).await?;
        // A file in a folder that isn't there can't be there either.
        let there =
            |r: &&&PlantRequest| r.path.parent() == "/" || known.get(r.path.parent()).is_some_and(Option::is_some);
        let targets: BTreeSet<String> = requests.iter().filter(there).map(|r| r.path.to_string()).collect();
        let targets = self.stats(container, targets.into_iter().collect()).await?;

        let bytes: usize = requests.iter().map(|r| r.bytes.len() + ENTRY_OVERHEAD).sum();
        let mut tarball = Tarball::with_room_for(bytes);
        let mut files: Vec<(&PlantRequest, Meta, Option<Old>)> = Vec::with_capacity(requests.len());
        let mut taken = BTreeSet::new();
        for (request, result) in requests.iter().zip(results.iter_mut()) {
            let target = targets.get(request.path.as_str()).and_then(Option::as_ref);
            let checked = check(request, &known, target)
                .and_then(|()| if taken.insert(request.path.as_str()) { Ok(()) } else { Err(exists(request)) });
            match checked {
                Ok(()) => {
                    let old = match self.old(container, request, target).await {
                        Err(error @ DriverError::Refused { .. }) => {
                            *result = Err(error);
                            continue;
                        }
                        other => other?,
                    };
                    let PlantRequest { owner, mode, mtime, .. } = **request;
                    // A replaced file keeps its owner and mode.
                    let kept = old.as_ref().map_or(Meta { owner, mode, mtime }, |old| Meta { mtime, ..old.meta });
                    files.push((request, kept, old));
                }
                Err(error) => *result = Err(error),
            }
        }
        // Folders first, outermost first: the ones to make, and the ones that hold something new, which
        // get their old time back unless something in them is later.
        let mut touched: BTreeMap<String, (Owner, jiff::Timestamp, u32)> = BTreeMap::new();
        for (request, _, _) in &files {
            for folder in prefixes(request.path.parent()) {
                let is_parent = folder == request.path.parent();
                let is_new = known.get(&folder).is_none_or(Option::is_none);
                let next = prefixes(request.path.parent()).into_iter().find(|p| p.len() > folder.len());
                let holds_new = next.is_some_and(|child| known.get(&child).is_none_or(Option::is_none));
                if is_parent || is_new || holds_new {
                    let level = prefixes(request.path.parent()).len() - prefixes(&folder).len();
                    // Replacing a file is no new entry: the folder gets its own time back.
                    let at = match request.plant {
                        PlantMode::CreateNew => request.folder_time(level),
                        PlantMode::Replace { .. } => jiff::Timestamp::MIN,
                    };
                    let entry = touched.entry(folder).or_insert((request.owner, at, request.folder_mode));
                    entry.1 = entry.1.max(at);
                }
            }
        }
        for (folder, (owner, latest, mode)) in touched {
            let meta = match known.remove(&folder).flatten() {
                None => Meta { owner, mode, mtime: latest },
                Some(was) => match self.owner(id, &folder).await? {
                    Some(owner) => Meta { owner, mode: was.mode, mtime: was.mtime.max(latest) },
                    None => continue,
                },
            };
            tarball.folder(&folder, meta).map_err(|e| not_packed(&e))?;
        }
        for (request, meta, _) in &files {
            tarball.file(request.path.as_str(), *meta, &request.bytes).map_err(|e| not_packed(&e))?;
        }
        if files.is_empty() {
            return Ok(());
        }
        let Err(error) = self.put(container, tarball).await else { return Ok(()) };
        if matches!(error, DriverError::Failed { .. }) {
            self.undo(container_ref, &files).await;
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
    async fn undo(&self, container_ref: &ContainerRef, files: &[(&PlantRequest, Meta, Option<Old>)]) {
        for (request, _, old) in files {
            let undone = match old {
                None => exec::remove(&*self.exec, container_ref, &request.path).await,
                Some(old) => {
                    let mut tarball = Tarball::with_room_for(old.bytes.len() + ENTRY_OVERHEAD);
                    match tarball.file(request.path.as_str(), old.meta, &old.bytes) {
                        Ok(()) => self.put(container_ref.name(), tarball).await,
                        Err(error) => Err(not_packed(&error)),
                    }
                }
            };
            if let Err(error) = undone {
                tracing::warn!(path = %request.path, error = %error, "what a failed plant left can't be undone");
            }
        }
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
}

/// A file as it was before it was replaced.
struct Old {
    meta: Meta,
    bytes: Vec<u8>,
}

/// The largest file that is replaced, with its headers.
const LARGEST_OLD: usize = 8 << 20;

/// `/a/b` → `/a`, `/a/b`; nothing for the root.
fn prefixes(folder: &str) -> Vec<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).skip(1).chain([folder.len()]);
    ends.filter(|end| *end > 1).map(|end| folder[..end].to_owned()).collect()
}

fn check(
    request: &PlantRequest,
    folders: &BTreeMap<String, Option<Stat>>,
    target: Option<&Stat>,
) -> Result<(), DriverError> {
    let refused = |reason| Err(DriverError::Refused { path: request.path.to_string(), reason });
    for folder in prefixes(request.path.parent()) {
        match folders.get(&folder).and_then(Option::as_ref).map(|s| s.kind) {
            None | Some(StatKind::Folder) => {}
            Some(StatKind::Symlink) => return refused(Refusal::Symlink),
            Some(StatKind::File | StatKind::Other) => return refused(Refusal::NotAFile),
        }
    }
    match (&request.plant, target.map(|t| t.kind)) {
        (_, Some(StatKind::Symlink)) => refused(Refusal::Symlink),
        (PlantMode::CreateNew, Some(_)) => Err(exists(request)),
        (PlantMode::Replace { .. }, Some(StatKind::Folder | StatKind::Other)) => refused(Refusal::NotAFile),
        (PlantMode::Replace { .. }, None) => refused(Refusal::Missing),
        (PlantMode::CreateNew, None) | (PlantMode::Replace { .. }, Some(StatKind::File)) => Ok(()),
    }
}

fn exists(request: &PlantRequest) -> DriverError {
    DriverError::Exists { path: request.path.to_string() }
}

fn not_packed(error: &std::io::Error) -> DriverError {
    DriverError::Failed { rc: -1, stderr: format!("the archive could not be made: {error}") }
}

fn first_owner(archive: &[u8]) -> Option<Owner> {
    let mut archive = tar::Archive::new(archive);
    let entry = archive.entries().ok()?.next()?.ok()?;
    let number = |n: std::io::Result<u64>| n.ok().and_then(|n| u32::try_from(n).ok());
    Some(Owner { uid: number(entry.header().uid())?, gid: number(entry.header().gid())? })
}

/// The one regular file of an archive, if it is whole.
pub(crate) fn only_file(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let size = usize::try_from(entry.size()).ok()?;
    let mut bytes = Vec::with_capacity(size.min(1 << 20));
    entry.read_to_end(&mut bytes).ok()?;
    (bytes.len() == size && entry.header().entry_type().is_file()).then_some(bytes)
}

#[async_trait]
impl ActivityDriver for ArchiveDriver {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        Some(Arc::new(Probe::new(self.exec.clone())))
    }

    async fn plant_file(&self, container_ref: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        let mut results = self.plant_many(container_ref, std::slice::from_ref(request)).await;
        results.pop().unwrap_or_else(|| Err(DriverError::Failed { rc: -1, stderr: "nothing was planted".to_owned() }))
    }

    async fn plant_many(
        &self,
        container_ref: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let work = async {
            let Inside { id, volatile } = match self.inspect(container_ref.name()).await {
                Ok(inside) => inside,
                Err(error) => return vec![Err(error); requests.len()],
            };
            let is_volatile = |r: &PlantRequest| volatile.iter().any(|place| r.path.is_below(place));
            let plain: Vec<&PlantRequest> = requests.iter().filter(|r| !is_volatile(r)).collect();
            let mut packed = self.plant_archive(container_ref, &id, &plain).await.into_iter();
            let mut results = Vec::with_capacity(requests.len());
            for request in requests {
                results.push(if is_volatile(request) {
                    exec::plant(&*self.exec, container_ref, request).await
                } else {
                    packed.next().unwrap_or_else(|| Err(not_packed(&std::io::ErrorKind::Other.into())))
                });
            }
            results
        };
        tokio::time::timeout(CALL_LIMIT, work).await.unwrap_or_else(|_| {
            let container_ref = container_ref.name().to_owned();
            vec![Err(DriverError::Timeout { container: container_ref, seconds: CALL_LIMIT.as_secs() }); requests.len()]
        })
    }

    async fn read_file(
        &self,
        container_ref: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        let container = container_ref.name();
        let work = async {
            let volatile = self.inspect(container).await?.volatile;
            if volatile.iter().any(|place| path.is_below(place)) {
                return exec::read(&*self.exec, container_ref, path, limit).await;
            }
            let known = self.stats(container, prefixes(path.as_str())).await?;
            let refused = |reason| Err(DriverError::Refused { path: path.to_string(), reason });
            for folder in prefixes(path.parent()) {
                match known.get(&folder).and_then(Option::as_ref).map(|s| s.kind) {
                    Some(StatKind::Folder) => {}
                    Some(StatKind::Symlink) => return refused(Refusal::Symlink),
                    _ => return Ok(None),
                }
            }
            match known.get(path.as_str()).and_then(Option::as_ref).map(|s| s.kind) {
                None => return Ok(None),
                Some(StatKind::File) => {}
                Some(StatKind::Symlink) => return refused(Refusal::Symlink),
                Some(_) => return refused(Refusal::NotAFile),
            }
            // The file, its headers, and what rounds an archive up.
            let Some(archive) = self.download(container, path.as_str(), limit + 16_384).await? else { return Ok(None) };
            match only_file(&archive) {
                Some(bytes) if bytes.len() <= limit => Ok(Some(FileContent { bytes })),
                _ => refused(Refusal::TooLarge),
            }
        };
        tokio::time::timeout(CALL_LIMIT, work).await.unwrap_or_else(|_| {
            Err(DriverError::Timeout { container: container.to_owned(), seconds: CALL_LIMIT.as_secs() })
        })
    }

    async fn stat(
        &self,
        container_ref: &ContainerRef,
        paths: &[DeckyPath],
    ) -> Result<Vec<Option<FileStat>>, DriverError> {
        let container = container_ref.name();
        let work = async {
            let volatile = self.inspect(container).await?.volatile;
            let is_volatile = |path: &DeckyPath| volatile.iter().any(|place| path.is_below(place));
            if paths.iter().any(is_volatile) {
                // The engine looks below the mounts.
                return exec::stat(&*self.exec, container_ref, paths).await;
            }
            let known = self.stats(container, paths.iter().map(DeckyPath::to_string).collect()).await?;
            let file_stat = |stat: &Stat| FileStat {
                kind: match stat.kind {
                    StatKind::File => FileKind::File,
                    StatKind::Folder => FileKind::Folder,
                    StatKind::Symlink | StatKind::Other => FileKind::Other,
                },
                mtime: stat.mtime,
            };
            let at = |path: &DeckyPath| known.get(path.as_str()).and_then(Option::as_ref).map(file_stat);
            Ok(paths.iter().map(at).collect())
        };
        tokio::time::timeout(CALL_LIMIT, work).await.unwrap_or_else(|_| {
            Err(DriverError::Timeout { container: container.to_owned(), seconds: CALL_LIMIT.as_secs() })
        })
    }

    /// The archive API can't remove, so this one runs `rm` in the container.
    async fn remove_file(&self, container_ref: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        exec::remove(&*self.exec, container_ref, path).await
    }

    /// The archive API can't rename, so this one runs `mv` in the container.
    async fn rename_file(
        &self,
        container_ref: &ContainerRef,
        from: &DeckyPath,
        to: &DeckyPath,
    ) -> Result<(), DriverError> {
        exec::rename(&*self.exec, container_ref, from, to).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_the_folders_on_the_way() {
        assert_eq!(prefixes("/home/ann/x"), ["/home", "/home/ann", "/home/ann/x"]);
        assert_eq!(prefixes("/tmp"), ["/tmp"]);
        assert!(prefixes("/").is_empty());
    }
}
