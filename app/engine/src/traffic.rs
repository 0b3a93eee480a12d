//! One decky talks to another.

use decnet_domain::fleet::Traffic;
use decnet_domain::record::{Event, EventKind, Outcome};
use decnet_ports::{DriverError, TrafficDriver, TrafficReport};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// Carries out one piece of traffic; the event tells how it went either way.
pub(crate) async fn act(
    driver: &dyn TrafficDriver,
    traffic: &Traffic,
    id: Uuid,
    now: Timestamp,
) -> (Event, Option<DriverError>) {
    let result = driver.run(traffic).await;
    let error = result.as_ref().err().cloned();
    let report = result.unwrap_or_else(|e| TrafficReport { rc: e.rc(), banner: None, stderr: e.stderr() });
    let outcome = if report.rc == 0 && report.banner.is_some() { Outcome::Success } else { Outcome::Failure };
    let payload = json!({
        "src_decky": traffic.source.name,
        "dst_decky": traffic.target.name,
        "dst_ip": traffic.address.to_string(),
        "dst_port": traffic.port,
        "rc": report.rc,
        "banner": report.banner,
        "stderr": Some(&report.stderr).filter(|text| !text.is_empty()),
    });
    let event = Event {
        id,
        ts: now,
        what: EventKind::TcpConnect,
        source: Some(traffic.source.id.clone()),
        target: traffic.target.id.clone(),
        outcome,
        payload,
    };
    (event, error)
}
