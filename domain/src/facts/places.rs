//! Folders and programs that are looked for on every host.

/// Folders that scripts and notes may name, where they are there.
pub const PLACES: [&str; 12] = [
    "/var/log",
    "/etc",
    "/srv",
    "/opt",
    "/var/backups",
    "/usr/local/bin",
    "/var/www",
    "/home",
    "/var/lib",
    "/mnt",
    "/var/spool",
    "/data",
];

/// What admins become root with.
pub const SUDO: &str = "/usr/bin/sudo";

/// What scripts are run by.
pub const INTERPRETERS: [&str; 3] = ["/bin/sh", "/bin/bash", "/usr/bin/python3"];
