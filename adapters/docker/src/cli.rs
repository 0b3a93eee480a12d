//! Running a command with the docker CLI.

use std::process::Stdio;

use async_trait::async_trait;
use decnet_ports::DriverError;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::exec::{Command, Exec, Output};
use crate::limits::{CALL_LIMIT, STDERR_MAX};

/// The `docker` on the search path.
pub(crate) struct Cli;

#[async_trait]
impl Exec for Cli {
    async fn exec(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError> {
        let unavailable = |reason: String| DriverError::Unavailable { container: container.to_owned(), reason };
        let mut docker = tokio::process::Command::new("docker");
        docker.arg("exec");
        if command.stdin.is_some() {
            docker.arg("-i");
        }
        docker
            .arg(container)
            .args(command.argv)
            .stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A call that is given up ends the client; the container sees its input end.
            .kill_on_drop(true);
        let work = async {
            let mut child = docker.spawn().map_err(|e| unavailable(format!("can't run docker: {e}")))?;
            let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let feed = async {
                if let (Some(mut pipe), Some(bytes)) = (stdin, command.stdin) {
                    // A command that ends without reading closes the pipe; its status tells the rest.
                    drop(pipe.write_all(&bytes).await);
                    drop(pipe.shutdown().await);
                }
            };
            let (stdout, stderr, ()) =
                tokio::join!(capped(stdout, command.stdout_max), capped(stderr, STDERR_MAX), feed);
            // A flood is cut off by closing the pipe, and the client with it.
            if stdout.is_full || stderr.is_full {
                drop(child.start_kill());
            }
            let status = child.wait().await.map_err(|e| unavailable(e.to_string()))?;
            let stderr = String::from_utf8_lossy(&stderr.bytes).trim_end().to_owned();
            let rc = status.code().map_or(-1, i64::from);
            Ok(Output { rc, stdout: stdout.bytes, stderr, is_cut: stdout.is_full })
        };
        let output = tokio::time::timeout(CALL_LIMIT, work).await.unwrap_or_else(|_| {
            Err(DriverError::Timeout { container: container.to_owned(), seconds: CALL_LIMIT.as_secs() })
        })?;
        if output.rc == 1 && is_engine_error(&output.stderr) {
            return Err(unavailable(output.stderr));
        }
        Ok(output)
    }
}

/// How the CLI tells that there is nothing to run in, as opposed to what ran saying no.
fn is_engine_error(stderr: &str) -> bool {
    [
        "Error response from daemon:",
        "Error: No such container",
        "Cannot connect to the Docker daemon",
        "permission denied while trying to connect",
    ]
    .iter()
    .any(|start| stderr.to_ascii_lowercase().starts_with(&start.to_ascii_lowercase()))
}

struct Capped {
    bytes: Vec<u8>,
    is_full: bool,
}

/// Reads to the end, or until `most` bytes are there and the pipe is closed.
async fn capped(pipe: Option<impl AsyncRead + Unpin>, most: usize) -> Capped {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // A pipe that breaks has said what it had to say.
        drop(pipe.take(most as u64).read_to_end(&mut bytes).await);
    }
    let is_full = bytes.len() >= most;
    Capped { bytes, is_full }
}
