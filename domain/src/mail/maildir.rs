//! Maildir, as Dovecot keeps it: names, flags, folders (<https://cr.yp.to/proto/maildir.html>, and
//! Dovecot's own `S=` and `W=`).

use alloc::format;
use alloc::string::String;

use jiff::Timestamp;

use crate::noise::Key;

/// What a person has done with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flags {
    /// Read.
    Seen,
    /// Read, and marked for later.
    Flagged,
    /// Answered.
    Replied,
    /// Passed on.
    Passed,
}

impl Flags {
    /// The letters, in the order Maildir wants them.
    pub const fn letters(self) -> &'static str {
        match self {
            Self::Seen => "S",
            Self::Flagged => "FS",
            Self::Replied => "RS",
            Self::Passed => "PS",
        }
    }
}

/// The name of a mail, without its flags: when it was delivered, a process and a place, and its sizes
/// in bytes as they lie there and with CRLF line ends.
pub fn unique_name(at: Timestamp, key: Key, host: &str, bytes: &[u8]) -> String {
    let lines = bytes.split(|b| *b == b'\n').count() - 1;
    // `/` and `:` mean something in a Maildir name.
    let host: String = host.chars().map(|c| if matches!(c, '/' | ':') { '_' } else { c }).take(63).collect();
    format!(
        "{}.M{}P{}.{host},S={},W={}",
        at.as_second(),
        at.subsec_microsecond(),
        300 + key.text("delivery").below(31_000),
        bytes.len(),
        bytes.len() + lines
    )
}

/// Where a mail that nobody has seen lies, below the Maildir.
pub fn unseen(name: &str) -> String {
    format!("new/{name}")
}

/// Where a mail lies that somebody has seen.
pub fn seen(name: &str, flags: Flags) -> String {
    format!("cur/{name}:2,{}", flags.letters())
}

/// Where what was sent lies.
pub fn sent(name: &str) -> String {
    format!(".Sent/cur/{name}:2,S")
}

/// The folders that belong beside one of a Maildir's: clients take a Maildir without one of them for a broken one.
pub fn siblings(folder: &str) -> &'static [&'static str] {
    match folder.rsplit_once('/') {
        Some((_, "new")) => &["cur", "tmp"],
        Some((_, "cur")) => &["new", "tmp"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_and_how_large_as_dovecots_do() {
        let at: Timestamp = "2026-11-03T09:41:17.318204511Z".parse().unwrap();
        let name = unique_name(at, Key::of(1), "mail/01:x", b"a\nb\n");
        assert!(name.starts_with("1793698877.M318204P") && name.ends_with(".mail_01_x,S=4,W=6"), "{name}");
        assert_eq!(seen(&name, Flags::Replied), format!("cur/{name}:2,RS"));
    }
}
