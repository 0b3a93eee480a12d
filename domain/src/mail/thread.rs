//! Threads: what is known of a mail that was sent, and what an answer takes over from it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::message::{Address, Mail};
use super::subject::SubjectMarks;
use crate::record::{EmailRecord, ThreadId};
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
    pub origin: Origin,
}

/// Where a mail came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From one of the people.
    Colleague,
    /// From outside, or from a machine.
    External,
}

/// Longer texts aren't kept whole: what is quoted of them is their beginning.
const TEXT_MAX: usize = 16_384;
/// A thread has a bound, as the header lines of real programs have.
const MOST_REFERENCES: usize = 60;

impl SentMail {
    /// Reads a row, ours or another program's.
    pub fn of(row: &EmailRecord) -> Self {
        let list = |key: &str| -> Vec<String> {
            let values = row.payload.get(key).and_then(Value::as_array);
            values.into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        let text = |key: &str| row.payload.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let to = list("to");
        let references = list("references");
        Self {
            id: row.id,
            thread: row.thread.clone(),
            message_id: row.message_id.clone(),
            in_reply_to: row.in_reply_to.clone(),
            references: if references.is_empty() { row.in_reply_to.iter().cloned().collect() } else { references },
            sent: row.ts,
            from: row.sender.clone(),
            to: if to.is_empty() { alloc::vec![row.recipient.clone()] } else { to },
            cc: list("cc"),
            subject: row.subject.clone(),
            text: text("text").unwrap_or_default(),
            work_item: row.payload.get("matter").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
            origin: if row.payload.get("origin").and_then(Value::as_str) == Some("outside") {
                Origin::External
            } else {
                Origin::Colleague
            },
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

/// What the row of a mail keeps beside the contract's own keys, so that it can be answered.
pub fn kept(mail: &Mail, work_item: Option<u32>, origin: Origin) -> Value {
    let emails = |list: &[Address]| list.iter().map(|a| a.email.clone()).collect::<Vec<_>>();
    let mut end = mail.text.len().min(TEXT_MAX);
    while !mail.text.is_char_boundary(end) {
        end -= 1;
    }
    json!({
        "to": emails(&mail.to),
        "cc": emails(&mail.cc),
        "references": mail.references,
        "text": &mail.text[..end],
        "date": format!("{}", mail.date.strftime("%Y-%m-%dT%H:%M:%S%:z")),
        "matter": work_item,
        "origin": if origin == Origin::External { "outside" } else { "colleague" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decky::DeckyId;
    use crate::record::Outcome;

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
            payload,
        }
    }

    #[test]
    fn an_answer_refers_to_everything_before_it_and_says_re_once() {
        let mail = SentMail::of(&row(
            json!({"references": ["<1@corp>", "<a@corp>"], "to": ["bob@corp.example", "cy@corp.example"]}),
        ));
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
            assert_eq!((mail.text.as_str(), mail.origin), ("", Origin::Colleague));
        }
    }

    #[test]
    fn a_very_long_thread_keeps_its_first_and_its_latest() {
        let references: Vec<String> = (0..200).map(|n| format!("<{n}@corp>")).collect();
        let all = SentMail::of(&row(json!({ "references": references }))).references_of_answer();
        assert_eq!(
            (all.len(), all[0].as_str(), all[59].as_str(), all[58].as_str()),
            (60, "<0@corp>", "<b@corp>", "<199@corp>")
        );
    }
}
