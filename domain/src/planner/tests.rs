use super::*;
use crate::decky::Service;
use crate::fleet::FleetBuilder;
use crate::persona::Language;
use crate::test_support::{a_world, decky, working};
use alloc::format;
use alloc::vec::Vec;
use jiff::civil::date;
use jiff::tz::TimeZone;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::collections::BTreeMap;
use uuid::Uuid;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndayone:x:1000:1000::/home/dayone:/bin/bash\n";

fn facts() -> HostFacts {
    HostFacts::parse(PASSWD, "adm:x:4:\n")
}

fn fleet() -> Fleet {
    let mut builder = FleetBuilder::default();
    let people = alloc::vec![working("Day One", "09:00-18:00"), working("Day Two", "09:00-18:00")];
    let world = a_world(&people);
    let pool = builder.pool(people, world);
    for n in 0..3 {
        builder.decky(decky(&format!("web-0{n}"), &[Service::Ssh], Some("10.0.0.1")), pool);
    }
    builder.build()
}

fn noon() -> Zoned {
    date(2026, 11, 3).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap()
}

fn candidate() -> (Candidate, Previous) {
    let candidate = Candidate {
        file: FileId(Uuid::nil()),
        class: EditableClass::Todo,
        path: DeckyPath::new("/home/dayone/TODO.md").unwrap(),
        persona: "Day One".into(),
        last_modified: "2026-11-02T10:00:00.123456Z".parse().unwrap(),
    };
    (candidate, Previous::read("- [ ] a\n".into()))
}

fn picks(seed: u64, count: usize) -> Vec<Pick> {
    let (content, weights, fleet, facts) = (Content::embedded().unwrap(), Weights::default(), fleet(), facts());
    let (candidate, previous) = candidate();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| {
            let (novelty, now) = (Novelty::default(), noon());
            let setting = Setting {
                facts: &facts,
                content: &content,
                logins: &[],
                novelty: &novelty,
                timestamps: Timestamps::Sampled,
                now: &now,
            };
            pick(&fleet, &weights, Some((&candidate, &previous)), &setting, &mut rng)
        })
        .collect()
}

/// Picks with no file to go on with.
fn picks_at(facts: &HostFacts, now: &Zoned, timestamps: Timestamps) -> Vec<Pick> {
    let (content, weights, fleet, novelty) =
        (Content::embedded().unwrap(), Weights::default(), fleet(), Novelty::default());
    let setting = Setting { facts, content: &content, logins: &[], novelty: &novelty, timestamps, now };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..200).map(|_| pick(&fleet, &weights, None, &setting, &mut rng)).collect()
}

#[test]
fn the_shares_of_leaving_alone_editing_creating_and_canaries_are_the_seeds() {
    let mut counts = BTreeMap::new();
    for pick in picks(1, 10_000) {
        let kind = match pick {
            Pick::LeaveAlone => "alone",
            Pick::Nobody => "nobody",
            Pick::Cultivate(_) => "canary",
            Pick::Plan(Plan::Edit(_)) => "edit",
            Pick::Plan(Plan::Create(_)) => "create",
        };
        *counts.entry(kind).or_insert(0_u32) += 1;
    }
    let near = |kind, expected: u32| counts.get(kind).copied().unwrap_or(0).abs_diff(expected) < 200;
    assert!(near("alone", 1000) && near("edit", 3000) && near("create", 5820) && near("canary", 180), "{counts:?}");
}

#[test]
fn the_same_seed_gives_the_same_plans_byte_for_byte() {
    assert_eq!(picks(7, 300), picks(7, 300));
    assert_ne!(picks(7, 300), picks(8, 300));
}

#[test]
fn a_file_belongs_to_its_account_and_has_its_class_mode() {
    let content = Content::embedded().unwrap();
    let is_private = |name: &str| content.pack(Language::EN).is_private(name);
    for pick in picks(3, 2_000) {
        let Pick::Plan(plan) = pick else { continue };
        let artifact = plan.artifact();
        let path = artifact.path.as_str();
        assert!(artifact.mtime <= noon().timestamp() + jiff::SignedDuration::from_millis(1), "{path}");
        let expected = match &plan {
            Plan::Create(create) => match create.class {
                TemplateClass::Script => (1000, 0o755),
                TemplateClass::CacheTmp => (1000, 0o600),
                TemplateClass::LogCron | TemplateClass::LogDaemon => (0, 0o640),
                _ => (1000, if is_private(artifact.path.file_name()) { 0o600 } else { 0o644 }),
            },
            Plan::Edit(edit) => {
                assert!(edit.artifact.mtime > candidate().0.last_modified);
                (1000, 0o644)
            }
        };
        assert_eq!((artifact.owner.uid, artifact.mode), expected, "{path}");
        assert_eq!(path.starts_with("/var/log/"), artifact.owner.gid == 4, "{path}");
        assert!(["/home/dayone/", "/var/log/", "/tmp/.cache-"].iter().any(|p| path.starts_with(p)), "{path}");
    }
}

#[test]
fn a_persona_outside_its_window_plans_nothing() {
    let night = date(2026, 11, 3).at(3, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let picks = picks_at(&facts(), &night, Timestamps::Sampled);
    assert!(picks.iter().all(|pick| matches!(pick, Pick::LeaveAlone | Pick::Nobody)));
}

#[test]
fn hours_are_read_on_the_hosts_own_clock() {
    // Noon here is the middle of the night there.
    let mut far = facts();
    far.zone = Some(TimeZone::fixed(jiff::tz::offset(12)));
    let picks = picks_at(&far, &noon(), Timestamps::Sampled);
    assert!(!picks.iter().any(|pick| matches!(pick, Pick::Plan(_))));
}

#[test]
fn a_live_file_has_the_time_of_its_writing() {
    for pick in picks_at(&facts(), &noon(), Timestamps::Live) {
        let Pick::Plan(Plan::Create(create)) = pick else { continue };
        if !matches!(create.class, TemplateClass::LogCron | TemplateClass::LogDaemon) {
            assert_eq!(create.artifact.mtime, noon().timestamp());
        }
    }
}

#[test]
fn no_file_is_older_than_its_host() {
    let born = noon().timestamp() - SignedDuration::from_hours(5);
    let mut young = facts();
    young.born = Some(born);
    let mut seen = 0;
    for pick in picks_at(&young, &noon(), Timestamps::Sampled) {
        let Pick::Plan(Plan::Create(create)) = pick else { continue };
        if !matches!(create.class, TemplateClass::LogCron | TemplateClass::LogDaemon) {
            assert!(create.artifact.mtime >= born && create.artifact.mtime <= noon().timestamp());
            seen += 1;
        }
    }
    assert!(seen > 50);
}

#[test]
fn a_decky_without_a_single_account_gets_no_file() {
    let picks = picks_at(&HostFacts::parse("", ""), &noon(), Timestamps::Sampled);
    assert!(!picks.iter().any(|pick| matches!(pick, Pick::Plan(_))));
}

#[test]
fn nobody_writes_on_one_paper_for_ever() {
    let left = |edits| (0..100).filter(|n| !is_finished(EditableClass::Draft, &format!("/home/a/{n}"), edits)).count();
    assert!(left(0) > 95 && (20..80).contains(&left(4)) && left(30) == 0, "{} {} {}", left(0), left(4), left(30));
    assert!(!is_finished(EditableClass::LogCron, "/var/log/cron.log", 9_999));
}

#[test]
fn rotated_logs_are_not_gone_on_with() {
    assert!(is_continued(EditableClass::LogCron, "/var/log/cron.log"));
    assert!(!is_continued(EditableClass::LogCron, "/var/log/cron.log.1"));
    assert!(!is_continued(EditableClass::LogDaemon, "/var/log/syslog.2.gz"));
    assert!(is_continued(EditableClass::Note, "/home/a/notes.1"));
}

#[test]
fn people_without_an_account_leave_the_host_to_those_who_have_one() {
    let fleet = fleet();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let empty = HostFacts::parse("root:x:0:0:root:/root:/bin/bash\n", "");
    let mut stand_ins = std::collections::BTreeSet::new();
    for _ in 0..100 {
        let actor = fleet.draw_actor(&noon(), &mut rng).unwrap();
        assert_eq!(choose_writer(actor, &facts(), &noon(), &mut rng).unwrap().persona.name, "Day One");
        stand_ins.insert(choose_writer(actor, &empty, &noon(), &mut rng).unwrap().persona.name.clone());
    }
    assert_eq!(stand_ins.len(), 2, "where nobody has an account, everybody stands in");
}
