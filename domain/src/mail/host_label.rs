//! Names of companies in host names.

use alloc::string::String;

use crate::persona::fold;

/// A name as a label of a host name: letters, digits and hyphens (RFC 1123 §2.1).
pub(super) fn label(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            ' ' | '-' | '_' | '.' if !out.ends_with('-') => out.push('-'),
            c => out.push_str(fold(c).unwrap_or("")),
        }
    }
    let out = out.trim_matches('-');
    String::from(if out.is_empty() { "news" } else { out })
}
