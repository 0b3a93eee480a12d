//! A file we planted, as its row has it.

use alloc::string::String;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::content_class::ContentClass;
use crate::decky::DeckyId;

/// The key of a `synthetic_files` row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub Uuid);

/// SHA-256 of a body, as 64 hexadecimal digits.
pub fn content_hash(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        put!(&mut out, "{byte:02x}");
    }
    out
}

/// `last_body` holds at most so many bytes.
pub const LAST_BODY_MAX: usize = 65_536;

/// The beginning of a text that fits into `last_body`, cut on a character boundary.
pub fn cap_body(text: &str) -> &str {
    let mut end = text.len().min(LAST_BODY_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A row of `synthetic_files`: a file we planted, as we last left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntheticFile {
    /// Its key. An upsert on `(decky, path)` keeps the key that is there.
    pub id: FileId,
    /// Which decky.
    pub decky: DeckyId,
    /// Where it lies.
    pub path: String,
    /// The name of the persona who writes it.
    pub persona: String,
    /// Its content class.
    pub class: ContentClass,
    /// When it was first planted.
    pub created_at: Timestamp,
    /// Its modification time.
    pub last_modified: Timestamp,
    /// How often it was edited.
    pub edit_count: u32,
    /// [`content_hash`] of the whole body.
    pub content_hash: String,
    /// [`cap_body`] of the body.
    pub last_body: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_on_a_character_boundary() {
        let text = alloc::format!("{}é", "x".repeat(LAST_BODY_MAX - 1));
        assert_eq!(cap_body(&text).len(), LAST_BODY_MAX - 1);
        assert_eq!(cap_body("short"), "short");
    }

    #[test]
    fn the_hash_is_sha256_in_hex() {
        // FIPS 180-4, the empty message.
        assert_eq!(content_hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
