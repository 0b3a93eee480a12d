//! The drivers that run small scripts in the container.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_ports::{
    ActivityDriver, ContainerInfo, DriverError, FileContent, FileDetails, FileStat, PlantRequest, Planted,
    TrafficDriver,
};

use crate::exec_file;
use crate::run::Exec;
use crate::tools::Shell;
use crate::traffic::Probe;

pub(crate) struct ExecDriver {
    name: &'static str,
    shell: Shell,
    traffic: Arc<Probe>,
}

impl ExecDriver {
    pub(crate) fn new(name: &'static str, exec: Arc<dyn Exec>) -> Self {
        Self { name, shell: Shell::new(exec.clone()), traffic: Arc::new(Probe::new(exec)) }
    }
}

#[async_trait]
impl ActivityDriver for ExecDriver {
    fn name(&self) -> &'static str {
        self.name
    }

    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        Some(self.traffic.clone())
    }

    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        exec_file::plant(&self.shell, container, request).await
    }

    async fn read_file(
        &self,
        container: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        exec_file::read(&self.shell, container, path, limit).await
    }

    async fn stat(&self, container: &ContainerRef, paths: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError> {
        exec_file::stat(&self.shell, container, paths).await
    }

    async fn details(&self, container: &ContainerRef, path: &DeckyPath) -> Result<Option<FileDetails>, DriverError> {
        exec_file::details(&self.shell, container, path).await
    }

    async fn list(&self, container: &ContainerRef, folder: &DeckyPath) -> Result<Vec<String>, DriverError> {
        exec_file::list(&self.shell, container, folder).await
    }

    async fn inspect(&self, container: &ContainerRef) -> Result<ContainerInfo, DriverError> {
        self.shell.inspect(container.name()).await
    }

    async fn remove_file(&self, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        exec_file::remove(&self.shell, container, path).await
    }

    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        exec_file::rename(&self.shell, container, from, to).await
    }
}
