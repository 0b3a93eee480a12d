//! Where a server is. People give the address of a host, of an API or of one of its routes; all of them lead to the
//! route that is asked.

use std::net::Ipv6Addr;

use decnet_domain::llm::settings::Provider;
use decnet_ports::LlmError;
use reqwest::Url;

/// What Ollama listens on.
const OLLAMA: &str = "http://localhost:11434";
/// What llama.cpp's server listens on.
const OPENAI: &str = "http://localhost:8080";
/// The port of an Ollama server whose address has neither a scheme nor a port, as in `OLLAMA_HOST`.
const OLLAMA_PORT: u16 = 11_434;

const CHAT: &str = "/chat/completions";
/// Ends of a path that name one of Ollama's own routes, or all of them.
const OLLAMA_ROUTES: [&str; 6] = ["/api/generate", "/api/chat", "/api/tags", "/api/show", "/api/version", "/api"];
/// Ends of a path that name another of `OpenAI`'s routes than the one that is asked.
const OPENAI_ROUTES: [&str; 4] = ["/completions", "/models", "/responses", "/embeddings"];

/// The URL of the route that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: Url,
    /// The same for messages: without a user's name or password.
    pub(crate) shown: String,
}

impl Address {
    /// Reads an address as people give it: with or without a scheme, a trailing slash, the version, the route. Nothing
    /// is the provider's usual place.
    ///
    /// # Errors
    /// [`LlmError::Unreachable`] for what is no address of an HTTP server.
    pub(crate) fn parse(provider: Provider, given: Option<&str>) -> Result<Self, LlmError> {
        let usual = if provider == Provider::OpenAi { OPENAI } else { OLLAMA };
        let given = given.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(usual);
        let wrong = |reason: String| LlmError::Unreachable { address: shown_text(given), reason };
        let (text, had_scheme) = with_scheme(given);
        let mut url: Url = text.parse().map_err(|e| wrong(format!("this is no address: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("only http:// and https:// can be asked".to_owned()));
        }
        if provider == Provider::Ollama && !had_scheme && !has_port(given) {
            // Fails only for URLs that have no host, and this one has.
            let _ = url.set_port(Some(OLLAMA_PORT));
        }
        url.set_fragment(None);
        let path = route(provider, url.path());
        url.set_path(&path);
        let mut shown = url.clone();
        let _ = (shown.set_username(""), shown.set_password(None));
        // A key may stand there.
        shown.set_query(None);
        Ok(Self { url, shown: shown.into() })
    }
}

/// An address for a message that isn't one of a URL: without what stands before an `@`.
fn shown_text(given: &str) -> String {
    given.rsplit('@').next().unwrap_or(given).chars().filter(|c| !c.is_control()).take(100).collect()
}

/// The address with a scheme, and whether it had one.
fn with_scheme(given: &str) -> (String, bool) {
    let lower = given.to_ascii_lowercase();
    if given.contains("://") || lower.starts_with("http:") || lower.starts_with("https:") {
        return (given.to_owned(), true);
    }
    let host = given.trim_start_matches('/');
    if host.parse::<Ipv6Addr>().is_ok() {
        (format!("http://[{host}]"), false)
    } else {
        (format!("http://{host}"), false)
    }
}

/// Whether an address without a scheme names a port.
fn has_port(given: &str) -> bool {
    let host = given.trim_start_matches('/').split('/').next().unwrap_or_default();
    host.parse::<Ipv6Addr>().is_err()
        && host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// The path of the route that is asked, from the path of the address.
fn route(provider: Provider, path: &str) -> String {
    let path = squeezed(path);
    if provider == Provider::OpenAi {
        if path.ends_with(CHAT) {
            return path;
        }
        let base =
            OPENAI_ROUTES.iter().chain(&OLLAMA_ROUTES).find_map(|route| path.strip_suffix(route)).unwrap_or(&path);
        // The version stands in the address of some APIs (/v1, /api/v3, /v1beta/openai): what follows it is the route.
        let has_version = base.split('/').any(is_version);
        return if has_version { format!("{base}{CHAT}") } else { format!("{base}/v1{CHAT}") };
    }
    // Ollama speaks OpenAI's format as well, below /v1; its own is asked here.
    let without_chat = path.strip_suffix(CHAT).unwrap_or(&path);
    let without_route = OPENAI_ROUTES.iter().find_map(|route| without_chat.strip_suffix(route)).unwrap_or(without_chat);
    let base = OLLAMA_ROUTES.iter().find_map(|route| without_route.strip_suffix(route)).unwrap_or(without_route);
    format!("{}/api/generate", base.strip_suffix("/v1").unwrap_or(base))
}

/// A path without empty parts and without a slash at its end.
fn squeezed(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).flat_map(|part| ["/", part]).collect()
}

/// `v1`, `v4`, `v1beta`.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.len() <= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_leads_to_the_route_that_is_asked() {
        let ollama = "http://127.0.0.1:11434/api/generate";
        for given in [
            "127.0.0.1:11434",
            "127.0.0.1",
            "http://127.0.0.1:11434",
            " http://127.0.0.1:11434/ ",
            "http://127.0.0.1:11434//",
            "HTTP://127.0.0.1:11434/api",
            "http://127.0.0.1:11434/api/",
            "http://127.0.0.1:11434/api/generate",
            "http://127.0.0.1:11434/api/chat",
            "127.0.0.1:11434/api/tags/",
            "http://127.0.0.1:11434/v1",
            "http://127.0.0.1:11434/v1/chat/completions",
            "http://127.0.0.1:11434/v1/models",
        ] {
            assert_eq!(Address::parse(Provider::Ollama, Some(given)).unwrap().url.as_str(), ollama, "{given}");
        }
        let openai = "http://gpu:8080/v1/chat/completions";
        for given in [
            "gpu:8080",
            "http://gpu:8080",
            "http://gpu:8080/",
            "http://gpu:8080/v1",
            "http://gpu:8080/v1/",
            "http://gpu:8080/v1/chat/completions",
            "http://gpu:8080/v1/chat/completions/",
            "http://gpu:8080/v1/completions",
            "http://gpu:8080/v1/models",
            "http://gpu:8080/api/generate",
            "http://gpu:8080/api",
        ] {
            assert_eq!(Address::parse(Provider::OpenAi, Some(given)).unwrap().url.as_str(), openai, "{given}");
        }
        for (provider, given, wanted) in [
            (Provider::Ollama, "", "http://localhost:11434/api/generate"),
            (Provider::OpenAi, "", "http://localhost:8080/v1/chat/completions"),
            (Provider::Ollama, "localhost", "http://localhost:11434/api/generate"),
            (Provider::Ollama, "http://models.example", "http://models.example/api/generate"),
            (Provider::Ollama, "::1", "http://[::1]:11434/api/generate"),
            (Provider::Ollama, "[::1]:8000", "http://[::1]:8000/api/generate"),
            (Provider::Ollama, "https://x.example/ollama/api/chat", "https://x.example/ollama/api/generate"),
            (Provider::OpenAi, "https://x.example/openai/v1", "https://x.example/openai/v1/chat/completions"),
            (Provider::OpenAi, "https://x.example/api/v1/", "https://x.example/api/v1/chat/completions"),
            (Provider::OpenAi, "https://x.example/v1beta/openai/", "https://x.example/v1beta/openai/chat/completions"),
            (Provider::OpenAi, "https://x.example/api/chat/completions", "https://x.example/api/chat/completions"),
            (
                Provider::OpenAi,
                "https://x.example/deployments/m/chat/completions?api-version=2",
                "https://x.example/deployments/m/chat/completions?api-version=2",
            ),
        ] {
            assert_eq!(Address::parse(provider, Some(given)).unwrap().url.as_str(), wanted, "{given}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_is_never_shown() {
        for given in ["ftp://x", "not an address", "http://", "unix:///run/x.sock", "http://x:port", "://"] {
            let error = Address::parse(Provider::Ollama, Some(given)).unwrap_err().to_string();
            assert!(error.starts_with(given) && error.contains("can't be asked"), "{error}");
        }
        let address = Address::parse(Provider::OpenAi, Some("http://me:hunter2@gpu:80/v1?key=hunter2")).unwrap();
        assert_eq!(address.shown, "http://gpu/v1/chat/completions");
        let error = Address::parse(Provider::OpenAi, Some("ftp://me:hunter2@gpu")).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
