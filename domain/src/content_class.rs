//! What kinds of artifact there are: one table. The names are visible to other programs: in
//! `synthetic_files.content_class`, in bus events and in `realism_config`.
//!
//! A class more is a row of the table and, where it is made from texts, a file in `bodies/`, which tells how such
//! files are named, what stands in them first and how they go on.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::bodies::class_files::{ScratchFiles, TextFiles};
use crate::bodies::{cache, draft, note, script, todo};
use crate::content::Pack;

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

macro_rules! content_classes {
    (
        text { $($text:ident $text_name:literal $text_weight:literal $text_files:path,)* }
        log { $($log:ident $log_name:literal $log_weight:literal,)* }
        scratch { $($scratch:ident $scratch_name:literal $scratch_weight:literal $scratch_files:path,)* }
        mail { $($mail:ident $mail_name:literal,)* }
        canary { $($canary:ident $own:ident $canary_name:literal $canary_weight:literal,)* }
    ) => {
        /// Every kind of artifact the planner can pick.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "the names are the documentation; `as_str` is the wire name")]
        pub enum ContentClass {
            $(#[serde(rename = $text_name)] $text,)*
            $(#[serde(rename = $log_name)] $log,)*
            $(#[serde(rename = $scratch_name)] $scratch,)*
            $(#[serde(rename = $mail_name)] $mail,)*
            $(#[serde(rename = $canary_name)] $canary,)*
        }

        /// Classes whose bodies come from templates; the others need a mail writer or a canary generator.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "same names as ContentClass")]
        pub enum TemplateClass {
            $($text,)*
            $($log,)*
            $($scratch,)*
        }

        /// Classes that have a next iteration. Scratch files, mail and canaries are never edited.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "same names as ContentClass")]
        pub enum EditableClass {
            $($text,)*
            $($log,)*
        }

        /// What people write and go on with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "same names as ContentClass")]
        pub enum TextClass {
            $($text,)*
        }

        /// What is written at once: a person's text, or a program's scratch file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "same names as ContentClass")]
        pub enum FileClass {
            /// A person's.
            Text(TextClass),
            $($scratch,)*
        }

        /// Classes that only a canary generator can make.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "same names as ContentClass")]
        pub enum CanaryClass {
            $($own,)*
        }

        /// How many rows the table has.
        const COUNT: usize =
            [$($text_name,)* $($log_name,)* $($scratch_name,)* $($mail_name,)* $($canary_name,)*].len();

        impl ContentClass {
            /// All classes, in the order of the table.
            pub const ALL: [Self; COUNT] =
                [$(Self::$text,)* $(Self::$log,)* $(Self::$scratch,)* $(Self::$mail,)* $(Self::$canary,)*];

            /// The wire name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$text => $text_name,)*
                    $(Self::$log => $log_name,)*
                    $(Self::$scratch => $scratch_name,)*
                    $(Self::$mail => $mail_name,)*
                    $(Self::$canary => $canary_name,)*
                }
            }

            /// The group this class belongs to.
            pub const fn category(self) -> Category {
                match self {
                    $(Self::$text => Category::User,)*
                    $(Self::$log => Category::System,)*
                    $(Self::$scratch => Category::System,)*
                    $(Self::$mail => Category::Email,)*
                    $(Self::$canary => Category::Canary,)*
                }
            }

            /// How often it is drawn within its group, unless the operator's `realism_config` says otherwise. 0 for
            /// mail, which is not drawn.
            pub const fn default_weight(self) -> u32 {
                match self {
                    $(Self::$text => $text_weight,)*
                    $(Self::$log => $log_weight,)*
                    $(Self::$scratch => $scratch_weight,)*
                    $(Self::$mail => 0,)*
                    $(Self::$canary => $canary_weight,)*
                }
            }

            /// The class as one with a next iteration, if it has one.
            pub const fn editable(self) -> Option<EditableClass> {
                match self {
                    $(Self::$text => Some(EditableClass::$text),)*
                    $(Self::$log => Some(EditableClass::$log),)*
                    _ => None,
                }
            }

            /// The class as one that templates can write, if they can.
            pub const fn template(self) -> Option<TemplateClass> {
                match self {
                    $(Self::$text => Some(TemplateClass::$text),)*
                    $(Self::$log => Some(TemplateClass::$log),)*
                    $(Self::$scratch => Some(TemplateClass::$scratch),)*
                    _ => None,
                }
            }

            /// The class as a canary, if it is one.
            pub const fn canary(self) -> Option<CanaryClass> {
                match self {
                    $(Self::$canary => Some(CanaryClass::$own),)*
                    _ => None,
                }
            }
        }

        impl CanaryClass {
            /// All of them.
            pub const ALL: [Self; [$($canary_name,)*].len()] = [$(Self::$own,)*];
        }

        impl TemplateClass {
            /// The class as what is written at once; `None` for logs.
            pub const fn file(self) -> Option<FileClass> {
                match self {
                    $(Self::$text => Some(FileClass::Text(TextClass::$text)),)*
                    $(Self::$scratch => Some(FileClass::$scratch),)*
                    $(Self::$log => None,)*
                }
            }
        }

        impl EditableClass {
            /// The same class among those that templates write.
            pub const fn template(self) -> TemplateClass {
                match self {
                    $(Self::$text => TemplateClass::$text,)*
                    $(Self::$log => TemplateClass::$log,)*
                }
            }

            /// The class as what a person writes; `None` for logs.
            pub const fn text(self) -> Option<TextClass> {
                match self {
                    $(Self::$text => Some(TextClass::$text),)*
                    $(Self::$log => None,)*
                }
            }
        }

        impl TextClass {
            /// How such files are named, begun and gone on with.
            pub(crate) const fn files(self) -> &'static TextFiles {
                match self {
                    $(Self::$text => &$text_files,)*
                }
            }
        }

        impl FileClass {
            /// How such files are named and filled, where they are a program's; the person's class otherwise.
            pub(crate) const fn scratch(self) -> Result<&'static ScratchFiles, TextClass> {
                match self {
                    Self::Text(class) => Err(class),
                    $(Self::$scratch => Ok(&$scratch_files),)*
                }
            }
        }

        impl From<TemplateClass> for ContentClass {
            fn from(class: TemplateClass) -> Self {
                match class {
                    $(TemplateClass::$text => Self::$text,)*
                    $(TemplateClass::$log => Self::$log,)*
                    $(TemplateClass::$scratch => Self::$scratch,)*
                }
            }
        }

        impl From<TextClass> for TemplateClass {
            fn from(class: TextClass) -> Self {
                match class {
                    $(TextClass::$text => Self::$text,)*
                }
            }
        }

        impl From<FileClass> for TemplateClass {
            fn from(class: FileClass) -> Self {
                match class {
                    FileClass::Text(class) => class.into(),
                    $(FileClass::$scratch => Self::$scratch,)*
                }
            }
        }

        impl From<CanaryClass> for ContentClass {
            fn from(class: CanaryClass) -> Self {
                match class {
                    $(CanaryClass::$own => Self::$canary,)*
                }
            }
        }
    };
}

// Each row: the name in code, the name on the wire, the default weight within the group, and where it is told what
// such files hold. Logs and canaries are written elsewhere (`logs/`, canary generators).
content_classes! {
    text {
        Note "note" 30 note::FILES,
        Todo "todo" 20 todo::FILES,
        Draft "draft" 15 draft::FILES,
        Script "script" 10 script::FILES,
    }
    log {
        LogCron "log_cron" 12,
        LogDaemon "log_daemon" 8,
    }
    scratch {
        CacheTmp "cache_tmp" 5 cache::FILES,
    }
    mail {
        Email "email",
    }
    canary {
        CanaryAwsCreds AwsCreds "canary_aws_creds" 1,
        CanaryEnvFile EnvFile "canary_env_file" 1,
        CanaryGitConfig GitConfig "canary_git_config" 1,
        CanarySshKey SshKey "canary_ssh_key" 1,
        CanaryHoneydoc Honeydoc "canary_honeydoc" 1,
        CanaryHoneydocDocx HoneydocDocx "canary_honeydoc_docx" 1,
        CanaryHoneydocPdf HoneydocPdf "canary_honeydoc_pdf" 1,
        CanaryMysqlDump MysqlDump "canary_mysql_dump" 1,
    }
}

impl ContentClass {
    /// Whether a language model may write it. Logs are formulaic and canaries deterministic, so a
    /// model's hand there would be the tell.
    pub const fn llm_eligible(self) -> bool {
        matches!(self.category(), Category::User | Category::Email)
    }
}

impl TemplateClass {
    /// Whether it is a log: the system's, and a daemon's to write.
    pub const fn is_log(self) -> bool {
        self.file().is_none()
    }
}

impl TextClass {
    /// About how often such a file is gone on with.
    pub const fn edits(self) -> u16 {
        self.files().edits
    }
}

impl FileClass {
    /// The permission bits of a file of this name, whose writer uses these texts.
    pub fn mode(self, name: &str, pack: &Pack) -> u32 {
        match self.scratch() {
            Ok(scratch) => scratch.mode,
            Err(text) => text.files().mode.of(name, pack),
        }
    }
}

impl From<EditableClass> for ContentClass {
    fn from(class: EditableClass) -> Self {
        class.template().into()
    }
}

impl fmt::Display for ContentClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A name that is none of the table's.
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
                assert_eq!(template.file().map(TemplateClass::from), (!template.is_log()).then_some(template));
            }
            if let Some(editable) = class.editable() {
                assert_eq!(
                    editable.text().map(TemplateClass::from),
                    (!editable.template().is_log()).then_some(editable.template())
                );
            }
        }
    }
}
