//! Finding the decoys that run.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bollard::query_parameters::ListContainersOptions;
use decnet_domain::decky::DeckyName;
use decnet_ports::DriverError;

use crate::engine::{connect, unavailable};

/// A decoy, put together from its running containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: DeckyName,
    /// Its services: what stands behind the last hyphen of each container's name.
    pub services: Vec<String>,
    /// The address of its first container that has one, the `-ssh` one if there is one.
    pub ip: Option<IpAddr>,
}

/// Service words a container's name may end in. Other containers of the machine are not decoys.
const SERVICES: [&str; 14] = [
    "ssh", "imap", "pop3", "smtp", "http", "https", "ftp", "mysql", "postgres", "redis", "smb", "telnet", "rdp", "ldap",
];

/// Reads the running containers that are named `<decky>-<service>`.
///
/// # Errors
/// When the engine can't be reached.
pub async fn discover() -> Result<Vec<Found>, DriverError> {
    let engine = connect().await?;
    let list = engine.list_containers(None::<ListContainersOptions>).await.map_err(|e| unavailable("docker", &e))?;
    let mut found: BTreeMap<DeckyName, Found> = BTreeMap::new();
    for container in list {
        let addresses = container.network_settings.and_then(|n| n.networks).unwrap_or_default();
        let ip = addresses.values().find_map(|n| n.ip_address.as_deref()?.parse::<IpAddr>().ok());
        for name in container.names.unwrap_or_default() {
            let Some((decky, service)) = parse(&name) else { continue };
            let fresh = Found { name: decky.clone(), services: Vec::new(), ip: None };
            let entry = found.entry(decky).or_insert(fresh);
            if entry.ip.is_none() || service == "ssh" {
                entry.ip = ip.or(entry.ip);
            }
            entry.services.push(service);
            entry.services.sort();
        }
    }
    Ok(found.into_values().collect())
}

fn parse(container: &str) -> Option<(DeckyName, String)> {
    let (decky, service) = container.trim_start_matches('/').rsplit_once('-')?;
    let service = SERVICES.iter().find(|word| **word == service)?;
    Some((DeckyName::new(decky).ok()?, (*service).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_decoys_are_taken() {
        let parsed = |name| parse(name).map(|(decky, service)| format!("{decky}/{service}"));
        assert_eq!(parsed("/web-01-ssh").as_deref(), Some("web-01/ssh"));
        assert_eq!(parsed("/mail-01-imap").as_deref(), Some("mail-01/imap"));
        assert_eq!(parsed("/grafana"), None);
        assert_eq!(parsed("/build-cache"), None);
        assert_eq!(parsed("/-ssh"), None);
    }
}
