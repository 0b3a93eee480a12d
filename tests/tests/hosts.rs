//! What is found out of hosts of every kind, by the use case that looks at them.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use decnet_docker::Kind;
use decnet_domain::content::Content;
use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_domain::facts::{HostFacts, Init, LogForm, Logging, MailboxPlace};
use decnet_engine::{Seen, Sight};
use decnet_folder::FolderDriver;
use decnet_ports::{ActivityDriver, Clock, DriverError, SystemClock};
use decnet_tests::containers::{BUSYBOX, Container, IMAGE, NO_SHELL, docker, docker_is_here};
use decnet_tests::program::Program;
use decnet_tests::samples::people;

async fn see(driver: &dyn ActivityDriver, container: &ContainerRef) -> Result<Seen, DriverError> {
    let (clock, content) = (SystemClock::new(), Content::embedded().unwrap());
    Sight { driver, clock: &clock, content: &content }.look(container).await
}

/// A folder decky that is furnished with these files.
async fn folder(files: &[(&str, &str)]) -> HostFacts {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let file = root.path().join("web-01").join(path.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        match text.strip_prefix("link:") {
            Some(target) => std::os::unix::fs::symlink(target, file).unwrap(),
            None => std::fs::write(file, text).unwrap(),
        }
    }
    let driver = FolderDriver::new(root.path().to_owned());
    let container = ContainerRef::of_service(DeckyName::new("web-01").unwrap(), Service::Ssh);
    see(&driver, &container).await.unwrap().facts
}

/// The mailbox of somebody with this login.
fn mailbox(facts: &HostFacts, login: &str) -> Option<MailboxPlace> {
    let name = match login {
        "ilsekranz" => "Ilse Kranz",
        _ => "Mia Orth",
    };
    facts.mailbox_of(&people(&[name])[0])
}

const PASSWD: (&str, &str) =
    ("/etc/passwd", "root:x:0:0::/root:/bin/bash\nilsekranz:x:1000:1000::/home/ilsekranz:/bin/bash\n");
const DEBIAN: (&str, &str) = ("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
const SHELL: (&str, &str) = ("/bin/sh", "");

#[tokio::test]
async fn logs_are_planted_where_a_debian_has_nobody_to_write_them_and_nowhere_else() {
    let lone = folder(&[PASSWD, DEBIAN, SHELL]).await;
    assert_eq!((lone.logging, lone.init, lone.log_form), (Logging::Nobody, Init::Other, LogForm::Rfc3339));
    assert_eq!(lone.cron, Some(Vec::new()), "no cron is known, so no cron line is written");
    let with_cron =
        folder(&[PASSWD, DEBIAN, SHELL, ("/etc/crontab", "17 * * * * root run-parts /etc/cron.hourly\n")]).await;
    assert_eq!(with_cron.cron.map(|jobs| jobs.len()), Some(1));

    let systemd = ("/lib/systemd/systemd", "");
    let journald = folder(&[PASSWD, DEBIAN, SHELL, systemd, ("/var/log/journal/m/system.journal", "")]).await;
    assert_eq!(journald.logging, Logging::Journald);
    let syslog_ng = folder(&[
        PASSWD,
        DEBIAN,
        SHELL,
        ("/etc/syslog-ng/syslog-ng.conf", "@version: 3.38\n"),
        ("/var/log/syslog", "Nov 27 07:58:01 web-01 syslog-ng[31]: syslog-ng starting up\n"),
    ])
    .await;
    assert_eq!(syslog_ng.logging, Logging::SyslogNg);
    let alma = folder(&[
        PASSWD,
        SHELL,
        ("/etc/os-release", "ID=almalinux\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.4\n"),
        ("/var/log/messages", "Nov 27 07:58:01 web-01 systemd[1]: Started Session 3 of user root.\n"),
        ("/var/log/secure", "Nov 27 07:59:10 web-01 sshd[88]: Server listening on 0.0.0.0 port 22.\n"),
    ])
    .await;
    assert!(!alma.logging.is_planted() && alma.init == Init::Other);
    assert_eq!(alma.logs, ["/var/log/messages", "/var/log/secure"]);
    assert_eq!(alma.log_form, LogForm::Traditional);
    let alpine = folder(&[
        PASSWD,
        ("/bin/busybox", ""),
        ("/bin/sh", "link:/bin/busybox"),
        ("/etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
        ("/var/log/messages", "Nov 27 07:58:01 web-01 syslog.info syslogd started: BusyBox v1.36.1\n"),
    ])
    .await;
    assert_eq!(alpine.logging, Logging::Syslogd);
    // A log that is there shows which form its lines have.
    let old = folder(&[PASSWD, DEBIAN, SHELL, ("/var/log/syslog", "Nov 27 07:58:01 web-01 cron[31]: x\n")]).await;
    assert_eq!((old.logging, old.log_form), (Logging::Nobody, LogForm::Traditional));
    let dated = folder(&[PASSWD, DEBIAN, SHELL, ("/etc/logrotate.conf", "weekly\ndateext\n")]).await;
    assert!(!dated.logging.is_planted() && dated.notes()[0].contains("logrotate"), "{:?}", dated.notes());
}

#[tokio::test]
async fn a_folder_that_nobody_has_furnished_is_taken_for_a_small_debian() {
    let bare = folder(&[PASSWD]).await;
    assert_eq!((bare.logging, bare.init, bare.cron), (Logging::Nobody, Init::Systemd, None));
    assert!(bare.zone.is_none(), "the setting's zone counts");
}

#[tokio::test]
async fn dovecot_is_read_in_its_own_order_with_its_includes() {
    let conf = ("/etc/dovecot/dovecot.conf", "protocols = imap\n!include conf.d/*.conf\n!include_try local.conf\n");
    let mail = ("/etc/dovecot/conf.d/10-mail.conf", "mail_location = maildir:~/Maildir\n");
    let plain = folder(&[PASSWD, conf, mail]).await;
    assert_eq!(mailbox(&plain, "ilsekranz").unwrap().inbox.as_str(), "/home/ilsekranz/Maildir");
    // The file of a site, read after it.
    let site = ("/etc/dovecot/conf.d/99-site.conf", "mail_location = mbox:~/mail:INBOX=/var/mail/%u\n");
    let mbox = folder(&[PASSWD, conf, mail, site]).await;
    assert!(mailbox(&mbox, "ilsekranz").is_none());
    assert!(
        matches!(&mbox.mail, decnet_domain::facts::MailStorage::Unsupported { why } if why.contains("mbox")),
        "{:?}",
        mbox.mail
    );
    // One that isn't taken in says nothing.
    let aside = folder(&[PASSWD, ("/etc/dovecot/dovecot.conf", "!include conf.d/10-mail.conf\n"), mail, site]).await;
    assert!(mailbox(&aside, "ilsekranz").is_some());
    let direct = folder(&[PASSWD, ("/etc/dovecot/dovecot.conf", "mail_location = maildir:%h/M\n")]).await;
    assert_eq!(mailbox(&direct, "ilsekranz").unwrap().inbox.as_str(), "/home/ilsekranz/M");
    // Users of its own, in a file of their own.
    let users = folder(&[
        PASSWD,
        conf,
        mail,
        ("/etc/dovecot/conf.d/20-users.conf", "userdb {\n driver = passwd-file\n args = /etc/dovecot/users\n}\n"),
        ("/etc/dovecot/users", "miaorth:{PLAIN}x:5000:5001::/srv/vmail/miaorth::\n"),
    ])
    .await;
    let place = mailbox(&users, "miaorth").unwrap();
    assert_eq!((place.inbox.as_str(), place.owner.uid), ("/srv/vmail/miaorth/Maildir", 5000));
    assert!(mailbox(&users, "ilsekranz").is_none());
    // A loop of includes ends, and is told of.
    let circle =
        folder(&[PASSWD, ("/etc/dovecot/dovecot.conf", "!include dovecot.conf\nmail_location = maildir:~/M\n")]).await;
    assert!(circle.notes().iter().any(|n| n.contains("too many files")), "{:?}", circle.notes());
}

#[tokio::test]
async fn what_is_passed_over_in_a_passwd_is_noted() {
    let long = "ann:x:1000:1000::/home/ann:/bin/bash\n".repeat(100_000);
    let facts = folder(&[("/etc/passwd", &long)]).await;
    assert!(facts.notes()[0].contains("100000 lines"), "{:?}", facts.notes());
    let garbage = folder(&[("/etc/passwd", "\u{1}\u{2}\nroot:x\n:::\n")]).await;
    assert!(garbage.notes()[0].contains("3 lines of /etc/passwd"), "{:?}", garbage.notes());
    let etc = folder(&[("/etc/passwd", "ann:x:1000:1000::/etc:/bin/bash\n")]).await;
    assert!(
        etc.accounts().is_empty() && etc.notes()[0].contains("/etc is a folder of the system's"),
        "{:?}",
        etc.notes()
    );
}

const KINDS: [Kind; 3] = [Kind::Exec, Kind::ExecApi, Kind::Archive];

async fn driver(kind: Kind) -> Arc<dyn ActivityDriver> {
    decnet_docker::driver(kind).await.unwrap()
}

#[tokio::test]
async fn a_container_of_busybox_is_known_and_says_what_it_cannot() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start_as(&[], &[BUSYBOX, "/bin/sleep", "3600"]);
    for kind in KINDS {
        let driver = driver(kind).await;
        let Seen { facts, container: info, .. } = see(&*driver, container.container_ref()).await.unwrap();
        assert!(facts.account("ilsekranz").is_some(), "{kind:?}");
        assert_eq!((facts.logging, facts.init), (Logging::Syslogd, Init::Other), "{kind:?}");
        assert_eq!(facts.zone.as_ref().and_then(jiff::tz::TimeZone::iana_name), Some("UTC"), "{kind:?}");
        assert_eq!(info.image.as_deref(), Some(BUSYBOX));
        let is_cut = info.limits.iter().any(|limit| limit.contains("whole seconds"));
        assert_eq!(is_cut, kind != Kind::Archive, "{kind:?}: {:?}", info.limits);
    }
}

#[tokio::test]
async fn without_a_shell_exec_gives_the_engines_reason_and_archive_works() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start_as(&[], &[NO_SHELL, "/sleep", "3600"]);
    for kind in [Kind::Exec, Kind::ExecApi] {
        let error = see(&*driver(kind).await, container.container_ref()).await.err().unwrap();
        assert!(
            matches!(&error, DriverError::Unsupported { reason, .. } if reason.contains("executable file not found")),
            "{kind:?}: {error}"
        );
    }
    let archive = driver(Kind::Archive).await;
    let facts = see(&*archive, container.container_ref()).await.unwrap().facts;
    assert!(facts.account("ilsekranz").is_some());
    assert_eq!(facts.logging, Logging::Unknown, "whose logs it would have isn't known");
    let request = decnet_tests::samples::request("/home/ilsekranz/work/a.txt", b"hello\n");
    archive.plant_file(container.container_ref(), &request).await.unwrap();
    let path = request.path.clone();
    assert_eq!(archive.read_file(container.container_ref(), &path, 100).await.unwrap().unwrap().bytes, b"hello\n");
}

#[tokio::test]
async fn the_zone_a_containers_clock_shows_is_found() {
    if !docker_is_here() {
        return;
    }
    let link = Container::start(&[]);
    link.sh("rm -f /etc/timezone; ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime", &[]);
    let copy = Container::start(&[]);
    copy.sh("rm -f /etc/timezone /etc/localtime; cp /usr/share/zoneinfo/Asia/Tokyo /etc/localtime", &[]);
    let named = Container::start(&["-e", "TZ=Asia/Tokyo"]);
    let rule = Container::start(&["-e", "TZ=JST-9"]);
    let now = SystemClock::new().now().timestamp();
    for kind in KINDS {
        let driver = driver(kind).await;
        for (what, container) in [("link", &link), ("copy", &copy), ("TZ", &named), ("rule", &rule)] {
            let zone = see(&*driver, container.container_ref()).await.unwrap().facts.zone.unwrap();
            assert_eq!(zone.to_offset(now).seconds(), 9 * 3_600, "{kind:?} {what}");
        }
    }
}

#[tokio::test]
async fn an_image_with_a_user_is_worked_in_as_root() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start(&["--user", "1000:1000"]);
    container.sh("useradd -m -s /bin/bash ilsekranz", &[]);
    for kind in KINDS {
        let driver = driver(kind).await;
        let name = format!("/home/ilsekranz/{kind:?}.txt");
        let request = decnet_tests::samples::request(&name, b"x");
        driver.plant_file(container.container_ref(), &request).await.unwrap();
        assert_eq!(container.sh("stat -c %u:%g \"$1\"", &[&name]).trim(), "1000:1000");
        driver.remove_file(container.container_ref(), &request.path).await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_read_in_a_container_is_noted_and_stops_nothing() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start_as(&[], &[IMAGE, "sleep", "3600"]);
    container.sh(
        "useradd -m ilsekranz; rm /etc/crontab /etc/rsyslog.conf; mkfifo /etc/crontab /etc/rsyslog.conf; printf 'mia:x:1500:1500::/data/mia:/bin/bash\\neve:x:1501:1501::/data/eve:/bin/bash\\n' >> /etc/passwd; \
         mkdir -p /data/mia /data/eve; chown 1500:1500 /data/mia",
        &[],
    );
    for kind in KINDS {
        let facts = see(&*driver(kind).await, container.container_ref()).await.unwrap().facts;
        assert!(facts.account("ilsekranz").is_some() && facts.account("mia").is_some(), "{kind:?}");
        assert!(facts.account("eve").is_none(), "{kind:?}");
        let notes = facts.notes().join("\n");
        for note in [
            "/etc/crontab is not read: it is not a regular file",
            "/data/eve, outside of /home, which belongs to user 0",
        ] {
            assert!(notes.contains(note), "{kind:?}: {notes}");
        }
        assert_eq!(facts.logging, Logging::Rsyslog, "whether it can be read or not");
    }
}

/// Lets people live on one container for some ticks.
fn live(container: &Container, driver: &str, options: &[&str]) -> String {
    let program = Program::new();
    program.people(&["Ilse Kranz", "Mia Orth"]);
    let name = container.container_ref().decky.to_string();
    program.ok(&["fleet", "add", &name]);
    let args = ["orchestrate", "--ticks", "12", "--interval", "0", "--seed", "1", "--driver", driver];
    let output = program.decnet(&[&args, options].concat()).env("DECNET_BUS_ENABLED", "False").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test]
async fn an_account_that_is_made_is_as_useradd_makes_it() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start(&[]);
    container.sh("printf '+::::::/sbin/nologin\\n' >> /etc/passwd; printf '+:::\\n' >> /etc/group", &[]);
    live(&container, "archive", &["--accounts", "create"]);
    let read = |file: &str| container.sh("cat \"$1\"", &[file]);
    let logins = ["ilsekranz", "miaorth"];
    // The first account that was made has the number that useradd gives.
    let made = logins.into_iter().find(|login| read("/etc/passwd").contains(&format!("{login}:x:1000:"))).unwrap();
    // The same by the real tool, in a container as fresh.
    let other = Container::start(&[]);
    let name = if made == "miaorth" { "Mia Orth" } else { "Ilse Kranz" };
    other.sh("printf '+::::::/sbin/nologin\\n' >> /etc/passwd; printf '+:::\\n' >> /etc/group; useradd -m -s /bin/bash -c \"$1\" \"$2\"", &[name, made]);
    for file in ["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid"] {
        // Without whoever got an account after that.
        let first = read(file)
            .lines()
            .filter(|l| logins.iter().all(|o| *o == made || !l.starts_with(o)))
            .collect::<Vec<_>>()
            .join("\n");
        let wanted = other.sh("cat \"$1\"", &[file]);
        assert_eq!(first, wanted.trim_end(), "{file}");
        let stat = |c: &Container| c.sh("stat -c '%u:%g %a' \"$1\"", &[file]);
        assert_eq!(stat(&container), stat(&other), "{file}");
        let is_last = read(file).lines().position(|l| l.starts_with('+')).map(|at| at + 1);
        assert!(is_last.is_none_or(|at| at == read(file).lines().count()), "{file}: {}", read(file));
    }
    let home = format!("/home/{made}");
    let stat = |c: &Container| c.sh("stat -c '%u:%g %a' \"$1\" \"$1\"/.bashrc \"$1\"/.profile", &[&home]);
    assert_eq!(stat(&container), stat(&other));
}

#[tokio::test]
async fn under_exec_people_live_in_a_container_of_busybox_and_what_it_cannot_is_told_once() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start_as(&[], &[BUSYBOX, "/bin/sleep", "3600"]);
    let said = live(&container, "exec", &[]);
    assert_eq!(said.matches("whole seconds").count(), 1, "{said}");
    let files = container.sh("find /home/ilsekranz -type f -user 1000 | wc -l", &[]);
    assert!(files.trim().parse::<u32>().unwrap() > 0, "{said}");
    assert_eq!(container.sh("ls /var/log", &[]).trim(), "messages", "no log of Debian's is planted");
}

#[tokio::test]
async fn without_a_shell_it_is_told_once_and_the_container_rests() {
    if !docker_is_here() {
        return;
    }
    let container = Container::start_as(&[], &[NO_SHELL, "/sleep", "3600"]);
    let said = live(&container, "exec", &[]);
    assert_eq!(said.matches("executable file not found").count(), 1, "{said}");
}

/// Removes a container at the end of a test.
struct Removed(&'static str);

impl Drop for Removed {
    fn drop(&mut self) {
        drop(docker(&["rm", "-f", self.0]));
    }
}

#[tokio::test]
async fn a_container_of_compose_is_found_added_by_its_name_and_lived_in() {
    if !docker_is_here() {
        return;
    }
    let name = "lab-web-ssh-1";
    drop(docker(&["rm", "-f", name]));
    let _removed = Removed(name);
    let labels = ["--label", "com.docker.compose.project=lab", "--label", "com.docker.compose.service=web-ssh"];
    let run = [&["run", "-d", "--name", name][..], &labels, &[IMAGE, "sleep", "3600"]].concat();
    assert!(docker(&run).status.success());
    assert!(docker(&["exec", name, "useradd", "-m", "-s", "/bin/bash", "ilsekranz"]).status.success());
    let program = Program::new();
    program.people(&["Ilse Kranz"]);
    // Whatever else runs here, of other tests or of one that was cut off, stays out of this fleet.
    let found = program.ok(&["fleet", "discover", "--dry-run"]);
    let line = found.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{found}"));
    assert!(line.contains("ssh"), "{line}");
    program.ok(&["fleet", "add", name]);
    let run = ["orchestrate", "--ticks", "12", "--interval", "0", "--seed", "1", "--driver", "archive"];
    let output = program.decnet(&run).env("DECNET_BUS_ENABLED", "False").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let files =
        docker(&["exec", name, "find", "/home/ilsekranz", "-type", "f", "!", "-name", ".*", "-user", "ilsekranz"]);
    assert!(!files.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_home_that_is_full_read_only_or_a_link_is_told_of_once_and_stops_nothing() {
    if !docker_is_here() {
        return;
    }
    let passwd = "printf 'ilsekranz:x:1000:1000::/home/ilsekranz:/bin/bash\nmiaorth:x:1001:1001::/home/miaorth:/bin/bash\n' >> /etc/passwd";
    for (options, script, told) in [
        (
            &["--tmpfs", "/home:size=16k"][..],
            "mkdir -p /home/ilsekranz /home/miaorth; chown 1000 /home/ilsekranz; chown 1001 /home/miaorth; head -c 20000 /dev/zero > /home/fill || true",
            "No space left on device",
        ),
        (&["--tmpfs", "/home:ro,size=16k"][..], "true", "Read-only file system"),
        (&[][..], "mkdir -p /srv/x; ln -s /srv/x /home/ilsekranz; ln -s /srv/x /home/miaorth", "symbolic link"),
    ] {
        let container = Container::start(options);
        container.sh(&format!("{passwd}; {script}"), &[]);
        let said = live(&container, "exec", &[]);
        let lines: Vec<&str> = said.lines().filter(|line| line.contains(" WARN ") && line.contains(told)).collect();
        assert!((1..=4).contains(&lines.len()), "{told}: {said}");
        let texts: std::collections::BTreeSet<&str> =
            lines.iter().map(|line| line.split_once("WARN").map_or(*line, |(_, rest)| rest)).collect();
        assert_eq!(texts.len(), lines.len(), "each once: {said}");
    }
}
