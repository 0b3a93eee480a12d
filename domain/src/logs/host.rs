//! What a host logs by itself, and when its logs are rotated.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use super::login::Login;
use crate::content::{SystemPack, Timer};
use crate::crontab::CronJob;
use crate::facts::{HostFacts, Init, Period};
use crate::noise::{Key, mix};

/// What a host logs by itself.
#[derive(Clone, Copy, Debug)]
pub struct LogHost<'a> {
    /// What it calls itself.
    pub name: &'a str,
    /// The installation's noise for this host: process ids and fractions of seconds follow from it.
    pub key: Key,
    /// How its logs are kept.
    pub facts: &'a HostFacts,
    /// What runs there where the host's own crontabs say nothing.
    pub pack: &'a SystemPack,
    /// Who was logged in, and when.
    pub logins: &'a [Login],
}

impl<'a> LogHost<'a> {
    pub(super) fn jobs(&self) -> &'a [CronJob] {
        match &self.facts.cron {
            Some(jobs) => jobs,
            None => self.pack.jobs(),
        }
    }

    pub(super) fn timers(&self) -> &'a [Timer] {
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
        let noise = mix(&[self.key.text("rotation").value(), moment.as_second().unsigned_abs(), 11]) % 900_000;
        moment + SignedDuration::from_micros(400_000 + noise.cast_signed())
    }
}
