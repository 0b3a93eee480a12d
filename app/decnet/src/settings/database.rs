//! Which database.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use decnet_db::SqlRepo;

use crate::environment::home;

/// Which database.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Database")]
pub(crate) struct Database {
    /// Kind of database: sqlite (mysql and postgres are not in this version).
    #[arg(long, global = true, env = "DECNET_DB_TYPE", default_value = "sqlite", value_name = "KIND")]
    pub(crate) db_type: String,

    /// Database URL, also in SQLAlchemy's form; for SQLite a path will do. Default:
    /// /var/lib/decnet/decnet.db where that can be written, else ~/.decnet/decnet.db.
    #[arg(long, global = true, env = "DECNET_DB_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) db_url: Option<String>,
}

/// The `SQLite` file that is configured.
///
/// # Errors
/// When another database is asked for, or the URL names no file.
pub(crate) fn file(database: &Database) -> anyhow::Result<PathBuf> {
    let kind = database.db_type.trim().to_ascii_lowercase();
    if kind != "sqlite" && database.db_url.as_deref().is_none_or(|url| !url.starts_with("sqlite")) {
        bail!("DECNET_DB_TYPE={kind}: this version keeps its rows in SQLite only; set DECNET_DB_TYPE=sqlite");
    }
    match database.db_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
        Some(url) => sqlite_file(url),
        None => Ok(default_database(Path::new("/var/lib/decnet"), home())),
    }
}

/// `sqlite:///relative.db`, `sqlite:////absolute.db`, either with a driver as in
/// `sqlite+aiosqlite:///…` (`SQLAlchemy`'s form), or a plain path.
fn sqlite_file(url: &str) -> anyhow::Result<PathBuf> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(PathBuf::from(url)) };
    let dialect = scheme.split('+').next().unwrap_or(scheme);
    if dialect != "sqlite" {
        // The URL may hold a password: only its scheme is told.
        bail!("DECNET_DB_URL={scheme}://…: this version keeps its rows in SQLite only");
    }
    let path = rest.strip_prefix('/').unwrap_or(rest).split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        bail!(
            "DECNET_DB_URL={url}: names no file; write sqlite:////var/lib/decnet/decnet.db, with four slashes for an absolute path"
        );
    }
    Ok(PathBuf::from(path))
}

fn default_database(system: &Path, home: Option<PathBuf>) -> PathBuf {
    use rustix::fs::{Access, access};
    let file = system.join("decnet.db");
    match home {
        Some(home) if access(system, Access::WRITE_OK | Access::EXEC_OK).is_err() => home.join(".decnet/decnet.db"),
        _ => file,
    }
}

pub(crate) async fn open(file: &Path) -> anyhow::Result<SqlRepo> {
    SqlRepo::open_sqlite(file).await.with_context(|| format!("can't use the database {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_urls_of_both_worlds_name_the_same_file() {
        for (url, file) in [
            ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
            ("sqlite+aiosqlite:////var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:///x.db", "x.db"),
            ("sqlite:///x.db?timeout=5", "x.db"),
            ("/tmp/x.db", "/tmp/x.db"),
        ] {
            assert_eq!(sqlite_file(url).unwrap(), Path::new(file), "{url}");
        }
        for bad in ["sqlite://", "sqlite:///:memory:"] {
            assert!(sqlite_file(bad).is_err(), "{bad}");
        }
        let secret = sqlite_file("mysql+asyncmy://me:hunter2@db/decnet").unwrap_err().to_string();
        assert!(secret.contains("mysql") && !secret.contains("hunter2"), "{secret}");
    }

    #[test]
    fn the_default_database_is_the_systems_where_it_can_be_written() {
        let home = Some(PathBuf::from("/home/ann"));
        assert_eq!(default_database(Path::new("/nonexistent"), home.clone()), Path::new("/home/ann/.decnet/decnet.db"));
        let writable = std::env::temp_dir();
        assert_eq!(default_database(&writable, home), writable.join("decnet.db"));
    }
}
