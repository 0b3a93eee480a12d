//! Running in the background: the program starts itself again, the new one leaves the terminal and says when it
//! is up, and the first one ends with its answer.

use std::io::{BufRead, BufReader, PipeReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::fs::{Access, access};

use crate::environment;
use crate::print::say;

/// Set in the environment of the process that runs in the background.
pub(crate) const MARK: &str = "DECNET_DETACHED";

/// What the background process prints when it is up. Everything else it prints before that is for the terminal.
const READY: &str = "decnet: the background process is up";

/// A background process that isn't up after so long is ended.
const LONGEST_START: Duration = Duration::from_mins(1);

/// Whether this process is the one in the background.
pub(crate) fn is_child() -> bool {
    environment::variable(MARK).is_some()
}

/// Where a background process logs to when nobody named a file: there is no terminal.
pub(crate) fn default_log() -> PathBuf {
    const NAME: &str = "decnet.orchestrator.log";
    let system = PathBuf::from("/var/log/decnet");
    match environment::home() {
        Some(home) if access(&system, Access::WRITE_OK | Access::EXEC_OK).is_err() => home.join(".decnet").join(NAME),
        _ => system.join(NAME),
    }
}

/// Starts the same command in the background and waits until it is up, or has failed: then with its exit code,
/// after what it said of it. `log` is where it logs to.
///
/// # Errors
/// When it can't be started, or isn't up in time.
pub(crate) fn detach(log: &std::path::Path) -> anyhow::Result<ExitCode> {
    let program = std::env::current_exe().context("can't tell which program this is")?;
    let (reader, writer) = std::io::pipe().context("can't make a pipe to the background process")?;
    let errors = writer.try_clone().context("can't make a pipe to the background process")?;
    let mut child = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(MARK, "1")
        .env("DECNET_SYSTEM_LOGS", log)
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(errors)
        .spawn()
        .context("can't start the background process")?;
    match wait_until_up(lines(reader)) {
        Start::Up => {
            say!("decnet orchestrate runs in the background as process {}; its log is {}", child.id(), log.display());
            Ok(ExitCode::SUCCESS)
        }
        Start::Ended => exit_code(&mut child),
        Start::Hangs => {
            // It may have ended this very moment.
            drop(child.kill());
            bail!(
                "the background process was not up after {} seconds and is ended; its log is {}",
                LONGEST_START.as_secs(),
                log.display()
            );
        }
    }
}

enum Start {
    Up,
    Ended,
    Hangs,
}

/// Hands on what the background process says until it is up.
fn wait_until_up(said: Receiver<String>) -> Start {
    let deadline = std::time::Instant::now() + LONGEST_START;
    loop {
        match said.recv_timeout(deadline.saturating_duration_since(std::time::Instant::now())) {
            Ok(line) if line == READY => return Start::Up,
            Ok(line) => eprintln!("{line}"),
            Err(RecvTimeoutError::Disconnected) => return Start::Ended,
            Err(RecvTimeoutError::Timeout) => return Start::Hangs,
        }
    }
}

/// The lines that arrive in a pipe, read by a thread: a pipe can't be waited for with a limit.
fn lines(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn exit_code(child: &mut Child) -> anyhow::Result<ExitCode> {
    let status = child.wait().context("can't tell how the background process ended")?;
    // Ended by a signal, or well but too early: neither is a start.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
    if code.is_none() {
        eprintln!("decnet: the background process ended before it was up ({status})");
    }
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// A session of its own: no terminal, and no signal from one.
pub(crate) fn leave_terminal() -> anyhow::Result<()> {
    rustix::process::setsid().map(drop).context("can't leave the terminal's session")
}

/// Tells the first process that this one is up, and lets go of what connects the two: from now on there is the
/// log.
///
/// # Errors
/// When /dev/null can't be used.
pub(crate) fn tell_that_it_is_up() -> anyhow::Result<()> {
    say!("{READY}");
    let nowhere =
        std::fs::OpenOptions::new().read(true).write(true).open("/dev/null").context("can't open /dev/null")?;
    rustix::stdio::dup2_stdout(&nowhere).context("can't let go of standard output")?;
    rustix::stdio::dup2_stderr(&nowhere).context("can't let go of standard error")
}
