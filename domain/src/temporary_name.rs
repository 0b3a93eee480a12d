//! Names that mkstemp(3) and rsync(1) would make.

use alloc::format;
use alloc::string::String;

use rand::{Rng, RngExt};

/// A name for a file's body until it is whole: the shape rsync(1) gives its own, `.name.XXXXXX`,
/// cut so that it stays a name.
pub fn temporary_name(beside: &str, rng: &mut dyn Rng) -> String {
    let name: String = beside.chars().take(40).collect();
    format!(".{name}.{}", mkstemp_tail(rng))
}

/// What mkstemp(3) puts in the place of `XXXXXX`: six letters and digits.
pub(crate) fn mkstemp_tail(rng: &mut dyn Rng) -> String {
    const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..6).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}
