//! What every bus must do. Two handles of one bus: what one publishes, the other hears.

use std::time::Duration;

use decnet_ports::{BusError, BusEvent, EventBus, Subscription};
use serde_json::json;

/// The next event, or none within a generous while.
async fn next(subscription: &mut Box<dyn Subscription>) -> Option<BusEvent> {
    tokio::time::timeout(Duration::from_secs(5), subscription.next()).await.ok().flatten()
}

/// A subscription hears what matches, once and in order, and nothing else.
pub async fn a_subscriber_hears_what_matches_once_and_in_order(one: &dyn EventBus, other: &dyn EventBus) {
    let mut files = other.subscribe("orchestrator.file.*").await.unwrap();
    let mut all = other.subscribe("orchestrator.>").await.unwrap();
    other.flush().await;
    settle(one, other).await;
    for n in 0..50 {
        one.publish("orchestrator.file.web", "file:create", &json!({"n": n, "text": "é"}));
        one.publish("orchestrator.traffic.web", "traffic", &json!({"n": n}));
    }
    one.publish("unrelated.topic", "x", &json!({}));
    one.publish("orchestrator.file.end", "end", &json!({}));
    one.flush().await;
    for n in 0..50 {
        let event = next(&mut files).await.unwrap();
        assert_eq!((event.topic.as_str(), event.kind.as_str()), ("orchestrator.file.web", "file:create"));
        assert_eq!(event.payload, json!({"n": n, "text": "é"}));
        assert_eq!(next(&mut all).await.unwrap().topic, "orchestrator.file.web");
        assert_eq!(next(&mut all).await.unwrap().topic, "orchestrator.traffic.web");
    }
    assert_eq!(next(&mut files).await.unwrap().kind, "end");
    assert_eq!(next(&mut all).await.unwrap().kind, "end");
}

/// Nobody hears their own.
pub async fn a_publisher_does_not_hear_itself(one: &dyn EventBus, other: &dyn EventBus) {
    let mut own = one.subscribe("a.>").await.unwrap();
    one.flush().await;
    settle(other, one).await;
    one.publish("a.b", "mine", &json!({}));
    one.flush().await;
    other.publish("a.c", "theirs", &json!({}));
    other.flush().await;
    assert_eq!(next(&mut own).await.unwrap().kind, "theirs");
}

/// A pattern that makes no sense is an error, and a topic that makes none goes nowhere.
pub async fn nonsense_is_refused(one: &dyn EventBus, other: &dyn EventBus) {
    for bad in ["", "a..b", "a.>.b", "a b", "a.\n"] {
        assert_eq!(one.subscribe(bad).await.err(), Some(BusError::BadPattern(bad.to_owned())), "{bad:?}");
    }
    let mut all = other.subscribe("x.>").await.unwrap();
    other.flush().await;
    settle(one, other).await;
    one.publish("x.*", "wild", &json!({}));
    one.publish("x.y\nPUB x.z", "injected", &json!({}));
    one.publish("x.ok", "plain", &json!({}));
    one.flush().await;
    assert_eq!(next(&mut all).await.unwrap().kind, "plain");
}

/// Publishing takes no time, whether anybody listens or not.
pub async fn publishing_never_waits(one: &dyn EventBus, _other: &dyn EventBus) {
    // No runtime turn in between: a publish that waited for anything would never come back.
    for n in 0..5_000 {
        one.publish("nobody.listens", "x", &json!({ "n": n }));
    }
    one.flush().await;
}

/// Waits until a subscription of `to` is known to whoever serves the bus.
async fn settle(from: &dyn EventBus, to: &dyn EventBus) {
    let mut probe = to.subscribe("probe.settled").await.unwrap();
    for _ in 0..500 {
        from.publish("probe.settled", "probe", &json!({}));
        if tokio::time::timeout(Duration::from_millis(20), probe.next()).await.is_ok() {
            return;
        }
    }
    panic!("the bus never got through");
}
