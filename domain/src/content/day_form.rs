//! The forms in which days are written, by name.

/// How a day is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayForm {
    Iso,
    Compact,
    DayMonth,
    MonthDay,
    Slash,
    Weekday,
    WeekdaySlash,
    Monday,
    Month,
    Quarter,
    Year,
}

/// The forms of a day: the word, the form, and 3 November 2026, a Tuesday, in it.
pub(crate) const DAY_FORMS: [(&str, DayForm, &str); 11] = [
    ("iso", DayForm::Iso, "2026-11-03"),
    ("compact", DayForm::Compact, "20261103"),
    ("daymonth", DayForm::DayMonth, "3 Nov"),
    ("monthday", DayForm::MonthDay, "Nov 3"),
    ("slash", DayForm::Slash, "3/11"),
    ("weekday", DayForm::Weekday, "Tue"),
    ("weekdayslash", DayForm::WeekdaySlash, "Tue 3/11"),
    ("monday", DayForm::Monday, "Nov 2"),
    ("month", DayForm::Month, "2026-11"),
    ("quarter", DayForm::Quarter, "Q4"),
    ("year", DayForm::Year, "2026"),
];

impl DayForm {
    /// The form of this name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        DAY_FORMS.iter().find(|(known, ..)| *known == word).map(|(_, form, _)| *form)
    }
}
