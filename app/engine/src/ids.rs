//! Keys.

use jiff::Timestamp;
use rand::Rng;
use uuid::{Builder, Uuid};

/// A `UUIDv7` (RFC 9562 §5.7) of the given moment: made from our own randomness, so that the same
/// seed gives the same keys.
pub(crate) fn new(now: Timestamp, rng: &mut dyn Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    Builder::from_unix_timestamp_millis(u64::try_from(now.as_millisecond()).unwrap_or(0), &random).into_uuid()
}
