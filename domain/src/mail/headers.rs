//! The header lines that mail programs add of their own.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use jiff::Timestamp;

use super::message::Mail;
use super::program::Program;
use crate::noise::Key;

impl Program {
    /// Header lines of its own: what it calls itself, and the like.
    pub fn own_headers(self, mail: &Mail) -> Vec<(&'static str, HeaderValue)> {
        let text = |name, value: &str| (name, HeaderValue::Text(String::from(value)));
        match self {
            Self::Thunderbird(_) => {
                vec![text("User-Agent", "Mozilla Thunderbird"), text("Content-Language", &mail.locale.thunderbird)]
            }
            Self::Outlook => {
                let key = Key::of(0).text(mail.thread.as_str());
                let index = thread_index(key, mail.began, mail.references.len());
                vec![
                    text("X-Mailer", "Microsoft Outlook 16.0"),
                    ("Thread-Index", HeaderValue::Base64(index)),
                    text("Content-Language", &mail.locale.outlook),
                ]
            }
            Self::AppleMail(version) => vec![text("X-Mailer", &format!("Apple Mail (2.{version})"))],
            Self::Mutt(version) => {
                vec![text("Content-Disposition", "inline"), text("User-Agent", &format!("Mutt/{version} (2022-11-12)"))]
            }
            Self::Roundcube(version) => {
                vec![text("User-Agent", &format!("Roundcube Webmail/{version}")), text("X-Sender", &mail.from.email)]
            }
            Self::Service("") => Vec::new(),
            Self::Service(name) => vec![text("X-Mailer", name)],
        }
    }
}

/// What stands in a header line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// A text.
    Text(String),
    /// Bytes, in base64 (RFC 4648 §4).
    Base64(Vec<u8>),
}

/// Outlook's `Thread-Index`: a 1, the first mail's time and a number of the thread's own, and five
/// bytes for every answer (MS-OXOMSG §2.2.1.3).
fn thread_index(thread: Key, began: Timestamp, answers: usize) -> Vec<u8> {
    let ticks = (began.as_microsecond() + 11_644_473_600_000_000).cast_unsigned() * 10;
    let mut out = Vec::with_capacity(22 + 5 * answers);
    out.extend_from_slice(&ticks.to_be_bytes()[..6]);
    out[0] = 1;
    for part in ["a", "b"] {
        out.extend_from_slice(&thread.text("index").text(part).value().to_be_bytes());
    }
    for answer in 0..answers.min(20) {
        out.extend_from_slice(&thread.text("answer").with(answer as u64).value().to_be_bytes()[..5]);
    }
    out
}
