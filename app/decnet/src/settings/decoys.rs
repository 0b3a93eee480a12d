//! How decoys are reached.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};
use decnet_docker::Kind;
use decnet_folder::FolderDriver;
use decnet_ports::ActivityDriver;

use super::life::ProfileKind;
use crate::environment;

/// How decoys are reached.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Decoys")]
pub(crate) struct Acting {
    /// How decoys are reached: exec (docker exec), exec-api (the same by the engine's API), archive
    /// (the engine's archive API; files come without a process in the decoy), folder (decoys are
    /// folders). Default: exec, and archive under --profile stealth.
    #[arg(long, env = "DECNET_DRIVER", value_name = "DRIVER")]
    pub(crate) driver: Option<DriverKind>,

    /// Where folder decoys are.
    #[arg(long, env = "DECNET_DECOYS_DIR", default_value = "decoys", value_name = "FOLDER")]
    pub(crate) decoys_dir: PathBuf,
}

/// The drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriverKind {
    Exec,
    ExecApi,
    Archive,
    Folder,
}

pub(crate) async fn driver(acting: &Acting, profile: ProfileKind) -> anyhow::Result<Arc<dyn ActivityDriver>> {
    let default = match profile {
        ProfileKind::Reference => DriverKind::Exec,
        ProfileKind::Stealth => DriverKind::Archive,
    };
    let kind = match acting.driver.unwrap_or(default) {
        DriverKind::Folder => return Ok(Arc::new(FolderDriver::new(acting.decoys_dir.clone()))),
        DriverKind::Exec => Kind::Exec,
        DriverKind::ExecApi => Kind::ExecApi,
        DriverKind::Archive => Kind::Archive,
    };
    if kind != Kind::Exec {
        environment::check_docker_host()?;
    }
    decnet_docker::driver(kind).await.context("can't reach Docker; is it running, and may this user use it?")
}
