//! `decnet realism check-content`: reads a folder of texts as the worker would, and tells the first mistake.

use std::path::PathBuf;

use clap::Args;
use decnet_fs::load_content;

use crate::print::say;

/// Arguments of `decnet realism check-content`.
#[derive(Args, Debug, Clone)]
pub(crate) struct CheckContent {
    /// The folder.
    folder: PathBuf,
}

pub(crate) fn run(args: &CheckContent) -> anyhow::Result<()> {
    let content = load_content(Some(&args.folder))?;
    let languages: Vec<String> = content.languages().iter().map(ToString::to_string).collect();
    for (language, pack) in content.packs() {
        for name in pack.borrowed() {
            say!("{language} has no {name}: the English one is used");
        }
    }
    say!("{} is in order; languages with it: {}", args.folder.display(), languages.join(", "));
    Ok(())
}
