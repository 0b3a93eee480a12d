//! Reading the pool, again whenever its modification time changes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use decnet_domain::persona::{Language, Persona, parse_pool};
use decnet_ports::{PersonaPool, PoolError};

/// Where the host-wide pool is.
const SYSTEM_POOL: &str = "/etc/decnet/email_personas.json";

/// The order in which a pool's path is looked for.
#[derive(Clone, Debug, Default)]
pub struct PoolPath {
    /// `DECNET_REALISM_PERSONAS`.
    pub configured: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl PoolPath {
    /// `DECNET_REALISM_PERSONAS`, else `/etc/decnet/email_personas.json` if it is there or its folder
    /// can be written to, else `~/.decnet/email_personas.json`.
    pub fn resolve(&self) -> PathBuf {
        self.resolve_with(Path::new(SYSTEM_POOL))
    }

    fn resolve_with(&self, system: &Path) -> PathBuf {
        if let Some(path) = &self.configured {
            return path.clone();
        }
        let folder_is_writable = || {
            system.parent().is_some_and(|folder| {
                rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
            })
        };
        match &self.home {
            Some(home) if !system.exists() && !folder_is_writable() => home.join(".decnet/email_personas.json"),
            _ => system.to_owned(),
        }
    }
}

/// A pool file. A file this large is no pool.
const LARGEST: u64 = 16 << 20;

/// The personas of a pool file.
pub struct FilePool {
    path: PathBuf,
    cached: Mutex<Option<Cached>>,
    /// Always the same one, so that nobody takes it for a change.
    nobody: Arc<[Persona]>,
}

struct Cached {
    modified: SystemTime,
    size: u64,
    language: Language,
    /// Also why it can't be used: a broken file is read once, too.
    read: Result<Arc<[Persona]>, PoolError>,
}

/// How many faults of a file are told one by one.
const MOST_TOLD: usize = 20;

impl FilePool {
    /// A pool at `path`, read when it is first asked for.
    pub fn new(path: PathBuf) -> Self {
        Self { path, cached: Mutex::new(None), nobody: Arc::from([]) }
    }

    fn read(&self, language: Language) -> Result<Arc<[Persona]>, PoolError> {
        let path = self.path.display().to_string();
        let unreadable = |e: std::io::Error| PoolError::Unreadable { path: path.clone(), reason: e.to_string() };
        let meta = match std::fs::metadata(&self.path) {
            Ok(meta) => meta,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return Ok(self.nobody.clone());
            }
            Err(e) => return Err(unreadable(e)),
        };
        if !meta.is_file() {
            return Err(PoolError::Malformed { path, reason: "it is no regular file".to_owned() });
        }
        let modified = meta.modified().map_err(unreadable)?;
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = cached.as_ref()
            && (known.modified, known.size, known.language) == (modified, meta.len(), language)
        {
            return known.read.clone();
        }
        let read = self.parse(&path, meta.len(), language);
        *cached = Some(Cached { modified, size: meta.len(), language, read: read.clone() });
        read
    }

    fn parse(&self, path: &str, size: u64, language: Language) -> Result<Arc<[Persona]>, PoolError> {
        let malformed = |reason: String| PoolError::Malformed { path: path.to_owned(), reason };
        if size > LARGEST {
            return Err(malformed(format!("{size} bytes are more than the {LARGEST} of the largest pool")));
        }
        let file = std::fs::File::open(&self.path);
        let mut bytes = Vec::new();
        // It may have grown meanwhile.
        file.and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
            .map_err(|e| PoolError::Unreadable { path: path.to_owned(), reason: e.to_string() })?;
        let hint = "`decnet realism import-personas` reads such a file and writes a pool";
        let text = String::from_utf8(bytes).map_err(|_| malformed(format!("it is not UTF-8; {hint}")))?;
        let file = parse_pool(&text, language).map_err(|e| malformed(format!("{e}; {hint}")))?;
        for fault in file.rejected.iter().take(MOST_TOLD) {
            tracing::warn!(file = %path, error = %fault, "persona left out");
        }
        for notice in file.notices.iter().take(MOST_TOLD) {
            tracing::warn!(file = %path, notice = %notice, "persona taken with a change");
        }
        let (rejected, notices) = (file.rejected.len(), file.notices.len());
        if rejected > MOST_TOLD || notices > MOST_TOLD {
            tracing::warn!(file = %path, left_out = rejected, changed = notices, "the pool has more faults than are told");
        }
        if file.personas.is_empty() && rejected > 0 {
            tracing::warn!(file = %path, "no entry of the pool is valid: nobody lives on the deckies of the fleet");
        }
        Ok(file.personas.into())
    }
}

#[async_trait]
impl PersonaPool for FilePool {
    async fn load(&self, default: Language) -> Result<Arc<[Persona]>, PoolError> {
        // A few kilobytes, read when they changed: not worth a thread of its own.
        self.read(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_of_another_format_says_how_to_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool.json");
        for bytes in [&b"\xff\xfe[\0]\0"[..], b"Name,Email\n", b"{\"personas\": []}"] {
            std::fs::write(&path, bytes).unwrap();
            let pool = FilePool::new(path.clone());
            let error = pool.read(Language::EN).unwrap_err();
            assert!(error.to_string().contains("import-personas"), "{error}");
            assert_eq!(pool.read(Language::EN).unwrap_err(), error, "it is not read again");
        }
        assert!(FilePool::new(folder.path().to_owned()).read(Language::EN).is_err(), "a folder is no pool");
    }

    #[test]
    fn the_configured_path_wins_then_etc_then_home() {
        let folder = tempfile::tempdir().unwrap();
        let home = Some(PathBuf::from("/home/ann"));
        let configured = Some(PathBuf::from("/x.json"));
        let there = folder.path().join("pool.json");
        let nowhere = Path::new("/nonexistent/decnet/pool.json");
        assert_eq!(PoolPath { configured, home: home.clone() }.resolve_with(nowhere), Path::new("/x.json"));
        let unset = PoolPath { configured: None, home };
        assert_eq!(unset.resolve_with(nowhere), Path::new("/home/ann/.decnet/email_personas.json"));
        assert_eq!(unset.resolve_with(&there), there, "its folder can be written to");
        assert_eq!(PoolPath::default().resolve_with(nowhere), nowhere, "no home to fall back to");
    }
}
