//! A decky: one decoy host, and the containers it is made of.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::persona::Language;

/// What other programs call a decky: a UUID for topology deckies, `<host_uuid>:<name>` otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeckyId(String);

impl DeckyId {
    /// Takes any text: ids come from other programs and are only ever compared and passed on.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeckyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a decky: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, at most 128 characters; safe in a container
/// name and as a word on a command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeckyName(String);

/// The text is not fit to name a container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not fit to name a container: letters, digits, '_', '.' and '-' only, a letter or digit first")]
pub struct NameError(pub String);

fn check_name(name: &str) -> Result<(), NameError> {
    let fit = name.len() <= 128
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if fit { Ok(()) } else { Err(NameError(name.to_owned())) }
}

impl DeckyName {
    /// Checks `name`.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check_name(&name).map(|()| Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeckyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A place a driver can act on: one container of one decky.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerRef {
    /// Whose container it is; a folder decky is found by this name.
    pub decky: DeckyName,
    name: String,
}

impl ContainerRef {
    /// The container of `decky` for one service: `<decky>-<service>`.
    pub fn of_service(decky: DeckyName, service: Service) -> Self {
        let name = format!("{decky}-{}", service.as_str());
        Self { decky, name }
    }

    /// The base container of a topology decky: `decnet_t_<first 8 of topology_id>_<decky>`.
    pub fn topology_base(decky: DeckyName, topology: &str) -> Result<Self, NameError> {
        let short: String = topology.chars().take(8).collect();
        let name = format!("decnet_t_{short}_{decky}");
        check_name(&name).map(|()| Self { decky, name })
    }

    /// A container that was written down earlier.
    pub fn known(decky: DeckyName, container: &str) -> Result<Self, NameError> {
        check_name(container).map(|()| Self { decky, name: container.to_owned() })
    }

    /// The container's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The containers of a decky that have names of their own, such as Compose gives them, by the service's word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Containers(BTreeMap<String, String>);

impl Containers {
    /// Sets the container of a service.
    pub fn set(&mut self, service: &str, container: &str) -> Result<(), NameError> {
        check_name(container)?;
        self.0.insert(service.to_owned(), container.to_owned());
        Ok(())
    }

    /// The container of a service; `None` for one that is named `<decky>-<service>`.
    pub fn get(&self, service: &str) -> Option<&str> {
        self.0.get(service).map(String::as_str)
    }

    /// Services and containers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(service, container)| (service.as_str(), container.as_str()))
    }

    /// Whether all containers have the usual names.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The services of a decky that matter here. Others are known to exist and left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "names of protocols")]
pub enum Service {
    Ssh,
    Imap,
    Pop3,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ssh, Self::Imap, Self::Pop3];

    /// The word in `services` and at the end of a container's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
        }
    }
}

/// Where a decky's row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `topology_deckies`; personas come from that topology.
    Topology(String),
    /// `fleet_deckies`; personas come from the global pool.
    Fleet,
    /// `decky_shards`; personas come from the global pool.
    Shard,
}

/// One running decoy host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decky {
    /// What everybody else calls it.
    pub id: DeckyId,
    /// Its name, and the first part of its containers' names.
    pub name: DeckyName,
    /// Its own host name, from `decky_config`, where that differs from its name.
    pub hostname: Option<String>,
    /// Its address, where known.
    pub ip: Option<IpAddr>,
    /// Which of the services that matter it has.
    pub services: Vec<Service>,
    /// Those of its containers that have names of their own.
    pub containers: Containers,
    /// Where its row stands.
    pub source: Source,
}

impl Decky {
    /// Whether it has a service.
    pub fn has(&self, service: Service) -> bool {
        self.services.contains(&service)
    }

    /// Where its files go: the `-ssh` container, or a topology decky's base container.
    pub fn files(&self) -> Option<ContainerRef> {
        if self.has(Service::Ssh) {
            return Some(self.container(Service::Ssh));
        }
        match &self.source {
            Source::Topology(id) => ContainerRef::topology_base(self.name.clone(), id).ok(),
            Source::Fleet | Source::Shard => None,
        }
    }

    /// Where its mail goes: `-imap` when it has imap, else `-pop3`.
    pub fn mail(&self) -> Option<ContainerRef> {
        [Service::Imap, Service::Pop3]
            .into_iter()
            .find(|service| self.has(*service))
            .map(|service| self.container(service))
    }

    /// Where SSH traffic from it starts.
    pub fn ssh(&self) -> Option<ContainerRef> {
        self.has(Service::Ssh).then(|| self.container(Service::Ssh))
    }

    fn container(&self, service: Service) -> ContainerRef {
        match self.containers.get(service.as_str()) {
            Some(container) => ContainerRef { decky: self.name.clone(), name: container.to_owned() },
            None => ContainerRef::of_service(self.name.clone(), service),
        }
    }

    /// What the host calls itself, in its prompt and its logs.
    pub fn host(&self) -> &str {
        self.hostname.as_deref().unwrap_or(self.name.as_str())
    }
}

/// The personas of one topology, as its row has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyPersonas {
    /// `topologies.email_personas`, JSON text.
    pub json: String,
    /// `topologies.language_default`.
    pub language: Language,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decky(services: &[Service], source: Source) -> Decky {
        Decky {
            id: DeckyId::new("local:web-01"),
            name: DeckyName::new("web-01").unwrap(),
            hostname: None,
            ip: None,
            services: services.into(),
            containers: Containers::default(),
            source,
        }
    }

    #[test]
    fn a_container_with_a_name_of_its_own_goes_by_that() {
        let mut web = decky(&[Service::Ssh, Service::Imap], Source::Fleet);
        web.containers.set("ssh", "lab-web-ssh-1").unwrap();
        let name = |container: Option<ContainerRef>| container.map(|c| c.name().to_owned());
        assert_eq!(name(web.files()).as_deref(), Some("lab-web-ssh-1"));
        assert_eq!(name(web.ssh()).as_deref(), Some("lab-web-ssh-1"));
        assert_eq!(name(web.mail()).as_deref(), Some("web-01-imap"));
        assert!(web.containers.set("ssh", "--privileged").is_err());
    }

    #[test]
    fn containers_are_named_as_the_contract_says() {
        let container = |container: Option<ContainerRef>| container.map(|s| s.name().to_owned());
        let fleet = decky(&[Service::Ssh, Service::Pop3], Source::Fleet);
        assert_eq!(container(fleet.files()).as_deref(), Some("web-01-ssh"));
        assert_eq!(container(fleet.mail()).as_deref(), Some("web-01-pop3"));
        let both = decky(&[Service::Pop3, Service::Imap], Source::Shard);
        assert_eq!(container(both.mail()).as_deref(), Some("web-01-imap"));
        assert_eq!(both.files(), None, "a fleet decky without ssh has no place for files");
        let base = decky(&[], Source::Topology("d15b0533-7113".to_owned()));
        assert_eq!(container(base.files()).as_deref(), Some("decnet_t_d15b0533_web-01"));
        assert_eq!(base.ssh(), None);
    }

    #[test]
    fn a_name_that_could_be_an_option_or_a_path_is_refused() {
        for bad in ["", "-rm", "a b", "a/b", "a;b", "é", ".x"] {
            assert!(DeckyName::new(bad).is_err(), "{bad:?}");
        }
    }
}
