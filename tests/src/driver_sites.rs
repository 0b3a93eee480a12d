//! Places that drivers are tried on, and a second pair of eyes to see what they did there.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_folder::FolderDriver;
use decnet_ports::ActivityDriver;
use decnet_ports::fake::FakeDriver;

use crate::containers::{BUSYBOX, Container};

/// A file as somebody else sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Permission bits.
    pub mode: u32,
    /// Owner, where the place has owners.
    pub owner: Option<(u32, u32)>,
    /// Seconds and nanoseconds.
    pub mtime: (i64, i64),
    /// Inode, where the place has them.
    pub inode: Option<u64>,
}

/// A driver and a decky to try it on.
pub trait Site: Send + Sync {
    /// The driver.
    fn driver(&self) -> Arc<dyn ActivityDriver>;
    /// The decky.
    fn container_ref(&self) -> ContainerRef;
    /// What lies at a path, seen by other means than the driver's.
    fn see(&self, path: &str) -> Option<Seen>;
    /// The bytes at a path.
    fn bytes(&self, path: &str) -> Option<Vec<u8>>;
    /// Makes a folder with a modification time long past. `false` where there are no folders.
    fn make_folder(&self, path: &str) -> bool;
    /// Makes a symbolic link. `false` where there are none.
    fn make_link(&self, path: &str, target: &str) -> bool;
    /// Makes a named pipe. `false` where there are none.
    fn make_pipe(&self, path: &str) -> bool;
    /// The names in a folder.
    fn names(&self, folder: &str) -> Vec<String>;
    /// A time as exactly as this place can keep it.
    fn kept(&self, time: (i64, i64)) -> (i64, i64) {
        time
    }
}

/// Decoys in Docker.
pub struct DockerSite {
    driver: Arc<dyn ActivityDriver>,
    /// The container.
    pub container: Container,
    has_fractions: bool,
}

impl DockerSite {
    /// A fresh container.
    pub async fn start(kind: decnet_docker::Kind, options: &[&str]) -> Self {
        let driver = decnet_docker::driver(kind).await.unwrap();
        Self { driver, container: Container::start(options), has_fractions: true }
    }

    /// A fresh container whose tools are all busybox.
    pub async fn busybox(kind: decnet_docker::Kind) -> Self {
        let driver = decnet_docker::driver(kind).await.unwrap();
        let container = Container::start_as(&[], &[BUSYBOX, "/bin/sleep", "3600"]);
        // Archives keep nanoseconds whatever tools there are; a second pair of eyes can't see them.
        Self { driver, container, has_fractions: false }
    }
}

impl Site for DockerSite {
    fn driver(&self) -> Arc<dyn ActivityDriver> {
        self.driver.clone()
    }

    fn container_ref(&self) -> ContainerRef {
        self.container.container_ref().clone()
    }

    fn see(&self, path: &str) -> Option<Seen> {
        let output = self.container.run(&["stat", "-c", "%a %u %g %.9Y %i", "--", path]);
        if !output.status.success() {
            return None;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let fields: Vec<&str> = text.trim().split(' ').collect();
        let (seconds, nanos) = fields[3].split_once('.').unwrap_or((fields[3], "0"));
        Some(Seen {
            mode: u32::from_str_radix(fields[0], 8).unwrap(),
            owner: Some((fields[1].parse().unwrap(), fields[2].parse().unwrap())),
            mtime: (seconds.parse().unwrap(), nanos.parse().unwrap()),
            inode: fields[4].parse().ok(),
        })
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        let output = self.container.run(&["cat", "--", path]);
        output.status.success().then_some(output.stdout)
    }

    fn make_folder(&self, path: &str) -> bool {
        self.container.sh(
            "mkdir -p -- \"$1\" && chown 1000:1000 -- \"$1\" && { touch -d @1735787045.678901234 -- \"$1\" 2>/dev/null || \
             touch -d @1735787045 -- \"$1\"; }",
            &[path],
        );
        true
    }

    fn make_link(&self, path: &str, target: &str) -> bool {
        self.container.sh("ln -s -- \"$2\" \"$1\"", &[path, target]);
        true
    }

    fn make_pipe(&self, path: &str) -> bool {
        self.container.sh("mkfifo -- \"$1\"", &[path]);
        true
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let script =
            "cd \"$1\" && for f in * .[!.]*; do [ ! -e \"$f\" ] && [ ! -L \"$f\" ] || printf '%s\\n' \"$f\"; done";
        let text = self.container.sh(script, &[folder]);
        text.lines().map(str::to_owned).collect()
    }

    fn kept(&self, (seconds, nanos): (i64, i64)) -> (i64, i64) {
        (seconds, if self.has_fractions { nanos } else { 0 })
    }
}

/// Decoys as folders.
pub struct FolderSite {
    root: tempfile::TempDir,
}

impl FolderSite {
    /// An empty decky.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("web-01")).unwrap();
        Self { root }
    }

    fn host(&self, path: &str) -> PathBuf {
        self.root.path().join("web-01").join(path.trim_start_matches('/'))
    }
}

impl Default for FolderSite {
    fn default() -> Self {
        Self::new()
    }
}

fn web() -> ContainerRef {
    ContainerRef::of_service(DeckyName::new("web-01").unwrap(), Service::Ssh)
}

impl Site for FolderSite {
    fn driver(&self) -> Arc<dyn ActivityDriver> {
        Arc::new(FolderDriver::new(self.root.path().to_owned()))
    }

    fn container_ref(&self) -> ContainerRef {
        web()
    }

    fn see(&self, path: &str) -> Option<Seen> {
        let meta = std::fs::symlink_metadata(self.host(path)).ok()?;
        Some(Seen {
            mode: meta.permissions().mode() & 0o7777,
            owner: None,
            mtime: (meta.mtime(), meta.mtime_nsec()),
            inode: Some(meta.ino()),
        })
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.host(path)).ok()
    }

    fn make_folder(&self, path: &str) -> bool {
        std::fs::create_dir_all(self.host(path)).unwrap();
        let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::new(1_735_787_045, 678_901_234);
        std::fs::File::open(self.host(path)).unwrap().set_modified(past).unwrap();
        true
    }

    fn make_link(&self, path: &str, target: &str) -> bool {
        std::os::unix::fs::symlink(target, self.host(path)).unwrap();
        true
    }

    fn make_pipe(&self, path: &str) -> bool {
        std::process::Command::new("mkfifo").arg(self.host(path)).status().unwrap().success()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.host(folder)).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Decoys in memory.
#[derive(Default)]
pub struct FakeSite {
    driver: FakeDriver,
}

impl Site for FakeSite {
    fn driver(&self) -> Arc<dyn ActivityDriver> {
        Arc::new(self.driver.clone())
    }

    fn container_ref(&self) -> ContainerRef {
        web()
    }

    fn see(&self, path: &str) -> Option<Seen> {
        let file = self.driver.get(&web(), path)?;
        Some(Seen {
            mode: file.mode,
            owner: Some((file.owner.uid, file.owner.gid)),
            mtime: (file.mtime.as_second(), i64::from(file.mtime.subsec_nanosecond())),
            inode: None,
        })
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.driver.get(&web(), path).map(|file| file.bytes)
    }

    fn make_folder(&self, _path: &str) -> bool {
        false
    }

    fn make_link(&self, _path: &str, _target: &str) -> bool {
        false
    }

    fn make_pipe(&self, _path: &str) -> bool {
        false
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let below = format!("{folder}/");
        self.driver.all().into_keys().filter_map(|(_, path)| path.strip_prefix(&below).map(str::to_owned)).collect()
    }
}
