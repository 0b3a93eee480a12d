//! What every repository must do. Each function is one fact, tried on an empty store.

use std::time::Duration;

use decnet_domain::decky::{DeckyId, DeckyName, Service};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::{
    CopyState, EmailPayload, EmailRecord, Event, EventKind, Expected, FileId, LAST_BODY_MAX, MailCopy, Outcome,
    Pending, PendingChange, PendingEffect, SyntheticFile, SystemChange, ThreadId, row_time,
};
use decnet_domain::world::Origin;
use decnet_ports::{Completion, FleetState, KeyPair, PruneCaps, Record, Repo, RepoError};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::samples::{entry, event, file, moment, pending};

fn later(n: i64) -> Timestamp {
    moment() + SignedDuration::from_secs(n)
}

/// Containers with names of their own are kept with their decky, and taken away with an entry that has none.
pub async fn containers_with_names_of_their_own_are_kept(repo: &dyn Repo) {
    let mut web = entry("web-01", &["ssh"], None);
    web.containers.set("ssh", "lab-web-ssh-1").unwrap();
    repo.put_fleet_decky(&web, moment()).await.unwrap();
    assert_eq!(repo.fleet_deckies().await.unwrap(), std::slice::from_ref(&web));
    let fleet = repo.running_fleet().await.unwrap();
    assert_eq!(fleet.deckies[0].files().unwrap().name(), "lab-web-ssh-1");
    repo.put_fleet_decky(&entry("web-01", &["ssh"], None), moment()).await.unwrap();
    assert_eq!(repo.running_fleet().await.unwrap().deckies[0].files().unwrap().name(), "web-01-ssh");
}

/// Fleet deckies are added, replaced, listed and removed; only running ones are in the fleet.
pub async fn fleet_deckies_come_and_go(repo: &dyn Repo) {
    let web = entry("web-01", &["ssh", "http"], Some("10.0.0.1"));
    repo.put_fleet_decky(&web, moment()).await.unwrap();
    repo.put_fleet_decky(&entry("mail-01", &["imap"], None), moment()).await.unwrap();
    let gone =
        decnet_ports::FleetEntry { state: FleetState::Other("torn_down".into()), ..entry("old-01", &["ssh"], None) };
    repo.put_fleet_decky(&gone, moment()).await.unwrap();
    repo.put_fleet_decky(&entry("web-01", &["ssh"], Some("10.0.0.9")), moment()).await.unwrap();

    let names: Vec<String> = repo.fleet_deckies().await.unwrap().iter().map(|e| e.name.to_string()).collect();
    assert_eq!(names, ["mail-01", "old-01", "web-01"]);
    let fleet = repo.running_fleet().await.unwrap();
    let seen: Vec<_> =
        fleet.deckies.iter().map(|d| (d.id.as_str(), d.ip.map(|ip| ip.to_string()), d.services.clone())).collect();
    assert_eq!(
        seen,
        [
            ("local:mail-01", None, vec![Service::Imap]),
            ("local:web-01", Some("10.0.0.9".to_owned()), vec![Service::Ssh])
        ]
    );
    let web = DeckyName::new("web-01").unwrap();
    assert!(repo.remove_fleet_decky(&web).await.unwrap());
    assert!(!repo.remove_fleet_decky(&web).await.unwrap());
}

/// A plant is pending until it is finished; then its file and its event are there, as they went in.
pub async fn a_plant_goes_from_pending_to_done(repo: &dyn Repo) {
    let note = file("local:web-01", "/home/ann/Übersicht \"x\".md", "body — with 日本 and 'quotes'\n", moment());
    let pending = pending(note.clone());
    repo.begin(&pending).await.unwrap();
    assert_eq!(repo.pending().await.unwrap(), std::slice::from_ref(&pending));
    assert!(matches!(repo.begin(&pending).await, Err(RepoError::Conflict(_))));
    let path = DeckyPath::new(note.path.as_str()).unwrap();
    assert_eq!(repo.file_at(&note.decky, &path).await.unwrap(), None);

    let event = event(EventKind::FileCreate, "local:web-01", moment());
    let done = planted(pending.id, event.clone(), note.clone());
    repo.commit(&done).await.unwrap();
    assert!(repo.pending().await.unwrap().is_empty());
    assert_eq!(repo.file_at(&note.decky, &path).await.unwrap(), Some(note.clone()));
    assert_eq!(repo.all_files().await.unwrap(), [note]);
    assert_eq!(repo.recent_events(10).await.unwrap(), [event]);
}

/// Notes of every kind of action come back as they went in, oldest first.
pub async fn pending_notes_of_every_kind_read_back(repo: &dyn Repo) {
    let note = file("local:web-01", "/home/ann/a", "a\n", moment());
    let email = mail("local:mail-01", 1);
    let (decky, persona) = (note.decky.clone(), "Ann Lee".to_owned());
    let effects = [
        PendingEffect::Create { file: note.clone() },
        PendingEffect::Edit { file: note.clone() },
        PendingEffect::Remove { file: note.id, decky: decky.clone(), persona: persona.clone() },
        PendingEffect::Deliver { email: Box::new(email.clone()), copies: vec![copy(&email, "bob", Some(5))] },
        PendingEffect::Rename { copy: copy(&email, "bob", None) },
        PendingEffect::System { change: SystemChange::Append, decky: decky.clone(), persona: persona.clone() },
        PendingEffect::System { change: SystemChange::Account, decky, persona },
    ];
    let expected = [Expected::Holds("ab".repeat(32)), Expected::Exists, Expected::Gone];
    let changes: Vec<_> =
        expected.into_iter().map(|expected| PendingChange { path: "/home/ann/é".to_owned(), expected }).collect();
    let mut notes = Vec::new();
    for (n, effect) in (0..).zip(effects) {
        let begun = row_time(later(n));
        notes.push(Pending { begun, changes: changes.clone(), effect, ..pending(note.clone()) });
    }
    for note in notes.iter().rev() {
        repo.begin(note).await.unwrap();
    }
    assert_eq!(repo.pending().await.unwrap(), notes);
}

/// The same path again patches the row that is there: its key, class and creation stay.
pub async fn the_same_path_again_patches_its_row(repo: &dyn Repo) {
    let first = file("local:web-01", "/home/ann/a", "one", moment());
    let again = file("local:web-01", "/home/ann/a", "two", later(90));
    let other = file("local:db-01", "/home/ann/a", "other decky", moment());
    for row in [&first, &again, &other] {
        let event = event(EventKind::FileCreate, row.decky.as_str(), moment());
        repo.commit(&planted(row.id.0, event, row.clone())).await.unwrap();
    }
    let path = DeckyPath::new("/home/ann/a").unwrap();
    let patched = repo.file_at(&first.decky, &path).await.unwrap().unwrap();
    assert_eq!((patched.id, patched.created_at, patched.edit_count), (first.id, first.created_at, 1));
    assert_eq!(patched.last_modified, again.last_modified);
    assert_eq!((patched.content_hash, patched.last_body), (again.content_hash, again.last_body));
    assert_eq!(repo.all_files().await.unwrap().len(), 2);
}

/// Finishing is all or nothing: an event that can't be recorded leaves file and note as they were.
pub async fn a_finish_that_fails_changes_nothing(repo: &dyn Repo) {
    let taken = event(EventKind::FileCreate, "local:web-01", moment());
    repo.commit(&recorded(taken.clone())).await.unwrap();
    let note = file("local:web-01", "/home/ann/a", "one", moment());
    let pending = pending(note.clone());
    repo.begin(&pending).await.unwrap();
    let done = planted(pending.id, taken.clone(), note);
    assert!(matches!(repo.commit(&done).await, Err(RepoError::Conflict(_))));
    assert!(repo.all_files().await.unwrap().is_empty());
    assert_eq!(repo.pending().await.unwrap().len(), 1);
    repo.forget(pending.id).await.unwrap();
    assert!(repo.pending().await.unwrap().is_empty());
    repo.forget(pending.id).await.unwrap();
}

/// The latest files come first, without their bodies, and no more than asked for.
pub async fn recent_files_come_latest_first(repo: &dyn Repo) {
    for n in [3, 1, 2, 0] {
        let row = file("local:web-01", &format!("/home/ann/{n}"), "body", later(n));
        let event = event(EventKind::FileCreate, "local:web-01", later(n));
        repo.commit(&planted(row.id.0, event, row)).await.unwrap();
    }
    let decky = DeckyId::new("local:web-01");
    let recent = repo.recent_files(&decky, 3).await.unwrap();
    let paths: Vec<&str> = recent.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["/home/ann/3", "/home/ann/2", "/home/ann/1"]);
    assert!(recent.iter().all(|f| f.last_body.is_empty()));
    assert!(repo.recent_files(&DeckyId::new("local:nobody"), 3).await.unwrap().is_empty());
}

/// A body that is too long for its column is cut, and its hash is still that of the whole.
pub async fn a_long_body_is_kept_in_part(repo: &dyn Repo) {
    let body = "é".repeat(LAST_BODY_MAX);
    let mut row = file("local:web-01", "/home/ann/long", &body, moment());
    row.last_body = decnet_domain::record::cap_body(&row.last_body).to_owned();
    let event = event(EventKind::FileCreate, "local:web-01", moment());
    repo.commit(&planted(row.id.0, event, row.clone())).await.unwrap();
    let kept = repo.all_files().await.unwrap().remove(0);
    assert!(kept.last_body.len() <= LAST_BODY_MAX && body.starts_with(&kept.last_body));
    assert_eq!(kept.content_hash, row.content_hash);
}

/// Events come newest first, and pruning keeps the newest of each destination.
pub async fn pruning_keeps_the_newest_of_each_destination(repo: &dyn Repo) {
    for n in 0..12 {
        repo.commit(&recorded(event(EventKind::TcpConnect, "local:busy", later(n)))).await.unwrap();
    }
    for n in 0..3 {
        repo.commit(&recorded(event(EventKind::TcpConnect, "local:calm", later(n)))).await.unwrap();
    }
    let caps = PruneCaps { events: 5, emails: 5 };
    assert_eq!(repo.prune(caps).await.unwrap().events, 7);
    assert_eq!(repo.prune(caps).await.unwrap().events, 0);
    let left = repo.recent_events(100).await.unwrap();
    let of =
        |decky: &str| -> Vec<Timestamp> { left.iter().filter(|e| e.target.as_str() == decky).map(|e| e.ts).collect() };
    let newest: Vec<_> = (7..12).rev().map(|n| decnet_domain::record::row_time(later(n))).collect();
    assert_eq!(of("local:busy"), newest);
    assert_eq!(of("local:calm").len(), 3);
}

/// Twenty writers at once lose nothing.
pub async fn writers_do_not_get_in_each_others_way(repo: std::sync::Arc<dyn Repo>) {
    let writers: Vec<_> = (0..20)
        .map(|n| {
            let repo = repo.clone();
            tokio::spawn(async move {
                let row = file("local:web-01", &format!("/home/ann/{n}"), "x", moment());
                let pending = pending(row.clone());
                repo.begin(&pending).await.unwrap();
                let event = event(EventKind::FileCreate, "local:web-01", moment());
                repo.commit(&planted(pending.id, event, row)).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        tokio::time::timeout(Duration::from_secs(30), writer).await.unwrap().unwrap();
    }
    assert_eq!(repo.all_files().await.unwrap().len(), 20);
    assert_eq!(repo.recent_events(100).await.unwrap().len(), 20);
}

/// A setting that nobody made is none.
pub async fn a_missing_setting_is_none(repo: &dyn Repo) {
    assert_eq!(repo.realism_config("weights").await.unwrap(), None);
}

/// The first to ask sets where worlds come from; everybody after gets the same.
pub async fn the_origin_is_set_once(repo: &dyn Repo) {
    let first = Origin { seed: u64::MAX - 7, began: row_time(moment()) };
    assert_eq!(repo.origin(first).await.unwrap(), first);
    assert_eq!(repo.origin(Origin { seed: 1, began: later(9) }).await.unwrap(), first);
}

/// A file is marked once, with its event; a scratch file is forgotten with its event.
pub async fn marks_and_removals_come_with_their_events(repo: &dyn Repo) {
    let note = file("local:web-01", "/home/ann/a", "a\n", moment());
    let pending = pending(note.clone());
    repo.begin(&pending).await.unwrap();
    let created = event(EventKind::FileCreate, "local:web-01", moment());
    repo.commit(&planted(pending.id, created, note.clone())).await.unwrap();
    assert!(repo.tampered_files().await.unwrap().is_empty());
    repo.commit(&marked(note.id, event(EventKind::FileTampered, "local:web-01", later(1)))).await.unwrap();
    repo.commit(&marked(note.id, event(EventKind::FileTampered, "local:web-01", later(2)))).await.unwrap();
    assert_eq!(repo.tampered_files().await.unwrap(), [note.id]);
    let gone = event(EventKind::FileRemove, "local:web-01", later(3));
    let gone = Completion { pending: None, records: vec![Record::FileGone(note.id), Record::Event(gone)] };
    repo.commit(&gone).await.unwrap();
    assert!(repo.all_files().await.unwrap().is_empty());
    let told: Vec<&str> = repo.recent_events(10).await.unwrap().iter().map(|e| e.what.action()).collect();
    assert_eq!(told, ["file:remove", "file:tampered", "file:tampered", "file:create"]);
    // An event that is there already takes its mark with it.
    assert!(matches!(repo.commit(&gone).await, Err(RepoError::Conflict(_))));
}

/// A login has one key, whoever made it first.
pub async fn a_login_keeps_its_first_key(repo: &dyn Repo) {
    let key = |n: u8| KeyPair { private: format!("private {n}"), public: format!("ssh-ed25519 {n} ann") };
    assert_eq!(repo.session_key("ann@corp").await.unwrap(), None);
    assert_eq!(repo.keep_session_key("ann@corp", &key(1)).await.unwrap(), key(1));
    assert_eq!(repo.keep_session_key("ann@corp", &key(2)).await.unwrap(), key(1));
    assert_eq!(repo.session_key("ann@corp").await.unwrap(), Some(key(1)));
}

fn planted(pending: Uuid, event: Event, file: SyntheticFile) -> Completion {
    Completion { pending: Some(pending), records: vec![Record::File(file), Record::Event(event)] }
}

fn recorded(event: Event) -> Completion {
    Completion { pending: None, records: vec![Record::Event(event)] }
}

fn marked(file: FileId, event: Event) -> Completion {
    let at = event.ts;
    Completion { pending: None, records: vec![Record::FileTampered(file, at), Record::Event(event)] }
}

fn mailed(email: &EmailRecord, copies: &[MailCopy]) -> Completion {
    let copies = copies.iter().cloned().map(Record::Copy);
    Completion { pending: None, records: [Record::Email(email.clone())].into_iter().chain(copies).collect() }
}

fn mail(decky: &str, minutes: i64) -> EmailRecord {
    EmailRecord {
        id: Uuid::new_v4(),
        ts: row_time(later(minutes)),
        decky: DeckyId::new(decky),
        thread: ThreadId::new("t-1").unwrap(),
        message_id: format!("<{minutes}@corp.example>"),
        in_reply_to: (minutes > 1).then(|| "<1@corp.example>".to_owned()),
        sender: "ann@corp.example".to_owned(),
        recipient: "bob@corp.example".to_owned(),
        subject: "Übergabe".to_owned(),
        language: "de".to_owned(),
        eml_path: "/home/bob/Maildir/new/x".to_owned(),
        outcome: Outcome::Success,
        payload: EmailPayload::Other(serde_json::json!({"text": "Grüße\n", "to": ["bob@corp.example"]})),
    }
}

fn copy(email: &EmailRecord, owner: &str, due: Option<i64>) -> MailCopy {
    MailCopy {
        email: email.id,
        container: "mail-01-imap".to_owned(),
        decky_name: "mail-01".to_owned(),
        owner: owner.to_owned(),
        path: format!("/home/{owner}/Maildir/new/x"),
        due: due.map(|minutes| row_time(later(minutes))),
        state: CopyState::Unseen,
    }
}

/// Mails come back as they went, the latest first; a copy comes when it is due, once.
pub async fn mails_come_latest_first_and_copies_when_they_are_due(repo: &dyn Repo) {
    let (first, second, other) = (mail("local:mail-01", 1), mail("local:mail-01", 2), mail("local:mail-02", 3));
    let (soon, late) = (copy(&first, "bob", Some(5)), copy(&first, "cy", Some(50)));
    repo.commit(&mailed(&first, &[soon.clone(), late.clone(), copy(&first, "dee", None)])).await.unwrap();
    repo.commit(&mailed(&second, &[])).await.unwrap();
    repo.commit(&mailed(&other, &[])).await.unwrap();
    // A delivery without a known end is recorded again once the end is known; a copy stays as it is.
    let failed = EmailRecord { outcome: Outcome::Failure, eml_path: String::new(), ..first.clone() };
    repo.commit(&mailed(&failed, &[copy(&first, "bob", None)])).await.unwrap();
    repo.commit(&mailed(&first, &[])).await.unwrap();
    let decky = DeckyId::new("local:mail-01");
    assert_eq!(repo.recent_emails(&decky, 10).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(repo.recent_emails(&decky, 1).await.unwrap(), [second]);

    assert_eq!(repo.copies_due("mail-01-imap", later(4), 10).await.unwrap(), []);
    assert_eq!(repo.copies_due("mail-02-imap", later(60), 10).await.unwrap(), []);
    assert_eq!(repo.copies_due("mail-01-imap", later(5), 10).await.unwrap(), vec![soon.clone()]);
    assert_eq!(repo.copies_due("mail-01-imap", later(60), 10).await.unwrap(), [soon.clone(), late.clone()]);
    let opened = MailCopy { state: CopyState::Seen, path: "/home/bob/Maildir/cur/x:2,S".to_owned(), ..soon };
    repo.commit(&Completion { pending: None, records: vec![Record::CopyChanged(opened.clone())] }).await.unwrap();
    assert_eq!(repo.copies_due("mail-01-imap", later(60), 10).await.unwrap(), [late]);
    assert_eq!(repo.copy_of(first.id, "bob").await.unwrap(), Some(opened));
    assert_eq!(repo.copy_of(first.id, "nobody").await.unwrap(), None);
}

/// Of each mail decky the latest stay, and a copy goes with its mail.
pub async fn pruning_takes_the_oldest_mails_and_their_copies(repo: &dyn Repo) {
    let mails: Vec<EmailRecord> = (1..=7).map(|n| mail("local:mail-01", n)).collect();
    for mail in &mails {
        repo.commit(&mailed(mail, &[copy(mail, "bob", Some(1))])).await.unwrap();
    }
    repo.commit(&mailed(&mail("local:mail-02", 1), &[])).await.unwrap();
    let pruned = repo.prune(PruneCaps { events: 10, emails: 3 }).await.unwrap();
    assert_eq!(pruned.emails, 4);
    let left = repo.recent_emails(&DeckyId::new("local:mail-01"), 10).await.unwrap();
    assert_eq!(left.iter().map(|m| m.id).collect::<Vec<_>>(), [mails[6].id, mails[5].id, mails[4].id]);
    assert_eq!(repo.copies_due("mail-01-imap", later(9), 10).await.unwrap().len(), 3);
    assert_eq!(repo.recent_emails(&DeckyId::new("local:mail-02"), 10).await.unwrap().len(), 1);
}
