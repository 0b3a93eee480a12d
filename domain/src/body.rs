//! The content of a file, before it is bytes on a disk.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use crate::gzip;

/// The content of a planted file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// As it is.
    Text(String),
    /// A rotated log, packed as logrotate(8) does.
    Gzip {
        /// The log, unpacked.
        plain: String,
        /// The log's modification time, which gzip keeps in its header.
        mtime: Timestamp,
    },
    /// Bytes that are no text of ours: a packed log, a mail.
    Bytes(Vec<u8>),
}

impl Body {
    /// The bytes on the disk. A rotated log is packed at each call: planning thousands of files
    /// shouldn't pay for what only delivery needs.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
            Self::Gzip { plain, mtime } => Cow::Owned(gzip::pack(plain.as_bytes(), *mtime)),
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The readable text.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Gzip { plain, .. } => plain,
            Self::Bytes(_) => "",
        }
    }
}

/// A body and the moment its file was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What stands in it.
    pub body: Body,
    /// The modification time that agrees with it.
    pub mtime: Timestamp,
}
