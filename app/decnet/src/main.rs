//! `decnet`: decoys that live.

mod cli;
mod commands;
mod config;
mod daemon;
mod demo;
mod guard;
mod lifecycle;
mod logging;
mod print;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    if let Err(error) = config::drop_empty_variables() {
        eprintln!("decnet: {error:#}");
        return ExitCode::FAILURE;
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain on one line: what happened, to which thing, and why.
            eprintln!("decnet: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let Cli { common, command } = cli;
    match command {
        Command::Completions { shell } => {
            commands::paper::completions(shell);
            return Ok(());
        }
        Command::Man { folder } => return commands::paper::man(&folder),
        _ => {}
    }
    if command.is_master_only() {
        guard::master_only(&common)?;
    }
    let is_detached = matches!(&command, Command::Orchestrate(args) if args.daemon) && daemon::is_child();
    if is_detached {
        daemon::leave_terminal()?;
    }
    logging::start(&common, matches!(command, Command::Demo(_)), is_detached)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        match command {
            Command::Orchestrate(args) => commands::orchestrate::run(&common, args).await,
            Command::Bus(args) => commands::bus::run(args).await,
            Command::Db { command } => commands::db::run(&common, command).await,
            Command::Fleet { command } => commands::fleet::run(&common, command).await,
            Command::Realism { command } => commands::realism::run(command).await,
            Command::Demo(args) => demo::run(&common, args).await,
            Command::Completions { .. } | Command::Man { .. } => Ok(()),
        }
    });
    // A database call that waits for a lock must not hold up a stop.
    runtime.shutdown_background();
    done
}
