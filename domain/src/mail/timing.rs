//! When mails are written and read: roots at people's own moments, answers after a while that the
//! person and their hours make.

use alloc::vec::Vec;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rand::RngExt;

use super::thread::SentMail;
use crate::agenda::{Intensity, moments};
use crate::calendar::Calendar;
use crate::index::PersonaIndex;
use crate::noise::{Key, log_normal};
use crate::persona::{Persona, ReplyLatency};
use crate::record::MailOrigin;

/// One of the people, as far as mail is concerned.
#[derive(Clone, Debug)]
pub struct Correspondent<'a> {
    /// Who.
    pub persona: &'a Persona,
    /// Their noise.
    pub key: Key,
    /// Which days they work.
    pub calendar: Calendar<'a>,
    /// Where their clock hangs.
    pub zone: TimeZone,
}

/// What somebody does about a mail they got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// They answer it.
    Answer,
    /// They pass it on.
    Forward,
}

/// Who reacts to a mail, how and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which of the people.
    pub who: PersonaIndex,
    /// What they do.
    pub what: Reaction,
    /// When they do it.
    pub at: Timestamp,
}

/// In how many of 100 mails somebody has something to answer (the share of replies that the reference has).
const ANSWERED: u64 = 60;
/// Older mails are not answered any more.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 6);
/// After so many mails most threads are over.
const LONG_THREAD: usize = 9;
/// No thread has more mails than this.
const LONGEST_THREAD: usize = 16;

/// Whether anybody still answers in the thread that `mail` is the latest of: threads end.
pub fn thread_goes_on(mail: &SentMail, company: Key) -> bool {
    match mail.references.len() + 1 {
        LONGEST_THREAD.. => false,
        LONG_THREAD.. => company.text("goes on").text(&mail.message_id).chance(25),
        _ => true,
    }
}

/// What becomes of a mail; `None` when nobody reacts. Whoever reacts has received it.
pub fn reaction(mail: &SentMail, company: Key, people: &[Correspondent<'_>]) -> Option<Due> {
    if mail.origin == MailOrigin::External || mail.story.is_some() {
        return None;
    }
    let key = company.text("reaction").text(&mail.message_id);
    if !key.chance(ANSWERED) || !thread_goes_on(mail, company) {
        return None;
    }
    let is = |who: &Correspondent<'_>, email: &str| who.persona.email.eq_ignore_ascii_case(email);
    let among = |list: &[alloc::string::String]| -> Vec<usize> {
        let has = |who: &Correspondent<'_>| list.iter().any(|email| is(who, email)) && !is(who, &mail.from);
        (0..people.len()).filter(|n| has(&people[*n])).collect()
    };
    let (to, cc) = (among(&mail.to), among(&mail.cc));
    let from = if to.is_empty() || (!cc.is_empty() && key.text("cc").chance(12)) { cc } else { to };
    let who = *from.get(key.text("who").index(from.len()))?;
    let what = if key.text("forward").chance(7) && people.len() > 2 { Reaction::Forward } else { Reaction::Answer };
    let at = answered_at(mail.sent, key, &people[who]);
    // After a holiday nobody answers what was settled meanwhile.
    (at.duration_since(mail.sent) < OLD).then_some(Due { who: PersonaIndex::new(who), what, at })
}

/// ln of the seconds until an answer is about N(8.5, 2) once nights and weekends have
/// made the long ones longer.
fn answered_at(sent: Timestamp, key: Key, who: &Correspondent<'_>) -> Timestamp {
    let rng = &mut key.text("latency").rng();
    let mu = match who.persona.reply_latency {
        ReplyLatency::Fast => 6.5,
        ReplyLatency::Normal => 7.7,
        ReplyLatency::Slow => 8.7,
    };
    let seconds = log_normal(rng, mu, 1.4).clamp(48.0 + 60.0 * rng.random::<f64>(), 700_000.0);
    let at = sent + SignedDuration::from_secs_f64(seconds);
    // Some look at their mail in the evening.
    if is_working(at, who) || key.text("evening").chance(9) {
        return at;
    }
    let later = SignedDuration::from_secs_f64(log_normal(rng, 7.1, 1.0).clamp(60.0, 20_000.0));
    next_start(at, who).unwrap_or(at) + later
}

/// When somebody sees a mail that came at `at`; `None` when they never open it.
pub fn read_at(at: Timestamp, key: Key, who: &Correspondent<'_>, origin: MailOrigin) -> Option<Timestamp> {
    let key = key.text("read").text(&who.persona.email);
    let opened = if origin == MailOrigin::External { 55 } else { 94 };
    if !key.chance(opened) {
        return None;
    }
    let rng = &mut key.rng();
    let seen = at + SignedDuration::from_secs_f64(log_normal(rng, 6.0, 1.3).clamp(20.0, 40_000.0));
    if is_working(seen, who) {
        return Some(seen);
    }
    let later = SignedDuration::from_secs_f64(log_normal(rng, 6.6, 0.8).clamp(60.0, 9_000.0));
    Some(next_start(seen, who).unwrap_or(seen) + later)
}

/// Whether somebody is at work, by their own calendar and clock.
pub fn is_working(at: Timestamp, who: &Correspondent<'_>) -> bool {
    let local = at.to_zoned(who.zone.clone());
    // A night shift belongs to the day it began on.
    let hours = who.persona.active_hours;
    let begins = i64::from(hours.start_minute());
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let day = if minute < begins { local.date().yesterday().unwrap_or(local.date()) } else { local.date() };
    hours.contains(local.time()) && who.calendar.is_working(day)
}

/// When somebody next comes to work after `at`.
fn next_start(at: Timestamp, who: &Correspondent<'_>) -> Option<Timestamp> {
    let local = at.to_zoned(who.zone.clone());
    let start = who.persona.active_hours.start_minute();
    let (hour, minute) = (i8::try_from(start / 60).ok()?, i8::try_from(start % 60).ok()?);
    (0..40_i64).find_map(|ahead| {
        let day = local.date().checked_add(Span::new().days(ahead)).ok()?;
        let begins = day.to_datetime(Time::new(hour % 24, minute, 0, 0).ok()?);
        let begins = who.zone.to_ambiguous_timestamp(begins).compatible().ok()?;
        (begins > at && who.calendar.is_working(day)).then_some(begins)
    })
}

/// How many mails a day a company's people begin on one mail host, altogether.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume(pub f64);

/// The moments in the days around `now` (yesterday to `ahead` days on) at which somebody begins a thread.
pub fn roots(
    who: &Correspondent<'_>,
    decky: &str,
    volume: Volume,
    crowd: &[Key],
    now: Timestamp,
    ahead: i64,
) -> Vec<Timestamp> {
    // Few people write most of it.
    let zeal = |key: Key| {
        let rng = &mut key.text("writes").rng();
        log_normal(rng, 0.0, 1.0)
    };
    let all: f64 = crowd.iter().map(|key| zeal(*key)).sum();
    let share = volume.0 * zeal(who.key) / all.max(1e-9);
    let key = who.key.text("letters").text(decky);
    let local = now.to_zoned(who.zone.clone());
    let days = (-1..=ahead).filter_map(|n| local.date().checked_add(Span::new().days(n)).ok());
    days.flat_map(|day| moments(key, who.persona.active_hours, &who.calendar, day, &who.zone, Intensity(share)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Holidays;
    use crate::test_support::persona;
    use alloc::borrow::ToOwned;
    use alloc::format;
    use alloc::vec;
    use jiff::civil::date;

    fn with_people<T>(work: impl FnOnce(&[Correspondent<'_>]) -> T) -> T {
        let people = ["Ann Lee", "Bob Ray", "Cy Orr", "Di Fox"].map(persona);
        let holidays = Holidays::default();
        let who = |n: usize| {
            let key = Key::of(7).with(n as u64);
            let calendar = Calendar::of(&people[n], key, &holidays);
            Correspondent { persona: &people[n], key, calendar, zone: TimeZone::UTC }
        };
        work(&[who(0), who(1), who(2), who(3)])
    }

    fn mail(n: i64, at: Timestamp) -> SentMail {
        SentMail {
            id: uuid::Uuid::from_u128(n.unsigned_abs().into()),
            thread: crate::record::ThreadId::new("t").unwrap(),
            message_id: format!("<{n}@corp.example.com>"),
            in_reply_to: None,
            references: Vec::new(),
            sent: at,
            from: "ann.lee@corp.example.com".to_owned(),
            to: vec!["bob.ray@corp.example.com".to_owned(), "gone@corp.example.com".to_owned()],
            cc: vec!["cy.orr@corp.example.com".to_owned()],
            subject: "x".to_owned(),
            text: "x".to_owned(),
            work_item: None,
            origin: MailOrigin::Colleague,
            story: None,
        }
    }

    #[test]
    fn whoever_answers_has_received_it_and_takes_as_long_as_people_do() {
        with_people(|people| {
            let start = date(2026, 11, 2).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
            let mails: Vec<SentMail> = (0_i64..2_000)
                .map(|n| (n, n % 60))
                .map(|(n, day)| mail(n, start + SignedDuration::from_mins((day / 5 * 7 + day % 5) * 1_440 + n % 480)))
                .collect();
            let dues: Vec<(Timestamp, Due)> =
                mails.iter().filter_map(|m| Some((m.sent, reaction(m, Key::of(1), people)?))).collect();
            // Three fifths are answered, the reference's share, but for what meets somebody's holiday.
            assert!((1_000..1_280).contains(&dues.len()), "{}", dues.len());
            assert!(dues.iter().all(|(_, due)| [1, 2].contains(&due.who.get())));
            // ln of the latency in seconds is about N(8.5, 2).
            let ln: Vec<f64> =
                dues.iter().map(|(sent, due)| libm::log(due.at.duration_since(*sent).as_secs_f64())).collect();
            let mean = ln.iter().sum::<f64>() / ln.len() as f64;
            let sd = libm::sqrt(ln.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / ln.len() as f64);
            assert!((8.0..9.0).contains(&mean) && (1.6..2.4).contains(&sd), "{mean} {sd}");
            let in_hours = dues.iter().filter(|(_, due)| is_working(due.at, &people[due.who.get()])).count();
            assert!(in_hours * 100 > dues.len() * 85, "{in_hours}");
        });
    }

    #[test]
    fn nobody_answers_a_machine() {
        with_people(|people| {
            let at = "2026-11-03T09:00:00Z".parse().unwrap();
            assert!((0..200).all(|n| {
                let outside = SentMail { origin: MailOrigin::External, ..mail(n, at) };
                reaction(&outside, Key::of(1), people).is_none()
            }));
        });
    }

    #[test]
    fn few_people_write_most_of_it_and_in_their_hours() {
        with_people(|people| {
            let crowd: Vec<Key> = people.iter().map(|p| p.key).collect();
            let now: Timestamp = "2026-11-03T09:00:00Z".parse().unwrap();
            let mut counts: Vec<usize> =
                people.iter().map(|who| roots(who, "local:mail-01", Volume(40.0), &crowd, now, 12).len()).collect();
            counts.sort_unstable();
            let all: usize = counts.iter().sum();
            assert!((150..900).contains(&all), "{counts:?}");
            assert!(counts[3] * 100 > all * 34, "{counts:?}");
        });
    }

    #[test]
    fn a_mail_of_the_night_is_read_in_the_morning() {
        with_people(|people| {
            let night: Timestamp = "2026-11-03T22:00:00Z".parse().unwrap();
            let read: Vec<Timestamp> =
                (0..100).filter_map(|n| read_at(night, Key::of(n), &people[1], MailOrigin::Colleague)).collect();
            assert!((85..=100).contains(&read.len()));
            assert!(read.iter().all(|at| *at > night));
            let morning = read.iter().filter(|at| is_working(**at, &people[1])).count();
            assert!(morning * 100 > read.len() * 90);
        });
    }
}
