//! `decnet db`.

use anyhow::Context;
use clap::Subcommand;
use decnet_db::SqlRepo;

use crate::print::say;
use crate::settings::database::{self, Database};

/// Subcommands of `decnet db`.
#[derive(Subcommand, Debug)]
pub(crate) enum Db {
    /// Bring the schema up to date. `orchestrate` does the same at its start.
    Migrate,
    /// Show which migrations are applied and which are pending; changes nothing.
    Status,
}

pub(crate) async fn run(database: &Database, command: Db) -> anyhow::Result<()> {
    let file = database::file(database)?;
    let status = async || {
        SqlRepo::sqlite_status(&file).await.with_context(|| format!("can't look at the database {}", file.display()))
    };
    if matches!(command, Db::Migrate) {
        database::open(&file).await?;
    }
    let status = status().await?;
    say!("{}", file.display());
    for version in &status.applied {
        say!("  applied  {version}");
    }
    for version in &status.pending {
        say!("  pending  {version}");
    }
    if !status.pending.is_empty() {
        say!("`decnet db migrate` applies what is pending; so does the next start of the worker.");
    }
    Ok(())
}
