//! Finding the decoys that run.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use bollard::query_parameters::ListContainersOptions;
use decnet_domain::decky::{Containers, DeckyName};
use decnet_ports::DriverError;

use crate::engine::{connect, is_status, unavailable};

/// A decoy, put together from its running containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: DeckyName,
    /// Its services.
    pub services: Vec<String>,
    /// The address of its first container that has one, the `-ssh` one if there is one.
    pub ip: Option<IpAddr>,
    /// Those of its containers that aren't named `<decky>-<service>`.
    pub containers: Containers,
}

/// Service words a container's name may end in. Other containers of the machine are not decoys.
const SERVICES: [&str; 14] = [
    "ssh", "imap", "pop3", "smtp", "http", "https", "ftp", "mysql", "postgres", "redis", "smb", "telnet", "rdp", "ldap",
];

/// Labels that Compose sets.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";

/// Reads the running containers that are named `<decky>-<service>`, or whose Compose service is.
///
/// # Errors
/// When the engine can't be reached.
pub async fn discover() -> Result<Vec<Found>, DriverError> {
    let engine = connect().await?;
    let list = engine.list_containers(None::<ListContainersOptions>).await.map_err(|e| unavailable("docker", &e))?;
    let mut running = Vec::new();
    for container in list {
        let addresses = container.network_settings.and_then(|n| n.networks).unwrap_or_default();
        let ip = addresses.values().find_map(|n| n.ip_address.as_deref()?.parse::<IpAddr>().ok());
        let labels = container.labels.unwrap_or_default();
        for name in container.names.unwrap_or_default() {
            running.push(Running { name: name.trim_start_matches('/').to_owned(), labels: labels.clone(), ip });
        }
    }
    Ok(put_together(running))
}

/// The address of a container of that name, running or not; `None` when there is none of that name.
///
/// # Errors
/// When the engine can't be reached.
pub async fn find_container(name: &str) -> Result<Option<Option<IpAddr>>, DriverError> {
    let engine = connect().await?;
    let info = match engine.inspect_container(name, None).await {
        Ok(info) => info,
        Err(e) if is_status(&e, 404) => return Ok(None),
        Err(e) => return Err(unavailable(name, &e)),
    };
    // The engine takes the beginning of an id for a name, too.
    if info.name.as_deref().map(|n| n.trim_start_matches('/')) != Some(name) {
        return Ok(None);
    }
    let networks = info.network_settings.and_then(|n| n.networks).unwrap_or_default();
    Ok(Some(networks.values().find_map(|n| n.ip_address.as_deref()?.parse().ok())))
}

struct Running {
    name: String,
    labels: HashMap<String, String>,
    ip: Option<IpAddr>,
}

/// Decoys by name, from whatever runs.
fn put_together(running: Vec<Running>) -> Vec<Found> {
    // Two Compose projects may have a service of the same name: then the project's name goes before it.
    let mut projects: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for container in &running {
        let (project, decky) = match (of_name(&container.name), of_labels(&container.labels)) {
            (Some((decky, _)), _) => (String::new(), decky),
            (None, Some(labelled)) => (labelled.project, labelled.decky),
            (None, None) => continue,
        };
        projects.entry(decky).or_default().insert(project);
    }
    let mut found: BTreeMap<DeckyName, Found> = BTreeMap::new();
    for Running { name: container, labels, ip } in running {
        let (decky, service, has_own_name) = match (of_name(&container), of_labels(&labels)) {
            (Some((decky, service)), _) => (decky, service, false),
            (None, Some(Labelled { project, decky, service })) => {
                let is_shared = projects.get(&decky).is_some_and(|projects| projects.len() > 1);
                (if is_shared { format!("{project}-{decky}") } else { decky }, service, true)
            }
            (None, None) => continue,
        };
        let Ok(name) = DeckyName::new(decky) else { continue };
        let entry = found.entry(name.clone()).or_insert_with(|| Found {
            name,
            services: Vec::new(),
            ip: None,
            containers: Containers::default(),
        });
        if has_own_name && entry.containers.set(&service, &container).is_err() {
            continue;
        }
        if entry.ip.is_none() || service == "ssh" {
            entry.ip = ip.or(entry.ip);
        }
        if !entry.services.contains(&service) {
            entry.services.push(service);
            entry.services.sort();
        }
    }
    found.into_values().filter(|found| !found.services.is_empty()).collect()
}

/// `<decky>-<service>`.
fn of_name(container: &str) -> Option<(String, String)> {
    let (decky, service) = container.rsplit_once('-')?;
    let service = SERVICES.iter().find(|word| **word == service)?;
    DeckyName::new(decky).ok()?;
    Some((decky.to_owned(), (*service).to_owned()))
}

/// What Compose's labels say.
struct Labelled {
    project: String,
    decky: String,
    service: String,
}

/// A Compose service `<decky>-<service>` or `<decky>_<service>`, or one that is a service's word alone, in a
/// project named as the decky. Of several containers of one service, the second is `<decky>-2`.
fn of_labels(labels: &HashMap<String, String>) -> Option<Labelled> {
    let (project, service) = (labels.get(PROJECT)?, labels.get(SERVICE)?);
    let is_word = |word: &str| SERVICES.contains(&word);
    let (decky, service) = match service.rsplit_once(['-', '_']) {
        Some((decky, word)) if is_word(word) => (decky, word),
        _ if is_word(service) => (project.as_str(), service.as_str()),
        _ => return None,
    };
    let number = labels.get(NUMBER).map_or("1", String::as_str);
    let decky = if number == "1" { decky.to_owned() } else { format!("{decky}-{number}") };
    DeckyName::new(decky.as_str()).ok()?;
    Some(Labelled { project: project.clone(), decky, service: service.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Running {
        Running { name: name.to_owned(), labels: HashMap::new(), ip: None }
    }

    fn compose(name: &str, project: &str, service: &str, number: &str) -> Running {
        let labels = [(PROJECT, project), (SERVICE, service), (NUMBER, number)];
        Running { labels: labels.map(|(k, v)| (k.to_owned(), v.to_owned())).into(), ..plain(name) }
    }

    fn told(running: Vec<Running>) -> Vec<String> {
        let tell = |found: Found| {
            let containers: Vec<String> = found.containers.iter().map(|(s, c)| format!("{s}={c}")).collect();
            format!("{} {} {}", found.name, found.services.join(","), containers.join(","))
        };
        put_together(running).into_iter().map(tell).collect()
    }

    #[test]
    fn only_names_of_decoys_are_taken() {
        let names = ["web-01-ssh", "mail-01-imap", "mail-01-ssh", "grafana", "build-cache", "-ssh"];
        assert_eq!(told(names.map(plain).into()), ["mail-01 imap,ssh ", "web-01 ssh "]);
    }

    #[test]
    fn compose_says_which_service_a_container_is() {
        let running = vec![
            compose("lab-web-ssh-1", "lab", "web-ssh", "1"),
            compose("lab-web-ssh-2", "lab", "web-ssh", "2"),
            compose("lab_mail_imap_1", "lab", "mail_imap", "1"),
            compose("db-ssh-1", "db", "ssh", "1"),
            compose("lab-cache-1", "lab", "cache", "1"),
            compose("web-01-ssh", "lab", "own-name", "1"),
        ];
        assert_eq!(
            told(running),
            [
                "db ssh ssh=db-ssh-1",
                "mail imap imap=lab_mail_imap_1",
                "web ssh ssh=lab-web-ssh-1",
                "web-01 ssh ",
                "web-2 ssh ssh=lab-web-ssh-2"
            ]
        );
    }

    #[test]
    fn two_projects_with_a_service_of_one_name_are_two_decoys() {
        let running = vec![compose("a-web-ssh-1", "a", "web-ssh", "1"), compose("b-web-ssh-1", "b", "web-ssh", "1")];
        assert_eq!(told(running), ["a-web ssh ssh=a-web-ssh-1", "b-web ssh ssh=b-web-ssh-1"]);
    }
}
