//! What a planned mail becomes: files in mailboxes or the spool, copies whose opening is to come, and the row.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};

use super::maildir::{self, Flags};
use super::message::{Address, Mail};
use super::outgoing::BodySource;
use super::plan::{Delivery, MailPlan, whole_second};
use super::site::{MailSite, Mailbox};
use super::thread::kept_text;
use super::timing;
use crate::account::Owner;
use crate::artifact::Artifact;
use crate::body::Body;
use crate::path::{DeckyPath, PathError};
use crate::record::{CopyState, EmailDetails, EmailRecord, EmailStage, MailCopy, Outcome};

impl MailPlan {
    /// The files that the mail becomes. `render` gives the bytes of a copy: a recipient's, or the sender's own.
    ///
    /// # Errors
    /// When a home is so deep that no row could hold a path below it.
    pub fn delivery(
        &self,
        site: &MailSite<'_>,
        render: impl Fn(&Mail, Option<&str>) -> Vec<u8>,
    ) -> Result<Delivery, PathError> {
        if !site.has_mailboxes() {
            return Ok(Delivery { files: Vec::from([self.spooled(render)?]), copies: Vec::new(), folder_mode: 0o755 });
        }
        let arrived = self.mail.hops.first().map_or(site.now.timestamp(), |hop| hop.at.timestamp());
        let host = site.server.host(site.facts);
        let mut delivery = Delivery { folder_mode: 0o700, ..Delivery::default() };
        for (n, mailbox) in site.mailboxes(&self.readers).iter().enumerate() {
            let recipient = mailbox.who.persona.email.as_str();
            let bytes = render(&self.mail, Some(recipient));
            let key = site.key().text("copy").text(&self.mail.message_id).text(recipient);
            let nanos = (n as u64 * 7 + 2) * 1_000_000 + key.text("late").below(3_000_000);
            let at = arrived + SignedDuration::from_nanos(nanos.cast_signed());
            let name = maildir::unique_name(at, key, host, &bytes);
            let path = mailbox.path(&maildir::unseen(&name))?;
            delivery.copies.push(MailCopy {
                email: self.id,
                container: site.server.container.name().into(),
                decky_name: site.server.decky.name.to_string(),
                owner: recipient.into(),
                path: path.to_string(),
                due: timing::read_at(at, key, mailbox.who, self.origin),
                state: CopyState::Unseen,
            });
            delivery.files.push(in_mailbox(mailbox, path, bytes, at));
        }
        let own = self.writer.and_then(|writer| site.mailboxes(&[writer]).pop());
        if let Some(mailbox) = own {
            let bytes = render(&self.mail, None);
            let key = site.key().text("own copy").text(&self.mail.message_id);
            let at = arrived + SignedDuration::from_nanos(150_000_000 + key.below(700_000_000).cast_signed());
            let at = at.min(site.now.timestamp());
            let name = maildir::unique_name(at, key, host, &bytes);
            // Dovecot's mark of a folder (Maildir++); it stays where it is there.
            let mark = mailbox.path(".Sent/maildirfolder")?;
            // The row tells of the first file: where nobody else has a copy, that is the sender's.
            delivery.files.push(in_mailbox(&mailbox, mailbox.path(&maildir::sent(&name))?, bytes, at));
            delivery.files.push(in_mailbox(&mailbox, mark, Vec::new(), at - SignedDuration::from_nanos(41_000_000)));
        }
        Ok(delivery)
    }

    /// The reference's way: one file in a folder of the thread's.
    fn spooled(&self, render: impl Fn(&Mail, Option<&str>) -> Vec<u8>) -> Result<Artifact, PathError> {
        let recipient = self.mail.to.first().map(|to| to.email.clone()).unwrap_or_default();
        let bytes = render(&self.mail, Some(&recipient));
        let is_safe = |c: &char| c.is_ascii_alphanumeric() || "-.@$+".contains(*c);
        let id: String = self.mail.message_id.chars().filter(is_safe).take(120).collect();
        let path = DeckyPath::new(format!("/var/spool/decnet-emails/{}/{id}.eml", self.mail.thread.as_str()))?;
        // Its time is that of the mail's own date.
        let mtime = self.mail.date.timestamp();
        Ok(Artifact { path, body: Body::Bytes(bytes), owner: Owner::ROOT, mode: 0o644, mtime })
    }

    /// The mail's row: delivered, or not with this error (its code and words).
    pub fn record(&self, site: &MailSite<'_>, delivery: &Delivery, error: Option<(i64, String)>) -> EmailRecord {
        let mail = &self.mail;
        let eml_path = delivery.files.first().map(|file| file.path.to_string()).unwrap_or_default();
        let bytes = delivery.files.first().map_or(0, |file| file.body.bytes().len() as u64);
        let model = match &self.source {
            BodySource::Model(model) => Some(model),
            BodySource::Template => None,
        };
        let emails = |list: &[Address]| list.iter().map(|a| a.email.clone()).collect::<Vec<_>>();
        let outcome = if error.is_none() { Outcome::Success } else { Outcome::Failure };
        let details = EmailDetails {
            stage: if error.is_none() { EmailStage::Delivered } else { EmailStage::Delivery },
            model: model.map(|m| m.model.clone()),
            generation_ms: model.map_or(0, |m| m.millis),
            bytes,
            thread_id: mail.thread.as_str().into(),
            message_id: mail.message_id.clone(),
            subject: mail.subject.clone(),
            language: mail.language.clone(),
            mannerisms_used: model.map(|m| m.mannerisms.clone()).unwrap_or_default(),
            is_reply: mail.in_reply_to.is_some(),
            container: site.server.container.name().into(),
            eml_path: eml_path.clone(),
            rc: error.as_ref().map_or(0, |(rc, _)| *rc),
            stderr: error.map(|(_, stderr)| stderr),
            to: emails(&mail.to),
            cc: emails(&mail.cc),
            references: mail.references.clone(),
            text: kept_text(&mail.text).into(),
            date: format!("{}", mail.date.strftime("%Y-%m-%dT%H:%M:%S%:z")),
            work_item: self.work_item,
            origin: self.origin,
            story: self.story.clone(),
        };
        EmailRecord {
            id: self.id,
            // A row's time is the mail's own.
            ts: whole_second(self.sent),
            decky: site.server.decky.id.clone(),
            thread: mail.thread.clone(),
            message_id: mail.message_id.clone(),
            in_reply_to: mail.in_reply_to.clone(),
            sender: mail.from.email.clone(),
            recipient: mail.to.first().map(|to| to.email.clone()).unwrap_or_default(),
            subject: mail.subject.clone(),
            language: mail.language.clone(),
            eml_path,
            outcome,
            payload: details.into(),
        }
    }
}

fn in_mailbox(mailbox: &Mailbox<'_>, path: DeckyPath, bytes: Vec<u8>, mtime: Timestamp) -> Artifact {
    Artifact { path, body: Body::Bytes(bytes), owner: mailbox.place.owner, mode: 0o600, mtime }
}

/// Where a copy lies once its owner has given it flags; `None` for a path that isn't a mail's.
pub fn flagged_path(copy: &MailCopy, flags: Flags) -> Option<(DeckyPath, DeckyPath)> {
    let from = DeckyPath::new(copy.path.as_str()).ok()?;
    let name = bare_name(&copy.path)?;
    let top = from.parent().rsplit_once('/').map(|(top, _)| top)?;
    let to = DeckyPath::new(format!("{top}/{}", maildir::seen(name, flags))).ok()?;
    Some((from, to))
}

/// The flags that an owner gives a copy by opening it.
pub fn opened_with(site_key: crate::noise::Key, copy: &MailCopy) -> Flags {
    if site_key.text("flagged").text(&copy.owner).text(&copy.path).chance(4) { Flags::Flagged } else { Flags::Seen }
}

/// The unique part of a Maildir name, without its flags.
fn bare_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    Some(name.split(":2,").next().unwrap_or(name)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unique_part_of_a_name_has_no_flags() {
        assert_eq!(bare_name("/home/a/Maildir/cur/1.M2P3.h,S=1,W=2:2,RS"), Some("1.M2P3.h,S=1,W=2"));
        assert_eq!(bare_name("/home/a/Maildir/new/1.M2P3.h,S=1,W=2"), Some("1.M2P3.h,S=1,W=2"));
    }
}
