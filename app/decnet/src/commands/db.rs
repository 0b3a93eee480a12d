//! `decnet db`.

use anyhow::Context;
use decnet_db::SqlRepo;

use crate::cli::{Common, Db};
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
    println!("{}", file.display());
    for version in &status.applied {
        println!("  applied  {version}");
    }
    for version in &status.pending {
        println!("  pending  {version}");
    }
    if !status.pending.is_empty() {
        println!("`decnet db migrate` applies what is pending; so does the next start of the worker.");
    }
    Ok(())
}
