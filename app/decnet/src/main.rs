//! `decnet`: keeps decoy hosts looking lived-in.

mod cli;
mod commands;
mod daemon;
mod demo;
mod environment;
mod lifecycle;
mod logging;
mod print;
mod role;
mod settings;
mod unused_variables;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    if let Err(error) = environment::drop_empty_variables() {
        eprintln!("decnet: {error:#}");
        return ExitCode::FAILURE;
    }
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            // The whole chain on one line: what happened, to which thing, and why.
            eprintln!("decnet: {error:#}");
            if daemon::is_child() {
                // Nobody may read standard error any more.
                tracing::error!("ended: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { command, database, logs, role } = cli;
    match command {
        Command::Completions(args) => {
            commands::paper::completions(&args, Cli::command());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Man(args) => {
            commands::paper::man(&args, Cli::command())?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    if command.is_master_only() {
        role::master_only(&role)?;
    }
    let is_daemon = matches!(&command, Command::Orchestrate(args) if args.daemon);
    let is_detached = is_daemon && daemon::is_child();
    if is_detached {
        daemon::leave_terminal()?;
    } else if is_daemon {
        return daemon::detach(&logs.system_logs.unwrap_or_else(daemon::default_log));
    }
    let is_demo = matches!(command, Command::Demo(_));
    logging::start(&logs, is_demo, is_detached)?;
    if !is_demo {
        unused_variables::tell(matches!(command, Command::Orchestrate(_) | Command::Bus(_)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        match command {
            Command::Orchestrate(args) => commands::orchestrate::run(&database, args).await,
            Command::Bus(args) => commands::bus::run(args).await,
            Command::Db { command } => commands::db::run(&database, command).await,
            Command::Fleet { command } => commands::fleet::run(&database, command).await,
            Command::Realism { command } => commands::realism::run(command).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Takeover(args) => return commands::takeover::run(&database, args).await,
            Command::Completions(_) | Command::Man(_) => Ok(()),
        }
        .map(|()| ExitCode::SUCCESS)
    });
    // A database call that waits for a lock must not hold up a stop.
    runtime.shutdown_background();
    done
}
