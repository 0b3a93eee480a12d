//! Language models: good ones, bad ones, slow ones and none.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;
use std::time::Duration;

use decnet_domain::decky::{ContainerRef, DeckyId, DeckyName, Service};
use decnet_domain::llm::settings::{Choice, LlmSettings, MOST_TOKENS, Provider};
use decnet_engine::{Engine, LlmCounts, LlmPolicy, Mode, Ports, Profile, Tick};
use decnet_interpreters::HostInterpreters;
use decnet_llm::HttpModels;
use decnet_ports::fake::{FakeDriver, FakeRepo, FrozenClock};
use decnet_ports::{Clock, Deckies, Files, Mails};
use decnet_tests::llm_server::{Answer, LlmServer, Mood};
use decnet_tests::ports::in_memory;
use decnet_tests::samples::{entry, people};
use jiff::civil::date;
use jiff::tz::TimeZone;

const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\nbobray:x:1001:1001::/home/bobray:/bin/bash\n";
const GOOD: &str =
    "- [ ] call the vendor about the disk\n- [ ] check the backup of db-01\n- [x] mail to Bob, it is on the share\n";

mod servers;

fn settings(provider: Provider, url: &str, timeout: f64) -> LlmSettings {
    LlmSettings {
        provider,
        base_url: Some(url.to_owned()),
        model: Some("m".to_owned()),
        timeout,
        most_tokens: MOST_TOKENS,
    }
}

fn models() -> HttpModels {
    HttpModels::new(Some("secret-key".to_owned()), None).unwrap()
}

/// A server that has had enough for so many seconds.
fn rate_limit(seconds: &'static str) -> Mood {
    let body = br#"{"error": {"message": "rate limit"}}"#.to_vec();
    Mood::Raw { status: 429, headers: vec![("Retry-After", seconds)], body }
}

/// Two people on one host, and a mail host.
struct World {
    clock: FrozenClock,
    repo: FakeRepo,
    ports: Ports,
}

async fn world() -> World {
    let now = date(2026, 11, 3).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let (clock, repo, driver) = (FrozenClock::at(now.clone()), FakeRepo::default(), FakeDriver::default());
    for (name, service) in [("web-01", Service::Ssh), ("mail-01", Service::Imap)] {
        repo.put_fleet_decky(&entry(name, &[service.as_str()], Some("10.0.0.1")), now.timestamp()).await.unwrap();
        driver.put(&ContainerRef::of_service(DeckyName::new(name).unwrap(), service), "/etc/passwd", PASSWD);
    }
    let ports = Ports {
        repo: Arc::new(repo.clone()),
        driver: Arc::new(driver.clone()),
        models: Arc::new(models()),
        syntax: Arc::new(HostInterpreters),
        ..in_memory(clock.clone(), people(&["Ann Lee", "Bob Ray"]))
    };
    World { clock, repo, ports }
}

impl World {
    fn engine(&self, url: &str, timeout: f64) -> Engine {
        let choice = Choice::On(settings(Provider::Ollama, url, timeout));
        Engine::new(self.ports.clone(), Mode::Act, 4, Duration::from_mins(1), Profile::REFERENCE)
            .with_llm(LlmPolicy::Configured(choice))
    }

    async fn ticks(&self, engine: &mut Engine, count: usize) -> Vec<Tick> {
        let mut done = Vec::new();
        for _ in 0..count {
            self.clock.advance(Duration::from_mins(1));
            done.push(engine.tick(&self.clock.now()).await.unwrap());
        }
        done
    }

    async fn bodies(&self) -> Vec<(String, String)> {
        let files = self.repo.all_files().await.unwrap();
        files.into_iter().map(|f| (f.class.as_str().to_owned(), f.last_body)).collect()
    }
}

#[tokio::test]
async fn what_a_model_says_stands_in_files_and_mails() {
    let world = world().await;
    let server = LlmServer::start(Mood::Say(GOOD.to_owned())).await;
    let mut engine = world.engine(&server.url(), 5.0);
    // Not more: lists are gone on with, and what the model wrote there is ticked and goes.
    world.ticks(&mut engine, 90).await;
    let bodies = world.bodies().await;
    let with = |class: &str| {
        bodies.iter().filter(|(c, body)| c == class && body.contains("call the vendor about the disk")).count()
    };
    assert!(
        with("note") > 2 && with("todo") > 1 && with("draft") > 0,
        "{} {} {}",
        with("note"),
        with("todo"),
        with("draft")
    );
    // A list is no script, and logs and caches never ask.
    assert_eq!(with("script") + with("log_cron") + with("log_daemon") + with("cache_tmp"), 0);
    assert!(bodies.iter().any(|(class, _)| class == "script"), "templates take over");
    let asked = server.asked();
    assert!(asked.iter().all(|a| !a.contains("crontab") && !a.to_lowercase().contains("honeypot")));

    server.set(Mood::Say(
        "Subject: Disk on db-01\n\nHi,\n\nthe disk is full and we have to call the vendor about it today.\n\nThanks\n"
            .to_owned(),
    ));
    world.ticks(&mut engine, 150).await;
    let mails = world.repo.recent_emails(&DeckyId::new("local:mail-01"), 500).await.unwrap();
    let by_model: Vec<_> = mails.iter().filter(|m| m.payload.to_json()["model"] == "m").collect();
    assert!(by_model.len() > 3, "{}", by_model.len());
    assert!(by_model.iter().any(|m| m.subject == "Disk on db-01"));
    assert!(by_model.iter().all(|m| m.payload.details().unwrap().text.len() > 20));
    let counts = engine.llm_queue().counts();
    assert!(counts.accepted > 10 && counts.rejected > 0 && counts.failed == 0, "{counts:?}");
}

#[tokio::test]
async fn whatever_goes_wrong_a_template_takes_its_place_and_the_breaker_counts() {
    let world = world().await;
    let server = LlmServer::start(Mood::status(500)).await;
    let mut engine = world.engine(&server.url(), 5.0);
    assert_eq!(engine.llm_queue().health().breaker.as_str(), "closed");
    world.ticks(&mut engine, 40).await;
    let files = world.bodies().await.len();
    assert!(files > 5);
    // Ticks are a minute apart, so each cooldown is over at the next: one probe each, and three calls before.
    assert!(engine.llm_queue().counts().failed >= 3);
    assert_ne!(engine.llm_queue().health().breaker.as_str(), "closed");
    server.set(Mood::Say(GOOD.to_owned()));
    world.ticks(&mut engine, 60).await;
    assert_eq!(engine.llm_queue().health().breaker.as_str(), "closed");
    assert!(engine.llm_queue().counts().accepted > 0);
    assert!(world.bodies().await.len() > files);
}

#[tokio::test]
async fn an_open_breaker_asks_nobody() {
    let world = world().await;
    let server = LlmServer::start(Mood::status(500)).await;
    let mut engine = world.engine(&server.url(), 5.0);
    for _ in 0..200 {
        // A second apart: within one cooldown.
        world.clock.advance(Duration::from_millis(100));
        engine.tick(&world.clock.now()).await.unwrap();
    }
    assert_eq!(server.asked().len(), 3);
    let health = engine.llm_queue().health();
    assert_eq!(
        (health.backend.as_deref(), health.model.as_deref(), health.breaker.as_str()),
        (Some("ollama"), Some("m"), "open")
    );
}

#[tokio::test]
async fn what_waits_for_its_turn_is_not_asked_once_the_breaker_is_open() {
    let world = world().await;
    let server = LlmServer::start(Mood::HangBeforeHeaders).await;
    let mut engine = world.engine(&server.url(), 2.0);
    // Many questions at once, of which two are asked at a time; the clock stands still.
    for _ in 0..60 {
        engine.tick(&world.clock.now()).await.unwrap();
    }
    let started = std::time::Instant::now();
    while engine.llm_queue().health().breaker.as_str() == "closed" {
        assert!(started.elapsed() < Duration::from_mins(2), "the breaker never opened");
        tokio::time::sleep(Duration::from_millis(50)).await;
        engine.tick(&world.clock.now()).await.unwrap();
    }
    for _ in 0..60 {
        engine.tick(&world.clock.now()).await.unwrap();
    }
    // Three failures, and what was on its way beside the third. The call that loads the model is no question.
    let questions = server.asked().iter().filter(|a| !a.contains("\"prompt\":\"\"")).count();
    assert!(questions <= 4, "{questions}");
}

#[tokio::test]
async fn a_model_that_takes_an_hour_holds_nobody_up() {
    let world = world().await;
    let server = LlmServer::start(Mood::Slow(Duration::from_hours(1), GOOD.to_owned())).await;
    let mut engine = world.engine(&server.url(), 3_600.0);
    let ticks = world.ticks(&mut engine, 200).await;
    // What isn't people's prose goes on, and above a bound of open questions so does that, by templates.
    let acted = ticks.iter().filter(|t| !matches!(t, Tick::Quiet)).count();
    assert!(acted > 120, "{acted}");
    let bodies = world.bodies().await;
    assert!(bodies.iter().any(|(class, _)| class == "log_cron") && bodies.iter().any(|(class, _)| class == "note"));
    assert!(server.asked().len() <= 24, "{}", server.asked().len());
}

#[tokio::test]
async fn words_that_come_later_are_used_when_they_are_there() {
    let world = world().await;
    let server = LlmServer::start(Mood::Slow(Duration::from_secs(1), GOOD.to_owned())).await;
    let mut engine = world.engine(&server.url(), 20.0);
    let mut left = 200;
    while !world.bodies().await.iter().any(|(_, body)| body.contains("call the vendor")) {
        assert!(left > 0, "the words came and were never used");
        left -= 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.ticks(&mut engine, 1).await;
    }
    // Once each: nothing is asked for twice.
    let asked = server.asked();
    let distinct: std::collections::BTreeSet<&String> = asked.iter().collect();
    assert_eq!(distinct.len(), asked.len());
}

#[tokio::test]
async fn a_server_that_asks_for_a_wait_is_left_alone_at_least_that_long() {
    let world = world().await;
    let server = LlmServer::start(rate_limit("600")).await;
    let mut engine = world.engine(&server.url(), 5.0);
    // Ticks are a minute apart.
    let mut left = 60;
    while server.asked().is_empty() {
        assert!(left > 0, "nothing was asked");
        left -= 1;
        world.ticks(&mut engine, 1).await;
    }
    world.ticks(&mut engine, 9).await;
    assert_eq!(server.asked().len(), 1);
    assert_eq!(engine.llm_queue().health().breaker.as_str(), "open");
    server.set(Mood::Say(GOOD.to_owned()));
    world.ticks(&mut engine, 30).await;
    assert!(server.asked().len() > 1);
    assert_eq!(engine.llm_queue().health().breaker.as_str(), "closed");
}

/// What models that think, or stop at the limit, send is never found on a decoy.
#[tokio::test]
async fn nothing_of_a_models_thinking_stands_in_a_file_or_a_mail() {
    let thought = "Okay, the user wants me to write this as the persona.";
    let good = "- [ ] call the vendor about the disk\n- [ ] check the backup of db-01\n";
    for answer in [
        Answer::of(&format!("<think>\n{thought}\n</think>\n\n{good}")),
        Answer::of(&format!("{thought}\n</think>\n\n{good}")),
        Answer::of(&format!("<think>{thought}")),
        Answer::of(&format!("{good}<|im_end|>\n<|im_start|>user\nThanks")),
        Answer::of(&format!("<|channel|>analysis<|message|>{thought}<|end|><|channel|>final<|message|>{good}")),
        Answer::cut(&format!("{good}- [ ] book the")),
    ] {
        let world = world().await;
        let server = LlmServer::start(Mood::Answer(answer.clone())).await;
        let mut engine = world.engine(&server.url(), 5.0);
        world.ticks(&mut engine, 60).await;
        assert!(!server.asked().is_empty());
        let mails = world.repo.recent_emails(&DeckyId::new("local:mail-01"), 500).await.unwrap();
        let mails = mails.iter().filter_map(|m| Some(m.payload.details()?.text.clone()));
        for text in world.bodies().await.into_iter().map(|(_, body)| body).chain(mails) {
            for mark in [thought, "think>", "<|", "book the\n"] {
                assert!(!text.contains(mark), "{answer:?}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn the_database_beats_the_variables_and_the_breaker_stays_as_it_was() {
    let world = world().await;
    let (first, second) =
        (LlmServer::start(Mood::status(500)).await, LlmServer::start(Mood::Say(GOOD.to_owned())).await);
    let mut engine = world.engine(&first.url(), 5.0);
    for _ in 0..60 {
        world.clock.advance(Duration::from_millis(100));
        engine.tick(&world.clock.now()).await.unwrap();
    }
    assert_eq!(engine.llm_queue().health().breaker.as_str(), "open");
    let row = format!(r#"{{"provider": "openai", "base_url": "{}", "model": "other", "timeout": 5}}"#, second.url());
    world.repo.set_config("llm", &row);
    for _ in 0..5 {
        world.clock.advance(Duration::from_millis(100));
        engine.tick(&world.clock.now()).await.unwrap();
    }
    let health = engine.llm_queue().health();
    assert_eq!(
        (health.backend.as_deref(), health.model.as_deref(), health.breaker.as_str()),
        (Some("openai"), Some("other"), "open")
    );
    world.ticks(&mut engine, 60).await;
    assert!(!second.asked().is_empty());
    // Nonsense changes nothing; off is off.
    world.repo.set_config("llm", r#"{"provider": "gpt4"}"#);
    world.ticks(&mut engine, 6).await;
    assert_eq!(engine.llm_queue().health().backend.as_deref(), Some("openai"));
    world.repo.set_config("llm", "{");
    world.ticks(&mut engine, 6).await;
    assert_eq!(engine.llm_queue().health().backend.as_deref(), Some("openai"));
    world.repo.set_config("llm", r#"{"provider": "off"}"#);
    world.ticks(&mut engine, 6).await;
    assert_eq!(engine.llm_queue().health().backend, None);
}

#[tokio::test]
async fn no_llm_beats_everything() {
    let world = world().await;
    let server = LlmServer::start(Mood::Say(GOOD.to_owned())).await;
    world.repo.set_config("llm", &format!(r#"{{"provider": "ollama", "base_url": "{}"}}"#, server.url()));
    let mut engine = Engine::new(world.ports.clone(), Mode::Act, 4, Duration::from_mins(1), Profile::REFERENCE)
        .with_llm(LlmPolicy::Never);
    world.ticks(&mut engine, 60).await;
    assert!(server.asked().is_empty());
    assert_eq!(engine.llm_queue().counts(), LlmCounts::default());
}

#[tokio::test]
async fn a_dry_run_asks_nobody() {
    let world = world().await;
    let server = LlmServer::start(Mood::Say(GOOD.to_owned())).await;
    let choice = Choice::On(settings(Provider::Ollama, &server.url(), 5.0));
    let mut engine = Engine::new(world.ports.clone(), Mode::DryRun, 4, Duration::from_mins(1), Profile::REFERENCE)
        .with_llm(LlmPolicy::Configured(choice));
    world.ticks(&mut engine, 60).await;
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn the_heartbeat_tells_of_the_model() {
    let world = world().await;
    let server = LlmServer::start(Mood::Say(GOOD.to_owned())).await;
    let engine = world.engine(&server.url(), 5.0);
    let told = decnet_domain::topic::heartbeat(world.clock.now().timestamp(), &engine.llm_queue().health());
    assert_eq!(
        told["realism"],
        serde_json::json!({"llm_enabled": true, "llm_backend": "ollama", "llm_model": "m", "llm_breaker_state": "closed"})
    );
}
