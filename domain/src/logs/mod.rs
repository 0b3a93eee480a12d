//! Logs, as the host's own daemons would write them.
//!
//! Every line follows from the installation, the host and the moment alone, so the same event has the
//! same process id and the same microsecond in `syslog`, `cron.log` and `auth.log`, whenever and in
//! whatever order these files are planted, rotated and continued.

pub mod content;
mod day_clock;
mod events;
mod format;
pub mod host;
mod line;
pub mod log_file;
pub mod login;
mod pid;
pub mod plan;
pub mod sudo;

#[cfg(test)]
mod tests;
