//! The event bus (`docs/interfaces.md` has the frames and topics): over a UNIX socket, in process, and off.

mod client;
mod frame;
mod hub;
mod memory;
mod off;
mod queue;
mod server;
mod socket;
mod stream;

pub use client::UnixBus;
pub use frame::{Frame, FrameError, Verb};
pub use memory::MemoryBus;
pub use off::NoBus;
pub use server::{Server, ServerError};
pub use socket::SocketPath;
