//! Pending notes, and the one transaction that records what came of them.

use async_trait::async_trait;
use decnet_domain::record::{Pending, row_time};
use decnet_ports::{Completion, Journal, Record, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::SqlRepo;
use crate::events::EventRow;
use crate::files::FileRow;
use crate::mails::{CopyRow, EmailRow};
use crate::pool::{on, write_transaction};
use crate::rows::readable;
use crate::schema::{
    orchestrator_emails, orchestrator_events, orchestrator_file_marks as marks, orchestrator_mail_copies as copies,
    orchestrator_pending as pending, synthetic_files,
};
use crate::utc::{RowTime, Utc};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pending, check_for_backend(diesel::sqlite::Sqlite))]
struct PendingRow {
    uuid: String,
    container: String,
    decky_name: String,
    begun: RowTime,
    changes: String,
    effect: String,
}

impl TryFrom<&Pending> for PendingRow {
    type Error = RepoError;

    fn try_from(note: &Pending) -> Result<Self, RepoError> {
        let unwritable = |e: serde_json::Error| RepoError::Backend(format!("a pending note can't be written: {e}"));
        Ok(Self {
            uuid: note.id.to_string(),
            container: note.container.clone(),
            decky_name: note.decky_name.clone(),
            begun: RowTime::of(row_time(note.begun)),
            changes: serde_json::to_string(&note.changes).map_err(unwritable)?,
            effect: serde_json::to_string(&note.effect).map_err(unwritable)?,
        })
    }
}

impl TryFrom<PendingRow> for Pending {
    type Error = RepoError;

    fn try_from(row: PendingRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("orchestrator_pending {}: {what}", row.uuid));
        Ok(Self {
            id: row.uuid.parse().map_err(|_| corrupt("uuid"))?,
            changes: serde_json::from_str(&row.changes).map_err(|e| corrupt(&format!("changes: {e}")))?,
            effect: serde_json::from_str(&row.effect).map_err(|e| corrupt(&format!("effect: {e}")))?,
            container: row.container,
            decky_name: row.decky_name,
            begun: row.begun.at().ok_or_else(|| corrupt("begun"))?,
        })
    }
}

/// One record, as its row.
enum Write {
    Event(EventRow),
    File(FileRow),
    FileGone(String),
    Tampered(String, Utc),
    Email(EmailRow),
    Copy(CopyRow),
    CopyChanged(CopyRow),
}

impl From<&Record> for Write {
    fn from(record: &Record) -> Self {
        match record {
            Record::Event(event) => Self::Event(event.into()),
            Record::File(file) => Self::File(file.into()),
            Record::FileGone(file) => Self::FileGone(file.0.to_string()),
            Record::FileTampered(file, at) => Self::Tampered(file.0.to_string(), Utc(row_time(*at))),
            Record::Email(email) => Self::Email(email.into()),
            Record::Copy(copy) => Self::Copy(copy.into()),
            Record::CopyChanged(copy) => Self::CopyChanged(copy.into()),
        }
    }
}

#[async_trait]
impl Journal for SqlRepo {
    async fn begin(&self, note: &Pending) -> Result<(), RepoError> {
        let row = PendingRow::try_from(note)?;
        on!(self, conn => diesel::insert_into(pending::table).values(row).execute(conn).await)?;
        Ok(())
    }

    async fn commit(&self, done: &Completion) -> Result<(), RepoError> {
        use orchestrator_emails as e;
        use synthetic_files as f;
        let writes: Vec<Write> = done.records.iter().map(Write::from).collect();
        let note = done.pending.map(|id| id.to_string());
        write_transaction!(self, conn => {
            for write in writes {
                match write {
                    Write::Event(row) => {
                        diesel::insert_into(orchestrator_events::table).values(row).execute(conn).await?;
                    }
                    Write::File(row) => {
                        // A path we planted before is patched, in the same statement that would insert it.
                        let patch = (
                            f::last_modified.eq(row.last_modified),
                            f::content_hash.eq(row.content_hash.clone()),
                            f::last_body.eq(row.last_body.clone()),
                            f::edit_count.eq(f::edit_count + 1),
                        );
                        diesel::insert_into(f::table)
                            .values(row)
                            .on_conflict((f::decky_uuid, f::path))
                            .do_update()
                            .set(patch)
                            .execute(conn)
                            .await?;
                    }
                    Write::FileGone(file) => {
                        diesel::delete(f::table.find(file)).execute(conn).await?;
                    }
                    Write::Tampered(file, at) => {
                        let mark = (marks::file_uuid.eq(file), marks::mark.eq("tampered"), marks::marked_at.eq(at));
                        diesel::insert_into(marks::table).values(mark).on_conflict_do_nothing().execute(conn).await?;
                    }
                    Write::Email(row) => {
                        let patch = (
                            e::success.eq(row.success),
                            e::payload.eq(row.payload.clone()),
                            e::eml_path.eq(row.eml_path.clone()),
                        );
                        diesel::insert_into(e::table)
                            .values(row)
                            .on_conflict(e::uuid)
                            .do_update()
                            .set(patch)
                            .execute(conn)
                            .await?;
                    }
                    Write::Copy(row) => {
                        diesel::insert_into(copies::table).values(row).on_conflict_do_nothing().execute(conn).await?;
                    }
                    Write::CopyChanged(row) => {
                        let key = (row.email_uuid.clone(), row.owner.clone());
                        let change = (copies::path.eq(row.path.clone()), copies::state.eq(row.state.clone()));
                        diesel::update(copies::table.find(key)).set(change).execute(conn).await?;
                    }
                }
            }
            if let Some(note) = note {
                diesel::delete(pending::table.find(note)).execute(conn).await?;
            }
            Ok(())
        })
    }

    async fn forget(&self, id: Uuid) -> Result<(), RepoError> {
        on!(self, conn => diesel::delete(pending::table.find(id.to_string())).execute(conn).await)?;
        Ok(())
    }

    async fn pending(&self) -> Result<Vec<Pending>, RepoError> {
        let rows: Vec<PendingRow> = on!(self, conn => pending::table
            .order((pending::begun, pending::uuid))
            .select(PendingRow::as_select())
            .load(conn).await)?;
        Ok(readable(rows))
    }
}
