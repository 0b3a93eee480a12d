//! What every driver of traffic must do. Each function is one fact, tried on one site.

use std::net::IpAddr;
use std::sync::Arc;

use decnet_domain::decky::{ContainerRef, DeckyId, DeckyName, Service};
use decnet_domain::fleet::{Endpoint, Traffic};
use decnet_ports::fake::FakeDriver;
use decnet_ports::{ActivityDriver, DriverError, Session, TrafficDriver};

use crate::containers::{Container, docker};

/// Two hosts and a driver that makes traffic from one to the other.
pub struct TrafficSite {
    driver: Arc<dyn TrafficDriver>,
    source: ContainerRef,
    target: String,
    address: IpAddr,
    host_key: String,
    place: Place,
    // Kept until the end: dropping it removes the container.
    _source: Option<Container>,
}

enum Place {
    Real(Container),
    Fake(FakeDriver),
}

/// Who logs in.
const LOGIN: &str = "ann";

impl TrafficSite {
    /// Hosts in memory.
    pub fn fake() -> Self {
        let driver = FakeDriver::default();
        let host = |name: &str| ContainerRef::of_service(DeckyName::new(name).unwrap(), Service::Ssh);
        Self {
            driver: driver.traffic().unwrap(),
            source: host("web-01"),
            target: "db-01".to_owned(),
            address: "10.0.0.2".parse().unwrap(),
            host_key: "ssh-ed25519 AAAA".to_owned(),
            place: Place::Fake(driver),
            _source: None,
        }
    }

    /// Containers: `source` and a fresh one whose sshd answers.
    pub async fn docker(kind: decnet_docker::Kind, source: Container) -> Self {
        let target = Container::start(&[]);
        target.sh(
            "ssh-keygen -A >/dev/null; mkdir -p /run/sshd; useradd -m -s /bin/bash ann; /usr/sbin/sshd; \
             install -m 0664 -g utmp /dev/null /run/utmp",
            &[],
        );
        let inspect = docker(&["inspect", "-f", "{{.NetworkSettings.IPAddress}}", target.container_ref().name()]);
        Self {
            driver: decnet_docker::driver(kind).await.unwrap().traffic().unwrap(),
            source: source.container_ref().clone(),
            target: target.container_ref().decky.to_string(),
            address: String::from_utf8(inspect.stdout).unwrap().trim().parse().unwrap(),
            host_key: target.sh("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub", &[]).trim().to_owned(),
            place: Place::Real(target),
            _source: Some(source),
        }
    }

    fn traffic(&self) -> Traffic {
        let endpoint = |name: &str| Endpoint { id: DeckyId::new(format!("local:{name}")), name: name.to_owned() };
        Traffic {
            source: endpoint(self.source.decky.as_str()),
            container: self.source.clone(),
            target: endpoint(&self.target),
            address: self.address,
            port: 22,
        }
    }

    /// Lets a key in.
    fn allow(&self, public: &str) {
        match &self.place {
            Place::Real(target) => {
                target.sh(
                    "install -d -o ann -g ann -m 700 ~ann/.ssh; echo \"$1\" > ~ann/.ssh/authorized_keys",
                    &[public],
                );
            }
            Place::Fake(driver) => {
                let target = ContainerRef::of_service(DeckyName::new(self.target.as_str()).unwrap(), Service::Ssh);
                driver.put(&target, "/home/ann/.ssh/authorized_keys", format!("{public}\n").as_bytes());
            }
        }
    }
}

/// A server that answers is a report with its first line.
pub async fn a_server_that_answers_is_heard(site: &TrafficSite) {
    let report = site.driver.run(&site.traffic()).await.unwrap();
    assert_eq!((report.rc, report.stderr.as_str()), (0, ""), "{report:?}");
    assert!(report.banner.as_deref().is_some_and(|b| b.starts_with("SSH-2.0-OpenSSH_9.2")), "{report:?}");
}

/// One that doesn't is a report that says why, and no error.
pub async fn a_server_that_does_not_answer_is_a_report(site: &TrafficSite) {
    let report = site.driver.run(&Traffic { port: 23, ..site.traffic() }).await.unwrap();
    assert!(report.rc != 0 && report.banner.is_none(), "{report:?}");
}

/// A source that isn't there can't be acted from.
pub async fn a_source_that_is_away_is_an_error(site: &TrafficSite) {
    let away = ContainerRef::of_service(DeckyName::new("no-such-decoy").unwrap(), Service::Ssh);
    if let Place::Fake(driver) = &site.place {
        driver.set_away(&away, true);
    }
    let error = site.driver.run(&Traffic { container: away.clone(), ..site.traffic() }).await.unwrap_err();
    assert!(matches!(error, DriverError::Unavailable { .. }), "{error}");
    let error = site.driver.make_key(&away, "x").await.unwrap_err();
    assert!(matches!(error, DriverError::Unavailable { .. }), "{error}");
}

/// A login needs its key there and the host key that is known; what was learned of the host comes back.
pub async fn a_login_needs_its_key_and_the_known_host(site: &TrafficSite) {
    let key = site.driver.make_key(&site.source, "ann@pc-17").await.unwrap();
    assert!(key.public.starts_with("ssh-ed25519 ") && key.public.ends_with(" ann@pc-17"), "{key:?}");
    let session = Session {
        traffic: site.traffic(),
        login: LOGIN.to_owned(),
        key: key.clone(),
        host_key: Some(site.host_key.clone()),
        typed: vec![(200, "exit".to_owned())],
    };
    let refused = site.driver.session(&session).await.unwrap();
    assert!(refused.rc != 0 && refused.stderr.contains("Permission denied"), "{refused:?}");
    site.allow(&key.public);
    let entered = site.driver.session(&session).await.unwrap();
    assert_eq!(entered.rc, 0, "{entered:?}");
    assert!(entered.known_hosts.trim_end().ends_with(&site.host_key), "{entered:?}");
    let other = Session { host_key: Some("ssh-ed25519 Bogus".to_owned()), ..session };
    assert_ne!(site.driver.session(&other).await.unwrap().rc, 0);
}
