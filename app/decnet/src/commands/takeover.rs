//! `decnet takeover --check`: what there is on a host that the reference runs on, what is in the way of taking its
//! place, and what to type. Its arguments name the database; the rest is read from the environment files of the
//! service.

mod advice;
mod env_file;
mod host;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use decnet_db::Overview;

use crate::print::{counted, say};
use crate::settings::database::Database;
use host::Host;

/// Arguments of `decnet takeover`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Takeover {
    /// Look at what is there and what is in the way, change nothing, and print the commands to type. Required:
    /// there is nothing else that this command does.
    #[arg(long, required = true)]
    check: bool,

    /// Look at the files of another machine, which lie below this folder.
    #[arg(long, default_value = "/", value_name = "FOLDER", hide = true)]
    root: PathBuf,
}

/// Prints what was found; fails when something is in the way.
pub(crate) async fn run(database: &Database, args: Takeover) -> anyhow::Result<ExitCode> {
    let host = Host::look(&args.root, database).await;
    show(&host);
    let list = |head: &str, lines: &[String]| {
        if !lines.is_empty() {
            say!("\n{head}:");
        }
        for line in lines {
            say!("  - {line}");
        }
    };
    list("Good to know", &advice::remarks(&host));
    let obstacles = advice::obstacles(&host);
    list("In the way", &obstacles);
    if !obstacles.is_empty() {
        say!("\nPut that right and run this again.");
        return Ok(ExitCode::FAILURE);
    }
    let (there, back) = advice::steps(&host);
    say!("\nNothing is in the way. As root, in this repository:");
    for line in there {
        say!("  {line}");
    }
    say!("\nAnd to go back:");
    for line in back {
        say!("  {line}");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(host: &Host) {
    if host.has_reference {
        say!("reference  /opt/DECNET, version {}", host.reference_version.as_deref().unwrap_or("unknown"));
    } else {
        say!("reference  not in /opt/DECNET");
    }
    let ours = host.variables.keys().filter(|name| name.starts_with("DECNET_")).count();
    match host.files.as_slice() {
        [] => say!("settings   no environment file"),
        files => say!("settings   {}: {}", files.join(", "), counted(ours, "variable")),
    }
    let mut head = "database";
    for (file, overview) in &host.databases {
        let file = host.places.on_host(file);
        let is_chosen = host.chosen.as_ref().is_ok_and(|chosen| chosen.file == file);
        let used = if is_chosen { " (the one that is used)" } else { "" };
        say!("{head:9}  {}{used}", file.display());
        match overview {
            Ok(overview) => tell(overview),
            Err(error) => say!("           {error}"),
        }
        head = "";
    }
    if host.databases.is_empty() {
        say!("database   none");
    }
    let mut head = "units";
    for (unit, is_active) in &host.units {
        let state = match is_active {
            Some(true) => "runs",
            Some(false) => "does not run",
            None => "is installed",
        };
        say!("{head:9}  {unit} {state}");
        head = "";
    }
    if host.units.is_empty() {
        say!("units      none of DECNET's");
    }
    say!("bus        {} {}", host.socket.display(), if host.bus.is_ok() { "answers" } else { "does not answer" });
    match &host.people {
        Ok((people, 0)) => say!("people     {}: {}", host.pool.display(), counted(*people, "persona")),
        Ok((people, bad)) => {
            say!("people     {}: {}, {bad} not valid", host.pool.display(), counted(*people, "persona"));
        }
        Err(_) => say!("people     {}: none", host.pool.display()),
    }
    match &host.decoys {
        None => {}
        Some(Ok(decoys)) => say!("docker     answers; {} running", counted(*decoys, "decoy")),
        Some(Err(_)) => say!("docker     does not answer"),
    }
}

fn tell(overview: &Overview) {
    let Overview { reference_revision, tables, is_adopted, rows } = overview;
    let revision = reference_revision.as_ref().map_or_else(String::new, |r| format!(", schema revision {r}"));
    let used = if *is_adopted { "; this program has used it before" } else { "" };
    say!("           {}{revision}{used}", counted(*tables, "table"));
    let rows: Vec<String> =
        rows.iter().filter(|(_, n)| *n > 0).map(|(what, n)| counted(usize::try_from(*n).unwrap_or(0), what)).collect();
    if !rows.is_empty() {
        say!("           {}", rows.join(", "));
    }
}
