//! `decnet realism`.

use decnet_fs::{ImportError, import};

use crate::cli::Realism;
use crate::print::say;
use crate::wiring;

pub(crate) fn run(command: Realism) -> anyhow::Result<()> {
    let Realism::ImportPersonas { path, output, people } = command;
    let destination = output.unwrap_or_else(|| wiring::pool_path(&people).resolve());
    let imported = match import(&path, &destination) {
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
