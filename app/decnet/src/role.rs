//! Commands that belong on the master refuse to run on an agent.

use anyhow::bail;

use clap::{Args, ValueEnum};

use crate::settings::values::boolean;

/// The role of this machine.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Role")]
pub(crate) struct Role {
    /// The role of this machine. An agent refuses orchestrate, fleet, realism, db and takeover.
    #[arg(long, global = true, env = "DECNET_MODE", default_value = "master", value_name = "MODE", ignore_case = true)]
    pub(crate) mode: HostMode,

    /// Whether an agent refuses them.
    #[arg(
        long,
        global = true,
        env = "DECNET_DISALLOW_MASTER",
        default_value = "true",
        value_name = "BOOL",
        value_parser = boolean,
        action = clap::ArgAction::Set
    )]
    pub(crate) disallow_master: bool,
}

/// The role of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostMode {
    Master,
    Agent,
}

pub(crate) fn master_only(role: &Role) -> anyhow::Result<()> {
    if role.mode == HostMode::Agent && role.disallow_master {
        bail!(
            "this command belongs on the master, and DECNET_MODE=agent says that this machine is none; \
             run it there, or set DECNET_DISALLOW_MASTER=false"
        );
    }
    Ok(())
}
