//! What mails are written with: each person has one program, and it shows in every header.

use alloc::format;
use alloc::string::String;

use jiff::Zoned;

use crate::noise::{BASE64, Key};
use crate::role::RoleFamily;

/// A mail program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names of programs")]
pub enum Program {
    Thunderbird(&'static str),
    Outlook,
    AppleMail(&'static str),
    Mutt(&'static str),
    Roundcube(&'static str),
    /// What sends by itself: a script, a service. Its own header lines follow.
    Service(&'static str),
}

/// Where a program puts what it quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Below the answer, whole, each line behind `> `.
    Below,
    /// Below the answer, whole, under a block of labels, and not marked.
    Labelled,
    /// Above the answer, the last of it, each line behind `> `.
    Above,
}

impl Program {
    /// The program of the person `key` stands for.
    pub fn of(key: Key, family: RoleFamily) -> Self {
        let key = key.text("mail program");
        let version = |list: &[&'static str]| list[key.text("version").index(list.len())];
        let thunderbird = Self::Thunderbird(version(&["115.16.0", "128.14.0", "140.4.0"]));
        let apple = Self::AppleMail(version(&["3774.600.62", "3776.700.51", "3826.700.81"]));
        let mutt = Self::Mutt(version(&["2.2.9", "2.2.12"]));
        let roundcube = Self::Roundcube(version(&["1.6.5", "1.6.11"]));
        let share = key.below(100);
        match family {
            RoleFamily::Sysadmin | RoleFamily::Developer => match share {
                0..40 => thunderbird,
                40..68 => mutt,
                68..84 => apple,
                84..92 => roundcube,
                _ => Self::Outlook,
            },
            _ => match share {
                0..52 => Self::Outlook,
                52..72 => thunderbird,
                72..88 => roundcube,
                _ => apple,
            },
        }
    }

    /// Where it puts what it quotes.
    pub fn quoting(self, key: Key) -> Quoting {
        match self {
            Self::Outlook => Quoting::Labelled,
            Self::Mutt(_) => Quoting::Above,
            Self::Thunderbird(_) if key.text("quotes above").chance(45) => Quoting::Above,
            _ => Quoting::Below,
        }
    }

    /// At which column its lines are broken; `None` where a paragraph is one line.
    pub fn wraps_at(self) -> Option<usize> {
        match self {
            Self::Thunderbird(_) | Self::Mutt(_) | Self::Roundcube(_) => Some(72),
            Self::Outlook | Self::AppleMail(_) | Self::Service(_) => None,
        }
    }

    /// A `Message-ID` in its shape, for a mail of `domain` drawn from `key`.
    pub fn message_id(self, key: Key, at: &Zoned, domain: &str) -> String {
        let hex = |what: &str, digits: usize| {
            let both = format!("{:016x}{:016x}", key.text(what).value(), key.text(what).with(1).value());
            String::from(&both[..digits])
        };
        let uuid = || {
            // RFC 9562 §5.4: version 4, variant 10.
            let variant = ['8', '9', 'a', 'b'][key.text("variant").index(4)];
            format!("{}-{}-4{}-{variant}{}-{}", hex("a", 8), hex("b", 4), hex("c", 3), hex("d", 3), hex("e", 12))
        };
        match self {
            Self::Thunderbird(_) => format!("<{}@{domain}>", uuid()),
            Self::AppleMail(_) => format!("<{}@{domain}>", uuid().to_ascii_uppercase()),
            Self::Outlook => {
                // A counter, the time as Windows counts it, and a number of the machine's own.
                let ticks = (at.timestamp().as_millisecond() + 11_644_473_600_000).cast_unsigned() * 10_000;
                let high = ticks >> 32;
                let low = ticks & 0xffff_ffff;
                format!("<{:06x}{high:08x}${low:08x}${}$@{domain}>", key.below(0x400), hex("pc", 8))
            }
            Self::Mutt(_) => {
                // The time comes first, in base64, and so its first letters hardly ever change.
                let seconds = at.timestamp().as_second().cast_unsigned();
                let high = |shift: u32| char::from(BASE64[usize::try_from(seconds >> shift & 63).unwrap_or(0)]);
                let time: String = [26, 20, 14, 8, 2].into_iter().map(high).collect();
                format!("<{time}{}@{domain}>", key.text("mutt").letters(11, BASE64))
            }
            Self::Roundcube(_) => format!("<{}@{domain}>", hex("round", 32)),
            Self::Service(_) => {
                format!("<{}.{}@{domain}>", at.strftime("%Y%m%d%H%M%S"), hex("service", 10).to_ascii_uppercase())
            }
        }
    }

    /// The order of its header lines; a line that isn't named comes last.
    pub fn order(self) -> &'static [&'static str] {
        match self {
            Self::Thunderbird(_) => &[
                "Message-ID",
                "Date",
                "MIME-Version",
                "User-Agent",
                "Subject",
                "To",
                "Cc",
                "References",
                "Content-Language",
                "From",
                "In-Reply-To",
                "Content-Type",
                "Content-Transfer-Encoding",
            ],
            Self::Outlook => &[
                "From",
                "To",
                "Cc",
                "References",
                "In-Reply-To",
                "Subject",
                "Date",
                "Message-ID",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding",
                "X-Mailer",
                "Thread-Index",
                "Content-Language",
            ],
            Self::AppleMail(_) => &[
                "From",
                "Content-Type",
                "Content-Transfer-Encoding",
                "MIME-Version",
                "Subject",
                "Date",
                "References",
                "To",
                "Cc",
                "In-Reply-To",
                "Message-ID",
                "X-Mailer",
            ],
            Self::Mutt(_) => &[
                "Date",
                "From",
                "To",
                "Cc",
                "Subject",
                "Message-ID",
                "References",
                "MIME-Version",
                "Content-Type",
                "Content-Disposition",
                "Content-Transfer-Encoding",
                "In-Reply-To",
                "User-Agent",
            ],
            Self::Roundcube(_) => &[
                "MIME-Version",
                "Date",
                "From",
                "To",
                "Cc",
                "Subject",
                "In-Reply-To",
                "References",
                "User-Agent",
                "Message-ID",
                "X-Sender",
                "Content-Type",
                "Content-Transfer-Encoding",
            ],
            Self::Service(_) => &[
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding",
            ],
        }
    }

    /// What stands in `MIME-Version`.
    pub fn mime_version(self) -> String {
        match self {
            Self::AppleMail(version) => format!("1.0 (Mac OS X Mail 16.0 \\({version}\\))"),
            _ => String::from("1.0"),
        }
    }
}
