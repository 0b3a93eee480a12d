use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_domain::fleet::Traffic;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use jiff::Timestamp;

use crate::{
    ActivityDriver, DriverError, FileContent, FileKind, FileStat, KeyPair, PlantMode, PlantRequest, Planted, Refusal,
    Session, SessionReport, TrafficDriver, TrafficReport,
};

/// Decoys in memory: a map of files, which answers at once.
#[derive(Clone, Default)]
pub struct FakeDriver {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<(String, String), FakeFile>,
    away: BTreeSet<String>,
}

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
        self.with(|s| s.files.insert((container_ref.name().to_owned(), path.to_owned()), file));
    }

    /// The file at a path.
    pub fn get(&self, container_ref: &ContainerRef, path: &str) -> Option<FakeFile> {
        self.with(|s| s.files.get(&(container_ref.name().to_owned(), path.to_owned())).cloned())
    }

    /// All files of all stations, by container and path.
    pub fn all(&self) -> BTreeMap<(String, String), FakeFile> {
        self.with(|s| s.files.clone())
    }

    /// Takes a station away, or brings it back.
    pub fn set_away(&self, container_ref: &ContainerRef, is_away: bool) {
        self.with(|s| {
            let name = container_ref.name().to_owned();
            if is_away { s.away.insert(name) } else { s.away.remove(&name) }
        });
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
            let key = (container_ref.name().to_owned(), request.path.to_string());
            let was = s.files.get(&key);
            match (&request.plant, was) {
                (PlantMode::CreateNew, Some(_)) => return Err(DriverError::Exists { path: key.1 }),
                (PlantMode::Replace { .. }, None) => {
                    return Err(DriverError::Refused { path: key.1, reason: Refusal::Missing });
                }
                (PlantMode::Replace { was: hash }, Some(there)) if content_hash(&there.bytes) != *hash => {
                    return Err(DriverError::Refused { path: key.1, reason: Refusal::Changed });
                }
                (PlantMode::CreateNew, None) | (PlantMode::Replace { .. }, Some(_)) => {}
            }
            let (owner, mode) = was.map_or((request.owner, request.mode), |was| (was.owner, was.mode));
            s.files.insert(key, FakeFile { bytes: request.bytes.clone(), owner, mode, mtime: request.mtime });
            Ok(Planted { bytes: request.bytes.len() as u64 })
        })
    }

    async fn plant_many(
        &self,
        container_ref: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            results.push(self.plant_file(container_ref, request).await);
        }
        results
    }

    async fn read_file(
        &self,
        container_ref: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let found = s.files.get(&(container_ref.name().to_owned(), path.to_string()));
            match found {
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
            let at = |path: &DeckyPath| {
                let container = container_ref.name();
                let file = s.files.get(&(container.to_owned(), path.to_string()));
                let is_folder = || s.files.keys().any(|(c, p)| c == container && p.starts_with(&format!("{path}/")));
                match file {
                    Some(file) => Some(FileStat { kind: FileKind::File, mtime: file.mtime }),
                    None if is_folder() => Some(FileStat { kind: FileKind::Folder, mtime: Timestamp::UNIX_EPOCH }),
                    None => None,
                }
            };
            Ok(paths.iter().map(at).collect())
        })
    }

    async fn rename_file(
        &self,
        container_ref: &ContainerRef,
        from: &DeckyPath,
        to: &DeckyPath,
    ) -> Result<(), DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            let key = |path: &DeckyPath| (container_ref.name().to_owned(), path.to_string());
            if s.files.contains_key(&key(to)) {
                return Err(DriverError::Exists { path: to.to_string() });
            }
            let missing = || DriverError::Refused { path: from.to_string(), reason: Refusal::Missing };
            let file = s.files.remove(&key(from)).ok_or_else(missing)?;
            s.files.insert(key(to), file);
            Ok(())
        })
    }

    async fn remove_file(&self, container_ref: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        self.with(|s| {
            reach(s, container_ref)?;
            s.files.remove(&(container_ref.name().to_owned(), path.to_string()));
            Ok(())
        })
    }
}

#[async_trait]
impl TrafficDriver for FakeDriver {
    async fn run(&self, traffic: &Traffic) -> Result<TrafficReport, DriverError> {
        self.with(|s| reach(s, &traffic.container))?;
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
            let allowed = (container, format!("/home/{}/.ssh/authorized_keys", session.login));
            let lets_in = s
                .files
                .get(&allowed)
                .is_some_and(|f| String::from_utf8_lossy(&f.bytes).lines().any(|line| line == session.key.public));
            let known_hosts = format!("{} ssh-ed25519 AAAA\n", session.traffic.address);
            Ok(if lets_in {
                SessionReport { rc: 0, known_hosts, stderr: String::new() }
            } else {
                SessionReport { rc: 255, known_hosts, stderr: "Permission denied (publickey).".to_owned() }
            })
        })
    }
}
