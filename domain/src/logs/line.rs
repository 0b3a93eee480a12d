//! One line of a log, before it is text.

/// One line to be. There are many of these, so it is kept small.
pub(super) struct Line {
    /// Microseconds since the epoch.
    pub(super) at: i64,
    /// Seconds east of Greenwich.
    pub(super) offset: i32,
    pub(super) order: u16,
    pub(super) what: LineKind,
    pub(super) pid: u32,
}

#[derive(Clone, Copy)]
pub(super) enum LineKind {
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
pub(super) enum SudoPart {
    Command,
    Opened,
    Closed,
}

#[derive(Clone, Copy)]
pub(super) enum CronPart {
    Opened,
    Command,
    Closed,
}

#[derive(Clone, Copy)]
pub(super) enum SshPart {
    Accepted,
    Opened,
    Received,
    Disconnected,
    Closed,
}
