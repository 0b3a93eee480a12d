//! The driver that unpacks archives. Planting, reading and looking start no process in the container; what
//! archives can't do (removing, renaming, a tmpfs, an engine that keeps no owners) a short-lived shell does.

mod plant;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_ports::{
    ActivityDriver, ContainerInfo, DriverError, FileContent, FileDetails, FileKind, FileStat, MOST_NAMES, PlantRequest,
    Planted, Refusal, TrafficDriver,
};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};

use crate::api::Api;
use crate::engine::{DockerClient, engine_name, is_status, unavailable};
use crate::exec_file;
use crate::limits::limited;
use crate::run::zone_of;
use crate::stat::{Stat, StatKind, stat};
use crate::tarball::{first_owner, first_target, names, not_packed, only_file};
use crate::tools::Shell;
use crate::traffic::Probe;
use crate::unpack::prefixes;

pub(crate) struct ArchiveDriver {
    engine: DockerClient,
    shell: Shell,
    traffic: Arc<Probe>,
    /// Who owns the folders we put files into: reading it takes a whole archive call, and owners
    /// of folders hardly ever change. By container id and path.
    owners: Mutex<BTreeMap<(String, String), (Instant, Owner)>>,
    /// Whether what is unpacked has the owner it should have, by container id: found out with the first plant.
    keeps_owners: Mutex<BTreeMap<String, bool>>,
}

/// What the engine tells of a running container.
struct Inside {
    /// A container that was made anew has another.
    id: String,
    /// The places that archives silently miss.
    volatile: Vec<String>,
    image: Option<String>,
    env: Vec<String>,
}

/// How long a folder's owner is believed.
const OWNER_AGE: Duration = Duration::from_mins(10);

/// A folder whose archive is larger is not listed.
const LARGEST_LISTED: usize = 4 << 20;

/// Kernel file systems that every container has.
const ALWAYS_VOLATILE: [&str; 3] = ["/dev", "/proc", "/sys"];

impl Inside {
    fn is_volatile(&self, path: &DeckyPath) -> bool {
        self.volatile.iter().any(|place| path.is_below(place))
    }
}

impl ArchiveDriver {
    pub(crate) fn new(engine: DockerClient) -> Self {
        let exec = Arc::new(Api::new(engine.clone()));
        Self {
            engine,
            shell: Shell::new(exec.clone()),
            traffic: Arc::new(Probe::new(exec)),
            owners: Mutex::default(),
            keeps_owners: Mutex::default(),
        }
    }

    /// The places of a running container that archives silently miss: the engine unpacks below the
    /// mounts, answers 200, and nothing appears inside.
    async fn inside(&self, container: &str) -> Result<Inside, DriverError> {
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
        let config = info.config.unwrap_or_default();
        Ok(Inside {
            id: info.id.unwrap_or_default(),
            volatile,
            image: config.image,
            env: config.env.unwrap_or_default(),
        })
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

    /// The owner in the first header of a path's archive; the rest is not fetched.
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

    /// Why a path can't be opened by archive: a link on the way, or something else than what is wanted at its
    /// end. `Ok(false)` where there is nothing.
    async fn is_there(&self, container: &str, path: &DeckyPath, wanted: StatKind) -> Result<bool, DriverError> {
        let known = self.stats(container, prefixes(path.as_str())).await?;
        let refused = |reason| Err(DriverError::Refused { path: path.to_string(), reason });
        for folder in prefixes(path.parent()) {
            match known.get(&folder).and_then(Option::as_ref).map(|s| s.kind) {
                Some(StatKind::Folder) => {}
                Some(StatKind::Symlink) => return refused(Refusal::Symlink),
                _ => return Ok(false),
            }
        }
        match known.get(path.as_str()).and_then(Option::as_ref).map(|s| s.kind) {
            None => Ok(false),
            Some(kind) if kind == wanted => Ok(true),
            Some(StatKind::Symlink) => refused(Refusal::Symlink),
            Some(_) => refused(Refusal::NotAFile),
        }
    }
}

fn kind_of(stat: &Stat) -> FileKind {
    match stat.kind {
        StatKind::File => FileKind::File,
        StatKind::Folder => FileKind::Folder,
        StatKind::Symlink | StatKind::Other => FileKind::Other,
    }
}

#[async_trait]
impl ActivityDriver for ArchiveDriver {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        Some(self.traffic.clone())
    }

    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        let mut results = self.plant_many(container, std::slice::from_ref(request)).await;
        results.pop().unwrap_or_else(|| Err(DriverError::Failed { rc: -1, stderr: "nothing was planted".to_owned() }))
    }

    async fn plant_many(
        &self,
        container: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let work = async {
            let inside = self.inside(container.name()).await?;
            let plain: Vec<&PlantRequest> = requests.iter().filter(|r| !inside.is_volatile(&r.path)).collect();
            let mut packed = self.plant_plain(container, &inside.id, &plain).await.into_iter();
            let mut results = Vec::with_capacity(requests.len());
            for request in requests {
                results.push(if inside.is_volatile(&request.path) {
                    exec_file::plant(&self.shell, container, request).await
                } else {
                    packed.next().unwrap_or_else(|| Err(not_packed(&std::io::ErrorKind::Other.into())))
                });
            }
            Ok(results)
        };
        limited(container.name(), work).await.unwrap_or_else(|error| vec![Err(error); requests.len()])
    }

    async fn read_file(
        &self,
        container: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        let name = container.name();
        let work = async {
            if self.inside(name).await?.is_volatile(path) {
                return exec_file::read(&self.shell, container, path, limit).await;
            }
            if !self.is_there(name, path, StatKind::File).await? {
                return Ok(None);
            }
            // The file, its headers, and what rounds an archive up.
            let Some(archive) = self.download(name, path.as_str(), limit + 16_384).await? else { return Ok(None) };
            match only_file(&archive) {
                Some(bytes) if bytes.len() <= limit => Ok(Some(FileContent { bytes })),
                _ => Err(DriverError::Refused { path: path.to_string(), reason: Refusal::TooLarge }),
            }
        };
        limited(name, work).await
    }

    async fn stat(&self, container: &ContainerRef, paths: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError> {
        let name = container.name();
        let work = async {
            let inside = self.inside(name).await?;
            if paths.iter().any(|path| inside.is_volatile(path)) {
                // The engine looks below the mounts.
                return exec_file::stat(&self.shell, container, paths).await;
            }
            let known = self.stats(name, paths.iter().map(DeckyPath::to_string).collect()).await?;
            let file_stat = |stat: &Stat| FileStat { kind: kind_of(stat), mtime: stat.mtime };
            let at = |path: &DeckyPath| known.get(path.as_str()).and_then(Option::as_ref).map(file_stat);
            Ok(paths.iter().map(at).collect())
        };
        limited(name, work).await
    }

    async fn details(&self, container: &ContainerRef, path: &DeckyPath) -> Result<Option<FileDetails>, DriverError> {
        let name = container.name();
        let work = async {
            let inside = self.inside(name).await?;
            if inside.is_volatile(path) {
                return exec_file::details(&self.shell, container, path).await;
            }
            let Some(found) = stat(&self.engine, name, path.as_str()).await? else { return Ok(None) };
            // The engine's own answer resolves the link; its header has what is written there.
            let head = self.download(&inside.id, path.as_str(), 8_192).await?.unwrap_or_default();
            let (owner, target) = (first_owner(&head), first_target(&head));
            Ok(Some(FileDetails { kind: kind_of(&found), owner, mode: found.mode, target }))
        };
        limited(name, work).await
    }

    async fn list(&self, container: &ContainerRef, folder: &DeckyPath) -> Result<Vec<String>, DriverError> {
        let name = container.name();
        let work = async {
            if self.inside(name).await?.is_volatile(folder) {
                return exec_file::list(&self.shell, container, folder).await;
            }
            if !self.is_there(name, folder, StatKind::Folder).await? {
                return Ok(Vec::new());
            }
            let Some(archive) = self.download(name, folder.as_str(), LARGEST_LISTED).await? else {
                return Ok(Vec::new());
            };
            match names(&archive) {
                Some(names) if archive.len() < LARGEST_LISTED && names.len() <= MOST_NAMES => {
                    Ok(names.into_iter().collect())
                }
                _ => Err(DriverError::Refused { path: folder.to_string(), reason: Refusal::TooLarge }),
            }
        };
        limited(name, work).await
    }

    async fn inspect(&self, container: &ContainerRef) -> Result<ContainerInfo, DriverError> {
        let name = container.name();
        let work = async {
            let inside = self.inside(name).await?;
            let mut limits = Vec::new();
            if self.keeps_owners(&inside.id) == Some(false) {
                limits.push("the engine does not keep owners, so files get there by a short-lived shell".to_owned());
            }
            Ok(ContainerInfo {
                image: inside.image,
                engine: engine_name(&self.engine).await,
                zone: zone_of(&inside.env),
                tools: Some("archives, times to the nanosecond, no process".to_owned()),
                limits,
            })
        };
        limited(name, work).await
    }

    /// Archives can't remove, so a short-lived shell runs rm(1) in the container.
    async fn remove_file(&self, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        exec_file::remove(&self.shell, container, path).await
    }

    /// Archives can't rename, so a short-lived shell runs mv(1) in the container.
    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        exec_file::rename(&self.shell, container, from, to).await
    }
}
