//! What an archive has to hold so that planting by it leaves exactly what was asked for: which requests
//! can be, and which folders get an entry of their own.

use std::collections::BTreeMap;

use decnet_domain::account::Owner;
use decnet_ports::{DriverError, PlantMode, PlantRequest, Refusal};
use jiff::Timestamp;

use crate::stat::{Stat, StatKind};
use crate::tarball::Meta;

/// A file to unpack.
pub(crate) struct Unpacked<'a> {
    pub(crate) request: &'a PlantRequest,
    pub(crate) meta: Meta,
    /// What was there before.
    pub(crate) old: Option<Old>,
}

/// A file as it was before it was replaced.
pub(crate) struct Old {
    pub(crate) meta: Meta,
    pub(crate) bytes: Vec<u8>,
}

/// A folder that gets an entry: one to make, or one that holds something new.
pub(crate) struct Folder {
    pub(crate) path: String,
    /// Whose files are the reason.
    pub(crate) owner: Owner,
    pub(crate) mode: u32,
    /// The latest time that a file in it gives it.
    pub(crate) latest: Timestamp,
}

/// `/a/b` → `/a`, `/a/b`; nothing for the root.
pub(crate) fn prefixes(folder: &str) -> Vec<String> {
    let ends = folder.match_indices('/').map(|(at, _)| at).skip(1).chain([folder.len()]);
    ends.filter(|end| *end > 1).map(|end| folder[..end].to_owned()).collect()
}

/// Whether a request can be carried out where these things lie.
pub(crate) fn check(
    request: &PlantRequest,
    folders: &BTreeMap<String, Option<Stat>>,
    target: Option<&Stat>,
) -> Result<(), DriverError> {
    let refused = |reason| Err(DriverError::Refused { path: request.path.to_string(), reason });
    for folder in prefixes(request.path.parent()) {
        match folders.get(&folder).and_then(Option::as_ref).map(|s| s.kind) {
            None | Some(StatKind::Folder) => {}
            Some(StatKind::Symlink) => return refused(Refusal::Symlink),
            Some(StatKind::File | StatKind::Other) => return refused(Refusal::NotAFile),
        }
    }
    match (&request.plant, target.map(|t| t.kind)) {
        (_, Some(StatKind::Symlink)) => refused(Refusal::Symlink),
        (PlantMode::CreateNew, Some(_)) => Err(exists(request)),
        (PlantMode::Replace { .. }, Some(StatKind::Folder | StatKind::Other)) => refused(Refusal::NotAFile),
        (PlantMode::Replace { .. }, None) => refused(Refusal::Missing),
        (PlantMode::CreateNew, None) | (PlantMode::Replace { .. }, Some(StatKind::File)) => Ok(()),
    }
}

pub(crate) fn exists(request: &PlantRequest) -> DriverError {
    DriverError::Exists { path: request.path.to_string() }
}

/// The folders that need an entry, outermost first: the ones to make, and the ones that hold something new,
/// which get their old time back unless something in them is later.
pub(crate) fn folders<'a>(
    files: impl Iterator<Item = &'a PlantRequest>,
    known: &BTreeMap<String, Option<Stat>>,
) -> Vec<Folder> {
    let mut touched: BTreeMap<String, Folder> = BTreeMap::new();
    for request in files {
        let way = prefixes(request.path.parent());
        for (at, path) in way.iter().enumerate() {
            let is_new = |folder: &String| known.get(folder).is_none_or(Option::is_none);
            let holds_new = way.get(at + 1).is_none_or(is_new);
            if !is_new(path) && !holds_new {
                continue;
            }
            // Replacing a file is no new entry: the folder gets its own time back.
            let latest = match request.plant {
                PlantMode::CreateNew => request.folder_time(way.len() - 1 - at),
                PlantMode::Replace { .. } => Timestamp::MIN,
            };
            let folder = touched.entry(path.clone()).or_insert_with(|| Folder {
                path: path.clone(),
                owner: request.owner,
                mode: request.folder_mode,
                latest,
            });
            folder.latest = folder.latest.max(latest);
        }
        let is_new = |folder: &str| known.get(folder).is_none_or(Option::is_none);
        if is_new(request.path.parent()) {
            for path in beside(request).filter(|path| is_new(path)) {
                let (owner, mode, latest) = (request.owner, request.folder_mode, request.folder_time(1));
                touched.entry(path.clone()).or_insert(Folder { path, owner, mode, latest });
            }
        }
    }
    touched.into_values().collect()
}

/// The folders that are made beside the file's own, if that has to be made.
pub(crate) fn beside(request: &PlantRequest) -> impl Iterator<Item = String> + '_ {
    let above = request.path.parent().rsplit_once('/').map_or("", |(above, _)| above);
    request.beside.iter().map(move |name| format!("{above}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_the_folders_on_the_way() {
        assert_eq!(prefixes("/home/ann/x"), ["/home", "/home/ann", "/home/ann/x"]);
        assert_eq!(prefixes("/tmp"), ["/tmp"]);
        assert!(prefixes("/").is_empty());
    }
}
