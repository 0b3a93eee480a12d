//! Mails as bytes.

use decnet_domain::mail::Mail;

/// Writes a mail as it lies in a mailbox: RFC 5322 and MIME, lines ending in LF as in any file there.
///
/// Pure: the same mail gives the same bytes. Everything in it is the caller's: an implementation adds no
/// date, no name of a host and no random boundary.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait MailWriter: Send + Sync {
    /// The sender's own copy, or that of whoever it was delivered to, with the lines its way added.
    fn write(&self, mail: &Mail, posted: Option<Posted>) -> Vec<u8>;
}

/// Whose mailbox a copy lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The address it was delivered to.
    pub recipient: String,
}
