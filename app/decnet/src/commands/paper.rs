//! Completions and manual pages, made from the command line's own description.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::Cli;
use crate::print::say;

pub(crate) fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "decnet", &mut std::io::stdout());
}

pub(crate) fn man(folder: &Path) -> anyhow::Result<()> {
    let failed = || format!("can't write manual pages into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(failed)?;
    say!("manual pages are in {}", folder.display());
    Ok(())
}
