//! How long things get: most are short, some are very long.

use rand::Rng;

use crate::noise::log_normal;

/// A length in bytes whose logarithm to base 2 is normal around `mean` with deviation `spread`.
pub(super) fn bytes(mean: f64, spread: f64, most: f64, rng: &mut dyn Rng) -> usize {
    let ln2 = core::f64::consts::LN_2;
    let drawn = log_normal(rng, mean * ln2, spread * ln2).clamp(12.0, most);
    // Clamped above: 12 to a few thousand.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 12 and `most`")]
    let bytes = drawn as usize;
    bytes
}
