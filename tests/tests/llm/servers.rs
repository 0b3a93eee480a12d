//! What servers of both dialects answer, and what becomes of it.

use std::time::Duration;

use decnet_domain::llm::raw_answer::{AnswerEnd, RawAnswer};
use decnet_domain::llm::retry_after::RetryAfter;
use decnet_domain::llm::settings::Provider;
use decnet_ports::{LlmError, LlmFactory};
use decnet_tests::llm_server::{Answer, LlmServer, Mood};
use jiff::SignedDuration;

use super::{models, rate_limit, settings};

#[tokio::test]
async fn both_wire_formats_are_spoken() {
    let server = LlmServer::start(Mood::Say("Hello there".to_owned())).await;
    for (provider, path) in [(Provider::Ollama, "POST /api/generate"), (Provider::OpenAi, "POST /v1/chat/completions")]
    {
        let backend = models().backend(&settings(provider, &server.url(), 5.0)).unwrap();
        assert_eq!(backend.generate("say hello").await.unwrap().text, "Hello there");
        let asked = server.asked().pop().unwrap();
        assert!(asked.starts_with(path) && asked.contains("say hello") && asked.contains("\"m\""), "{asked}");
        assert!(asked.contains("Bearer secret-key"), "{asked}");
    }
}

#[tokio::test]
async fn whatever_a_server_does_ends_within_the_limit() {
    for provider in [Provider::Ollama, Provider::OpenAi] {
        let server = LlmServer::start(Mood::Reset).await;
        let backend = models().backend(&settings(provider, &server.url(), 1.0)).unwrap();
        let not_utf8 =
            b"{\"response\": \"\xff\xfe\", \"choices\": [{\"message\": {\"content\": \"\xff\xfe\"}}]}".to_vec();
        for mood in [
            Mood::HangBeforeHeaders,
            Mood::HangInMidStream,
            Mood::Reset,
            Mood::status(500),
            Mood::Flood(50 << 20),
            Mood::raw(200, "<html>Bad gateway</html>"),
            Mood::raw(200, ""),
            Mood::Raw { status: 200, headers: Vec::new(), body: not_utf8 },
            Mood::Say("  \n".to_owned()),
        ] {
            server.set(mood.clone());
            let error = backend.generate("x").await.unwrap_err();
            let is_right = match &mood {
                Mood::HangBeforeHeaders | Mood::HangInMidStream => {
                    matches!(error, LlmError::Timeout { seconds: 1, .. })
                }
                Mood::Reset => matches!(error, LlmError::Unreachable { .. }),
                Mood::Say(_) => matches!(error, LlmError::Empty { .. }),
                _ => matches!(error, LlmError::Refused { .. }),
            };
            assert!(is_right, "{mood:?}: {error}");
            // Every message names what was asked, and none the key.
            let told = error.to_string();
            assert!(told.contains(backend.address()) && !told.contains("secret-key"), "{told}");
        }
    }
    let nobody = models().backend(&settings(Provider::Ollama, "http://127.0.0.1:9", 1.0)).unwrap();
    assert!(matches!(nobody.generate("x").await, Err(LlmError::Unreachable { .. })));
}

/// Refusals as servers word them, and what an operator reads.
#[tokio::test]
async fn a_refusal_is_told_with_the_address_the_status_and_the_servers_own_words() {
    for (status, body, words) in [
        (404, r#"{"error": "model 'm' not found"}"#, "404 Not Found: model 'm' not found"),
        (
            400,
            r#"{"object": "error", "message": "The context of this model is 512 tokens, you asked for 1443.", "code": 400}"#,
            "400 Bad Request: The context of this model is 512 tokens, you asked for 1443.",
        ),
        (
            422,
            r#"{"detail": [{"loc": ["body", "model"], "msg": "no such model here: m", "type": "value_error"}]}"#,
            "422 Unprocessable Entity: body.model: no such model here: m",
        ),
        (404, "404 page not found", "404 Not Found: 404 page not found"),
        (502, "<html><title>502 Bad Gateway</title></html>", "502 Bad Gateway: 502 Bad Gateway"),
        (200, "{\"response\": \"The disk\"}\n{\"error\": \"CUDA error\"}\n", "CUDA error"),
        (500, "", "500 Internal Server Error"),
    ] {
        let server = LlmServer::start(Mood::raw(status, body)).await;
        let backend = models().backend(&settings(Provider::Ollama, &server.url(), 5.0)).unwrap();
        let told = backend.generate("x").await.unwrap_err().to_string();
        assert_eq!(told, format!("{}/api/generate gave no answer: {words}", server.url()), "{body}");
    }
    let headers = vec![("Location", "https://models.example/api/generate")];
    let server = LlmServer::start(Mood::Raw { status: 301, headers, body: Vec::new() }).await;
    let backend = models().backend(&settings(Provider::OpenAi, &server.url(), 5.0)).unwrap();
    let told = backend.generate("x").await.unwrap_err().to_string();
    assert!(told.ends_with("it sends the client to https://models.example/api/generate"), "{told}");
    let server = LlmServer::start(rate_limit("600")).await;
    let backend = models().backend(&settings(Provider::OpenAi, &server.url(), 5.0)).unwrap();
    let error = backend.generate("x").await.unwrap_err();
    assert!(
        error.to_string().ends_with("429 Too Many Requests: rate limit; it wants to be left alone for 600 s"),
        "{error}"
    );
    assert_eq!(error.retry_after(), Some(RetryAfter::Span(SignedDuration::from_secs(600))));
}

#[tokio::test]
async fn a_field_that_a_server_refuses_by_name_is_left_out_from_then_on() {
    let refusal = r#"{"error": {"message": "Unsupported parameter: 'max_tokens' cannot be used here; send 'max_completion_tokens'."}}"#;
    let mood = Mood::RefuseWord { word: "\"max_tokens\"", body: refusal, text: "a text".to_owned() };
    let server = LlmServer::start(mood).await;
    let backend = models().backend(&settings(Provider::OpenAi, &server.url(), 5.0)).unwrap();
    for _ in 0..2 {
        assert_eq!(backend.generate("x").await.unwrap().text, "a text");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked[1..].iter().all(|a| a.contains("max_completion_tokens") && !a.contains("\"max_tokens\"")),
        "{asked:?}"
    );

    let refusal = r#"{"error": "\"m\" does not support thinking"}"#;
    let server =
        LlmServer::start(Mood::RefuseWord { word: "\"think\"", body: refusal, text: "a text".to_owned() }).await;
    let backend = models().backend(&settings(Provider::Ollama, &server.url(), 5.0)).unwrap();
    for _ in 0..2 {
        assert_eq!(backend.generate("x").await.unwrap().text, "a text");
    }
    assert_eq!(server.asked().len(), 3);

    // One that refuses everything is asked a few times, and no more.
    let server = LlmServer::start(Mood::raw(400, r#"{"error": "max_tokens max_completion_tokens think"}"#)).await;
    let backend = models().backend(&settings(Provider::OpenAi, &server.url(), 5.0)).unwrap();
    assert!(matches!(backend.generate("x").await, Err(LlmError::Refused { .. })));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn an_answer_that_is_all_reasoning_is_told_as_such_and_no_thinking_is_asked_for() {
    let thought = Answer { thinking: Some("Okay, the user".to_owned()), ..Answer::cut("") };
    for (provider, calls) in [(Provider::Ollama, 1), (Provider::OpenAi, 2)] {
        let server = LlmServer::start(Mood::Answer(thought.clone())).await;
        let backend = models().backend(&settings(provider, &server.url(), 5.0)).unwrap();
        let error = backend.generate("x").await.unwrap_err();
        assert!(error.to_string().contains("all 1200 tokens were spent on reasoning"), "{error}");
        assert!(error.to_string().contains(backend.address()), "{error}");
        let asked = server.asked();
        assert_eq!(asked.len(), calls);
        assert!(asked[calls - 1].contains("\"think\":false") || asked[calls - 1].contains("\"enable_thinking\":false"));
    }
    // Beside an answer, thinking is no fault; the next call asks for none.
    let answer = Answer { thinking: Some("Okay".to_owned()), ..Answer::of("a text") };
    let server = LlmServer::start(Mood::Answer(answer)).await;
    let backend = models().backend(&settings(Provider::OpenAi, &server.url(), 5.0)).unwrap();
    for _ in 0..2 {
        assert_eq!(backend.generate("x").await.unwrap().text, "a text");
    }
    let asked = server.asked();
    assert!(!asked[0].contains("enable_thinking") && asked[1].contains("enable_thinking"), "{asked:?}");
}

#[tokio::test]
async fn lines_that_are_streamed_all_the_same_are_one_answer() {
    let lines = "{\"response\":\"The disk \",\"done\":false}\n{\"response\":\"is full.\"}\n{\"response\":\"\",\"done\":true,\"done_reason\":\"length\"}\n";
    let events = "data: {\"choices\":[{\"delta\":{\"content\":\"The disk \"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"is full.\"},\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n";
    for (provider, body) in [(Provider::Ollama, lines), (Provider::OpenAi, events)] {
        let server = LlmServer::start(Mood::raw(200, body)).await;
        let backend = models().backend(&settings(provider, &server.url(), 5.0)).unwrap();
        let answer = RawAnswer { text: "The disk is full.".to_owned(), end: AnswerEnd::TokenLimit };
        assert_eq!(backend.generate("x").await, Ok(answer));
    }
}

/// The server gives up loading when the client hangs up, as Ollama does; the limit is shorter than the loading.
#[tokio::test]
async fn a_model_that_loads_longer_than_the_limit_is_there_in_the_end() {
    let server = LlmServer::start(Mood::ColdLoad(Duration::from_secs(9), "a text".to_owned())).await;
    let backend = models().backend(&settings(Provider::Ollama, &server.url(), 2.0)).unwrap();
    let first = backend.generate("write a note").await.unwrap_err();
    assert!(matches!(first, LlmError::Timeout { is_loading: true, .. }), "{first}");
    assert!(first.to_string().contains("goes on loading the model"), "{first}");
    let mut left = 100;
    let answer = loop {
        match backend.generate("write a note").await {
            Ok(answer) => break answer,
            Err(error) => assert!(matches!(error, LlmError::Timeout { is_loading: true, .. }) && left > 0, "{error}"),
        }
        left -= 1;
    };
    assert_eq!(answer.text, "a text");
    let loads = server.asked().iter().filter(|a| a.contains("\"prompt\":\"\"")).count();
    // One long call, however many time out meanwhile; on a machine so busy that the loaded model is late, too, one more.
    assert!(loads == 1 || loads * 3 < 100 - left, "{loads} calls for {} time-outs", 100 - left);
}
