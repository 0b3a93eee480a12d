//! `decnet realism import-personas`: checks a list of people and installs it as the global pool.

use std::path::PathBuf;

use clap::Args;
use decnet_fs::{Encoding, Format, ImportError, read_people};

use crate::print::say;
use crate::settings::people::{People, pool_path};

/// Arguments of `decnet realism import-personas`.
#[derive(Args, Debug, Clone)]
pub(crate) struct ImportPersonas {
    /// The file.
    path: PathBuf,
    /// Where to instead of the global pool.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Say what would be installed, and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    people: People,
}

/// More lines than this of a kind are counted, not shown.
const MOST_LINES: usize = 60;

pub(crate) fn run(args: ImportPersonas) -> anyhow::Result<()> {
    let destination = args.output.unwrap_or_else(|| pool_path(&args.people).resolve());
    let path = &args.path;
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
    if args.dry_run {
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
