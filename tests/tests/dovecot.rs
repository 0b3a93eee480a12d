//! Dovecot as others have set it up: mail lies where its clients look, or there is none and that is told.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use decnet_docker::Kind;
use decnet_domain::record::EmailRecord;
use decnet_engine::Profile;
use decnet_ports::Deckies;
use decnet_ports::fake::{FakeRepo, FrozenClock};
use decnet_tests::containers::docker_is_here;
use decnet_tests::mail_host::{LOGINS, MailHost, live, monday, ports};
use decnet_tests::samples::entry;

/// Lets a day pass on a host, and gives the mails of it.
async fn a_day(host: &MailHost) -> Vec<EmailRecord> {
    let repo = FakeRepo::default();
    repo.put_fleet_decky(&entry(host.name(), &["imap"], None), monday().timestamp()).await.unwrap();
    let clock = FrozenClock::at(monday());
    let ports = ports(&clock, Arc::new(repo), decnet_docker::driver(Kind::Archive).await.unwrap());
    live(&ports, Profile { actions_per_day: 300.0, ..Profile::STEALTH }, &clock, 1).await
}

/// A mail host whose Dovecot has been set up by this script.
fn set_up(name: &str, script: &str) -> MailHost {
    let host = MailHost::start(name);
    host.sh(script);
    host.sh("doveadm reload");
    host
}

/// How many mails a client finds in somebody's inbox.
fn in_inbox(host: &MailHost, user: &str, password: &str) -> usize {
    let said = host.sh(&format!("curl -sS imap://127.0.0.1/ -u '{user}:{password}' -X 'STATUS INBOX (MESSAGES)'"));
    let number = said.split("MESSAGES ").nth(1).and_then(|rest| rest.split(')').next());
    number.unwrap_or_else(|| panic!("{said}")).parse().unwrap()
}

/// To how many mailboxes somebody's mails went.
fn received(mails: &[EmailRecord], login: &str) -> usize {
    let is_theirs = |address: &String| address.split('@').next().unwrap().replace('.', "") == login;
    let readers = |mail: &EmailRecord| {
        let details = mail.payload.details().unwrap();
        details.to.iter().chain(&details.cc).filter(|address| is_theirs(address)).count()
    };
    mails.iter().map(readers).sum()
}

#[tokio::test]
async fn folders_as_plain_folders_are_read_by_its_clients() {
    if !docker_is_here() {
        return;
    }
    let fs =
        "sed -i 's|^mail_location.*|mail_location = maildir:~/Maildir:LAYOUT=fs|' /etc/dovecot/conf.d/10-mail.conf";
    let host = set_up("mail-layout-fs", fs);
    let mails = a_day(&host).await;
    assert!(mails.len() > 3 && mails.iter().all(|mail| mail.outcome.is_success()), "{}", mails.len());
    for login in LOGINS {
        let from_machines = in_inbox(&host, login, &format!("secret-{login}"));
        assert!(from_machines >= received(&mails, login), "{login}: {from_machines}");
    }
    let sent = host.sh("for u in /home/*; do u=$(basename $u); doveadm mailbox list -u $u; done | sort | uniq -c");
    assert!(sent.contains("Sent") && !sent.contains(".Sent"), "{sent}");
}

#[tokio::test]
async fn virtual_users_have_their_mail_in_the_home_their_database_gives_them() {
    if !docker_is_here() {
        return;
    }
    let site = "useradd -r -d /srv/vmail -s /usr/sbin/nologin vmail; install -d -o vmail -g vmail -m 700 /srv/vmail\n\
        cat > /etc/dovecot/local.conf <<'END'\n\
        disable_plaintext_auth = no\n\
        ssl = no\n\
        passdb {\n  driver = static\n  args = password=x\n}\n\
        userdb {\n  driver = static\n  args = uid=vmail gid=vmail home=/srv/vmail/%n\n}\n\
        END\n\
        sed -i 's|^!include auth-.*|#&|' /etc/dovecot/conf.d/10-auth.conf\n\
        grep -q local.conf /etc/dovecot/dovecot.conf || echo '!include_try local.conf' >> /etc/dovecot/dovecot.conf";
    let host = set_up("mail-virtual", site);
    let mails = a_day(&host).await;
    assert!(mails.len() > 3 && mails.iter().all(|mail| mail.outcome.is_success()), "{}", mails.len());
    for login in LOGINS {
        let found = in_inbox(&host, login, "x");
        assert!(found >= received(&mails, login), "{login}: {found}");
    }
    let owners = host
        .sh("find /srv/vmail -mindepth 1 -printf '%U\\n' | sort -u | wc -l; ls /home/*/Maildir 2>/dev/null | wc -l");
    assert_eq!(owners.split_whitespace().collect::<Vec<_>>(), ["1", "0"], "all is the mail server's, nothing in homes");
}

#[tokio::test]
async fn where_a_later_file_says_mbox_there_is_no_mail_rather_than_one_that_nobody_sees() {
    if !docker_is_here() {
        return;
    }
    let site = "printf 'mail_location = mbox:~/mail:INBOX=/var/mail/%%u\\nmail_access_groups = mail\\n' > /etc/dovecot/conf.d/99-site.conf";
    let host = set_up("mail-mbox", site);
    assert_eq!(a_day(&host).await, []);
    let stray = host.sh("ls -d /var/spool/decnet-emails /home/*/Maildir 2>/dev/null | wc -l");
    assert_eq!(stray.trim(), "0");
}
