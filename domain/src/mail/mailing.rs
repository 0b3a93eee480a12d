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
    /// What watches the hosts: something is wrong.
    Alert,
    /// The same: it is over.
    Recovery,
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
    /// What is said of it follows from this: the same for a problem and its end.
    pub occasion: u64,
}

impl Mailing {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Cron, Self::Alert, Self::Recovery, Self::Build, Self::Vendor, Self::People];

    /// The sender's ways on a day: the local second it comes at, if it comes.
    fn on(self, company: Key, day: Date) -> Option<u64> {
        let key = self.occasion(company, day);
        let is_weekend = day.weekday().to_monday_zero_offset() > 4;
        let within = |from: u64, to: u64| 3_600 * from + key.text("second").below(3_600 * (to - from));
        match self {
            Self::Cron => {
                // Its minute is always the same; how long the job takes isn't.
                let minute = company.text("nightly").below(230) + 130;
                key.chance(62).then(|| 60 * minute + 2 + key.text("takes").below(900))
            }
            Self::Alert => key.chance(46).then(|| within(0, 24)),
            // Minutes later, or hours.
            Self::Recovery => {
                let lasts = 240 << key.text("lasts").below(6);
                Self::Alert.on(company, day).map(|at| at + lasts + key.text("more").below(lasts))
            }
            Self::Build => (!is_weekend && key.chance(64)).then(|| within(8, 19)),
            Self::Vendor => (!is_weekend && key.chance(38)).then(|| within(6, 17)),
            Self::People => (day.weekday().to_monday_zero_offset() == 0 || key.chance(9)).then(|| within(8, 9)),
        }
    }

    /// What everything about one of them follows from.
    fn occasion(self, company: Key, day: Date) -> Key {
        let what = if self == Self::Recovery { Self::Alert } else { self };
        company.text("mailing").text(what.as_str()).with(days(day).unsigned_abs())
    }

    /// A word for it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Alert => "alert",
            Self::Recovery => "recovery",
            Self::Build => "build",
            Self::Vendor => "vendor",
            Self::People => "people",
        }
    }

    /// Who gets it.
    fn reader(self, company: Key, world: &World, day: Date) -> Option<PersonaIndex> {
        let of = |family| world.members(family).to_vec();
        let among = match self {
            Self::Cron | Self::Alert | Self::Recovery => of(RoleFamily::Sysadmin),
            Self::Build => of(RoleFamily::Developer),
            Self::Vendor | Self::People => world.people().collect(),
        };
        let key = self.occasion(company, day).text("reader");
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
            Self::Alert | Self::Recovery => {
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
        if matches!(self, Self::Alert | Self::Recovery) {
            // Drawn first, so that a problem and its end have the same.
            generator.text(rules.mailing_alert_facts);
        }
        let (subject, body) = match self {
            Self::Cron => (rules.mailing_cron_subject, rules.mailing_cron_body),
            Self::Alert => (rules.mailing_alert_subject, rules.mailing_alert_body),
            Self::Recovery => (rules.mailing_recovery_subject, rules.mailing_recovery_body),
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
            let occasion = what.occasion(company, day);
            let nanos = occasion.text("nanos").text(what.as_str()).below(1_000_000_000);
            let span = jiff::SignedDuration::new(second.cast_signed(), i32::try_from(nanos).unwrap_or(0));
            let at = midnight.checked_add(span).ok().and_then(|at| zone.to_ambiguous_timestamp(at).compatible().ok());
            out.extend(at.map(|at| MailingDue { at, what, to, occasion: occasion.value() }));
        }
    }
    out.sort();
    out
}

fn one_of(list: &[String], key: Key) -> &str {
    list.get(key.index(list.len())).map_or("noreply", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::persona::Language;
    use crate::test_support::{Stand, tuesday, writer};
    use alloc::borrow::ToOwned;

    #[test]
    fn a_problem_and_its_end_are_about_one_thing() {
        let content = Content::embedded().unwrap();
        let stand = Stand::new(alloc::vec![writer("Ann Lee", "Sysadmin", "en")], &content);
        let context = stand.context(0, tuesday());
        let now = tuesday().timestamp();
        let due = mailings(&stand.world, "local:mail01", &TimeZone::UTC, now, 80);
        let say = |due: &MailingDue| {
            let rng = &mut Key::of(due.occasion).rng();
            due.what.say(&mut TextGenerator::new(content.pack(Language::EN), &context, rng))
        };
        let mut pairs = 0;
        for problem in due.iter().filter(|due| due.what == Mailing::Alert) {
            let end = due.iter().find(|due| due.what == Mailing::Recovery && due.occasion == problem.occasion).unwrap();
            assert!(problem.at < end.at && problem.to == end.to);
            let (bad, good) = (say(problem), say(end));
            // What stands before the state: the host and the check.
            let about = |subject: &str| {
                let (_, about) = subject.split_once(": ").unwrap_or_else(|| panic!("{subject}"));
                about.split_once(" is ").unwrap().0.to_owned()
            };
            assert_eq!(about(&bad.subject), about(&good.subject));
            let state = if bad.subject.contains("CRITICAL") { "CRITICAL" } else { "WARNING" };
            assert!(bad.subject.contains("PROBLEM") && bad.subject.contains(state), "{}", bad.subject);
            assert_eq!(bad.body.matches(state).count(), 2, "{}", bad.body);
            assert!(good.subject.contains("RECOVERY") && good.subject.contains(" is OK"), "{}", good.subject);
            assert!(good.body.contains("State: OK") && !good.body.contains("CRITICAL"), "{}", good.body);
            assert!(!good.body.contains("WARNING"), "{}", good.body);
            pairs += 1;
        }
        assert!(pairs > 20, "{pairs}");
    }
}
