//! The contract suites of the smaller ports: persona pool, clock, canaries.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use decnet_domain::content_class::{CanaryClass, ContentClass};
use decnet_domain::decky::DeckyId;
use decnet_domain::path::DeckyPath;
use decnet_domain::persona::Language;
use decnet_engine::NoCanaries;
use decnet_fs::FilePool;
use decnet_ports::fake::{FakeCanaries, FakePersonas, FrozenClock};
use decnet_ports::{CanaryError, CanaryOrder, CanarySink, Clock, PersonaPool, PoolError, SystemClock};
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
