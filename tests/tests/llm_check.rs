//! `decnet realism llm-check`, against a server that gives a different answer to each kind of question.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::Duration;

use decnet_tests::llm_server::{Answer, LlmServer, Mood};
use decnet_tests::program::Program;

/// Runs it against a server; what it printed, and whether it succeeded. What differs from run to run is masked: the
/// prompts, whose matters follow from the day, times, lengths of prompts and the server's port.
async fn run(server: &LlmServer, arguments: &[&str]) -> (String, bool) {
    let program = Program::new();
    program.people(&["Ann Lee"]);
    let mut command = program.decnet(&["realism", "llm-check"]);
    command.args(arguments).env("DECNET_REALISM_URL", server.url()).env("DECNET_REALISM_MODEL", "m");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (printed.replace(&server.url(), "http://SERVER"), output.status.success())
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(?m)(^  > .*\n)+", "  > [the prompt]\n");
    settings.add_filter(r"after \d+\.\d s", "after [time]");
    settings.add_filter(r"a prompt of \d+ characters", "a prompt of [n] characters");
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_was_sent_what_came_back_and_what_the_review_made_of_it() {
    let note = "<think>\nOkay, the user wants me to write a note.\n</think>\n\nThe disk of the backup host is full \u{2014} again.";
    let todo = "- [ ] call the vendor about the disk\n- [ ] check the backup\n- [ ] write to Bob\n- [ ] book the";
    let script = "#!/bin/bash\nset -eu\nfor f in /var/log/*.gz; do\n  du -h \"$f\"\n";
    let mail =
        "Subject: Disk\n\nHi,\n\nthe disk of the backup host is full, and we have to call the vendor.\n\nThanks,\nAnn";
    let server = LlmServer::start(Mood::ByWord(vec![
        ("a short note that", Answer::of(note)),
        ("list of things to do", Answer::cut(todo)),
        ("a draft of a paper", Answer::of("As an AI, I have no access to your papers.\u{1b}[2J")),
        ("shell script", Answer::of(script)),
        ("an e-mail", Answer::of(mail)),
    ]))
    .await;
    let (printed, is_ok) = run(&server, &["--llm-backend", "ollama"]).await;
    assert!(is_ok, "{printed}");
    settings().bind(|| insta::assert_snapshot!(printed));
    // A whole prompt is what was sent.
    let (printed, _) = run(&server, &["--llm-backend", "ollama", "--show-prompt"]).await;
    assert!(printed.contains("Write a short note that") && !printed.contains("--show-prompt"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_never_answers_is_told_of_with_the_servers_words() {
    let server = LlmServer::start(Mood::raw(404, r#"{"error": "model 'm' not found"}"#)).await;
    let (printed, is_ok) = run(&server, &["--llm-backend", "openai"]).await;
    assert!(!is_ok);
    settings().bind(|| insta::assert_snapshot!(printed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_nobody_knows_is_the_default_one_with_a_warning() {
    let server = LlmServer::start(Mood::Say("The disk of the backup host is full again.".to_owned())).await;
    let (printed, is_ok) = run(&server, &["--llm-backend", "gpt4"]).await;
    assert!(is_ok && printed.contains("backend ollama"), "{printed}");
    assert!(printed.contains("gpt4") && printed.contains("names no backend"), "{printed}");
    for off in ["", "off", "None", "0", "false", "disabled"] {
        let (printed, is_ok) = run(&server, &["--llm-backend", off]).await;
        assert!(!is_ok && printed.contains("no language model is configured"), "{off}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_has_to_be_loaded_first_is_waited_for() {
    let server =
        LlmServer::start(Mood::ColdLoad(Duration::from_secs(3), "The disk is full once more.".to_owned())).await;
    let (printed, is_ok) = run(&server, &["--llm-backend", "ollama", "--llm-timeout", "1"]).await;
    assert!(is_ok && printed.contains("goes on loading the model"), "{printed}");
    assert!(printed.contains("note: 1 accepted as they came"), "{printed}");
}
