//! Traffic between decoys: an SSH banner probe from the source's own container, or a whole login.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::decky::ContainerRef;
use decnet_domain::fleet::Traffic;
use decnet_ports::{DriverError, KeyPair, Session, SessionReport, TrafficDriver, TrafficReport};
use tokio::sync::OnceCell;

use crate::engine::{DockerClient, connect};
use crate::limits::{CONNECT_SECONDS, QUIET_MAX};
use crate::run::{Command, Exec};
use crate::session;

/// Arguments: seconds, address, port. bash(1) opens the connection and reads the first line, or nc(1) where
/// there is no bash; the source and the target log an ordinary connection between them.
const PROBE: &str = r#"
if command -v bash >/dev/null 2>&1; then
    exec timeout "$1" bash -c \
        'exec 3<>"/dev/tcp/$0/$1" && IFS= read -r -n 255 line <&3 && printf "%s\n" "$line"' "$2" "$3"
elif command -v nc >/dev/null 2>&1; then
    l=$(timeout "$1" nc -w "$1" "$2" "$3" </dev/null | head -n 1) && [ -n "$l" ] && printf '%s\n' "$l"
else
    echo 'neither bash nor nc is there to connect with' >&2
    exit 127
fi
"#;

pub(crate) struct Probe {
    exec: Arc<dyn Exec>,
    /// Logins need containers of their own, whatever commands are run by.
    engine: OnceCell<DockerClient>,
}

impl Probe {
    pub(crate) fn new(exec: Arc<dyn Exec>) -> Self {
        Self { exec, engine: OnceCell::new() }
    }

    async fn engine(&self) -> Result<&DockerClient, DriverError> {
        self.engine.get_or_try_init(connect).await
    }
}

#[async_trait]
impl TrafficDriver for Probe {
    async fn run(&self, traffic: &Traffic) -> Result<TrafficReport, DriverError> {
        let (address, port) = (traffic.address.to_string(), traffic.port.to_string());
        let argv = ["sh", "-c", PROBE, "sh", CONNECT_SECONDS, &address, &port];
        let command = Command { argv: &argv, stdin: None, stdout_max: QUIET_MAX };
        let output = self.exec.exec(traffic.container.name(), command).await?;
        let banner = banner(&output.stdout);
        let is_late = output.rc == 124 && output.stderr.is_empty();
        let stderr = match output {
            _ if is_late => format!("no answer within {CONNECT_SECONDS} s"),
            // The engine could not run a shell; some engines say so on standard output.
            _ if matches!(output.rc, 126 | 127) && output.stderr.is_empty() => banner.clone().unwrap_or_default(),
            _ => output.stderr,
        };
        Ok(TrafficReport { rc: output.rc, stderr, banner: banner.filter(|_| output.rc == 0) })
    }

    async fn make_key(&self, source: &ContainerRef, comment: &str) -> Result<KeyPair, DriverError> {
        session::make_key(self.engine().await?, source, comment).await
    }

    async fn session(&self, wanted: &Session) -> Result<SessionReport, DriverError> {
        session::session(self.engine().await?, wanted).await
    }
}

/// The first line, if it is a line of printable text; at most 255 characters (RFC 4253 §4.2).
fn banner(stdout: &[u8]) -> Option<String> {
    let line = stdout.split(|b| *b == b'\n').next()?;
    let text = String::from_utf8_lossy(line);
    let clean: String = text.trim_end_matches('\r').chars().filter(|c| !c.is_control()).take(255).collect();
    (!clean.is_empty()).then_some(clean)
}
