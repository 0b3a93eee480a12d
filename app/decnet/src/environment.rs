//! The environment. It is read here and by clap, nowhere else.

use std::path::PathBuf;

use anyhow::{Context, bail};

/// The user's home folder.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from).filter(|home| !home.as_os_str().is_empty())
}

/// A variable that isn't the variable of a flag.
#[expect(clippy::disallowed_methods, reason = "configuration is read here")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
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
