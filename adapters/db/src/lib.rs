//! The repository in SQL, by diesel.
//!
//! Queries are written for diesel's query builder, and run by the `on!` and `write_transaction!` macros on the
//! pool of the database in use. There is one, `SQLite`. Another needs a variant of [`Pool`], migrations of its
//! own, and a look at what is `SQLite`'s alone here: the types of rows (`check_for_backend`, [`utc`]), the locks of
//! writing transactions, upserts (`on_conflict`), and the texts of `prune` and `overview`.

mod config;
mod deckies;
mod error;
mod events;
mod files;
mod in_place;
mod journal;
mod mails;
mod memory;
mod migrate;
mod overview;
mod pool;
mod rows;
mod schema;
mod utc;
mod worker_lock;

use std::path::Path;

use decnet_ports::{MigrationStatus, RepoError};

pub use overview::Overview;
use pool::Pool;
pub use worker_lock::{Holder, LockError, WorkerLock};

/// The repository.
#[derive(Clone)]
pub struct SqlRepo {
    pool: Pool,
}

impl SqlRepo {
    /// Opens a `SQLite` file, making it and its folder where they are missing, and brings its
    /// schema up to date. An existing installation's file is adopted: no table, column or row of it changes.
    ///
    /// # Errors
    /// When the file can't be opened or isn't a database, or a migration fails.
    pub async fn open_sqlite(file: &Path) -> Result<Self, RepoError> {
        migrate::prepare(file)?;
        let path = file.to_owned();
        blocking(move || migrate::run(&path)).await?;
        Ok(Self { pool: Pool::sqlite(file)? })
    }

    /// What a `SQLite` file holds, without changing it.
    ///
    /// # Errors
    /// When the file isn't there, can't be opened or is no database.
    pub async fn sqlite_overview(file: &Path) -> Result<Overview, RepoError> {
        let path = file.to_owned();
        blocking(move || overview::overview(&path)).await
    }

    /// What of the schema a `SQLite` file has, without changing it.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub async fn sqlite_status(file: &Path) -> Result<MigrationStatus, RepoError> {
        let path = file.to_owned();
        blocking(move || migrate::status(&path)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RepoError> + Send + 'static,
) -> Result<T, RepoError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(RepoError::Backend(e.to_string())))
}
