//! The decision, with everything known that it asks for.

use super::context::DecisionContext;
use super::continuation::{is_continued, is_finished};
use super::decide::{Decision, Task, decide};
use super::known::{Known, PathState, Question};
use super::plan::Plan;
use super::policy::{LanguageModel, Policy, Timestamps, Traces, TrafficKind};
use super::unfit_logins::UnfitLogins;
use super::writer::draw_actor;
use crate::content::Content;
use crate::content_class::{CanaryClass, ContentClass, EditableClass, TemplateClass};
use crate::decky::{DeckyId, Service};
use crate::facts::{HostFacts, Logging};
use crate::fleet::{Fleet, FleetBuilder};
use crate::noise::Key;
use crate::novelty::Novelty;
use crate::persona::Language;
use crate::record::{FileId, SyntheticFile, content_hash};
use crate::story::InstanceCache;
use crate::test_support::{a_world, decky, working};
use crate::weights::Weights;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};
use std::collections::BTreeMap;
use uuid::Uuid;

const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\ndayone:x:1000:1000::/home/dayone:/bin/bash\n";
const TODO: &str = "- [ ] a\n";

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

fn policy() -> Policy {
    Policy {
        timestamps: Timestamps::Sampled,
        traces: Traces::None,
        traffic: TrafficKind::None,
        language_model: LanguageModel::Off,
        longest_session_millis: 60_000,
        canaries: CanaryClass::ALL.to_vec(),
    }
}

fn todo(decky: &DeckyId) -> SyntheticFile {
    let at = "2026-11-02T10:00:00.123456Z".parse().unwrap();
    SyntheticFile {
        id: FileId(Uuid::from_u128(u128::from(Key::of(3).text(decky.as_str()).value()))),
        decky: decky.clone(),
        path: String::from("/home/dayone/TODO.md"),
        persona: String::from("Day One"),
        class: ContentClass::Todo,
        created_at: at,
        last_modified: at,
        edit_count: 0,
        content_hash: content_hash(TODO.as_bytes()),
        last_body: String::new(),
    }
}

/// A company, and what its hosts look like.
struct Setup {
    content: Content,
    fleet: Fleet,
    weights: Weights,
    policy: Policy,
    now: Zoned,
    facts: Arc<HostFacts>,
    /// Whether every host has one list to go on with.
    with_todo: bool,
}

impl Setup {
    fn new() -> Self {
        Self {
            content: Content::embedded().unwrap(),
            fleet: fleet(),
            weights: Weights::default(),
            policy: policy(),
            now: noon(),
            facts: Arc::new(facts()),
            with_todo: true,
        }
    }

    /// Decides, answering whatever is asked.
    fn decide(&self, seed: u64) -> Decision {
        let (novelty, unfit) = (Novelty::default(), UnfitLogins::default());
        let Self { content, fleet, weights, policy, now, .. } = self;
        let context = DecisionContext {
            fleet,
            content,
            weights,
            novelty: &novelty,
            policy,
            unfit: &unfit,
            instances: &InstanceCache::default(),
            now,
        };
        let mut known = Known::default();
        for _ in 0..64 {
            match decide(&context, &Task::Tick, &known, Key::of(seed)) {
                Decision::Ask(Question::Host { container, .. }) => known.add_host(&container, Some(self.facts.clone())),
                Decision::Ask(Question::Recent(decky)) => {
                    let files = if self.with_todo { alloc::vec![todo(&decky)] } else { Vec::new() };
                    known.add_recent(decky, files);
                }
                Decision::Ask(Question::Path(decky, path)) => known.add_path(decky, &path, PathState::Free),
                Decision::Ask(Question::Body { candidate, .. }) => known.add_body(candidate.file, Some(TODO.into())),
                Decision::Ask(Question::Text(_)) => known.add_text(None),
                decision => return decision,
            }
        }
        panic!("it never ends asking");
    }

    fn decisions(&self, count: u64) -> Vec<Decision> {
        (0..count).map(|seed| self.decide(seed)).collect()
    }
}

#[test]
fn the_shares_of_leaving_alone_editing_creating_and_canaries_are_the_references() {
    let mut counts = BTreeMap::new();
    let (mut user, mut system) = (0_u32, 0_u32);
    for decision in Setup::new().decisions(10_000) {
        let kind = match decision {
            Decision::LeaveAlone => "alone",
            Decision::Cultivate(..) => "canary",
            Decision::File(Plan::Edit(_)) => "edit",
            Decision::File(Plan::Create(create)) => {
                let is_system = create.class.is_log() || create.class == TemplateClass::CacheTmp;
                *(if is_system { &mut system } else { &mut user }) += 1;
                "create"
            }
            _ => "other",
        };
        *counts.entry(kind).or_insert(0_u32) += 1;
    }
    let near = |kind, expected: u32| counts.get(kind).copied().unwrap_or(0).abs_diff(expected) < 200;
    assert!(near("alone", 1000) && near("edit", 3000) && near("create", 5820) && near("canary", 180), "{counts:?}");
    let share = f64::from(user) / f64::from(user + system);
    assert!((0.67..0.73).contains(&share), "{user} user, {system} system");
}

#[test]
fn shares_hold_where_the_hosts_own_daemon_writes_its_logs() {
    let mut setup = Setup { with_todo: false, ..Setup::new() };
    let mut facts = facts();
    facts.logging = Logging::Rsyslog;
    setup.facts = Arc::new(facts);
    let (mut user, mut scratch) = (0_u32, 0_u32);
    for decision in setup.decisions(4_000) {
        if let Decision::File(Plan::Create(create)) = decision {
            assert!(!create.class.is_log(), "{}", create.artifact.path);
            *(if create.class == TemplateClass::CacheTmp { &mut scratch } else { &mut user }) += 1;
        }
    }
    // Some system rolls find nothing but logs in five draws, and are quiet.
    let share = f64::from(user) / f64::from(user + scratch);
    assert!((0.69..0.80).contains(&share), "{user} user, {scratch} scratch");
}

#[test]
fn the_same_key_gives_the_same_decision_byte_for_byte() {
    let setup = Setup::new();
    assert_eq!(setup.decisions(300), setup.decisions(300));
    assert_ne!(setup.decide(7), setup.decide(8));
}

#[test]
fn a_file_belongs_to_its_account_and_has_its_class_mode() {
    let content = Content::embedded().unwrap();
    let is_private = |name: &str| content.pack(Language::EN).is_private(name);
    for decision in Setup::new().decisions(2_000) {
        let Decision::File(plan) = decision else { continue };
        let artifact = plan.artifact();
        let path = artifact.path.as_str();
        let expected = match &plan {
            Plan::Create(create) => match create.class {
                TemplateClass::Script => (1000, 0o755),
                TemplateClass::CacheTmp => (1000, 0o600),
                TemplateClass::LogCron | TemplateClass::LogDaemon => (0, 0o640),
                _ => (1000, if is_private(artifact.path.file_name()) { 0o600 } else { 0o644 }),
            },
            Plan::Edit(_) => (1000, 0o644),
        };
        assert_eq!((artifact.owner.uid, artifact.mode), expected, "{path}");
        assert_eq!(path.starts_with("/var/log/"), artifact.owner.gid == 4, "{path}");
        assert!(["/home/dayone/", "/var/log/", "/tmp/.cache-"].iter().any(|p| path.starts_with(p)), "{path}");
    }
}

/// At least half an hour, and at most fourteen days and the day that a time is moved by into the window.
#[test]
fn sampled_times_lie_in_the_window_and_never_at_the_moment_even_on_a_fresh_host() {
    let mut setup = Setup::new();
    let mut young = facts();
    young.born = Some(noon().timestamp() - SignedDuration::from_secs(40));
    setup.facts = Arc::new(young);
    let mut seen = 0;
    for decision in setup.decisions(3_000) {
        let Decision::File(plan) = decision else { continue };
        if matches!(&plan, Plan::Create(create) if create.class.is_log()) {
            continue;
        }
        let mtime = plan.artifact().mtime;
        let age = noon().timestamp().duration_since(mtime);
        assert!((SignedDuration::from_mins(30)..=SignedDuration::from_hours(24 * 17)).contains(&age), "{age:?}");
        let hour = mtime.to_zoned(TimeZone::UTC).hour();
        assert!((9..18).contains(&hour), "{mtime}");
        if let Plan::Edit(_) = plan {
            assert!(mtime > todo(&DeckyId::new("x")).last_modified);
        }
        seen += 1;
    }
    assert!(seen > 1_500, "{seen}");
}

#[test]
fn a_persona_outside_its_window_plans_nothing() {
    let night = date(2026, 11, 3).at(3, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let setup = Setup { now: night, ..Setup::new() };
    assert!(setup.decisions(200).iter().all(|d| matches!(d, Decision::LeaveAlone | Decision::Quiet)));
}

#[test]
fn one_zone_decides_the_hosts_own_where_the_persona_has_none() {
    // Midnight here is noon there: people are at work.
    let mut far = facts();
    far.zone = Some(TimeZone::fixed(jiff::tz::offset(12)));
    let midnight = date(2026, 11, 3).at(0, 30, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let setup = Setup { now: midnight, facts: Arc::new(far.clone()), ..Setup::new() };
    let quiet = setup.decisions(200).iter().filter(|d| matches!(d, Decision::Quiet)).count();
    assert_eq!(quiet, 0);
    // Noon here is midnight there: nobody is.
    let setup = Setup { facts: Arc::new(far), ..Setup::new() };
    assert!(setup.decisions(200).iter().all(|d| matches!(d, Decision::LeaveAlone | Decision::Quiet)));
}

#[test]
fn a_live_file_has_the_time_of_its_writing() {
    let mut setup = Setup::new();
    setup.policy.timestamps = Timestamps::Live;
    for decision in setup.decisions(300) {
        let Decision::File(plan) = decision else { continue };
        if !matches!(&plan, Plan::Create(create) if create.class.is_log()) {
            assert_eq!(plan.artifact().mtime, noon().timestamp());
        }
    }
}

#[test]
fn a_decky_without_a_single_account_gets_no_file() {
    let setup = Setup { facts: Arc::new(HostFacts::parse("", "")), ..Setup::new() };
    assert!(!setup.decisions(200).iter().any(|d| matches!(d, Decision::File(_))));
}

#[test]
fn few_files_are_kept_for_ever() {
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
    let empty = Arc::new(HostFacts::parse("root:x:0:0:root:/root:/bin/bash\n", ""));
    let drawn = |facts: &Arc<HostFacts>| -> std::collections::BTreeSet<String> {
        let mut known = Known::default();
        for decky in fleet.inhabited() {
            known.add_host(fleet.files_of(decky).unwrap(), Some(facts.clone()));
        }
        let one = |n| draw_actor(&fleet, &known, &noon(), &mut Key::of(n).rng()).unwrap().unwrap().persona.name.clone();
        (0..100).map(one).collect()
    };
    assert_eq!(drawn(&Arc::new(facts())).into_iter().collect::<Vec<_>>(), ["Day One"]);
    assert_eq!(drawn(&empty).len(), 2, "where nobody has an account, everybody stands in");
}

#[test]
fn the_one_decky_at_work_among_thousands_is_found() {
    let mut builder = FleetBuilder::default();
    let asleep = builder.pool(alloc::vec![working("Night", "22:00-06:00")], a_world(&[]));
    let awake = builder.pool(alloc::vec![working("Day", "09:00-18:00")], a_world(&[]));
    for n in 0..3000 {
        builder.decky(decky(&format!("h{n}"), &[Service::Ssh], None), if n == 2999 { awake } else { asleep });
    }
    let fleet = builder.build();
    let mut known = Known::default();
    for decky in fleet.inhabited() {
        known.add_host(fleet.files_of(decky).unwrap(), Some(Arc::new(facts())));
    }
    let actor = draw_actor(&fleet, &known, &noon(), &mut Key::of(2).rng()).unwrap().unwrap();
    assert_eq!(actor.decky.name.as_str(), "h2999");
}
