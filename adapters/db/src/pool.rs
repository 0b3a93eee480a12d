//! Connections.

use std::path::Path;

use decnet_ports::RepoError;
use diesel::connection::AnsiTransactionManager;
use diesel::{ConnectionError, QueryResult, SqliteConnection};
use diesel_async::pooled_connection::deadpool::Pool as Deadpool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection, TransactionManager};

use crate::in_place::InPlace;

/// A connection to `SQLite`.
pub(crate) type SqliteConn = SyncConnectionWrapper<SqliteConnection, InPlace>;

/// The pool of whichever database is in use.
#[derive(Clone)]
pub(crate) enum Pool {
    /// An embedded `SQLite` file.
    Sqlite(Deadpool<SqliteConn>),
}

/// Enough that reads don't wait for the one writer `SQLite` allows.
const SQLITE_CONNECTIONS: usize = 4;

/// `busy_timeout` first: with it later, concurrent openers fail at once on the switch to WAL.
/// `synchronous=NORMAL` is safe from corruption in WAL mode (`sqlite.org/pragma.html#pragma_synchronous`).
pub(crate) const SQLITE_PRAGMAS: &str =
    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096;";

impl Pool {
    pub(crate) fn sqlite(file: &Path) -> Result<Self, RepoError> {
        let url = file.to_string_lossy().into_owned();
        let mut config = ManagerConfig::default();
        // A file in this process doesn't hang up: asking it before each use would double every query.
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = Box::new(|url| {
            Box::pin(async move {
                let mut connection = SqliteConn::establish(url).await?;
                connection.batch_execute(SQLITE_PRAGMAS).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(connection)
            })
        });
        let manager = AsyncDieselConnectionManager::new_with_config(url, config);
        Deadpool::builder(manager)
            .max_size(SQLITE_CONNECTIONS)
            .build()
            .map(Self::Sqlite)
            .map_err(|e| RepoError::Backend(e.to_string()))
    }
}

/// Runs one query on whichever database is in use.
macro_rules! on {
    ($repo:expr, $conn:ident => $query:expr) => {
        match &$repo.pool {
            $crate::pool::Pool::Sqlite(pool) => {
                let mut guard = pool.get().await.map_err($crate::pool::unavailable)?;
                let $conn = &mut *guard;
                $query.map_err($crate::error::failed)
            }
        }
    };
}

/// Runs a transaction that writes. On `SQLite` it takes the write lock at once: one that reads first
/// and upgrades later fails under concurrency, whatever the busy timeout.
macro_rules! write_transaction {
    ($repo:expr, $conn:ident => $body:expr) => {
        match &$repo.pool {
            $crate::pool::Pool::Sqlite(pool) => {
                let mut guard = pool.get().await.map_err($crate::pool::unavailable)?;
                $crate::pool::begin_immediate(&mut guard).await.map_err($crate::error::failed)?;
                let $conn = &mut *guard;
                let done = async { $body }.await;
                $crate::pool::end(&mut guard, done).await.map_err($crate::error::failed)
            }
        }
    };
}

pub(crate) use {on, write_transaction};

/// Begins a transaction that has the write lock from the beginning.
pub(crate) async fn begin_immediate(connection: &mut SqliteConn) -> QueryResult<()> {
    connection.spawn_blocking(|sqlite| AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")).await
}

/// Ends a transaction: kept where all went well, else undone.
pub(crate) async fn end<T>(connection: &mut SqliteConn, done: QueryResult<T>) -> QueryResult<T> {
    type Manager = <SqliteConn as AsyncConnection>::TransactionManager;
    match done {
        Ok(value) => Manager::commit_transaction(connection).await.map(|()| value),
        Err(error) => {
            // What went wrong first is what is told; a connection that can't be rolled back is broken and thrown away.
            let _ = Manager::rollback_transaction(connection).await;
            Err(error)
        }
    }
}

pub(crate) fn unavailable(error: impl std::fmt::Display) -> RepoError {
    RepoError::Unavailable(error.to_string())
}
