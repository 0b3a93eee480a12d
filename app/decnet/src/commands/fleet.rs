//! `decnet fleet`.

use std::net::IpAddr;

use anyhow::{Context, bail};
use clap::Subcommand;
use decnet_domain::decky::{Containers, DeckyName, Source};
use decnet_ports::{Clock, Deckies, FleetEntry, FleetState, SystemClock};

use super::fleet_check;
use crate::environment;
use crate::print::say;
use crate::settings::database::{self, Database};
use crate::settings::decoys::Acting;
use crate::settings::people::People;

/// Subcommands of `decnet fleet`.
#[derive(Subcommand, Debug)]
pub(crate) enum Fleet {
    /// Add a decoy, or replace what is known of it.
    Add {
        /// Its name, the first part of its containers' names.
        name: String,
        /// Its services. Default: what they were, or ssh for a new one.
        #[arg(long, value_delimiter = ',', value_name = "LIST")]
        services: Option<Vec<String>>,
        /// Its address, which traffic goes to. Default: what it was.
        #[arg(long)]
        ip: Option<IpAddr>,
        /// A container that isn't named <decoy>-<service>; without a service, the ssh one. May be given several times.
        #[arg(long = "container", value_name = "[SERVICE=]CONTAINER")]
        containers: Vec<String>,
    },
    /// List the decoys.
    List,
    /// Remove a decoy from the list; its containers are left alone.
    Remove {
        /// Its name.
        name: String,
    },
    /// Look at decoys and tell what was found there, what will be done with it and what won't. Ends with 1 where
    /// a decoy can't be acted on.
    Check {
        /// Which. Default: all that run.
        names: Vec<String>,
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        people: People,
    },
    /// Find running containers named <decoy>-<service>, or whose Compose service is, and put them on the list.
    Discover {
        /// Only show them.
        #[arg(long)]
        dry_run: bool,
    },
}

pub(crate) async fn run(database: &Database, command: Fleet) -> anyhow::Result<()> {
    let repo = database::open(&database::file(database)?).await?;
    let now = SystemClock::new().now().timestamp();
    match command {
        Fleet::Add { name, services, ip, containers } => {
            let name = DeckyName::new(name)?;
            let known = repo.fleet_deckies().await.context("can't list the decoys")?;
            let old = known.into_iter().find(|entry| entry.name == name);
            let is_old = old.is_some();
            let entry = entry(name, services, ip, &containers, old).await?;
            repo.put_fleet_decky(&entry, now).await.context("can't add the decoy")?;
            say!("{} is {}", entry.name, if is_old { "updated" } else { "on the list" });
        }
        Fleet::Check { names, acting, people } => fleet_check::run(&repo, &names, &acting, &people).await?,
        Fleet::List => {
            let entries = repo.fleet_deckies().await.context("can't list the decoys")?;
            if entries.is_empty() {
                say!("no decoys yet; `decnet fleet discover` finds running ones, `decnet fleet add` takes a name");
            }
            print(&entries);
        }
        Fleet::Remove { name } => {
            let name = DeckyName::new(name)?;
            if !repo.remove_fleet_decky(&name).await.context("can't remove the decoy")? {
                bail!("{name} is not on the list");
            }
            say!("{name} is off the list; its containers and files are as they were");
        }
        Fleet::Discover { dry_run } => {
            environment::check_docker_host()?;
            let found = decnet_docker::discover().await.context("can't ask Docker for running containers")?;
            let known = repo.fleet_deckies().await.context("can't list the decoys")?;
            let elsewhere = repo.running_fleet().await.context("can't read the fleet")?.deckies;
            let is_elsewhere =
                |name: &DeckyName| elsewhere.iter().any(|d| d.source != Source::Fleet && d.name == *name);
            let entries: Vec<FleetEntry> = found
                .into_iter()
                .filter(|f| !is_elsewhere(&f.name))
                .map(|f| FleetEntry {
                    name: f.name,
                    services: f.services,
                    ip: f.ip,
                    containers: f.containers,
                    state: FleetState::Running,
                })
                .map(|fresh| match known.iter().find(|old| old.name == fresh.name) {
                    Some(old) => together(old, fresh),
                    None => fresh,
                })
                .collect();
            if entries.is_empty() {
                say!(
                    "no running container is named <decoy>-<service>, such as web-01-ssh, or is such a service of Compose; \
                     `decnet fleet add <decoy> --container ssh=<container>` takes any name"
                );
            }
            let mut failed = 0;
            if !dry_run {
                for entry in &entries {
                    if let Err(error) = repo.put_fleet_decky(entry, now).await {
                        tracing::error!(decky = %entry.name, error = %error, "the decoy can't be added");
                        failed += 1;
                    }
                }
            }
            print(&entries);
            if failed > 0 {
                anyhow::bail!("{failed} of {} decoys could not be added", entries.len());
            }
        }
    }
    Ok(())
}

/// A decoy as it is told of. What isn't told stays as it was.
async fn entry(
    name: DeckyName,
    services: Option<Vec<String>>,
    ip: Option<IpAddr>,
    told: &[String],
    old: Option<FleetEntry>,
) -> anyhow::Result<FleetEntry> {
    let (old_services, old_ip, mut containers) = match old {
        Some(old) => (Some(old.services), old.ip, old.containers),
        None => (None, None, Containers::default()),
    };
    let mut found = None;
    let mut named = Vec::new();
    for text in told {
        let (service, container) = text.split_once('=').unwrap_or(("ssh", text));
        containers.set(service, container)?;
        named.push(service.to_owned());
        match decnet_docker::find_container(container).await {
            Ok(Some(at)) => found = at.or(found),
            Ok(None) => eprintln!("there is no container {container} now; {name} is acted on once there is"),
            Err(error) => eprintln!("can't look for {container}: {error}"),
        }
    }
    if told.is_empty()
        && containers.is_empty()
        && let Some(at) = container_of_that_name(&name).await
    {
        containers.set("ssh", name.as_str())?;
        say!("{name} is itself a container; files and logins go there");
        found = at;
    }
    let mut services =
        services.or(old_services).unwrap_or_else(|| if named.is_empty() { vec!["ssh".to_owned()] } else { Vec::new() });
    services.extend(named.into_iter().filter(|n| !services.contains(n)).collect::<Vec<_>>());
    for service in &services {
        let fit = !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fit {
            bail!("{service:?} is no service; write --services ssh,imap");
        }
    }
    let ip = ip.or(found).or(old_ip);
    if ip.is_none() && services.iter().any(|s| s == "ssh") {
        eprintln!("{name} has no address: no traffic will go to it (--ip ADDRESS)");
    }
    Ok(FleetEntry { name, services, ip, containers, state: FleetState::Running })
}

/// The address of a container that is named as the decoy, where there is none named `<decoy>-ssh`. Without Docker
/// nothing is known of that, and the usual names are taken.
async fn container_of_that_name(name: &DeckyName) -> Option<Option<IpAddr>> {
    let usual = decnet_docker::find_container(&format!("{name}-ssh")).await.ok()?;
    if usual.is_some() { None } else { decnet_docker::find_container(name.as_str()).await.ok()? }
}

/// What is known of a decoy and what was found of it: a service whose container is down is still
/// its service, and an address that isn't seen now is still its address.
fn together(known: &FleetEntry, found: FleetEntry) -> FleetEntry {
    let fresh = found.services.iter().filter(|s| !known.services.contains(s)).cloned();
    let services = known.services.iter().cloned().chain(fresh).collect();
    let mut containers = known.containers.clone();
    for (service, container) in found.containers.iter() {
        // A name that was found is a name.
        drop(containers.set(service, container));
    }
    FleetEntry { services, ip: found.ip.or(known.ip), containers, ..found }
}

fn print(entries: &[FleetEntry]) {
    let width = entries.iter().map(|e| e.name.as_str().len()).max().unwrap_or(0);
    for entry in entries {
        let ip = entry.ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        let service = |word: &String| match entry.containers.get(word) {
            Some(container) => format!("{word}={container}"),
            None => word.clone(),
        };
        let services: Vec<String> = entry.services.iter().map(service).collect();
        say!("{:width$}  {:15}  {:9}  {}", entry.name, ip, entry.state.as_str(), services.join(","));
    }
}
