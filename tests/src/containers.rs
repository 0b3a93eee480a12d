//! Real containers. Where Docker isn't there, a test fails in CI and is skipped aloud elsewhere.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use decnet_domain::decky::{ContainerRef, DeckyName, Service};

/// The image that `deploy/decoys/build` makes.
pub const IMAGE: &str = "decnet/decoy-host:bookworm";
/// Laid out like Alpine; made by `deploy/decoys/variants`.
pub const BUSYBOX: &str = "decnet/decoy-busybox:1";
/// Without a shell; made by `deploy/decoys/variants`.
pub const NO_SHELL: &str = "decnet/decoy-noshell:1";

/// Whether the real part is there; says so where it isn't.
pub fn docker_is_here() -> bool {
    let is_here = docker(&["image", "inspect", IMAGE, BUSYBOX, NO_SHELL]).status.success();
    if !is_here {
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration to read it from")]
        let is_ci = std::env::var_os("CI").is_some();
        assert!(!is_ci, "Docker with {IMAGE} must be here in CI; tests/run sets it up");
        eprintln!("SKIPPED: no Docker with {IMAGE} here; tests/run sets it up");
    }
    is_here
}

/// Runs the docker CLI.
pub fn docker(args: &[&str]) -> Output {
    Command::new("docker").args(args).output().unwrap_or_else(|e| panic!("docker {args:?}: {e}"))
}

/// A container of its own, removed when dropped.
pub struct Container {
    container: ContainerRef,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Container {
    /// Starts one with extra options for `docker run`.
    pub fn start(options: &[&str]) -> Self {
        Self::start_as(options, &[IMAGE, "sleep", "3600"])
    }

    /// Starts one with options, of an image with a command of its own.
    pub fn start_as(options: &[&str], image: &[&str]) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = DeckyName::new(format!("t{}n{number}", std::process::id())).unwrap();
        let container_ref = ContainerRef::of_service(name, Service::Ssh);
        let mut args = vec!["run", "-d", "--name", container_ref.name()];
        args.extend(options);
        args.extend(image);
        let output = docker(&args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { container: container_ref }
    }

    /// Where drivers find it.
    pub fn container_ref(&self) -> &ContainerRef {
        &self.container
    }

    /// Runs a command in it and returns what it said.
    pub fn run(&self, argv: &[&str]) -> Output {
        let mut args = vec!["exec", "-u", "0", self.container.name()];
        args.extend(argv);
        docker(&args)
    }

    /// Runs a script in it that must work.
    pub fn sh(&self, script: &str, arguments: &[&str]) -> String {
        let mut argv = vec!["sh", "-c", script, "sh"];
        argv.extend(arguments);
        let output = self.run(&argv);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Paused ones can't be killed before they run again.
        drop(docker(&["unpause", self.container.name()]));
        drop(docker(&["rm", "-f", self.container.name()]));
    }
}
