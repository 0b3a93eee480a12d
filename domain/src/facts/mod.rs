//! What is known of a host before anything is written to it: looked at once, and again when it
//! changes. Every file read here is an intruder's to change, so all of it is bounded, and what makes
//! no sense is passed over and told of ([`HostFacts::notes`]).

mod dovecot;
mod homes;
mod host;
mod include;
mod logging;
mod logrotate;
mod os_release;
mod passwd;
mod places;
mod rsyslog;
mod zone;

pub use dovecot::{DovecotConfig, MailLayout, MailStorage, MailboxPlace, Maildir};
pub use host::HostFacts;
pub use include::{Include, include_of, is_match};
pub use logging::{Init, LOGS, LogForm, LogSigns, Logging};
pub use logrotate::{OldNames, Packing, Period, RotationRule};
pub use os_release::{Family, OsRelease};
pub use places::{INTERPRETERS, PLACES, SUDO};
pub use zone::ZoneSigns;
