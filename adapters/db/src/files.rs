//! The files we planted, and what is under way.

use async_trait::async_trait;
use decnet_domain::decky::DeckyId;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{FileId, Pending, PendingKind, SyntheticFile, cap_body};
use decnet_ports::{Files, PlantRecord, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::SqlRepo;
use crate::events::EventRow;
use crate::pool::{on, write_transaction};
use crate::schema::{orchestrator_events, orchestrator_pending_plants as pending_plants, synthetic_files};
use crate::utc::Utc;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = synthetic_files, check_for_backend(diesel::sqlite::Sqlite))]
struct FileRow {
    uuid: String,
    decky_uuid: String,
    path: String,
    persona: String,
    content_class: String,
    created_at: Utc,
    last_modified: Utc,
    edit_count: i32,
    content_hash: String,
    last_body: String,
}

impl From<&SyntheticFile> for FileRow {
    fn from(file: &SyntheticFile) -> Self {
        Self {
            uuid: file.id.0.to_string(),
            decky_uuid: file.decky.as_str().to_owned(),
            path: file.path.clone(),
            persona: file.persona.clone(),
            content_class: file.class.as_str().to_owned(),
            created_at: Utc(file.created_at),
            last_modified: Utc(file.last_modified),
            edit_count: i32::try_from(file.edit_count).unwrap_or(i32::MAX),
            content_hash: file.content_hash.clone(),
            last_body: cap_body(&file.last_body).to_owned(),
        }
    }
}

impl TryFrom<FileRow> for SyntheticFile {
    type Error = RepoError;

    fn try_from(row: FileRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("synthetic_files {}: {what}", row.uuid));
        Ok(Self {
            id: FileId(row.uuid.parse().map_err(|_| corrupt("uuid"))?),
            class: row.content_class.parse().map_err(|e| corrupt(&format!("{e}")))?,
            edit_count: u32::try_from(row.edit_count).map_err(|_| corrupt("edit_count"))?,
            decky: DeckyId::new(row.decky_uuid),
            path: row.path,
            persona: row.persona,
            created_at: row.created_at.0,
            last_modified: row.last_modified.0,
            content_hash: row.content_hash,
            last_body: row.last_body,
        })
    }
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = pending_plants, check_for_backend(diesel::sqlite::Sqlite))]
struct PendingRow {
    uuid: String,
    container: String,
    decky_name: String,
    action: String,
    file_uuid: String,
    decky_uuid: String,
    path: String,
    persona: String,
    content_class: String,
    created_at: Utc,
    last_modified: Utc,
    content_hash: String,
    last_body: String,
}

impl From<&Pending> for PendingRow {
    fn from(pending: &Pending) -> Self {
        let file = FileRow::from(&pending.file);
        Self {
            uuid: pending.id.to_string(),
            container: pending.container.clone(),
            decky_name: pending.decky_name.clone(),
            action: pending.what.event().action().to_owned(),
            file_uuid: file.uuid,
            decky_uuid: file.decky_uuid,
            path: file.path,
            persona: file.persona,
            content_class: file.content_class,
            created_at: file.created_at,
            last_modified: file.last_modified,
            content_hash: file.content_hash,
            last_body: file.last_body,
        }
    }
}

impl TryFrom<PendingRow> for Pending {
    type Error = RepoError;

    fn try_from(row: PendingRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("orchestrator_pending_plants {}: {what}", row.uuid));
        let id = row.uuid.parse().map_err(|_| corrupt("uuid"))?;
        let what = PendingKind::of_action(&row.action).ok_or_else(|| corrupt("action"))?;
        let file = FileRow {
            uuid: row.file_uuid,
            decky_uuid: row.decky_uuid,
            path: row.path,
            persona: row.persona,
            content_class: row.content_class,
            created_at: row.created_at,
            last_modified: row.last_modified,
            edit_count: 0,
            content_hash: row.content_hash,
            last_body: row.last_body,
        };
        Ok(Self { id, container: row.container, decky_name: row.decky_name, file: file.try_into()?, what })
    }
}

/// A row that doesn't fit is left out of a list, with a word in the log: one bad row never stops the rest.
fn fitting(rows: Vec<FileRow>) -> Vec<SyntheticFile> {
    rows.into_iter()
        .filter_map(|row| row.try_into().inspect_err(|e| tracing::warn!(error = %e, "row left out")).ok())
        .collect()
}

#[async_trait]
impl Files for SqlRepo {
    async fn file_at(&self, decky: &DeckyId, path: &DeckyPath) -> Result<Option<SyntheticFile>, RepoError> {
        let row: Option<FileRow> = on!(self, conn => synthetic_files::table
            .filter(synthetic_files::decky_uuid.eq(decky.as_str()).and(synthetic_files::path.eq(path.as_str())))
            .select(FileRow::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    async fn recent_files(&self, decky: &DeckyId, limit: u32) -> Result<Vec<SyntheticFile>, RepoError> {
        use synthetic_files as t;
        let empty = diesel::dsl::sql::<diesel::sql_types::Text>("''");
        let rows: Vec<FileRow> = on!(self, conn => t::table
            .filter(t::decky_uuid.eq(decky.as_str()))
            .order((t::last_modified.desc(), t::uuid))
            .limit(i64::from(limit))
            .select((t::uuid, t::decky_uuid, t::path, t::persona, t::content_class, t::created_at,
                t::last_modified, t::edit_count, t::content_hash, empty))
            .load(conn).await)?;
        Ok(fitting(rows))
    }

    async fn all_files(&self) -> Result<Vec<SyntheticFile>, RepoError> {
        let rows: Vec<FileRow> = on!(self, conn => synthetic_files::table
            .order((synthetic_files::decky_uuid, synthetic_files::path))
            .select(FileRow::as_select())
            .load(conn).await)?;
        Ok(fitting(rows))
    }

    async fn begin_plant(&self, pending: &Pending) -> Result<(), RepoError> {
        let row = PendingRow::from(pending);
        on!(self, conn => diesel::insert_into(pending_plants::table).values(row).execute(conn).await)?;
        Ok(())
    }

    async fn finish_plant(&self, done: &PlantRecord) -> Result<(), RepoError> {
        use synthetic_files as t;
        let event = EventRow::from(&done.event);
        let file = done.file.as_ref().map(FileRow::from);
        let pending = done.pending.to_string();
        write_transaction!(self, conn => {
            if let Some(row) = file {
                // A path we planted before is patched, in the same statement that would insert it.
                let patch = (
                    t::last_modified.eq(row.last_modified),
                    t::content_hash.eq(row.content_hash.clone()),
                    t::last_body.eq(row.last_body.clone()),
                    t::edit_count.eq(t::edit_count + 1),
                );
                diesel::insert_into(t::table)
                    .values(row)
                    .on_conflict((t::decky_uuid, t::path))
                    .do_update()
                    .set(patch)
                    .execute(conn)
                    .await?;
            }
            diesel::insert_into(orchestrator_events::table).values(event).execute(conn).await?;
            diesel::delete(pending_plants::table.find(pending)).execute(conn).await?;
            Ok(())
        })
    }

    async fn forget_plant(&self, id: Uuid) -> Result<(), RepoError> {
        on!(self, conn => diesel::delete(pending_plants::table.find(id.to_string())).execute(conn).await)?;
        Ok(())
    }

    async fn pending_plants(&self) -> Result<Vec<Pending>, RepoError> {
        let rows: Vec<PendingRow> = on!(self, conn => pending_plants::table
            .order(pending_plants::created_at)
            .select(PendingRow::as_select())
            .load(conn).await)?;
        let fit = |row: PendingRow| row.try_into().inspect_err(|e| tracing::warn!(error = %e, "row left out")).ok();
        Ok(rows.into_iter().filter_map(fit).collect())
    }
}
