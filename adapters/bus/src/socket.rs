//! Where the socket is.

use std::path::{Path, PathBuf};

/// The order in which the socket's path is looked for.
#[derive(Clone, Debug, Default)]
pub struct SocketPath {
    /// `DECNET_BUS_SOCKET`.
    pub configured: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

impl SocketPath {
    /// `DECNET_BUS_SOCKET`, else `/run/decnet/bus.sock` where that folder can be written to, else
    /// `~/.decnet/bus.sock`.
    pub fn resolve(&self) -> PathBuf {
        self.resolve_with(Path::new("/run/decnet"))
    }

    fn resolve_with(&self, run: &Path) -> PathBuf {
        use rustix::fs::{Access, access};
        if let Some(path) = &self.configured {
            return path.clone();
        }
        match &self.home {
            Some(home) if access(run, Access::WRITE_OK | Access::EXEC_OK).is_err() => home.join(".decnet/bus.sock"),
            _ => run.join("bus.sock"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_path_wins_then_run_then_home() {
        let home = Some(PathBuf::from("/home/ann"));
        let nowhere = Path::new("/nonexistent");
        let configured = Some(PathBuf::from("/x.sock"));
        assert_eq!(SocketPath { configured, home: home.clone() }.resolve_with(nowhere), Path::new("/x.sock"));
        let unset = SocketPath { configured: None, home };
        assert_eq!(unset.resolve_with(nowhere), Path::new("/home/ann/.decnet/bus.sock"));
        assert_eq!(unset.resolve_with(&std::env::temp_dir()), std::env::temp_dir().join("bus.sock"));
    }
}
