//! Running in the background: the program starts itself again, and the new one leaves the terminal.

use std::process::{Command, Stdio};

use anyhow::Context;

/// Set in the environment of the process that runs in the background.
const MARK: &str = "DECNET_DETACHED";

/// Whether this process is the one in the background.
#[expect(clippy::disallowed_methods, reason = "a word from parent to child, not configuration")]
pub(crate) fn is_child() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Starts the same command in the background; tells its process id.
pub(crate) fn detach() -> anyhow::Result<u32> {
    let program = std::env::current_exe().context("can't tell which program this is")?;
    let child = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(MARK, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("can't start the background process")?;
    Ok(child.id())
}

/// A session of its own: no terminal, and no signal from one.
pub(crate) fn leave_terminal() -> anyhow::Result<()> {
    rustix::process::setsid().map(drop).context("can't leave the terminal's session")
}
