use super::*;
use crate::content::Content;
use crate::naming::{LogKind, make_path};
use crate::test_support::{Stand, tuesday, writer};
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

/// Read once: properties ask for it thousands of times.
fn content() -> &'static Content {
    static CONTENT: std::sync::OnceLock<Content> = std::sync::OnceLock::new();
    CONTENT.get_or_init(|| Content::embedded().unwrap())
}

/// Ann writes, in this language and job.
fn in_words<T>(
    (role, language): (&str, &str),
    written: Zoned,
    seed: u64,
    content: &Content,
    f: impl FnOnce(&mut TextGenerator<'_>) -> T,
) -> T {
    let people = ["Ann Lee", "Bob Ray", "Cy Orr"].map(|name| writer(name, role, language));
    let stand = Stand::new(people.into(), content);
    let context = stand.context(0, written);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    f(&mut TextGenerator::new(content.pack(stand.people[0].language), &context, &mut rng))
}

fn in_context<T>(written: Zoned, seed: u64, content: &Content, f: impl FnOnce(&mut TextGenerator<'_>) -> T) -> T {
    in_words(("Engineer", "en"), written, seed, content, f)
}

fn make(class: TemplateClass, seed: u64, content: &Content) -> (Named, Written) {
    in_context(tuesday(), seed, content, |generator| {
        let named = make_path(class, generator).unwrap();
        let written = make_body(class, &named, content, generator);
        (named, written)
    })
}

fn log(kind: LogKind, age: u8, written: Zoned, content: &Content) -> Written {
    in_context(written, 0, content, |generator| {
        let context = generator.context();
        log::make(LogFile { kind, age }, &log::LogHost::of(context, content.system()), &context.written)
    })
}

fn stamps(text: &str) -> Vec<Timestamp> {
    text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

/// What a reviewer reads: every class in every language.
#[test]
fn bodies_of_every_class_and_language() {
    let content = content();
    let roles = ["System Administrator", "Developer", "Finance", "HR", "Sales", "Support", "Manager"];
    for language in content.languages() {
        let code = alloc::string::ToString::to_string(&language);
        for class in USER {
            let shown: Vec<_> = roles
                .iter()
                .zip(0_u64..)
                .filter(|(_, n)| class != TemplateClass::Script || n % 2 == 0)
                .map(|(role, seed)| {
                    in_words((role, &code), tuesday(), seed, content, |generator| {
                        let named = make_path(class, generator).unwrap();
                        let written = make_body(class, &named, content, generator);
                        let text: Vec<&str> = written.body.text().lines().take(24).collect();
                        alloc::format!("--- {role} {}\n{}\n", named.path, text.join("\n"))
                    })
                })
                .collect();
            let name = alloc::format!("{code}_{}", crate::content_class::ContentClass::from(class));
            insta::assert_snapshot!(name, shown.join("\n"));
        }
    }
}

#[test]
fn how_files_go_on() {
    let content = content();
    for class in [EditableClass::Note, EditableClass::Todo, EditableClass::Draft, EditableClass::Script] {
        let (named, first) = make(class.template(), 11, content);
        let mut shown = alloc::vec![first.body.text().to_owned()];
        for seed in 0..5 {
            let previous = shown.last().unwrap().clone();
            let next = in_context(tuesday(), seed, content, |generator| {
                next_iteration(class, &previous, named.path.as_str(), content, generator)
            });
            shown.push(next.map_or(previous, |n| n.body.text().to_owned()));
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
        let written = log(kind, 0, sunday, content);
        insta::assert_snapshot!(alloc::format!("log_{kind:?}"), written.body.text());
    }
}

#[test]
fn rotations_of_a_log_have_no_overlap_and_no_gap() {
    let content = content();
    let of = |age| log(LogKind::Cron, age, tuesday(), content);
    let (packed, plain, live) = (of(2), of(1), of(0));
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
    let text = |kind| log(kind, 0, tuesday(), content).body.text().to_owned();
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
        let written = log(kind, 0, tuesday(), content);
        let last = *stamps(written.body.text()).last().unwrap();
        let lag = written.mtime.duration_since(last).as_micros();
        assert!((0..1_000).contains(&lag), "{lag}");
        assert!(written.mtime <= tuesday().timestamp() + jiff::SignedDuration::from_millis(1));
    }
}

#[test]
fn a_log_goes_on_exactly_as_if_it_had_been_written_later() {
    let content = content();
    let early = log(LogKind::Syslog, 0, tuesday(), content);
    let wednesday = date(2026, 11, 4).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let late = log(LogKind::Syslog, 0, wednesday.clone(), content);
    let next = in_context(wednesday, 9, content, |generator| {
        next_iteration(EditableClass::LogDaemon, early.body.text(), "/var/log/syslog", content, generator)
    });
    assert_eq!(next.unwrap(), late);
}

#[test]
fn a_log_with_nothing_new_or_with_a_strange_end_is_left_alone() {
    let content = content();
    let next = |text: &str, path: &str| {
        in_context(tuesday(), 0, content, |generator| {
            next_iteration(EditableClass::LogCron, text, path, content, generator)
        })
    };
    let body = log(LogKind::Cron, 0, tuesday(), content).body;
    assert_eq!(next(body.text(), "/var/log/cron.log"), None);
    assert_eq!(next("Nov  3 01:02:03 web-01 CRON[1]: x\n", "/var/log/cron.log"), None);
    // Just rotated: it begins with what was logged since.
    let begun = next("", "/var/log/cron.log").unwrap();
    assert_eq!(begun.body.text(), body.text());
    assert_eq!(next("2026-11-03T01:00:00+00:00 x\n", "/var/log/cron.log.1"), None);
    assert!(next("2026-11-03T01:00:00+00:00 x\n", "/var/log/cron.log").is_some());
}

#[test]
fn a_clock_change_in_the_middle_of_a_log_keeps_it_in_order() {
    let content = content();
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let after = date(2026, 10, 26).at(12, 0, 0, 0).to_zoned(zone).unwrap();
    let text = log(LogKind::Syslog, 0, after, content).body.text().to_owned();
    assert!(stamps(&text).is_sorted());
    assert!(text.contains("2026-10-25T01:17:01") && text.contains("+02:00") && text.contains("+01:00"));
}

#[test]
fn a_rotated_log_is_what_logrotate_leaves() {
    let content = content();
    let written = log(LogKind::Cron, 2, tuesday(), content);
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
fn a_list_is_ticked_added_to_reordered_and_keeps_its_style() {
    let content = content();
    let list = "* [x] ONE\n* [ ] TWO\n* [ ] THREE\n* [ ] FOUR";
    let mut saw = std::collections::BTreeSet::new();
    for seed in 0..400 {
        let next = in_context(tuesday(), seed, content, |generator| todo::next(list, generator));
        assert_ne!(next.trim_end(), list, "something happens");
        for item in ["ONE", "TWO", "THREE", "FOUR"] {
            assert!(next.contains(item), "{next}");
        }
        let items: Vec<&str> = next.lines().filter(|l| l.contains("[ ]") || l.contains("[x]")).collect();
        assert!(items.iter().all(|l| l.starts_with("* [")), "{next}");
        saw.insert((next.matches("[x]").count() > 1, items.len() > 4, next.find("FOUR") < next.find("THREE")));
    }
    assert!(saw.contains(&(true, false, false)), "ticked");
    assert!(saw.contains(&(false, true, false)), "added");
    assert!(saw.contains(&(true, true, false)), "both");
    assert!(saw.iter().any(|(_, _, moved)| *moved), "reordered");
    for (list, bullet) in [("- [x] a\n- [x] b\n", "- [ ] "), ("[x] a\n", "[ ] "), ("- a\n", "- "), ("", "- [ ] ")] {
        let next = in_context(tuesday(), 1, content, |generator| todo::next(list, generator));
        assert!(next.lines().any(|l| l.starts_with(bullet) && l != "- a"), "{next}");
    }
}

#[test]
fn what_has_grown_too_long_is_trimmed_or_left_for_another() {
    let content = content();
    let long =
        (0..200).fold(alloc::string::String::new(), |text, n| alloc::format!("{text}line {n} of a very old note\n"));
    let (mut trimmed, mut left) = (0, 0);
    for seed in 0..60 {
        match in_context(tuesday(), seed, content, |generator| note::next(&long, generator)) {
            Some(next) => {
                assert!(next.lines().count() < 160 && next.contains("line 0 ") && next.contains("line 199 "));
                trimmed += 1;
            }
            None => left += 1,
        }
    }
    assert!(trimmed > 5 && left > 5, "{trimmed} {left}");
}

#[test]
fn a_days_name_is_the_days() {
    // Whatever is dated: "Tue 3/11" is a Tuesday. Dates in English bodies are checked against the calendar.
    let content = content();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut seen = 0;
    for seed in 0..2_500 {
        let (_, written) = make(USER[usize::try_from(seed % 3).unwrap()], seed, content);
        for line in written.body.text().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            for pair in words.windows(2) {
                let Some(weekday) = days.iter().position(|d| d.eq_ignore_ascii_case(pair[0].trim_start_matches('#')))
                else {
                    continue;
                };
                let Some((day, month)) = pair[1].trim_end_matches([',', ':']).split_once('/') else { continue };
                let (Ok(day), Ok(month)) = (day.parse::<i8>(), month.parse::<i8>()) else { continue };
                let day = date(2026, month, day);
                assert_eq!(usize::try_from(day.weekday().to_monday_zero_offset()).unwrap(), weekday, "{line}");
                assert!(day <= tuesday().date());
                seen += 1;
            }
        }
    }
    assert!(seen > 5);
}

#[test]
fn scripts_have_a_shebang_and_are_run_by_what_their_name_says() {
    let content = content();
    for seed in 0..300 {
        let (named, written) = make(TemplateClass::Script, seed, content);
        let first = written.body.text().lines().next().unwrap().to_owned();
        let python = named.path.as_str().ends_with(".py");
        assert!(first.starts_with("#!/"), "{first}");
        assert_eq!(first.contains("python"), python, "{} {first}", named.path);
    }
}

proptest! {
    #[test]
    fn no_path_ever_holds_an_epoch(class in prop::sample::select(&ALL[..]), seed: u64) {
        let (named, _) = make(class, seed, content());
        let longest = named.path.as_str().split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap();
        prop_assert!(longest <= 8, "{}", named.path);
    }

    #[test]
    fn nothing_written_gives_the_game_away(class in prop::sample::select(&ALL[..6]), seed: u64) {
        let (named, written) = make(class, seed, content());
        prop_assert!(!crate::fleet::is_telling(written.body.text()));
        prop_assert!(!crate::fleet::is_telling(named.path.as_str()));
        prop_assert!(written.body.text().is_ascii(), "plain ASCII punctuation");
        prop_assert!(written.body.text().ends_with('\n'));
        prop_assert!(!written.body.text().contains("{@") && !written.body.text().contains("{="), "an unfilled slot");
    }

    #[test]
    fn an_edit_keeps_what_was_there(
        class in prop::sample::select(&[EditableClass::Note, EditableClass::Todo, EditableClass::Draft, EditableClass::Script][..]),
        previous in "([a-z]{3,9}( [a-z]{3,9}){0,6}[.]?\n){0,6}", seed: u64,
    ) {
        let content = content();
        let next = in_context(tuesday(), seed, content, |generator| next_iteration(class, &previous, "/home/annlee/x", content, generator));
        let next = next.unwrap();
        // One line may be mended or settled; nothing else goes.
        let lost = previous.lines().filter(|line| !next.body.text().lines().any(|l| l.starts_with(line))).count();
        prop_assert!(lost <= 1, "{}", next.body.text());
    }

    #[test]
    fn no_text_makes_an_edit_panic(
        class in prop::sample::select(&[
            EditableClass::Note, EditableClass::Todo, EditableClass::Draft, EditableClass::Script,
            EditableClass::LogCron, EditableClass::LogDaemon,
        ][..]),
        previous in "(\\PC|\n|\\[ \\]|=7|v0\\.3|#!|TODO){0,120}", seed: u64,
    ) {
        let content = content();
        in_context(tuesday(), seed, content, |generator| {
            drop(next_iteration(class, &previous, "/var/log/cron.log", content, generator));
        });
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes(class in prop::sample::select(&ALL[..]), seed: u64) {
        let content = content();
        prop_assert_eq!(make(class, seed, content), make(class, seed, content));
    }
}
