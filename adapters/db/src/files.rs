//! The files we planted.

use async_trait::async_trait;
use decnet_domain::decky::DeckyId;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{FileId, SyntheticFile, cap_body};
use decnet_ports::{Files, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::SqlRepo;
use crate::pool::on;
use crate::rows::readable;
use crate::schema::synthetic_files;
use crate::utc::RowTime;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = synthetic_files, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct FileRow {
    uuid: String,
    decky_uuid: String,
    path: String,
    persona: String,
    content_class: String,
    created_at: RowTime,
    pub(crate) last_modified: RowTime,
    edit_count: i32,
    pub(crate) content_hash: String,
    pub(crate) last_body: String,
}

impl From<&SyntheticFile> for FileRow {
    fn from(file: &SyntheticFile) -> Self {
        Self {
            uuid: file.id.0.to_string(),
            decky_uuid: file.decky.as_str().to_owned(),
            path: file.path.clone(),
            persona: file.persona.clone(),
            content_class: file.class.as_str().to_owned(),
            created_at: RowTime::of(file.created_at),
            last_modified: RowTime::of(file.last_modified),
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
            created_at: row.created_at.at().ok_or_else(|| corrupt("created_at"))?,
            last_modified: row.last_modified.at().ok_or_else(|| corrupt("last_modified"))?,
            content_hash: row.content_hash,
            last_body: row.last_body,
        })
    }
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
        Ok(readable(rows))
    }

    async fn all_files(&self) -> Result<Vec<SyntheticFile>, RepoError> {
        let rows: Vec<FileRow> = on!(self, conn => synthetic_files::table
            .order((synthetic_files::decky_uuid, synthetic_files::path))
            .select(FileRow::as_select())
            .load(conn).await)?;
        Ok(readable(rows))
    }
}
