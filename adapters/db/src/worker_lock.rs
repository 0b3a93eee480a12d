//! One worker a database: two would act on the same decoys, each without the other's memory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who has a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The host it runs on.
    pub host: String,
    /// Since when.
    pub since: Timestamp,
    /// Its command line.
    pub command: String,
}

/// The right to act on what a database holds. The operating system takes it back when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct WorkerLock {
    file: File,
}

/// Why the lock can't be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another worker has it.
    #[error("{}", held(.database, .by.as_ref()))]
    Held {
        /// Which database.
        database: PathBuf,
        /// Who, where that can be read.
        by: Option<Holder>,
    },
    /// The lock's file can't be made or used.
    #[error("can't use the lock {}", path.display())]
    Unusable {
        /// The lock's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn held(database: &Path, by: Option<&Holder>) -> String {
    let database = database.display();
    match by {
        None => format!("another worker has the database {database}"),
        Some(Holder { pid, host, since, command }) => format!(
            "another worker has the database {database}: process {pid} on {host} since {since:.0} ({command}); stop it \
             first, or name another database"
        ),
    }
}

impl WorkerLock {
    /// Takes the lock of a `SQLite` file that is there, for `holder`. It is a file beside the database,
    /// `<database>.worker.lock`; it stays when the lock is gone, empty.
    ///
    /// # Errors
    /// When another worker has it, or its file can't be used.
    pub fn take(database: &Path, holder: &Holder) -> Result<Self, LockError> {
        // Whatever names it goes by, a database has one lock.
        let real = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut name = real.into_os_string();
        name.push(".worker.lock");
        let path = PathBuf::from(name);
        let unusable = |source| LockError::Unusable { path: path.clone(), source };
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { database: database.to_owned(), by: read(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        // Whoever finds it held should learn by whom; the lock holds without that, too.
        if let Err(error) = write(&mut file, holder) {
            tracing::warn!(file = %path.display(), error = %error, "can't note who has the database");
        }
        Ok(Self { file })
    }
}

impl Drop for WorkerLock {
    fn drop(&mut self) {
        // Only a note for readers; closing the file is what gives the lock back.
        drop(self.file.set_len(0));
    }
}

/// More than a note takes.
const LONGEST: u64 = 64 * 1024;

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(serde_json::to_string(holder)?.as_bytes())?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        let since = "2026-11-28T09:00:00.5Z".parse().unwrap();
        Holder { pid: 41, host: "lab".to_owned(), since, command: "decnet orchestrate".to_owned() }
    }

    #[test]
    fn the_second_learns_who_has_it_and_gets_it_when_the_first_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("x.db");
        std::fs::write(&database, "").unwrap();
        let alias = folder.path().join("alias.db");
        std::os::unix::fs::symlink(&database, &alias).unwrap();
        let first = WorkerLock::take(&database, &holder()).unwrap();
        let error = WorkerLock::take(&alias, &holder()).unwrap_err();
        let LockError::Held { by, .. } = &error else { panic!("{error}") };
        assert_eq!(by.as_ref(), Some(&holder()));
        assert!(
            error.to_string().ends_with(
                "alias.db: process 41 on lab since 2026-11-28T09:00:00Z (decnet orchestrate); stop it first, or name \
             another database"
            ),
            "{error}"
        );
        drop(first);
        WorkerLock::take(&alias, &holder()).unwrap();
    }
}
