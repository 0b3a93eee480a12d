//! Reading a list of people as other programs write it, and installing it as the pool
//! (`decnet realism import-personas`).

mod encoding;
mod format;
mod hours;
mod keys;
mod lists;
mod person;
mod values;
mod week;
mod zones;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use decnet_domain::persona::{EntryError, Language, Persona};
use serde_json::{Map, Value};

pub use encoding::{Encoding, NotText};
pub use format::{Format, NoList};

/// A file this large is no list of people.
const LARGEST: u64 = 16 << 20;
/// More people than any installation has.
const MOST_ENTRIES: usize = 10_000;

/// A list of people, read and not yet installed.
#[derive(Debug)]
pub struct PeopleFile {
    /// How it is written.
    pub format: Format,
    /// How its bytes stand for letters.
    pub encoding: Encoding,
    /// How many entries it has.
    pub entries: usize,
    /// What is to be said of the whole: which keys of other programs were read as which of the pool.
    pub remarks: Vec<String>,
    /// Keys whose values look like passwords, and stay in the pool like all that isn't known.
    pub secrets: Vec<String>,
    /// How unusual values were read, and which were left out.
    pub notices: Vec<EntryError>,
    /// Why entries were left out: every fault of each.
    pub rejected: Vec<EntryError>,
    accepted: Vec<Value>,
}

/// Why nothing was imported; what was there is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The source.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The source is too large.
    #[error("{} is larger than {} MiB, which no list of people is; the pool was left as it is", path.display(), LARGEST >> 20)]
    TooLarge {
        /// The source.
        path: PathBuf,
    },
    /// The source is no text.
    #[error("{}: {reason}; the pool was left as it is", path.display())]
    NotText {
        /// The source.
        path: PathBuf,
        /// What it is.
        reason: NotText,
    },
    /// The source has no list of people.
    #[error("{}: {reason}; the pool was left as it is", path.display())]
    NoList {
        /// The source.
        path: PathBuf,
        /// Why.
        reason: NoList,
    },
    /// Not one entry can be used.
    #[error("no entry of {} can be used; the pool was left as it is", path.display())]
    NoneValid {
        /// The source.
        path: PathBuf,
        /// Why each was left out.
        rejected: Vec<EntryError>,
    },
    /// The destination can't be written.
    #[error("{} can't be written", path.display())]
    Unwritable {
        /// The destination.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Reads a list of people: JSON (a list, one object, an object that holds the list, an object a line) or a table, in
/// any encoding of Windows, with the keys of the pool or of other programs. At most 16 MiB and 10,000 entries.
///
/// # Errors
/// When the file can't be read, or has no entry that can be used.
pub fn read_people(path: &Path) -> Result<PeopleFile, ImportError> {
    let own = || path.to_owned();
    let unreadable = |source| ImportError::Unreadable { path: own(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(unreadable)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ImportError::TooLarge { path: own() });
    }
    let (text, encoding) = encoding::decode(&bytes).map_err(|reason| ImportError::NotText { path: own(), reason })?;
    let list = format::entries(&text, MOST_ENTRIES);
    let list = list.map_err(|reason| ImportError::NoList { path: own(), reason })?;
    let file = people(list, encoding);
    if file.accepted.is_empty() {
        return Err(ImportError::NoneValid { path: own(), rejected: file.rejected });
    }
    Ok(file)
}

fn people(list: format::List, encoding: Encoding) -> PeopleFile {
    let format::List { format, entries, is_mended } = list;
    let mut file = PeopleFile {
        format,
        encoding,
        entries: entries.len(),
        remarks: Vec::new(),
        secrets: Vec::new(),
        notices: Vec::new(),
        rejected: Vec::new(),
        accepted: Vec::new(),
    };
    if is_mended {
        let passed_over =
            "comments, a comma before a closing bracket or line breaks in a text are no JSON; they were passed over";
        file.remarks.push(passed_over.to_owned());
    }
    let mut addresses = BTreeMap::new();
    // Key of ours, and the keys that were read as it.
    let mut keys: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let read = match entry {
            Ok(object) => person::read(&object).map_err(|faults| (name_of(&object), faults)),
            Err(reason) => Err((None, vec![("entry", reason)])),
        };
        let remark = |who: &Option<String>, (field, text): (&'static str, String)| {
            let reason = who.as_ref().map_or_else(|| text.clone(), |who| format!("{text} ({who})"));
            EntryError { index, field, reason }
        };
        let read = match read {
            Ok(read) => read,
            Err((who, faults)) => {
                file.rejected.extend(faults.into_iter().map(|fault| remark(&who, fault)));
                continue;
            }
        };
        let who = name_of(&read.entry);
        let address = read.entry.get("email").and_then(Value::as_str).unwrap_or_default().to_lowercase();
        if let Some((first, name)) = addresses.get(&address) {
            let text =
                format!("{address} is already that of entry {first} ({name}), which is taken; give another address");
            file.rejected.push(remark(&who, ("email", text)));
            continue;
        }
        let entry = Value::Object(read.entry);
        // What the pool's own rules say of it counts in the end.
        let mut open = Vec::new();
        let persona = match Persona::parse(index, &entry, Language::EN, &mut open) {
            Ok(persona) => persona,
            Err(faults) => {
                file.rejected.extend(faults.into_iter().map(|fault| remark(&who, (fault.field, fault.reason))));
                continue;
            }
        };
        file.notices.extend(split_name(&persona).map(|text| EntryError { index, field: "name", reason: text }));
        addresses.insert(address, (index, who.clone().unwrap_or_default()));
        file.notices.extend(read.notes.into_iter().map(|note| remark(&who, note)));
        file.notices.extend(open.into_iter().map(|note| remark(&who, (note.field, note.reason))));
        for (from, to) in read.keys {
            let known = keys.entry(to).or_default();
            if !known.contains(&from) {
                known.push(from);
            }
        }
        for secret in read.secrets {
            if !file.secrets.contains(&secret) {
                file.secrets.push(secret);
            }
        }
        file.accepted.push(entry);
    }
    file.remarks.extend(keys.into_iter().map(|(to, from)| format!("{to} is read from {}", from.join(", "))));
    file
}

/// How a name was split, where it isn't given name before family name.
fn split_name(persona: &Persona) -> Option<String> {
    let (name, first, family) = (&persona.name, persona.called(), persona.person_name().family());
    if name.split(' ').next() == Some(first) || *name == first {
        return None;
    }
    let family = if family.is_empty() { String::new() } else { format!(", with the family name {family:?}") };
    Some(format!(
        "{:?} is called {first:?}{family}; the keys first_name and last_name change that",
        format::short(name)
    ))
}

/// Whom an entry is about, for a message.
fn name_of(entry: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    ["name", "Name", "displayName", "email"].into_iter().find_map(text).map(format::short)
}

impl PeopleFile {
    /// How many people can be installed.
    pub fn accepted(&self) -> usize {
        self.accepted.len()
    }

    /// Installs the people at `destination`, in one step: a reader sees the old pool or the new one. Keys that
    /// aren't known are kept.
    ///
    /// # Errors
    /// When the destination can't be written; what was there is untouched then.
    pub fn install(&self, destination: &Path) -> Result<(), ImportError> {
        let failed = |source| ImportError::Unwritable { path: destination.to_owned(), source };
        write(destination, &self.accepted).map_err(failed)
    }
}

fn write(destination: &Path, entries: &[Value]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = destination.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, entries)?;
    file.write_all(b"\n")?;
    // The worker and the dashboard run as other users than whoever imports.
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(destination)?;
    Ok(())
}

#[cfg(test)]
mod tests;
