//! What runs on a host by itself and what it logs: cron jobs and timers, and what its admins run, as data.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;

use super::source::{ContentError, SourceFile};
use crate::crontab::{CronJob, Field, weekdays};

/// Something that systemd starts once a day or once a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Minute of the day it is due.
    pub minute: u16,
    /// `RandomizedDelaySec=`, in minutes.
    pub spread: u16,
    weekday: Field,
    /// `(identity, message)`; the identity may carry `[pid]`.
    pub lines: Vec<(String, String)>,
}

/// What an admin runs as root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminCommand {
    /// It takes so many seconds at most, reading included.
    pub seconds: u32,
    /// What stands after `COMMAND=`: the program's path, and its arguments.
    pub command: String,
}

impl AdminCommand {
    /// The program's path.
    pub fn program(&self) -> &str {
        self.command.split(' ').next().unwrap_or_default()
    }

    /// The command as it is typed after `sudo`.
    pub fn typed(&self) -> &str {
        let folder = self.program().rfind('/').map_or(0, |at| at + 1);
        &self.command[folder..]
    }
}

/// What a kind of system logs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPack {
    jobs: Vec<CronJob>,
    timers: Vec<Timer>,
    admin: Vec<AdminCommand>,
}

impl Timer {
    /// Whether it is due on a day.
    pub fn due_on(&self, day: Date) -> bool {
        self.weekday.holds(day.weekday().to_sunday_zero_offset().unsigned_abs())
    }
}

impl SystemPack {
    /// The cron jobs, in the order they start within a minute.
    pub fn jobs(&self) -> &[CronJob] {
        &self.jobs
    }

    /// The timers.
    pub fn timers(&self) -> &[Timer] {
        &self.timers
    }

    /// What admins run as root.
    pub fn admin(&self) -> &[AdminCommand] {
        &self.admin
    }

    /// Reads at most 60 jobs, timers and commands: `[cron]` (`minute hour day weekday user command`), `[timer]`
    /// (`HH:MM spread weekday`, then its lines, indented: `identity: message`) and `[sudo]` (`seconds command`).
    ///
    /// # Errors
    /// With file and line, for a line of neither form.
    pub fn parse(file: &SourceFile<'_>) -> Result<Self, ContentError> {
        let mut pack = Self { jobs: Vec::new(), timers: Vec::new(), admin: Vec::new() };
        let mut section = "";
        for (index, line) in file.text.lines().enumerate() {
            let fail = |reason: &str| ContentError::at(file.name, index + 1, format!("{reason}: {line:?}"));
            if line.starts_with(";;") || line.trim().is_empty() {
                continue;
            }
            if line.starts_with('[') {
                section = line.trim();
                continue;
            }
            match (section, line.strip_prefix("  ")) {
                ("[cron]", None) => pack.jobs.push(job(line).ok_or_else(|| fail("not a cron job"))?),
                ("[timer]", None) => pack.timers.push(timer(line).ok_or_else(|| fail("not a timer"))?),
                ("[timer]", Some(message)) => {
                    let (identity, text) = message.split_once(": ").ok_or_else(|| fail("not 'identity: message'"))?;
                    let timer = pack.timers.last_mut().ok_or_else(|| fail("a message before its timer"))?;
                    timer.lines.push((identity.to_owned(), text.to_owned()));
                }
                ("[sudo]", None) => pack.admin.push(admin(line).ok_or_else(|| fail("not 'seconds /path/of/program'"))?),
                _ => return Err(fail("a line outside [cron], [timer] and [sudo]")),
            }
        }
        let longest = pack.timers.iter().map(|t| t.lines.len()).max().unwrap_or(0);
        if pack.jobs.len().max(pack.timers.len()).max(pack.admin.len()).max(longest) > MOST {
            return Err(ContentError::whole(file.name, "more jobs, timers, commands or lines of a timer than 60"));
        }
        Ok(pack)
    }
}

/// More than any host has, and few enough to count in a byte.
const MOST: usize = 60;

/// A line of a crontab without its month.
fn job(line: &str) -> Option<CronJob> {
    let mut words = line.splitn(4, ' ');
    let (minute, hour, day, rest) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (weekday, rest) = rest.split_once(' ')?;
    CronJob::parse(&format!("{minute} {hour} {day} * {weekday} {rest}"))
}

fn admin(line: &str) -> Option<AdminCommand> {
    let (seconds, command) = line.split_once(' ')?;
    command.starts_with('/').then_some(AdminCommand { seconds: seconds.parse().ok()?, command: command.to_owned() })
}

fn timer(line: &str) -> Option<Timer> {
    let mut words = line.split(' ');
    let (hour, minute) = words.next()?.split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let spread = words.next()?.parse().ok()?;
    let weekday = weekdays(words.next()?)?;
    (hour < 24 && minute < 60).then(|| Timer { minute: hour * 60 + minute, spread, weekday, lines: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn what_admins_run_is_logged_by_its_path_and_typed_by_its_name() {
        let pack = SystemPack::parse(&SourceFile { name: "s", text: "[sudo]\n3 /usr/bin/du -sh /var/log\n" }).unwrap();
        let du = &pack.admin()[0];
        assert_eq!((du.program(), du.typed(), du.seconds), ("/usr/bin/du", "du -sh /var/log", 3));
        assert!(SystemPack::parse(&SourceFile { name: "s", text: "[sudo]\n3 du\n" }).is_err());
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let error = SystemPack::parse(&SourceFile { name: "s", text: "[cron]\n17 * * root x\n" }).unwrap_err();
        assert_eq!(error.to_string(), "s:2: not a cron job: \"17 * * root x\"");
    }
}
