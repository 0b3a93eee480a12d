//! What stands in a log at a moment, and what is appended to it.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::events::collect;
use super::format::{MONTHS, text_of};
use super::host::LogHost;
use super::log_file::{LogFile, LogKind, is_packed};
use super::sudo::runs;
use crate::body::{Body, Written};
use crate::facts::{HostFacts, LogForm};
use crate::noise::{Key, mix};

/// The log of a host as it stands at `now`: the live one, or one of the old.
pub(super) fn make(file: LogFile, host: &LogHost<'_>, now: &Zoned) -> Written {
    // A host has no logs from before it was there.
    let start = host.rotated(now, file.age);
    let start = host.facts.born.map_or(start, |born| start.max(born));
    let end = if file.age == 0 { now.timestamp() } else { host.rotated(now, file.age - 1) };
    let (text, last) = lines(file.kind, host, now.time_zone(), start, end);
    let mtime = after(last.unwrap_or(start), host.key);
    Written { body: packed_or_not(text, mtime, file.age, host.facts), mtime }
}

/// A log of this age: packed, where logs of this age are.
pub fn packed_or_not(text: String, mtime: Timestamp, age: u8, facts: &HostFacts) -> Body {
    if is_packed(age, facts) { Body::Gzip { plain: text, mtime } } else { Body::Text(text) }
}

/// The log with what has been logged since its last line. A log whose end we can't read is left alone.
pub(super) fn next(file: LogFile, previous: &str, host: &LogHost<'_>, now: &Zoned) -> Option<Written> {
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
    Some(Written { body: Body::Text(text), mtime: after(last, host.key) })
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

/// rsyslog writes a line a moment after it was logged.
fn after(line: Timestamp, host: Key) -> Timestamp {
    let noise = mix(&[host.text("flush").value(), line.as_microsecond().unsigned_abs()]) % 700_000;
    line + SignedDuration::from_nanos(60_000 + i64::try_from(noise).unwrap_or(0))
}

/// The text of what was logged after `since` and up to `until`, and when the last line was.
fn lines(
    kind: LogKind,
    host: &LogHost<'_>,
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> (String, Option<Timestamp>) {
    let runs = if kind.has_sessions() { runs(host) } else { Vec::new() };
    let found = collect(kind, host, &runs, zone, since, until);
    let last = found.last().and_then(|line| Timestamp::from_microsecond(line.at).ok());
    (text_of(&found, host, &runs), last)
}
