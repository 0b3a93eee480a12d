//! A login from one decoy to another by a real ssh client, which is no process of either.
//!
//! The client runs in a short-lived container of the source's own image, on the source's network: the
//! target sees an ordinary client at the source's address, and the source's process list stays as it
//! was. The engine removes the container when the session ends, whether we are still there or not.

use std::collections::HashMap;
use std::time::Duration;

use bollard::body_full;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    CreateContainerOptions, DownloadFromContainerOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
    UploadToContainerOptionsBuilder,
};
use decnet_domain::account::Owner;
use decnet_domain::decky::ContainerRef;
use decnet_ports::{DriverError, KeyPair, Session, SessionReport};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::engine::{DockerClient, is_status, unavailable};
use crate::limits::{STDERR_MAX, limited};
use crate::stat::stat;
use crate::tarball::{Meta, Tarball, only_file};

/// Arguments: address, login, then pairs of seconds and what is typed. Says that it is in by making a
/// file, which only a login that worked does; what the target says goes nowhere. A login that didn't
/// work leaves a moment to read why.
const CLIENT: &str = r#"
a=$1 l=$2
shift 2
{
    while [ $# -gt 1 ]; do
        sleep "$1"
        printf '%s\n' "$2"
        shift 2
    done
    sleep 1
} | {
    timeout 3600 ssh -tt -i /root/.ssh/id -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=4 \
        -o StrictHostKeyChecking=accept-new -o HashKnownHosts=yes -o PermitLocalCommand=yes \
        -o LocalCommand='touch /root/in' -o ServerAliveInterval=15 -o ServerAliveCountMax=2 -o LogLevel=ERROR \
        -- "$l@$a" >/dev/null 2>/root/err
    [ -e /root/in ] || sleep 9
    # Who has hung up types nothing more.
    kill 0
}
"#;

/// Arguments: the comment.
const KEYGEN: &str = r#"
ssh-keygen -q -t ed25519 -N '' -C "$1" -f /root/k && touch /root/in
sleep 9
"#;

/// Between two looks at whether it is in.
const STEP: Duration = Duration::from_millis(60);
/// A client needs little, and a broken one shall not take much.
const MEMORY: i64 = 64 << 20;

/// A container that runs one script, on the network of another or on none.
struct Helper<'a> {
    engine: &'a DockerClient,
    container: &'a str,
    id: String,
}

impl<'a> Helper<'a> {
    async fn create(
        engine: &'a DockerClient,
        source: &'a ContainerRef,
        network: Network,
        script: &str,
        arguments: &[&str],
    ) -> Result<Self, DriverError> {
        let container = source.name();
        let info = engine.inspect_container(container, None).await.map_err(|e| unavailable(container, &e))?;
        if info.state.as_ref().and_then(|s| s.running) != Some(true) {
            return Err(DriverError::Unavailable {
                container: container.to_owned(),
                reason: "is not running".to_owned(),
            });
        }
        let mut command = vec!["sh".to_owned(), "-c".to_owned(), script.to_owned(), "sh".to_owned()];
        command.extend(arguments.iter().map(|a| (*a).to_owned()));
        let mode = match network {
            Network::OfSource => format!("container:{}", info.id.unwrap_or_default()),
            Network::None => "none".to_owned(),
        };
        let host = HostConfig {
            network_mode: Some(mode),
            auto_remove: Some(true),
            memory: Some(MEMORY),
            pids_limit: Some(32),
            // What the target prints is an intruder's, and ends up nowhere.
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            ..HostConfig::default()
        };
        let body = ContainerCreateBody {
            image: info.image,
            entrypoint: Some(Vec::new()),
            cmd: Some(command),
            // Whatever user the image names: the client's files lie in root's home.
            user: Some("0".to_owned()),
            env: Some(vec!["TERM=xterm-256color".to_owned()]),
            labels: Some(HashMap::from([("decnet.helper".to_owned(), "session".to_owned())])),
            host_config: Some(host),
            ..ContainerCreateBody::default()
        };
        let made = engine.create_container(None::<CreateContainerOptions>, body).await;
        Ok(Self { engine, container, id: made.map_err(|e| unavailable(container, &e))?.id })
    }

    async fn upload(&self, files: &[(&str, u32, &str)]) -> Result<(), DriverError> {
        let packed = (|| {
            let mut tarball = Tarball::with_room_for(8_192);
            let meta = |mode| Meta { owner: Owner::ROOT, mode, mtime: Timestamp::UNIX_EPOCH };
            tarball.folder("/root/.ssh", meta(0o700))?;
            for (path, mode, text) in files {
                tarball.file(path, meta(*mode), text.as_bytes())?;
            }
            tarball.finish()
        })()
        .map_err(|e: std::io::Error| DriverError::Failed { rc: -1, stderr: e.to_string() })?;
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let sent = self.engine.upload_to_container(&self.id, Some(options), body_full(packed.into())).await;
        sent.map_err(|e| unavailable(self.container, &e))
    }

    async fn start(&self) -> Result<(), DriverError> {
        let started = self.engine.start_container(&self.id, None::<StartContainerOptions>).await;
        started.map_err(|e| unavailable(self.container, &e))
    }

    /// Waits until the script has made its sign; `false` when it ends, or says why not, without one.
    async fn is_in(&self) -> Result<bool, DriverError> {
        loop {
            if stat(self.engine, &self.id, "/root/in").await?.is_some() {
                return Ok(true);
            }
            let state = self.engine.inspect_container(&self.id, None).await;
            let is_running = match state {
                Ok(info) => info.state.and_then(|s| s.running) == Some(true),
                Err(e) if is_status(&e, 404) => false,
                Err(e) => return Err(unavailable(self.container, &e)),
            };
            let error = if is_running { self.read("/root/err").await? } else { String::new() };
            // The client has said something and is gone: nothing more will come.
            if !is_running || error.lines().any(is_final) {
                return Ok(false);
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// A small file of the container's; nothing where there is none.
    async fn read(&self, path: &str) -> Result<String, DriverError> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let mut chunks = Box::pin(self.engine.download_from_container(&self.id, Some(options)));
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.next().await {
            match chunk {
                Ok(chunk) if bytes.len() < 4 * STDERR_MAX => bytes.extend_from_slice(&chunk),
                Ok(_) => break,
                Err(e) if is_status(&e, 404) => return Ok(String::new()),
                Err(e) => return Err(unavailable(self.container, &e)),
            }
        }
        let text = only_file(&bytes).unwrap_or_default();
        Ok(String::from_utf8_lossy(&text[..text.len().min(STDERR_MAX)]).into_owned())
    }

    /// Ends and removes it now, started or not.
    async fn end(&self) {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        if let Err(error) = self.engine.remove_container(&self.id, Some(options)).await {
            tracing::debug!(error = %error, "the helper had ended already");
        }
    }
}

#[derive(Clone, Copy)]
enum Network {
    OfSource,
    None,
}

/// What ssh(1) says last.
fn is_final(line: &str) -> bool {
    ["Permission denied", "Connection ", "ssh: ", "Host key verification failed", "kex_exchange", "Too many"]
        .iter()
        .any(|start| line.starts_with(start) || line.contains(": Permission denied"))
}

/// Makes a key pair with the `ssh-keygen` of the source's image.
pub(crate) async fn make_key(
    engine: &DockerClient,
    source: &ContainerRef,
    comment: &str,
) -> Result<KeyPair, DriverError> {
    let helper = limited(source.name(), Helper::create(engine, source, Network::None, KEYGEN, &[comment])).await?;
    let work = async {
        helper.start().await?;
        if !helper.is_in().await? {
            return Err(DriverError::Failed { rc: 127, stderr: "no ssh-keygen in the decoy's image".to_owned() });
        }
        let (private, public) = (helper.read("/root/k").await?, helper.read("/root/k.pub").await?);
        Ok(KeyPair { private, public: public.trim_end().to_owned() })
    };
    let made = limited(source.name(), work).await;
    helper.end().await;
    made
}

/// Logs in; the session goes on by itself.
pub(crate) async fn session(engine: &DockerClient, session: &Session) -> Result<SessionReport, DriverError> {
    let source = &session.traffic.container;
    let mut arguments = vec![session.traffic.address.to_string(), session.login.clone()];
    for (millis, text) in &session.typed {
        arguments.push(format!("{}.{:03}", millis / 1_000, millis % 1_000));
        arguments.push(text.clone());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let helper = limited(source.name(), Helper::create(engine, source, Network::OfSource, CLIENT, &arguments)).await?;
    let report = limited(source.name(), log_in(&helper, session)).await;
    // Whatever went wrong, no client and no key stays behind.
    if !matches!(&report, Ok(SessionReport { rc: 0, .. })) {
        helper.end().await;
    }
    report
}

async fn log_in(helper: &Helper<'_>, session: &Session) -> Result<SessionReport, DriverError> {
    helper.upload(&[("/root/.ssh/id", 0o600, &session.key.private)]).await?;
    helper.start().await?;
    let is_in = helper.is_in().await?;
    let known_hosts = helper.read("/root/.ssh/known_hosts").await?;
    let is_other = session.host_key.as_deref().is_some_and(|key| {
        let mut lines = known_hosts.lines().peekable();
        lines.peek().is_some() && !lines.any(|line| line.ends_with(key))
    });
    if is_other {
        let stderr = "the target showed another host key than its own file holds".to_owned();
        return Ok(SessionReport { rc: 254, known_hosts: String::new(), stderr });
    }
    if is_in {
        return Ok(SessionReport { rc: 0, known_hosts, stderr: String::new() });
    }
    let stderr = helper.read("/root/err").await?.trim().to_owned();
    Ok(SessionReport { rc: 255, known_hosts, stderr })
}
