//! The `decnet` program, as a user runs it: with an environment and a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a test's `decnet` keeps its things.
pub struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    /// A fresh home, database, socket and persona pool.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its database.
    pub fn database(&self) -> PathBuf {
        self.folder().join("decnet.db")
    }

    /// Its bus socket.
    pub fn socket(&self) -> PathBuf {
        self.folder().join("bus.sock")
    }

    /// Its persona pool.
    pub fn pool(&self) -> PathBuf {
        self.folder().join("personas.json")
    }

    /// A command line of it, run in its folder with nothing inherited but the search path.
    pub fn decnet(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        #[expect(clippy::disallowed_methods, reason = "docker has to be found")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .args(args)
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder())
            .env("DECNET_DB_URL", self.database())
            .env("DECNET_BUS_SOCKET", self.socket())
            .env("DECNET_REALISM_PERSONAS", self.pool());
        command
    }

    /// Runs it to its end; it must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.decnet(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it to its end; it must fail. Returns what it said.
    pub fn fails(&self, args: &[&str]) -> String {
        let output = self.decnet(args).output().unwrap();
        assert!(!output.status.success(), "{args:?} succeeded");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Installs people who are always at work.
    pub fn people(&self, names: &[&str]) {
        let list: Vec<_> = names
            .iter()
            .map(|name| {
                let email = format!("{}@corp.example.com", name.to_lowercase().replace(' ', "."));
                serde_json::json!({"name": name, "email": email, "role": "Engineer", "active_hours": "00:00-24:00"})
            })
            .collect();
        std::fs::write(self.pool(), serde_json::to_string(&list).unwrap()).unwrap();
    }
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

/// The binary that this build made, beside the test's own.
fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().find(|p| p.join("decnet").is_file());
    folder.expect("build it first: cargo build -p decnet (tests/run does)").join("decnet")
}
