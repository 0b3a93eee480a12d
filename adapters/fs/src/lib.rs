//! The persona pool in a JSON file, other programs' lists of people, and an operator's own texts in a folder.

mod content;
mod import;
mod pool;

pub use content::{ContentFolderError, load_content};
pub use import::{Encoding, Format, ImportError, NoList, NotText, PeopleFile, read_people};
pub use pool::{FilePool, PoolPath};
