//! Mail in a real Dovecot, read with clients that nobody here wrote.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use decnet_bus::MemoryBus;
use decnet_db::SqlRepo;
use decnet_docker::Kind;
use decnet_domain::content_class::ContentClass;
use decnet_domain::decky::{ContainerRef, DeckyId, DeckyName, Service};
use decnet_domain::record::{EmailRecord, EventKind, Pending, PendingEffect, content_hash};
use decnet_engine::{Engine, MailStore, Mode, Ports, Profile, Tick};
use decnet_ports::fake::{FakeDriver, FakePersonas, FakeRepo, FrozenClock};
use decnet_ports::{Clock, Completion, Deckies, EventBus, Journal, Mails, PlantRequest, Record};
use decnet_tests::containers::docker_is_here;
use decnet_tests::late_driver::Late;
use decnet_tests::mail_host::{LOGINS, MailHost, PEOPLE, live, monday, ports};
use decnet_tests::samples::{entry, event, file, pending, people};
use jiff::SignedDuration;

#[tokio::test]
async fn a_week_of_mail_is_what_real_clients_expect() {
    if !docker_is_here() {
        return;
    }
    // One name, so that the same mails are written each time.
    let host = MailHost::start("week-of-mail");
    let folder = tempfile::tempdir().unwrap();
    let repo = SqlRepo::open_sqlite(&folder.path().join("decnet.db")).await.unwrap();
    repo.put_fleet_decky(&entry(host.name(), &["imap"], None), monday().timestamp()).await.unwrap();
    let clock = FrozenClock::at(monday());
    let ports = ports(&clock, Arc::new(repo), decnet_docker::driver(Kind::Archive).await.unwrap());
    let mails = live(&ports, Profile { actions_per_day: 300.0, ..Profile::STEALTH }, &clock, 4).await;
    assert!(mails.len() > 40, "{}", mails.len());
    for mail in &mails {
        assert!(mail.outcome.is_success(), "{:?}", mail.payload);
    }
    let read = host.read();
    let mut flags = BTreeSet::new();
    let (mut replies, mut complete, mut threads_of_several) = (0, 0, 0);
    // Who has which mail, and what its parent's references were.
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let texts = |value: &serde_json::Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
    let mut all = Vec::new();
    for login in LOGINS {
        let inbox = &read[login]["inbox"];
        assert_eq!(read[login]["pop3"].as_u64(), u64::try_from(inbox["mails"].as_array().unwrap().len()).ok());
        threads_of_several += inbox["threads"].as_str().unwrap().matches(' ').count();
        for (place, received) in [("inbox", 2), ("sent", 0)] {
            let mut last = 0.0;
            for mail in read[login][place]["mails"].as_array().into_iter().flatten() {
                assert_eq!(mail["defects"], 0, "{mail}");
                assert_eq!(mail["size_is_right"], true, "{mail}");
                assert_eq!(mail["received"], received, "{mail}");
                assert_ne!(mail["encoding"], "base64", "{mail}");
                let date = mail["date"].as_f64().unwrap();
                assert!(place == "sent" || date >= last, "dates ascend: {mail}");
                last = date;
                if place == "inbox" {
                    flags.insert(texts(&mail["flags"]).join(" "));
                }
                known.insert(mail["id"].as_str().unwrap().to_owned(), texts(&mail["references"]));
                all.push(mail.clone());
            }
        }
    }
    for mail in &all {
        if let Some(parent) = mail["in_reply_to"].as_str() {
            replies += 1;
            assert!(
                mail["subject"].as_str().unwrap().starts_with("Re: ")
                    && !mail["subject"].as_str().unwrap().contains("Re: Re:")
            );
            let mut wanted = known.get(parent).cloned().unwrap_or_default();
            wanted.push(parent.to_owned());
            complete += usize::from(texts(&mail["references"]) == wanted);
            // Whoever answers has received it: it lies in their own mailbox, or in Sent where they go on with a mail of
            // their own. People of another company have their mailboxes elsewhere: it went to them.
            let original = all.iter().find(|m| m["id"] == parent).unwrap();
            let from = mail["from"].as_str().unwrap();
            let login = from.split('@').next().unwrap().replace('.', "");
            let is_own = original["from"] == mail["from"];
            match read[login.as_str()][if is_own { "sent" } else { "inbox" }]["mails"].as_array() {
                Some(theirs) => assert!(theirs.iter().any(|m| m["id"] == parent), "{login}: {mail}"),
                None => assert!(!LOGINS.contains(&login.as_str()), "{login} has no such folder"),
            }
            assert!(is_own || LOGINS.contains(&login.as_str()) || texts(&original["to"]).contains(&from.to_owned()));
            assert!(mail["date"].as_f64().unwrap() > original["date"].as_f64().unwrap() + 40.0, "{mail}");
        }
    }
    assert!(replies > 15 && complete * 100 >= replies * 98, "{complete} of {replies}");
    assert!(threads_of_several > 5, "threads show as threads");
    assert!(flags.len() >= 3, "{flags:?}");
    assert!(
        all.iter().any(|m| !m["subject"].as_str().unwrap().is_ascii() || m["text"].as_str().unwrap().contains('ü'))
    );

    // Permissions, as Dovecot's own deliveries have them, and clients on the command line.
    let odd = host.sh("find /home/*/Maildir -not -user root -printf '%M %u %p\\n' | grep -v '^drwx------ \\|^-rw------- ' | grep -v dovecot-uidvalidity || true");
    assert_eq!(odd, "");
    let strange = host.sh("for h in /home/*; do find $h/Maildir -not -user $(basename $h); done");
    assert_eq!(strange, "");
    let status =
        host.sh("curl -s imap://127.0.0.1/ -u sarahconnor:secret-sarahconnor -X 'STATUS INBOX (MESSAGES UNSEEN)'");
    assert!(status.contains("MESSAGES"), "{status}");
    let first = host.sh("curl -s pop3://127.0.0.1/1 -u sarahconnor:secret-sarahconnor");
    assert!(first.contains("Message-ID: <"), "{first}");
    let telling = host.sh("grep -rliE 'decnet|decky|honeypot|canary' /home || true");
    assert_eq!(telling, "");
}

#[tokio::test]
async fn a_document_that_lies_on_a_decky_is_attached_as_it_lies_there_and_never_a_changed_one() {
    let (clock, repo, driver, ports) = in_memory(true).await;
    repo.put_fleet_decky(&entry("web-01", &["ssh"], Some("10.0.0.9")), monday().timestamp()).await.unwrap();
    let web = ContainerRef::of_service(DeckyName::new("web-01").unwrap(), Service::Ssh);
    // Nobody has an account there, and so nobody makes anything new.
    driver.put(&web, "/etc/passwd", b"daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n");
    // Everybody has a canary document, and a note that somebody has been at.
    let docx = &b"PK\x03\x04\x00\xff"[..];
    for (n, (name, login)) in (0_i64..).zip(PEOPLE.into_iter().zip(LOGINS)) {
        for (late, name_of, class, left, lies) in [
            (0, "budget.docx", ContentClass::CanaryHoneydocDocx, docx, docx),
            (1, "plan.txt", ContentClass::Note, b"ours\n", b"somebody else's 7f3a91\n"),
        ] {
            let path = format!("/home/{login}/{name_of}");
            let at = monday().timestamp() + SignedDuration::from_secs(2 * n + late);
            let mut row = file("local:web-01", &path, "", at);
            (row.class, row.persona, row.content_hash) = (class, name.to_owned(), content_hash(left));
            let pending = pending(row.clone());
            repo.begin(&pending).await.unwrap();
            let event = event(EventKind::FileCreate, "local:web-01", at);
            repo.commit(&Completion {
                pending: Some(pending.id),
                records: vec![Record::File(row), Record::Event(event)],
            })
            .await
            .unwrap();
            driver.put(&web, &path, lies);
        }
    }
    live(&ports, Profile { actions_per_day: 600.0, ..Profile::STEALTH }, &clock, 9).await;
    let mails: Vec<String> = driver
        .all()
        .into_iter()
        .filter(|((_, path), _)| path.contains("/Maildir/"))
        .map(|(_, file)| String::from_utf8_lossy(&file.bytes).into_owned())
        .collect();
    assert!(mails.iter().any(|m| m.contains("filename=\"budget.docx\"") && m.contains("UEsDBAD/")), "{}", mails.len());
    assert!(!mails.iter().any(|m| m.contains("7f3a91")));
}

#[tokio::test]
async fn a_kill_in_a_delivery_leaves_each_mail_once_in_a_real_mailbox() {
    if !docker_is_here() {
        return;
    }
    let host = MailHost::start("killed-in-a-delivery");
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("decnet.db");
    let repo = Arc::new(SqlRepo::open_sqlite(&database).await.unwrap());
    repo.put_fleet_decky(&entry(host.name(), &["imap"], None), monday().timestamp()).await.unwrap();
    let clock = FrozenClock::at(monday());
    let driver = decnet_docker::driver(Kind::Archive).await.unwrap();
    let dying = ports(&clock, repo.clone(), Arc::new(Late(driver.clone())));
    let mut engine = Engine::new(dying, Mode::Act, 5, Duration::from_mins(10), Profile::STEALTH);
    let is_delivery = |note: &Pending| matches!(note.effect, PendingEffect::Deliver { .. });
    let delivered = loop {
        // Nobody waits for a mail longer than until the evening.
        assert!(clock.now().hour() < 20, "no mail all day");
        engine.due(&clock.now()).await.unwrap();
        if let Some(note) = repo.pending().await.unwrap().into_iter().find(is_delivery) {
            break note;
        }
        clock.advance(Duration::from_mins(1));
    };
    let PendingEffect::Deliver { email, .. } = delivered.effect else { unreachable!() };
    drop(engine);
    // The next start, with the same database and a driver that answers.
    drop(repo);
    let repo = Arc::new(SqlRepo::open_sqlite(&database).await.unwrap());
    let alive = ports(&clock, repo.clone(), driver);
    Engine::new(alive.clone(), Mode::Act, 5, Duration::from_mins(10), Profile::STEALTH).recover().await.unwrap();
    live(&alive, Profile::STEALTH, &clock, 2).await;
    let rows = repo.recent_emails(&DeckyId::new(format!("local:{}", host.name())), 1_000).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.message_id == email.message_id).count(), 1);
    let copies = |id: &str| {
        host.sh(&format!(
            "cat /home/*/Maildir/new/* /home/*/Maildir/cur/* 2>/dev/null | grep -ci '^message-id: {id}' || true"
        ))
    };
    let readers = email.payload.details().map_or(0, |details| details.to.len() + details.cc.len());
    let found: usize = copies(&email.message_id).trim().parse().unwrap();
    assert!((1..=readers).contains(&found), "{found} copies for {readers} readers");
    // Dovecot finds what the rows tell of, each once.
    let read = host.read();
    for login in LOGINS {
        let mails = read[login]["inbox"]["mails"].as_array().unwrap();
        let ids: BTreeSet<&str> = mails.iter().map(|mail| mail["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), mails.len(), "{login} has a mail twice");
        assert!(ids.iter().all(|id| rows.iter().any(|row| row.message_id == *id)), "{login} has a mail without a row");
    }
}

const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\nsarahconnor:x:1000:1000::/home/sarahconnor:/bin/bash\njuanperez:x:1001:1001::/home/juanperez:/bin/bash\n";

/// A mail host in memory.
async fn in_memory(with_dovecot: bool) -> (FrozenClock, FakeRepo, FakeDriver, Ports) {
    let (clock, repo, driver) = (FrozenClock::at(monday()), FakeRepo::default(), FakeDriver::default());
    repo.put_fleet_decky(&entry("mail-01", &["pop3", "imap"], None), monday().timestamp()).await.unwrap();
    let container = ContainerRef::of_service(DeckyName::new("mail-01").unwrap(), Service::Imap);
    driver.put(&container, "/etc/passwd", PASSWD);
    if with_dovecot {
        driver.put(&container, "/etc/dovecot/conf.d/10-mail.conf", b"mail_location = maildir:~/Maildir\n");
    }
    let ports = ports(&clock, Arc::new(repo.clone()), Arc::new(driver.clone()));
    (clock, repo, driver, ports)
}

#[tokio::test]
async fn the_seeds_way_is_one_file_a_mail_in_a_folder_a_thread() {
    let (clock, repo, driver, ports) = in_memory(true).await;
    let mails = live(&ports, Profile { mail: MailStore::Spool, ..Profile::STEALTH }, &clock, 3).await;
    assert!(mails.len() > 15, "{}", mails.len());
    let files = driver.all();
    for mail in &mails {
        let wanted = format!("/var/spool/decnet-emails/{}/", mail.thread.as_str());
        assert!(mail.eml_path.starts_with(&wanted) && mail.eml_path.ends_with(".eml"), "{}", mail.eml_path);
        assert_eq!(mail.payload.details().unwrap().container, "mail-01-imap");
        for key in [
            "stage",
            "model",
            "generation_ms",
            "bytes",
            "thread_id",
            "message_id",
            "subject",
            "language",
            "mannerisms_used",
            "is_reply",
            "container",
            "eml_path",
            "rc",
            "stderr",
        ] {
            assert!(mail.payload.to_json().get(key).is_some(), "{key}");
        }
        let file = files.iter().find(|((_, path), _)| *path == mail.eml_path).unwrap();
        let text = String::from_utf8_lossy(&file.1.bytes).into_owned();
        assert!(text.contains(&mail.message_id), "{text}");
        // mtime = Date
        assert_eq!(file.1.mtime, mail.ts);
    }
    assert_eq!(rows(&repo).await.len(), mails.len());
}

/// Every row of the mail host.
async fn rows(repo: &FakeRepo) -> Vec<EmailRecord> {
    repo.recent_emails(&DeckyId::new("local:mail-01"), 10_000).await.unwrap()
}

#[tokio::test]
async fn where_there_are_mailboxes_nothing_goes_to_the_spool() {
    // Two of the five have an account on this host.
    let (clock, _, driver, ports) = in_memory(true).await;
    let mails = live(&ports, Profile { actions_per_day: 400.0, ..Profile::STEALTH }, &clock, 3).await;
    assert!(mails.len() > 10, "{}", mails.len());
    let paths: Vec<String> = driver.all().into_iter().map(|((_, path), _)| path).collect();
    assert!(paths.iter().all(|path| !path.contains("spool")), "{paths:?}");
    for mail in &mails {
        let home = mail.eml_path.split('/').nth(2).unwrap();
        assert!(
            ["sarahconnor", "juanperez"].contains(&home)
                && (mail.eml_path.contains("/Maildir/new/") || mail.eml_path.contains("/Maildir/.Sent/cur/")),
            "{}",
            mail.eml_path
        );
    }
    assert!(paths.iter().any(|path| path.contains("/Maildir/cur/") && path.ends_with('S')));
}

#[tokio::test]
async fn a_host_of_the_fleet_mails_from_its_own_address() {
    let (clock, repo, driver, mut ports) = in_memory(true).await;
    let mut staff = people(&PEOPLE);
    staff[0].role = "System Administrator".to_owned();
    ports.personas = Arc::new(FakePersonas::of(staff));
    repo.put_fleet_decky(&entry("web-01", &["ssh"], Some("172.18.0.7")), monday().timestamp()).await.unwrap();
    live(&ports, Profile::STEALTH, &clock, 12).await;
    let by_cron: Vec<String> = driver
        .all()
        .into_values()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .filter(|text| text.contains("Received: from web-01.corp.example.com"))
        .collect();
    assert!(!by_cron.is_empty());
    assert!(by_cron.iter().all(|text| text.contains("(web-01.corp.example.com [172.18.0.7])")), "{}", by_cron[0]);
}

#[tokio::test]
async fn a_restart_sends_nothing_twice_and_makes_up_for_nothing() {
    let (clock, repo, _, ports) = in_memory(true).await;
    let first = live(&ports, Profile::STEALTH, &clock, 2).await;
    // Away for two days, in which answers were due.
    clock.advance(Duration::from_hours(48));
    let back = clock.now().timestamp();
    let second = live(&ports, Profile::STEALTH, &clock, 2).await;
    let ids: BTreeSet<&str> = first.iter().chain(&second).map(|m| m.message_id.as_str()).collect();
    assert_eq!(ids.len(), first.len() + second.len());
    assert!(second.iter().all(|m| m.ts >= back - SignedDuration::from_secs(120)));
    let at_once = second.iter().filter(|m| m.ts < back + SignedDuration::from_mins(3)).count();
    assert!(at_once <= 2, "{at_once}");
    assert_eq!(rows(&repo).await.len(), ids.len());
}

#[tokio::test]
async fn every_mail_is_told_of_on_the_bus_with_the_contracts_words() {
    let (clock, _, _, mut ports) = in_memory(false).await;
    let bus = MemoryBus::new();
    ports.bus = Arc::new(bus.client());
    let mut heard = bus.client().subscribe("orchestrator.email.>").await.unwrap();
    let mails = live(&ports, Profile::STEALTH, &clock, 1).await;
    let event = heard.next().await.unwrap();
    assert_eq!(event.topic, "orchestrator.email.local:mail-01");
    let mail = mails.iter().find(|m| event.payload["message_id"] == m.message_id.as_str()).unwrap();
    for (key, value) in [
        ("kind", "email"),
        ("mail_decky_uuid", "local:mail-01"),
        ("thread_id", mail.thread.as_str()),
        ("sender_email", &mail.sender),
        ("recipient_email", &mail.recipient),
        ("subject", &mail.subject),
        ("language", "en"),
    ] {
        assert_eq!(event.payload[key], value, "{key}");
    }
    assert_eq!(event.payload["success"], true);
    assert!(event.payload.get("in_reply_to").is_some() && event.payload.get("ts").is_some());
}

#[tokio::test]
async fn under_ticks_a_tenth_is_mail_and_of_that_three_fifths_are_answers() {
    let (clock, _, _, ports) = in_memory(false).await;
    let mut engine = Engine::new(ports, Mode::Act, 3, Duration::from_mins(1), Profile::REFERENCE);
    let mut mails = Vec::new();
    for _ in 0..400 {
        clock.advance(Duration::from_mins(1));
        if let Tick::Mail(mail) = engine.tick(&clock.now()).await.unwrap() {
            mails.push(*mail);
        }
    }
    // Nobody has an ssh container here, so every tick of the day is mail's.
    assert!(mails.len() > 300, "{}", mails.len());
    let answers = mails.iter().filter(|m| m.in_reply_to.is_some()).count() as f64 / mails.len() as f64;
    assert!((0.4..0.65).contains(&answers), "{answers}");
    for mail in mails.iter().filter(|m| m.in_reply_to.is_some()) {
        let parent = mails.iter().find(|m| Some(&m.message_id) == mail.in_reply_to.as_ref()).unwrap();
        // Who tells a story may go on without having been answered.
        let is_told = mail.payload.details().is_some_and(|details| details.story.is_some());
        assert!(mail.ts > parent.ts && (is_told || mail.sender != parent.sender) && mail.thread == parent.thread);
    }
}

/// The number of mails in the longest thread.
fn longest_thread<'m>(mails: impl Iterator<Item = &'m EmailRecord>) -> usize {
    let mut threads: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for mail in mails {
        *threads.entry(mail.thread.as_str().to_owned()).or_default() += 1;
    }
    threads.into_values().max().unwrap_or(0)
}

#[tokio::test]
async fn threads_end_in_both_rhythms_however_many_answer() {
    let (clock, _, _, ports) = in_memory(false).await;
    let mut engine = Engine::new(ports, Mode::Act, 3, Duration::from_mins(1), Profile::REFERENCE);
    let mut mails = Vec::new();
    for _ in 0..1_500 {
        clock.advance(Duration::from_mins(1));
        if let Tick::Mail(mail) = engine.tick(&clock.now()).await.unwrap() {
            mails.push(*mail);
        }
    }
    assert!(mails.len() > 400, "{}", mails.len());
    let longest = longest_thread(mails.iter());
    assert!((3..=16).contains(&longest), "{longest}");

    let (clock, repo, _, ports) = in_memory(true).await;
    live(&ports, Profile { actions_per_day: 600.0, ..Profile::STEALTH }, &clock, 9).await;
    let rows = rows(&repo).await;
    assert!(rows.len() > 40, "{}", rows.len());
    let longest = longest_thread(rows.iter());
    assert!((3..=16).contains(&longest), "{longest}");
}

#[tokio::test]
async fn a_full_disk_is_a_row_that_says_so() {
    let (clock, repo, _, mut ports) = in_memory(true).await;
    let full = || decnet_ports::DriverError::Failed { rc: 1, stderr: "No space left on device".to_owned() };
    let mut driver = decnet_ports::MockActivityDriver::new();
    driver.expect_traffic().returning(|| None);
    driver.expect_inspect().returning(|_| Ok(decnet_ports::ContainerInfo::default()));
    driver.expect_stat().returning(|_, paths| {
        let passwd = |p: &decnet_domain::path::DeckyPath| {
            (p.as_str() == "/etc/passwd")
                .then(|| decnet_ports::FileStat { kind: decnet_ports::FileKind::File, mtime: monday().timestamp() })
        };
        Ok(paths.iter().map(passwd).collect())
    });
    driver.expect_read_file().returning(|_, _, _| Ok(Some(decnet_ports::FileContent { bytes: PASSWD.to_vec() })));
    driver.expect_plant_file().returning(move |_, _| Err(full()));
    driver
        .expect_plant_many()
        .returning(move |_, requests: &[PlantRequest]| requests.iter().map(|_| Err(full())).collect());
    ports.driver = Arc::new(driver);
    let mails = live(&ports, Profile::STEALTH, &clock, 1).await;
    assert!(!mails.is_empty());
    for mail in rows(&repo).await {
        assert!(!mail.outcome.is_success());
        assert_eq!(
            (&mail.payload.to_json()["stage"], &mail.payload.to_json()["stderr"]),
            (&"delivery".into(), &"No space left on device".into())
        );
    }
}
