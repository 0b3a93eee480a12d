//! Migrations, one starter at a time.

use std::fs::{File, OpenOptions};
use std::path::Path;

use decnet_ports::{MigrationStatus, RepoError};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::pool::SQLITE_PRAGMAS;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Makes the folder of a new database file.
pub(crate) fn prepare(file: &Path) -> Result<(), RepoError> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|e| RepoError::Unavailable(format!("can't make the folder {}: {e}", folder.display())))
}

/// Runs what is pending. Diesel takes no lock of its own, and workers start together.
pub(crate) fn run(file: &Path) -> Result<(), RepoError> {
    let _lock = lock(file)?;
    let mut connection = open(file)?;
    connection.batch_execute(SQLITE_PRAGMAS).map_err(crate::error::failed)?;
    connection
        .run_pending_migrations(SQLITE)
        .map(drop)
        .map_err(|e| RepoError::Backend(format!("migration of {} failed: {e}", file.display())))
}

pub(crate) fn status(file: &Path) -> Result<MigrationStatus, RepoError> {
    if !file.exists() {
        return Err(RepoError::Unavailable(format!("{} does not exist", file.display())));
    }
    let mut connection = open(file)?;
    let text = |e: Box<dyn std::error::Error + Send + Sync>| RepoError::Backend(e.to_string());
    // Asking diesel for the applied ones would make its table; asking for the names alone doesn't.
    let all: Vec<String> = diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
        .map_err(text)?
        .iter()
        .map(|m| m.name().to_string())
        .collect();
    let applied = applied(&mut connection)?;
    let is_applied = |name: &&String| applied.iter().any(|v| name.replace('-', "").starts_with(v.as_str()));
    let (applied, pending): (Vec<&String>, Vec<&String>) = all.iter().partition(is_applied);
    let own = |names: Vec<&String>| names.into_iter().cloned().collect();
    Ok(MigrationStatus { applied: own(applied), pending: own(pending) })
}

fn applied(connection: &mut SqliteConnection) -> Result<Vec<String>, RepoError> {
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Text)]
        version: String,
    }
    let there = "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'";
    let tables: Vec<Version> = diesel::sql_query(there).load(connection).map_err(crate::error::failed)?;
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Version> = diesel::sql_query("SELECT version FROM __diesel_schema_migrations")
        .load(connection)
        .map_err(crate::error::failed)?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn open(file: &Path) -> Result<SqliteConnection, RepoError> {
    SqliteConnection::establish(&file.to_string_lossy())
        .map_err(|e| RepoError::Unavailable(format!("can't open {}: {e}", file.display())))
}

/// A lock beside the database file, held until the value is dropped.
fn lock(file: &Path) -> Result<File, RepoError> {
    let mut name = file.as_os_str().to_owned();
    name.push(".migrate.lock");
    let failed = |e: std::io::Error| RepoError::Unavailable(format!("can't lock {}: {e}", Path::new(&name).display()));
    let lock = OpenOptions::new().create(true).append(true).open(&name).map_err(failed)?;
    lock.lock().map_err(failed)?;
    Ok(lock)
}
