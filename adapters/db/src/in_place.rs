//! Where `SQLite`'s queries run.

use std::error::Error;
use std::pin::Pin;

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs a query on the thread that asks for it.
///
/// A query on a file of this process takes some ten microseconds, less than handing it to another thread and waiting
/// for that to wake up. On a runtime of several threads its other tasks move on to another one meanwhile
/// ([`tokio::task::block_in_place`]), so that a query that has to wait for another program's lock holds up nobody else;
/// a runtime of one thread has a pool of threads for that.
pub(crate) struct InPlace;

impl SpawnBlocking for InPlace {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Result<R, Box<dyn Error + Send + Sync>>> + Send + 'a>>
    where
        R: Send + 'static,
    {
        let has_threads =
            Handle::try_current().is_ok_and(|handle| handle.runtime_flavor() == RuntimeFlavor::MultiThread);
        if has_threads {
            return Box::pin(async move { Ok(tokio::task::block_in_place(task)) });
        }
        Box::pin(async move { tokio::task::spawn_blocking(task).await.map_err(Into::into) })
    }

    fn get_runtime() -> Self {
        Self
    }
}
