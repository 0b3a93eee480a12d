//! Where things of a DECNET installation are on this host.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::environment;

/// The name of the database file, wherever it is.
const DATABASE: &str = "decnet.db";

/// The roots that places are looked up from.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// `/`, or the folder that stands for it.
    pub(crate) root: PathBuf,
    /// What relative paths are relative to.
    pub(crate) working_folder: PathBuf,
    /// The user's home folder.
    pub(crate) home: Option<PathBuf>,
}

impl Places {
    /// Those of the machine that this process runs on.
    pub(crate) fn of_this_host() -> Self {
        // A working folder that is gone has no files in it either.
        let working_folder = std::env::current_dir().unwrap_or_default();
        Self { root: PathBuf::from("/"), working_folder, home: environment::home() }
    }

    /// Those that the service unit has, on a host whose files lie below `root`.
    pub(crate) fn of_the_service(root: &Path) -> Self {
        let root = root.to_owned();
        Self { working_folder: root.join("var/lib/decnet"), home: None, root }
    }

    /// Where an absolute path of the host is.
    pub(crate) fn at(&self, absolute: impl AsRef<Path>) -> PathBuf {
        let absolute = absolute.as_ref();
        self.root.join(absolute.strip_prefix("/").unwrap_or(absolute))
    }

    /// A path as the host itself has it.
    pub(crate) fn on_host(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).map_or_else(|_| path.to_owned(), |below| Path::new("/").join(below))
    }

    /// Where the reference's code is, and with it, by its defaults, the live `SQLite` file.
    pub(crate) fn reference(&self) -> PathBuf {
        self.at("/opt/DECNET")
    }

    /// Where the reference may have its database, the likelier place first.
    pub(crate) fn reference_databases(&self) -> Vec<PathBuf> {
        let mut places = Vec::new();
        // A checkout: the database lies beside the package.
        if self.working_folder.join("decnet/__init__.py").is_file() {
            places.push(self.working_folder.join(DATABASE));
        }
        let installed = self.reference().join(DATABASE);
        if !places.contains(&installed) {
            places.push(installed);
        }
        places
    }

    /// The reference's database where it is there, else the place of one of ours.
    pub(crate) fn find_database(&self, notes: &mut Vec<String>) -> PathBuf {
        let own = self.own_database();
        let mut there: Vec<PathBuf> = self.reference_databases().into_iter().filter(|file| file.is_file()).collect();
        if there.is_empty() {
            return own;
        }
        let found = there.remove(0);
        if access(&found, Access::WRITE_OK).is_err() {
            notes.push(format!(
                "{} is there, and this user may not write to it: run as the user that DECNET's workers run as \
                 (sudo -u decnet), or name another file in DECNET_DB_URL",
                found.display()
            ));
        }
        there.extend(own.is_file().then_some(own));
        for other in there {
            notes.push(format!(
                "two databases are there: {} is used, for DECNET's other workers keep their rows in it, and {} is \
                 left alone; DECNET_DB_URL names one for certain",
                found.display(),
                other.display()
            ));
        }
        found
    }

    /// `/var/lib/decnet/decnet.db` where that folder can be written, else `~/.decnet/decnet.db`.
    pub(crate) fn own_database(&self) -> PathBuf {
        let system = self.at("/var/lib/decnet");
        match &self.home {
            Some(home) if access(&system, Access::WRITE_OK | Access::EXEC_OK).is_err() => {
                home.join(".decnet").join(DATABASE)
            }
            _ => system.join(DATABASE),
        }
    }

    /// A relative path is relative to the working folder; where nothing is there, to the reference's, from which
    /// an environment file that both read may have it.
    pub(crate) fn resolve(&self, file: PathBuf, notes: &mut Vec<String>) -> PathBuf {
        if file.is_absolute() || self.working_folder.join(&file).exists() {
            return file;
        }
        let of_reference = self.reference().join(&file);
        if !of_reference.is_file() {
            return file;
        }
        notes.push(format!(
            "{} is not in the working folder {}; {} is used: write the whole path in DECNET_DB_URL",
            file.display(),
            self.working_folder.display(),
            of_reference.display()
        ));
        of_reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    fn host(folder: &tempfile::TempDir) -> Places {
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("var/lib/decnet")).unwrap();
        std::fs::create_dir_all(at("work")).unwrap();
        Places { root: folder.path().to_owned(), working_folder: at("work"), home: Some(at("home/ann")) }
    }

    #[test]
    fn a_new_database_is_the_systems_where_it_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut places = host(&folder);
        let mut notes = Vec::new();
        assert_eq!(places.find_database(&mut notes), folder.path().join("var/lib/decnet/decnet.db"));
        places.root = PathBuf::from("/nonexistent");
        assert_eq!(places.find_database(&mut notes), folder.path().join("home/ann/.decnet/decnet.db"));
        assert_eq!(notes, Vec::<String>::new());
    }

    #[test]
    fn the_references_live_file_is_found_before_a_new_one_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let places = host(&folder);
        let live = folder.path().join("opt/DECNET/decnet.db");
        touch(&live);
        let mut notes = Vec::new();
        assert_eq!(places.find_database(&mut notes), live);
        assert_eq!(notes, Vec::<String>::new());
        // One of ours beside it is left alone, and that is said.
        let own = folder.path().join("var/lib/decnet/decnet.db");
        touch(&own);
        assert_eq!(places.find_database(&mut notes), live);
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains(own.to_str().unwrap()) && notes[0].contains("DECNET_DB_URL"), "{notes:?}");
    }

    #[test]
    fn a_checkout_of_the_reference_has_its_own_database() {
        let folder = tempfile::tempdir().unwrap();
        let places = host(&folder);
        touch(&folder.path().join("work/decnet.db"));
        let mut notes = Vec::new();
        assert_eq!(places.find_database(&mut notes), folder.path().join("var/lib/decnet/decnet.db"));
        touch(&folder.path().join("work/decnet/__init__.py"));
        assert_eq!(places.find_database(&mut notes), folder.path().join("work/decnet.db"));
    }

    #[test]
    fn a_relative_path_is_looked_up_where_both_programs_may_mean_it() {
        let folder = tempfile::tempdir().unwrap();
        let places = host(&folder);
        let mut notes = Vec::new();
        assert_eq!(places.resolve(PathBuf::from("x.db"), &mut notes), Path::new("x.db"));
        touch(&folder.path().join("opt/DECNET/x.db"));
        assert_eq!(places.resolve(PathBuf::from("x.db"), &mut notes), folder.path().join("opt/DECNET/x.db"));
        assert_eq!(notes.len(), 1);
        touch(&folder.path().join("work/x.db"));
        assert_eq!(places.resolve(PathBuf::from("x.db"), &mut notes), Path::new("x.db"));
        assert_eq!(notes.len(), 1);
    }
}
