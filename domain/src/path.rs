//! Absolute paths on a decky.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

/// An absolute, normal path inside a decky: no `.` or `..`, no empty component, no NUL, at most
/// 512 characters (the width of `synthetic_files.path`) and 255 bytes a component (ext4, overlayfs).
///
/// Spaces, quotes, newlines and any Unicode are fine: a path is never pasted into a shell string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeckyPath(String);

/// Why a text is not a [`DeckyPath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It doesn't start with `/`, or names the root itself.
    #[error("{0:?} is not an absolute path to a file")]
    NotAbsolute(String),
    /// It has a `.`, `..`, empty or over-long component, or a NUL.
    #[error("{0:?} has a component that is empty, '.', '..', over 255 bytes or holds a NUL")]
    BadComponent(String),
    /// It has more than 512 characters.
    #[error("path of {0} characters, more than the 512 a row holds")]
    TooLong(usize),
}

impl DeckyPath {
    /// Checks `text`.
    pub fn new(text: impl Into<String>) -> Result<Self, PathError> {
        let text = text.into();
        let Some(rest) = text.strip_prefix('/') else {
            return Err(PathError::NotAbsolute(text));
        };
        if rest.is_empty() {
            return Err(PathError::NotAbsolute(text));
        }
        let bad =
            |part: &str| part.is_empty() || part == "." || part == ".." || part.len() > 255 || part.contains('\0');
        if rest.split('/').any(bad) {
            return Err(PathError::BadComponent(text));
        }
        if text.len() > 512 && text.chars().count() > 512 {
            return Err(PathError::TooLong(text.chars().count()));
        }
        Ok(Self(text))
    }

    /// The path below a folder; `relative` may have several components.
    pub fn under(folder: &Self, relative: &str) -> Result<Self, PathError> {
        let mut text = String::with_capacity(folder.0.len() + relative.len() + 1);
        text.push_str(&folder.0);
        text.push('/');
        text.push_str(relative);
        Self::new(text)
    }

    /// The text, with its leading `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder it lies in; `/` for a file at the root.
    pub fn parent(&self) -> &str {
        match self.0.rfind('/') {
            Some(0) | None => "/",
            Some(at) => &self.0[..at],
        }
    }

    /// Whether it lies somewhere below `folder`.
    pub fn is_below(&self, folder: &str) -> bool {
        let folder = folder.trim_end_matches('/');
        self.0.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Its components, outermost first.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0[1..].split('/')
    }
}

impl fmt::Display for DeckyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::str::FromStr for DeckyPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::new(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_a_path_and_what_is_not() {
        for good in ["/a", "/home/o'neil/My \"notes\" $(id)\n.txt", "/tmp/.cache-x", "/home/ñandú/…"] {
            assert_eq!(DeckyPath::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "/", "a/b", "/a//b", "/a/", "/a/../b", "/./a", "/a\0b", "~/x"] {
            assert!(DeckyPath::new(bad).is_err(), "{bad:?}");
        }
        assert!(DeckyPath::new(alloc::format!("/{}", "é/".repeat(300))).is_err());
    }

    #[test]
    fn parents_and_names() {
        let path = DeckyPath::new("/home/eve/notes.txt").unwrap();
        assert_eq!((path.parent(), path.file_name()), ("/home/eve", "notes.txt"));
        assert_eq!(DeckyPath::new("/motd").unwrap().parent(), "/");
        assert!(path.is_below("/home/eve") && path.is_below("/home/") && !path.is_below("/home/ev"));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_path_that_climbs(text in "[/.a\\x00-\\x7f]{0,40}") {
            if let Ok(path) = DeckyPath::new(text) {
                prop_assert!(path.components().all(|c| !c.is_empty() && c != ".." && c != "."));
                prop_assert!(path.as_str().starts_with('/'));
            }
        }
    }
}
