//! The persona pool in a JSON file (contracts §4), and an operator's own texts in a folder.

mod content;
mod import;
mod pool;

pub use content::{ContentFolderError, load_content};
pub use import::{ImportError, Imported, import};
pub use pool::{FilePool, PoolPath};
