//! `decnet realism import-personas`: checks a list of people and installs it as the global pool.

use std::path::PathBuf;

use clap::Args;
use decnet_fs::{ImportError, import};

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
    #[command(flatten)]
    people: People,
}

pub(crate) fn run(args: ImportPersonas) -> anyhow::Result<()> {
    let destination = args.output.unwrap_or_else(|| pool_path(&args.people).resolve());
    let imported = match import(&args.path, &destination) {
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
