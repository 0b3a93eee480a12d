//! What diesel's errors mean for a caller.

use decnet_ports::RepoError;

/// Sorts diesel's errors by what the caller can do about them.
pub(crate) fn failed(error: diesel::result::Error) -> RepoError {
    use diesel::result::{DatabaseErrorKind as Kind, Error};
    let text = error.to_string();
    match error {
        Error::DatabaseError(Kind::UniqueViolation, _) => RepoError::Conflict(text),
        Error::DatabaseError(Kind::ClosedConnection, _) => RepoError::Unavailable(text),
        Error::DatabaseError(..) if text.contains("locked") || text.contains("busy") => RepoError::Unavailable(text),
        Error::DeserializationError(_) => RepoError::Corrupt(text),
        _ => RepoError::Backend(text),
    }
}
