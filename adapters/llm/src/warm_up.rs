//! Loading a model. Ollama loads a model when it is first asked for, and gives up when the client hangs up, so that with a
//! limit shorter than the loading no call ever succeeds. One long call in the background, with an empty prompt, keeps the
//! loading alive.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::dialect::load_request;
use crate::exchange::Client;

/// How long a model may take to load.
const LONGEST: Duration = Duration::from_mins(10);

/// The call in the background, if there is one. It ends with this value.
#[derive(Default)]
pub(crate) struct WarmUp {
    call: Mutex<Option<JoinHandle<()>>>,
}

impl WarmUp {
    /// Begins a call that loads the model, unless one is on its way.
    pub(crate) fn begin(&self, client: &Client, model: &str) {
        let mut call = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        if call.as_ref().is_some_and(|call| !call.is_finished()) {
            return;
        }
        let Ok(body) = load_request(model) else { return };
        let client = client.clone();
        *call = Some(tokio::spawn(async move {
            // Whatever comes of it, the next call sees for itself.
            let _ = client.post(body, LONGEST).await;
        }));
    }
}

impl Drop for WarmUp {
    fn drop(&mut self) {
        let call = self.call.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(call) = call.take() {
            call.abort();
        }
    }
}
