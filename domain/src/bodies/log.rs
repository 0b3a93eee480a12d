//! Logs, as the host's own daemons would write them.
//!
//! Every line follows from the host and the moment alone, so the same event has the same process id
//! and the same microsecond in `syslog`, `cron.log` and `auth.log`, whenever and in whatever order
//! these files are planted, rotated and continued.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use super::sudo::{Place, Run, runs};
use super::{Body, Written};
use crate::content::{SystemPack, Timer};
use crate::crontab::CronJob;
use crate::facts::{HostFacts, Init, LogForm, Packing, Period};
use crate::naming::{LogFile, LogKind};
use crate::noise::{fnv, mix};
use crate::writing_context::WritingContext;

/// A log holds at most so many lines when it is first planted or continued.
const MOST_LINES: usize = 4_000;

/// Somebody was logged in on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The account.
    pub login: String,
    /// Its user id.
    pub uid: u32,
    /// Where from.
    pub address: String,
    /// The SHA-256 of the key, as sshd writes it: 43 characters of base64.
    pub fingerprint: String,
    /// Microseconds since the epoch.
    pub from: i64,
    /// Microseconds since the epoch.
    pub to: i64,
}

/// What a host logs by itself.
#[derive(Clone, Copy, Debug)]
pub struct LogHost<'a> {
    /// What it calls itself.
    pub name: &'a str,
    /// How its logs are kept.
    pub facts: &'a HostFacts,
    /// What runs there where the host's own crontabs say nothing.
    pub pack: &'a SystemPack,
    /// Who was logged in, and when.
    pub logins: &'a [Login],
}

impl<'a> LogHost<'a> {
    /// The host of a scene.
    pub(super) fn of(context: &WritingContext<'a>, pack: &'a SystemPack) -> Self {
        Self { name: context.host, facts: context.facts, pack, logins: context.logins }
    }

    fn jobs(&self) -> &'a [CronJob] {
        match &self.facts.cron {
            Some(jobs) if !jobs.is_empty() => jobs,
            _ => self.pack.jobs(),
        }
    }

    fn timers(&self) -> &'a [Timer] {
        match self.facts.init {
            Init::Systemd => self.pack.timers(),
            Init::Other => &[],
        }
    }

    /// The moment logrotate(8) ran for the last time but `back`: at midnight by its timer, at 06:25 by cron.
    pub(crate) fn rotated(&self, now: &Zoned, back: u8) -> Timestamp {
        let (hour, minute) = if self.facts.init == Init::Systemd { (0, 0) } else { (6, 25) };
        let at = |date: Date| date.at(hour, minute, 0, 0).to_zoned(now.time_zone().clone()).ok();
        let ago = |date: Date, days: i64| date.checked_sub(Span::new().days(days)).unwrap_or(date);
        let today = now.date();
        let is_due = at(today).is_none_or(|then| then.timestamp() <= now.timestamp());
        let back = i64::from(back);
        let date = match self.facts.rotation.period {
            Period::Daily => ago(today, back + i64::from(!is_due)),
            Period::Weekly => {
                let since = i64::from(now.weekday().to_sunday_zero_offset());
                let since = if since == 0 && !is_due { 7 } else { since };
                ago(today, since + 7 * back)
            }
            Period::Monthly => {
                let first = today.first_of_month();
                let first = if today == first && !is_due { ago(first, 1).first_of_month() } else { first };
                first.checked_sub(Span::new().months(back)).unwrap_or(first)
            }
        };
        let fallback = now.timestamp();
        let moment = at(date).map_or(fallback, |z| z.timestamp());
        // It takes a moment to come round to it.
        let noise = mix(&[fnv(self.name), moment.as_second().unsigned_abs(), 11]) % 900_000;
        moment + SignedDuration::from_micros(400_000 + micros(noise))
    }
}

/// The log of a host as it stands at `now`: the live one, or one of the old.
pub(crate) fn make(file: LogFile, host: &LogHost<'_>, now: &Zoned) -> Written {
    // A host has no logs from before it was there.
    let start = host.rotated(now, file.age);
    let start = host.facts.born.map_or(start, |born| start.max(born));
    let end = if file.age == 0 { now.timestamp() } else { host.rotated(now, file.age - 1) };
    let (text, last) = lines(file.kind, host, now.time_zone(), start, end);
    let mtime = after(last.unwrap_or(start), host.name);
    Written { body: packed_or_not(text, mtime, file.age, host.facts), mtime }
}

/// A log of this age: packed, where logs of this age are.
pub fn packed_or_not(text: String, mtime: Timestamp, age: u8, facts: &HostFacts) -> Body {
    if is_packed(age, facts) { Body::Gzip { plain: text, mtime } } else { Body::Text(text) }
}

/// Whether an old log of this age is packed.
pub(crate) fn is_packed(age: u8, facts: &HostFacts) -> bool {
    match facts.rotation.packing {
        Packing::Never => false,
        Packing::FromSecond => age >= 2,
        Packing::All => age >= 1,
    }
}

/// The log with what has been logged since its last line. A log whose end we can't read is left alone.
pub(crate) fn next(file: LogFile, previous: &str, host: &LogHost<'_>, now: &Zoned) -> Option<Written> {
    if file.age > 0 {
        return None;
    }
    let since = match previous {
        // Just rotated: nothing was logged yet.
        "" => host.rotated(now, 0),
        _ => stamp_of(previous.strip_suffix('\n')?.rsplit('\n').next()?, host.facts.log_form, now)?,
    };
    let (more, last) = lines(file.kind, host, now.time_zone(), since, now.timestamp());
    let last = last?;
    let text = [previous, &more].concat();
    Some(Written { body: Body::Text(text), mtime: after(last, host.name) })
}

/// Whether the log that begins like this ought to have been rotated by now.
pub fn is_overdue(text: &str, host: &LogHost<'_>, now: &Zoned) -> bool {
    let first = text.lines().next().and_then(|line| stamp_of(line, host.facts.log_form, now));
    first.is_some_and(|first| first < host.rotated(now, 0) - SignedDuration::from_secs(60))
}

/// When the next line is due in any log of this host; a day from now at the latest.
pub fn next_due(host: &LogHost<'_>, now: &Zoned) -> Timestamp {
    let horizon = now.timestamp() + SignedDuration::from_hours(24);
    let first = [LogKind::Auth, LogKind::Syslog].into_iter().filter_map(|kind| {
        let runs = if kind.has_sessions() { runs(host) } else { Vec::new() };
        let found = collect(kind, host, &runs, now.time_zone(), now.timestamp(), horizon);
        found.first().and_then(|line| Timestamp::from_microsecond(line.at).ok())
    });
    first.min().unwrap_or(horizon)
}

/// When a line was logged.
fn stamp_of(line: &str, form: LogForm, now: &Zoned) -> Option<Timestamp> {
    match form {
        LogForm::Rfc3339 => line.split(' ').next()?.parse().ok(),
        LogForm::Traditional => {
            let (month, rest) = line.split_once(' ')?;
            let month = MONTHS.iter().position(|m| *m == month)?;
            let mut words = rest.split_whitespace();
            let day: i8 = words.next()?.parse().ok()?;
            let time: jiff::civil::Time = words.next()?.parse().ok()?;
            // The year isn't written: the latest that isn't in the future.
            (0..2_i16).find_map(|back| {
                let date = Date::new(now.year() - back, i8::try_from(month + 1).ok()?, day).ok()?;
                let at = date.to_datetime(time).to_zoned(now.time_zone().clone()).ok()?.timestamp();
                // The line's own fraction is lost: nothing of its second comes again.
                (at <= now.timestamp()).then(|| at + SignedDuration::from_micros(999_999))
            })
        }
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// rsyslog writes a line a moment after it was logged.
fn after(line: Timestamp, host: &str) -> Timestamp {
    let noise = mix(&[fnv(host), line.as_microsecond().unsigned_abs()]) % 700_000;
    line + SignedDuration::from_nanos(60_000 + i64::try_from(noise).unwrap_or(0))
}

/// One line to be. There are many of these, so it is kept small.
struct Line {
    /// Microseconds since the epoch.
    at: i64,
    /// Seconds east of Greenwich.
    offset: i32,
    order: u16,
    what: What,
    pid: u32,
}

#[derive(Clone, Copy)]
enum What {
    /// Index of the job, and the part of its run.
    Cron(u8, CronPart),
    /// Index of the timer and of its line.
    Timer(u8, u8),
    /// Index of the login, and the part of it.
    Ssh(u16, SshPart),
    /// Index of the command that was run as root, and the part of it.
    Sudo(u16, SudoPart),
    /// rsyslog was told that its files were rotated.
    Hup,
}

#[derive(Clone, Copy)]
enum SudoPart {
    Command,
    Opened,
    Closed,
}

#[derive(Clone, Copy)]
enum CronPart {
    Opened,
    Command,
    Closed,
}

#[derive(Clone, Copy)]
enum SshPart {
    Accepted,
    Opened,
    Received,
    Disconnected,
    Closed,
}

/// The lines logged after `since` and up to `until`, in order; `runs` are what [`runs`] tells of the host.
fn collect(
    kind: LogKind,
    host: &LogHost<'_>,
    runs: &[Run],
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Line> {
    let key = fnv(host.name);
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
        found.push(Line { at, offset, order: 0, what: What::Hup, pid: 300 + u32::try_from(key % 600).unwrap_or(0) });
    }
    let (since, until) = (since.as_microsecond(), until.as_microsecond());
    found.retain(|line| line.at > since && line.at <= until);
    // A stable sort, because the lines come in long runs that are in order already.
    found.sort_by_key(|line| (line.at, line.order));
    found
}

/// The text of those lines, and when the last was.
fn lines(
    kind: LogKind,
    host: &LogHost<'_>,
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> (String, Option<Timestamp>) {
    let runs = if kind.has_sessions() { runs(host) } else { Vec::new() };
    let found = collect(kind, host, &runs, zone, since, until);
    let mut writer = Writer::with_room_for(found.len());
    for line in &found {
        match host.facts.log_form {
            LogForm::Rfc3339 => writer.stamp(line.at, line.offset),
            LogForm::Traditional => writer.old_stamp(line.at, line.offset),
        }
        writer.text(" ");
        writer.text(host.name);
        write_line(line, host, &runs, &mut writer);
        writer.text("\n");
    }
    let last = found.last().and_then(|line| Timestamp::from_microsecond(line.at).ok());
    (writer.finish(), last)
}

fn write_line(line: &Line, host: &LogHost<'_>, runs: &[Run], out: &mut Writer) {
    match line.what {
        What::Sudo(run, part) => write_sudo(&runs[usize::from(run)], part, host, out),
        What::Timer(timer, message) => {
            let (identity, text) = &host.timers()[usize::from(timer)].lines[usize::from(message)];
            for part in [" ", identity, ": ", text] {
                out.text(part);
            }
        }
        What::Hup => {
            out.text(" rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"");
            out.number(line.pid);
            out.text("\" x-info=\"https://www.rsyslog.com\"] rsyslogd was HUPed");
        }
        What::Cron(job, part) => {
            let job = &host.jobs()[usize::from(job)];
            out.text(" CRON[");
            out.number(line.pid);
            let uid = host.facts.uid_of(&job.user);
            match part {
                CronPart::Command => out.all(&["]: (", &job.user, ") CMD (", &job.command, ")"]),
                CronPart::Opened => {
                    out.all(&["]: pam_unix(cron:session): session opened for user ", &job.user, "(uid="]);
                    out.number(uid);
                    out.text(") by (uid=0)");
                }
                CronPart::Closed => out.all(&["]: pam_unix(cron:session): session closed for user ", &job.user]),
            }
        }
        What::Ssh(login, part) => {
            let login = &host.logins[usize::from(login)];
            let port = 32_768 + u32::try_from(mix(&[login.from.unsigned_abs(), 5]) % 28_000).unwrap_or(0);
            out.text(" sshd[");
            // The session's own process serves the user, and says goodbye.
            out.number(line.pid + u32::from(matches!(part, SshPart::Received | SshPart::Disconnected)) * 7);
            match part {
                SshPart::Accepted => {
                    out.all(&["]: Accepted publickey for ", &login.login, " from ", &login.address, " port "]);
                    out.number(port);
                    out.all(&[" ssh2: ED25519 SHA256:", &login.fingerprint]);
                }
                SshPart::Opened => {
                    out.all(&["]: pam_unix(sshd:session): session opened for user ", &login.login, "(uid="]);
                    out.number(login.uid);
                    out.text(") by (uid=0)");
                }
                SshPart::Received => {
                    out.all(&["]: Received disconnect from ", &login.address, " port "]);
                    out.number(port);
                    out.text(":11: disconnected by user");
                }
                SshPart::Disconnected => {
                    out.all(&["]: Disconnected from user ", &login.login, " ", &login.address, " port "]);
                    out.number(port);
                }
                SshPart::Closed => out.all(&["]: pam_unix(sshd:session): session closed for user ", &login.login]),
            }
        }
    }
}

/// As `sudo(8)` and `pam_unix(8)` log it: without a process id, the name eight wide.
fn write_sudo(run: &Run, part: SudoPart, host: &LogHost<'_>, out: &mut Writer) {
    let login = &host.logins[usize::from(run.login)];
    match part {
        SudoPart::Command => {
            out.text(" sudo: ");
            out.text(&"        "[login.login.len().min(8)..]);
            out.all(&[&login.login, " : TTY=pts/"]);
            out.number(run.terminal.into());
            let place = match run.place {
                Place::Home => host.facts.account(&login.login).map_or("/", |a| a.home.as_str()),
                Place::Logs => "/var/log",
                Place::Configuration => "/etc",
            };
            out.all(&[" ; PWD=", place, " ; USER=root ; COMMAND="]);
            out.text(&host.pack.admin()[usize::from(run.command)].command);
        }
        SudoPart::Opened => {
            out.all(&[" sudo: pam_unix(sudo:session): session opened for user root(uid=0) by ", &login.login, "(uid="]);
            out.number(login.uid);
            out.text(")");
        }
        SudoPart::Closed => out.text(" sudo: pam_unix(sudo:session): session closed for user root"),
    }
}

fn sudo_lines(key: u64, runs: &[Run], zone: &TimeZone, out: &mut Vec<Line>) {
    for (index, run) in (0_u16..).zip(runs) {
        let noise = mix(&[key, run.from.unsigned_abs(), 22]);
        let mut push = |at: i64, order: u16, part| {
            let offset = Timestamp::from_microsecond(at).map_or(0, |t| zone.to_offset(t).seconds());
            out.push(Line { at, offset, order: 4_000 + order, pid: 0, what: What::Sudo(index, part) });
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
            out.push(Line { at, offset, order: 3_000 + order, pid, what: What::Ssh(index, part) });
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
                    out.push(Line { at, offset, order, pid, what: What::Cron(index, part) });
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
            out.push(Line { at, offset, order, pid: 1, what: What::Timer(index, message) });
            // Units take from milliseconds to seconds.
            at += micros(700 + mix(&[noise, u64::from(message)]) % 1_400_000);
        }
    }
}

/// The clock of one local day; most days have one offset from end to end.
struct DayClock<'a> {
    day: Date,
    zone: &'a TimeZone,
    plain: Option<(i64, i32)>,
}

impl<'a> DayClock<'a> {
    fn new(day: Date, zone: &'a TimeZone) -> Self {
        let at = |hour, minute| {
            let instant = zone.to_ambiguous_timestamp(day.at(hour, minute, 0, 0)).compatible().ok()?;
            Some((instant.as_microsecond(), zone.to_offset(instant).seconds()))
        };
        let plain = match (at(0, 0), at(23, 59)) {
            (Some(start), Some(end)) if start.1 == end.1 => Some(start),
            _ => None,
        };
        Self { day, zone, plain }
    }

    /// The microsecond and offset of a local second of the day.
    fn at(&self, second: u32) -> (i64, i32) {
        if let Some((midnight, offset)) = self.plain {
            return (midnight + i64::from(second) * 1_000_000, offset);
        }
        let local = self.day.to_datetime(jiff::civil::Time::midnight()) + Span::new().seconds(i64::from(second));
        let instant = self.zone.to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::UNIX_EPOCH);
        (instant.as_microsecond(), self.zone.to_offset(instant).seconds())
    }
}

fn micros(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

/// Process ids rise with time, a host's own number of them an hour and no hour like another; they
/// wrap where the kernel's do (`pid_max` is 4194304 on 64-bit machines, proc(5)).
fn pid_at(key: u64, at: i64) -> u32 {
    let seconds = at.unsigned_abs() / 1_000_000;
    let (hour, into) = (seconds / 3_600, seconds % 3_600);
    // At least two fifths of this, and so two dozen a minute: the runs of one minute stay below
    // those of the next.
    let each = 3_600 + key % 2_400;
    // The count at each full hour wanders by up to three fifths of an hour's worth.
    let count = |hour: u64| hour * each + mix(&[key, 7, hour]) % (each * 3 / 5);
    let (from, to) = (count(hour), count(hour + 1));
    let pid = 300 + (from + (to - from) * into / 3_600 + key % 1_000_000) % 4_194_000;
    u32::try_from(pid).unwrap_or(300)
}

/// Writes lines; the date of a day is put together once, and not once a line.
struct Writer {
    out: Vec<u8>,
    day: i64,
    date: [u8; 11],
}

const MICROS_A_DAY: i64 = 86_400_000_000;

impl Writer {
    fn with_room_for(lines: usize) -> Self {
        Self { out: Vec::with_capacity(lines * 112), day: i64::MIN, date: [b'0'; 11] }
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// RFC 3339 with microseconds and a numeric offset, as rsyslog's `RSYSLOG_FileFormat`.
    fn stamp(&mut self, at: i64, offset: i32) {
        let local = at + i64::from(offset) * 1_000_000;
        let (day, within) = (local.div_euclid(MICROS_A_DAY), local.rem_euclid(MICROS_A_DAY).unsigned_abs());
        if day != self.day {
            let shown = Timestamp::from_microsecond(local).unwrap_or(Timestamp::UNIX_EPOCH);
            let date = Offset::UTC.to_datetime(shown).date();
            put_digits(&mut self.date[..4], date.year().unsigned_abs().into());
            put_digits(&mut self.date[5..7], date.month().unsigned_abs().into());
            put_digits(&mut self.date[8..10], date.day().unsigned_abs().into());
            (self.date[4], self.date[7], self.date[10]) = (b'-', b'-', b'T');
            self.day = day;
        }
        let mut time = *b"00:00:00.000000+00:00";
        let small = |n: u64| u32::try_from(n).unwrap_or(0);
        let (seconds, micros) = (small(within / 1_000_000), small(within % 1_000_000));
        put_digits(&mut time[..2], seconds / 3600);
        put_digits(&mut time[3..5], seconds / 60 % 60);
        put_digits(&mut time[6..8], seconds % 60);
        put_digits(&mut time[9..15], micros);
        let offset_minutes = offset.unsigned_abs() / 60;
        if offset < 0 {
            time[15] = b'-';
        }
        put_digits(&mut time[16..18], offset_minutes / 60);
        put_digits(&mut time[19..21], offset_minutes % 60);
        self.out.extend_from_slice(&self.date);
        self.out.extend_from_slice(&time);
    }

    /// `Nov  3 03:55:01`, as RFC 3164 has it.
    fn old_stamp(&mut self, at: i64, offset: i32) {
        let local = Timestamp::from_microsecond(at + i64::from(offset) * 1_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
        let shown = Offset::UTC.to_datetime(local);
        let month = MONTHS[usize::from(shown.month().unsigned_abs() - 1) % 12];
        let mut text = String::with_capacity(16);
        put!(&mut text, "{month} {:2} {:02}:{:02}:{:02}", shown.day(), shown.hour(), shown.minute(), shown.second());
        self.text(&text);
    }

    fn all(&mut self, parts: &[&str]) {
        for part in parts {
            self.text(part);
        }
    }

    fn number(&mut self, value: u32) {
        let width = value.checked_ilog10().unwrap_or(0) as usize + 1;
        let start = self.out.len();
        self.out.resize(start + width, b'0');
        put_digits(&mut self.out[start..], value);
    }

    fn finish(self) -> String {
        String::from_utf8(self.out).unwrap_or_default()
    }
}

/// "00" to "99": most of a log is digits, and two at a time take half the divisions.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut n = 0_u8;
    while n < 100 {
        pairs[n as usize] = [b'0' + n / 10, b'0' + n % 10];
        n += 1;
    }
    pairs
};

/// Writes `value` into all of `place`, with leading zeros.
fn put_digits(place: &mut [u8], mut value: u32) {
    let mut pairs = place.rchunks_exact_mut(2);
    for pair in &mut pairs {
        pair.copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if let [single] = pairs.into_remainder() {
        *single = b'0' + (value % 10) as u8;
    }
}
