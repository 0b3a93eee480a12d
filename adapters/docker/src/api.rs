//! Running a command through the engine's API.

use async_trait::async_trait;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use decnet_ports::DriverError;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::engine::{DockerClient, unavailable};
use crate::exec::{Command, Exec, Output};
use crate::limits::{CALL_LIMIT, STDERR_MAX};

pub(crate) struct Api {
    engine: DockerClient,
}

impl Api {
    pub(crate) fn new(engine: DockerClient) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Exec for Api {
    async fn exec(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError> {
        tokio::time::timeout(CALL_LIMIT, self.run(container, command)).await.unwrap_or_else(|_| {
            Err(DriverError::Timeout { container: container.to_owned(), seconds: CALL_LIMIT.as_secs() })
        })
    }
}

impl Api {
    async fn run(&self, container: &str, command: Command<'_>) -> Result<Output, DriverError> {
        let failed = |e| unavailable(container, &e);
        let options = CreateExecOptions {
            attach_stdin: Some(command.stdin.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.argv.to_vec()),
            ..CreateExecOptions::default()
        };
        let exec = self.engine.create_exec(container, options).await.map_err(failed)?;
        let started = self.engine.start_exec(&exec.id, None).await.map_err(failed)?;
        let StartExecResults::Attached { mut output, mut input } = started else {
            return Err(DriverError::Failed { rc: -1, stderr: "the engine detached the command".to_owned() });
        };
        let feed = async move {
            if let Some(bytes) = command.stdin {
                // A command that ends without reading closes the pipe; its status tells the rest.
                drop(input.write_all(&bytes).await);
                drop(input.shutdown().await);
            }
            // Kept until the output has ended: dropping it earlier would hang up.
            input
        };
        let collect = async {
            let mut said = Output::default();
            let mut stderr = Vec::new();
            while let Some(chunk) = output.next().await {
                match chunk {
                    Ok(LogOutput::StdOut { message } | LogOutput::Console { message }) => {
                        let room = command.stdout_max - said.stdout.len();
                        said.stdout.extend_from_slice(&message[..message.len().min(room)]);
                        if said.stdout.len() >= command.stdout_max {
                            return (said, stderr, true);
                        }
                    }
                    Ok(LogOutput::StdErr { message }) => {
                        let room = STDERR_MAX - stderr.len();
                        stderr.extend_from_slice(&message[..message.len().min(room)]);
                    }
                    Ok(LogOutput::StdIn { .. }) => {}
                    Err(_) => break,
                }
            }
            (said, stderr, false)
        };
        let ((mut said, stderr, is_full), input) = tokio::join!(collect, feed);
        drop((input, output));
        if is_full {
            return Ok(Output { rc: -1, is_cut: true, ..said });
        }
        said.stderr = String::from_utf8_lossy(&stderr).trim_end().to_owned();
        let status = self.engine.inspect_exec(&exec.id).await.map_err(failed)?;
        said.rc = status.exit_code.unwrap_or(-1);
        Ok(said)
    }
}
