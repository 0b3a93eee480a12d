//! PAX archives: plain ustar headers would leave every time on a whole second, a visible tell.

use decnet_domain::account::Owner;
use jiff::Timestamp;
use tar::{Builder, EntryType, Header};

/// An archive to unpack at `/`.
pub(crate) struct Tarball {
    builder: Builder<Vec<u8>>,
}

/// Owner, mode and time of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) owner: Owner,
    pub(crate) mode: u32,
    pub(crate) mtime: Timestamp,
}

impl Tarball {
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        Self { builder: Builder::new(Vec::with_capacity(bytes)) }
    }

    pub(crate) fn folder(&mut self, path: &str, meta: Meta) -> std::io::Result<()> {
        self.entry(EntryType::Directory, &format!("{}/", path.trim_start_matches('/')), meta, &[])
    }

    pub(crate) fn file(&mut self, path: &str, meta: Meta, bytes: &[u8]) -> std::io::Result<()> {
        self.entry(EntryType::Regular, path.trim_start_matches('/'), meta, bytes)
    }

    fn entry(&mut self, kind: EntryType, path: &str, meta: Meta, bytes: &[u8]) -> std::io::Result<()> {
        let mtime = format!("{}.{:09}", meta.mtime.as_second(), meta.mtime.subsec_nanosecond());
        // The path goes into the extended header too: there it may be long, and any UTF-8.
        self.builder.append_pax_extensions([("path", path.as_bytes()), ("mtime", mtime.as_bytes())])?;
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(meta.mode);
        header.set_uid(u64::from(meta.owner.uid));
        header.set_gid(u64::from(meta.owner.gid));
        header.set_mtime(u64::try_from(meta.mtime.as_second()).unwrap_or(0));
        header.set_size(bytes.len() as u64);
        // The short name in the plain header is a stand-in that the extended one replaces.
        header.set_path("x")?;
        header.set_cksum();
        self.builder.append(&header, bytes)
    }

    pub(crate) fn finish(self) -> std::io::Result<Vec<u8>> {
        self.builder.into_inner()
    }
}
