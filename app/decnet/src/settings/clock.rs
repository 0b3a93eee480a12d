//! The clock, and the time zone in which people keep their hours.

use std::sync::Arc;

use anyhow::Context;
use decnet_ports::{Clock, SystemClock};

pub(crate) fn clock(zone: Option<&str>) -> anyhow::Result<Arc<dyn Clock>> {
    Ok(Arc::new(match zone {
        None => SystemClock::new(),
        Some(name) => SystemClock::in_zone(name).context("--timezone (DECNET_TIMEZONE)")?,
    }))
}
