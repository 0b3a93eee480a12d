//! The contract suites of the smaller ports: persona pool, clock, canaries, mails as bytes.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use decnet_domain::content::Content;
use decnet_domain::content_class::{CanaryClass, ContentClass};
use decnet_domain::decky::DeckyId;
use decnet_domain::mail::program::Program;
use decnet_domain::mail::{Address, Hop, Mail};
use decnet_domain::path::DeckyPath;
use decnet_domain::persona::Language;
use decnet_domain::record::ThreadId;
use decnet_engine::NoCanaries;
use decnet_fs::FilePool;
use decnet_mail::MimeWriter;
use decnet_ports::fake::{FakeCanaries, FakePersonas, FrozenClock};
use decnet_ports::{
    CanaryError, CanaryOrder, CanarySink, Clock, MailWriter, PersonaPool, PoolError, Posted, SystemClock,
};
use decnet_tests::samples::{moment, people};
use jiff::tz::TimeZone;

/// A pool has its people in order, and gives the same ones again at no cost.
async fn a_pool_has_its_people_and_is_cheap_to_ask_again(pool: &dyn PersonaPool) {
    let first = pool.load(Language::EN).await.unwrap();
    assert_eq!(first.iter().map(decnet_domain::persona::Persona::login).collect::<Vec<_>>(), ["annlee", "bobray"]);
    let again = pool.load(Language::EN).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again), "nothing changed, nothing is read again");
}

/// A pool of which nobody has heard is empty.
async fn a_pool_of_nobody_is_empty(pool: &dyn PersonaPool) {
    assert!(pool.load(Language::EN).await.unwrap().is_empty());
}

const TWO: &str = r#"[{"name": "Ann Lee", "email": "ann@corp.example.com", "role": "Ops"}, {"name": 7},
    {"name": "Bob Ray", "email": "bob@corp.example.com", "role": "Ops"}]"#;

#[tokio::test]
async fn persona_pools() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.json");
    std::fs::write(&path, TWO).unwrap();
    a_pool_has_its_people_and_is_cheap_to_ask_again(&FilePool::new(path)).await;
    a_pool_has_its_people_and_is_cheap_to_ask_again(&FakePersonas::of(people(&["Ann Lee", "Bob Ray"]))).await;
    a_pool_of_nobody_is_empty(&FilePool::new(folder.path().join("nowhere.json"))).await;
    a_pool_of_nobody_is_empty(&FakePersonas::default()).await;
}

#[tokio::test]
async fn a_pool_file_is_read_again_when_it_changes_and_told_of_when_it_breaks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.json");
    let pool = FilePool::new(path.clone());
    let logins =
        async || pool.load(Language::EN).await.map(|p| p.iter().map(|p| p.login().to_owned()).collect::<Vec<_>>());
    std::fs::write(&path, TWO).unwrap();
    assert_eq!(logins().await.unwrap().len(), 2);
    // The same size, so that only the modification time tells.
    std::fs::write(&path, TWO.replace("Ann Lee", "Eve Moe")).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(logins().await.unwrap()[0], "evemoe");
    std::fs::write(&path, "{\"no\": \"list\"}").unwrap();
    assert!(matches!(logins().await, Err(PoolError::Malformed { .. })));
    std::fs::remove_file(&path).unwrap();
    assert!(logins().await.unwrap().is_empty());
}

/// Time goes forward, and a sleep takes what it says.
async fn a_sleep_moves_the_clock_by_its_span(clock: &dyn Clock) {
    let before = clock.now();
    clock.sleep(Duration::from_millis(30)).await;
    let after = clock.now();
    assert!(after.timestamp().duration_since(before.timestamp()).as_millis() >= 30);
    assert_eq!(after.time_zone(), before.time_zone());
}

#[tokio::test]
async fn clocks() {
    a_sleep_moves_the_clock_by_its_span(&SystemClock::new()).await;
    a_sleep_moves_the_clock_by_its_span(&SystemClock::in_zone("Europe/Berlin").unwrap()).await;
    a_sleep_moves_the_clock_by_its_span(&FrozenClock::at(moment().to_zoned(TimeZone::UTC))).await;
    assert!(SystemClock::in_zone("Mars/Olympus").is_err());
}

/// What is offered is made, the same for the same order and below the home; what isn't is refused.
async fn a_sink_makes_what_it_offers_and_refuses_the_rest(sink: &dyn CanarySink) {
    for class in ContentClass::ALL.into_iter().filter_map(ContentClass::canary) {
        let order = CanaryOrder {
            class,
            decky: DeckyId::new("local:web-01"),
            decky_name: "web-01".to_owned(),
            home: DeckyPath::new("/home/ann").unwrap(),
            now: moment(),
        };
        match (sink.offers(class), sink.cultivate(&order).await) {
            (true, Ok(made)) => {
                assert!(made.path.is_below("/home/ann") || made.path.is_below("/var/backups"), "{}", made.path);
                assert_eq!(sink.cultivate(&order).await.unwrap(), made);
            }
            (false, Err(CanaryError::NotOffered { class: refused, .. })) => assert_eq!(refused, class),
            (offers, result) => panic!("{class:?}: offered {offers}, and {result:?}"),
        }
    }
}

#[tokio::test]
async fn canary_sinks() {
    a_sink_makes_what_it_offers_and_refuses_the_rest(&NoCanaries).await;
    a_sink_makes_what_it_offers_and_refuses_the_rest(&FakeCanaries).await;
    assert!(FakeCanaries.offers(CanaryClass::AwsCreds));
}

/// A mail with a parent, a copy and a hop.
fn reply() -> Mail {
    let date: jiff::Zoned = "2026-11-03T09:41:17+01:00[+01:00]".parse().unwrap();
    let who = |name: &str, email: &str| Address { name: name.to_owned(), email: email.to_owned() };
    Mail {
        message_id: "<a1@corp.example>".to_owned(),
        thread: ThreadId::new("t-1").unwrap(),
        began: "2026-11-02T08:00:00Z".parse().unwrap(),
        from: who("Ann Lee", "ann.lee@corp.example"),
        to: vec![who("Bob Ray", "bob.ray@corp.example")],
        cc: vec![who("Nina Müller", "nina.mueller@corp.example")],
        subject: "Re: Grüße".to_owned(),
        in_reply_to: Some("<p2@corp.example>".to_owned()),
        references: vec!["<p1@corp.example>".to_owned(), "<p2@corp.example>".to_owned()],
        language: "en".to_owned(),
        locale: Content::embedded().unwrap().pack(Language::EN).locale().clone(),
        program: Program::Thunderbird("128.14.0"),
        text: "Hi Bob,\n\nfine with me.\n.\nFrom here on: Grüße\n".to_owned(),
        attachments: Vec::new(),
        hops: vec![Hop {
            from: None,
            by: "mx.corp.example".to_owned(),
            with: "LMTP",
            id: "4XyZ".to_owned(),
            at: date.clone(),
        }],
        date,
    }
}

/// The same mail is the same bytes; a delivered copy is the sender's with the lines of its way before it.
fn a_mail_is_always_the_same_bytes_and_a_copy_is_the_mail_and_its_way(writer: &dyn MailWriter) {
    let posted = || Some(Posted { recipient: "bob.ray@corp.example".to_owned() });
    let (own, copy) = (writer.write(&reply(), None), writer.write(&reply(), posted()));
    assert_eq!((&own, &copy), (&writer.write(&reply(), None), &writer.write(&reply(), posted())));
    let (own, copy) = (String::from_utf8(own).unwrap(), String::from_utf8(copy).unwrap());
    let body = |text: &str| text.split_once("\n\n").map(|(_, body)| body.to_owned()).unwrap();
    assert_eq!(body(&own), body(&copy));
    assert!(
        copy.contains("Received: ") && copy.contains("bob.ray@corp.example") && !own.contains("Received: "),
        "{copy}"
    );
}

/// Lines end in LF, headers are ASCII, and what threads a mail is all there.
fn a_mail_has_the_headers_of_rfc_5322_and_plain_line_ends(writer: &dyn MailWriter) {
    let text = String::from_utf8(writer.write(&reply(), None)).unwrap();
    assert!(!text.contains('\r') && text.ends_with('\n'));
    let (head, _) = text.split_once("\n\n").unwrap();
    assert!(head.is_ascii(), "{head}");
    for name in ["From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version"] {
        let count = head.lines().filter(|line| line.starts_with(&format!("{name}: "))).count();
        assert_eq!(count, 1, "{name}: {head}");
    }
    assert!(head.contains("Tue, 3 Nov 2026 09:41:17 +0100") && head.contains("<p1@corp.example>"), "{head}");
    assert!(head.lines().all(|line| line.len() <= 998), "{head}");
}

#[test]
fn mail_writers() {
    a_mail_is_always_the_same_bytes_and_a_copy_is_the_mail_and_its_way(&MimeWriter);
    a_mail_has_the_headers_of_rfc_5322_and_plain_line_ends(&MimeWriter);
}
