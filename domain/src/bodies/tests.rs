use super::*;
use crate::content::Content;
use crate::naming::{LogKind, Rotation, make_path};
use crate::scene::Scene;
use crate::scene::tests::persona;
use alloc::borrow::ToOwned;
use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::vec::Vec;

const USER: [TemplateClass; 4] =
    [TemplateClass::Note, TemplateClass::Todo, TemplateClass::Draft, TemplateClass::Script];
const ALL: [TemplateClass; 7] = [
    TemplateClass::Note,
    TemplateClass::Todo,
    TemplateClass::Draft,
    TemplateClass::Script,
    TemplateClass::LogCron,
    TemplateClass::LogDaemon,
    TemplateClass::CacheTmp,
];

fn content() -> Content {
    Content::embedded().unwrap()
}

fn in_scene<T>(written: Zoned, seed: u64, content: &Content, f: impl FnOnce(&mut Draw<'_>) -> T) -> T {
    let people = [persona("Ann Lee"), persona("Bob Ray"), persona("Cy Orr")];
    let hosts = ["web-01".to_owned(), "db-01".to_owned(), "mail01".to_owned()];
    let scene = Scene {
        persona: &people[0],
        login: "annlee",
        home: "/home/annlee",
        host: "web-01",
        colleagues: &people,
        hosts: &hosts,
        written,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    f(&mut Draw::new(content.pack(people[0].language), &scene, &mut rng))
}

fn tuesday() -> Zoned {
    date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).unwrap()
}

fn make(class: TemplateClass, seed: u64, content: &Content) -> (Named, Written) {
    in_scene(tuesday(), seed, content, |draw| {
        let named = make_path(class, draw).unwrap();
        let written = make_body(class, &named, content, draw);
        (named, written)
    })
}

fn log(kind: LogKind, rotation: Rotation, written: Zoned, content: &Content) -> Written {
    in_scene(written, 0, content, |draw| log::make(LogFile { kind, rotation }, content.system(), draw.scene()))
}

fn stamps(text: &str) -> Vec<Timestamp> {
    text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn one_body_per_class() {
    let content = content();
    for class in USER {
        let shown: Vec<_> = (0..4)
            .map(|seed| {
                let (named, written) = make(class, seed, &content);
                alloc::format!("--- {}\n{}", named.path, written.body.text())
            })
            .collect();
        insta::assert_snapshot!(
            alloc::format!("{}", crate::content_class::ContentClass::from(class)),
            shown.join("\n")
        );
    }
}

#[test]
fn how_files_go_on() {
    let content = content();
    for class in [EditableClass::Note, EditableClass::Todo, EditableClass::Draft, EditableClass::Script] {
        let (named, first) = make(class.template(), 11, &content);
        let mut shown = alloc::vec![first.body.text().to_owned()];
        for seed in 0..3 {
            let previous = shown.last().unwrap().clone();
            let next = in_scene(tuesday(), seed, &content, |draw| {
                next_iteration(class, &previous, named.path.as_str(), &content, draw)
            });
            shown.push(next.unwrap().body.text().to_owned());
        }
        insta::assert_snapshot!(
            alloc::format!("next_{}", crate::content_class::ContentClass::from(class)),
            shown.join("\n=====\n")
        );
    }
}

#[test]
fn the_logs_of_a_day() {
    let content = content();
    for kind in [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog] {
        // Sunday just after six: weekly jobs and few lines since the rotation at midnight.
        let sunday = date(2026, 11, 22).at(6, 50, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        let written = log(kind, Rotation::Live, sunday, &content);
        insta::assert_snapshot!(alloc::format!("log_{kind:?}"), written.body.text());
    }
}

#[test]
fn rotations_of_a_log_have_no_overlap_and_no_gap() {
    let content = content();
    let of = |rotation| log(LogKind::Cron, rotation, tuesday(), &content);
    let (packed, plain, live) = (of(Rotation::Packed), of(Rotation::Plain), of(Rotation::Live));
    let whole = alloc::format!("{}{}{}", packed.body.text(), plain.body.text(), live.body.text());
    let stamps = stamps(&whole);
    assert!(stamps.is_sorted());
    let gaps = stamps.windows(2).map(|w| w[1].duration_since(w[0]).as_secs());
    assert!(gaps.max().unwrap() <= 3_601, "an hourly job runs every hour");
    assert!(packed.mtime < plain.mtime && plain.mtime < live.mtime);
}

#[test]
fn the_same_run_of_cron_has_the_same_pid_in_every_log() {
    let content = content();
    let text = |kind| log(kind, Rotation::Live, tuesday(), &content).body.text().to_owned();
    let pids = |text: &str| -> Vec<u64> {
        text.lines().filter_map(|l| l.split_once(" CRON[")?.1.split_once(']')?.0.parse().ok()).collect()
    };
    let cron = pids(&text(LogKind::Cron));
    assert!(cron.len() > 60 && cron.is_sorted());
    assert_eq!(cron, pids(&text(LogKind::Syslog)));
    // cron runs the job in a child of the process that opened the session (seen on Debian 12).
    let sessions = pids(&text(LogKind::Auth));
    assert!(cron.iter().all(|pid| sessions.contains(&(pid - 1)) && !sessions.contains(pid)));
    let steps: std::collections::BTreeSet<u64> = cron.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(steps.len() > cron.len() / 2, "no two hours are alike");
}

#[test]
fn a_live_log_ends_when_its_file_was_written() {
    let content = content();
    for kind in [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog] {
        let written = log(kind, Rotation::Live, tuesday(), &content);
        let last = *stamps(written.body.text()).last().unwrap();
        let lag = written.mtime.duration_since(last).as_micros();
        assert!((0..1_000).contains(&lag), "{lag}");
        assert!(written.mtime <= tuesday().timestamp() + jiff::SignedDuration::from_millis(1));
    }
}

#[test]
fn a_log_goes_on_exactly_as_if_it_had_been_written_later() {
    let content = content();
    let early = log(LogKind::Syslog, Rotation::Live, tuesday(), &content);
    let wednesday = date(2026, 11, 4).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let late = log(LogKind::Syslog, Rotation::Live, wednesday.clone(), &content);
    let next = in_scene(wednesday, 9, &content, |draw| {
        next_iteration(EditableClass::LogDaemon, early.body.text(), "/var/log/syslog", &content, draw)
    });
    assert_eq!(next.unwrap(), late);
}

#[test]
fn a_log_with_nothing_new_or_with_a_strange_end_is_left_alone() {
    let content = content();
    let next = |text: &str, path: &str| {
        in_scene(tuesday(), 0, &content, |draw| next_iteration(EditableClass::LogCron, text, path, &content, draw))
    };
    let body = log(LogKind::Cron, Rotation::Live, tuesday(), &content).body;
    assert_eq!(next(body.text(), "/var/log/cron.log"), None);
    assert_eq!(next("Nov  3 01:02:03 web-01 CRON[1]: x\n", "/var/log/cron.log"), None);
    assert_eq!(next("", "/var/log/cron.log"), None);
    assert_eq!(next("2026-11-03T01:00:00+00:00 x\n", "/var/log/cron.log.1"), None);
    assert!(next("2026-11-03T01:00:00+00:00 x\n", "/var/log/cron.log").is_some());
}

#[test]
fn a_clock_change_in_the_middle_of_a_log_keeps_it_in_order() {
    let content = content();
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let after = date(2026, 10, 26).at(12, 0, 0, 0).to_zoned(zone).unwrap();
    let text = log(LogKind::Syslog, Rotation::Live, after, &content).body.text().to_owned();
    assert!(stamps(&text).is_sorted());
    assert!(text.contains("2026-10-25T01:17:01") && text.contains("+02:00") && text.contains("+01:00"));
}

#[test]
fn a_rotated_log_is_what_logrotate_leaves() {
    let content = content();
    let written = log(LogKind::Cron, Rotation::Packed, tuesday(), &content);
    let Body::Gzip { plain, .. } = &written.body else { panic!("not packed") };
    let packed = written.body.bytes();
    assert_eq!(packed[..4], [0x1f, 0x8b, 8, 0]);
    let mtime = u32::from_le_bytes(packed[4..8].try_into().unwrap());
    assert_eq!(i64::from(mtime), written.mtime.as_second());
    assert_eq!(packed[8..10], [0, 3]);
    let inflated = miniz_oxide::inflate::decompress_to_vec(&packed[10..packed.len() - 8]).unwrap();
    assert_eq!(inflated, plain.as_bytes());
}

#[test]
fn ticking_off_changes_a_box_and_adding_follows_the_lists_style() {
    let content = content();
    let list = "* [x] one\n* [ ] two\n* [ ] three";
    let mut saw = [false; 3];
    for seed in 0..200 {
        let next = in_scene(tuesday(), seed, &content, |draw| todo::next(list, draw));
        let flipped = next.matches("[x]").count() == 2;
        let added = next.lines().count() == 4;
        assert!(flipped || added, "{next}");
        assert!(!added || next.lines().last().unwrap().starts_with("* [ ] "), "{next}");
        saw[usize::from(flipped) + usize::from(added && flipped)] = true;
    }
    assert_eq!(saw, [true; 3], "flip, append and both all happen");
    for (list, bullet) in [("- [x] a\n- [x] b\n", "- [ ] "), ("[x] a\n", "[ ] "), ("* a\n", "* "), ("", "- [ ] ")] {
        let next = in_scene(tuesday(), 1, &content, |draw| todo::next(list, draw));
        assert!(next.lines().last().unwrap().starts_with(bullet), "{next}");
    }
}

#[test]
fn scripts_have_a_shebang_and_are_run_by_what_their_name_says() {
    let content = content();
    for seed in 0..300 {
        let (named, written) = make(TemplateClass::Script, seed, &content);
        let first = written.body.text().lines().next().unwrap().to_owned();
        let python = named.path.as_str().ends_with(".py");
        assert!(first.starts_with("#!/"), "{first}");
        assert_eq!(first.contains("python"), python, "{} {first}", named.path);
    }
}

proptest! {
    #[test]
    fn no_path_ever_holds_an_epoch(class in prop::sample::select(&ALL[..]), seed: u64) {
        let (named, _) = make(class, seed, &content());
        let longest = named.path.as_str().split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap();
        prop_assert!(longest <= 8, "{}", named.path);
    }

    #[test]
    fn nothing_written_gives_the_game_away(class in prop::sample::select(&ALL[..6]), seed: u64) {
        let (named, written) = make(class, seed, &content());
        prop_assert!(!crate::fleet::is_telling(written.body.text()));
        prop_assert!(!crate::fleet::is_telling(named.path.as_str()));
        prop_assert!(written.body.text().is_ascii(), "plain ASCII punctuation");
        prop_assert!(written.body.text().ends_with('\n'));
        prop_assert!(!written.body.text().contains("{@") && !written.body.text().contains("{="), "an unfilled slot");
    }

    #[test]
    fn an_edit_keeps_what_was_there(
        class in prop::sample::select(&[EditableClass::Note, EditableClass::Draft, EditableClass::Script][..]),
        previous in "[ -~\n]{0,80}", seed: u64,
    ) {
        let previous: &str = &previous;
        let content = content();
        let next = in_scene(tuesday(), seed, &content, |draw| next_iteration(class, previous, "/home/annlee/x", &content, draw)).unwrap();
        prop_assert!(next.body.text().starts_with(previous.trim_end()));
        prop_assert!(next.body.text().len() > previous.len());
    }

    #[test]
    fn no_text_makes_an_edit_panic(
        class in prop::sample::select(&[EditableClass::Todo, EditableClass::LogCron, EditableClass::LogDaemon][..]),
        previous in "(\\PC|\n|\\[ \\]){0,120}", seed: u64,
    ) {
        let content = content();
        in_scene(tuesday(), seed, &content, |draw| {
            drop(next_iteration(class, &previous, "/var/log/cron.log", &content, draw));
        });
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes(class in prop::sample::select(&ALL[..]), seed: u64) {
        let content = content();
        prop_assert_eq!(make(class, seed, &content), make(class, seed, &content));
    }
}
