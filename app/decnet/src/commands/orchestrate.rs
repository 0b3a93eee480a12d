//! `decnet orchestrate`.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use decnet_bus::NoBus;
use decnet_db::{Holder, SqlRepo, WorkerLock};
use decnet_domain::llm::settings::Choice;
use decnet_domain::planner::plan::Plan;
use decnet_engine::{Engine, FileOutcome, LlmCounts, LlmPolicy, Mode, NoCanaries, Pace, Ports, Rhythm, Tick, Worker};
use decnet_fs::FilePool;
use decnet_interpreters::HostInterpreters;
use decnet_mail::MimeWriter;
use decnet_ports::{Clock, LlmFactory};

use crate::print::say;
use crate::settings::bus::{self, BusClient};
use crate::settings::database::{self, Database};
use crate::settings::decoys::{self, Acting};
use crate::settings::language_model::{self, Model};
use crate::settings::life::{self, Life};
use crate::settings::people::{self, People};
use crate::settings::values::seconds;
use crate::settings::{clock, content};
use crate::{daemon, lifecycle};

/// Arguments of `decnet orchestrate`.
#[derive(Args, Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "flags are booleans; `orchestrate` turns them into modes")]
pub(crate) struct Orchestrate {
    /// Seconds from one tick to the next, fractions too; under --rhythm human, how often the list of decoys is
    /// read again.
    #[arg(long, short, env = "DECNET_ORCHESTRATE_INTERVAL", default_value = "60", value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) interval: Duration,

    /// Run in the background, in a session of its own, with a log file. Not for systemd, which supervises the
    /// process itself.
    #[arg(long, short, conflicts_with = "dry_run")]
    pub(crate) daemon: bool,

    /// Have a language model write people's files and mails. Default: where DECNET_REALISM_LLM names one.
    #[arg(long, overrides_with = "no_llm")]
    pub(crate) llm: bool,

    /// Use templates only, whatever DECNET_REALISM_LLM or the database says.
    #[arg(long, overrides_with = "llm")]
    pub(crate) no_llm: bool,

    /// End after one tick.
    #[arg(long, conflicts_with_all = ["ticks", "daemon"])]
    pub(crate) once: bool,

    /// End after so many ticks.
    #[arg(long, value_name = "N")]
    pub(crate) ticks: Option<u64>,

    /// Random seed: the same number makes the same choices. Default: a new one each start.
    #[arg(long, env = "DECNET_SEED", value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Print what would be done, and do nothing: no decoy is written to, nothing is recorded or published. Only the
    /// database schema is brought up to date.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Ask any other orchestrator on the bus to stop, at the start and whenever one is heard. Without this
    /// it is only warned of.
    #[arg(long, env = "DECNET_TAKE_OVER", conflicts_with = "dry_run")]
    pub(crate) take_over: bool,

    /// Time zone in which people keep their hours. Default: the machine's.
    #[arg(long, env = "DECNET_TIMEZONE", value_name = "ZONE")]
    pub(crate) timezone: Option<String>,

    #[command(flatten)]
    pub(crate) life: Life,

    #[command(flatten)]
    pub(crate) model: Model,

    #[command(flatten)]
    pub(crate) acting: Acting,

    #[command(flatten)]
    pub(crate) bus: BusClient,

    #[command(flatten)]
    pub(crate) people: People,
}

/// Runs the worker to its end. Everything that can be wrong with the settings is found before it begins.
pub(crate) async fn run(database: &Database, args: Orchestrate) -> anyhow::Result<()> {
    if args.take_over && !args.bus.bus_enabled {
        bail!("--take-over asks over the bus, and DECNET_BUS_ENABLED is false");
    }
    let policy = llm_policy(&args)?;
    let file = database::file(database)?;
    let clock = clock::clock(args.timezone.as_deref())?;
    let repo = database::open(&file).await?;
    // Before anything is reached out to. A dry run acts on nothing, so it may look at what a worker has.
    let _lock = if args.dry_run { None } else { Some(WorkerLock::take(&file, &holder(&*clock))?) };
    let ports = ports(clock, repo, &args).await?;
    check_model(&policy, &*ports.models)?;
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Act };
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let stop = lifecycle::stop_on_signals()?;
    tracing::info!(
        database = %std::path::absolute(&file).unwrap_or(file).display(),
        driver = ports.driver.name(),
        profile = ?args.life.profile,
        interval_seconds = args.interval.as_secs_f64(),
        seed,
        dry_run = args.dry_run,
        "orchestrate starts"
    );
    if ports.driver.traffic().is_none() {
        tracing::info!(driver = ports.driver.name(), "this driver makes no traffic between decoys");
    }
    let mut profile = life::profile(&args.life);
    if args.once || args.interval.is_zero() {
        // Whoever asks for a tick now doesn't want to wait for somebody's moment.
        profile.rhythm = Rhythm::Ticks;
    }
    let engine = Engine::new(ports.clone(), mode, seed, args.interval, profile).with_llm(policy);
    let pace = Pace { interval: args.interval, ticks: if args.once { Some(1) } else { args.ticks } };
    let llm_queue = engine.llm_queue();
    let mut worker = Worker::new(ports, engine, pace);
    if args.take_over {
        worker = worker.take_over();
    }
    if args.daemon && daemon::is_child() {
        daemon::tell_that_it_is_up()?;
    }
    worker
        .run(stop, |tick| {
            if args.dry_run {
                show(tick);
            }
        })
        .await;
    let counts = llm_queue.counts();
    if counts != LlmCounts::default() {
        let LlmCounts { accepted, repaired, rejected, failed } = counts;
        tracing::info!(accepted, repaired, rejected, failed, "answers of the language model");
    }
    tracing::info!("orchestrate has stopped");
    Ok(())
}

/// Everything the worker works with.
async fn ports(clock: Arc<dyn Clock>, repo: SqlRepo, args: &Orchestrate) -> anyhow::Result<Ports> {
    Ok(Ports {
        clock,
        repo: Arc::new(repo),
        driver: decoys::driver(&args.acting, args.life.profile).await?,
        bus: if args.dry_run { Arc::new(NoBus) } else { bus::bus(&args.bus) },
        personas: Arc::new(FilePool::new(people::pool_path(&args.people).resolve())),
        canaries: Arc::new(NoCanaries),
        models: language_model::models(&args.model)?,
        syntax: Arc::new(HostInterpreters),
        mail: Arc::new(MimeWriter),
        content: content::content(&args.life.content)?,
    })
}

/// Who decides.
fn llm_policy(args: &Orchestrate) -> anyhow::Result<LlmPolicy> {
    Ok(match (args.no_llm, args.llm) {
        (true, _) => LlmPolicy::Never,
        (_, true) => LlmPolicy::Always(language_model::choice(&args.model, true)?),
        _ => LlmPolicy::Configured(language_model::choice(&args.model, false)?),
    })
}

/// What the database says of a model may be mended while the worker runs; what the start says has to be right.
fn check_model(policy: &LlmPolicy, models: &dyn LlmFactory) -> anyhow::Result<()> {
    let (LlmPolicy::Always(choice) | LlmPolicy::Configured(choice)) = policy else { return Ok(()) };
    if let Choice::On(settings) = choice {
        models.backend(settings).context("the language model that the settings name can't be asked")?;
    }
    Ok(())
}

/// What a dry run prints of a tick.
fn show(tick: &Tick) {
    match tick {
        Tick::TrafficPlanned(what) => say!("traffic  {what}"),
        Tick::File(FileOutcome::Planned(plan)) => {
            let (site, artifact) = (plan.site(), plan.artifact());
            let action = match &**plan {
                Plan::Create(_) => "create",
                Plan::Edit(_) => "edit  ",
            };
            let (bytes, mtime) = (artifact.body.bytes().len(), artifact.mtime);
            say!("{action}   {}:{} ({}, {bytes} bytes, {mtime})", site.decky_name, artifact.path, site.persona);
        }
        Tick::File(FileOutcome::LeftAlone) => say!("leave alone"),
        Tick::Mail(mail) => say!("mail     {} -> {}: {} ({})", mail.sender, mail.recipient, mail.subject, mail.decky),
        Tick::File(_) | Tick::Traffic(_) | Tick::Quiet => say!("nothing to do"),
    }
}

/// This process, as whoever finds the database taken is told of it.
fn holder(clock: &dyn Clock) -> Holder {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Holder {
        pid: std::process::id(),
        host: host.trim().to_owned(),
        since: clock.now().timestamp(),
        // Without its arguments, for they may hold a key or a password.
        command: "decnet orchestrate".to_owned(),
    }
}

/// From the system's randomness.
fn fresh_seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}
