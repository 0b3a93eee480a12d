//! The contract suite of `LlmBackend`: what every language model must do, real or fake.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::sync::Arc;

use decnet_domain::llm::raw_answer::RawAnswer;
use decnet_domain::llm::settings::{LlmSettings, MOST_TOKENS, Provider};
use decnet_llm::HttpModels;
use decnet_ports::{LlmBackend, LlmError, LlmFactory};
use decnet_tests::llm_server::{LlmServer, Mood};

/// A backend that gives one text, and what has to live as long.
struct Site {
    backend: Arc<dyn LlmBackend>,
    _server: LlmServer,
}

async fn http(provider: Provider, text: &str) -> Site {
    let server = LlmServer::start(Mood::Say(text.to_owned())).await;
    let settings = LlmSettings {
        provider,
        base_url: Some(server.url().replacen("http://", "http://me:hunter2@", 1)),
        model: Some("m".to_owned()),
        timeout: 20.0,
        most_tokens: MOST_TOKENS,
    };
    let models = HttpModels::new(Some("secret-key".to_owned()), Some(text.to_owned())).unwrap();
    Site { backend: models.backend(&settings).unwrap(), _server: server }
}

macro_rules! suite {
    ($name:ident, $site:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn a_text_comes_as_the_model_gave_it() {
                let text = "<think>x</think> Zwölf \u{2014} \"Boxen\"\n\n- [ ] a\u{1f600}\n";
                let site = $site(text).await;
                assert_eq!(site.backend.generate("write a note").await, Ok(RawAnswer::complete(text)));
            }

            #[tokio::test]
            async fn an_answer_without_a_letter_is_an_error() {
                let site = $site(" \n\t").await;
                let address = site.backend.address().to_owned();
                assert_eq!(site.backend.generate("x").await, Err(LlmError::Empty { address }));
            }

            #[tokio::test]
            async fn several_may_ask_at_once() {
                let site = $site("a text").await;
                let asked = (0..8).map(|n| {
                    let backend = Arc::clone(&site.backend);
                    tokio::spawn(async move { backend.generate(&n.to_string()).await })
                });
                for call in asked.collect::<Vec<_>>() {
                    assert_eq!(call.await.unwrap(), Ok(RawAnswer::complete("a text")));
                }
            }

            #[tokio::test]
            async fn it_says_what_it_asks_and_keeps_its_secrets() {
                let site = $site("a text").await;
                let told = [site.backend.name(), site.backend.model(), site.backend.address()];
                assert!(told.iter().all(|text| !text.is_empty()), "{told:?}");
                assert!(!told.iter().any(|text| text.contains("hunter2") || text.contains("secret-key")), "{told:?}");
            }
        }
    };
}

async fn fake_backend(text: &str) -> Site {
    http(Provider::Fake, text).await
}

async fn ollama(text: &str) -> Site {
    http(Provider::Ollama, text).await
}

async fn openai(text: &str) -> Site {
    http(Provider::OpenAi, text).await
}

suite!(on_the_fake_backend, fake_backend);
suite!(on_ollama, ollama);
suite!(on_openai, openai);
