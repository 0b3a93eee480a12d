//! Settings that take some working out. The environment is read here and by clap, nowhere else.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::cli::Common;

/// The user's home folder.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from).filter(|home| !home.as_os_str().is_empty())
}

/// Environment files are full of variables that are set to nothing. Nothing is what they should
/// mean, so where there are such, the program starts itself again without them.
///
/// # Errors
/// When it can't.
pub(crate) fn drop_empty_variables() -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt;
    let is_empty = |(name, value): &(std::ffi::OsString, std::ffi::OsString)| {
        name.to_string_lossy().starts_with("DECNET_") && value.to_string_lossy().trim().is_empty()
    };
    let empty: Vec<_> = std::env::vars_os().filter(is_empty).map(|(name, _)| name).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let program = std::env::current_exe().context("can't tell which program this is")?;
    let mut arguments = std::env::args_os();
    let mut again = std::process::Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    for name in empty {
        again.env_remove(name);
    }
    // Comes back only if it failed.
    Err(again.args(arguments).exec()).context("can't start without the empty DECNET_ variables")
}

/// Refuses an engine that isn't reached over a UNIX socket: acting on the local one instead would
/// be acting on the wrong machine.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn check_docker_host() -> anyhow::Result<()> {
    match std::env::var("DOCKER_HOST") {
        Ok(host) if !host.is_empty() && !host.starts_with("unix://") => bail!(
            "DOCKER_HOST={host}: the engine is reached over a UNIX socket only (unix:///path); `--driver exec` uses the \
             docker CLI, which knows more ways"
        ),
        _ => Ok(()),
    }
}

/// The `SQLite` file that is configured.
///
/// # Errors
/// When another database is asked for, or the URL names no file.
pub(crate) fn database(common: &Common) -> anyhow::Result<PathBuf> {
    let kind = common.db_type.trim().to_ascii_lowercase();
    if kind != "sqlite" && common.db_url.as_deref().is_none_or(|url| !url.starts_with("sqlite")) {
        bail!("DECNET_DB_TYPE={kind}: this version keeps its rows in SQLite only; set DECNET_DB_TYPE=sqlite");
    }
    match common.db_url.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
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
