//! One request and its answer, within a limit of time and size.

use std::time::Duration;

use decnet_domain::llm::retry_after::RetryAfter;
use reqwest::StatusCode;
use tokio::time::{Instant, timeout_at};

use crate::address::Address;

/// An answer is never larger, whatever a server sends.
const LARGEST: usize = 512 * 1024;
/// The last line of server-sent events; some servers keep the connection open after it.
const STREAM_ENDS: &[u8] = b"[DONE]";

/// What a server sent, whole.
pub(crate) struct HttpReply {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<RetryAfter>,
    /// Where else it sends the client.
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no whole answer.
pub(crate) enum Broken {
    /// The limit was reached before the first byte of an answer.
    NoHeaders,
    /// The limit was reached in the middle of one.
    NoEnd,
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// The connection failed, in the transport's words.
    Transport(String),
}

impl Broken {
    /// What an operator is told of an answer without an end.
    pub(crate) fn too_large() -> String {
        format!("an answer of more than {LARGEST} bytes")
    }
}

/// Asks one address.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: Address,
    key: Option<String>,
}

impl Client {
    pub(crate) fn new(http: reqwest::Client, address: Address, key: Option<String>) -> Self {
        Self { http, address, key }
    }

    /// The address, as messages show it.
    pub(crate) fn shown(&self) -> &str {
        &self.address.shown
    }

    /// Sends a body and reads the answer; the limit is over everything.
    pub(crate) async fn post(&self, body: Vec<u8>, limit: Duration) -> Result<HttpReply, Broken> {
        let end = Instant::now() + limit;
        let transport = |e: reqwest::Error| Broken::Transport(chain(&e.without_url()));
        let mut request =
            self.http.post(self.address.url.clone()).header("Content-Type", "application/json").body(body);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let mut response = timeout_at(end, request.send()).await.map_err(|_| Broken::NoHeaders)?.map_err(transport)?;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (status, location) = (response.status(), header("Location"));
        let retry_after = header("Retry-After").and_then(|value| RetryAfter::parse(&value));
        let mut bytes = Vec::new();
        while let Some(chunk) =
            timeout_at(end, response.chunk()).await.map_err(|_| Broken::NoEnd)?.map_err(transport)?
        {
            if bytes.len() + chunk.len() > LARGEST {
                return Err(Broken::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
            if bytes.trim_ascii_end().ends_with(STREAM_ENDS) {
                break;
            }
        }
        Ok(HttpReply { status, retry_after, location, body: bytes })
    }
}

/// An error and what is behind it, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut next = error.source();
    while let Some(inner) = next {
        out.push_str(": ");
        out.push_str(&inner.to_string());
        next = inner.source();
    }
    out
}
