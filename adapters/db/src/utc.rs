//! Time columns.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use diesel::sqlite::Sqlite;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A moment in UTC, to the microsecond.
///
/// On `SQLite` it is text of the form `YYYY-MM-DD HH:MM:SS.ffffff`: other programs on the same
/// database read only that, and the order of the texts is the order of the times. The form with a
/// `T` is understood too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Timestamp)]
pub(crate) struct Utc(pub(crate) Timestamp);

/// `YYYY-MM-DD HH:MM:SS.ffffff`.
fn text(at: Timestamp) -> String {
    let local = TimeZone::UTC.to_datetime(decnet_domain::record::row_time(at));
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.subsec_nanosecond() / 1_000
    )
}

impl ToSql<sql_types::Timestamp, Sqlite> for Utc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Timestamp, Sqlite> for Utc {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<sql_types::Text, Sqlite>>::from_sql(value)?;
        let local: DateTime = text.trim_end_matches('Z').parse().map_err(|e| format!("{text:?} is no time: {e}"))?;
        Ok(Self(TimeZone::UTC.to_timestamp(local)?))
    }
}

/// The time of a row. What can't be read is kept as such, for diesel would give up the whole answer for one bad
/// row; whoever makes something of the row decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Timestamp)]
pub(crate) struct RowTime(Option<Timestamp>);

impl RowTime {
    pub(crate) fn of(at: Timestamp) -> Self {
        Self(Some(at))
    }

    /// The moment; `None` when the column holds no time.
    pub(crate) fn at(self) -> Option<Timestamp> {
        self.0
    }
}

impl ToSql<sql_types::Timestamp, Sqlite> for RowTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text(self.0.ok_or("no time to write")?));
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Timestamp, Sqlite> for RowTime {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Utc::from_sql(value).ok().map(|utc| utc.0)))
    }
}
