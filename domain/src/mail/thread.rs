//! Threads: what is known of a mail that was sent, and what an answer takes over from it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use uuid::Uuid;

use super::subject::SubjectMarks;
use crate::record::{EmailRecord, MailOrigin, StoryMark, ThreadId};
use crate::world::{WorkItem, World};

/// A mail that was sent, as its row tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMail {
    /// The row's key.
    pub id: Uuid,
    /// Its thread.
    pub thread: ThreadId,
    /// Its `Message-ID`, in angle brackets.
    pub message_id: String,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// Those before it, oldest first.
    pub references: Vec<String>,
    /// When it was sent.
    pub sent: Timestamp,
    /// Who wrote it: an address.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// Who else got it.
    pub cc: Vec<String>,
    /// What it is about.
    pub subject: String,
    /// The whole text; empty where a row of another program doesn't have it.
    pub text: String,
    /// The number of the ticket it is about.
    pub work_item: Option<u32>,
    /// Whether it came from outside: nobody answers those.
    pub origin: MailOrigin,
    /// Which mail of a storyline it is: what follows from it the storyline tells.
    pub story: Option<StoryMark>,
}

/// Longer texts aren't kept whole: what is quoted of them is their beginning.
const TEXT_MAX: usize = 16_384;
/// A thread has a bound, as the header lines of real programs have.
const MOST_REFERENCES: usize = 60;

impl SentMail {
    /// Reads a row, ours or another program's: of those, whatever isn't told is left empty.
    pub fn of(row: &EmailRecord) -> Self {
        let details = row.payload.details();
        let to = details.map(|d| d.to.clone()).unwrap_or_default();
        let references = details.map(|d| d.references.clone()).unwrap_or_default();
        Self {
            id: row.id,
            thread: row.thread.clone(),
            message_id: row.message_id.clone(),
            in_reply_to: row.in_reply_to.clone(),
            references: if references.is_empty() { row.in_reply_to.iter().cloned().collect() } else { references },
            sent: row.ts,
            from: row.sender.clone(),
            to: if to.is_empty() { alloc::vec![row.recipient.clone()] } else { to },
            cc: details.map(|d| d.cc.clone()).unwrap_or_default(),
            subject: row.subject.clone(),
            text: details.map(|d| d.text.clone()).unwrap_or_default(),
            work_item: details.and_then(|d| d.work_item),
            origin: details.map_or(MailOrigin::Colleague, |d| d.origin),
            story: details.and_then(|d| d.story.clone()),
        }
    }

    /// Everybody it went to.
    pub fn recipients(&self) -> impl Iterator<Item = &str> {
        self.to.iter().chain(&self.cc).map(String::as_str)
    }

    /// The `References` of an answer: the parent's own, and the parent (RFC 5322 §3.6.4).
    pub fn references_of_answer(&self) -> Vec<String> {
        let mut all = self.references.clone();
        all.push(self.message_id.clone());
        // The first one names the thread; of the others the latest count.
        if all.len() > MOST_REFERENCES {
            all.drain(1..=all.len() - MOST_REFERENCES);
        }
        all
    }

    /// The subject of an answer: one `Re: `, whatever was there.
    pub fn subject_of_answer(&self, marks: &SubjectMarks) -> String {
        format!("Re: {}", marks.bare(&self.subject))
    }

    /// The subject of what is passed on: one `Fwd: `, whatever was there.
    pub fn subject_passed_on(&self, marks: &SubjectMarks) -> String {
        format!("Fwd: {}", marks.bare(&self.subject))
    }

    /// The matter the thread is about, as its first mail had it.
    pub fn work_item_of(&self, world: &World) -> Option<WorkItem> {
        world.work_item_numbered(self.work_item?, self.sent)
    }
}

/// What a row keeps of a mail's text: its beginning, cut on a character boundary.
pub fn kept_text(text: &str) -> &str {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decky::DeckyId;
    use crate::record::{EmailPayload, Outcome};
    use alloc::borrow::ToOwned;
    use serde_json::{Value, json};

    pub(crate) fn row(payload: Value) -> EmailRecord {
        EmailRecord {
            id: Uuid::from_u128(1),
            ts: "2026-11-03T09:41:17Z".parse().unwrap(),
            decky: DeckyId::new("local:mail-01"),
            thread: ThreadId::new("t-1").unwrap(),
            message_id: "<b@corp>".to_owned(),
            in_reply_to: Some("<a@corp>".to_owned()),
            sender: "ann@corp.example".to_owned(),
            recipient: "bob@corp.example".to_owned(),
            subject: "Re: AW: Re: Budget: final".to_owned(),
            language: "en".to_owned(),
            eml_path: "/x".to_owned(),
            outcome: Outcome::Success,
            payload: serde_json::from_value::<EmailPayload>(payload).unwrap(),
        }
    }

    /// A payload of ours, with some of its fields replaced.
    fn details(with: Value) -> Value {
        let mut all = json!({"stage": "delivered", "model": null, "generation_ms": 0, "bytes": 1, "thread_id": "t-1",
            "message_id": "<b@corp>", "subject": "x", "language": "en", "mannerisms_used": [], "is_reply": true,
            "container": "mail-01-imap", "eml_path": "/x", "rc": 0, "stderr": null, "to": [], "cc": [],
            "references": [], "text": "", "date": "", "matter": 7, "origin": "colleague"});
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        all
    }

    #[test]
    fn an_answer_refers_to_everything_before_it_and_says_re_once() {
        let mail = SentMail::of(&row(details(
            json!({"references": ["<1@corp>", "<a@corp>"], "to": ["bob@corp.example", "cy@corp.example"]}),
        )));
        assert_eq!(mail.references_of_answer(), ["<1@corp>", "<a@corp>", "<b@corp>"]);
        assert_eq!(mail.subject_of_answer(&["re", "aw"].into_iter().collect()), "Re: Budget: final");
        assert_eq!(mail.recipients().collect::<Vec<_>>(), ["bob@corp.example", "cy@corp.example"]);
    }

    #[test]
    fn a_row_of_another_program_can_be_answered_too() {
        for payload in [json!({}), json!(null), json!({"to": 7, "references": "x", "text": []})] {
            let mail = SentMail::of(&row(payload));
            assert_eq!(mail.references_of_answer(), ["<a@corp>", "<b@corp>"]);
            assert_eq!(mail.to, ["bob@corp.example"]);
            assert_eq!((mail.text.as_str(), mail.origin), ("", MailOrigin::Colleague));
        }
    }

    #[test]
    fn a_very_long_thread_keeps_its_first_and_its_latest() {
        let references: Vec<String> = (0..200).map(|n| format!("<{n}@corp>")).collect();
        let all = SentMail::of(&row(details(json!({ "references": references })))).references_of_answer();
        assert_eq!(
            (all.len(), all[0].as_str(), all[59].as_str(), all[58].as_str()),
            (60, "<0@corp>", "<b@corp>", "<199@corp>")
        );
    }
}
