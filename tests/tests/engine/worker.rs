//! The loop around the ticks: stops, limits, and deckies that come.

use std::time::Duration;

use decnet_domain::topic::{CONTROL, HEALTH};
use decnet_engine::{FileOutcome, Pace, Tick, Worker};
use decnet_ports::{Deckies, EventBus, Events};
use decnet_tests::samples::entry;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{MINUTE, PASSWD, container, noon, world};

#[tokio::test]
async fn a_stop_request_on_the_bus_ends_the_worker_and_anything_else_does_not() {
    let world = world().await;
    let mut health = world.bus.subscribe(HEALTH).await.unwrap();
    let pace = Pace { interval: MINUTE, ticks: None };
    let worker = Worker::new(world.ports.clone(), world.engine(12), pace);
    let running = tokio::spawn(worker.run(CancellationToken::new(), |_| {}));
    let beat = health.next().await.unwrap();
    assert_eq!(beat.payload["worker"], "orchestrator");
    assert_eq!(beat.payload["realism"]["llm_enabled"], false);
    assert_eq!(beat.payload["realism"]["llm_breaker_state"], "closed");
    for other in [json!({"action": "restart"}), json!("stop"), json!({})] {
        world.bus.publish(CONTROL, "control", &other);
    }
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert!(!running.is_finished());
    world.bus.publish(CONTROL, "control", &json!({"action": "stop", "requested_by": "ann"}));
    tokio::time::timeout(Duration::from_secs(5), running).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_worker_ends_after_its_ticks_and_publishes_each_action_once() {
    let world = world().await;
    let mut heard = world.bus.subscribe("orchestrator.>").await.unwrap();
    let pace = Pace { interval: MINUTE, ticks: Some(40) };
    let mut acted = 0;
    Worker::new(world.ports.clone(), world.engine(13), pace)
        .run(CancellationToken::new(), |tick| {
            acted += usize::from(matches!(tick, Tick::Traffic(_) | Tick::File(FileOutcome::Acted(_))));
        })
        .await;
    let mut topics = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(1), heard.next()).await {
        assert_eq!(event.payload["success"], true);
        assert_eq!(
            event.topic,
            format!(
                "orchestrator.{}.{}",
                event.payload["kind"].as_str().unwrap(),
                event.payload["dst_decky_uuid"].as_str().unwrap()
            )
        );
        topics.push(event.topic);
    }
    let events = world.repo.recent_events(1_000).await.unwrap();
    assert_eq!(topics.len(), events.len(), "each is told once");
    assert!(acted > 30 && events.len() >= acted);
}

#[tokio::test]
async fn a_new_decky_is_seen_within_one_interval() {
    let world = world().await;
    let mut engine = world.engine(14);
    world.ticks(&mut engine, 1).await;
    world.repo.put_fleet_decky(&entry("new-01", &["ssh"], Some("10.0.0.3")), noon().timestamp()).await.unwrap();
    world.driver.put(&container("new-01"), "/etc/passwd", PASSWD);
    world.ticks(&mut engine, 120).await;
    let targets: std::collections::BTreeSet<String> =
        world.repo.recent_events(1_000).await.unwrap().iter().map(|e| e.target.to_string()).collect();
    assert!(targets.contains("local:new-01"));
}
