//! Noise that follows from names: the same parts give the same number, on every machine and in
//! every version, in whatever order things are asked for.

use alloc::string::String;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::{Builder, Uuid};

/// The alphabet of base64 (RFC 4648 §4).
pub const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Its letters and digits.
pub const ALPHANUMERIC: &[u8] = BASE64.split_at(62).0;

/// A place in the space of all noise, narrowed down part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u64);

impl Key {
    /// Starts from a seed.
    pub const fn of(seed: u64) -> Self {
        Self(step(0x9e37_79b9_7f4a_7c15, seed))
    }

    /// Narrows it down by a number.
    #[must_use]
    pub const fn with(self, part: u64) -> Self {
        Self(step(self.0, part))
    }

    /// Narrows it down by a text.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.with(fnv(part))
    }

    /// Narrows it down by a moment.
    #[must_use]
    pub fn at(self, moment: jiff::Timestamp) -> Self {
        self.with(moment.as_second().cast_unsigned()).with(u64::from(moment.subsec_nanosecond().unsigned_abs()))
    }

    /// The number at this place.
    pub const fn value(self) -> u64 {
        self.0
    }

    /// A number from 0 up to and without `count`; 0 for a count of 0.
    pub fn below(self, count: u64) -> u64 {
        if count == 0 { 0 } else { self.0 % count }
    }

    /// An index into a list of `count`; 0 for an empty one.
    pub fn index(self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap_or(0)
    }

    /// A number from 0 up to and without 1.
    pub fn unit(self) -> f64 {
        // 53 bits are what a f64 holds.
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// `count` letters of an alphabet.
    pub fn letters(self, count: u64, alphabet: &[u8]) -> String {
        (0..count).map(|n| char::from(alphabet[self.with(n).index(alphabet.len())])).collect()
    }

    /// Whether this is one of `percent` in 100 cases.
    pub fn chance(self, percent: u64) -> bool {
        self.0 % 100 < percent
    }

    /// A generator that starts here.
    pub fn rng(self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.0)
    }
}

/// exp(N(mu, sigma)), by Box and Muller.
pub(crate) fn log_normal(rng: &mut dyn Rng, mu: f64, sigma: f64) -> f64 {
    let (u, v) = (rng.random::<f64>().max(1e-12), rng.random::<f64>());
    let normal = libm::sqrt(-2.0 * libm::log(u)) * libm::cos(core::f64::consts::TAU * v);
    libm::exp(mu + sigma * normal)
}

/// A `UUIDv7` (RFC 9562 §5.7) of the given moment, from the caller's randomness, so that the same seed gives
/// the same keys.
pub fn uuid_v7(at: jiff::Timestamp, rng: &mut dyn Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    Builder::from_unix_timestamp_millis(u64::try_from(at.as_millisecond()).unwrap_or(0), &random).into_uuid()
}

/// splitmix64, one part after the other.
const fn step(state: u64, part: u64) -> u64 {
    let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// splitmix64 over the parts.
pub(crate) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| step(state, *part))
}

/// FNV-1a, byte by byte.
pub(crate) struct Fnv(pub(crate) u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
}

/// FNV-1a of a text.
pub(crate) fn fnv(text: &str) -> u64 {
    let mut hash = Fnv::default();
    text.bytes().for_each(|byte| hash.byte(byte));
    hash.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_number_and_others_another() {
        let at = |person: &str, day| Key::of(7).text(person).with(day);
        assert_eq!(at("ann", 3), at("ann", 3));
        assert_ne!(at("ann", 3), at("ann", 4));
        assert_ne!(at("ann", 3), at("bob", 3));
        // Written down once: another number would change every installation's life.
        assert_eq!(at("ann", 3).value(), Key::of(7).with(fnv("ann")).with(3).value());
        assert_eq!(Key::of(0).value(), 7_960_286_522_194_355_700);
    }

    #[test]
    fn draws_are_even_and_stay_in_their_range() {
        let mut counts = [0_u32; 10];
        for n in 0..10_000 {
            let key = Key::of(1).with(n);
            assert!((0.0..1.0).contains(&key.unit()));
            counts[key.index(10)] += 1;
        }
        assert!(counts.iter().all(|c| (850..1150).contains(c)), "{counts:?}");
        assert_eq!(Key::of(1).below(0), 0);
    }
}
