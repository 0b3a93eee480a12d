//! A file as it is to lie on a decky.

use jiff::Timestamp;

use crate::account::Owner;
use crate::body::Body;
use crate::path::DeckyPath;

/// A file as it is to lie on a decky.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its path.
    pub path: DeckyPath,
    /// What stands in it.
    pub body: Body,
    /// Whose it is.
    pub owner: Owner,
    /// Permission bits, such as `0o644`.
    pub mode: u32,
    /// When it was last modified, to the nanosecond.
    pub mtime: Timestamp,
}
