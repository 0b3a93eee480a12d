//! Installing a pool (the seed, `decnet realism import-personas`).

use std::io::Write;
use std::path::{Path, PathBuf};

use decnet_domain::persona::{EntryError, Language, parse_pool};

/// What an import did.
#[derive(Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many personas are in the pool now.
    pub accepted: usize,
    /// Why the other entries were left out.
    pub rejected: Vec<EntryError>,
    /// What was taken with a change.
    pub notices: Vec<EntryError>,
}

/// Why nothing was imported; what was there is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The source.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The source is no list.
    #[error("{} is not a persona pool", path.display())]
    NotAPool {
        /// The source.
        path: PathBuf,
        /// Why.
        #[source]
        source: decnet_domain::persona::PersonaFileError,
    },
    /// Not one entry holds to the schema.
    #[error("no entry of {} is valid; the pool was left as it is", path.display())]
    NoneValid {
        /// The source.
        path: PathBuf,
        /// Why each was left out.
        rejected: Vec<EntryError>,
    },
    /// The destination can't be written.
    #[error("{} can't be written", path.display())]
    Unwritable {
        /// The destination.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Validates `source` and installs what is valid at `destination`, in one step: a reader sees the
/// old pool or the new one. Unknown keys of an entry are kept.
///
/// # Errors
/// When the source can't be read or holds no valid entry, or the destination can't be written.
pub fn import(source: &Path, destination: &Path) -> Result<Imported, ImportError> {
    let own = |path: &Path| path.to_owned();
    let text = std::fs::read_to_string(source).map_err(|e| ImportError::Unreadable { path: own(source), source: e })?;
    let file = parse_pool(&text, Language::EN).map_err(|e| ImportError::NotAPool { path: own(source), source: e })?;
    if file.personas.is_empty() {
        return Err(ImportError::NoneValid { path: own(source), rejected: file.rejected });
    }
    write(destination, &file.accepted).map_err(|e| ImportError::Unwritable { path: own(destination), source: e })?;
    Ok(Imported { accepted: file.personas.len(), rejected: file.rejected, notices: file.notices })
}

fn write(destination: &Path, entries: &[serde_json::Value]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = destination.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, entries)?;
    file.write_all(b"\n")?;
    // The worker and the dashboard run as other users than whoever imports.
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(destination)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann() -> &'static str {
        r#"{"name": "Ann", "email": "ann@corp.example.com", "role": "Ops", "desk": 7}"#
    }

    #[test]
    fn valid_entries_are_installed_with_their_unknown_keys() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("in.json"), folder.path().join("a/b/out.json"));
        std::fs::write(&from, format!("[{}, {{\"name\": 3}}]", ann())).unwrap();
        let imported = import(&from, &to).unwrap();
        assert_eq!((imported.accepted, imported.rejected.len()), (1, 3));
        let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&to).unwrap()).unwrap();
        assert_eq!(written[0]["desk"], 7);
        assert_eq!(written.as_array().unwrap().len(), 1);
    }

    #[test]
    fn nothing_valid_leaves_the_old_pool() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("in.json"), folder.path().join("out.json"));
        std::fs::write(&to, "old").unwrap();
        for bad in ["[]", "[{}]", "{}", "nonsense"] {
            std::fs::write(&from, bad).unwrap();
            assert!(import(&from, &to).is_err(), "{bad}");
        }
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    }
}
