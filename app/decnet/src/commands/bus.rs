//! `decnet bus`.

use std::sync::Arc;

use clap::Args;
use decnet_bus::Server;
use decnet_ports::SystemClock;

use crate::lifecycle;
use crate::settings::bus::{Socket, socket};

/// Arguments of `decnet bus`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Bus {
    #[command(flatten)]
    pub(crate) socket: Socket,
}

pub(crate) async fn run(args: Bus) -> anyhow::Result<()> {
    let path = socket(&args.socket).resolve();
    let server = Server::bind(&path, Arc::new(SystemClock::new())).await?;
    let stop = lifecycle::stop_on_signals()?;
    tracing::info!(socket = %path.display(), "the bus is open");
    server.run(stop).await;
    tracing::info!("the bus is closed");
    Ok(())
}
