//! Commands that belong on the master refuse to run on an agent.

use anyhow::bail;

use crate::cli::{Common, HostMode};

pub(crate) fn master_only(common: &Common) -> anyhow::Result<()> {
    if common.mode == HostMode::Agent && common.disallow_master {
        bail!(
            "this command belongs on the master, and DECNET_MODE=agent says that this machine is none; \
             run it there, or set DECNET_DISALLOW_MASTER=false"
        );
    }
    Ok(())
}
