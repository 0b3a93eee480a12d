use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::fleet::Traffic;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use jiff::Timestamp;

use crate::{
    ActivityDriver, ContainerInfo, DriverError, FileContent, FileDetails, FileKind, FileStat, KeyPair, PlantMode,
    PlantRequest, Planted, Refusal, Session, SessionReport, TrafficDriver, TrafficReport,
};

/// Decoys in memory: a map of files for each container. Each call costs the logarithm of how many there are.
#[derive(Clone, Default)]
pub struct FakeDriver {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    containers: BTreeMap<String, BTreeMap<String, FakeFile>>,
    away: BTreeSet<String>,
}

/// The host key of every host.
const HOST_KEY: &str = "ssh-ed25519 AAAA";

/// A file as it lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whose it is.
    pub owner: Owner,
    /// Its permission bits.
    pub mode: u32,
    /// When it was last modified.
    pub mtime: Timestamp,
}

impl FakeDriver {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a file there, as somebody else would.
    pub fn put(&self, container_ref: &ContainerRef, path: &str, bytes: &[u8]) {
        let file = FakeFile { bytes: bytes.to_vec(), owner: Owner::ROOT, mode: 0o644, mtime: Timestamp::UNIX_EPOCH };
        self.with(|s| s.files_of(container_ref).insert(path.to_owned(), file));
    }

    /// The file at a path.
    pub fn get(&self, container_ref: &ContainerRef, path: &str) -> Option<FakeFile> {
        self.with(|s| s.at(container_ref.name(), path).cloned())
    }

    /// All files of all containers, by container and path.
    pub fn all(&self) -> BTreeMap<(String, String), FakeFile> {
        let of = |(container, files): (&String, &BTreeMap<String, FakeFile>)| {
            let container = container.clone();
            let one = move |(path, file): (String, FakeFile)| ((container.clone(), path), file);
            files.clone().into_iter().map(one)
        };
        self.with(|s| s.containers.iter().flat_map(of).collect())
    }

    /// Takes a container away, or brings it back.
    pub fn set_away(&self, container_ref: &ContainerRef, is_away: bool) {
        self.with(|s| {
            let name = container_ref.name().to_owned();
            if is_away { s.away.insert(name) } else { s.away.remove(&name) }
        });
    }
}

impl State {
    fn files_of(&mut self, container_ref: &ContainerRef) -> &mut BTreeMap<String, FakeFile> {
        self.containers.entry(container_ref.name().to_owned()).or_default()
    }

    fn at(&self, container: &str, path: &str) -> Option<&FakeFile> {
        self.containers.get(container)?.get(path)
    }

    /// What lies below a folder, in order.
    fn below<'s>(&'s self, container: &str, folder: &str) -> impl Iterator<Item = (&'s str, &'s FakeFile)> {
        let folder = format!("{folder}/");
        // The sign after the slash: everything below the folder sorts before it.
        let end = format!("{}0", &folder[..folder.len() - 1]);
        let files = self.containers.get(container);
        let range =
            files.map(|files| files.range::<str, _>((Bound::Excluded(folder.as_str()), Bound::Excluded(end.as_str()))));
        range.into_iter().flatten().map(|(path, file)| (path.as_str(), file))
    }

    fn stat(&self, container: &str, path: &str) -> Option<FileStat> {
        match self.at(container, path) {
            Some(file) => Some(FileStat { kind: FileKind::File, mtime: file.mtime }),
            None if self.below(container, path).next().is_some() => {
                Some(FileStat { kind: FileKind::Folder, mtime: Timestamp::UNIX_EPOCH })
            }
            None => None,
        }
    }
}

fn reach(state: &State, container_ref: &ContainerRef) -> Result<(), DriverError> {
    if state.away.contains(container_ref.name()) {
        let container_ref = container_ref.name().to_owned();
        return Err(DriverError::Unavailable { container: container_ref, reason: "is away".to_owned() });
    }
    Ok(())
}

#[async_trait]
impl ActivityDriver for FakeDriver {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        Some(Arc::new(self.clone()))
    }

    async fn plant_file(&self, container_ref: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let path = request.path.to_string();
            let was = s.at(container_ref.name(), &path);
            match (&request.plant, was) {
                (PlantMode::CreateNew, Some(_)) => return Err(DriverError::Exists { path }),
                (PlantMode::Replace { .. }, None) => {
                    return Err(DriverError::Refused { path, reason: Refusal::Missing });
                }
                (PlantMode::Replace { was: hash }, Some(there)) if content_hash(&there.bytes) != *hash => {
                    return Err(DriverError::Refused { path, reason: Refusal::Changed });
                }
                (PlantMode::CreateNew, None) | (PlantMode::Replace { .. }, Some(_)) => {}
            }
            let (owner, mode) = was.map_or((request.owner, request.mode), |was| (was.owner, was.mode));
            let file = FakeFile { bytes: request.bytes.clone(), owner, mode, mtime: request.mtime };
            s.files_of(container_ref).insert(path, file);
            Ok(Planted { bytes: request.bytes.len() as u64 })
        })
    }

    async fn read_file(
        &self,
        container_ref: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            match s.at(container_ref.name(), path.as_str()) {
                Some(file) if file.bytes.len() > limit => {
                    Err(DriverError::Refused { path: path.to_string(), reason: Refusal::TooLarge })
                }
                other => Ok(other.map(|file| FileContent { bytes: file.bytes.clone() })),
            }
        })
    }

    async fn stat(
        &self,
        container_ref: &ContainerRef,
        paths: &[DeckyPath],
    ) -> Result<Vec<Option<FileStat>>, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let at = |path: &DeckyPath| s.stat(container_ref.name(), path.as_str());
            Ok(paths.iter().map(at).collect())
        })
    }

    async fn details(
        &self,
        container_ref: &ContainerRef,
        path: &DeckyPath,
    ) -> Result<Option<FileDetails>, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let Some(found) = s.stat(container_ref.name(), path.as_str()) else { return Ok(None) };
            let file = s.at(container_ref.name(), path.as_str());
            let mode = file.map_or(0o755, |file| file.mode);
            Ok(Some(FileDetails { kind: found.kind, owner: file.map(|file| file.owner), mode, target: None }))
        })
    }

    async fn list(&self, container_ref: &ContainerRef, folder: &DeckyPath) -> Result<Vec<String>, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let start = folder.as_str().len() + 1;
            let first = |path: &str| path[start..].split('/').next().unwrap_or_default().to_owned();
            let names: BTreeSet<String> =
                s.below(container_ref.name(), folder.as_str()).map(|(path, _)| first(path)).collect();
            Ok(names.into_iter().collect())
        })
    }

    async fn inspect(&self, container_ref: &ContainerRef) -> Result<ContainerInfo, DriverError> {
        self.with(|s| reach(s, container_ref)).map(|()| ContainerInfo::default())
    }

    async fn rename_file(
        &self,
        container_ref: &ContainerRef,
        from: &DeckyPath,
        to: &DeckyPath,
    ) -> Result<(), DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            if s.at(container_ref.name(), to.as_str()).is_some() {
                return Err(DriverError::Exists { path: to.to_string() });
            }
            let missing = || DriverError::Refused { path: from.to_string(), reason: Refusal::Missing };
            let files = s.files_of(container_ref);
            let file = files.remove(from.as_str()).ok_or_else(missing)?;
            files.insert(to.to_string(), file);
            Ok(())
        })
    }

    async fn remove_file(&self, container_ref: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            s.files_of(container_ref).remove(path.as_str());
            Ok(())
        })
    }
}

#[async_trait]
impl TrafficDriver for FakeDriver {
    async fn run(&self, traffic: &Traffic) -> Result<TrafficReport, DriverError> {
        self.with(|s| reach(s, &traffic.container))?;
        // Every host has an sshd and nothing else.
        if traffic.port != 22 {
            return Ok(TrafficReport { rc: 1, banner: None, stderr: "Connection refused".to_owned() });
        }
        let banner = Some("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".to_owned());
        Ok(TrafficReport { rc: 0, banner, stderr: String::new() })
    }

    async fn make_key(&self, source: &ContainerRef, comment: &str) -> Result<KeyPair, DriverError> {
        self.with(|s| reach(s, source))?;
        Ok(KeyPair { private: format!("the key of {comment}\n"), public: format!("ssh-ed25519 AAAA {comment}") })
    }

    async fn session(&self, session: &Session) -> Result<SessionReport, DriverError> {
        self.with(|s| {
            reach(s, &session.traffic.container)?;
            let container = format!("{}-ssh", session.traffic.target.name);
            let allowed = format!("/home/{}/.ssh/authorized_keys", session.login);
            let lets_in = s
                .at(&container, &allowed)
                .is_some_and(|f| String::from_utf8_lossy(&f.bytes).lines().any(|line| line == session.key.public));
            let known_hosts = format!("{} {HOST_KEY}\n", session.traffic.address);
            let is_known = session.host_key.as_deref().is_none_or(|key| key == HOST_KEY);
            Ok(if lets_in && is_known {
                SessionReport { rc: 0, known_hosts, stderr: String::new() }
            } else {
                SessionReport { rc: 255, known_hosts, stderr: "Permission denied (publickey).".to_owned() }
            })
        })
    }
}
