//! How rsyslogd(8) is told to write.

use crate::account::MOST_LINES;

/// Whether its configuration asks for times of the old form.
pub(super) fn is_traditional(text: &str) -> bool {
    let is_told = |line: &str| !line.trim_start().starts_with('#') && line.contains("TraditionalFileFormat");
    text.lines().take(MOST_LINES).any(is_told)
}
