//! Everything a host logs in a span of time, in order.

use alloc::vec::Vec;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::day_clock::DayClock;
use super::host::LogHost;
use super::line::{CronPart, Line, LineKind, SshPart, SudoPart};
use super::log_file::LogKind;
use super::login::Login;
use super::pid::pid_at;
use super::sudo::Run;
use crate::content::Timer;
use crate::crontab::CronJob;
use crate::noise::mix;

/// A log holds at most so many lines when it is first planted or continued.
const MOST_LINES: usize = 4_000;

/// The lines logged after `since` and up to `until`, in order; `runs` are what [`runs`] tells of the host.
pub(super) fn collect(
    kind: LogKind,
    host: &LogHost<'_>,
    runs: &[Run],
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Line> {
    let key = host.key.value();
    let mut found = Vec::with_capacity(512);
    let (first, last) = (since.to_zoned(zone.clone()).date(), until.to_zoned(zone.clone()).date());
    let mut day = first;
    let mut until = until;
    while day <= last {
        if found.len() >= MOST_LINES {
            // What comes later is left for the next time, all of it.
            until = until.min(day.to_zoned(zone.clone()).map_or(until, |z| z.timestamp()));
            break;
        }
        let clock = DayClock::new(day, zone);
        if kind.has_cron() {
            cron_lines(kind, key, host.jobs(), &clock, &mut found);
        }
        if kind.has_timers() {
            timer_lines(key, host.timers(), &clock, &mut found);
        }
        let Ok(tomorrow) = day.tomorrow() else { break };
        day = tomorrow;
    }
    if kind.has_sessions() {
        ssh_lines(key, host.logins, zone, &mut found);
        sudo_lines(key, runs, zone, &mut found);
    }
    if kind == LogKind::Syslog {
        let rotated = host.rotated(&until.to_zoned(zone.clone()), 0);
        let at = (rotated + SignedDuration::from_millis(31)).as_microsecond();
        let offset = zone.to_offset(rotated).seconds();
        found.push(Line {
            at,
            offset,
            order: 0,
            what: LineKind::Hup,
            pid: 300 + u32::try_from(key % 600).unwrap_or(0),
        });
    }
    let (since, until) = (since.as_microsecond(), until.as_microsecond());
    found.retain(|line| line.at > since && line.at <= until);
    // A stable sort, because the lines come in long runs that are in order already.
    found.sort_by_key(|line| (line.at, line.order));
    found
}

fn sudo_lines(key: u64, runs: &[Run], zone: &TimeZone, out: &mut Vec<Line>) {
    for (index, run) in (0_u16..).zip(runs) {
        let noise = mix(&[key, run.from.unsigned_abs(), 22]);
        let mut push = |at: i64, order: u16, part| {
            let offset = Timestamp::from_microsecond(at).map_or(0, |t| zone.to_offset(t).seconds());
            out.push(Line { at, offset, order: 4_000 + order, pid: 0, what: LineKind::Sudo(index, part) });
        };
        push(run.from, 0, SudoPart::Command);
        push(run.from + micros(300 + noise % 2_500), 1, SudoPart::Opened);
        push(run.to, 2, SudoPart::Closed);
    }
}

fn ssh_lines(key: u64, logins: &[Login], zone: &TimeZone, out: &mut Vec<Line>) {
    for (index, login) in (0_u16..).zip(logins) {
        let noise = mix(&[key, login.from.unsigned_abs(), 21]);
        let pid = pid_at(key, login.from) + 1;
        let mut push = |at: i64, order: u16, part| {
            let offset = Timestamp::from_microsecond(at).map_or(0, |t| zone.to_offset(t).seconds());
            out.push(Line { at, offset, order: 3_000 + order, pid, what: LineKind::Ssh(index, part) });
        };
        push(login.from, 0, SshPart::Accepted);
        push(login.from + micros(1_200 + noise % 3_000), 1, SshPart::Opened);
        push(login.to, 2, SshPart::Received);
        push(login.to + micros(40 + (noise >> 12) % 200), 3, SshPart::Disconnected);
        push(login.to + micros(500 + (noise >> 24) % 4_000), 4, SshPart::Closed);
    }
}

fn cron_lines(kind: LogKind, key: u64, jobs: &[CronJob], clock: &DayClock<'_>, out: &mut Vec<Line>) {
    let due: Vec<_> = (0_u8..).zip(jobs).filter(|(_, job)| job.due_on(clock.day)).collect();
    for hour in 0..24_u8 {
        for (index, job) in due.iter().filter(|(_, job)| job.due_in_hour(hour)) {
            let (index, number) = (*index, u64::from(*index));
            for minute in job.minutes() {
                let (at, offset) = clock.at(u32::from(hour) * 3600 + u32::from(minute) * 60 + 1);
                let noise = mix(&[key, at.unsigned_abs(), number]);
                // cron wakes a little after the full minute, and forks job after job.
                let start = at + micros(2_000 + noise % 180_000 + number * 1_300);
                let pid = pid_at(key, at) + 2 * u32::from(index);
                let order = u16::from(index) * 4;
                // The job runs in a child of the session's process.
                let mut push = |at, order, part| {
                    let pid = pid + u32::from(matches!(part, CronPart::Command));
                    out.push(Line { at, offset, order, pid, what: LineKind::Cron(index, part) });
                };
                let command = start + micros(900 + (noise >> 20) % 1_900);
                if kind.has_commands() {
                    push(command, order + 1, CronPart::Command);
                }
                if kind.has_sessions() {
                    push(start, order, CronPart::Opened);
                    push(command + micros(1_800 + (noise >> 32) % 26_000), order + 2, CronPart::Closed);
                }
            }
        }
    }
}

fn timer_lines(key: u64, timers: &[Timer], clock: &DayClock<'_>, out: &mut Vec<Line>) {
    for (index, timer) in (0_u8..).zip(timers) {
        if !timer.due_on(clock.day) {
            continue;
        }
        let noise = mix(&[key, clock.at(0).0.unsigned_abs(), 1_000 + u64::from(index)]);
        let delay = if timer.spread == 0 { 0 } else { noise % (u64::from(timer.spread) * 60) };
        let second = u32::from(timer.minute) * 60 + u32::try_from(delay).unwrap_or(0);
        let (mut at, offset) = clock.at(second.min(86_399));
        at += micros(1_000 + (noise >> 24) % 90_000);
        for (message, _) in (0_u8..).zip(&timer.lines) {
            let order = 2_000 + u16::from(message);
            out.push(Line { at, offset, order, pid: 1, what: LineKind::Timer(index, message) });
            // Units take from milliseconds to seconds.
            at += micros(700 + mix(&[noise, u64::from(message)]) % 1_400_000);
        }
    }
}

fn micros(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}
