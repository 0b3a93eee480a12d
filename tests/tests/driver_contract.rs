//! Every driver passes the same suite; the ones in Docker on real containers.

use decnet_docker::Kind;
use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_domain::fleet::{Endpoint, Traffic};
use decnet_domain::path::DeckyPath;
use decnet_ports::{DriverError, Session};
use decnet_tests::containers::{BUSYBOX, Container, NO_SHELL, docker, docker_is_here};
use decnet_tests::driver_sites::{DockerSite, FakeSite, FolderSite, Site};
use decnet_tests::samples::{replacing, request};
use decnet_tests::traffic_contract::{self, TrafficSite};

macro_rules! suite {
    ($($fact:ident),+ $(,)?) => { $(
        mod $fact {
            use super::*;
            use decnet_tests::driver_contract::$fact;

            #[tokio::test]
            async fn folder() {
                $fact(&FolderSite::new()).await;
            }

            #[tokio::test]
            async fn fake() {
                $fact(&FakeSite::default()).await;
            }

            #[tokio::test]
            async fn exec() {
                if docker_is_here() { $fact(&DockerSite::start(Kind::Exec, &[]).await).await; }
            }

            #[tokio::test]
            async fn exec_api() {
                if docker_is_here() { $fact(&DockerSite::start(Kind::ExecApi, &[]).await).await; }
            }

            #[tokio::test]
            async fn archive() {
                if docker_is_here() { $fact(&DockerSite::start(Kind::Archive, &[]).await).await; }
            }

            #[tokio::test]
            async fn exec_in_busybox() {
                if docker_is_here() { $fact(&DockerSite::busybox(Kind::Exec).await).await; }
            }

            #[tokio::test]
            async fn archive_in_busybox() {
                if docker_is_here() { $fact(&DockerSite::busybox(Kind::Archive).await).await; }
            }

            /// A tmpfs takes no archives: the archive driver must find another way.
            #[tokio::test]
            async fn archive_on_tmpfs() {
                if docker_is_here() {
                    $fact(&DockerSite::start(Kind::Archive, &["--tmpfs", "/home:mode=755"]).await).await;
                }
            }
        }
    )+ };
}

suite!(
    a_planted_file_is_exactly_what_was_asked_for,
    every_body_survives_the_way_there_and_back,
    strange_paths_are_only_paths,
    missing_folders_are_made_and_nothing_tells_the_moment,
    creating_never_overwrites,
    replacing_keeps_owner_and_mode,
    what_was_changed_meanwhile_is_not_replaced,
    folders_are_made_as_asked,
    looking_tells_what_lies_where,
    a_closer_look_tells_owner_and_target_and_a_folder_its_names,
    no_link_is_followed,
    what_is_no_regular_file_is_left_alone,
    reading_is_bounded_and_knows_what_is_missing,
    many_files_go_at_once_and_each_has_its_result,
    a_renamed_file_is_the_same_file_elsewhere,
);

macro_rules! traffic_suite {
    ($($fact:ident),+ $(,)?) => { $(
        mod $fact {
            use super::*;
            use decnet_tests::traffic_contract::$fact;

            #[tokio::test]
            async fn fake() {
                $fact(&TrafficSite::fake()).await;
            }

            #[tokio::test]
            async fn exec() {
                if docker_is_here() { $fact(&TrafficSite::docker(Kind::Exec, Container::start(&[])).await).await; }
            }

            #[tokio::test]
            async fn archive() {
                if docker_is_here() { $fact(&TrafficSite::docker(Kind::Archive, Container::start(&[])).await).await; }
            }

            /// Sessions need root's home, whatever user the image names.
            #[tokio::test]
            async fn from_an_image_with_a_user() {
                if docker_is_here() {
                    let source = Container::start(&["--user", "1000:1000"]);
                    $fact(&TrafficSite::docker(Kind::ExecApi, source).await).await;
                }
            }
        }
    )+ };
}

traffic_suite!(
    a_server_that_answers_is_heard,
    a_server_that_does_not_answer_is_a_report,
    a_source_that_is_away_is_an_error,
    a_login_needs_its_key_and_the_known_host,
);

#[test]
fn folders_make_no_traffic_and_the_type_says_so() {
    assert!(FolderSite::new().driver().traffic().is_none());
}

#[tokio::test]
async fn without_bash_nc_connects_and_without_a_shell_that_is_a_report() {
    if !docker_is_here() {
        return;
    }
    let busybox = Container::start_as(&[], &[BUSYBOX, "/bin/sleep", "3600"]);
    let site = TrafficSite::docker(Kind::Exec, busybox).await;
    traffic_contract::a_server_that_answers_is_heard(&site).await;
    traffic_contract::a_server_that_does_not_answer_is_a_report(&site).await;
    let bare = Container::start_as(&[], &[NO_SHELL, "/sleep", "3600"]);
    for kind in KINDS {
        let driver = decnet_docker::driver(kind).await.unwrap().traffic().unwrap();
        let endpoint = |name: &str| Endpoint { id: decnet_domain::decky::DeckyId::new(name), name: name.to_owned() };
        let traffic = Traffic {
            source: endpoint("a"),
            container: bare.container_ref().clone(),
            target: endpoint("b"),
            address: "192.0.2.1".parse().unwrap(),
            port: 22,
        };
        let report = driver.run(&traffic).await.unwrap();
        assert!(report.rc != 0 && report.stderr.contains("executable file not found"), "{kind:?}: {report:?}");
    }
}

const KINDS: [Kind; 3] = [Kind::Exec, Kind::ExecApi, Kind::Archive];

#[tokio::test]
async fn a_replaced_file_keeps_its_inode_under_exec() {
    if !docker_is_here() {
        return;
    }
    for kind in [Kind::Exec, Kind::ExecApi] {
        let site = DockerSite::start(kind, &[]).await;
        let (driver, container_ref) = (site.driver(), site.container_ref());
        driver.plant_file(&container_ref, &request("/srv/a", b"one")).await.unwrap();
        let before = site.see("/srv/a").unwrap().inode;
        let replace = replacing("/srv/a", b"one", b"two");
        driver.plant_file(&container_ref, &replace).await.unwrap();
        assert_eq!(site.see("/srv/a").unwrap().inode, before);
    }
}

#[tokio::test]
async fn a_read_only_or_full_file_system_is_an_error_that_leaves_nothing() {
    if !docker_is_here() {
        return;
    }
    for kind in KINDS {
        let locked = DockerSite::start(kind, &["--read-only"]).await;
        let error = locked.driver().plant_file(&locked.container_ref(), &request("/srv/a", b"x")).await.unwrap_err();
        assert!(matches!(error, DriverError::Failed { .. }), "{kind:?} read-only: {error}");

        // A volume, and not `--tmpfs`: that the archive driver would write by exec.
        let volume = "type=volume,destination=/small,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=64k";
        let full = DockerSite::start(kind, &["--mount", volume]).await;
        let driver = full.driver();
        driver.plant_file(&full.container_ref(), &request("/small/fits", &vec![b'x'; 20_000])).await.unwrap();
        let error =
            driver.plant_file(&full.container_ref(), &request("/small/a", &vec![b'x'; 200_000])).await.unwrap_err();
        assert!(matches!(error, DriverError::Failed { .. }), "{kind:?} full: {error}");
        assert_eq!(full.names("/small"), ["fits"], "{kind:?}");
        // Replacing with more than fits keeps a whole file, the old one or the new one.
        let more = replacing("/small/fits", &vec![b'x'; 20_000], &vec![b'y'; 50_000]);
        drop(driver.plant_file(&full.container_ref(), &more).await);
        let left = full.bytes("/small/fits").unwrap();
        assert!(left == vec![b'x'; 20_000] || left == vec![b'y'; 50_000], "{kind:?}: {} bytes", left.len());
    }
}

#[tokio::test]
async fn a_missing_stopped_or_paused_container_is_unavailable() {
    if !docker_is_here() {
        return;
    }
    let (stopped, paused) = (Container::start(&[]), Container::start(&[]));
    assert!(docker(&["kill", stopped.container_ref().name()]).status.success());
    assert!(docker(&["pause", paused.container_ref().name()]).status.success());
    let missing = ContainerRef::of_service(DeckyName::new("no-such-decoy").unwrap(), Service::Ssh);
    for kind in KINDS {
        let driver = decnet_docker::driver(kind).await.unwrap();
        for container_ref in [&missing, stopped.container_ref(), paused.container_ref()] {
            let file = DeckyPath::new("/srv/a").unwrap();
            let errors = [
                driver.plant_file(container_ref, &request("/srv/a", b"x")).await.unwrap_err(),
                driver.read_file(container_ref, &file, 10).await.unwrap_err(),
                driver.remove_file(container_ref, &file).await.unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, DriverError::Unavailable { .. }), "{kind:?} {container_ref:?}: {error:?}");
            }
        }
    }
}

/// Replaces a program of a container with a Python script.
fn corrupt(container: &Container, program: &str, script: &str) {
    let write = "rm -f \"$1\"; printf '#!/usr/bin/python3\\n%s\\n' \"$2\" > \"$1\"; chmod 755 \"$1\"";
    container.sh(write, &[program, script]);
}

const HANG: &str = "import time\ntime.sleep(600)";
const FLOOD: &str = "import sys\nwhile True: sys.stdout.write('x' * 65536)";

#[tokio::test]
async fn a_shell_that_hangs_or_floods_is_given_up() {
    if !docker_is_here() {
        return;
    }
    for kind in [Kind::Exec, Kind::ExecApi] {
        let (hanging, flooding) = (DockerSite::start(kind, &[]).await, DockerSite::start(kind, &[]).await);
        corrupt(&hanging.container, "/bin/sh", HANG);
        corrupt(&flooding.container, "/bin/sh", FLOOD);
        let driver = hanging.driver();
        let (at_hanging, at_flooding) = (hanging.container_ref(), flooding.container_ref());
        let request = request("/srv/a", b"x");
        let (error, flooded) =
            tokio::join!(driver.plant_file(&at_hanging, &request), driver.plant_file(&at_flooding, &request));
        assert!(matches!(error, Err(DriverError::Timeout { seconds: 8, .. })), "{kind:?}: {error:?}");
        assert!(matches!(flooded, Err(DriverError::Failed { .. })), "{kind:?}: {flooded:?}");
    }
    // Nothing of the archive driver's runs inside.
    let site = DockerSite::start(Kind::Archive, &[]).await;
    corrupt(&site.container, "/bin/sh", HANG);
    site.driver().plant_file(&site.container_ref(), &request("/srv/a", b"x")).await.unwrap();
    assert_eq!(site.bytes("/srv/a").unwrap(), b"x");
}

#[tokio::test]
async fn a_tool_that_hangs_or_floods_is_given_up() {
    if !docker_is_here() {
        return;
    }
    for kind in [Kind::Exec, Kind::ExecApi] {
        let (hanging, flooding) = (DockerSite::start(kind, &[]).await, DockerSite::start(kind, &[]).await);
        for site in [&hanging, &flooding] {
            site.container.sh("echo old > /srv/a", &[]);
        }
        corrupt(&hanging.container, "/usr/bin/dd", HANG);
        corrupt(&flooding.container, "/usr/bin/head", FLOOD);
        let replace = replacing("/srv/a", b"old\n", b"x");
        let file = DeckyPath::new("/srv/a").unwrap();
        let (driver, at_hanging, at_flooding) = (hanging.driver(), hanging.container_ref(), flooding.container_ref());
        let (hung, flooded) =
            tokio::join!(driver.plant_file(&at_hanging, &replace), driver.read_file(&at_flooding, &file, 1_000));
        assert!(matches!(hung, Err(DriverError::Timeout { .. })), "{kind:?}: {hung:?}");
        assert!(matches!(flooded, Err(DriverError::Refused { .. })), "{kind:?}: {flooded:?}");
    }
}

#[tokio::test]
async fn the_banner_of_a_real_sshd_is_read_and_a_dead_host_is_a_report() {
    if !docker_is_here() {
        return;
    }
    let (source, target) = (Container::start(&[]), Container::start(&[]));
    target.sh("ssh-keygen -A >/dev/null; mkdir -p /run/sshd; /usr/sbin/sshd", &[]);
    let inspect = docker(&["inspect", "-f", "{{.NetworkSettings.IPAddress}}", target.container_ref().name()]);
    let address = String::from_utf8(inspect.stdout).unwrap().trim().parse().unwrap();
    let endpoint = |name: &str| Endpoint { id: decnet_domain::decky::DeckyId::new(name), name: name.to_owned() };
    let traffic = Traffic {
        source: endpoint("a"),
        container: source.container_ref().clone(),
        target: endpoint("b"),
        address,
        port: 22,
    };
    for kind in KINDS {
        let driver = decnet_docker::driver(kind).await.unwrap().traffic().unwrap();
        let report = driver.run(&traffic).await.unwrap();
        assert_eq!(report.rc, 0, "{report:?}");
        assert!(report.banner.as_deref().is_some_and(|b| b.starts_with("SSH-2.0-OpenSSH_9.2")), "{report:?}");

        let closed = driver.run(&Traffic { port: 23, ..traffic.clone() }).await.unwrap();
        assert!(closed.rc != 0 && closed.banner.is_none(), "{closed:?}");
        // An address of the documentation range (RFC 5737) on this bridge: nobody answers at all.
        let silent = driver.run(&Traffic { address: "192.0.2.1".parse().unwrap(), ..traffic.clone() }).await.unwrap();
        assert!(silent.rc != 0 && silent.banner.is_none(), "{silent:?}");
    }
}

/// A user of the decoy races the plant with links to what only root may read or write.
#[tokio::test]
async fn a_user_who_swaps_names_for_links_gains_nothing() {
    if !docker_is_here() {
        return;
    }
    for kind in [Kind::Exec, Kind::ExecApi] {
        let site = DockerSite::start(kind, &[]).await;
        site.container.sh("useradd -m -u 1000 eve; echo secret > /root/secret; chmod 600 /root/secret", &[]);
        // As fast as it goes: each hidden name that appears becomes a link, and so does the target.
        let race = "cd /home/eve; while :; do for t in .*.txt.*; do [ -e \"$t\" ] && mv -f \"$t\" gone 2>/dev/null && \
            ln -sf /root/secret \"$t\" 2>/dev/null; done; done";
        let name = site.container.container_ref().name().to_owned();
        assert!(docker(&["exec", "-d", "-u", "eve", &name, "bash", "-c", race]).status.success());
        for n in 0..25 {
            // Won or lost: the plant may fail, the secret may not change hands.
            drop(site.driver().plant_file(&site.container_ref(), &request(&format!("/home/eve/n{n}.txt"), b"x")).await);
        }
        let seen = site.see("/root/secret").unwrap();
        assert_eq!((seen.mode, seen.owner), (0o600, Some((0, 0))), "{kind:?}");
        assert_eq!(site.bytes("/root/secret").unwrap(), b"secret\n", "{kind:?}");
    }
}

/// An intruder who polls `/proc` as fast as a shell can.
const WATCH: &str = r#"
while [ ! -e /srv/enough ]; do
    for p in /proc/[0-9]*; do
        IFS= read -r -d '' command < "$p/cmdline" 2>/dev/null
        [ -n "$command" ] && printf '%s\n' "$command"
    done
done | sort -u > /srv/seen
"#;

#[tokio::test]
async fn fifty_plants_by_archive_start_no_process() {
    if !docker_is_here() {
        return;
    }
    let site = DockerSite::start(Kind::Archive, &[]).await;
    let (driver, container_ref) = (site.driver(), site.container_ref());
    let container = container_ref.name();
    assert!(docker(&["exec", "-d", container, "bash", "-c", WATCH, "watch"]).status.success());
    for n in 0..50 {
        driver.plant_file(&container_ref, &request(&format!("/home/ann/work/{n}.txt"), b"hello\n")).await.unwrap();
    }
    for n in 0..10 {
        driver
            .plant_file(&container_ref, &replacing(&format!("/home/ann/work/{n}.txt"), b"hello\n", b"bye\n"))
            .await
            .unwrap();
    }
    // The watcher is told by a plant, too: a `docker exec` would show it runc.
    driver.plant_file(&container_ref, &request("/srv/enough", b"")).await.unwrap();
    let file = DeckyPath::new("/srv/seen").unwrap();
    let mut seen = String::new();
    let started = std::time::Instant::now();
    while !seen.ends_with('\n') {
        assert!(started.elapsed() < std::time::Duration::from_mins(2), "the watcher never told anything");
        let read = driver.read_file(&container_ref, &file, 100_000).await.unwrap();
        seen = read.map(|f| String::from_utf8(f.bytes).unwrap()).unwrap_or_default();
    }
    let strange: Vec<&str> = seen.lines().filter(|c| !["sleep", "bash", "sort"].contains(c)).collect();
    assert!(seen.contains("sleep") && strange.is_empty(), "{strange:?}");
}

#[tokio::test]
async fn a_login_is_real_on_the_target_and_no_process_of_the_source() {
    if !docker_is_here() {
        return;
    }
    let (source, target) = (Container::start(&[]), Container::start(&[]));
    target.sh(
        "ssh-keygen -A >/dev/null; mkdir -p /run/sshd; useradd -m -s /bin/bash ann; rsyslogd; /usr/sbin/sshd; \
         install -m 0664 -g utmp /dev/null /run/utmp; : > /var/log/wtmp",
        &[],
    );
    let address_of = |container: &Container| -> std::net::IpAddr {
        let inspect = docker(&["inspect", "-f", "{{.NetworkSettings.IPAddress}}", container.container_ref().name()]);
        String::from_utf8(inspect.stdout).unwrap().trim().parse().unwrap()
    };
    let endpoint = |name: &str| Endpoint { id: decnet_domain::decky::DeckyId::new(name), name: name.to_owned() };
    let driver = decnet_docker::driver(Kind::Archive).await.unwrap().traffic().unwrap();
    let key = driver.make_key(source.container_ref(), "ann@pc-17").await.unwrap();
    assert!(key.private.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") && key.public.ends_with(" ann@pc-17"));
    let host_key = target.sh("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub", &[]).trim().to_owned();
    let session = Session {
        traffic: Traffic {
            source: endpoint("a"),
            container: source.container_ref().clone(),
            target: endpoint("b"),
            address: address_of(&target),
            port: 22,
        },
        login: "ann".to_owned(),
        key: key.clone(),
        host_key: Some(host_key.clone()),
        typed: vec![(1_200, "uptime".to_owned()), (1_500, "exit".to_owned())],
    };
    // Without its key there it is a report, with the client's own words.
    let refused = driver.session(&session).await.unwrap();
    assert!(refused.rc != 0 && refused.stderr.contains("Permission denied"), "{refused:?}");

    target.sh(
        "install -d -m 0700 -o ann -g ann ~ann/.ssh && printf '%s\\n' \"$1\" > ~ann/.ssh/authorized_keys && \
         chown ann: ~ann/.ssh/authorized_keys",
        &[&key.public],
    );
    let report = driver.session(&session).await.unwrap();
    assert_eq!((report.rc, report.stderr.as_str()), (0, ""), "{report:?}");
    assert!(report.known_hosts.lines().any(|l| l.starts_with("|1|") && l.ends_with(&host_key)), "{report:?}");
    // While it lasts: a user with a terminal on the target, and nothing on the source.
    assert!(target.sh("who", &[]).contains(&address_of(&source).to_string()));
    let processes = source.sh("cat /proc/[0-9]*/cmdline | tr '\\0' ' '", &[]);
    assert!(!processes.contains("ssh"), "{processes}");
    // Afterwards: sshd's log, wtmp and the shell's own history tell of it.
    target.sh("for i in $(seq 200); do [ -z \"$(who)\" ] && break; sleep 0.1; done", &[]);
    let log = target.sh("cat /var/log/auth.log", &[]);
    assert!(log.contains(&format!("Accepted publickey for ann from {}", address_of(&source))), "{log}");
    assert!(log.contains("session closed for user ann"), "{log}");
    assert!(target.sh("last", &[]).contains(&address_of(&source).to_string()));
    assert!(target.sh("cat ~ann/.bash_history", &[]).contains("uptime"));

    // Another host than the one that is known is no login.
    let strange = Session { host_key: Some("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBogus".to_owned()), ..session };
    assert_ne!(driver.session(&strange).await.unwrap().rc, 0);
}
