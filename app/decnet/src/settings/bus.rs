//! Which bus, and where its socket is.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use decnet_bus::{MemoryBus, NoBus, SocketPath, UnixBus};
use decnet_ports::EventBus;

use super::values::boolean;
use crate::environment;

/// Which bus.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Bus")]
pub(crate) struct BusClient {
    /// Whether to connect to the bus.
    #[arg(long, env = "DECNET_BUS_ENABLED", default_value = "true", value_name = "BOOL", value_parser = boolean, action = clap::ArgAction::Set)]
    pub(crate) bus_enabled: bool,

    /// Which bus: unix (on a socket) or memory (within this process, so that nobody else hears it).
    #[arg(long, env = "DECNET_BUS_TYPE", default_value = "unix", value_name = "KIND")]
    pub(crate) bus_type: BusKind,

    #[command(flatten)]
    pub(crate) socket: Socket,
}

/// The kinds of bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BusKind {
    Unix,
    Memory,
}

#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Bus")]
pub(crate) struct Socket {
    /// The bus's socket. Default: /run/decnet/bus.sock where that can be written, else
    /// ~/.decnet/bus.sock.
    #[arg(long, env = "DECNET_BUS_SOCKET", value_name = "PATH")]
    pub(crate) bus_socket: Option<PathBuf>,
}

pub(crate) fn bus(args: &BusClient) -> Arc<dyn EventBus> {
    match (args.bus_enabled, args.bus_type) {
        (false, _) => Arc::new(NoBus),
        (true, BusKind::Memory) => Arc::new(MemoryBus::new()),
        (true, BusKind::Unix) => Arc::new(UnixBus::start(socket(&args.socket).resolve(), "orchestrator")),
    }
}

pub(crate) fn socket(args: &Socket) -> SocketPath {
    SocketPath { configured: args.bus_socket.clone(), home: environment::home() }
}
