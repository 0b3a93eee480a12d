//! What the demo shows at its end.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Context;
use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_engine::Ports;
use jiff::{Timestamp, Zoned};

use super::one_item;
use super::simulate::Story;
use crate::print::{plain, say};

/// Where the demo lives.
pub(crate) struct Place<'a> {
    pub(crate) folder: &'a Path,
    /// Whether its decoys are containers, and not folders.
    pub(crate) has_containers: bool,
    pub(crate) database: &'a Path,
}

pub(crate) async fn show(
    place: &Place<'_>,
    ports: &Ports,
    story: &Story,
    begin: &Zoned,
    end: &Zoned,
) -> anyhow::Result<()> {
    let days = end.timestamp().duration_since(begin.timestamp()).as_secs_f64() / 86_400.0;
    say!("\nFrom {} to {} ({days:.1} days):\n", begin.strftime("%a %d %b %H:%M"), end.strftime("%a %d %b %H:%M"));
    if story.actions.is_empty() {
        let dir = place.folder.display();
        say!("  Nothing new since the last run: `rm -r {dir}` starts a new life, `--live` goes on with this one.");
        return Ok(());
    }
    say!("  action                 done  failed");
    for (action, (done, failed)) in &story.actions {
        say!("  {action:20} {done:6} {failed:7}");
    }
    say!("  (nothing to do)      {:6}", story.quiet);
    if ports.driver.traffic().is_none() {
        say!("\nFolders don't talk to each other, so there was no traffic; containers do (--docker).");
    }
    let all = ports.repo.all_files().await?;
    let busiest = busiest_home(all.iter().map(|file| (file.decky.as_str(), file.path.as_str())));
    if let Some((decky, home)) = busiest {
        let name = decky.rsplit(':').next().unwrap_or(&decky);
        let owners = if place.has_containers { "" } else { " (a folder can't belong to them; there it would)" };
        say!("\n{name}:{home}, as `ls -la` there shows it{owners}:\n");
        if place.has_containers {
            list_container(name, &home).await?;
        } else {
            list_folder(&place.folder.join("decoys").join(name), &home, end)?;
        }
    }
    one_item::tell(ports, story, end.time_zone()).await;
    say!("\nNext:");
    if place.has_containers {
        say!("  docker exec -it <container> bash              look around as an intruder would");
    } else {
        say!("  find {0}/decoys -type f | xargs ls -la   look around as an intruder would", place.folder.display());
    }
    say!("  sqlite3 {} 'select * from synthetic_files'   what is remembered", place.database.display());
    say!("  decnet demo --live                            the same, going on in real time");
    say!("  decnet fleet discover && decnet orchestrate   your own running decoys");
    Ok(())
}

/// The home with the most files.
fn busiest_home<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Option<(String, String)> {
    let mut counts = std::collections::BTreeMap::new();
    for (decky, path) in files {
        if let Some(login) = path.strip_prefix("/home/").and_then(|rest| rest.split('/').next()) {
            *counts.entry((decky.to_owned(), format!("/home/{login}"))).or_insert(0_u32) += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(home, _)| home)
}

/// As `ls -la` shows a folder on a host where the home's owner is who it belongs to.
fn list_folder(decoy: &Path, home: &str, now: &Zoned) -> anyhow::Result<()> {
    let folder = decoy.join(home.trim_start_matches('/'));
    let login = home.rsplit('/').next().unwrap_or_default();
    let failed = || format!("can't list {}", folder.display());
    let mut rows = Vec::new();
    for (name, path, owner) in [(".", folder.clone(), login), ("..", folder.join(".."), "root")] {
        rows.push((name.to_owned(), std::fs::metadata(path).with_context(failed)?, owner));
    }
    for entry in std::fs::read_dir(&folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        rows.push((entry.file_name().to_string_lossy().into_owned(), entry.metadata().with_context(failed)?, login));
    }
    rows.sort_by_key(|(name, _, _)| (name.trim_start_matches('.').to_lowercase(), name.clone()));
    let width = rows.iter().map(|(_, meta, _)| meta.len().to_string().len()).max().unwrap_or(0);
    for (name, meta, owner) in rows {
        let mtime = Timestamp::new(meta.mtime(), 0)?.to_zoned(now.time_zone().clone());
        // ls(1): the year instead of the time for what is older than six months.
        let is_recent = now.timestamp().duration_since(mtime.timestamp()).as_hours() < 24 * 182;
        let when = mtime.strftime(if is_recent { "%b %e %H:%M" } else { "%b %e  %Y" });
        say!("  {} {:2} {owner:11} {owner:11} {:width$} {when} {name}", mode(meta.mode()), meta.nlink(), meta.len());
    }
    Ok(())
}

fn mode(bits: u32) -> String {
    let kind = if bits & 0o170_000 == 0o040_000 { 'd' } else { '-' };
    let letters = (0..9).map(|at| if bits >> (8 - at) & 1 == 1 { b"rwxrwxrwx"[at] as char } else { '-' });
    std::iter::once(kind).chain(letters).collect()
}

async fn list_container(decky: &str, home: &str) -> anyhow::Result<()> {
    let container = ContainerRef::of_service(DeckyName::new(decky)?, Service::Ssh);
    let mut ls = tokio::process::Command::new("docker");
    ls.args(["exec", container.name(), "ls", "-la", "--time-style=full-iso", "--", home]).kill_on_drop(true);
    let output = tokio::time::timeout(std::time::Duration::from_secs(8), ls.output())
        .await
        .context("the container did not answer")?
        .context("can't run docker")?;
    // File names are whatever somebody there made them, escape sequences and all.
    let shown = &output.stdout[..output.stdout.len().min(64 * 1024)];
    for line in String::from_utf8_lossy(shown).lines() {
        say!("  {}", plain(line));
    }
    Ok(())
}
