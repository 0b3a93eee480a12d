//! Lines of a configuration that take in other files, as Dovecot writes them, and which names they mean.

/// A line that takes in other files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include<'a> {
    /// Which: a path, relative to the file's own folder or not, whose last part may have `*` and `?`.
    pub pattern: &'a str,
    /// Whether it is no mistake when there are none.
    pub is_optional: bool,
}

/// The line's include, if it is one.
pub fn include_of(line: &str) -> Option<Include<'_>> {
    let (word, rest) = line.trim().split_once(char::is_whitespace)?;
    let is_optional = match word {
        "!include" => false,
        "!include_try" => true,
        _ => return None,
    };
    Some(Include { pattern: rest.trim(), is_optional })
}

/// Whether a name fits a pattern of glob(7) with `*` and `?`. A leading dot is only ever matched by a dot.
pub fn is_match(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where the last star stood, and up to where it was tried to reach.
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(letter) if *letter == b'?' || *letter == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, reached)) => {
                    star = Some((at, reached + 1));
                    p = at + 1;
                    n = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns_as_a_shell_has_it() {
        for (pattern, name) in
            [("*.conf", "10-mail.conf"), ("*", "a"), ("a?c*", "abc"), ("**a", "ba"), ("local.conf", "local.conf")]
        {
            assert!(is_match(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", "10-mail.conf.bak"), ("*.conf", ".x.conf"), ("a?", "a"), ("", "a")] {
            assert!(!is_match(pattern, name), "{pattern} {name}");
        }
        assert_eq!(include_of("!include_try local.conf"), Some(Include { pattern: "local.conf", is_optional: true }));
        assert_eq!(include_of("#!include conf.d/*.conf"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_name_and_any_pattern_come_to_an_end(pattern in "[a*?.]{0,60}", name in "[a.]{0,60}") {
            // Without a star nothing but names of the pattern's own length can fit.
            proptest::prop_assert!(!is_match(&pattern, &name) || pattern.contains('*') || pattern.len() == name.len());
        }
    }
}
