//! What kinds of artifact there are (the seed, "Content classes"). The names are visible to other
//! programs: in `synthetic_files.content_class`, in bus events and in `realism_config`.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Every kind of artifact the planner can pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the documentation; `as_str` is the wire name")]
pub enum ContentClass {
    Note,
    Todo,
    Draft,
    Script,
    LogCron,
    LogDaemon,
    CacheTmp,
    Email,
    CanaryAwsCreds,
    CanaryEnvFile,
    CanaryGitConfig,
    CanarySshKey,
    CanaryHoneydoc,
    CanaryHoneydocDocx,
    CanaryHoneydocPdf,
    CanaryMysqlDump,
}

/// The group a class belongs to; the planner draws the group first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Written by a person.
    User,
    /// Written by a program.
    System,
    /// Delivered to a mailbox.
    Email,
    /// Calls home when it is used.
    Canary,
}

/// Classes whose bodies come from templates; the others need a mail writer or a canary generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "same names as ContentClass")]
pub enum TemplateClass {
    Note,
    Todo,
    Draft,
    Script,
    LogCron,
    LogDaemon,
    CacheTmp,
}

/// Classes that have a next iteration. Scratch files, mail and canaries are never edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "same names as ContentClass")]
pub enum EditableClass {
    Note,
    Todo,
    Draft,
    Script,
    LogCron,
    LogDaemon,
}

/// What people write and go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "same names as ContentClass")]
pub enum TextClass {
    Note,
    Todo,
    Draft,
    Script,
}

/// What is written at once: a person's text, or a program's scratch file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileClass {
    /// A person's.
    Text(TextClass),
    /// A program's.
    CacheTmp,
}

/// Classes that only a canary generator can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "same names as ContentClass")]
pub enum CanaryClass {
    AwsCreds,
    EnvFile,
    GitConfig,
    SshKey,
    Honeydoc,
    HoneydocDocx,
    HoneydocPdf,
    MysqlDump,
}

impl ContentClass {
    /// All classes, in the order of the seed's table.
    pub const ALL: [Self; 16] = [
        Self::Note,
        Self::Todo,
        Self::Draft,
        Self::Script,
        Self::LogCron,
        Self::LogDaemon,
        Self::CacheTmp,
        Self::Email,
        Self::CanaryAwsCreds,
        Self::CanaryEnvFile,
        Self::CanaryGitConfig,
        Self::CanarySshKey,
        Self::CanaryHoneydoc,
        Self::CanaryHoneydocDocx,
        Self::CanaryHoneydocPdf,
        Self::CanaryMysqlDump,
    ];

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Todo => "todo",
            Self::Draft => "draft",
            Self::Script => "script",
            Self::LogCron => "log_cron",
            Self::LogDaemon => "log_daemon",
            Self::CacheTmp => "cache_tmp",
            Self::Email => "email",
            Self::CanaryAwsCreds => "canary_aws_creds",
            Self::CanaryEnvFile => "canary_env_file",
            Self::CanaryGitConfig => "canary_git_config",
            Self::CanarySshKey => "canary_ssh_key",
            Self::CanaryHoneydoc => "canary_honeydoc",
            Self::CanaryHoneydocDocx => "canary_honeydoc_docx",
            Self::CanaryHoneydocPdf => "canary_honeydoc_pdf",
            Self::CanaryMysqlDump => "canary_mysql_dump",
        }
    }

    /// The group this class belongs to.
    pub const fn category(self) -> Category {
        match self {
            Self::Note | Self::Todo | Self::Draft | Self::Script => Category::User,
            Self::LogCron | Self::LogDaemon | Self::CacheTmp => Category::System,
            Self::Email => Category::Email,
            _ => Category::Canary,
        }
    }

    /// Whether a language model may write it. Logs are formulaic and canaries deterministic, so a
    /// model's hand there would be the tell (the seed, "Content classes").
    pub const fn llm_eligible(self) -> bool {
        matches!(self.category(), Category::User | Category::Email)
    }

    /// The class as one with a next iteration, if it has one.
    pub const fn editable(self) -> Option<EditableClass> {
        Some(match self {
            Self::Note => EditableClass::Note,
            Self::Todo => EditableClass::Todo,
            Self::Draft => EditableClass::Draft,
            Self::Script => EditableClass::Script,
            Self::LogCron => EditableClass::LogCron,
            Self::LogDaemon => EditableClass::LogDaemon,
            _ => return None,
        })
    }

    /// The class as one that templates can write, if they can.
    pub const fn template(self) -> Option<TemplateClass> {
        Some(match self {
            Self::CacheTmp => TemplateClass::CacheTmp,
            other => match other.editable() {
                Some(class) => class.template(),
                None => return None,
            },
        })
    }

    /// The class as a canary, if it is one.
    pub const fn canary(self) -> Option<CanaryClass> {
        Some(match self {
            Self::CanaryAwsCreds => CanaryClass::AwsCreds,
            Self::CanaryEnvFile => CanaryClass::EnvFile,
            Self::CanaryGitConfig => CanaryClass::GitConfig,
            Self::CanarySshKey => CanaryClass::SshKey,
            Self::CanaryHoneydoc => CanaryClass::Honeydoc,
            Self::CanaryHoneydocDocx => CanaryClass::HoneydocDocx,
            Self::CanaryHoneydocPdf => CanaryClass::HoneydocPdf,
            Self::CanaryMysqlDump => CanaryClass::MysqlDump,
            _ => return None,
        })
    }
}

impl CanaryClass {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AwsCreds,
        Self::EnvFile,
        Self::GitConfig,
        Self::SshKey,
        Self::Honeydoc,
        Self::HoneydocDocx,
        Self::HoneydocPdf,
        Self::MysqlDump,
    ];
}

impl EditableClass {
    /// The same class among those that templates write.
    pub const fn template(self) -> TemplateClass {
        match self {
            Self::Note => TemplateClass::Note,
            Self::Todo => TemplateClass::Todo,
            Self::Draft => TemplateClass::Draft,
            Self::Script => TemplateClass::Script,
            Self::LogCron => TemplateClass::LogCron,
            Self::LogDaemon => TemplateClass::LogDaemon,
        }
    }
}

impl EditableClass {
    /// The class as what a person writes; `None` for logs.
    pub const fn text(self) -> Option<TextClass> {
        Some(match self {
            Self::Note => TextClass::Note,
            Self::Todo => TextClass::Todo,
            Self::Draft => TextClass::Draft,
            Self::Script => TextClass::Script,
            Self::LogCron | Self::LogDaemon => return None,
        })
    }
}

impl TemplateClass {
    /// The class as what is written at once; `None` for logs.
    pub const fn file(self) -> Option<FileClass> {
        Some(match self {
            Self::Note => FileClass::Text(TextClass::Note),
            Self::Todo => FileClass::Text(TextClass::Todo),
            Self::Draft => FileClass::Text(TextClass::Draft),
            Self::Script => FileClass::Text(TextClass::Script),
            Self::CacheTmp => FileClass::CacheTmp,
            Self::LogCron | Self::LogDaemon => return None,
        })
    }

    /// Whether it is a log: the system's, and a daemon's to write.
    pub const fn is_log(self) -> bool {
        matches!(self, Self::LogCron | Self::LogDaemon)
    }
}

impl From<TemplateClass> for ContentClass {
    fn from(class: TemplateClass) -> Self {
        match class {
            TemplateClass::Note => Self::Note,
            TemplateClass::Todo => Self::Todo,
            TemplateClass::Draft => Self::Draft,
            TemplateClass::Script => Self::Script,
            TemplateClass::LogCron => Self::LogCron,
            TemplateClass::LogDaemon => Self::LogDaemon,
            TemplateClass::CacheTmp => Self::CacheTmp,
        }
    }
}

impl From<FileClass> for TemplateClass {
    fn from(class: FileClass) -> Self {
        match class {
            FileClass::Text(TextClass::Note) => Self::Note,
            FileClass::Text(TextClass::Todo) => Self::Todo,
            FileClass::Text(TextClass::Draft) => Self::Draft,
            FileClass::Text(TextClass::Script) => Self::Script,
            FileClass::CacheTmp => Self::CacheTmp,
        }
    }
}

impl From<EditableClass> for ContentClass {
    fn from(class: EditableClass) -> Self {
        class.template().into()
    }
}

impl From<CanaryClass> for ContentClass {
    fn from(class: CanaryClass) -> Self {
        match class {
            CanaryClass::AwsCreds => Self::CanaryAwsCreds,
            CanaryClass::EnvFile => Self::CanaryEnvFile,
            CanaryClass::GitConfig => Self::CanaryGitConfig,
            CanaryClass::SshKey => Self::CanarySshKey,
            CanaryClass::Honeydoc => Self::CanaryHoneydoc,
            CanaryClass::HoneydocDocx => Self::CanaryHoneydocDocx,
            CanaryClass::HoneydocPdf => Self::CanaryHoneydocPdf,
            CanaryClass::MysqlDump => Self::CanaryMysqlDump,
        }
    }
}

impl fmt::Display for ContentClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is none of the sixteen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown content class {0:?}")]
pub struct UnknownContentClass(pub alloc::string::String);

impl FromStr for ContentClass {
    type Err = UnknownContentClass;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|class| class.as_str() == name).ok_or_else(|| UnknownContentClass(name.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_wire_name_reads_back_and_matches_serde() {
        for class in ContentClass::ALL {
            assert_eq!(class.as_str().parse(), Ok(class));
            assert_eq!(serde_json::to_value(class).unwrap(), class.to_string());
        }
        assert!("notes".parse::<ContentClass>().is_err());
    }

    #[test]
    fn only_what_people_write_may_come_from_a_language_model() {
        let eligible: alloc::vec::Vec<_> =
            ContentClass::ALL.into_iter().filter(|c| c.llm_eligible()).map(ContentClass::as_str).collect();
        assert_eq!(eligible, ["note", "todo", "draft", "script", "email"]);
    }

    #[test]
    fn scratch_files_mail_and_canaries_have_no_next_iteration() {
        for class in ContentClass::ALL {
            let expected =
                class.category() == Category::User || matches!(class, ContentClass::LogCron | ContentClass::LogDaemon);
            assert_eq!(class.editable().is_some(), expected, "{class}");
            assert_eq!(class.canary().is_some(), class.category() == Category::Canary);
            if let Some(canary) = class.canary() {
                assert_eq!(ContentClass::from(canary), class);
            }
            if let Some(template) = class.template() {
                assert_eq!(ContentClass::from(template), class);
            }
        }
    }
}
