//! Running a command through the engine's API.

use async_trait::async_trait;
use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use decnet_ports::{ContainerInfo, DriverError};
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use crate::engine::{DockerClient, engine_name, unavailable};
use crate::limits::{STDERR_MAX, limited};
use crate::run::{Command, Exec, Output, zone_of};

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
        limited(container, self.run(container, command)).await
    }

    async fn inspect(&self, container: &str) -> Result<ContainerInfo, DriverError> {
        let work = async {
            let info = self.engine.inspect_container(container, None).await.map_err(|e| unavailable(container, &e))?;
            let config = info.config.unwrap_or_default();
            Ok(ContainerInfo {
                image: config.image,
                engine: engine_name(&self.engine).await,
                zone: zone_of(&config.env.unwrap_or_default()),
                ..ContainerInfo::default()
            })
        };
        limited(container, work).await
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
            user: Some("0"),
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
