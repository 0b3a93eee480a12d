//! The rules that the program starts from, found by name once when a pack is read.

use super::grammar::ast::{Grammar, Rule};
use super::source::ContentError;

macro_rules! rules {
    ($($field:ident $name:literal)* ; $($optional:ident $optional_name:literal)*) => {
        /// The rules every pack must have, found once at load.
        #[derive(Clone, Copy, Debug)]
        #[expect(missing_docs, reason = "each is the rule of that name with '_' for '.'; FORMAT.md tells what they are for")]
        pub struct Rules {
            $(pub $field: Rule,)*
            $(pub $optional: Option<Rule>,)*
        }

        impl Rules {
            /// Their names.
            #[cfg(test)]
            pub(super) const NAMES: &[&str] = &[$($name,)*];

            /// Finds them in a pack.
            ///
            /// # Errors
            /// With the name of the first that is missing.
            pub(super) fn find(grammar: &Grammar) -> Result<Self, ContentError> {
                Ok(Self {
                    $($field: grammar.require($name)?,)*
                    $($optional: grammar.find($optional_name),)*
                })
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
    mailing_alert_facts "mailing.alert.facts"
    mailing_alert_subject "mailing.alert.subject"
    mailing_alert_body "mailing.alert.body"
    mailing_recovery_subject "mailing.recovery.subject"
    mailing_recovery_body "mailing.recovery.body"
    mailing_build_subject "mailing.build.subject"
    mailing_build_body "mailing.build.body"
    mailing_vendor_subject "mailing.vendor.subject"
    mailing_vendor_body "mailing.vendor.body"
    mailing_people_sender "mailing.people.sender"
    mailing_people_subject "mailing.people.subject"
    mailing_people_body "mailing.people.body"
    ;
    todo_title "todo.title"
    todo_errand "todo.errand"
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn the_documentation_of_packs_tells_of_every_rule_that_is_not_shared() {
        let document = include_str!("../../content/FORMAT.md");
        let shared: Vec<&str> = crate::content::embedded::SHARED.iter().map(|file| file.text).collect();
        for name in Rules::NAMES {
            let is_shared = shared.iter().any(|text| text.contains(&alloc::format!("[{name}]")));
            assert!(is_shared || document.contains(&alloc::format!("`{name}`")), "{name}");
        }
    }
}
