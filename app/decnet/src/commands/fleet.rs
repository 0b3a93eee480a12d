//! `decnet fleet`.

use std::net::IpAddr;

use anyhow::{Context, bail};
use clap::Subcommand;
use decnet_domain::decky::{DeckyName, Source};
use decnet_ports::{Clock, Deckies, FleetEntry, FleetState, SystemClock};

use crate::environment;
use crate::print::say;
use crate::settings::database::{self, Database};

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
    },
    /// List the decoys.
    List,
    /// Remove a decoy from the list; its containers are left alone.
    Remove {
        /// Its name.
        name: String,
    },
    /// Find running containers named <decoy>-<service> and put them on the list.
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
        Fleet::Add { name, services, ip } => {
            let name = DeckyName::new(name)?;
            let known = repo.fleet_deckies().await.context("can't list the decoys")?;
            let old = known.into_iter().find(|entry| entry.name == name);
            let services = services
                .or_else(|| old.as_ref().map(|old| old.services.clone()))
                .unwrap_or_else(|| vec!["ssh".to_owned()]);
            let ip = ip.or_else(|| old.as_ref().and_then(|old| old.ip));
            for service in &services {
                let fit = !service.is_empty() && service.bytes().all(|b| b.is_ascii_alphanumeric());
                if !fit {
                    bail!("{service:?} is no service; write --services ssh,imap");
                }
            }
            if ip.is_none() && services.iter().any(|s| s == "ssh") {
                eprintln!("{name} has no address: no traffic will go to it (--ip ADDRESS)");
            }
            let entry = FleetEntry { name, services, ip, state: FleetState::Running };
            repo.put_fleet_decky(&entry, now).await.context("can't add the decoy")?;
            say!("{} is {}", entry.name, if old.is_some() { "updated" } else { "on the list" });
        }
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
                .map(|f| FleetEntry { name: f.name, services: f.services, ip: f.ip, state: FleetState::Running })
                .map(|fresh| match known.iter().find(|old| old.name == fresh.name) {
                    Some(old) => together(old, fresh),
                    None => fresh,
                })
                .collect();
            if entries.is_empty() {
                say!("no running container is named <decoy>-<service>, such as web-01-ssh");
            }
            if !dry_run {
                for entry in &entries {
                    repo.put_fleet_decky(entry, now).await.with_context(|| format!("can't add {}", entry.name))?;
                }
            }
            print(&entries);
        }
    }
    Ok(())
}

/// What is known of a decoy and what was found of it: a service whose container is down is still
/// its service, and an address that isn't seen now is still its address.
fn together(known: &FleetEntry, found: FleetEntry) -> FleetEntry {
    let fresh = found.services.iter().filter(|s| !known.services.contains(s)).cloned();
    let services = known.services.iter().cloned().chain(fresh).collect();
    FleetEntry { services, ip: found.ip.or(known.ip), ..found }
}

fn print(entries: &[FleetEntry]) {
    let width = entries.iter().map(|e| e.name.as_str().len()).max().unwrap_or(0);
    for entry in entries {
        let ip = entry.ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        say!("{:width$}  {:15}  {:9}  {}", entry.name, ip, entry.state.as_str(), entry.services.join(","));
    }
}
