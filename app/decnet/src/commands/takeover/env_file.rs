//! Environment files of systemd units: `NAME=value` a line.

use std::collections::BTreeMap;

/// The variables of a file. As systemd reads it: comments begin with `#` or `;`, a value may stand in quotes, and
/// what is set to nothing counts as not set.
pub(super) fn parse(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    let pairs = lines.filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.trim().to_owned(), unquoted(value.trim()).to_owned()));
    pairs.filter(|(name, value)| !name.is_empty() && !value.is_empty()).collect()
}

fn unquoted(value: &str) -> &str {
    let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    quoted.unwrap_or(value).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_systemd_reads_it() {
        let text = "# DECNET_A=1\n;DECNET_B=2\nDECNET_C=3\n DECNET_D = \"4 5\"\nDECNET_E=\nDECNET_F='6'\nno line\n=7\nDECNET_C=8\n";
        let read: Vec<(String, String)> = parse(text).into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read, [pair("DECNET_C", "8"), pair("DECNET_D", "4 5"), pair("DECNET_F", "6")]);
    }
}
