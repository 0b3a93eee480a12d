//! The loop around the ticks: interval, heartbeat, stop, and a word when a tick takes long.

use std::time::Duration;

use decnet_domain::topic;
use decnet_ports::Subscription;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::activity::Activity;
use crate::engine::Engine;
use crate::llm_queue::LlmQueue;
use crate::ports::Ports;
use crate::second_worker::SecondWorker;
use crate::tick::Tick;

/// How often and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From one tick's start to the next; what takes longer is not made up for.
    pub interval: Duration,
    /// After so many ticks it ends by itself.
    pub ticks: Option<u64>,
}

/// The long-running worker.
pub struct Worker {
    ports: Ports,
    engine: Engine,
    pace: Pace,
    takes_over: bool,
}

/// A task that ends with this value.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

const HEARTBEAT: Duration = Duration::from_secs(30);
/// A tick under way at a stop has so long to finish. What it leaves then is mended at the next
/// start: the pending note is there, and the decky tells what became of it.
const LAST_TICK: Duration = Duration::from_secs(1);
/// A tick that takes longer is told of, and again each time this has passed.
const LONG_TICK: Duration = Duration::from_mins(1);

impl Worker {
    /// A worker over `engine`.
    pub fn new(ports: Ports, engine: Engine, pace: Pace) -> Self {
        Self { ports, engine, pace, takes_over: false }
    }

    /// The same, and any other orchestrator on the bus is asked to stop: at the start, and whenever one is
    /// heard. Without this it is only warned of.
    #[must_use]
    pub fn take_over(mut self) -> Self {
        self.takes_over = true;
        self
    }

    /// Runs until `stop`, a stop request on the bus, or the last tick. `each` sees every tick.
    pub async fn run(mut self, stop: CancellationToken, mut each: impl FnMut(&Tick) + Send) {
        let _listening = self.listen(&stop).await;
        let second = SecondWorker::new(self.ports.clone(), self.takes_over);
        second.ask_at_start();
        let _watching = self.watch_for(second).await;
        // Last of all: whoever hears the heartbeat may send a stop at once, and has to be heard.
        let _beating = Task(tokio::spawn(heartbeat(self.ports.clone(), self.engine.llm_queue(), stop.clone())));
        tokio::select! {
            () = stop.cancelled() => {}
            done = self.engine.recover() => if let Err(error) = done {
                tracing::warn!(error = %error, "can't look after what an earlier run left");
            },
        }
        let mut left = self.pace.ticks;
        while left != Some(0) && !stop.is_cancelled() {
            let start = self.ports.clock.now();
            if !self.one_tick(&start, &stop, &mut each).await {
                break;
            }
            left = left.map(|n| n - 1);
            if left == Some(0) {
                break;
            }
            let rest = self.rest(&start);
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.ports.clock.sleep(rest) => {}
            }
        }
        stop.cancel();
        self.ports.bus.flush().await;
    }

    /// Obeys stop requests from now on.
    async fn listen(&self, stop: &CancellationToken) -> Option<Task> {
        match self.ports.bus.subscribe(topic::CONTROL).await {
            Ok(orders) => Some(Task(tokio::spawn(obey(orders, stop.clone())))),
            Err(error) => {
                tracing::warn!(error = %error, "no stop requests can come in over the bus");
                None
            }
        }
    }

    /// Looks out for another worker from now on.
    async fn watch_for(&self, second: SecondWorker) -> Option<Task> {
        match self.ports.bus.subscribe(topic::HEALTH).await {
            Ok(heartbeats) => Some(Task(tokio::spawn(second.watch(heartbeats)))),
            Err(error) => {
                tracing::warn!(error = %error, "another orchestrator on this bus can't be noticed");
                None
            }
        }
    }

    /// How long to wait: until the interval is over, or until somebody acts. What takes longer is not
    /// made up for.
    fn rest(&self, start: &jiff::Zoned) -> Duration {
        let now = self.ports.clock.now().timestamp();
        let spent = now.duration_since(start.timestamp());
        let rest = self.pace.interval.saturating_sub(spent.unsigned_abs());
        if !self.acts_by_moments() {
            return rest;
        }
        let due = self.engine.next_due().map(|at| at.duration_since(now));
        // The fleet is looked at once an interval, whether anybody acts or not.
        due.map_or(rest, |due| if due.is_negative() { Duration::ZERO } else { rest.min(due.unsigned_abs()) })
    }

    /// A loop without pauses, as for trying things out, doesn't wait for anybody's moment.
    fn acts_by_moments(&self) -> bool {
        self.engine.is_human() && !self.pace.interval.is_zero()
    }

    /// One tick; `false` when it was given up because of a stop.
    async fn one_tick(
        &mut self,
        start: &jiff::Zoned,
        stop: &CancellationToken,
        each: &mut (impl FnMut(&Tick) + Send),
    ) -> bool {
        let deadline = async {
            stop.cancelled().await;
            tokio::time::sleep(LAST_TICK).await;
        };
        // A task of its own: a tick that never waits for anything is told of, too.
        let _watchdog = Task(tokio::spawn(tell_of_long_tick(self.engine.activity())));
        let by_moments = self.acts_by_moments();
        let tick = async {
            if by_moments { self.engine.due(start).await } else { self.engine.tick(start).await.map(|tick| vec![tick]) }
        };
        tokio::select! {
            done = tick => {
                match done {
                    Ok(ticks) => ticks.iter().for_each(&mut *each),
                    Err(error) => tracing::error!(error = %error, "the tick failed; the next may go better"),
                }
                true
            }
            () = deadline => {
                tracing::warn!("the tick under way was given up; the next start mends what it left");
                false
            }
        }
    }
}

async fn heartbeat(ports: Ports, llm: LlmQueue, stop: CancellationToken) {
    loop {
        let now = ports.clock.now().timestamp();
        ports.bus.publish(topic::HEALTH, "heartbeat", &topic::heartbeat(now, &llm.health()));
        tokio::select! {
            () = stop.cancelled() => return,
            () = ports.clock.sleep(HEARTBEAT) => {}
        }
    }
}

async fn tell_of_long_tick(activity: Activity) {
    let start = Instant::now();
    loop {
        tokio::time::sleep(LONG_TICK).await;
        let seconds = start.elapsed().as_secs();
        tracing::warn!(seconds, doing = %activity, "a tick takes long; nothing else is done meanwhile");
    }
}

async fn obey(mut orders: Box<dyn Subscription>, stop: CancellationToken) {
    while let Some(order) = orders.next().await {
        if let Some(by) = topic::stop_request(&order.payload) {
            tracing::info!(requested_by = %by, "asked to stop over the bus");
            stop.cancel();
            return;
        }
    }
}
