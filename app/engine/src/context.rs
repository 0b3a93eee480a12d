//! What one tick works with.

use decnet_domain::content_class::CanaryClass;
use decnet_domain::fleet::Fleet;
use decnet_domain::noise::Key;
use decnet_domain::planner::policy::{LanguageModel, Policy, TrafficKind};
use decnet_domain::weights::Weights;
use jiff::Zoned;
use rand::Rng;

use crate::llm_queue::LlmQueue;
use crate::ports::Ports;
use crate::profile::{Profile, TrafficStyle};
use crate::state::EngineState;
use crate::tick::Mode;

/// What one tick works with: the clock was read once, and all randomness comes from one key.
#[derive(Clone, Copy)]
pub(crate) struct TickContext<'a> {
    /// The world outside.
    pub(crate) ports: &'a Ports,
    /// The running deckies and their people.
    pub(crate) fleet: &'a Fleet,
    /// How often which class is made.
    pub(crate) weights: &'a Weights,
    /// What an operator set.
    pub(crate) profile: &'a Profile,
    /// The same, for the planner.
    pub(crate) policy: &'a Policy,
    /// Whether anything is carried out.
    pub(crate) mode: Mode,
    /// The clock's reading.
    pub(crate) now: &'a Zoned,
    /// The installation's noise.
    pub(crate) key: Key,
    /// The language model.
    pub(crate) llm_queue: &'a LlmQueue,
    /// What is kept from tick to tick.
    pub(crate) state: &'a EngineState,
}

/// Randomness of one action, across threads.
pub(crate) type TickRng<'a> = &'a mut (dyn Rng + Send + Sync);

/// What the planner has to know of settings and abilities.
pub(crate) fn policy(profile: &Profile, ports: &Ports, llm_queue: &LlmQueue, mode: Mode) -> Policy {
    let traffic = match (ports.driver.traffic(), profile.traffic) {
        (None, _) => TrafficKind::None,
        (Some(_), TrafficStyle::Probe) => TrafficKind::Probe,
        (Some(_), TrafficStyle::Session) => TrafficKind::Session,
    };
    let asks = mode == Mode::Act && llm_queue.is_on();
    Policy {
        timestamps: profile.timestamps,
        traces: profile.traces,
        traffic,
        language_model: if asks { LanguageModel::On } else { LanguageModel::Off },
        longest_session_millis: u32::try_from(profile.longest_session.as_millis()).unwrap_or(u32::MAX),
        canaries: CanaryClass::ALL.into_iter().filter(|class| ports.canaries.offers(*class)).collect(),
    }
}
