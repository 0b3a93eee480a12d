//! What a database file holds, without changing it.

use std::path::Path;

use decnet_ports::RepoError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, SqliteConnection};

/// What a `SQLite` file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The revision of the reference's schema, where it keeps one (since June 2026).
    pub reference_revision: Option<String>,
    /// How many tables there are, other than `SQLite`'s own.
    pub tables: usize,
    /// Whether this program has opened it before: its own tables are there.
    pub is_adopted: bool,
    /// What there is one row of each in the tables that this program reads or writes ("file", say), and how many
    /// there are; only of tables that are there.
    pub rows: Vec<(&'static str, i64)>,
}

/// What is counted, and under which condition.
const COUNTED: [(&str, &str, &str); 6] = [
    ("topology_deckies", "running topology decky", "WHERE state = 'running'"),
    ("fleet_deckies", "running fleet decky", "WHERE state = 'running'"),
    ("decky_shards", "running swarm decky", "WHERE state = 'running'"),
    ("synthetic_files", "file", ""),
    ("orchestrator_events", "event", ""),
    ("orchestrator_emails", "mail", ""),
];

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

pub(crate) fn overview(file: &Path) -> Result<Overview, RepoError> {
    if !file.is_file() {
        return Err(RepoError::Unavailable(format!("{} does not exist", file.display())));
    }
    let mut connection = SqliteConnection::establish(&read_only(file))
        .map_err(|e| RepoError::Unavailable(format!("can't open {}: {e}", file.display())))?;
    let mut words = |query: &str| -> Result<Vec<String>, RepoError> {
        let rows: Vec<Word> = diesel::sql_query(query).load(&mut connection).map_err(crate::error::failed)?;
        Ok(rows.into_iter().map(|row| row.word).collect())
    };
    let tables =
        words("SELECT name AS word FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    let reference_revision =
        if has("alembic_version") { words("SELECT version_num AS word FROM alembic_version")?.pop() } else { None };
    let mut rows = Vec::new();
    for (table, what, condition) in COUNTED.into_iter().filter(|(table, ..)| has(table)) {
        let query = format!("SELECT count(*) AS count FROM {table} {condition}");
        let count: Count = diesel::sql_query(query).get_result(&mut connection).map_err(crate::error::failed)?;
        rows.push((what, count.count));
    }
    Ok(Overview { reference_revision, tables: tables.len(), is_adopted: has("__diesel_schema_migrations"), rows })
}

/// The file as a URI that opens it for reading only. Bytes that mean something in a URI are escaped.
fn read_only(file: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = String::from("file:");
    for byte in file.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            // Writing to a String never fails.
            other => drop(write!(uri, "%{other:02x}")),
        }
    }
    uri.push_str("?mode=ro");
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_and_none_at_all_are_told_apart_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("with blank & 50%.db");
        assert!(overview(&file).is_err());
        assert!(!file.exists());
        std::fs::write(&file, "").unwrap();
        assert_eq!(overview(&file).unwrap(), Overview::default());
        std::fs::write(&file, "no database, but long enough to be taken for one: ".repeat(20)).unwrap();
        assert!(overview(&file).unwrap_err().to_string().contains("not a database"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
