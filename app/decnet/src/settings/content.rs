//! The texts: the built-in ones, and an operator's own.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use decnet_domain::content::Content;
use decnet_fs::load_content;

/// Texts of an operator's own.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Realism")]
pub(crate) struct ContentDir {
    /// A folder with texts of your own, which add to the built-in ones: one folder per language (en/, de/, ...),
    /// and world/ for names. `decnet realism check-content` checks them.
    #[arg(long, env = "DECNET_REALISM_CONTENT", value_name = "FOLDER")]
    pub(crate) content_dir: Option<PathBuf>,
}

pub(crate) fn content(folder: &ContentDir) -> anyhow::Result<Arc<Content>> {
    Ok(Arc::new(load_content(folder.content_dir.as_deref()).context("the texts can't be used")?))
}
