//! PAX archives: plain ustar headers would leave every time on a whole second, a visible tell.

use std::collections::BTreeSet;
use std::io::Read;

use decnet_domain::account::Owner;
use decnet_ports::DriverError;
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
        let mtime = decimal(meta.mtime);
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

/// Seconds since the epoch as a decimal number with nine digits behind the point, negative before 1970: as pax(1) has
/// times, and touch(1) after an `@`.
pub(crate) fn decimal(at: Timestamp) -> String {
    let sign = if at < Timestamp::UNIX_EPOCH { "-" } else { "" };
    format!("{sign}{}.{:09}", at.as_second().unsigned_abs(), at.subsec_nanosecond().unsigned_abs())
}

/// Whose the first entry of an archive is.
pub(crate) fn first_owner(archive: &[u8]) -> Option<Owner> {
    let mut archive = tar::Archive::new(archive);
    let entry = archive.entries().ok()?.next()?.ok()?;
    let number = |n: std::io::Result<u64>| n.ok().and_then(|n| u32::try_from(n).ok());
    Some(Owner { uid: number(entry.header().uid())?, gid: number(entry.header().gid())? })
}

/// Where the first entry of an archive points, as it is written there, if it is a symbolic link.
pub(crate) fn first_target(archive: &[u8]) -> Option<String> {
    let mut archive = tar::Archive::new(archive);
    let entry = archive.entries().ok()?.next()?.ok()?;
    let target = entry.link_name_bytes()?;
    entry.header().entry_type().is_symlink().then(|| String::from_utf8_lossy(&target).into_owned())
}

/// The one regular file of an archive, if it is whole.
pub(crate) fn only_file(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let size = usize::try_from(entry.size()).ok()?;
    let mut bytes = Vec::with_capacity(size.min(1 << 20));
    entry.read_to_end(&mut bytes).ok()?;
    (bytes.len() == size && entry.header().entry_type().is_file()).then_some(bytes)
}

/// The names in the folder that an archive was made of, in whose first entry it stands itself.
pub(crate) fn names(archive: &[u8]) -> Option<BTreeSet<String>> {
    let mut archive = tar::Archive::new(archive);
    let mut names = BTreeSet::new();
    for entry in archive.entries().ok()? {
        let entry = entry.ok()?;
        let path = entry.path_bytes();
        let mut parts = path.split(|b| *b == b'/').skip(1);
        if let Some(name) = parts.next().filter(|name| !name.is_empty()) {
            names.insert(String::from_utf8_lossy(name).into_owned());
        }
    }
    Some(names)
}

/// Why an archive could not be made, as the driver has it.
pub(crate) fn not_packed(error: &std::io::Error) -> DriverError {
    DriverError::Failed { rc: -1, stderr: format!("the archive could not be made: {error}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_1970_is_one_decimal_number() {
        let at = |text: &str| decimal(text.parse().unwrap());
        assert_eq!(at("1960-01-01T00:00:00.5Z"), "-315619199.500000000");
        assert_eq!(at("1969-12-31T23:59:59.75Z"), "-0.250000000");
        assert_eq!(at("1970-01-01T00:00:01.000000007Z"), "1.000000007");
    }
}
