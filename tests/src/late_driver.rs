//! A driver whose worker dies between doing a thing and hearing of it.

use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_ports::{
    ActivityDriver, ContainerInfo, DriverError, FileContent, FileDetails, FileStat, PlantRequest, Planted,
    TrafficDriver,
};

/// A driver that plants, and then never answers in time.
pub struct Late(pub Arc<dyn ActivityDriver>);

#[async_trait]
impl ActivityDriver for Late {
    fn name(&self) -> &'static str {
        "late"
    }
    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        None
    }
    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        self.0.plant_file(container, request).await?;
        Err(DriverError::Timeout { container: container.name().to_owned(), seconds: 8 })
    }
    async fn details(&self, s: &ContainerRef, p: &DeckyPath) -> Result<Option<FileDetails>, DriverError> {
        self.0.details(s, p).await
    }
    async fn list(&self, s: &ContainerRef, p: &DeckyPath) -> Result<Vec<String>, DriverError> {
        self.0.list(s, p).await
    }
    async fn inspect(&self, s: &ContainerRef) -> Result<ContainerInfo, DriverError> {
        self.0.inspect(s).await
    }
    async fn read_file(&self, s: &ContainerRef, p: &DeckyPath, l: usize) -> Result<Option<FileContent>, DriverError> {
        self.0.read_file(s, p, l).await
    }
    async fn stat(&self, s: &ContainerRef, p: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError> {
        self.0.stat(s, p).await
    }
    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        self.0.rename_file(container, from, to).await
    }

    async fn remove_file(&self, s: &ContainerRef, p: &DeckyPath) -> Result<(), DriverError> {
        self.0.remove_file(s, p).await
    }
}
