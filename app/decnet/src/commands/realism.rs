//! `decnet realism`.

use std::path::{Path, PathBuf};

use decnet_fs::{Encoding, Format, ImportError, load_content, read_people};

use crate::cli::{People, Realism};
use crate::commands::{llm_check, preview};
use crate::print::say;
use crate::wiring;

pub(crate) async fn run(command: Realism) -> anyhow::Result<()> {
    match command {
        Realism::ImportPersonas { path, output, dry_run, people } => import_personas(&path, output, dry_run, &people),
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

/// More lines than this of a kind are counted, not shown.
const MOST_LINES: usize = 60;

fn import_personas(path: &Path, output: Option<PathBuf>, dry_run: bool, people: &People) -> anyhow::Result<()> {
    let destination = output.unwrap_or_else(|| wiring::pool_path(people).resolve());
    let file = read_people(path).inspect_err(|error| {
        if let ImportError::NoneValid { rejected, .. } = error {
            warn("warning: left out: ", rejected);
        }
    })?;
    if (&file.format, file.encoding) != (&Format::JsonList, Encoding::Utf8) {
        say!("{}: {}, {}, {}", path.display(), file.format, file.encoding, counted(file.entries, "entry", "entries"));
    }
    warn("note: ", &file.remarks);
    warn("note: ", &file.notices);
    warn("warning: left out: ", &file.rejected);
    if !file.secrets.is_empty() {
        let keys = file.secrets.join(", ");
        eprintln!(
            "warning: what stands in {keys} is kept, as all unknown keys are; everybody on this host can read the pool"
        );
    }
    if file.accepted() < 2 {
        eprintln!("warning: mail needs at least two personas, a sender and a recipient");
    }
    let personas = counted(file.accepted(), "persona", "personas");
    if dry_run {
        say!("{personas} would be installed at {}", destination.display());
        return Ok(());
    }
    file.install(&destination)?;
    say!("{personas} installed at {}", destination.display());
    Ok(())
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Says what was read how, or wasn't.
fn warn(prefix: &str, lines: &[impl std::fmt::Display]) {
    for line in lines.iter().take(MOST_LINES) {
        eprintln!("{prefix}{line}");
    }
    if lines.len() > MOST_LINES {
        eprintln!("{prefix}{} more of these", lines.len() - MOST_LINES);
    }
}
