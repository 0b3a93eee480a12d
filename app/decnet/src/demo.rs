//! `decnet demo`: what a newcomer runs first.

/// Arguments of `decnet demo`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Demo {
    /// The folder for decoys, people and database; made if it is missing.
    #[arg(long, default_value = "decnet-demo", value_name = "FOLDER")]
    pub(crate) dir: PathBuf,

    /// Go on in real time afterwards, until Ctrl-C.
    #[arg(long)]
    pub(crate) live: bool,

    /// Act on running containers named <decoy>-ssh instead of folders.
    #[arg(long)]
    pub(crate) docker: bool,

    /// Random seed: the same number makes the same choices.
    #[arg(long, default_value = "2026", value_name = "N")]
    pub(crate) seed: u64,

    /// How many days are simulated.
    #[arg(long, default_value = "14", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=90))]
    pub(crate) days: u16,

    /// Actions on each decoy and working day.
    #[arg(long, default_value = "40", value_name = "N", value_parser = actions)]
    pub(crate) actions_per_day: f64,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

mod company;
mod day;
mod one_item;
mod report;
mod simulate;

pub(crate) use company::PERSONAS;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use decnet_bus::MemoryBus;
use decnet_db::SqlRepo;
use decnet_docker::Kind;
use decnet_engine::{
    Engine, FileOutcome, Mode, NoCanaries, NoInterpreters, NoModels, Pace, Ports, Profile, Tick, Worker,
};
use decnet_folder::FolderDriver;
use decnet_fs::{FilePool, read_people};
use decnet_mail::MimeWriter;
use decnet_ports::{ActivityDriver, Clock, Deckies, Events, FleetEntry, FleetState, SystemClock};
use jiff::{SignedDuration, Zoned};

use self::simulate::{STEP, Simulation};
use crate::lifecycle;
use crate::print::say;
use crate::settings::content::{ContentDir, content};
use crate::settings::database;
use crate::settings::values::actions;

/// Until the last hour of simulated time nobody looks at the decoys, so their logs go on a few times a day only: a log
/// that goes on is written anew, in the decoy and in the database.
const LOG_PAUSE: Duration = Duration::from_hours(4);
const LAST_HOUR: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn run(args: Demo) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    let now = clock.now();
    let stop = lifecycle::stop_on_signals()?;
    std::fs::create_dir_all(&args.dir).with_context(|| format!("can't make the folder {}", args.dir.display()))?;
    let database = args.dir.join(if args.docker { "containers.db" } else { "decnet.db" });
    let repo = database::open(&database).await?;
    let personas = args.dir.join("personas.json");
    if !personas.exists() {
        let source = args.dir.join("personas.in.json");
        std::fs::write(&source, company::PERSONAS).with_context(|| format!("can't write {}", source.display()))?;
        read_people(&source)?.install(&personas)?;
        std::fs::remove_file(&source).with_context(|| format!("can't remove {}", source.display()))?;
    }
    let begin = beginning(&repo, &now, i64::from(args.days)).await?;
    let driver: Arc<dyn ActivityDriver> = if args.docker {
        containers(&repo, &now).await?
    } else {
        let decoys = args.dir.join("decoys");
        company::build(&repo, &decoys, &begin).await?;
        Arc::new(FolderDriver::new(decoys))
    };
    let ports = Ports {
        clock: Arc::new(clock),
        repo: Arc::new(repo.clone()),
        driver,
        bus: Arc::new(MemoryBus::new()),
        personas: Arc::new(FilePool::new(personas)),
        canaries: Arc::new(NoCanaries),
        models: Arc::new(NoModels),
        syntax: Arc::new(NoInterpreters),
        mail: Arc::new(MimeWriter),
        content: content(&args.content)?,
    };
    // Everything better, and little of it a day: two weeks shall stay readable.
    let profile = Profile {
        actions_per_day: args.actions_per_day,
        // The decoys' own clocks don't run fast: who logs in is out again before the next one comes.
        longest_session: Duration::from_secs(4),
        ..Profile::STEALTH
    };
    let time = "%a %d %b %H:%M";
    say!("A small company from {} to {}, a line a day:\n", begin.strftime(time), now.strftime(time));
    let mut simulation = Simulation::new(&ports, &stop);
    let last_hour = now.checked_sub(LAST_HOUR)?.max(begin.clone());
    let unseen = Profile { log_pause: LOG_PAUSE, ..profile };
    for (profile, begin, end) in [(unseen, &begin, &last_hour), (profile, &last_hour, &now)] {
        let mut engine = Engine::new(ports.clone(), Mode::Act, args.seed, STEP.unsigned_abs(), profile);
        engine.recover().await?;
        simulation.live(&mut engine, begin, end).await?;
    }
    let story = simulation.end();
    let place = report::Place { folder: &args.dir, has_containers: args.docker, database: &database };
    report::show(&place, &ports, &story, &begin, &now).await?;
    if args.live && !stop.is_cancelled() {
        say!("\nGoing on in real time, whenever somebody acts; Ctrl-C ends it.\n");
        let pace = Pace { interval: Duration::from_secs(10), ticks: None };
        let engine = Engine::new(ports.clone(), Mode::Act, args.seed, pace.interval, profile);
        Worker::new(ports, engine, pace).run(stop, tell).await;
    }
    Ok(())
}

/// Where this life begins: the given number of days ago, or where an earlier run of the demo ended.
async fn beginning(repo: &SqlRepo, now: &Zoned, days: i64) -> anyhow::Result<Zoned> {
    let earliest = now.checked_sub(SignedDuration::from_hours(24 * days))?;
    let last = repo.recent_events(1).await?.first().map(|event| event.ts.to_zoned(now.time_zone().clone()));
    Ok(last.filter(|last| *last > earliest).unwrap_or(earliest))
}

/// The running containers, put on the demo's own list.
async fn containers(repo: &SqlRepo, now: &Zoned) -> anyhow::Result<Arc<dyn ActivityDriver>> {
    let found = decnet_docker::discover().await.context("can't ask Docker for running containers")?;
    if !found.iter().any(|f| f.services.iter().any(|s| s == "ssh")) {
        bail!("no running container is named <decoy>-ssh; `deploy/decoys/fleet up` starts three decoys to try");
    }
    for found in found {
        let entry = FleetEntry {
            name: found.name,
            services: found.services,
            ip: found.ip,
            containers: found.containers,
            state: FleetState::Running,
        };
        repo.put_fleet_decky(&entry, now.timestamp()).await?;
    }
    Ok(decnet_docker::driver(Kind::Archive).await?)
}

/// What the live part prints of a tick.
fn tell(tick: &Tick) {
    if let Tick::Mail(mail) = tick {
        say!("{}  {:20} {} -> {}: {}", mail.ts, "email", mail.sender, mail.recipient, mail.subject);
    }
    let (Tick::Traffic(event) | Tick::File(FileOutcome::Acted(event))) = tick else { return };
    let path = event.payload.file().map(|f| f.path.as_str()).unwrap_or_default();
    let banner = event.payload.traffic().and_then(|t| t.banner.as_deref()).unwrap_or_default();
    say!("{}  {:20} {}{path}{banner}", event.ts, event.what.action(), event.payload.decky());
}
