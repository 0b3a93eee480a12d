//! Logs, as Debian 12's rsyslog writes them.
//!
//! Every line follows from the host's name and the moment alone, so the same event has the same
//! process id and the same microsecond in `syslog`, `cron.log` and `auth.log`, whenever and in
//! whatever order these files are planted, rotated and continued.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use super::{Body, Written};
use crate::account::fnv;
use crate::content::SystemPack;
use crate::naming::{LogFile, LogKind, Rotation};
use crate::scene::Scene;

/// A log holds at most so many lines when it is first planted or continued.
const MOST_LINES: usize = 2_000;

/// A log that begins with the week (Debian rotates weekly) and ends now, or one rotated out.
pub(super) fn make(file: LogFile, pack: &SystemPack, scene: &Scene<'_>) -> Written {
    let now = &scene.written;
    let weeks_back = match file.rotation {
        Rotation::Live => 0,
        Rotation::Plain => 1,
        Rotation::Packed => 2,
    };
    let start = week_start(now, weeks_back);
    let end = if weeks_back == 0 { now.timestamp() } else { week_start(now, weeks_back - 1) };
    let (text, last) = lines(file.kind, scene.host, pack, now.time_zone(), start, end);
    let mtime = after(last.unwrap_or(start), scene.host);
    let body = match file.rotation {
        Rotation::Packed => Body::Gzip { plain: text, mtime },
        Rotation::Live | Rotation::Plain => Body::Text(text),
    };
    Written { body, mtime }
}

/// The log with what has been logged since its last line. A log whose end we can't read is left alone.
pub(super) fn next(file: LogFile, previous: &str, pack: &SystemPack, scene: &Scene<'_>) -> Option<Written> {
    if file.rotation != Rotation::Live {
        return None;
    }
    let last_line = previous.strip_suffix('\n')?.rsplit('\n').next()?;
    let since: Timestamp = last_line.split(' ').next()?.parse().ok()?;
    let now = scene.written.timestamp();
    let (more, last) = lines(file.kind, scene.host, pack, scene.written.time_zone(), since, now);
    let last = last?;
    let text = [previous, &more].concat();
    Some(Written { body: Body::Text(text), mtime: after(last, scene.host) })
}

/// rsyslog writes a line a moment after it was logged.
fn after(line: Timestamp, host: &str) -> Timestamp {
    let noise = mix(&[fnv(host), line.as_microsecond().unsigned_abs()]) % 700_000;
    line + SignedDuration::from_nanos(60_000 + i64::try_from(noise).unwrap_or(0))
}

/// Midnight of the Sunday on which logrotate last ran, `weeks` before the last one.
fn week_start(now: &Zoned, weeks: i64) -> Timestamp {
    let sunday = i64::from(now.weekday().to_sunday_zero_offset());
    let date = now.date().checked_sub(Span::new().days(sunday + 7 * weeks)).unwrap_or(now.date());
    date.to_zoned(now.time_zone().clone()).map_or(now.timestamp(), |z| z.timestamp())
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

enum What {
    /// Index of the job, and the part of its run.
    Cron(u8, CronPart),
    /// Index of the timer and of its line.
    Timer(u8, u8),
}

#[derive(Clone, Copy)]
enum CronPart {
    Opened,
    Command,
    Closed,
}

/// The lines logged after `since` and up to `until`, and when the last was.
fn lines(
    kind: LogKind,
    host: &str,
    pack: &SystemPack,
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> (String, Option<Timestamp>) {
    let key = fnv(host);
    let mut found = Vec::with_capacity(512);
    let (first, last) = (since.to_zoned(zone.clone()).date(), until.to_zoned(zone.clone()).date());
    let mut day = first;
    while day <= last && found.len() < MOST_LINES {
        let clock = DayClock::new(day, zone);
        if kind.has_cron() {
            cron_lines(kind, key, pack, &clock, &mut found);
        }
        if kind.has_timers() {
            timer_lines(key, pack, &clock, &mut found);
        }
        let Ok(tomorrow) = day.tomorrow() else { break };
        day = tomorrow;
    }
    let (since, until) = (since.as_microsecond(), until.as_microsecond());
    found.retain(|line| line.at > since && line.at <= until);
    // A stable sort, because the lines come in long runs that are in order already.
    found.sort_by_key(|line| (line.at, line.order));
    let mut writer = Writer::with_room_for(found.len());
    for line in &found {
        writer.stamp(line.at, line.offset);
        writer.text(" ");
        writer.text(host);
        write_line(line, pack, &mut writer);
        writer.text("\n");
    }
    let last = found.last().and_then(|line| Timestamp::from_microsecond(line.at).ok());
    (writer.finish(), last)
}

fn write_line(line: &Line, pack: &SystemPack, out: &mut Writer) {
    match line.what {
        What::Timer(timer, message) => {
            let (identity, text) = &pack.timers()[usize::from(timer)].lines[usize::from(message)];
            for part in [" ", identity, ": ", text] {
                out.text(part);
            }
        }
        What::Cron(job, part) => {
            let job = &pack.jobs()[usize::from(job)];
            out.text(" CRON[");
            out.number(line.pid);
            let parts = match part {
                CronPart::Command => ["]: (", &job.user, ") CMD (", &job.command, ")"],
                CronPart::Opened => {
                    let uid = if job.user == "root" { "(uid=0)" } else { "(uid=1000)" };
                    ["]: pam_unix(cron:session): session opened for user ", &job.user, uid, " by ", "(uid=0)"]
                }
                CronPart::Closed => ["]: pam_unix(cron:session): session closed for user ", &job.user, "", "", ""],
            };
            for part in parts {
                out.text(part);
            }
        }
    }
}

fn cron_lines(kind: LogKind, key: u64, pack: &SystemPack, clock: &DayClock<'_>, out: &mut Vec<Line>) {
    let due: Vec<_> = (0_u8..).zip(pack.jobs()).filter(|(_, job)| job.due_on(clock.day)).collect();
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

fn timer_lines(key: u64, pack: &SystemPack, clock: &DayClock<'_>, out: &mut Vec<Line>) {
    for (index, timer) in (0_u8..).zip(pack.timers()) {
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

/// splitmix64 over the parts: the same noise for the same event, everywhere.
fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
