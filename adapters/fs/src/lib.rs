//! The persona pool in a JSON file (contracts §4).

mod import;
mod pool;

pub use import::{ImportError, Imported, import};
pub use pool::{FilePool, PoolPath};
