//! Another orchestrator on the same bus: two of them act on the same decoys, each without the other's memory.

use decnet_domain::topic;
use decnet_ports::Subscription;
use jiff::{SignedDuration, Timestamp};

use crate::ports::Ports;

/// What other programs read as the one who asked for the stop.
const REQUESTED_BY: &str = "the orchestrator that takes over";
/// Another worker is warned of again after so long.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Notices another worker by its heartbeat.
pub(crate) struct SecondWorker {
    ports: Ports,
    /// Whether it is asked to stop, and not only warned of.
    takes_over: bool,
    told: Option<Timestamp>,
}

impl SecondWorker {
    pub(crate) fn new(ports: Ports, takes_over: bool) -> Self {
        Self { ports, takes_over, told: None }
    }

    /// Asks whoever listens to stop, where that is wanted. This worker doesn't hear it: a bus hands nobody
    /// their own events.
    pub(crate) fn ask_at_start(&self) {
        if self.takes_over {
            tracing::info!(topic = topic::CONTROL, "any other orchestrator on this bus is asked to stop");
            self.ask();
        }
    }

    /// Warns of every other worker, and asks it to stop where that is wanted; ends with the bus.
    pub(crate) async fn watch(mut self, mut heartbeats: Box<dyn Subscription>) {
        while heartbeats.next().await.is_some() {
            // Each heartbeat anew: a supervisor may start the other one again at any time.
            if self.takes_over {
                self.ask();
            }
            let now = self.ports.clock.now().timestamp();
            if self.told.is_none_or(|told| now.duration_since(told) >= TOLD_AGAIN) {
                self.told = Some(now);
                self.tell();
            }
        }
    }

    fn ask(&self) {
        let now = self.ports.clock.now().timestamp();
        self.ports.bus.publish(topic::CONTROL, "control", &topic::stop_order(REQUESTED_BY, now));
    }

    fn tell(&self) {
        if self.takes_over {
            tracing::warn!("another orchestrator is alive on this bus; it was asked to stop");
        } else {
            tracing::warn!(
                "another orchestrator is alive on this bus, and both act on the same decoys: stop one of them, or \
                 start this one with --take-over, which asks the other to stop"
            );
        }
    }
}
