//! Which database, and opening it.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use decnet_db::SqlRepo;
use rustix::fs::{Access, access};
use rustix::io::Errno;

use crate::environment;
use crate::settings::places::Places;

/// The name that the reference's own README gives to the kind of database, and that it never reads.
pub(crate) const BACKEND: &str = "DECNET_DB_BACKEND";

/// Which database.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Database")]
pub(crate) struct Database {
    /// Kind of database: sqlite, the default. (mysql and postgres are not in this version.)
    #[arg(id = "db-type", long, global = true, env = "DECNET_DB_TYPE", value_name = "KIND")]
    pub(crate) kind: Option<String>,

    /// Database URL, also in SQLAlchemy's form; for SQLite a path will do. Default: --db-path; else
    /// /opt/DECNET/decnet.db, where the reference keeps it, if it is there; else /var/lib/decnet/decnet.db
    /// where that can be written; else ~/.decnet/decnet.db.
    #[arg(id = "db-url", long, global = true, env = "DECNET_DB_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) url: Option<String>,

    /// SQLite file, where no URL is given.
    #[arg(id = "db-path", long, global = true, env = "DECNET_DB_PATH", value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
}

/// The file that was chosen, and what an operator should know about the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) file: PathBuf,
    pub(crate) notes: Vec<String>,
}

/// The `SQLite` file that the settings name, or that is found; what is worth a warning is logged.
///
/// # Errors
/// When another kind of database is asked for, or the URL names no file.
pub(crate) fn file(database: &Database) -> anyhow::Result<PathBuf> {
    let Chosen { file, notes } = choose(database, environment::variable(BACKEND).as_deref(), &Places::of_this_host())?;
    for note in notes {
        tracing::warn!("{note}");
    }
    Ok(file)
}

/// Opens the file, making it where it is missing.
pub(crate) async fn open(file: &Path) -> anyhow::Result<SqlRepo> {
    SqlRepo::open_sqlite(file).await.with_context(|| format!("can't use the database {}{}", file.display(), hint(file)))
}

/// `SQLite` makes files beside the database, so the folder has to be writable, too. The library's own words
/// don't say so.
fn hint(file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Err(Errno::ROFS) => {
            format!(": {} is read-only here; in a systemd unit, ReadWritePaths={0} opens it", folder.display())
        }
        Err(Errno::ACCESS) => format!(": this user may not write to its folder {}", folder.display()),
        _ => String::new(),
    }
}

/// The choice itself. `backend` is the value of [`BACKEND`].
///
/// # Errors
/// When another kind of database is asked for, or the URL names no file.
pub(crate) fn choose(database: &Database, backend: Option<&str>, places: &Places) -> anyhow::Result<Chosen> {
    let mut notes = Vec::new();
    check_kind(database, backend, &mut notes)?;
    let named = match (database.url.as_deref().map(str::trim), database.path.as_deref()) {
        (Some(url), path) => {
            let file = sqlite_file(url)?;
            if let Some(path) = path.filter(|path| **path != *file) {
                let (path, file) = (path.display(), file.display());
                notes.push(format!("DECNET_DB_PATH={path} is not used, for DECNET_DB_URL names {file}"));
            }
            Some(file)
        }
        (None, Some(path)) => Some(path.to_owned()),
        (None, None) => None,
    };
    let file = match named {
        Some(file) => places.resolve(file, &mut notes),
        None => places.find_database(&mut notes),
    };
    if !file.exists() && places.reference_databases().contains(&file) {
        notes.push(format!(
            "{} is where DECNET's API keeps its database, and isn't there yet: if the API is to be used, start it once \
             first, for on tables of this program its first start fails",
            file.display()
        ));
    }
    Ok(Chosen { file, notes })
}

/// Refuses every kind but `SQLite`.
fn check_kind(database: &Database, backend: Option<&str>, notes: &mut Vec<String>) -> anyhow::Result<()> {
    let is_sqlite = |kind: &str| kind.trim().eq_ignore_ascii_case("sqlite");
    match (database.kind.as_deref(), backend) {
        (Some(kind), _) if !is_sqlite(kind) => {
            bail!("DECNET_DB_TYPE={kind}: this version keeps its rows in SQLite only; set DECNET_DB_TYPE=sqlite")
        }
        (None, Some(kind)) if !is_sqlite(kind) => bail!(
            "{BACKEND}={kind} is taken as DECNET_DB_TYPE, and this version keeps its rows in SQLite only; the reference \
             never reads {BACKEND}, so if its rows are in SQLite, remove that line"
        ),
        (None, Some(kind)) => notes.push(format!("{BACKEND}={kind} is taken as DECNET_DB_TYPE; write that instead")),
        (Some(kind), Some(other)) if !kind.trim().eq_ignore_ascii_case(other.trim()) => {
            notes.push(format!("{BACKEND}={other} is not used, for DECNET_DB_TYPE is set"));
        }
        _ => {}
    }
    Ok(())
}

/// `sqlite:///relative.db`, `sqlite:////absolute.db`, either with a driver as in
/// `sqlite+aiosqlite:///…` (`SQLAlchemy`'s form), or a plain path.
fn sqlite_file(url: &str) -> anyhow::Result<PathBuf> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(PathBuf::from(url)) };
    let dialect = scheme.split('+').next().unwrap_or(scheme);
    if !dialect.eq_ignore_ascii_case("sqlite") {
        // The URL may hold a password: only its scheme is told.
        bail!(
            "DECNET_DB_URL={scheme}://…: this version keeps its rows in SQLite only; write \
             sqlite:////opt/DECNET/decnet.db, or whatever the file is"
        );
    }
    let path = rest.strip_prefix('/').unwrap_or(rest).split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" {
        bail!(
            "DECNET_DB_URL={url}: names no file; write sqlite:////var/lib/decnet/decnet.db, with four slashes for an absolute path"
        );
    }
    Ok(PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> Database {
        Database { url: Some(url.to_owned()), ..Database::default() }
    }

    fn nowhere() -> Places {
        Places { root: PathBuf::from("/nonexistent"), working_folder: PathBuf::from("/nonexistent/cwd"), home: None }
    }

    #[test]
    fn database_urls_of_both_worlds_name_the_same_file() {
        for (url, file) in [
            ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
            ("sqlite+aiosqlite:////var/lib/x.db", "/var/lib/x.db"),
            ("SQLite:////var/lib/x.db", "/var/lib/x.db"),
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
    fn a_path_is_used_where_there_is_no_url_and_told_of_where_it_loses() {
        let path = Database { path: Some(PathBuf::from("/srv/x.db")), ..Database::default() };
        let chosen = choose(&path, None, &nowhere()).unwrap();
        assert_eq!(chosen, Chosen { file: PathBuf::from("/srv/x.db"), notes: Vec::new() });
        let both = Database { path: path.path, ..url("sqlite:////srv/y.db") };
        let chosen = choose(&both, None, &nowhere()).unwrap();
        assert_eq!(chosen.file, Path::new("/srv/y.db"));
        assert_eq!(chosen.notes, ["DECNET_DB_PATH=/srv/x.db is not used, for DECNET_DB_URL names /srv/y.db"]);
    }

    #[test]
    fn making_the_references_database_before_it_does_is_warned_of() {
        let named = |text: &str| choose(&url(text), None, &nowhere()).unwrap().notes;
        let notes = named("sqlite:////nonexistent/opt/DECNET/decnet.db");
        assert!(notes.len() == 1 && notes[0].contains("start it once first"), "{notes:?}");
        assert_eq!(named("sqlite:////nonexistent/decnet.db"), Vec::<String>::new());
    }

    #[test]
    fn other_kinds_are_refused_however_they_are_asked_for() {
        let kind = |kind: &str| Database { kind: Some(kind.to_owned()), ..url("/srv/x.db") };
        assert!(choose(&kind("mysql"), None, &nowhere()).unwrap_err().to_string().contains("DECNET_DB_TYPE=mysql"));
        let error = choose(&url("/srv/x.db"), Some("mysql"), &nowhere()).unwrap_err().to_string();
        assert!(error.contains("DECNET_DB_BACKEND=mysql") && error.contains("remove that line"), "{error}");
        assert!(choose(&url("mysql://h/d"), None, &nowhere()).is_err());
        // Said twice in two ways: the variable that counts decides, and the other is told of.
        let chosen = choose(&kind("SQLite"), Some("mysql"), &nowhere()).unwrap();
        assert_eq!(chosen.notes, ["DECNET_DB_BACKEND=mysql is not used, for DECNET_DB_TYPE is set"]);
        let chosen = choose(&url("/srv/x.db"), Some("sqlite"), &nowhere()).unwrap();
        assert_eq!(chosen.notes, ["DECNET_DB_BACKEND=sqlite is taken as DECNET_DB_TYPE; write that instead"]);
    }
}
