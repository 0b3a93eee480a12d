//! `decnet fleet`.

use anyhow::{Context, bail};
use decnet_domain::decky::DeckyName;
use decnet_ports::{Clock, Deckies, FleetEntry, FleetState, SystemClock};

use crate::cli::{Common, Fleet};
use crate::{config, wiring};

pub(crate) async fn run(common: &Common, command: Fleet) -> anyhow::Result<()> {
    let repo = wiring::repo(&config::database(common)?).await?;
    let now = SystemClock::new().now().timestamp();
    match command {
        Fleet::Add { name, services, ip } => {
            let name = DeckyName::new(name)?;
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
            println!("{} is on the list", entry.name);
        }
        Fleet::List => {
            let entries = repo.fleet_deckies().await.context("can't list the decoys")?;
            if entries.is_empty() {
                println!("no decoys yet; `decnet fleet discover` finds running ones, `decnet fleet add` takes a name");
            }
            print(&entries);
        }
        Fleet::Remove { name } => {
            let name = DeckyName::new(name)?;
            if !repo.remove_fleet_decky(&name).await.context("can't remove the decoy")? {
                bail!("{name} is not on the list");
            }
            println!("{name} is off the list; its containers and files are as they were");
        }
        Fleet::Discover { dry_run } => {
            let found = decnet_docker::discover().await.context("can't ask Docker for running containers")?;
            let entries: Vec<FleetEntry> = found
                .into_iter()
                .map(|f| FleetEntry { name: f.name, services: f.services, ip: f.ip, state: FleetState::Running })
                .collect();
            if entries.is_empty() {
                println!("no running container is named <decoy>-<service>, such as web-01-ssh");
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

fn print(entries: &[FleetEntry]) {
    let width = entries.iter().map(|e| e.name.as_str().len()).max().unwrap_or(0);
    for entry in entries {
        let ip = entry.ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        println!("{:width$}  {:15}  {:9}  {}", entry.name, ip, entry.state.as_str(), entry.services.join(","));
    }
}
