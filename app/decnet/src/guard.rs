//! Commands that belong on the master refuse to run on an agent.

use anyhow::bail;

use crate::cli::Common;

pub(crate) fn master_only(common: &Common) -> anyhow::Result<()> {
    let is_agent = common.mode.trim().eq_ignore_ascii_case("agent");
    let is_allowed = common.disallow_master.trim().eq_ignore_ascii_case("false");
    if is_agent && !is_allowed {
        bail!(
            "this command belongs on the master, and DECNET_MODE=agent says that this machine is none; \
             run it there, or set DECNET_DISALLOW_MASTER=false"
        );
    }
    Ok(())
}
