//! gzip members as logrotate(8) leaves them.

use alloc::vec::Vec;

use jiff::Timestamp;
use miniz_oxide::deflate::compress_to_vec;

/// Packs `plain` as `gzip` (level 6) does a file read from standard input: the modification time
/// in whole seconds, OS 3 (Unix), no file name (RFC 1952 §2.3).
pub(super) fn pack(plain: &[u8], mtime: Timestamp) -> Vec<u8> {
    let seconds = u32::try_from(mtime.as_second()).unwrap_or(0);
    let length = u32::try_from(plain.len() & 0xffff_ffff).unwrap_or(0);
    let deflated = compress_to_vec(plain, 6);
    let mut out = Vec::with_capacity(deflated.len() + 18);
    out.extend_from_slice(&[0x1f, 0x8b, 8, 0]);
    out.extend_from_slice(&seconds.to_le_bytes());
    out.extend_from_slice(&[0, 3]);
    out.extend_from_slice(&deflated);
    out.extend_from_slice(&crc32fast::hash(plain).to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out
}
