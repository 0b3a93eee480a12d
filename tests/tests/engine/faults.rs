//! What goes wrong, and an intruder's hand: one action fails or is left alone, and the rest goes on.

use std::sync::Arc;
use std::time::Duration;

use decnet_domain::decky::{ContainerRef, DeckyId, DeckyName, Service};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{EventKind, Outcome, PendingEffect, content_hash};
use decnet_engine::{FileOutcome, Tick};
use decnet_ports::{
    ActivityDriver, Deckies, DriverError, EventBus, Events, FileContent, FileKind, FileStat, Files, Journal, Mails,
    Memory, MockActivityDriver,
};
use decnet_tests::late_driver::Late;
use decnet_tests::samples::entry;
use serde_json::json;

use super::{MINUTE, PASSWD, container, noon, world};

#[tokio::test]
async fn what_somebody_else_changed_or_removed_is_never_written_again() {
    let world = world().await;
    let mut engine = world.engine(3);
    world.ticks(&mut engine, 150).await;
    let files = world.repo.all_files().await.unwrap();
    for (n, file) in files.iter().enumerate() {
        let place = container(file.decky.as_str().trim_start_matches("local:"));
        if n % 2 == 0 {
            world.driver.put(&place, &file.path, b"the intruder was here");
        } else {
            world.driver.remove_file(&place, &DeckyPath::new(file.path.as_str()).unwrap()).await.unwrap();
        }
    }
    world.ticks(&mut engine, 400).await;
    for (n, file) in files.iter().enumerate() {
        let place = container(file.decky.as_str().trim_start_matches("local:"));
        let now = world.driver.get(&place, &file.path);
        match n % 2 {
            0 => assert_eq!(now.unwrap().bytes, b"the intruder was here", "{}", file.path),
            _ => assert_eq!(now, None, "{} came back", file.path),
        }
    }
}

#[tokio::test]
async fn what_is_not_ours_any_more_is_told_marked_and_remembered_after_a_restart() {
    let world = world().await;
    let mut told = world.bus.client().subscribe("orchestrator.tampered.>").await.unwrap();
    world.ticks(&mut world.engine(3), 150).await;
    let files = world.repo.all_files().await.unwrap();
    for file in &files {
        let place = container(file.decky.as_str().trim_start_matches("local:"));
        world.driver.put(&place, &file.path, b"the intruder was here");
    }
    world.ticks(&mut world.engine(4), 400).await;
    let events = world.repo.recent_events(10_000).await.unwrap();
    let tampered: Vec<_> = events.iter().filter(|e| e.what == EventKind::FileTampered).collect();
    assert!(tampered.len() > 5, "{}", tampered.len());
    let found = content_hash(b"the intruder was here");
    assert!(
        tampered
            .iter()
            .all(|e| e.payload.to_json()["found"] == "changed" && e.payload.to_json()["found_hash"] == found.as_str())
    );
    let marked = world.repo.tampered_files().await.unwrap();
    assert_eq!(marked.len(), tampered.len(), "each is told once");
    let heard = tokio::time::timeout(Duration::from_secs(5), told.next()).await.unwrap().unwrap();
    assert!(heard.topic.starts_with("orchestrator.tampered.local:"), "{}", heard.topic);
    // Another process knows it too: not one of these is looked at, or told of, again.
    world.ticks(&mut world.engine(5), 400).await;
    let again = world.repo.recent_events(10_000).await.unwrap();
    let ids: Vec<_> = again
        .iter()
        .filter(|e| e.what == EventKind::FileTampered)
        .map(|e| e.payload.file().unwrap().synthetic_file_uuid.clone().unwrap())
        .collect();
    let once: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(once.len(), ids.len());
}

#[tokio::test]
async fn a_file_that_is_there_already_is_not_overwritten() {
    let world = world().await;
    for name in ["web-01", "db-01"] {
        for log in ["cron.log", "syslog", "auth.log"] {
            world.driver.put(&container(name), &format!("/var/log/{log}"), b"a real daemon writes this\n");
        }
    }
    world.ticks(&mut world.engine(4), 600).await;
    for name in ["web-01", "db-01"] {
        let log = world.driver.get(&container(name), "/var/log/cron.log").unwrap();
        assert_eq!(log.bytes, b"a real daemon writes this\n");
    }
    assert!(world.repo.all_files().await.unwrap().iter().all(|f| f.path != "/var/log/syslog"));
    assert!(world.repo.pending().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_decky_that_is_away_rests_and_the_others_live_on() {
    let world = world().await;
    world.driver.set_away(&container("db-01"), true);
    let mut engine = world.engine(5);
    world.ticks(&mut engine, 300).await;
    let files = world.repo.all_files().await.unwrap();
    assert!(files.len() > 30 && files.iter().all(|f| f.decky == DeckyId::new("local:web-01")));
    let failures = world.repo.recent_events(1_000).await.unwrap();
    assert!(failures.iter().any(|e| e.outcome == Outcome::Failure && e.what == EventKind::TcpConnect));
    world.driver.set_away(&container("db-01"), false);
    world.ticks(&mut engine, 300).await;
    assert!(world.repo.all_files().await.unwrap().iter().any(|f| f.decky == DeckyId::new("local:db-01")));
}

#[tokio::test]
async fn operator_weights_are_taken_up_and_a_bad_row_changes_nothing() {
    let world = world().await;
    let weights = |class: &str| {
        json!({"user_class_weights": [{"content_class": class, "weight": 1}],
            "system_class_weights": [{"content_class": "cache_tmp", "weight": 1}],
            "canary_class_weights": [{"content_class": "canary_aws_creds", "weight": 1}], "canary_probability": 0.0})
        .to_string()
    };
    world.repo.set_config("weights", &weights("script"));
    let mut engine = world.engine(7);
    world.ticks(&mut engine, 100).await;
    world.repo.set_config("weights", "{broken");
    world.ticks(&mut engine, 100).await;
    let classes: std::collections::BTreeSet<_> =
        world.repo.all_files().await.unwrap().into_iter().map(|f| f.class.as_str()).collect();
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), ["cache_tmp", "script"]);
    world.repo.set_config("weights", &weights("todo"));
    world.ticks(&mut engine, 60).await;
    assert!(world.repo.all_files().await.unwrap().iter().any(|f| f.class.as_str() == "todo"));
}

#[tokio::test]
async fn a_plant_of_unknown_fate_is_looked_up_on_the_decky_itself() {
    let mut world = world().await;
    world.ports.driver = Arc::new(Late(Arc::new(world.driver.clone())));
    let mut engine = world.engine(9);
    let mut ticks = Vec::new();
    while !ticks.iter().any(|t| matches!(t, Tick::File(FileOutcome::Acted(_)))) {
        ticks.extend(world.ticks(&mut engine, 1).await);
    }
    assert!(world.repo.all_files().await.unwrap().is_empty(), "no row without certainty");
    let pending = world.repo.pending().await.unwrap();
    assert_eq!(pending.len(), 1);
    // The next start finds the file and mends the row; a note whose file isn't there is dropped.
    let mut lost = pending[0].clone();
    lost.id = uuid::Uuid::new_v4();
    "/home/annlee/never-arrived.txt".clone_into(&mut lost.changes[0].path);
    world.repo.begin(&lost).await.unwrap();
    assert_eq!(world.engine(10).recover().await.unwrap(), 1);
    assert_eq!(world.repo.pending().await.unwrap().len(), 1, "it may still be on its way");
    world.clock.advance(MINUTE);
    assert_eq!(world.engine(10).recover().await.unwrap(), 0);
    let files = world.repo.all_files().await.unwrap();
    assert_eq!(files.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), [pending[0].changes[0].path.as_str()]);
    assert!(world.repo.pending().await.unwrap().is_empty());
}

/// A mail that got there, and a worker that died before it could say so.

#[tokio::test]
async fn a_kill_between_a_mails_delivery_and_its_row_loses_none_and_sends_none_twice() {
    let mut world = world().await;
    world.repo.put_fleet_decky(&entry("mail-01", &["imap"], None), noon().timestamp()).await.unwrap();
    let mail_host = ContainerRef::of_service(DeckyName::new("mail-01").unwrap(), Service::Imap);
    world.driver.put(&mail_host, "/etc/passwd", PASSWD);
    let whole = world.ports.clone();
    world.ports.driver = Arc::new(Late(Arc::new(world.driver.clone())));
    let mut engine = world.engine(31);
    let is_delivery = |note: &decnet_domain::record::Pending| matches!(note.effect, PendingEffect::Deliver { .. });
    for _ in 0..500 {
        world.ticks(&mut engine, 1).await;
        if world.repo.pending().await.unwrap().iter().any(is_delivery) {
            break;
        }
    }
    let delivered: Vec<_> = world.repo.pending().await.unwrap().into_iter().filter(is_delivery).collect();
    assert_eq!(delivered.len(), 1);
    let PendingEffect::Deliver { email, .. } = &delivered[0].effect else { unreachable!() };
    assert!(world.driver.get(&mail_host, &email.eml_path).is_some(), "it lies there");
    // The next start, with a driver that answers.
    world.ports = whole;
    let mut engine = world.engine(32);
    engine.recover().await.unwrap();
    world.ticks(&mut engine, 400).await;
    let mails = world.repo.recent_emails(&DeckyId::new("local:mail-01"), 1_000).await.unwrap();
    let ids: std::collections::BTreeSet<&str> = mails.iter().map(|m| m.message_id.as_str()).collect();
    assert!(ids.contains(email.message_id.as_str()) && mails.len() > 10);
    assert_eq!(ids.len(), mails.len(), "no mail is recorded twice");
    let lying = world.driver.all().keys().filter(|(_, path)| path.ends_with(".eml")).count();
    assert_eq!(lying, mails.len(), "one file a mail");
    assert!(mails.iter().all(|m| m.outcome == Outcome::Success || m.message_id == email.message_id));
}

/// Two installations with the same decoys, people and dates have nothing drawn in common.

#[tokio::test]
async fn a_failing_driver_is_an_event_and_not_the_end() {
    let mut world = world().await;
    let mut driver = MockActivityDriver::new();
    driver.expect_traffic().returning(|| None);
    driver.expect_inspect().returning(|_| Ok(decnet_ports::ContainerInfo::default()));
    driver.expect_stat().returning(|_, paths| {
        let there = FileStat { kind: FileKind::File, mtime: jiff::Timestamp::UNIX_EPOCH };
        Ok(paths.iter().map(|path| (path.as_str() == "/etc/passwd").then_some(there)).collect())
    });
    driver
        .expect_read_file()
        .returning(|_, path, _| Ok((path.as_str() == "/etc/passwd").then(|| FileContent { bytes: PASSWD.to_vec() })));
    driver
        .expect_plant_file()
        .returning(|_, _| Err(DriverError::Failed { rc: 1, stderr: "No space left on device".to_owned() }));
    world.ports.driver = Arc::new(driver);
    let ticks = world.ticks(&mut world.engine(11), 50).await;
    assert!(ticks.iter().any(|t| matches!(t, Tick::File(FileOutcome::Acted(_)))));
    let events = world.repo.recent_events(100).await.unwrap();
    assert!(!events.is_empty() && events.iter().all(|e| e.outcome == Outcome::Failure));
    assert_eq!(events[0].payload.stderr(), Some("No space left on device"));
    assert_eq!(events[0].payload.to_json()["rc"], 1);
    assert!(world.repo.all_files().await.unwrap().is_empty());
}
