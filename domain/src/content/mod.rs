//! Content packs: texts as data, in a small grammar, one pack per language.
//!
//! `FORMAT.md` beside the packs (`domain/content/`) tells how to write one.

mod embedded;
mod expand;
mod lists;
mod parse;
mod syslog;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

pub use expand::{Rule, TextGenerator};
pub(crate) use lists::lists;
pub use parse::{ContentError, SourceFile};
pub use syslog::{AdminCommand, CronJob, SystemPack, Timer};

use crate::calendar::Holidays;
use crate::llm::tells::{ModelTells, is_model_file};
use crate::persona::Language;
use crate::role::RoleWords;
use crate::world::WorldWords;
use parse::Grammar;

/// The texts of one language.
#[derive(Debug)]
pub struct Pack {
    grammar: Grammar,
    rules: Rules,
    abbreviations: BTreeMap<String, String>,
    dictionary: BTreeSet<String>,
    day_month: String,
    mail: MailForms,
}

macro_rules! rules {
    ($($field:ident $name:literal)*) => {
        /// The rules every pack must have, found once at load.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "each is the rule of that name with '_' for '.'; FORMAT.md tells what they are for")]
        pub struct Rules {
            $(pub $field: Rule,)*
        }

        /// Their names.
        pub const RULES: &[&str] = &[$($name,)*];

        impl Rules {
            fn find(grammar: &Grammar) -> Result<Self, ContentError> {
                Ok(Self { $($field: grammar.require($name)?,)* })
            }
        }
    };
}

rules! {
    folder "folder"
    work_item "about"
    name_note "name.note"
    name_todo "name.todo"
    name_draft "name.draft"
    name_script "name.script"
    note_head "note.head"
    note_sub "note.sub"
    note_line "note.line"
    note_sentence "note.sentence"
    note_block "note.block"
    todo_head "todo.head"
    todo_sub "todo.sub"
    todo_item "todo.item"
    draft_head "draft.head"
    draft_heading "draft.heading"
    draft_sentence "draft.sentence"
    draft_bullet "draft.bullet"
    draft_close "draft.close"
    draft_letter "draft.letter"
    draft_bye "draft.bye"
    body_script "body.script"
    append_script "append.script"
    session_command "session.command"
    edit_dated "edit.dated"
    edit_dropped "edit.dropped"
    edit_moved "edit.moved"
    mail_subject "mail.subject"
    mail_hello "mail.hello"
    mail_all "mail.all"
    mail_open "mail.open"
    mail_line "mail.line"
    mail_ask "mail.ask"
    mail_answer "mail.answer"
    mail_forward "mail.forward"
    mail_file "mail.file"
    mail_attached "mail.attached"
    mail_bye "mail.bye"
    list_everybody "list.everybody"
    list_sysadmin "list.sysadmin"
    list_developer "list.developer"
    list_finance "list.finance"
    list_hr "list.hr"
    list_sales "list.sales"
    list_support "list.support"
    list_manager "list.manager"
    mailing_host "mailing.host"
    mailing_vendor "mailing.vendor"
    mailing_cron_subject "mailing.cron.subject"
    mailing_cron_body "mailing.cron.body"
    mailing_alert_subject "mailing.alert.subject"
    mailing_alert_body "mailing.alert.body"
    mailing_build_subject "mailing.build.subject"
    mailing_build_body "mailing.build.body"
    mailing_vendor_subject "mailing.vendor.subject"
    mailing_vendor_body "mailing.vendor.body"
    mailing_people_subject "mailing.people.subject"
    mailing_people_body "mailing.people.body"
}

/// The forms that mail programs have in this language.
#[derive(Debug)]
struct MailForms {
    wrote: Vec<String>,
    labels: Vec<String>,
    months: Vec<String>,
    days: Vec<String>,
    short_months: Vec<String>,
    short_days: Vec<String>,
}

fn owned(lines: Vec<&str>) -> Vec<String> {
    lines.into_iter().map(|line| line.trim().into()).collect()
}

impl Pack {
    /// Reads a pack from its files; their order does not matter, but `[+rule]` adds to a rule of an
    /// earlier file.
    ///
    /// # Errors
    /// With file and line: a line outside a section, an unknown rule or slot, a rule that can't
    /// end, a required rule that is missing.
    pub fn parse(files: &[SourceFile<'_>]) -> Result<Self, ContentError> {
        let grammar = Grammar::parse(files)?;
        let rules = Rules::find(&grammar)?;
        let short = grammar.plain_lines("abbreviation");
        let pair = |line: &str| line.split_once(" = ").map(|(long, short)| (long.trim().into(), short.trim().into()));
        let abbreviations = short.into_iter().filter_map(pair).collect();
        let dictionary = grammar.words();
        let day_month = grammar.plain_lines("form.daymonth").first().map_or("%d %m", |form| form.trim()).into();
        let mail = MailForms {
            wrote: owned(grammar.plain_lines("mail.wrote")),
            labels: owned(grammar.plain_lines("mail.labels")),
            months: owned(grammar.plain_lines("mail.months")),
            days: owned(grammar.plain_lines("mail.days")),
            short_months: owned(grammar.plain_lines("month.short")),
            short_days: owned(grammar.plain_lines("weekday.short")),
        };
        for (name, lines, wanted) in [
            ("mail.wrote", &mail.wrote, 4),
            ("mail.labels", &mail.labels, 11),
            ("mail.months", &mail.months, 12),
            ("mail.days", &mail.days, 7),
        ] {
            if lines.len() < wanted {
                let file = files.last().map_or("content", |f| f.name);
                return Err(ContentError::whole(file, alloc::format!("the pack's [{name}] needs {wanted} lines")));
            }
        }
        Ok(Self { grammar, rules, abbreviations, dictionary, day_month, mail })
    }

    /// How a mail program introduces what it quotes, one form a program.
    pub(crate) fn mail_wrote(&self, which: usize) -> &str {
        self.mail.wrote.get(which).map_or("%N:", String::as_str)
    }

    /// What mail programs call things, in the order of `mail.labels`.
    pub(crate) fn mail_label(&self, which: usize) -> &str {
        self.mail.labels.get(which).map_or("", String::as_str)
    }

    /// The whole name of a month, 0 for January.
    pub(crate) fn mail_month(&self, month: usize) -> &str {
        self.mail.months.get(month).map_or("", String::as_str)
    }

    /// The short name of a month, 0 for January.
    pub(crate) fn mail_short_month(&self, month: usize) -> &str {
        self.mail.short_months.get(month).map_or("", String::as_str)
    }

    /// The short name of a day, 0 for Monday.
    pub(crate) fn mail_short_day(&self, day: usize) -> &str {
        self.mail.short_days.get(day).map_or("", String::as_str)
    }

    /// The whole name of a day, 0 for Monday.
    pub(crate) fn mail_day(&self, day: usize) -> &str {
        self.mail.days.get(day).map_or("", String::as_str)
    }

    /// The rules that paths and bodies start from.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Whether a word stands anywhere in the pack.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.dictionary.contains(word)
    }

    /// How a day and a month are written: `%d` and `%m` stand for them.
    pub(crate) fn day_month(&self) -> &str {
        &self.day_month
    }

    /// What people in a hurry write for a word.
    pub(crate) fn short_form(&self, word: &str) -> Option<&str> {
        self.abbreviations.get(word).map(String::as_str)
    }
}

/// Every pack there is, what worlds are made of, and what the system's own logs say.
#[derive(Debug)]
pub struct Content {
    packs: BTreeMap<Language, Pack>,
    fallback: Language,
    system: SystemPack,
    words: WorldWords,
    roles: RoleWords,
    holidays: Holidays,
    model_tells: ModelTells,
}

/// Content files as they are read: by language, and what belongs to none.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    /// The files of each language's pack.
    pub languages: BTreeMap<Language, Vec<SourceFile<'a>>>,
    /// Lists of names that worlds are made of.
    pub names: Vec<SourceFile<'a>>,
}

impl<'a> Sources<'a> {
    /// What is built into the program.
    pub fn embedded() -> Sources<'static> {
        embedded::sources()
    }

    /// Adds an operator's files: to a language that is there, or as a new one.
    pub fn add(&mut self, more: Sources<'a>) {
        for (language, files) in more.languages {
            // Scripts speak no language but for their comments: a new pack gets the built-in ones.
            let pack = self.languages.entry(language).or_insert_with(|| embedded::SHARED.to_vec());
            pack.extend(files);
        }
        self.names.extend(more.names);
    }
}

impl Content {
    /// Reads everything.
    ///
    /// # Errors
    /// With file and line of the first mistake; or when there is no English pack to fall back to.
    pub fn parse(sources: &Sources<'_>) -> Result<Self, ContentError> {
        let mut packs = BTreeMap::new();
        let mut model_tells = ModelTells::parse(&embedded::MODEL_TELLS)?;
        for (language, files) in &sources.languages {
            let (model_files, files): (Vec<_>, Vec<_>) = files.iter().partition(|file| is_model_file(file.name));
            for file in model_files {
                model_tells.add_language(*language, &file)?;
            }
            let pack = Pack::parse(&files).map_err(|error| match error.file.as_str() {
                // What the shared files call must be in the pack: that is where the mistake is.
                file if embedded::SHARED.iter().any(|shared| shared.name == file) => {
                    ContentError::whole(language.as_str(), alloc::format!("{}, which {file} needs", error.reason))
                }
                _ => error,
            });
            packs.insert(*language, pack?);
        }
        if !packs.contains_key(&Language::EN) {
            return Err(ContentError::whole("content", "has no pack for en, the language of last resort"));
        }
        Ok(Self {
            packs,
            fallback: Language::EN,
            system: SystemPack::parse(&embedded::SYSTEM)?,
            words: WorldWords::parse(&sources.names)?,
            roles: RoleWords::parse(&embedded::ROLES)?,
            holidays: Holidays::parse(&embedded::HOLIDAYS)?,
            model_tells,
        })
    }

    /// What is built into the program.
    ///
    /// # Errors
    /// Only if a pack in the source tree is broken; a test holds that none is.
    pub fn embedded() -> Result<Self, ContentError> {
        Self::parse(&Sources::embedded())
    }

    /// The pack of a language, or the English one.
    pub fn pack(&self, language: Language) -> &Pack {
        // `parse` holds that the fallback is there.
        self.packs.get(&language).unwrap_or_else(|| &self.packs[&self.fallback])
    }

    /// The languages that have a pack.
    pub fn languages(&self) -> Vec<Language> {
        self.packs.keys().copied().collect()
    }

    /// What the system's own logs say.
    pub fn system(&self) -> &SystemPack {
        &self.system
    }

    /// What worlds are made of.
    pub fn words(&self) -> &WorldWords {
        &self.words
    }

    /// Which role belongs to which family.
    pub fn roles(&self) -> &RoleWords {
        &self.roles
    }

    /// When people of a country are off.
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// What gives language models away.
    pub fn model_tells(&self) -> &ModelTells {
        &self.model_tells
    }
}

/// Something an expansion appends to.
pub(crate) type Out = String;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_packs_load() {
        let content = Content::embedded().unwrap_or_else(|e| panic!("{e}"));
        let languages: Vec<_> = content.languages().iter().map(alloc::string::ToString::to_string).collect();
        assert_eq!(languages, ["de", "en", "es", "fr", "it", "nl", "pt"]);
        assert!(content.system().jobs().len() >= 4);
    }
}
