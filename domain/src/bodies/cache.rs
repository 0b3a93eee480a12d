//! Scratch files of programs: opaque state, of uneven size.

use alloc::string::String;

use rand::{Rng, RngExt};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A base64 text in lines of 76, a few dozen bytes to a few thousand.
pub(super) fn make(rng: &mut dyn Rng) -> String {
    // Sizes of such files spread over orders of magnitude, so the exponent is what is uniform.
    let groups = 8 << rng.random_range(0..7_u32);
    let groups = rng.random_range(groups..groups * 2);
    let mut out = String::with_capacity(groups * 4 + groups / 19 + 2);
    for group in 0..groups {
        if group > 0 && group % 19 == 0 {
            out.push('\n');
        }
        let mut bits = rng.random::<u32>();
        for _ in 0..4 {
            out.push(char::from(ALPHABET[(bits & 63) as usize]));
            bits >>= 6;
        }
    }
    out.push('\n');
    out
}
