//! `decnet orchestrate`.

use decnet_domain::planner::plan::Plan;
use decnet_engine::{Engine, FileOutcome, LlmCounts, Mode, Pace, Rhythm, Tick, Worker};

use crate::cli::{Common, Orchestrate};
use crate::print::say;
use crate::{daemon, lifecycle, wiring};

pub(crate) async fn run(common: &Common, args: Orchestrate) -> anyhow::Result<()> {
    let ports = wiring::ports(common, &args).await?;
    if args.daemon && !daemon::is_child() {
        // All of the above worked, so the background process will start as well.
        let pid = daemon::detach()?;
        say!("decnet orchestrate runs in the background as process {pid}");
        if common.system_logs.is_none() {
            eprintln!("it has no terminal to log to; --system-logs FILE (DECNET_SYSTEM_LOGS) names a file");
        }
        return Ok(());
    }
    let policy = wiring::llm_policy(&args)?;
    let mode = if args.dry_run { Mode::DryRun } else { Mode::Act };
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let stop = lifecycle::stop_on_signals()?;
    tracing::info!(
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
    let mut profile = wiring::profile(&args.life);
    if args.once || args.interval.is_zero() {
        // Whoever asks for a tick now doesn't want to wait for somebody's moment.
        profile.rhythm = Rhythm::Ticks;
    }
    let engine = Engine::new(ports.clone(), mode, seed, args.interval, profile).with_llm(policy);
    let pace = Pace { interval: args.interval, ticks: if args.once { Some(1) } else { args.ticks } };
    let llm_queue = engine.llm_queue();
    Worker::new(ports, engine, pace)
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

/// From the system's randomness.
fn fresh_seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}
