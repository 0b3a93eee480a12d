//! Writing to standard output. `println!` panics when nobody reads any more; `head` is nobody's fault.

use std::io::{ErrorKind, Write};

/// Prints a line. Where the reader has gone, the program ends quietly; where it can't be written
/// for another reason, it ends with the reason.
pub(crate) fn line(text: std::fmt::Arguments<'_>) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{text}") {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("decnet: can't write to standard output: {error}");
        std::process::exit(1);
    }
}

/// A line of somebody else's without what a terminal would obey.
pub(crate) fn plain(line: &str) -> String {
    line.chars().filter(|c| !c.is_control()).collect()
}

/// A number of things: "1 file", "2 files", "3 entries".
pub(crate) fn counted(count: usize, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ => format!("{count} {what}s"),
    }
}

/// `println!` that doesn't panic.
macro_rules! say {
    ($($args:tt)*) => { $crate::print::line(format_args!($($args)*)) };
}

pub(crate) use say;
