//! `decnet realism`.

use clap::Subcommand;

use crate::commands::author::{self, Author};
use crate::commands::check_content::{self, CheckContent};
use crate::commands::import_personas::{self, ImportPersonas};
use crate::commands::llm_check::{self, LlmCheck};
use crate::commands::preview::{self, Preview};

/// Subcommands of `decnet realism`.
#[derive(Subcommand, Debug)]
pub(crate) enum Realism {
    /// Read a list of people (JSON, JSON lines or CSV, with the keys of the pool or of other programs) and install it
    /// as the global pool.
    ImportPersonas(ImportPersonas),
    /// Show what would be written, and how one file grows over the days.
    Preview(Preview),
    /// Ask the configured language model for a text of each kind: what is sent, what comes back and how fast, and
    /// what the review makes of it.
    LlmCheck(LlmCheck),
    /// Have the configured language model write storylines of your own, and keep those that have no mistake.
    Author(Author),
    /// Check a folder of texts; a mistake is told with its file and line.
    CheckContent(CheckContent),
}

pub(crate) async fn run(command: Realism) -> anyhow::Result<()> {
    match command {
        Realism::ImportPersonas(args) => import_personas::run(args),
        Realism::Preview(args) => preview::run(args),
        Realism::LlmCheck(args) => llm_check::run(&args).await,
        Realism::Author(args) => author::run(&args).await,
        Realism::CheckContent(args) => check_content::run(&args),
    }
}
