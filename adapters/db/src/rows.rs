//! Rows that may make no sense.

use decnet_ports::RepoError;

/// The rows that make sense: one bad row, another program's or an older one's, is told of and stops none of the
/// others.
pub(crate) fn readable<R, T: TryFrom<R, Error = RepoError>>(rows: Vec<R>) -> Vec<T> {
    let told = |row: Result<T, RepoError>| row.inspect_err(|error| tracing::warn!(error = %error, "row left out")).ok();
    rows.into_iter().map(T::try_from).filter_map(told).collect()
}
