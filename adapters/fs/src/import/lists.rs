//! The word lists of `content/`: `;;` begins a comment, blank lines don't count.

/// The lines of a file that say something.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(";;"))
}

/// Lines of the form `value = name; name; …`.
pub(super) fn pairs(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    lines(text).filter_map(|line| line.split_once(" = "))
}

/// The first value of `value = name; name; …` that has this name, compared in lower case.
pub(super) fn value_of(text: &'static str, name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    pairs(text).find(|(_, names)| names.split(';').any(|known| known.trim() == name)).map(|(value, _)| value)
}

/// The lines below `[list]`.
pub(super) fn list(text: &'static str, list: &'static str) -> impl Iterator<Item = &'static str> {
    lines(text)
        .skip_while(move |line| line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) != Some(list))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}
