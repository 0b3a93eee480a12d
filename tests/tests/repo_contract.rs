//! Every repository passes the same suite; `SQLite` also adopts another program's file.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use decnet_db::SqlRepo;
use decnet_domain::decky::{DeckyId, Service, Source};
use decnet_domain::record::EventKind;
use decnet_ports::fake::FakeRepo;
use decnet_ports::{Completion, Config, Deckies, Events, Files, Journal, Record};
use decnet_tests::samples::{entry, event, file, moment};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

macro_rules! suite {
    ($($fact:ident),+ $(,)?) => { $(
        mod $fact {
            use super::*;
            use decnet_tests::repo_contract::$fact;

            #[tokio::test]
            async fn sqlite() {
                let folder = tempfile::tempdir().unwrap();
                $fact(&SqlRepo::open_sqlite(&folder.path().join("a/b/decnet.db")).await.unwrap()).await;
            }

            #[tokio::test]
            async fn fake() {
                $fact(&FakeRepo::default()).await;
            }
        }
    )+ };
}

suite!(
    fleet_deckies_come_and_go,
    containers_with_names_of_their_own_are_kept,
    a_plant_goes_from_pending_to_done,
    pending_notes_of_every_kind_read_back,
    the_origin_is_set_once,
    marks_and_removals_come_with_their_events,
    a_login_keeps_its_first_key,
    the_same_path_again_patches_its_row,
    a_finish_that_fails_changes_nothing,
    recent_files_come_latest_first,
    a_long_body_is_kept_in_part,
    pruning_keeps_the_newest_of_each_destination,
    a_missing_setting_is_none,
    mails_come_latest_first_and_copies_when_they_are_due,
    pruning_takes_the_oldest_mails_and_their_copies,
);

#[tokio::test]
async fn writers_do_not_get_in_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqlRepo::open_sqlite(&folder.path().join("decnet.db")).await.unwrap();
    decnet_tests::repo_contract::writers_do_not_get_in_each_others_way(Arc::new(sqlite)).await;
    decnet_tests::repo_contract::writers_do_not_get_in_each_others_way(Arc::new(FakeRepo::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_starters_on_a_fresh_database_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    let starters: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { SqlRepo::open_sqlite(&path).await.map(drop) })
        })
        .collect();
    for starter in starters {
        starter.await.unwrap().unwrap();
    }
}

/// A copy of a database that another program made.
fn existing(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/existing-decnet.sqlite");
    let copy = folder.join("decnet.db");
    std::fs::copy(source, &copy).unwrap();
    copy
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn texts(connection: &mut SqliteConnection, query: &str) -> Vec<String> {
    sql_query(query).load::<Row>(connection).unwrap().into_iter().map(|row| row.text).collect()
}

/// Every row of every table as one text, and every table's and index's own definition.
fn snapshot(path: &Path) -> Vec<String> {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let tables = texts(&mut connection, "SELECT name AS text FROM sqlite_master WHERE type = 'table' ORDER BY name");
    let mut all = texts(
        &mut connection,
        "SELECT name || ': ' || coalesce(sql, '') AS text FROM sqlite_master ORDER BY type, name",
    );
    for table in tables {
        let columns = texts(&mut connection, &format!("SELECT name AS text FROM pragma_table_info('{table}')"));
        let quoted: Vec<String> = columns.iter().map(|c| format!("quote(\"{c}\")")).collect();
        all.extend(texts(
            &mut connection,
            &format!("SELECT '{table} ' || {} AS text FROM \"{table}\" ORDER BY 1", quoted.join(" || ','  || ")),
        ));
    }
    all
}

/// The tables that are this program's own.
const OURS: [&str; 5] = [
    "orchestrator_pending",
    "orchestrator_origin",
    "orchestrator_file_marks",
    "orchestrator_session_keys",
    "orchestrator_mail_copies",
];

#[tokio::test]
async fn an_existing_installation_is_adopted_without_a_change_to_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = existing(folder.path());
    let before = snapshot(&path);
    let status = SqlRepo::sqlite_status(&path).await.unwrap();
    assert!(status.applied.is_empty() && status.pending.len() == 5);
    assert_eq!(snapshot(&path), before, "a look changes nothing");
    drop(SqlRepo::open_sqlite(&path).await.unwrap());
    let after = snapshot(&path);
    let added: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(before.iter().all(|line| after.contains(line)));
    assert!(
        added.iter().all(|line| line.contains("diesel") || OURS.iter().any(|table| line.contains(table))),
        "{added:#?}"
    );
    assert!(SqlRepo::sqlite_status(&path).await.unwrap().pending.is_empty());
}

#[tokio::test]
async fn the_rows_of_an_existing_installation_are_readable() {
    let folder = tempfile::tempdir().unwrap();
    let repo = SqlRepo::open_sqlite(&existing(folder.path())).await.unwrap();
    let fleet = repo.running_fleet().await.unwrap();
    let seen: Vec<_> =
        fleet.deckies.iter().map(|d| (d.id.as_str(), d.host(), d.files().map(|s| s.name().to_owned()))).collect();
    assert_eq!(
        seen,
        [
            ("00f10a6b-9f46-4ac6-abb9-98462feaf45b", "mail01", Some("decky-01-ssh".to_owned())),
            ("local:web-01", "web-01", Some("web-01-ssh".to_owned())),
            ("host-uuid-1:shard-01", "shard-01", Some("shard-01-ssh".to_owned())),
        ]
    );
    let Source::Topology(topology) = &fleet.deckies[0].source else { panic!("not a topology decky") };
    assert!(fleet.topologies[topology].json.contains("Sarah Connor"));
    assert!(fleet.skipped.is_empty(), "{:?}", fleet.skipped);

    let files = repo.all_files().await.unwrap();
    assert_eq!((files[0].path.as_str(), files[0].persona.as_str()), ("/home/admin/TODO.md", "Admin"));
    assert_eq!(files[0].last_modified, "2026-11-23T03:11:37.611238Z".parse().unwrap());
    let events = repo.recent_events(10).await.unwrap();
    assert_eq!(events.iter().map(|e| e.what).collect::<Vec<_>>(), [EventKind::TcpConnect, EventKind::FileCreate]);
    let weights = repo.realism_config("weights").await.unwrap().unwrap();
    decnet_domain::weights::Weights::from_json(&weights).unwrap();
}

#[tokio::test]
async fn what_we_write_has_the_types_and_forms_of_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = existing(folder.path());
    let repo = SqlRepo::open_sqlite(&path).await.unwrap();
    let row = file("local:web-01", "/home/ann/a", "x", moment());
    let event = event(EventKind::FileCreate, "local:web-01", moment());
    repo.commit(&Completion { pending: None, records: vec![Record::File(row), Record::Event(event)] }).await.unwrap();
    repo.put_fleet_decky(&entry("web-09", &["ssh"], Some("10.0.0.9")), moment()).await.unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for table in ["synthetic_files", "orchestrator_events", "fleet_deckies"] {
        let columns = texts(
            &mut connection,
            &format!("SELECT name AS text FROM pragma_table_info('{table}') WHERE \"notnull\" = 1"),
        );
        for column in columns {
            let kinds = texts(&mut connection, &format!("SELECT DISTINCT typeof(\"{column}\") AS text FROM {table}"));
            assert_eq!(kinds.len(), 1, "{table}.{column} has two types: {kinds:?}");
        }
    }
    let times = "SELECT ts AS text FROM orchestrator_events UNION SELECT last_modified FROM synthetic_files \
                 UNION SELECT created_at FROM synthetic_files UNION SELECT updated_at FROM fleet_deckies";
    for time in texts(&mut connection, times) {
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        assert_eq!(shape, "9999-99-99 99:99:99.999999", "{time}");
    }
    let booleans = sql_query("SELECT count(*) AS n FROM orchestrator_events WHERE success NOT IN (0, 1)");
    assert_eq!(booleans.get_result::<Count>(&mut connection).unwrap().n, 0);
}

#[tokio::test]
async fn one_bad_row_never_stops_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = existing(folder.path());
    let repo = SqlRepo::open_sqlite(&path).await.unwrap();
    SqliteConnection::establish(path.to_str().unwrap())
        .unwrap()
        .batch_execute(
            "INSERT INTO fleet_deckies (host_uuid, name, services, state, updated_at, decky_ip) VALUES
               ('local', 'broken-json', '[\"ssh\"', 'running', '2026-11-23 03:11:37.601040', NULL),
               ('local', 'broken-ip', '[\"ssh\"]', 'running', '2026-11-23 03:11:37.601040', 'ten dot one'),
               ('local', '-rf; evil', '[\"ssh\"]', 'running', '2026-11-23 03:11:37.601040', NULL);
             INSERT INTO synthetic_files VALUES ('no-uuid', 'local:web-01', '/x', 'p', 'note',
               '2026-11-23 03:11:37.611238', '2026-11-23 03:11:37.611238', 0, 'h', 'b'),
               ('7e57ab1e-0000-4000-8000-000000000001', 'local:web-01', '/y', 'p', 'note', 'yesterday', 'today', 0, 'h', 'b');
             INSERT INTO orchestrator_events VALUES
               ('7e57ab1e-0000-4000-8000-000000000002', '2026-11-23 03:11:37.611238', 'dance', 'ssh', 'dance:tango', NULL, 'd', 1, '{}'),
               ('7e57ab1e-0000-4000-8000-000000000003', 'noon', 'file', 'ssh', 'file:create', NULL, 'd', 1, '{}'),
               ('7e57ab1e-0000-4000-8000-000000000004', '2026-11-23 03:11:37.611238', 'file', 'ssh', 'file:create', NULL, 'd', 1, '{');",
        )
        .unwrap();
    assert_eq!(repo.recent_events(100).await.unwrap().len(), 2, "those that were there");
    let fleet = repo.running_fleet().await.unwrap();
    let by = |name: &str| fleet.deckies.iter().find(|d| d.name.as_str() == name);
    assert_eq!(by("broken-json").unwrap().services, []);
    assert_eq!((by("broken-ip").unwrap().ip, by("broken-ip").unwrap().services.clone()), (None, vec![Service::Ssh]));
    assert!(by("-rf; evil").is_none());
    assert_eq!(fleet.skipped.len(), 3, "{:?}", fleet.skipped);
    assert_eq!(repo.recent_files(&DeckyId::new("local:web-01"), 10).await.unwrap().len(), 1);
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[tokio::test]
async fn pruning_reads_an_index_and_two_statements_do_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decnet.db");
    drop(SqlRepo::open_sqlite(&path).await.unwrap());
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for (table, owner) in [("orchestrator_events", "dst_decky_uuid"), ("orchestrator_emails", "mail_decky_uuid")] {
        let query = format!("EXPLAIN QUERY PLAN SELECT {owner} FROM {table} GROUP BY {owner} HAVING COUNT(*) > 5");
        let plan: Vec<Plan> = sql_query(query).load(&mut connection).unwrap();
        assert!(plan.iter().any(|p| p.detail.contains("COVERING INDEX")), "{table}: {}", plan[0].detail);
        assert!(!plan.iter().any(|p| p.detail.contains("TEMP B-TREE")), "{table}");
    }
}
