//! `decnet db`.

use anyhow::Context;
use decnet_db::SqlRepo;

use crate::cli::{Common, Db};
use crate::print::say;
use crate::{config, wiring};

pub(crate) async fn run(common: &Common, command: Db) -> anyhow::Result<()> {
    let file = config::database(common)?;
    let status = async || {
        SqlRepo::sqlite_status(&file).await.with_context(|| format!("can't look at the database {}", file.display()))
    };
    if matches!(command, Db::Migrate) {
        wiring::repo(&file).await?;
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
