//! The program as a user meets it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Stdio;

use decnet_tests::program::Program;

/// Every help page: the words that lead to it, and its text. Commands are found as a reader finds them.
fn help_pages() -> Vec<(String, String)> {
    let program = Program::new();
    let mut pages = Vec::new();
    let mut waiting = vec![Vec::<String>::new()];
    while let Some(path) = waiting.pop() {
        let args: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let mut command = program.decnet(&args);
        for variable in ["DECNET_DB_URL", "DECNET_BUS_SOCKET", "DECNET_REALISM_PERSONAS"] {
            command.env_remove(variable);
        }
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let list = text.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap();
        // A name stands two columns in; what goes on below it stands further in.
        let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        waiting.extend(names.map(|name| [path.clone(), vec![name.to_owned()]].concat()));
        pages.push((path.join(" "), text));
    }
    pages.sort();
    pages
}

#[test]
fn every_help_page_is_as_it_was_read() {
    let pages = help_pages();
    assert!(pages.len() > 15, "{:?}", pages.iter().map(|(path, _)| path).collect::<Vec<_>>());
    for (path, text) in pages {
        let name = format!("help {path}").trim().replace(' ', "_");
        insta::assert_snapshot!(name, text);
    }
}

/// `docs/cli.md` names every command and every flag, and none that isn't there.
#[test]
fn every_command_and_every_flag_is_documented() {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md")).unwrap();
    let pages = help_pages();
    for (path, text) in &pages {
        if !path.is_empty() && !text.contains("\nCommands:\n") {
            assert!(document.contains(&format!("`decnet {path}")), "docs/cli.md lacks decnet {path}");
        }
    }
    let flags = |text: &str| -> std::collections::BTreeSet<String> {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let flags =
            words.filter(|word| word.strip_prefix("--").is_some_and(|rest| rest.starts_with(char::is_alphabetic)));
        flags.filter(|flag| !["--help", "--version"].contains(flag)).map(str::to_owned).collect()
    };
    let known = flags(&pages.iter().map(|(_, text)| text.as_str()).collect::<String>());
    assert_eq!(flags(&document), known);
}

#[test]
fn a_wrong_value_is_a_clear_error_at_start() {
    let program = Program::new();
    let fails = |args: &[&str], variable: &str, value: &str| {
        let output = program.decnet(args).env(variable, value).output().unwrap();
        assert!(!output.status.success(), "{args:?} {variable}={value}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{said}");
        said
    };
    assert!(program.fails(&["orchestrate", "--interval", "soon"]).contains("not a number of seconds"));
    assert!(program.fails(&["orchestrate", "--interval", "-3"]).contains("interval"));
    assert!(fails(&["orchestrate", "--once"], "DECNET_DRIVER", "ssh").contains("archive"));
    assert!(fails(&["orchestrate", "--once"], "DECNET_TIMEZONE", "Mars/Olympus").contains("Mars/Olympus"));
    assert!(fails(&["orchestrate", "--once"], "DECNET_LOG", "a=b=c").contains("DECNET_LOG"));
    assert!(fails(&["orchestrate", "--once"], "DECNET_LOG", "nonsense").contains("nonsense"));
    assert!(fails(&["fleet", "discover"], "DOCKER_HOST", "garbage").contains("DOCKER_HOST=garbage"));
    assert!(fails(&["orchestrate", "--once"], "DECNET_BUS_ENABLED", "perhaps").contains("perhaps"));
    let mysql = fails(&["db", "status"], "DECNET_DB_URL", "mysql+asyncmy://me:hunter2@db/decnet");
    assert!(mysql.contains("mysql") && !mysql.contains("hunter2"), "{mysql}");
    assert!(fails(&["db", "migrate"], "DECNET_DB_URL", "/proc/nowhere/decnet.db").contains("/proc/nowhere"));
    let logs = fails(&["db", "migrate"], "DECNET_SYSTEM_LOGS", "/proc/nowhere/log");
    assert!(logs.contains("DECNET_SYSTEM_LOGS") || logs.contains("log file"), "{logs}");
}

#[test]
fn variables_that_are_set_to_nothing_mean_nothing() {
    let program = Program::new();
    let mut command = program.decnet(&["orchestrate", "--once", "--driver", "folder"]);
    for name in
        ["DECNET_SEED", "DECNET_DB_TYPE", "DECNET_SYSTEM_LOGS", "DECNET_REALISM_LLM", "DECNET_MODE", "DECNET_TIMEZONE"]
    {
        command.env(name, "");
    }
    let output = command.env("DECNET_BUS_ENABLED", "False").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_file_that_is_no_database_is_told_of_and_left_alone() {
    let program = Program::new();
    std::fs::write(program.database(), "these are my holiday notes").unwrap();
    let said = program.fails(&["orchestrate", "--once", "--driver", "folder"]);
    assert!(said.contains("decnet.db") && said.contains("not a database"), "{said}");
    assert_eq!(std::fs::read(program.database()).unwrap(), b"these are my holiday notes");
}

#[test]
fn an_agent_refuses_what_belongs_on_the_master() {
    let program = Program::new();
    for args in
        [&["orchestrate", "--once"][..], &["fleet", "list"], &["db", "status"], &["realism", "import-personas", "x"]]
    {
        let output = program.decnet(args).env("DECNET_MODE", "agent").output().unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains("DECNET_MODE=agent"), "{args:?}");
    }
    let typo = program.decnet(&["fleet", "list"]).env("DECNET_MODE", "agnet").output().unwrap();
    assert!(!typo.status.success(), "a typo opens no gate");
    let allowed = program
        .decnet(&["fleet", "list"])
        .env("DECNET_MODE", "agent")
        .env("DECNET_DISALLOW_MASTER", "false")
        .output()
        .unwrap();
    assert!(allowed.status.success());
}

const ANN: &str = r#"{"name": "Ann Lee", "email": "ann@corp.example.com", "role": "Ops", "desk": 7}"#;

#[test]
fn personas_are_validated_and_installed() {
    let program = Program::new();
    let source = program.folder().join("in.json");
    let path = source.to_str().unwrap();
    let bob = ANN.replace("Ann Lee", "Bob Ray");
    std::fs::write(&source, format!(r#"[{ANN}, {{"name": "Nobody"}}, {bob}]"#)).unwrap();
    let output = program.decnet(&["realism", "import-personas", path]).output().unwrap();
    assert!(output.status.success());
    let warned = String::from_utf8(output.stderr).unwrap();
    assert!(warned.contains("entry 1: email: is missing") && warned.contains("entry 1: role: is missing"), "{warned}");
    let installed = std::fs::read_to_string(program.pool()).unwrap();
    assert!(installed.contains("\"desk\": 7") && !installed.contains("Nobody"));

    std::fs::write(&source, "[{}]").unwrap();
    assert!(program.fails(&["realism", "import-personas", path]).contains("no entry"));
    assert_eq!(std::fs::read_to_string(program.pool()).unwrap(), installed, "the old pool stays");

    std::fs::write(&source, format!("[{ANN}]")).unwrap();
    let elsewhere = program.folder().join("other.json");
    let output =
        program.decnet(&["realism", "import-personas", path, "-o", elsewhere.to_str().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("at least two"));
    assert!(elsewhere.exists());
    assert!(program.fails(&["realism", "import-personas", "/nowhere.json"]).contains("/nowhere.json"));
}

#[test]
fn the_fleet_is_kept_by_name() {
    let program = Program::new();
    assert!(program.ok(&["fleet", "list"]).contains("no decoys yet"));
    program.ok(&["fleet", "add", "web-01", "--services", "ssh,http", "--ip", "10.0.0.7"]);
    program.ok(&["fleet", "add", "mail-01", "--services", "imap"]);
    insta::assert_snapshot!(program.ok(&["fleet", "list"]), @r"
    mail-01  -                running    imap
    web-01   10.0.0.7         running    ssh,http
    ");
    assert_eq!(program.ok(&["fleet", "add", "web-01"]).trim(), "web-01 is updated");
    assert!(program.ok(&["fleet", "list"]).contains("10.0.0.7         running    ssh,http"), "what isn't given stays");
    program.ok(&["fleet", "remove", "web-01"]);
    assert!(program.fails(&["fleet", "remove", "web-01"]).contains("not on the list"));
    assert!(program.fails(&["fleet", "add", "-x; rm"]).contains("error"));
    assert!(program.fails(&["fleet", "add", "a b"]).contains("not fit to name a container"));
    assert!(program.fails(&["fleet", "add", "ok", "--services", "ssh;reboot"]).contains("is no service"));
}

#[test]
fn the_schema_is_shown_before_and_after() {
    let program = Program::new();
    assert!(program.fails(&["db", "status"]).contains("does not exist"));
    let after = program.ok(&["db", "migrate"]);
    assert_eq!(after.matches("applied").count(), 5, "{after}");
    assert_eq!(program.ok(&["db", "status"]), after);
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let program = Program::new();
    let mut child =
        program.decnet(&["demo", "--days", "2"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    assert!(output.status.success());
}

#[test]
fn completions_and_manual_pages_are_made() {
    let program = Program::new();
    assert!(program.ok(&["completions", "bash"]).contains("orchestrate"));
    program.ok(&["man", "man"]);
    let page = std::fs::read_to_string(program.folder().join("man/decnet-orchestrate.1")).unwrap();
    assert!(page.contains("exec\\-api") || page.contains("exec-api"));
}

#[test]
fn folder_decoys_are_orchestrated_with_logs_as_json_and_in_a_file() {
    let program = Program::new();
    program.people(&["Ann Lee", "Bob Ray"]);
    let etc = program.folder().join("decoys/web-01/etc");
    std::fs::create_dir_all(&etc).unwrap();
    std::fs::write(etc.join("passwd"), "root:x:0:0::/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\n")
        .unwrap();
    program.ok(&["fleet", "add", "web-01"]);
    let args = [
        "orchestrate",
        "--driver",
        "folder",
        "--ticks",
        "40",
        "--interval",
        "0",
        "--seed",
        "5",
        "--log-format",
        "json",
    ];
    let output = program
        .decnet(&args)
        .env("DECNET_SYSTEM_LOGS", "logs/worker.log")
        .env("DECNET_BUS_TYPE", "memory")
        .output()
        .unwrap();
    assert!(output.status.success());
    for text in [
        String::from_utf8(output.stderr).unwrap(),
        std::fs::read_to_string(program.folder().join("logs/worker.log")).unwrap(),
    ] {
        let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert!(lines.iter().any(|l| l["fields"]["action"] == "file:create"), "{text}");
    }
    assert!(program.folder().join("decoys/web-01/home/annlee").is_dir());
    let dry = program.ok(&[
        "orchestrate",
        "--driver",
        "folder",
        "--ticks",
        "20",
        "--interval",
        "0",
        "--seed",
        "5",
        "--dry-run",
    ]);
    assert!(dry.contains("create") && dry.contains("web-01:/"), "{dry}");
}

#[test]
fn the_demo_lives_two_weeks_and_running_it_again_is_safe() {
    let program = Program::new();
    let told = program.ok(&["demo", "--days", "14"]);
    for part in ["file:create", "file:edit", "as `ls -la`", "One piece of work", "its mtime says", "mail of", "Next:"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let decoys = program.folder().join("decnet-demo/decoys");
    let count = || walk(&decoys);
    let before = count();
    assert!(before.len() > 200);
    let again = program.ok(&["demo"]);
    assert!(again.contains("Nothing new since") || again.contains("Next:"));
    assert!(before.iter().all(|path| path.exists()));
    // No tell of ours in any name or body.
    for path in &before {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).to_lowercase();
        let name = path.strip_prefix(&decoys).unwrap().to_string_lossy().to_lowercase();
        for word in ["decnet", "decky", "honeypot", "canary"] {
            assert!(!text.contains(word) && !name.contains(word), "{word} in {name}");
        }
    }
}

#[test]
fn a_preview_shows_what_would_be_written_and_how_it_grows() {
    let program = Program::new();
    let shown = program.ok(&[
        "realism",
        "preview",
        "todo",
        "--persona",
        "sarah",
        "--count",
        "2",
        "--seed",
        "5",
        "--days",
        "20",
    ]);
    assert_eq!(shown.matches("=== ").count(), 2, "{shown}");
    assert!(shown.contains("Sarah Connor, System Administrator, en; mode 0644"), "{shown}");
    assert!(shown.contains("edit 1") && shown.contains("as it stands in the end"), "{shown}");
    let again = program.ok(&["realism", "preview", "note", "--seed", "5"]);
    assert_eq!(again.matches("=== ").count(), 3);
    assert!(program.fails(&["realism", "preview", "canary_env_file"]).contains("canary generator"));
    assert!(program.fails(&["realism", "preview", "email"]).contains("a mail belongs to a thread"));
    assert!(program.fails(&["realism", "preview", "notes"]).contains("note, todo, draft, script"));
    assert!(program.fails(&["realism", "preview", "note", "--persona", "zz"]).contains("there are Sarah Connor"));
}

#[test]
fn texts_of_an_operators_own_are_checked_and_used() {
    let program = Program::new();
    let mine = program.folder().join("mine");
    let put = |file: &str, text: &str| {
        let path = mine.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    assert!(program.fails(&["realism", "check-content", "mine"]).contains("can't read"));
    put("en/house.txt", ";; ours\n[+todo.title]\n900000* zebra crossing\n");
    put("world/ours.txt", "[customers]\nUmbrella\n");
    assert!(program.ok(&["realism", "check-content", "mine"]).contains("is in order"));
    let preview = ["realism", "preview", "todo", "--persona", "sarah", "--count", "9", "--content-dir", "mine"];
    assert!(program.ok(&preview).to_lowercase().contains("zebra "));
    put("en/house.txt", ";; ours\n[+note.line]\n{@nope}\n");
    for args in [&["realism", "check-content", "mine"][..], &preview, &["demo", "--content-dir", "mine"]] {
        let error = program.fails(args);
        assert!(error.contains("mine/en/house.txt:3: {@nope}: unknown slot"), "{error}");
    }
    put("en/house.txt", "");
    let story = "[story s]\n[titles]\nzebra\n[beat a] by owner\nnote: zebra {ticket}\nprose: Zebra.\n";
    put("en/stories-sysadmin.txt", story);
    assert!(program.ok(&["realism", "check-content", "mine"]).contains("is in order"));
    put("en/stories-sysadmin.txt", &story.replace("{ticket}", "{nope}"));
    let error = program.fails(&["realism", "check-content", "mine"]);
    assert!(error.contains("mine/en/stories-sysadmin.txt:5: {nope} is no slot of this storyline"), "{error}");
    put("en/stories-sysadmin.txt", story);
    put("sv/pack.txt", "[note.line]\nhej\n");
    let error = program.fails(&["realism", "check-content", "mine"]);
    assert!(error.contains("sv:0: there is no rule [script.comment], which shared/script.txt needs"), "{error}");
    std::fs::rename(mine.join("sv"), mine.join("swedish")).unwrap();
    assert!(program.fails(&["realism", "check-content", "mine"]).contains("is no language"));
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

/// Every script that is planted parses, whatever was drawn: bash and Python are the judges.
#[test]
fn the_scripts_people_keep_can_be_run() {
    let program = Program::new();
    program.ok(&["demo", "--days", "30"]);
    let decoys = program.folder().join("decnet-demo/decoys");
    let mut judged = [0, 0];
    for path in walk(&decoys) {
        let name = path.to_str().unwrap();
        let (judge, at) = match name.rsplit('.').next() {
            Some("sh") => (["bash", "-n"].as_slice(), 0),
            Some("py") => (["python3", "-c", "import ast,sys; ast.parse(open(sys.argv[1]).read())"].as_slice(), 1),
            _ => continue,
        };
        let output = std::process::Command::new(judge[0]).args(&judge[1..]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        judged[at] += 1;
    }
    assert!(judged[0] > 20 && judged[1] > 5, "{judged:?}");
}

/// The documents and the example name every variable that the program reads, and no other.
#[test]
fn every_variable_is_documented() {
    let mut known = std::collections::BTreeSet::new();
    for (_, text) in help_pages() {
        known.extend(variables(&text));
    }
    assert!(known.len() > 12, "{known:?}");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for document in ["deploy/env.example", "docs/environment.md"] {
        let text = std::fs::read_to_string(format!("{root}/{document}")).unwrap();
        // What follows tells of variables that are not read.
        let text = text.split("## Set, but not read").next().unwrap();
        assert_eq!(variables(text), known, "{document}");
    }
}

fn variables(text: &str) -> std::collections::BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.starts_with("DECNET_"))
        .map(str::to_owned)
        .collect()
}

/// Furnishes a folder decoy.
fn furnish(program: &Program, decoy: &str, files: &[(&str, &str)]) {
    for (path, text) in files {
        let file = program.folder().join("decoys").join(decoy).join(path.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

#[test]
fn fleet_check_tells_what_was_found_what_will_be_done_and_what_wont() {
    let program = Program::new();
    let people = program.folder().join("in.json");
    let bob = ANN.replace("Ann Lee", "Bob Ray").replace("ann@", "bob@");
    std::fs::write(&people, format!("[{ANN}, {bob}]")).unwrap();
    program.ok(&["realism", "import-personas", people.to_str().unwrap()]);
    let debian = ("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n");
    let passwd = "root:x:0:0:root:/root:/bin/bash\nannlee:x:1000:1000::/home/annlee:/bin/bash\n";
    furnish(
        &program,
        "web-01",
        &[
            debian,
            ("/bin/sh", ""),
            ("/etc/passwd", passwd),
            ("/etc/hostname", "web-01\n"),
            ("/etc/timezone", "Etc/UTC\n"),
            ("/etc/crontab", "17 * * * * root run-parts /etc/cron.hourly\nnonsense\n"),
        ],
    );
    furnish(
        &program,
        "mail-01",
        &[
            ("/etc/os-release", "ID=almalinux\nVERSION_ID=9.4\n"),
            ("/etc/passwd", &format!("{passwd}eve:x:1001:1001::/etc:/bin/bash\n")),
            ("/etc/rsyslog.conf", "x\n"),
            ("/var/log/messages", "Nov 27 07:58:01 mail-01 systemd[1]: x\n"),
            ("/etc/dovecot/dovecot.conf", "mail_location = maildir:~/Maildir:LAYOUT=fs\n"),
        ],
    );
    for (name, services) in [("web-01", "ssh"), ("mail-01", "ssh,imap"), ("gone-01", "ssh")] {
        program.ok(&["fleet", "add", name, "--services", services, "--ip", "10.0.0.7"]);
    }
    let decoys = program.folder().join("decoys");
    let check = |names: &[&str]| {
        let args =
            [&["fleet", "check", "--driver", "folder", "--decoys-dir", decoys.to_str().unwrap()], names].concat();
        program.decnet(&args).output().unwrap()
    };
    let all = check(&[]);
    assert_eq!(all.status.code(), Some(1), "one of them isn't there");
    let text = String::from_utf8(all.stdout).unwrap().replace(decoys.to_str().unwrap(), "DECOYS");
    insta::assert_snapshot!(text);
    assert!(String::from_utf8_lossy(&all.stderr).contains("1 of 3 decoys can't be acted on"));
    assert_eq!(check(&["web-01"]).status.code(), Some(0));
    assert!(String::from_utf8_lossy(&check(&["nobody"]).stderr).contains("nobody is not among the running decoys"));
}

#[test]
fn a_container_of_any_name_can_be_a_decoys() {
    let program = Program::new();
    program.ok(&["fleet", "add", "web", "--container", "lab-web-ssh-1", "--container", "imap=lab_mail_1"]);
    assert!(program.ok(&["fleet", "list"]).contains("ssh=lab-web-ssh-1,imap=lab_mail_1"));
    program.ok(&["fleet", "add", "web", "--ip", "10.0.0.7"]);
    assert!(program.ok(&["fleet", "list"]).contains("ssh=lab-web-ssh-1"), "what isn't given stays");
    assert!(program.fails(&["fleet", "add", "web", "--container", "ssh=--privileged"]).contains("not fit to name"));
}
