//! What comes from machines and from outside: a nightly job's output, alerts, builds, vendors, the tool
//! for time sheets. Each has its own hours, readers and look; nobody answers any of them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::host_label::label;
use super::message::Address;
use super::program::Program;
use super::words::MessageText;
use crate::calendar::days;
use crate::content::TextGenerator;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::role::RoleFamily;
use crate::world::World;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mailing {
    /// cron(8), whose job had something to say.
    Cron,
    /// What watches the hosts.
    Alert,
    /// What builds the software.
    Build,
    /// Somebody the company buys from.
    Vendor,
    /// Time sheets and holidays.
    People,
}

/// One that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailingDue {
    /// When it is sent.
    pub at: Timestamp,
    /// Who sends it.
    pub what: Mailing,
    /// Who gets it, by place in the pool.
    pub to: PersonaIndex,
}

impl Mailing {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cron, Self::Alert, Self::Build, Self::Vendor, Self::People];

    /// The sender's ways on a day: the local second it comes at, if it comes.
    fn on(self, company: Key, day: Date) -> Option<u64> {
        let key = company.text("mailing").with(self as u64).with(days(day).unsigned_abs());
        let is_weekend = day.weekday().to_monday_zero_offset() > 4;
        let within = |from: u64, to: u64| 3_600 * from + key.text("second").below(3_600 * (to - from));
        match self {
            Self::Cron => {
                // Its minute is always the same; how long the job takes isn't.
                let minute = company.text("nightly").below(230) + 130;
                key.chance(62).then(|| 60 * minute + 2 + key.text("takes").below(900))
            }
            Self::Alert => key.chance(46).then(|| within(0, 24)),
            Self::Build => (!is_weekend && key.chance(64)).then(|| within(8, 19)),
            Self::Vendor => (!is_weekend && key.chance(38)).then(|| within(6, 17)),
            Self::People => (day.weekday().to_monday_zero_offset() == 0 || key.chance(9)).then(|| within(8, 9)),
        }
    }

    /// Who gets it.
    fn reader(self, company: Key, world: &World, day: Date) -> Option<PersonaIndex> {
        let of = |family| world.people().filter(|n| world.family(*n) == family).collect::<Vec<_>>();
        let among = match self {
            Self::Cron | Self::Alert => of(RoleFamily::Sysadmin),
            Self::Build => of(RoleFamily::Developer),
            Self::Vendor | Self::People => world.people().collect(),
        };
        let key = company.text("reader").with(self as u64).with(days(day).unsigned_abs());
        among.get(key.index(among.len())).copied()
    }

    /// The one who sends it, and what with.
    pub fn sender(self, generator: &mut TextGenerator<'_>) -> (Address, Program, String) {
        let world = generator.context().world;
        let domain = world.domain();
        let rules = generator.pack().rules();
        match self {
            Self::Cron => {
                let host = generator.text_remembered(rules.mailing_host);
                let host = format!("{host}.{domain}");
                (
                    Address { name: String::from("Cron Daemon"), email: format!("root@{host}") },
                    Program::Service(""),
                    host,
                )
            }
            Self::Alert => {
                let name = one_of(generator.pack().monitors(), world.key().text("monitor"));
                let host = format!("mon.{domain}");
                (Address { name: String::new(), email: format!("{name}@{domain}") }, Program::Service(""), host)
            }
            Self::Build => {
                let name = one_of(generator.pack().builders(), world.key().text("builder"));
                let host = format!("{}.{domain}", name.to_ascii_lowercase());
                let email = format!("noreply@{host}");
                (Address { name: String::from(name), email }, Program::Service(""), host)
            }
            Self::Vendor => {
                let vendor = generator.text_remembered(rules.mailing_vendor);
                let host = format!("mail.{}.com", label(&vendor));
                let email = format!("news@{}", host.trim_start_matches("mail."));
                (Address { name: vendor, email }, Program::Service("PHPMailer 6.8.1"), host)
            }
            Self::People => {
                let host = format!("time.{domain}");
                let email = format!("noreply@{domain}");
                (
                    Address { name: generator.text_remembered(rules.mailing_people_sender), email },
                    Program::Service(""),
                    host,
                )
            }
        }
    }

    /// What it says.
    pub fn say(self, generator: &mut TextGenerator<'_>) -> MessageText {
        let rules = generator.pack().rules();
        let (subject, body) = match self {
            Self::Cron => (rules.mailing_cron_subject, rules.mailing_cron_body),
            Self::Alert => (rules.mailing_alert_subject, rules.mailing_alert_body),
            Self::Build => (rules.mailing_build_subject, rules.mailing_build_body),
            Self::Vendor => (rules.mailing_vendor_subject, rules.mailing_vendor_body),
            Self::People => (rules.mailing_people_subject, rules.mailing_people_body),
        };
        MessageText { subject: generator.text(subject), body: generator.text(body) }
    }
}

/// What is due in the days around `now` (yesterday to `ahead` days on), in order.
pub fn mailings(world: &World, decky: &str, zone: &TimeZone, now: Timestamp, ahead: i64) -> Vec<MailingDue> {
    let company = world.key().text("outside").text(decky);
    let local = now.to_zoned(zone.clone());
    let mut out = Vec::new();
    for day in (-1..=ahead).filter_map(|n| local.date().checked_add(Span::new().days(n)).ok()) {
        for what in Mailing::ALL {
            let (Some(second), Some(to)) = (what.on(company, day), what.reader(company, world, day)) else { continue };
            let midnight = day.to_datetime(Time::midnight());
            let nanos = company.text("nanos").with(what as u64).with(days(day).unsigned_abs()).below(1_000_000_000);
            let span = jiff::SignedDuration::new(second.cast_signed(), i32::try_from(nanos).unwrap_or(0));
            let at = midnight.checked_add(span).ok().and_then(|at| zone.to_ambiguous_timestamp(at).compatible().ok());
            out.extend(at.map(|at| MailingDue { at, what, to }));
        }
    }
    out.sort();
    out
}

fn one_of(list: &[String], key: Key) -> &str {
    list.get(key.index(list.len())).map_or("noreply", String::as_str)
}
