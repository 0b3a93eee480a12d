//! What is on a host. Everything is looked at, nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use decnet_db::{Overview, SqlRepo};
use decnet_domain::persona::{Language, parse_pool};

use super::env_file;
use crate::settings::database::{self, BACKEND, Chosen, Database};
use crate::settings::places::Places;

/// The environment files of the service, the later one counts.
const ENVIRONMENT_FILES: [&str; 2] = ["/opt/DECNET/.env.local", "/etc/decnet/decnet.env"];
/// Units that matter to a takeover.
const UNITS: [&str; 5] = [SINGLE, BATCH, OURS, "decnet-bus.service", "decnet-api.service"];
/// The reference's unit up to 1.1: the orchestrator alone.
pub(super) const SINGLE: &str = "decnet-orchestrator.service";
/// The reference's unit since 1.2: four workers in one process.
pub(super) const BATCH: &str = "decnet-supervise-batch.service";
/// This program's.
pub(super) const OURS: &str = "decnet-realism.service";
/// Where unit files are.
const UNIT_FOLDERS: [&str; 3] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
/// For one answer of another program.
const LIMIT: Duration = Duration::from_secs(8);
/// A persona pool larger than this is none.
const LARGEST_POOL: u64 = 16 << 20;

/// What was found.
pub(super) struct Host {
    pub(super) places: Places,
    /// Whether the reference is in its usual place.
    pub(super) has_reference: bool,
    /// Its version, where that can be told.
    pub(super) reference_version: Option<String>,
    /// The environment files that are there, and what the service would read from them.
    pub(super) files: Vec<&'static str>,
    pub(super) variables: BTreeMap<String, String>,
    /// The database that the service would use, or why it would use none.
    pub(super) chosen: Result<Chosen, String>,
    /// Every database that is there, and what is in it.
    pub(super) databases: Vec<(PathBuf, Result<Overview, String>)>,
    /// The units whose files are there, and whether they run; `None` where systemd can't be asked.
    pub(super) units: Vec<(&'static str, Option<bool>)>,
    pub(super) socket: PathBuf,
    pub(super) bus: Result<(), String>,
    pub(super) pool: PathBuf,
    /// How many people the pool has, and how many entries can't be used.
    pub(super) people: Result<(usize, usize), String>,
    /// How many decoys run; `None` where another machine's files are looked at.
    pub(super) decoys: Option<Result<usize, String>>,
}

impl Host {
    /// Looks at the host whose files lie below `root`. `named` has the database that the command line names.
    pub(super) async fn look(root: &Path, named: &Database) -> Self {
        let places = Places::of_the_service(root);
        let is_this_host = root == Path::new("/");
        let mut files = Vec::new();
        let mut variables = BTreeMap::new();
        for file in ENVIRONMENT_FILES {
            if let Ok(text) = std::fs::read_to_string(places.at(file)) {
                files.push(file);
                variables.extend(env_file::parse(&text));
            }
        }
        let chosen = choose(&variables, named, &places);
        let databases = databases(&chosen, &places).await;
        let path = |name: &str, default: &str| PathBuf::from(variables.get(name).map_or(default, String::as_str));
        let socket = path("DECNET_BUS_SOCKET", "/run/decnet/bus.sock");
        let pool = path("DECNET_REALISM_PERSONAS", "/etc/decnet/email_personas.json");
        Self {
            has_reference: places.reference().is_dir(),
            reference_version: reference_version(&places.reference()),
            units: units(&places, is_this_host).await,
            bus: connect(&places.at(&socket)).await,
            people: people(&places.at(&pool)),
            decoys: if is_this_host { Some(decoys().await) } else { None },
            places,
            files,
            variables,
            chosen,
            databases,
            socket,
            pool,
        }
    }

    /// Whether a unit's file is there.
    pub(super) fn has(&self, unit: &str) -> bool {
        self.units.iter().any(|(name, _)| *name == unit)
    }

    /// What is in the database that the service would use; `None` where it isn't there or can't be read.
    pub(super) fn chosen_overview(&self) -> Option<&Overview> {
        let chosen = self.chosen.as_ref().ok()?;
        let file = self.places.at(&chosen.file);
        self.databases.iter().find(|(there, _)| *there == file)?.1.as_ref().ok()
    }
}

/// What the service would choose: what the command line names beats the environment files.
fn choose(variables: &BTreeMap<String, String>, named: &Database, places: &Places) -> Result<Chosen, String> {
    let of = |name: &str| variables.get(name).cloned();
    let database = Database {
        kind: named.kind.clone().or_else(|| of("DECNET_DB_TYPE")),
        url: named.url.clone().or_else(|| of("DECNET_DB_URL")),
        path: named.path.clone().or_else(|| of("DECNET_DB_PATH").map(PathBuf::from)),
    };
    let backend = of(BACKEND);
    let chosen = database::choose(&database, backend.as_deref(), places).map_err(|error| format!("{error:#}"))?;
    // As the host has it: what was found lies below the root that was given.
    Ok(Chosen { file: places.on_host(&chosen.file), ..chosen })
}

async fn databases(chosen: &Result<Chosen, String>, places: &Places) -> Vec<(PathBuf, Result<Overview, String>)> {
    let mut files: Vec<PathBuf> = chosen.iter().map(|chosen| places.at(&chosen.file)).collect();
    for file in places.reference_databases().into_iter().chain([places.own_database()]) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let mut found = Vec::new();
    for file in files.into_iter().filter(|file| file.exists()) {
        let overview = SqlRepo::sqlite_overview(&file).await.map_err(|error| error.to_string());
        found.push((file, overview));
    }
    found
}

/// The version that the package in the reference's folder says.
fn reference_version(folder: &Path) -> Option<String> {
    let installed = || {
        let libraries = std::fs::read_dir(folder.join(".venv/lib")).ok()?;
        let packages =
            libraries.flatten().filter_map(|python| std::fs::read_dir(python.path().join("site-packages")).ok());
        packages.flat_map(Iterator::flatten).find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_prefix("decnet-")?.strip_suffix(".dist-info")?.to_owned())
        })
    };
    let checked_out = || {
        let text = std::fs::read_to_string(folder.join("pyproject.toml")).ok()?;
        let line = text.lines().find(|line| line.starts_with("version"))?;
        Some(line.split('"').nth(1)?.to_owned())
    };
    installed().or_else(checked_out)
}

async fn units(places: &Places, can_ask: bool) -> Vec<(&'static str, Option<bool>)> {
    let is_there = |unit: &&str| UNIT_FOLDERS.iter().any(|folder| places.at(folder).join(unit).is_file());
    // systemd is there when it is the init of this machine (sd_booted(3)).
    let can_ask = can_ask && Path::new("/run/systemd/system").is_dir();
    let mut found = Vec::new();
    for unit in UNITS.into_iter().filter(is_there) {
        found.push((unit, if can_ask { is_active(unit).await } else { None }));
    }
    found
}

async fn is_active(unit: &str) -> Option<bool> {
    let mut ask = tokio::process::Command::new("systemctl");
    ask.args(["is-active", "--quiet", unit]).kill_on_drop(true);
    let status = tokio::time::timeout(LIMIT, ask.status()).await.ok()?.ok()?;
    Some(status.success())
}

async fn connect(socket: &Path) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, tokio::net::UnixStream::connect(socket)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

fn people(pool: &Path) -> Result<(usize, usize), String> {
    let size = std::fs::metadata(pool).map_err(|error| error.to_string())?.len();
    if size > LARGEST_POOL {
        return Err(format!("{size} bytes are no persona pool"));
    }
    let text = std::fs::read_to_string(pool).map_err(|error| error.to_string())?;
    let read = parse_pool(&text, Language::EN).map_err(|error| error.to_string())?;
    let bad: BTreeSet<usize> = read.rejected.iter().map(|fault| fault.index).collect();
    Ok((read.personas.len(), bad.len()))
}

async fn decoys() -> Result<usize, String> {
    match tokio::time::timeout(LIMIT, decnet_docker::discover()).await {
        Ok(found) => found.map(|found| found.len()).map_err(|error| error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}
