//! The mails that were sent, and the copies that wait to be opened.

use async_trait::async_trait;
use decnet_domain::decky::DeckyId;
use decnet_domain::record::{CopyState, EmailRecord, MailCopy, Outcome, ThreadId};
use decnet_ports::{Mails, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use uuid::Uuid;

use crate::SqlRepo;
use crate::pool::on;
use crate::rows::readable;
use crate::schema::{orchestrator_emails as emails, orchestrator_mail_copies as copies};
use crate::utc::{RowTime, Utc};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = emails, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct EmailRow {
    uuid: String,
    ts: RowTime,
    mail_decky_uuid: String,
    thread_id: String,
    message_id: String,
    in_reply_to: Option<String>,
    sender_email: String,
    recipient_email: String,
    subject: String,
    language: String,
    pub(crate) eml_path: String,
    pub(crate) success: bool,
    pub(crate) payload: String,
}

/// Cut to what a column holds, on a character boundary: other databases refuse what is longer.
fn fit(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

impl From<&EmailRecord> for EmailRow {
    fn from(email: &EmailRecord) -> Self {
        Self {
            uuid: email.id.to_string(),
            ts: RowTime::of(email.ts),
            mail_decky_uuid: email.decky.as_str().to_owned(),
            thread_id: email.thread.as_str().to_owned(),
            message_id: fit(&email.message_id, 255),
            in_reply_to: email.in_reply_to.as_deref().map(|id| fit(id, 255)),
            sender_email: email.sender.clone(),
            recipient_email: email.recipient.clone(),
            subject: fit(&email.subject, 512),
            language: fit(&email.language, 8),
            eml_path: email.eml_path.clone(),
            success: email.outcome.is_success(),
            payload: email.payload.to_json().to_string(),
        }
    }
}

impl TryFrom<EmailRow> for EmailRecord {
    type Error = RepoError;

    fn try_from(row: EmailRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("orchestrator_emails {}: {what}", row.uuid));
        Ok(Self {
            id: row.uuid.parse().map_err(|_| corrupt("uuid"))?,
            ts: row.ts.at().ok_or_else(|| corrupt("ts"))?,
            thread: ThreadId::new(&row.thread_id).ok_or_else(|| corrupt("thread_id"))?,
            payload: serde_json::from_str(&row.payload).map_err(|e| corrupt(&format!("payload: {e}")))?,
            decky: DeckyId::new(row.mail_decky_uuid),
            message_id: row.message_id,
            in_reply_to: row.in_reply_to,
            sender: row.sender_email,
            recipient: row.recipient_email,
            subject: row.subject,
            language: row.language,
            eml_path: row.eml_path,
            outcome: if row.success { Outcome::Success } else { Outcome::Failure },
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = copies, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct CopyRow {
    pub(crate) email_uuid: String,
    pub(crate) owner: String,
    container: String,
    decky_name: String,
    pub(crate) path: String,
    pub(crate) state: String,
    due: Option<RowTime>,
}

impl From<&MailCopy> for CopyRow {
    fn from(copy: &MailCopy) -> Self {
        Self {
            email_uuid: copy.email.to_string(),
            owner: copy.owner.clone(),
            container: copy.container.clone(),
            decky_name: copy.decky_name.clone(),
            path: copy.path.clone(),
            state: copy.state.as_str().to_owned(),
            due: copy.due.map(RowTime::of),
        }
    }
}

impl TryFrom<CopyRow> for MailCopy {
    type Error = RepoError;

    fn try_from(row: CopyRow) -> Result<Self, RepoError> {
        let corrupt = |what: &str| RepoError::Corrupt(format!("orchestrator_mail_copies {}: {what}", row.email_uuid));
        Ok(Self {
            email: row.email_uuid.parse().map_err(|_| corrupt("email_uuid"))?,
            state: CopyState::ALL.into_iter().find(|s| s.as_str() == row.state).ok_or_else(|| corrupt("state"))?,
            owner: row.owner,
            container: row.container,
            decky_name: row.decky_name,
            path: row.path,
            due: row.due.map(|at| at.at().ok_or_else(|| corrupt("due"))).transpose()?,
        })
    }
}

#[async_trait]
impl Mails for SqlRepo {
    async fn recent_emails(&self, decky: &DeckyId, limit: u32) -> Result<Vec<EmailRecord>, RepoError> {
        let rows: Vec<EmailRow> = on!(self, conn => emails::table
            .filter(emails::mail_decky_uuid.eq(decky.as_str()))
            .order((emails::ts.desc(), emails::uuid.desc()))
            .limit(i64::from(limit))
            .select(EmailRow::as_select())
            .load(conn).await)?;
        Ok(readable(rows))
    }

    async fn copies_due(&self, container: &str, by: Timestamp, limit: u32) -> Result<Vec<MailCopy>, RepoError> {
        let rows: Vec<CopyRow> = on!(self, conn => copies::table
            .filter(copies::container.eq(container))
            .filter(copies::state.eq(CopyState::Unseen.as_str()).and(copies::due.le(Utc(by))))
            .order((copies::due.asc(), copies::email_uuid.asc(), copies::owner.asc()))
            .limit(i64::from(limit))
            .select(CopyRow::as_select())
            .load(conn).await)?;
        Ok(readable(rows))
    }

    async fn copy_of(&self, email: Uuid, owner: &str) -> Result<Option<MailCopy>, RepoError> {
        let row: Option<CopyRow> = on!(self, conn => copies::table
            .find((email.to_string(), owner))
            .select(CopyRow::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }
}
