//! What programs say in a language, by name: labels of mail programs, names of months and days.
//!
//! A pack that lacks one of them gets the English one and says so (see [`Labels::read`]), so that a new language can be
//! tried before it is complete.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::grammar::ast::Grammar;
use super::source::ContentError;

macro_rules! sections {
    ($($(#[$about:meta])* $type:ident $section:literal { $($(#[$doc:meta])* $field:ident)* })*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $type {
                $($(#[$doc])* pub $field: String,)*
            }

            impl $type {
                fn read(reader: &mut Reader<'_>, english: Option<&Self>) -> Result<Self, ContentError> {
                    let mut lines = reader.named($section, &[$(stringify!($field),)*])?;
                    Ok(Self {
                        $($field: reader.one($section, stringify!($field), &mut lines, english.map(|e| &e.$field))?,)*
                    })
                }
            }
        )*
    };
}

sections! {
    /// `[mail.wrote]`: how each mail program introduces what it quotes. strftime(3), and `%N` and `%E` for the name and
    /// the address of whom it quotes.
    Attributions "mail.wrote" {
        /// Thunderbird.
        thunderbird
        /// Apple Mail.
        apple
        /// mutt.
        mutt
        /// Roundcube.
        roundcube
    }

    /// `[mail.labels]`: what mail programs call things.
    MailLabels "mail.labels" {
        /// The label of who wrote it.
        from
        /// The label of when, in Outlook.
        sent
        /// The label of to whom.
        to
        /// The label of what about.
        subject
        /// What stands above a mail that Outlook quotes.
        original
        /// What stands above a mail that is passed on.
        forwarded
        /// The label of when, in Thunderbird.
        date
        /// What stands before the subject of an answer.
        re
        /// What stands before the subject of what is passed on.
        fwd
        /// How Outlook writes a date: strftime(3).
        when
    }

    /// `[todo.labels]`: words in lists.
    TodoLabels "todo.labels" {
        /// What stands before an item that is done, where somebody uses no boxes.
        done
    }
}

/// All labels of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// How quotes are introduced.
    pub wrote: Attributions,
    /// What mail programs call things.
    pub mail: MailLabels,
    /// Words in lists.
    pub todo: TodoLabels,
    /// `[mail.months]`: whole names, January first.
    months: Vec<String>,
    /// `[mail.days]`: whole names, Monday first.
    days: Vec<String>,
    /// `[month.short]`, January first.
    short_months: Vec<String>,
    /// `[weekday.short]`, Monday first.
    short_days: Vec<String>,
}

impl Labels {
    /// Reads the labels of a pack. What it lacks is taken from `english` and named in what is returned beside.
    ///
    /// # Errors
    /// For a line of another form, a label of another name, and a list that is too short; for anything that is missing
    /// where there is no `english` to take it from.
    pub(super) fn read(grammar: &Grammar, english: Option<&Self>) -> Result<(Self, Vec<String>), ContentError> {
        let mut reader = Reader { grammar, missing: Vec::new() };
        let labels = Self {
            wrote: Attributions::read(&mut reader, english.map(|e| &e.wrote))?,
            mail: MailLabels::read(&mut reader, english.map(|e| &e.mail))?,
            todo: TodoLabels::read(&mut reader, english.map(|e| &e.todo))?,
            months: reader.list("mail.months", 12, english.map(|e| &e.months))?,
            days: reader.list("mail.days", 7, english.map(|e| &e.days))?,
            short_months: reader.list("month.short", 12, english.map(|e| &e.short_months))?,
            short_days: reader.list("weekday.short", 7, english.map(|e| &e.short_days))?,
        };
        Ok((labels, reader.missing))
    }

    /// The whole name of a month, 1 for January.
    pub(crate) fn month(&self, month: i8) -> &str {
        nth(&self.months, month)
    }

    /// The short name of a month, 1 for January.
    pub(crate) fn short_month(&self, month: i8) -> &str {
        nth(&self.short_months, month)
    }

    /// The whole name of a day of the week, 1 for Monday.
    pub(crate) fn day(&self, day: i8) -> &str {
        nth(&self.days, day)
    }

    /// The short name of a day of the week, 1 for Monday.
    pub(crate) fn short_day(&self, day: i8) -> &str {
        nth(&self.short_days, day)
    }
}

fn nth(list: &[String], n: i8) -> &str {
    usize::try_from(n).ok().and_then(|n| list.get(n.checked_sub(1)?)).map_or("", String::as_str)
}

/// Reads labels, and keeps what is missing.
struct Reader<'a> {
    grammar: &'a Grammar,
    missing: Vec<String>,
}

impl<'a> Reader<'a> {
    /// The lines `name = text` of a section; of two with the same name the later one counts.
    fn named(&self, section: &str, names: &[&str]) -> Result<BTreeMap<&'a str, &'a str>, ContentError> {
        let mut found = BTreeMap::new();
        for line in self.grammar.plain_lines(section)? {
            let (name, text) = line
                .split_once('=')
                .map(|(name, text)| (name.trim(), text.trim()))
                .filter(|(name, _)| names.contains(name))
                .ok_or_else(|| {
                    let names = names.join(", ");
                    self.grammar.fault(format!("[{section}]: {line:?} is not \"name = text\" with one of {names}"))
                })?;
            found.insert(name, text);
        }
        Ok(found)
    }

    fn one(
        &mut self,
        section: &str,
        name: &str,
        lines: &mut BTreeMap<&str, &str>,
        english: Option<&String>,
    ) -> Result<String, ContentError> {
        if let Some(text) = lines.remove(name) {
            return Ok(text.to_owned());
        }
        let english = english.ok_or_else(|| self.grammar.fault(format!("[{section}] has no {name:?}")))?;
        self.missing.push(format!("[{section}] {name}"));
        Ok(english.clone())
    }

    fn list(
        &mut self,
        section: &str,
        wanted: usize,
        english: Option<&Vec<String>>,
    ) -> Result<Vec<String>, ContentError> {
        let lines = self.grammar.plain_lines(section)?;
        if lines.is_empty()
            && let Some(english) = english
        {
            self.missing.push(format!("[{section}]"));
            return Ok(english.clone());
        }
        if lines.len() < wanted {
            return Err(self.grammar.fault(format!("[{section}] has {} lines and needs {wanted}", lines.len())));
        }
        Ok(lines.into_iter().map(ToOwned::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::source::SourceFile;
    use alloc::string::ToString;

    #[test]
    fn a_label_of_another_name_is_a_mistake_and_one_that_is_missing_is_borrowed() {
        let grammar = |text: &str| Grammar::parse(&[SourceFile { name: "xx/a.txt", text }]).unwrap();
        let english = crate::content::Content::embedded().unwrap();
        let english = english.pack(crate::persona::Language::EN).labels();
        let wrong = Labels::read(&grammar("[mail.labels]\nform = De\n"), Some(english)).unwrap_err();
        assert!(wrong.to_string().starts_with("xx:0: [mail.labels]: \"form = De\" is not"), "{wrong}");
        let (labels, missing) = Labels::read(&grammar("[mail.labels]\nfrom = Vun\n"), Some(english)).unwrap();
        assert_eq!((labels.mail.from.as_str(), labels.mail.to.as_str()), ("Vun", "To"));
        assert!(missing.contains(&"[mail.labels] to".to_owned()) && missing.contains(&"[mail.days]".to_owned()));
        assert!(!missing.contains(&"[mail.labels] from".to_owned()));
        let short = Labels::read(&grammar("[mail.days]\nMaandag\n"), Some(english)).unwrap_err();
        assert_eq!(short.to_string(), "xx:0: [mail.days] has 1 lines and needs 7");
    }
}
