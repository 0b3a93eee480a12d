//! What happened, and how much of it is kept.

use async_trait::async_trait;
use decnet_domain::decky::DeckyId;
use decnet_domain::record::{Event, EventKind, Outcome, PROTOCOL};
use decnet_ports::{Events, PruneCaps, Pruned, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::SqlRepo;
use crate::pool::{on, write_transaction};
use crate::rows::readable;
use crate::schema::orchestrator_events;
use crate::utc::RowTime;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = orchestrator_events, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct EventRow {
    uuid: String,
    ts: RowTime,
    kind: String,
    protocol: String,
    action: String,
    src_decky_uuid: Option<String>,
    dst_decky_uuid: String,
    success: bool,
    payload: String,
}

impl From<&Event> for EventRow {
    fn from(event: &Event) -> Self {
        Self {
            uuid: event.id.to_string(),
            ts: RowTime::of(event.ts),
            kind: event.what.kind().to_owned(),
            protocol: PROTOCOL.to_owned(),
            action: event.what.action().to_owned(),
            src_decky_uuid: event.source.as_ref().map(|id| id.as_str().to_owned()),
            dst_decky_uuid: event.target.as_str().to_owned(),
            success: event.outcome.is_success(),
            payload: event.payload.to_json().to_string(),
        }
    }
}

impl TryFrom<EventRow> for Event {
    type Error = RepoError;

    fn try_from(row: EventRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("orchestrator_events {}: {what}", row.uuid));
        Ok(Self {
            id: row.uuid.parse().map_err(|_| corrupt("uuid"))?,
            ts: row.ts.at().ok_or_else(|| corrupt("ts"))?,
            what: EventKind::ALL.into_iter().find(|k| k.action() == row.action).ok_or_else(|| corrupt("action"))?,
            payload: serde_json::from_str(&row.payload).map_err(|e| corrupt(&format!("payload: {e}")))?,
            source: row.src_decky_uuid.map(DeckyId::new),
            target: DeckyId::new(row.dst_decky_uuid),
            outcome: if row.success { Outcome::Success } else { Outcome::Failure },
        })
    }
}

#[async_trait]
impl Events for SqlRepo {
    async fn recent_events(&self, limit: u32) -> Result<Vec<Event>, RepoError> {
        let rows: Vec<EventRow> = on!(self, conn => orchestrator_events::table
            .order((orchestrator_events::ts.desc(), orchestrator_events::uuid.desc()))
            .limit(i64::from(limit))
            .select(EventRow::as_select())
            .load(conn).await)?;
        Ok(readable(rows))
    }

    async fn prune(&self, caps: PruneCaps) -> Result<Pruned, RepoError> {
        let events = self.prune_table("orchestrator_events", "dst_decky_uuid", caps.events).await?;
        let emails = self.prune_table("orchestrator_emails", "mail_decky_uuid", caps.emails).await?;
        if emails > 0 {
            let orphans =
                "DELETE FROM orchestrator_mail_copies WHERE email_uuid NOT IN (SELECT uuid FROM orchestrator_emails)";
            on!(self, conn => diesel::sql_query(orphans).execute(conn).await)?;
        }
        Ok(Pruned { events, emails })
    }
}

#[derive(QueryableByName)]
struct Above {
    #[diesel(sql_type = diesel::sql_types::Text)]
    owner: String,
}

impl SqlRepo {
    /// Removes the oldest rows above `cap` of each owner. Mostly one statement, over an index
    /// alone, that finds nobody above the cap; where there is somebody, one more.
    async fn prune_table(&self, table: &'static str, owner: &'static str, cap: u32) -> Result<u64, RepoError> {
        // The names are constants of this crate, and the cap a number: nothing foreign enters the text.
        let find = format!("SELECT {owner} AS owner FROM {table} GROUP BY {owner} HAVING COUNT(*) > {cap}");
        let above: Vec<Above> = on!(self, conn => diesel::sql_query(find).load(conn).await)?;
        if above.is_empty() {
            return Ok(0);
        }
        let marks = vec!["?"; above.len().min(MOST_OWNERS)].join(", ");
        // A derived table: MySQL can't delete from what its own subquery reads.
        let delete = format!(
            "DELETE FROM {table} WHERE uuid IN (SELECT uuid FROM (\
               SELECT uuid, ROW_NUMBER() OVER (PARTITION BY {owner} ORDER BY ts DESC, uuid DESC) AS place \
               FROM {table} WHERE {owner} IN ({marks})) AS ranked WHERE place > {cap})"
        );
        let removed = write_transaction!(self, conn => {
            let mut query = diesel::sql_query(delete).into_boxed();
            for row in above.iter().take(MOST_OWNERS) {
                query = query.bind::<diesel::sql_types::Text, _>(row.owner.clone());
            }
            query.execute(conn).await
        })?;
        Ok(removed as u64)
    }
}

/// Owners pruned at once: below the 32,766 variables `SQLite` binds. The rest waits for the next prune.
const MOST_OWNERS: usize = 30_000;
