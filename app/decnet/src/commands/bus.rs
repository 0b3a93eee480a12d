//! `decnet bus`.

use std::sync::Arc;

use decnet_bus::Server;
use decnet_ports::SystemClock;

use crate::cli::Bus;
use crate::{lifecycle, wiring};

pub(crate) async fn run(args: Bus) -> anyhow::Result<()> {
    let path = wiring::socket(&args.socket).resolve();
    let server = Server::bind(&path, Arc::new(SystemClock::new())).await?;
    let stop = lifecycle::stop_on_signals()?;
    tracing::info!(socket = %path.display(), "the bus is open");
    server.run(stop).await;
    tracing::info!("the bus is closed");
    Ok(())
}
