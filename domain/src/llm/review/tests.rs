use super::*;
use crate::content::Content;
use crate::test_support::writer;
use jiff::civil::date;
use proptest::prelude::*;

std::thread_local!(static CONTENT: Content = Content::embedded().unwrap());

fn asked(text: &str, told: &str) -> Prompt {
    Prompt { text: alloc::format!("{text}{told}"), told: told.to_owned(), mannerisms: Vec::new() }
}

fn look(answer: &str, kind: TextKind, language: &str) -> Result<Accepted, Rejection> {
    let persona = writer("Ann Lee", "Sysadmin", language);
    let prompt = &asked("Write the text of a short note that you keep for yourself about the backup of db-01.", "");
    let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt };
    CONTENT.with(|content| review(content.model_tells(), &RawAnswer::complete(answer), &wanted))
}

#[test]
fn figures_are_those_that_were_told_and_what_was_told_may_be_repeated() {
    let told =
        "\n- Tuesday, 3 November, 10:12: the invoice over 1,480.50 EUR came back, nobody knows the order 20618\n";
    let persona = writer("Ann Lee", "Finance", "en");
    let look = |answer: &str, told: &str| {
        let prompt = &asked("Write a note. Today is Tuesday, 3 November 2026.", told);
        let wanted = Wanted { kind: TextKind::Note, persona: &persona, today: date(2026, 11, 3), prompt };
        CONTENT.with(|content| review(content.model_tells(), &RawAnswer::complete(answer), &wanted).map(|a| a.text))
    };
    for fine in [
        "invoice 1,480.50 came back, order 20618?",
        "the invoice over 1,480.50 EUR came back, nobody knows the order 20618",
        "called twice, 10:12 and 10:40, since 2026",
    ] {
        assert_eq!(look(fine, told), Ok(alloc::format!("{fine}\n")));
    }
    assert_eq!(look("the invoice is 1,940.50, of order 20618", told), Err(Rejection::Invented("940".to_owned())));
    assert!(look("the invoice is 1,940.50, of order 20618", "").is_ok());
}

#[test]
fn what_can_be_repaired_is() {
    for (answer, kind, text, repairs) in [
        (
            "Sure, here is your note:\n\nThe backup of db-01 is still not done, and the disk is full.\n\nLet me know if you need anything else!",
            TextKind::Note,
            "The backup of db-01 is still not done, and the disk is full.\n",
            &[Repair::Preamble, Repair::Closing][..],
        ),
        (
            "The disk is full \u{2014} and it\u{2019}s the same on db-01\u{2026}",
            TextKind::Note,
            "The disk is full - and it's the same on db-01...\n",
            &[Repair::Punctuation],
        ),
        (
            "1. check the disk of db-01\n2. call the vendor\n3. tell Bob about it",
            TextKind::Todo,
            "- [ ] check the disk of db-01\n- [ ] call the vendor\n- [ ] tell Bob about it\n",
            &[Repair::List],
        ),
        (
            "Here's a script:\n```bash\nset -e\nfor f in /var/log/*.gz; do\n  du -h \"$f\"\ndone\n```\nThis prints sizes.",
            TextKind::Script,
            "#!/bin/bash\nset -e\nfor f in /var/log/*.gz; do\n  du -h \"$f\"\ndone\n",
            &[Repair::Fence, Repair::Shebang],
        ),
        (
            "## Plan\n\n**Bob**, the plan is as we said, and the date is fine.\n\n[Your Name]",
            TextKind::Mail,
            "Plan\n\nBob, the plan is as we said, and the date is fine.\n\nAnn\n",
            &[Repair::Name, Repair::Markdown],
        ),
        (
            "Hi Bob,\n\nthe disk of db-01 is full, and we have to call the vendor.\n\nBest regards,\nMike",
            TextKind::Mail,
            "Hi Bob,\n\nthe disk of db-01 is full, and we have to call the vendor.\n\nBest regards,\nAnn\n",
            &[Repair::Name],
        ),
    ] {
        let accepted = look(answer, kind, "en").unwrap_or_else(|e| panic!("{answer}: {e}"));
        assert_eq!((accepted.text.as_str(), accepted.repairs.as_slice()), (text, repairs));
    }
}

#[test]
fn what_cannot_be_repaired_is_refused() {
    for (answer, kind, reason) in [
        ("ok", TextKind::Note, Rejection::TooShort),
        (
            "As an AI, I have no access to the server and can't write this.",
            TextKind::Note,
            Rejection::Refusal("as an ai".to_owned()),
        ),
        (
            "Call [Company Name] about the contract and the price of the new disks.",
            TextKind::Note,
            Rejection::Placeholder("[Company Name]".to_owned()),
        ),
        ("The honeypot on web-01 needs a new disk and more memory.", TextKind::Note, Rejection::Telling),
        (
            "Write the text of a short note that you keep for yourself about the backup of db-01. The disk is full.",
            TextKind::Note,
            Rejection::Echo("Write the text of a short note that you keep for yourself ab".to_owned()),
        ),
        (
            "El disco de la base de datos está lleno y no hay copia de los datos para la prueba.",
            TextKind::Note,
            Rejection::Language { wanted: "en".to_owned(), found: "es".to_owned() },
        ),
        (
            "The certificate of db-01 was renewed on 2026-12-24 and is fine now.",
            TextKind::Note,
            Rejection::Future("2026-12-24".to_owned()),
        ),
        (
            "The certificate of db-01 was renewed on 2024-17-31 and is fine now.",
            TextKind::Note,
            Rejection::Future("2024-17-31".to_owned()),
        ),
        (
            "Ticket 123, xxx-xyz, the disk of db-01 is full and has to be changed.",
            TextKind::Note,
            Rejection::Placeholder("xxx".to_owned()),
        ),
        ("Dear Viktor,\n\nthe disk of db-01 is full and has to be changed.", TextKind::Note, Rejection::Letter),
        (
            "The disk of db-01 is full.\nIt was full before.\nThe disk of db-01 is full.\nSo it is.\nThe disk of db-01 is full.",
            TextKind::Note,
            Rejection::Repetitive("The disk of db-01 is full.".to_owned()),
        ),
        (
            "The disk is full. Do not ask for any more instructions than you need.",
            TextKind::Note,
            Rejection::Refusal("any more instructions".to_owned()),
        ),
        (
            "This is a long paragraph about all of the things that are to be done in the next days, and it is no list at all.",
            TextKind::Todo,
            Rejection::NoList,
        ),
        (
            "#!/bin/bash\nif [ -f /etc/x ]; then\n  echo \"yes\n",
            TextKind::Script,
            Rejection::Script(ScriptFault::Unclosed),
        ),
        (
            "#!/usr/bin/env python3\nimport os\nfor x in range(3)\n    print(x)\n",
            TextKind::Script,
            Rejection::Script(ScriptFault::MissingColon),
        ),
        (
            "This script does the backup of everything that is there.",
            TextKind::Script,
            Rejection::Script(ScriptFault::UnknownLanguage),
        ),
        ("#!/bin/bash\n#!/usr/bin/zsh\na\nb\nc\n", TextKind::Script, Rejection::Script(ScriptFault::SecondShebang)),
        (
            "#!/bin/bash\necho \"Hi. Welcome to web-01. It's a nice day.\"\n",
            TextKind::Script,
            Rejection::Script(ScriptFault::Trivial),
        ),
    ] {
        assert_eq!(look(answer, kind, "en"), Err(reason), "{answer}");
    }
}

#[test]
fn a_checkbox_and_a_case_are_no_placeholders_and_no_errors() {
    assert_eq!(
        look("- [ ] call Bob about the disk\n- [x] mail to the vendor\n", TextKind::Todo, "en").unwrap().repairs,
        []
    );
    let script = "#!/bin/bash\ncase \"$1\" in\n  start) echo \"it's on\" ;;\n  *) exit 1 ;;\nesac\n";
    assert_eq!(look(script, TextKind::Script, "en").unwrap().text, script);
}

#[test]
fn every_language_of_ours_is_known_as_itself() {
    for (language, text) in [
        ("en", "The disk of the server is full and we have to clean it with care, but not on the weekend."),
        ("de", "Die Platte ist voll und wir müssen noch einmal mit dem Anbieter reden, das ist nicht gut."),
        ("es", "El disco está lleno y hay que hablar con el proveedor para una oferta, pero no por la tarde."),
        ("pt", "O disco está cheio e não há cópia dos dados, mas já falei com o fornecedor para uma oferta."),
        ("fr", "Le disque est plein et nous avons une réunion avec le fournisseur pour la suite, mais pas sur place."),
        ("it", "Il disco è pieno e non ci sono copie, ma si parla con il fornitore per una offerta da subito."),
        ("nl", "De schijf is vol en we zijn nog niet klaar met het overzetten van een server, dat is voor later."),
    ] {
        for other in ["en", "de", "es", "pt", "fr", "it", "nl"] {
            assert_eq!(look(text, TextKind::Note, other).is_ok(), other == language, "{language} as {other}");
        }
    }
}

/// What thinking models send around one and the same text.
#[test]
fn thinking_is_removed_and_what_is_only_thinking_is_refused() {
    const TEXT: &str = "The disk on the backup host fills faster than last month, and nobody knows why.";
    const THOUGHT: &str =
        "Okay, the user wants me to write this as the persona.\nWait, not the prompt. Let me draft it.";
    for answer in [
        alloc::format!("<think>\n{THOUGHT}\n</think>\n\n{TEXT}"),
        alloc::format!("<think>\n\n</think>\n\n{TEXT}"),
        alloc::format!("{THOUGHT}\n</think>\n\n{TEXT}"),
        alloc::format!("<THINKING>{THOUGHT}</Thinking>{TEXT}"),
        alloc::format!("<think>a</think>b<think>{THOUGHT}</think>{TEXT}"),
        alloc::format!("Thinking...\n{THOUGHT}\n...done thinking.\n\n{TEXT}"),
        alloc::format!("[THINK]{THOUGHT}[/THINK]{TEXT}"),
        alloc::format!("◁think▷{THOUGHT}◁/think▷{TEXT}"),
        alloc::format!(
            "<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{TEXT}"
        ),
        alloc::format!("<|channel|>final <|constrain|>text<|message|>{TEXT}<|return|>"),
        alloc::format!("analysis{THOUGHT}assistantfinal{TEXT}"),
        alloc::format!("<think>{THOUGHT}</think><answer>{TEXT}</answer>"),
        alloc::format!("<|begin_of_thought|>{THOUGHT}<|end_of_thought|><|begin_of_solution|>{TEXT}<|end_of_solution|>"),
    ] {
        let accepted = look(&answer, TextKind::Note, "en").unwrap_or_else(|e| panic!("{answer}: {e}"));
        assert_eq!(
            (accepted.text.trim_end(), accepted.repairs.as_slice()),
            (TEXT, &[Repair::Thinking][..]),
            "{answer}"
        );
    }
    for answer in [
        alloc::format!("<think>\n{THOUGHT}"),
        alloc::format!("<think>\n{THOUGHT}</think>"),
        alloc::format!("{TEXT}\n<think>{THOUGHT}"),
        alloc::format!("<think>a</think>{TEXT}<thinking>"),
        alloc::format!("Thinking...\n{THOUGHT}"),
        alloc::format!("<|channel|>analysis<|message|>{THOUGHT}"),
    ] {
        assert_eq!(look(&answer, TextKind::Note, "en"), Err(Rejection::OnlyThinking), "{answer}");
    }
    // Without any mark, its own words give it away.
    assert!(matches!(look(THOUGHT, TextKind::Note, "en"), Err(Rejection::Refusal(_))));
}

#[test]
fn whatever_keeps_a_control_token_is_refused() {
    for (mark, told) in [
        ("<|im_end|>\n<|im_start|>user\nThanks", "<|im_end|>"),
        ("<|eot_id|>", "<|eot_id|>"),
        ("</s>", "</s>"),
        ("[/INST] Thanks", "[/inst]"),
        ("<end_of_turn>", "<end_of_turn>"),
        ("<｜end▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("<|fim_middle|>", "<|fim_middle|>"),
        ("<|im_e", "<|im_e"),
    ] {
        for kind in [TextKind::Note, TextKind::Mail] {
            let answer = alloc::format!("The disk on the backup host is nearly full, and nobody knows why.{mark}");
            assert_eq!(look(&answer, kind, "en"), Err(Rejection::ControlToken(told.to_owned())), "{answer}");
        }
    }
    // Neither is one: a pipe behind a redirection, and a comparison.
    let script = "#!/bin/bash\nset -eu\nsort <list |uniq >out\nif [ 1 -lt 2 ]; then ls; fi\n";
    assert_eq!(look(script, TextKind::Script, "en").map(|a| a.text), Ok(script.to_owned()));
}

#[test]
fn what_was_cut_at_the_token_limit_ends_after_a_whole_sentence_or_is_refused() {
    let persona = writer("Ann Lee", "Sysadmin", "en");
    let cut = |text: &str, kind: TextKind| {
        let answer = RawAnswer { text: text.to_owned(), end: AnswerEnd::TokenLimit };
        let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt: &asked("x", "") };
        CONTENT.with(|content| review(content.model_tells(), &answer, &wanted))
    };
    let mail =
        "Subject: Disk\n\nHi,\n\nthe disk is nearly full again, and we have to talk to the vendor. I have put the";
    let accepted = cut(mail, TextKind::Mail).unwrap();
    assert_eq!(accepted.subject.as_deref(), Some("Disk"));
    assert_eq!(accepted.text, "Hi,\n\nthe disk is nearly full again, and we have to talk to the vendor.\n\nAnn\n");
    assert_eq!(accepted.repairs, [Repair::Cut, Repair::Name]);
    assert_eq!(cut("Hi,\n\nthe disk is nearly full again, and we", TextKind::Mail), Err(Rejection::CutOff));
    assert_eq!(cut("#!/bin/bash\nset -eu\nls\ndf\nmount | gr", TextKind::Script), Err(Rejection::CutOff));
    // The limit, and yet whole.
    assert_eq!(cut("The disk is full, once more.", TextKind::Note).map(|a| a.repairs), Ok(Vec::new()));
}

#[test]
fn a_subject_is_found_in_whatever_comes_back() {
    let body = "the point: it is full.";
    for (answer, subject) in [
        ("Subject: Disk\n\nthe point: it is full.", Some("Disk")),
        ("**Subject:** Disk on db-01\n\nthe point: it is full.", Some("Disk on db-01")),
        ("Betreff: Platte\nVon: a\nTo: b\n\nthe point: it is full.", Some("Platte")),
        ("{\"subject\": \"Disk\", \"body\": \"the point: it is full.\"}", Some("Disk")),
        ("{\"text\": \"the point: it is full.\"}", None),
        ("the point: it is full.", None),
    ] {
        let accepted = look(answer, TextKind::Mail, "en").unwrap_or_else(|e| panic!("{answer}: {e}"));
        assert_eq!((accepted.subject.as_deref(), accepted.text.trim_end()), (subject, body), "{answer}");
    }
    let telling = "Subject: As an AI\n\nthe disk is full again.";
    assert!(matches!(look(telling, TextKind::Mail, "en"), Err(Rejection::Refusal(_))));
}

/// Pieces that answers are made of, so that the draws meet the repairs and the refusals.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "(?s).{0,80}",
        proptest::sample::select(alloc::vec![
            "<think>",
            "</think>",
            "<|channel|>final",
            "<|message|>",
            "```",
            "- [ ] ",
            "[Your Name]",
            "<name>",
            "Subject: ",
            "#!/bin/bash\n",
            "if ",
            "fi\n",
            "<<EOF\n",
            "EOF\n",
            "\n\n",
            "Thinking...\n",
            "\u{2014}",
            "2027-01-01",
            ". ",
            "(",
            "\"",
            "1. ",
            "# ",
            "**",
            "<answer>",
            "</answer>",
            "\u{3002}",
            "é",
            "Sure, here is:\n\n",
            "let me know if you\n",
        ])
        .prop_map(ToOwned::to_owned),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_answer_makes_it_panic_and_what_is_accepted_is_bounded(
        answer in pieces(), times in 1_usize..400, kind in 0_usize..5, is_cut: bool,
    ) {
        let kind = TextKind::ALL[kind];
        let end = if is_cut { AnswerEnd::TokenLimit } else { AnswerEnd::Complete };
        // Long ones as well: the same again and again, up to what an adapter lets through.
        let text: String = answer.repeat(times).chars().take(40_000).collect();
        let persona = writer("Ann Lee", "Sysadmin", "en");
        let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt: &asked("x", "") };
        let result = CONTENT.with(|content| review(content.model_tells(), &RawAnswer { text, end }, &wanted));
        if let Ok(accepted) = result {
            prop_assert!(accepted.text.ends_with('\n'));
            prop_assert!(accepted.text.len() > SHORTEST && accepted.text.len() <= 12_001);
            for mark in ["<think>", "<|channel|>", "<|message|>"] {
                prop_assert!(!accepted.text.contains(mark));
            }
        }
    }
}
