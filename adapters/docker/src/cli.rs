//! Running a command with the docker CLI.

use std::process::Stdio;

use async_trait::async_trait;
use decnet_ports::{ContainerInfo, DriverError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::limits::{QUIET_MAX, STDERR_MAX, limited};
use crate::run::{Command, Exec, Output, zone_of};

/// The `docker` on the search path.
pub(crate) struct Cli;

#[async_trait]
impl Exec for Cli {
    async fn exec(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError> {
        // As root, whatever user the image names: files get the owners that are asked for.
        let mut arguments = vec!["exec", "-u", "0"];
        if command.stdin.is_some() {
            arguments.push("-i");
        }
        arguments.push(container);
        arguments.extend(command.argv);
        let output = docker(container, &arguments, command.stdin, command.stdout_max).await?;
        if output.rc == 1 && is_engine_error(&output.stderr) {
            return Err(DriverError::Unavailable { container: container.to_owned(), reason: output.stderr });
        }
        Ok(output)
    }

    async fn inspect(&self, container: &str) -> Result<ContainerInfo, DriverError> {
        let format = "{{json .Config.Image}}\n{{json .Config.Env}}";
        let output =
            docker(container, &["inspect", "--type", "container", "-f", format, container], None, QUIET_MAX).await?;
        if output.rc != 0 || output.is_cut {
            return Err(DriverError::Unavailable { container: container.to_owned(), reason: output.stderr });
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or_default();
        let unknown = |_| DriverError::UnknownAnswer {
            container: container.to_owned(),
            asked: "docker inspect",
            answer: text.chars().take(200).collect(),
        };
        let image: Option<String> = serde_json::from_str(next()).map_err(unknown)?;
        let env: Option<Vec<String>> = serde_json::from_str(next()).map_err(unknown)?;
        let format = "{{range .Server.Components}}{{.Name}} {{.Version}}\n{{end}}";
        let version = docker(container, &["version", "-f", format], None, QUIET_MAX).await?;
        let engine = String::from_utf8_lossy(&version.stdout).lines().next().map(str::to_owned);
        Ok(ContainerInfo { image, engine, zone: zone_of(&env.unwrap_or_default()), ..ContainerInfo::default() })
    }
}

/// Runs the client once, for `container`, within the limit of a call.
async fn docker(
    container: &str,
    arguments: &[&str],
    stdin: Option<Vec<u8>>,
    stdout_max: usize,
) -> Result<Output, DriverError> {
    let unavailable = |reason: String| DriverError::Unavailable { container: container.to_owned(), reason };
    let mut docker = tokio::process::Command::new("docker");
    docker
        .args(arguments)
        .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A call that is given up ends the client; the container sees its input end.
        .kill_on_drop(true);
    let work = async {
        let mut child = docker.spawn().map_err(|e| unavailable(format!("can't run docker: {e}")))?;
        let (input, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let (Some(mut pipe), Some(bytes)) = (input, stdin) {
                // A command that ends without reading closes the pipe; its status tells the rest.
                drop(pipe.write_all(&bytes).await);
                drop(pipe.shutdown().await);
            }
        };
        let (stdout, stderr, ()) = tokio::join!(capped(stdout, stdout_max), capped(stderr, STDERR_MAX), feed);
        // A flood is cut off by closing the pipe, and the client with it.
        if stdout.is_full || stderr.is_full {
            drop(child.start_kill());
        }
        let status = child.wait().await.map_err(|e| unavailable(e.to_string()))?;
        let stderr = String::from_utf8_lossy(&stderr.bytes).trim_end().to_owned();
        let rc = status.code().map_or(-1, i64::from);
        Ok(Output { rc, stdout: stdout.bytes, stderr, is_cut: stdout.is_full })
    };
    limited(container, work).await
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
