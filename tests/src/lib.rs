//! Contract suites: what every adapter of a port must do, real or fake, and the real parts to try them on.
#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "tests fail by panicking")]

pub mod bus_contract;
pub mod containers;
pub mod driver_contract;
pub mod driver_sites;
pub mod fleet;
pub mod late_driver;
pub mod llm_server;
pub mod mail_host;
pub mod ports;
pub mod program;
pub mod repo_contract;
pub mod samples;
pub mod traffic_contract;
