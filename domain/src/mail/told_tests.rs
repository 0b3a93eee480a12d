//! Two weeks of a company's mail, as a mail host would get it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::outgoing::BodySource;
use super::plan::{Delivery, MailPlan};
use super::site::{Composition, MailSite, MailStore, SiteSettings};
use crate::content::Content;
use crate::decky::Service;
use crate::facts::HostFacts;
use crate::fleet::FleetBuilder;
use crate::index::DeckyIndex;
use crate::noise::Key;
use crate::novelty::Novelty;
use crate::persona::{Language, parse_pool};
use crate::record::{EmailRecord, MailOrigin};
use crate::test_support::{decky, origin};
use crate::world::World;

const PEOPLE: &str = r#"[
    {"name": "Sarah Connor", "email": "sarah@corp.example.com", "role": "Sysadmin"},
    {"name": "Juan Perez", "email": "juan@corp.example.com", "role": "Developer"},
    {"name": "Nina Mueller", "email": "nina@corp.example.com", "role": "Finance"},
    {"name": "Tom Berg", "email": "tom@corp.example.com", "role": "Sales"},
    {"name": "Amy Bright", "email": "amy@corp.example.com", "role": "HR"},
    {"name": "Ravi Shah", "email": "ravi@corp.example.com", "role": "Support"},
    {"name": "Eva Lund", "email": "eva@corp.example.com", "role": "Head of Operations"}
]"#;

/// A mail that was sent, whole.
struct Sent {
    plan: MailPlan,
    row: EmailRecord,
}

/// Everything that is sent in so many days.
fn life(days: i64) -> Vec<Sent> {
    let content = Content::embedded().unwrap();
    let people = parse_pool(PEOPLE, Language::EN).unwrap().personas;
    let world = World::new(origin(3), "", &people, content.words(), content.roles());
    let mut builder = FleetBuilder::default();
    let pool = builder.pool(people, world);
    builder.decky(decky("mail-01", &[Service::Imap], Some("10.0.0.9")), pool);
    let fleet = builder.build();
    let facts = HostFacts::parse("root:x:0:0::/root:/bin/bash\n", "");
    let server = fleet.mail_server(DeckyIndex::new(0)).unwrap();
    let mut now: Timestamp = "2026-11-02T05:00:00Z".parse().unwrap();
    let end = now + SignedDuration::from_hours(24 * days);
    let (mut sent, mut rows): (Vec<Sent>, Vec<EmailRecord>) = (Vec::new(), Vec::new());
    let novelty = Novelty::default();
    while now < end {
        let clock: Zoned = now.to_zoned(TimeZone::UTC);
        let settings = SiteSettings { content: &content, store: MailStore::Spool, actions_per_day: 144.0, now: &clock };
        let site = MailSite::new(server, &facts, &rows, settings);
        let mut new = Vec::new();
        for outgoing in site.due(Key::of(1)) {
            let composition = Composition { site: &site, novelty: &novelty };
            let Some(plan) = composition.plan(&outgoing, BodySource::Template, None) else { continue };
            let row = plan.record(&site, &Delivery::default(), None);
            new.push(Sent { plan, row });
        }
        now = site.next().unwrap_or(end);
        for mail in new {
            rows.insert(0, mail.row.clone());
            sent.push(mail);
        }
    }
    sent
}

#[test]
fn threads_are_conversations_of_a_storyline() {
    let sent = life(14);
    let told: Vec<&Sent> = sent.iter().filter(|mail| mail.plan.story.is_some()).collect();
    assert!(told.len() > 40, "{}", told.len());
    // Whoever has storylines begins no thread about nothing.
    assert!(sent.iter().all(|mail| mail.plan.story.is_some() || mail.plan.writer.is_none()));
    let marks: BTreeSet<_> = told.iter().map(|mail| mail.plan.story.clone()).collect();
    assert_eq!(marks.len(), told.len(), "a mail was sent twice");
    let mut threads: BTreeMap<&str, Vec<&Sent>> = BTreeMap::new();
    for mail in &told {
        threads.entry(mail.plan.mail.thread.as_str()).or_default().push(mail);
        assert!(!mail.plan.mail.text.contains(['{', '}']), "{}", mail.plan.mail.text);
        assert!(!mail.plan.mail.to.is_empty());
    }
    assert!(threads.values().filter(|mails| mails.len() > 2).count() > 5);
    for mails in threads.values() {
        let items: BTreeSet<_> = mails.iter().map(|mail| mail.plan.work_item).collect();
        assert_eq!(items.len(), 1);
        for (n, mail) in mails.iter().enumerate() {
            let mail = &mail.plan.mail;
            assert!(mail.references.len() <= n, "{}", mail.subject);
            // Who answers has the mail: it came to them, or they wrote it.
            let parent = mail
                .in_reply_to
                .as_ref()
                .map(|id| &mails.iter().find(|m| m.plan.mail.message_id == *id).unwrap().plan.mail);
            assert_eq!(mail.subject.starts_with("Re: "), parent.is_some(), "{}", mail.subject);
            // Nobody whom the thread had to do with gets a mail that begins anew.
            let has = |one: &Sent, email: &str| {
                let all = one.plan.mail.to.iter().chain(&one.plan.mail.cc).chain([&one.plan.mail.from]);
                all.into_iter().any(|address| address.email == email)
            };
            let is_between = |one: &&Sent| has(one, &mail.from.email) && mail.to.iter().any(|to| has(one, &to.email));
            assert!(parent.is_some() || !mails[..n].iter().any(is_between), "{}", mail.text);
            if let Some(parent) = parent {
                let mut known = parent.to.iter().chain(&parent.cc).chain([&parent.from]);
                assert!(known.any(|address| address.email == mail.from.email), "{}", mail.text);
            }
        }
        // What people of another company get is a thread of its own.
        let domain = "@corp.example.com";
        let is_outward = |mail: &Sent| {
            let all = mail.plan.mail.to.iter().chain(&mail.plan.mail.cc).chain([&mail.plan.mail.from]);
            all.into_iter().any(|address| !address.email.ends_with(domain))
        };
        let sides: BTreeSet<bool> = mails.iter().map(|mail| is_outward(mail)).collect();
        assert_eq!(sides.len(), 1);
    }
    let from_outside = told.iter().filter(|mail| mail.plan.origin == MailOrigin::External).count();
    assert!(from_outside > 3, "{from_outside}");
}

#[test]
fn a_thread_reads_like_this() {
    let sent = life(9);
    let mut threads: BTreeMap<&str, Vec<&MailPlan>> = BTreeMap::new();
    for mail in sent.iter().filter(|mail| mail.plan.story.is_some()) {
        threads.entry(mail.plan.mail.thread.as_str()).or_default().push(&mail.plan);
    }
    let mut longest: Vec<_> = threads.into_values().collect();
    longest.sort_by_key(|mails| core::cmp::Reverse(mails.len()));
    let mut out = String::new();
    for mails in longest.iter().take(4) {
        for plan in mails {
            let mail = &plan.mail;
            put!(&mut out, "{} {} <{}>\n", mail.date.strftime("%a %d %b %H:%M:%S"), mail.from.name, mail.from.email);
            let names = |list: &[super::Address]| list.iter().map(|to| to.name.clone()).collect::<Vec<_>>().join(", ");
            put!(&mut out, "To: {}  Cc: {}\n{}\n\n{}\n", names(&mail.to), names(&mail.cc), mail.subject, plan.said);
            out += "-----\n";
        }
        out += "==========\n";
    }
    insta::assert_snapshot!(out);
}
