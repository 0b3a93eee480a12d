//! Decoys as folders: the embedded default, for a machine without Docker and for `decnet demo`.
//!
//! A decky is the folder of its name below a root. Every component of a path is opened by itself,
//! relative to the one before and without following links, so no path leaves its decky, whatever
//! lies there. Files belong to whoever runs the program: owners can't be set without root.

mod place;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use decnet_domain::decky::ContainerRef;
use decnet_domain::path::DeckyPath;
use decnet_ports::{
    ActivityDriver, CALL_LIMIT, ContainerInfo, DriverError, FileContent, FileDetails, FileStat, PlantRequest, Planted,
    TrafficDriver,
};

/// Decoys below one folder.
#[derive(Clone, Debug)]
pub struct FolderDriver {
    root: PathBuf,
}

impl FolderDriver {
    /// Decoys are the folders below `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn place(&self, container: &ContainerRef) -> place::Place {
        place::Place { root: self.root.join(container.decky.as_str()), name: container.decky.to_string() }
    }
}

/// A call to a disk that hangs is given up, too.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DriverError> + Send + 'static,
) -> Result<T, DriverError> {
    match tokio::time::timeout(CALL_LIMIT, tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.unwrap_or_else(|e| Err(DriverError::Failed { rc: -1, stderr: e.to_string() })),
        Err(_) => Err(DriverError::Timeout { container: "folder".to_owned(), seconds: CALL_LIMIT.as_secs() }),
    }
}

#[async_trait]
impl ActivityDriver for FolderDriver {
    fn name(&self) -> &'static str {
        "folder"
    }

    /// Folders don't talk to each other.
    fn traffic(&self) -> Option<Arc<dyn TrafficDriver>> {
        None
    }

    async fn plant_file(&self, container: &ContainerRef, request: &PlantRequest) -> Result<Planted, DriverError> {
        let (place, request) = (self.place(container), request.clone());
        blocking(move || place.plant(&request)).await
    }

    async fn plant_many(
        &self,
        container: &ContainerRef,
        requests: &[PlantRequest],
    ) -> Vec<Result<Planted, DriverError>> {
        let (place, requests) = (self.place(container), requests.to_vec());
        let count = requests.len();
        let work = move || Ok(requests.iter().map(|request| place.plant(request)).collect());
        blocking(work).await.unwrap_or_else(|error| vec![Err(error); count])
    }

    async fn read_file(
        &self,
        container: &ContainerRef,
        path: &DeckyPath,
        limit: usize,
    ) -> Result<Option<FileContent>, DriverError> {
        let (place, path) = (self.place(container), path.clone());
        blocking(move || place.read(&path, limit)).await
    }

    async fn stat(&self, container: &ContainerRef, paths: &[DeckyPath]) -> Result<Vec<Option<FileStat>>, DriverError> {
        let (place, paths) = (self.place(container), paths.to_vec());
        // A link on the way is as good as nothing there.
        let at = move |path: &DeckyPath| match place.stat(path) {
            Err(DriverError::Refused { .. }) => Ok(None),
            other => other,
        };
        blocking(move || paths.iter().map(at).collect()).await
    }

    async fn details(&self, container: &ContainerRef, path: &DeckyPath) -> Result<Option<FileDetails>, DriverError> {
        let (place, path) = (self.place(container), path.clone());
        blocking(move || place.details(&path)).await
    }

    async fn list(&self, container: &ContainerRef, folder: &DeckyPath) -> Result<Vec<String>, DriverError> {
        let (place, folder) = (self.place(container), folder.clone());
        blocking(move || place.list(&folder)).await
    }

    /// A folder is all there is.
    async fn inspect(&self, _: &ContainerRef) -> Result<ContainerInfo, DriverError> {
        Ok(ContainerInfo::default())
    }

    async fn remove_file(&self, container: &ContainerRef, path: &DeckyPath) -> Result<(), DriverError> {
        let (place, path) = (self.place(container), path.clone());
        blocking(move || place.remove(&path)).await
    }

    async fn rename_file(&self, container: &ContainerRef, from: &DeckyPath, to: &DeckyPath) -> Result<(), DriverError> {
        let (place, from, to) = (self.place(container), from.clone(), to.clone());
        blocking(move || place.rename(&from, &to)).await
    }
}
