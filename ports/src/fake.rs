//! In-memory adapters for tests. Each passes the same contract suite as the real ones.

mod canary;
mod clock;
mod driver;
mod personas;
mod repo;

pub use canary::FakeCanaries;
pub use clock::FrozenClock;
pub use driver::{FakeDriver, FakeFile};
pub use personas::FakePersonas;
pub use repo::FakeRepo;
