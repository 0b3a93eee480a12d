//! Logs as a reviewer reads them, and what must be so of every one.

use super::content::{make, next};
use super::host::LogHost;
use super::log_file::{LogFile, LogKind};
use crate::body::{Body, Written};
use crate::content::Content;
use crate::noise::Key;
use crate::test_support::{Stand, persona, tuesday};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

fn content() -> Content {
    Content::embedded().unwrap()
}

/// The log of a host of its own that nobody logs in to.
fn with_host<T>(seed: u64, content: &Content, work: impl FnOnce(&LogHost<'_>) -> T) -> T {
    let stand = Stand::new(alloc::vec![persona("Ann Lee")], content);
    let key = Key::of(seed);
    work(&LogHost { name: "web-01", key, facts: &stand.facts, pack: content.system(), logins: &[] })
}

fn log(kind: LogKind, age: u8, written: &Zoned, content: &Content) -> Written {
    with_host(7, content, |host| make(LogFile { kind, age }, host, written))
}

fn stamps(text: &str) -> Vec<Timestamp> {
    text.lines().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn the_logs_of_a_day() {
    let content = &content();
    for kind in [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog] {
        // Sunday just after six: weekly jobs and few lines since the rotation at midnight.
        let sunday = date(2026, 11, 22).at(6, 50, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        let written = log(kind, 0, &sunday, content);
        insta::assert_snapshot!(alloc::format!("log_{kind:?}"), written.body.text());
    }
}

#[test]
fn rotations_of_a_log_have_no_overlap_and_no_gap() {
    let content = &content();
    let of = |age| log(LogKind::Cron, age, &tuesday(), content);
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
    let content = &content();
    let text = |kind| log(kind, 0, &tuesday(), content).body.text().to_owned();
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
    let content = &content();
    for kind in [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog] {
        let written = log(kind, 0, &tuesday(), content);
        let last = *stamps(written.body.text()).last().unwrap();
        let lag = written.mtime.duration_since(last).as_micros();
        assert!((0..1_000).contains(&lag), "{lag}");
        assert!(written.mtime <= tuesday().timestamp() + jiff::SignedDuration::from_millis(1));
    }
}

#[test]
fn a_log_goes_on_exactly_as_if_it_had_been_written_later() {
    let content = &content();
    let early = log(LogKind::Syslog, 0, &tuesday(), content);
    let wednesday = date(2026, 11, 4).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let late = log(LogKind::Syslog, 0, &wednesday, content);
    let next = with_host(7, content, |host| next(LogFile::live(LogKind::Syslog), early.body.text(), host, &wednesday));
    assert_eq!(next.unwrap(), late);
}

#[test]
fn a_log_with_nothing_new_or_with_a_strange_end_is_left_alone() {
    let content = &content();
    let next = |text: &str, path: &str| {
        let file = LogFile::of_path(path).unwrap();
        with_host(7, content, |host| next(file, text, host, &tuesday()))
    };
    let body = log(LogKind::Cron, 0, &tuesday(), content).body;
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
    let content = &content();
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let after = date(2026, 10, 26).at(12, 0, 0, 0).to_zoned(zone).unwrap();
    let text = log(LogKind::Syslog, 0, &after, content).body.text().to_owned();
    assert!(stamps(&text).is_sorted());
    assert!(text.contains("2026-10-25T01:17:01") && text.contains("+02:00") && text.contains("+01:00"));
}

#[test]
fn a_rotated_log_is_what_logrotate_leaves() {
    let content = &content();
    let written = log(LogKind::Cron, 2, &tuesday(), content);
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
fn two_installations_share_no_pid_and_no_microsecond() {
    let content = &content();
    let lines = |seed| {
        let written = with_host(seed, content, |host| make(LogFile::live(LogKind::Syslog), host, &tuesday()));
        written.body.text().lines().map(ToOwned::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let (one, other) = (lines(1), lines(2));
    assert!(one.len() > 100);
    let shared: Vec<_> = one.intersection(&other).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

#[test]
fn a_host_without_cron_and_systemd_has_no_line_of_either_and_its_own_zone_in_every_line() {
    let content = &content();
    let mut stand = Stand::new(alloc::vec![persona("Ann Lee")], content);
    (stand.facts.cron, stand.facts.init) = (Some(Vec::new()), crate::facts::Init::Other);
    stand.facts.zone = Some(TimeZone::fixed(jiff::tz::offset(9)));
    let host = LogHost { name: "web-01", key: Key::of(7), facts: &stand.facts, pack: content.system(), logins: &[] };
    let now = stand.facts.host_time(&tuesday());
    let mut lines = 0;
    for kind in [LogKind::Cron, LogKind::Auth, LogKind::Daemon, LogKind::Syslog] {
        let written = make(LogFile { kind, age: 0 }, &host, &now);
        for line in written.body.text().lines() {
            assert!(!line.contains("CRON[") && !line.contains("systemd"), "{line}");
            assert!(line.split(' ').next().unwrap().ends_with("+09:00"), "{line}");
            lines += 1;
        }
    }
    // Nothing is left but what the kernel and logins write, and nobody logs in.
    assert!(lines > 0);
}
