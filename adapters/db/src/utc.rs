//! A time column.

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

impl ToSql<sql_types::Timestamp, Sqlite> for Utc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        let local = TimeZone::UTC.to_datetime(decnet_domain::record::row_time(self.0));
        out.set_value(format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
            local.subsec_nanosecond() / 1_000
        ));
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
