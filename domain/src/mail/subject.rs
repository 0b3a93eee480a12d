//! Subjects of answers, in whatever language the mail before them was answered.

use alloc::collections::BTreeSet;
use alloc::string::String;

/// What stands before subjects that were answered or passed on: `re`, `aw`, `fwd`, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectMarks(BTreeSet<String>);

impl<'a> FromIterator<&'a str> for SubjectMarks {
    fn from_iter<T: IntoIterator<Item = &'a str>>(marks: T) -> Self {
        Self(marks.into_iter().map(str::to_lowercase).collect())
    }
}

impl SubjectMarks {
    /// A subject without its marks, with or without a count such as `Re[2]`.
    pub fn bare<'s>(&self, subject: &'s str) -> &'s str {
        let mut rest = subject.trim();
        while let Some((mark, after)) = rest.split_once(':') {
            let mark = mark.trim_end_matches(|c: char| c == ']' || c == '[' || c.is_ascii_digit()).trim();
            if !self.0.contains(&mark.to_lowercase()) {
                break;
            }
            rest = after.trim_start();
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn marks_in_seven_languages_go_and_colons_in_titles_stay() {
        let content = crate::content::Content::embedded().unwrap();
        for (subject, bare) in [
            ("Re: RE[2]: x", "x"),
            ("AW: WG: x", "x"),
            ("TR : x", "x"),
            ("RV: Enc: x", "x"),
            ("Osprey: key rotation", "Osprey: key rotation"),
            ("", ""),
            ("Re:", ""),
        ] {
            assert_eq!(content.subject_marks().bare(subject), bare, "{subject}");
        }
    }
}
