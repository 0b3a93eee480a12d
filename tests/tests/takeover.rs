//! `decnet takeover --check` on hosts as they lie below a folder.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};

use decnet_tests::program::Program;

/// A machine with DECNET on it: a folder with its files.
struct Machine {
    program: Program,
}

impl Machine {
    fn new() -> Self {
        Self { program: Program::new() }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.program.folder().join("root").join(path)
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), text).unwrap();
    }

    /// What the reference leaves where it has run for a while.
    fn with_reference(self) -> Self {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/existing-decnet.sqlite");
        self.put("opt/DECNET/decnet.db", std::fs::read(fixture).unwrap());
        self.put("opt/DECNET/.venv/lib/python3.11/site-packages/decnet-1.2.1.dist-info/METADATA", "");
        self.put(
            "opt/DECNET/.env.local",
            "DECNET_JWT_SECRET=not-for-everybody\nDECNET_DB_TYPE=sqlite\nDECNET_BUS_GROUP=decnet\n",
        );
        let people = r#"[{"name": "Ann Lee", "email": "ann@corp.example.com", "role": "Ops"}, {"name": "Bob"},
            {"name": "Bob Ray", "email": "bob@corp.example.com", "role": "Dev"}]"#;
        self.put("etc/decnet/email_personas.json", people);
        self
    }

    /// A bus that answers, for as long as the returned value is there.
    fn bus(&self) -> std::os::unix::net::UnixListener {
        std::fs::create_dir_all(self.at("run/decnet")).unwrap();
        std::os::unix::net::UnixListener::bind(self.at("run/decnet/bus.sock")).unwrap()
    }

    fn unit(self, name: &str) -> Self {
        self.put(&format!("etc/systemd/system/{name}"), "");
        self
    }

    /// Its exit code and what it prints.
    fn check(&self) -> String {
        std::fs::create_dir_all(self.at("")).unwrap();
        let root = self.at("");
        let mut command = self.program.decnet(&["takeover", "--check", "--root", root.to_str().unwrap()]);
        let output = command.env_remove("DECNET_DB_URL").output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        format!("{told}\nexit code {}", output.status.code().unwrap())
    }
}

#[test]
fn a_host_with_one_unit_for_four_workers_is_taken_over_over_the_bus() {
    let machine = Machine::new().with_reference().unit("decnet-supervise-batch.service").unit("decnet-bus.service");
    let _bus = machine.bus();
    insta::assert_snapshot!(machine.check());
}

#[test]
fn a_host_with_a_unit_of_its_own_for_the_orchestrator_is_taken_over_by_units() {
    insta::assert_snapshot!(Machine::new().with_reference().unit("decnet-orchestrator.service").check());
}

#[test]
fn what_is_in_the_way_is_told_and_is_a_failure() {
    let machine = Machine::new().with_reference().unit("decnet-supervise-batch.service");
    machine.put(
        "opt/DECNET/.env.local",
        "DECNET_DB_TYPE=mysql\nDECNET_DB_HOST=db\nDECNET_REALISM_PERSONAS=/srv/people.json\n",
    );
    insta::assert_snapshot!(machine.check());
}

#[test]
fn a_reference_that_never_started_has_to_start_first() {
    let machine = Machine::new().unit("decnet-api.service");
    machine.put("opt/DECNET/pyproject.toml", "[project]\nname = \"decnet\"\nversion = \"1.1.0\"\n");
    let told = machine.check();
    assert!(told.contains("version 1.1.0") && told.contains("start the reference's API once first"), "{told}");
    assert!(told.ends_with("exit code 1"), "{told}");
    // An empty file is no better than none.
    machine.put("opt/DECNET/decnet.db", "");
    assert!(machine.check().contains("/opt/DECNET/decnet.db has no tables yet"));
}

#[test]
fn a_host_without_the_reference_has_nothing_to_take_over() {
    insta::assert_snapshot!(Machine::new().check());
}

#[test]
fn looking_changes_nothing() {
    let machine = Machine::new().with_reference().unit("decnet-supervise-batch.service");
    let files = || {
        let mut found = Vec::new();
        let mut folders = vec![machine.at("")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { found.push((std::fs::read(&path).unwrap(), path)) }
            }
        }
        found.sort();
        found
    };
    let before = files();
    machine.check();
    assert!(before == files(), "something was changed");
}
