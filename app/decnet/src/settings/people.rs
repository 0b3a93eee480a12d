//! Where the persona pool is.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::path::PathBuf;

use clap::Args;
use decnet_fs::PoolPath;

use crate::environment;

#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "People")]
pub(crate) struct People {
    /// The global persona pool. Default: /etc/decnet/email_personas.json if it is there or can be
    /// written, else ~/.decnet/email_personas.json.
    #[arg(long = "personas", env = "DECNET_REALISM_PERSONAS", value_name = "FILE")]
    pub(crate) personas: Option<PathBuf>,
}

pub(crate) fn pool_path(people: &People) -> PoolPath {
    PoolPath { configured: people.personas.clone(), home: environment::home() }
}
