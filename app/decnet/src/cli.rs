//! The command line: what every command shares, and the list of commands. The arguments of a command stand
//! beside it, those of an area of settings in `settings/`.

use clap::{Parser, Subcommand};

use crate::commands::bus::Bus;
use crate::commands::db::Db;
use crate::commands::fleet::Fleet;
use crate::commands::orchestrate::Orchestrate;
use crate::commands::paper::{Completions, Man};
use crate::commands::realism::Realism;
use crate::commands::takeover::Takeover;
use crate::demo::Demo;
use crate::logging::Logging;
use crate::role::Role;
use crate::settings::database::Database;

/// Keeps decoy hosts looking lived-in.
#[derive(Parser, Debug)]
#[command(name = "decnet", version, about, long_about = None, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) logs: Logging,
    #[command(flatten)]
    pub(crate) role: Role,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run the worker: it makes running decoys look lived-in, with files, mail and traffic between hosts.
    Orchestrate(Orchestrate),
    /// Try it without any setup: two simulated weeks of a small company, with folders as decoys.
    Demo(Demo),
    /// Run the event bus on its UNIX socket.
    Bus(Bus),
    /// Manage the list of decoys.
    Fleet {
        #[command(subcommand)]
        command: Fleet,
    },
    /// Manage the people (personas) and the texts, and preview what would be written.
    Realism {
        #[command(subcommand)]
        command: Realism,
    },
    /// Manage the database schema.
    Db {
        #[command(subcommand)]
        command: Db,
    },
    /// Prepare taking over from DECNET's own (Python) orchestrator on this host.
    Takeover(Takeover),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Write the manual pages into a folder.
    Man(Man),
}

impl Command {
    /// Whether an agent machine refuses it.
    pub(crate) fn is_master_only(&self) -> bool {
        matches!(
            self,
            Self::Orchestrate(_) | Self::Fleet { .. } | Self::Realism { .. } | Self::Db { .. } | Self::Takeover(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
