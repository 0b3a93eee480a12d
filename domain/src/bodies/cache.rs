//! Scratch files of programs: opaque state, of uneven size.

use alloc::string::String;

use rand::{Rng, RngExt};

use super::class_files::ScratchFiles;
use crate::noise::BASE64;
use crate::temporary_name::mkstemp_tail;

/// The files of this class.
pub(crate) const FILES: ScratchFiles =
    ScratchFiles { path: |rng| alloc::format!("/tmp/.cache-{}", mkstemp_tail(rng)), make, mode: 0o600 };

/// A base64 text in lines of 76, a few dozen bytes to a few thousand.
fn make(rng: &mut dyn Rng) -> String {
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
            out.push(char::from(BASE64[(bits & 63) as usize]));
            bits >>= 6;
        }
    }
    out.push('\n');
    out
}
