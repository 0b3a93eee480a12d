//! Completions and manual pages, made from the command line's own description.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};

use crate::print::say;

/// Arguments of `decnet completions`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Completions {
    /// Which shell.
    shell: clap_complete::Shell,
}

/// Arguments of `decnet man`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Man {
    /// Where to; made if it isn't there.
    folder: PathBuf,
}

pub(crate) fn completions(args: &Completions, mut program: Command) {
    clap_complete::generate(args.shell, &mut program, "decnet", &mut std::io::stdout());
}

pub(crate) fn man(args: &Man, program: Command) -> anyhow::Result<()> {
    let folder = args.folder.as_path();
    let failed = || format!("can't write manual pages into {}", folder.display());
    std::fs::create_dir_all(folder).with_context(failed)?;
    clap_mangen::generate_to(program, folder).with_context(failed)?;
    say!("manual pages are in {}", folder.display());
    Ok(())
}
