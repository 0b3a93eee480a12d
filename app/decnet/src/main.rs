//! `decnet`: decoys that live.

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

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    if let Err(error) = environment::drop_empty_variables() {
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
    let Cli { command, database, logs, role } = cli;
    match command {
        Command::Completions(args) => {
            commands::paper::completions(&args, Cli::command());
            return Ok(());
        }
        Command::Man(args) => return commands::paper::man(&args, Cli::command()),
        _ => {}
    }
    if command.is_master_only() {
        role::master_only(&role)?;
    }
    let is_detached = matches!(&command, Command::Orchestrate(args) if args.daemon) && daemon::is_child();
    if is_detached {
        daemon::leave_terminal()?;
    }
    logging::start(&logs, matches!(command, Command::Demo(_)), is_detached)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = runtime.block_on(async {
        match command {
            Command::Orchestrate(args) => commands::orchestrate::run(&database, &logs, args).await,
            Command::Bus(args) => commands::bus::run(args).await,
            Command::Db { command } => commands::db::run(&database, command).await,
            Command::Fleet { command } => commands::fleet::run(&database, command).await,
            Command::Realism { command } => commands::realism::run(command).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Completions(_) | Command::Man(_) => Ok(()),
        }
    });
    // A database call that waits for a lock must not hold up a stop.
    runtime.shutdown_background();
    done
}
