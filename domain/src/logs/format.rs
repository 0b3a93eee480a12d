//! Lines as rsyslog writes them.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::host::LogHost;
use super::line::{CronPart, Line, LineKind, SshPart, SudoPart};
use super::sudo::{Place, Run};
use crate::facts::LogForm;
use crate::noise::mix;

/// Names of months in the traditional form.
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Puts lines into text; `runs` are the commands that were run as root on the host.
pub(super) fn text_of(lines: &[Line], host: &LogHost<'_>, runs: &[Run]) -> String {
    let mut writer = Writer::with_room_for(lines.len());
    for line in lines {
        match host.facts.log_form {
            LogForm::Rfc3339 => writer.stamp(line.at, line.offset),
            LogForm::Traditional => writer.old_stamp(line.at, line.offset),
        }
        writer.text(" ");
        writer.text(host.name);
        write_line(line, host, runs, &mut writer);
        writer.text("\n");
    }
    writer.finish()
}

fn write_line(line: &Line, host: &LogHost<'_>, runs: &[Run], out: &mut Writer) {
    match line.what {
        LineKind::Sudo(run, part) => write_sudo(&runs[usize::from(run)], part, host, out),
        LineKind::Timer(timer, message) => {
            let (identity, text) = &host.timers()[usize::from(timer)].lines[usize::from(message)];
            for part in [" ", identity, ": ", text] {
                out.text(part);
            }
        }
        LineKind::Hup => {
            out.text(" rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"");
            out.number(line.pid);
            out.text("\" x-info=\"https://www.rsyslog.com\"] rsyslogd was HUPed");
        }
        LineKind::Cron(job, part) => {
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
        LineKind::Ssh(login, part) => {
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
