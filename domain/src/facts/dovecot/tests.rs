use super::*;
use crate::account::account;
use proptest::prelude::*;

fn ann() -> Account {
    account("ann:x:1000:1000::/home/ann:/bin/bash").unwrap()
}

fn ids(uid: &str, gid: &str) -> Option<Owner> {
    let of = |name: &str| if name == "vmail" { Some(5000) } else { name.parse().ok() };
    Some(Owner { uid: of(uid)?, gid: of(gid)? })
}

/// Root, inbox, owner and layout in one line, or why not.
fn told(text: &str, users: Option<&str>) -> String {
    match DovecotConfig::parse(text).storage(users) {
        MailStorage::None => "none".to_owned(),
        MailStorage::Unsupported { why } => why,
        MailStorage::Maildir(maildir) => match maildir.mailbox("ann", "corp.example", Some(&ann()), ids) {
            Some(p) => format!("{} {} {} {:?}", p.root, p.inbox, p.owner.uid, p.layout),
            None => "nobody's".to_owned(),
        },
    }
}

#[test]
fn the_last_mail_location_counts_and_what_is_no_maildir_is_a_reason() {
    let debian = "#mail_location =\nmail_location = maildir:~/Maildir\nnamespace inbox {\n  inbox = yes\n}\n";
    assert_eq!(told(debian, None), "/home/ann/Maildir /home/ann/Maildir 1000 Maildirpp");
    let site = format!("{debian}mail_location = mbox:~/mail:INBOX=/var/mail/%u\nmail_access_groups = mail\n");
    assert_eq!(told(&site, None), "mail is kept as mbox, not in a Maildir");
    assert_eq!(told("mail_location =\n", None), "mail_location is not set, so Dovecot looks for mail by itself");
    let fs = "mail_location = maildir:/srv/mail/%d/%Ln:LAYOUT=fs:INBOX=/srv/in/%u # fast disk\n";
    assert_eq!(told(fs, None), "/srv/mail/corp.example/ann /srv/in/ann 1000 Fs");
    let own = format!(
        "mail_location = mbox:~/mail\n{}",
        debian.replace("inbox = yes", "inbox = yes\n  location = maildir:%h/M")
    );
    assert!(told(&own.replace("mail_location = maildir:~/Maildir\n", ""), None).starts_with("/home/ann/M "));
    assert_eq!(told("mail_location = maildir:/m/%{unheard-of}\n", None), "the variable %unheard-of isn't followed");
}

#[test]
fn virtual_users_have_the_home_their_database_gives_them() {
    let text = "mail_location = maildir:~/Maildir\nuserdb {\n  driver = static\n  args = uid=vmail gid=vmail home=/srv/vmail/%n\n}\n";
    assert_eq!(told(text, None), "/srv/vmail/ann/Maildir /srv/vmail/ann/Maildir 5000 Maildirpp");
    let text = "mail_location = maildir:~/Maildir\nuserdb {\n  driver = passwd-file\n  args = username_format=%u /etc/dovecot/users\n}\n";
    assert_eq!(DovecotConfig::parse(text).user_file(), Some("/etc/dovecot/users"));
    let users = "bob@corp.example:{PLAIN}x:5001:5001::/v/bob::\nann@corp.example:{PLAIN}x:5000:5000::/v/ann::\n";
    assert_eq!(told(text, Some(users)), "/v/ann/Maildir /v/ann/Maildir 5000 Maildirpp");
    assert_eq!(told(text, Some("bob:x:1:1::/v/bob::")), "nobody's");
    assert_eq!(told(text, None), "the file of its users, \"/etc/dovecot/users\", can't be read");
    let sql = "mail_location = maildir:~/Maildir\nuserdb {\n  driver = sql\n}\n";
    assert_eq!(told(sql, None), "its users are in a database that can't be read from here (sql)");
}

#[test]
fn version_2_4_says_it_in_other_words() {
    let text = "mail_driver = maildir\nmail_home = /home/%{user | username}\nmail_path = ~/Maildir\nnamespace inbox {\n  inbox = yes\n}\n";
    assert_eq!(told(text, None), "/home/ann/Maildir /home/ann/Maildir 1000 Maildirpp");
    let text = "mail_driver = maildir\nmail_path = %{home}/mail\nmailbox_list_layout = fs\nmail_inbox_path = %{home}/in\n\
                userdb static {\n  fields {\n    uid = vmail\n    gid = vmail\n    home = /srv/%{user | domain}/%{user | username | lower}\n  }\n}\n";
    assert_eq!(told(text, None), "/srv/corp.example/ann/mail /srv/corp.example/ann/in 5000 Fs");
    assert_eq!(told("mail_driver = mbox\nmail_path = ~/mail\n", None), "mail is kept as mbox, not in a Maildir");
    let text =
        "mail_driver = maildir\nmail_path = ~/M\nuserdb passwd-file {\n  passwd_file_path = /etc/dovecot/users\n}\n";
    assert_eq!(DovecotConfig::parse(text).user_file(), Some("/etc/dovecot/users"));
}

#[test]
fn a_line_without_an_end_is_cut_between_two_letters() {
    for ahead in 3_995..4_005 {
        let text = format!("{}\u{e9}\u{e9}\\\n{}\\\n", "a".repeat(ahead), "b".repeat(5_000));
        assert_eq!(DovecotConfig::parse(&text), DovecotConfig::default());
    }
}

proptest! {
    #[test]
    fn whatever_it_says_a_mailbox_is_a_path_or_a_reason(text in "[a-z_=:~/%{}|\\\\# \n\"]{0,200}") {
        for prefix in ["", "mail_location = maildir:", "mail_driver = maildir\nmail_path = "] {
            let _ = told(&format!("{prefix}{text}"), Some(&text));
        }
    }
}
