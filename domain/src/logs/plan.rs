//! The log files of a host without a logging daemon of its own, which rotate as logrotate(8) would
//! rotate them.

use alloc::collections::BTreeMap;
use alloc::string::String;

use jiff::{Timestamp, Zoned};

use super::content;
use super::host::LogHost;
use super::log_file::{LogFile, LogKind};
use super::sudo::runs;
use crate::account::{Account, Owner};
use crate::artifact::Artifact;
use crate::body::Body;
use crate::facts::HostFacts;
use crate::path::DeckyPath;

/// One file of a host's logs, as it stands at `now`. `None` for one from before the host was there,
/// and for an empty one.
pub fn log_file(file: LogFile, host: &LogHost<'_>, now: &Zoned) -> Option<Artifact> {
    let written = content::make(file, host, now);
    if written.body.text().is_empty() || host.facts.born.is_some_and(|born| written.mtime < born) {
        return None;
    }
    log_artifact(file, written.body, written.mtime, host.facts)
}

/// The live log right after a rotation, before anything was logged.
pub fn log_begun(file: LogFile, host: &LogHost<'_>, now: &Zoned) -> Option<Artifact> {
    log_artifact(file, Body::Text(String::new()), host.rotated(now, 0), host.facts)
}

/// The live log with all that was logged before it was rotated, and when the last of it was.
pub fn log_closed(text: &str, mtime: Timestamp, host: &LogHost<'_>, now: &Zoned, kind: LogKind) -> (String, Timestamp) {
    let at = host.rotated(now, 0).to_zoned(now.time_zone().clone());
    match content::next(LogFile::live(kind), text, host, &at) {
        Some(written) => (String::from(written.body.text()), written.mtime),
        None => (String::from(text), mtime),
    }
}

/// What the live log `file` is after all that has been logged since `previous`. `None` when that is nothing.
pub fn log_goes_on(file: LogFile, previous: &str, host: &LogHost<'_>, now: &Zoned) -> Option<Artifact> {
    let written = content::next(file, previous, host, now)?;
    log_artifact(file, written.body, written.mtime, host.facts)
}

/// Whose a log is, and who may read it: Debian's owner and mode.
pub fn log_owner_mode(facts: &HostFacts) -> (Owner, u32) {
    (Owner { uid: 0, gid: facts.adm_gid }, 0o640)
}

/// A log as a file.
pub fn log_artifact(file: LogFile, body: Body, mtime: Timestamp, facts: &HostFacts) -> Option<Artifact> {
    let path = DeckyPath::new(file.path(facts)).ok()?;
    let (owner, mode) = log_owner_mode(facts);
    Some(Artifact { path, body, owner, mode, mtime })
}

/// What the shells of those who logged out after `since` and up to `until` remember of the commands they
/// ran as root: the account, and the lines. bash(1) writes its history when it ends.
pub fn remembered_as_root<'a>(
    host: &LogHost<'a>,
    since: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = (&'a Account, String)> {
    let (since, until) = (since.as_microsecond(), until.as_microsecond());
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for run in runs(host) {
        let login = &host.logins[usize::from(run.login)];
        if login.to > since && login.to <= until {
            let line = lines.entry(&login.login).or_default();
            for part in ["sudo ", host.pack.admin()[usize::from(run.command)].typed(), "\n"] {
                line.push_str(part);
            }
        }
    }
    lines.into_iter().filter_map(|(login, lines)| Some((host.facts.account(login)?, lines)))
}

#[cfg(test)]
mod tests {
    use super::super::login::{Login, LoginSpan, logins};
    use super::*;
    use crate::agenda::Intensity;
    use crate::calendar::Calendar;
    use crate::content::Content;
    use crate::decky::DeckyId;
    use crate::noise::Key;
    use crate::persona::Persona;
    use crate::test_support::{persona, tuesday};
    use alloc::vec::Vec;
    use jiff::SignedDuration;

    fn stand(facts: &HostFacts, content: &Content) -> Vec<Login> {
        let ann = persona("Ann Lee");
        let calendar = |p: &Persona, key| Calendar::of(p, key, content.holidays());
        logins(
            &[(&ann, Key::of(3))],
            &DeckyId::new("local:web-01"),
            facts,
            calendar,
            LoginSpan { intensity: Intensity(9.0), days: 36, now: &tuesday() },
        )
    }

    #[test]
    fn whoever_acted_was_logged_in_and_every_session_opens_and_closes() {
        let content = Content::embedded().unwrap();
        let facts = HostFacts::parse("root:x:0:0::/root:/bin/bash\nannlee:x:1001:1001::/home/annlee:/bin/bash\n", "");
        let logins = stand(&facts, &content);
        assert!(logins.len() > 20 && logins.iter().all(|l| l.from < l.to && l.uid == 1001));
        let host = LogHost { name: "web-01", key: Key::of(5), facts: &facts, pack: content.system(), logins: &logins };
        let file = log_file(LogFile { kind: LogKind::Auth, age: 1 }, &host, &tuesday()).unwrap();
        let text = file.body.text();
        let count = |what: &str| text.matches(what).count();
        assert!(count("Accepted publickey for annlee") > 3);
        assert_eq!(count("sshd:session): session opened"), count("sshd:session): session closed"));
        insta::assert_snapshot!(text.lines().filter(|l| l.contains("sshd")).take(10).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn an_admin_becomes_root_while_logged_in_and_the_shell_remembers_it() {
        let content = Content::embedded().unwrap();
        let passwd = "root:x:0:0::/root:/bin/bash\nannlee:x:1001:1001::/home/annlee:/bin/bash\n";
        let facts = HostFacts::parse(passwd, "sudo:x:27:annlee\n")
            .with_there(["/usr/bin/htop", "/usr/bin/ss"], |path| path != "/usr/bin/htop");
        let logins = stand(&facts, &content);
        let host = LogHost { name: "web-01", key: Key::of(5), facts: &facts, pack: content.system(), logins: &logins };
        let runs = runs(&host);
        assert!(runs.len() > 10);
        for run in &runs {
            let login = &logins[usize::from(run.login)];
            assert!(login.from < run.from && run.from < run.to && run.to < login.to);
            assert_ne!(content.system().admin()[usize::from(run.command)].program(), "/usr/bin/htop");
        }
        let text = log_file(LogFile { kind: LogKind::Auth, age: 1 }, &host, &tuesday()).unwrap();
        let text = text.body.text();
        let commands = text.matches("; COMMAND=/usr/").count();
        assert!(commands > 2);
        for line in
            ["sudo:session): session opened for user root(uid=0) by annlee(uid=1001)", "sudo:session): session closed"]
        {
            assert_eq!(text.matches(line).count(), commands, "{line}");
        }
        // Every command that was logged is in the history of who ran it, once they are gone.
        let remembered = |since, until| remembered_as_root(&host, since, until).map(|(_, l)| l).collect::<String>();
        let all = remembered(Timestamp::UNIX_EPOCH, tuesday().timestamp() + SignedDuration::from_hours(9));
        assert_eq!(all.lines().count(), runs.len());
        assert!(all.lines().all(|line| line.starts_with("sudo ") && !line.contains("/usr/bin/")));
        assert_eq!(remembered(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH), "");
        let shown: Vec<_> = text.lines().filter(|l| l.contains("sudo")).take(6).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn who_is_no_admin_never_becomes_root() {
        let content = Content::embedded().unwrap();
        let passwd = "root:x:0:0::/root:/bin/bash\nannlee:x:1001:1001::/home/annlee:/bin/bash\n";
        let facts = HostFacts::parse(passwd, "sudo:x:27:bob\n");
        let logins = stand(&facts, &content);
        let host = LogHost { name: "web-01", key: Key::of(5), facts: &facts, pack: content.system(), logins: &logins };
        assert_eq!(runs(&host), []);
    }

    #[test]
    fn an_old_host_writes_the_old_form_and_keeps_daemon_log() {
        let content = Content::embedded().unwrap();
        let facts = HostFacts::parse("", "").with_os_release("ID=debian\nVERSION_ID=\"11\"\n");
        let host = LogHost { name: "web-01", key: Key::of(5), facts: &facts, pack: content.system(), logins: &[] };
        assert!(LogKind::of_host(&facts).contains(&LogKind::Daemon));
        let file = log_file(LogFile::live(LogKind::Syslog), &host, &tuesday()).unwrap();
        let first = file.body.text().lines().nth(3).unwrap();
        assert!(first.starts_with("Nov  1 ") && first.contains(" web-01 "), "{first}");
        // It goes on where it ends, and never says a line twice.
        let later = tuesday().checked_add(SignedDuration::from_hours(3)).unwrap();
        let next = log_goes_on(LogFile::live(LogKind::Syslog), file.body.text(), &host, &later).unwrap();
        let whole = log_file(LogFile::live(LogKind::Syslog), &host, &later).unwrap();
        assert_eq!(next.body, whole.body);
    }

    #[test]
    fn names_of_rotated_logs_follow_the_hosts_rule() {
        let path = |rule: &str, age| {
            let mut facts = HostFacts::parse("", "");
            facts.rotation = facts.rotation.parse_logrotate(rule);
            LogFile { kind: LogKind::Syslog, age }.path(&facts)
        };
        assert_eq!(path("", 1), "/var/log/syslog.1");
        assert_eq!(path("", 2), "/var/log/syslog.2.gz");
        assert_eq!(path("nodelaycompress", 1), "/var/log/syslog.1.gz");
        assert_eq!(path("nocompress", 3), "/var/log/syslog.3");
        for age in 0..5 {
            let found = LogFile::of_path(&path("", age)).unwrap();
            assert_eq!((found.kind, found.age), (LogKind::Syslog, age));
        }
        assert_eq!(LogFile::of_path("/var/log/syslogx"), None);
    }
}
