//! `decnet realism`.

use std::path::{Path, PathBuf};

use decnet_fs::{ImportError, import, load_content};

use crate::cli::{People, Realism};
use crate::commands::{llm_check, preview};
use crate::print::say;
use crate::wiring;

pub(crate) async fn run(command: Realism) -> anyhow::Result<()> {
    match command {
        Realism::ImportPersonas { path, output, people } => import_personas(&path, output, &people),
        Realism::Preview(args) => preview::run(args),
        Realism::LlmCheck(args) => llm_check::run(&args).await,
        Realism::CheckContent { folder } => check_content(&folder),
    }
}

fn check_content(folder: &Path) -> anyhow::Result<()> {
    let content = load_content(Some(folder))?;
    let languages: Vec<String> = content.languages().iter().map(ToString::to_string).collect();
    for (language, pack) in content.packs() {
        for name in pack.borrowed() {
            say!("{language} has no {name}: the English one is used");
        }
    }
    say!("{} is in order; languages with it: {}", folder.display(), languages.join(", "));
    Ok(())
}

fn import_personas(path: &Path, output: Option<PathBuf>, people: &People) -> anyhow::Result<()> {
    let destination = output.unwrap_or_else(|| wiring::pool_path(people).resolve());
    let imported = match import(path, &destination) {
        Err(error @ ImportError::NoneValid { .. }) => {
            if let ImportError::NoneValid { rejected, .. } = &error {
                for fault in rejected {
                    eprintln!("warning: left out: {fault}");
                }
            }
            return Err(error.into());
        }
        other => other?,
    };
    for fault in &imported.rejected {
        eprintln!("warning: left out: {fault}");
    }
    for notice in &imported.notices {
        eprintln!("warning: {notice}");
    }
    if imported.accepted < 2 {
        eprintln!("warning: mail needs at least two personas, a sender and a recipient");
    }
    say!("{} personas installed at {}", imported.accepted, destination.display());
    Ok(())
}
