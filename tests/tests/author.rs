//! `decnet realism author`, against a server whose answers get better when their mistakes are told.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use decnet_tests::llm_server::{Answer, LlmServer, Mood};
use decnet_tests::program::Program;

const STORY: &str = "[story stuck-lift]\n[parts]\nguest: outside firm\n[facts]\nminutes = 12..40\nends = well | badly\nref = 1000..9000\n\
[titles]\nthe lift\nlift stuck\nlift again\n\n[beat stuck] by owner\nnote: {guest} is stuck between two floors\nnote: lift stopped, {guest} in it\n\
prose: The lift has stopped with {guest} in it.\nprose: Somebody pressed the bell, it was {guest}.\nkeep: emergency no {ref}\ntodo later: lift, ask for the bill\n\n\
[beat out] by owner +20..60m if ends=well\nnote: out after {minutes} min\nnote: door opened, {minutes} min\nprose: After {minutes} minutes the door opened.\n\
prose: They are out.\n\n[beat later] by owner +1..2d\nnote: bill will come\nnote: they send a bill\nprose: A bill is on its way.\nprose: Of course it costs.\n";

async fn author(program: &Program, server: &LlmServer, arguments: &[&str]) -> (String, bool) {
    let mut command = program.decnet(&["realism", "author", "--llm-backend", "openai"]);
    command.args(arguments).env("DECNET_REALISM_URL", server.url()).env("DECNET_REALISM_MODEL", "m");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (printed.replace(&server.url(), "http://SERVER"), output.status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storyline_is_asked_for_until_it_has_no_mistake_and_added_to_the_folder() {
    let bad = STORY.replace("door opened, {minutes} min", "door opened, 480 s");
    let server = LlmServer::start(Mood::ByWord(vec![
        ("It has these mistakes", Answer::of(&format!("Here it is:\n```\n{STORY}```\n"))),
        ("Write one storyline", Answer::of(&bad)),
    ]))
    .await;
    let program = Program::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (printed, is_ok) = author(&program, &server, &["--role", "manager", "--content-dir", path]).await;
    assert!(is_ok, "{printed}");
    insta::assert_snapshot!(printed.replace(path, "FOLDER"));
    let asked = server.asked();
    assert!(asked.len() == 2 && asked[1].contains("the figure 480 stands in a text"), "{asked:?}");
    assert!(asked[0].contains("\"max_tokens\":4000"), "{}", asked[0]);
    let file = folder.path().join("en/stories-manager.txt");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), STORY);
    // A second one of that name is refused, and what is there stays.
    let (printed, is_ok) = author(&program, &server, &["--role", "manager", "--content-dir", path]).await;
    assert!(!is_ok && printed.contains("there is a storyline stuck-lift already"), "{printed}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), STORY);
    // What was written is told of by the people of that family.
    program.ok(&["realism", "check-content", path]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_off_or_no_storyline_leaves_nothing() {
    let program = Program::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (answer, told) in [
        (Answer::of("I would rather write a poem."), "there is no line [story NAME]"),
        (Answer::cut(STORY), "it is longer than 4000 tokens"),
    ] {
        let server = LlmServer::start(Mood::Answer(answer)).await;
        let (printed, is_ok) = author(&program, &server, &["--role", "hr", "--content-dir", path]).await;
        assert!(!is_ok && printed.contains(told), "{printed}");
        assert_eq!(server.asked().len(), 3);
    }
    assert!(!folder.path().join("en").exists());
    let (printed, is_ok) =
        author(&program, &LlmServer::start(Mood::Reset).await, &["--role", "cook", "--content-dir", path]).await;
    assert!(!is_ok && printed.contains("a family is one of sysadmin, developer"), "{printed}");
}
