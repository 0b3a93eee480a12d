//! A host, as texts speak of it.

use alloc::string::String;
use core::net::IpAddr;

/// A host of the fleet that a text may mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRef {
    /// What it calls itself.
    pub name: String,
    /// Its address, if it is known.
    pub address: Option<IpAddr>,
}
