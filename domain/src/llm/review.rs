//! The review of an answer: what can be repaired is, and the rest is refused with a reason; a text from templates
//! then takes its place.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::civil::Date;

use super::raw_answer::{AnswerEnd, RawAnswer};
use super::repair::{as_list, plain, shortened, signed, unfenced, whole_part, without_markdown};
use super::script_check::{self, ScriptFault};
use super::tells::ModelTells;
use super::text_kind::TextKind;
use super::verdict::{Accepted, Rejection, Repair, excerpt};
use crate::fleet::is_telling;
use crate::persona::{ModelProse, Persona};

/// What an answer is held against.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What for.
    pub kind: TextKind,
    /// Whose it is to be.
    pub persona: &'a Persona,
    /// The day it is written.
    pub today: Date,
    /// What was asked.
    pub prompt: &'a str,
}

/// The shortest text, in characters.
const SHORTEST: usize = 8;

/// Reviews an answer. An accepted text is at least 8 characters long and at most 12,000 bytes and a line end.
///
/// # Errors
/// With the reason, for an answer that can't be repaired.
pub fn review(tells: &ModelTells, answer: &RawAnswer, wanted: &Wanted<'_>) -> Result<Accepted, Rejection> {
    let mut draft = Draft { text: clean(&answer.text), subject: None, repairs: Vec::new() };
    draft.unwrap(tells, answer.end, wanted)?;
    if let Some(subject) = &draft.subject {
        refuse_words(tells, subject, wanted)?;
    }
    draft.fill_in(tells, wanted);
    refuse_words(tells, &draft.text, wanted)?;
    refuse_form(tells, &draft.text, wanted)?;
    draft.shape(wanted)?;
    draft.finish(tells, wanted)
}

/// Line ends as they are here, and no control characters.
fn clean(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.retain(|c| c == '\n' || c == '\t' || !c.is_control());
    text
}

/// Refuses marks of chat templates.
fn refuse_marks(tells: &ModelTells, text: &str) -> Result<(), Rejection> {
    tells.marks.control_token(text).map_or(Ok(()), |mark| Err(Rejection::ControlToken(mark)))
}

/// Refuses words that must not stand on a decoy, in a subject or in a text.
fn refuse_words(tells: &ModelTells, text: &str, wanted: &Wanted<'_>) -> Result<(), Rejection> {
    refuse_marks(tells, text)?;
    if let Some(words) = tells.refusal_in(text) {
        return Err(Rejection::Refusal(words));
    }
    if is_telling(text) {
        return Err(Rejection::Telling);
    }
    if let Some(gap) = tells.placeholder_in(text) {
        return Err(Rejection::Placeholder(gap));
    }
    match echo_of(text, wanted.prompt) {
        Some(piece) => Err(Rejection::Echo(excerpt(piece))),
        None => Ok(()),
    }
}

/// Refuses what has another form than was asked for.
fn refuse_form(tells: &ModelTells, text: &str, wanted: &Wanted<'_>) -> Result<(), Rejection> {
    if let Some(line) = repeated_line(text) {
        return Err(Rejection::Repetitive(excerpt(line)));
    }
    if matches!(wanted.kind, TextKind::Note | TextKind::Todo) && tells.is_letter(text) {
        return Err(Rejection::Letter);
    }
    Ok(())
}

/// An answer while it is repaired.
struct Draft {
    text: String,
    subject: Option<String>,
    repairs: Vec<Repair>,
}

impl Draft {
    /// Takes over a repaired text, if there was something to repair.
    fn take(&mut self, repaired: Option<impl Into<String>>, repair: Repair) {
        if let Some(text) = repaired {
            self.text = text.into();
            if !self.repairs.contains(&repair) {
                self.repairs.push(repair);
            }
        }
    }

    /// Takes off what stands around the text itself: thinking, fences, remarks, header lines.
    fn unwrap(&mut self, tells: &ModelTells, end: AnswerEnd, wanted: &Wanted<'_>) -> Result<(), Rejection> {
        let answer = tells.marks.answer_of(&self.text)?;
        if answer.len() != self.text.len() {
            self.take(Some(answer.trim().to_owned()), Repair::Thinking);
        }
        // Before anything is cut off: half a mark isn't known any more.
        refuse_marks(tells, &self.text)?;
        self.take(unfenced(&self.text, wanted.kind), Repair::Fence);
        self.take(tells.without_preamble(&self.text).map(ToOwned::to_owned), Repair::Preamble);
        self.take(tells.without_closing(&self.text).map(ToOwned::to_owned), Repair::Closing);
        self.take(shortened(&self.text).map(ToOwned::to_owned), Repair::Cut);
        if wanted.kind == TextKind::Mail {
            (self.subject, self.text) = tells.headers.split(&self.text);
        }
        if end == AnswerEnd::TokenLimit {
            let whole = whole_part(&self.text, wanted.kind).ok_or(Rejection::CutOff)?;
            if whole.len() != self.text.trim_end().len() {
                self.take(Some(whole.to_owned()), Repair::Cut);
                if wanted.kind == TextKind::Mail {
                    // Its goodbye was cut off, and people sign.
                    let name = wanted.persona.first_name();
                    self.take(Some(alloc::format!("{}\n\n{name}", self.text)), Repair::Name);
                }
            }
        }
        Ok(())
    }

    /// Puts the writer's name into the room that a model has left for it.
    fn fill_in(&mut self, tells: &ModelTells, wanted: &Wanted<'_>) {
        self.take(tells.with_writer(&self.text, wanted.persona.first_name()), Repair::Name);
    }

    /// Gives the text the form that its kind has.
    fn shape(&mut self, wanted: &Wanted<'_>) -> Result<(), Rejection> {
        if wanted.persona.model_prose == ModelProse::Suppressed || wanted.kind == TextKind::Script {
            self.take(Some(plain(&self.text)).filter(|plain| *plain != self.text), Repair::Punctuation);
            self.subject = self.subject.take().map(|subject| plain(&subject));
        }
        match wanted.kind {
            TextKind::Mail => {
                self.take(signed(&self.text, wanted.persona.first_name()), Repair::Name);
                let bare = without_markdown(&self.text);
                self.take(Some(bare).filter(|bare| bare.trim_end() != self.text.trim_end()), Repair::Markdown);
            }
            TextKind::Todo => {
                let (list, is_changed) = as_list(&self.text).ok_or(Rejection::NoList)?;
                self.take(is_changed.then_some(list), Repair::List);
            }
            TextKind::Script => {
                self.text = self.text.trim_start().to_owned();
                if !self.text.starts_with("#!") {
                    let first = script_check::shebang_of(&self.text);
                    let first = first.ok_or(Rejection::Script(ScriptFault::UnknownLanguage))?;
                    self.take(Some(alloc::format!("{first}\n{}", self.text)), Repair::Shebang);
                }
                script_check::check(&self.text).map_err(Rejection::Script)?;
            }
            TextKind::Note | TextKind::Draft => {}
        }
        Ok(())
    }

    /// The last checks, on the text as it would be written.
    fn finish(mut self, tells: &ModelTells, wanted: &Wanted<'_>) -> Result<Accepted, Rejection> {
        // Boxes and names make a text longer than it was.
        self.take(shortened(&self.text).map(ToOwned::to_owned), Repair::Cut);
        let trimmed = self.text.trim();
        if trimmed.chars().count() < SHORTEST {
            return Err(Rejection::TooShort);
        }
        let language = wanted.persona.language;
        if wanted.kind != TextKind::Script
            && let Some(found) = tells.other_language(trimmed, language)
        {
            let (wanted, found) = (language.as_str().to_owned(), found.as_str().to_owned());
            return Err(Rejection::Language { wanted, found });
        }
        if let Some(day) = later_day_in(trimmed, wanted.today) {
            return Err(Rejection::Future(day.to_owned()));
        }
        let mut text = trimmed.to_owned();
        text.push('\n');
        let subject = self.subject.map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
        Ok(Accepted { subject, text, repairs: self.repairs })
    }
}

/// A line of 20 bytes or more that comes three times, as it does with models that have lost their way.
fn repeated_line(text: &str) -> Option<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|l| l.len() >= 20).collect();
    lines.sort_unstable();
    lines.chunk_by(|a, b| a == b).find(|same| same.len() >= 3).and_then(|same| same.first().copied())
}

/// A long piece of what was asked, if the answer holds one.
fn echo_of<'p>(text: &str, prompt: &'p str) -> Option<&'p str> {
    let mut pieces = prompt.split(['\n', '.']).map(str::trim).filter(|piece| piece.len() >= 40);
    pieces.find(|piece| text.contains(piece))
}

/// A day that is written out (2026-12-24) and lies after today, or is none.
fn later_day_in(text: &str, today: Date) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len().saturating_sub(9)).find_map(|at| {
        let shape =
            [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|n| is_digit(at + n)) && bytes[at + 4] == b'-' && bytes[at + 7] == b'-';
        let day = text.get(at..at + 10).filter(|_| shape)?;
        day.parse::<Date>().map_or(true, |day| day > today).then_some(day)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::test_support::writer;
    use jiff::civil::date;
    use proptest::prelude::*;

    std::thread_local!(static CONTENT: Content = Content::embedded().unwrap());

    fn look(answer: &str, kind: TextKind, language: &str) -> Result<Accepted, Rejection> {
        let persona = writer("Ann Lee", "Sysadmin", language);
        let prompt = "Write the text of a short note that you keep for yourself about the backup of db-01.";
        let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt };
        CONTENT.with(|content| review(content.model_tells(), &RawAnswer::complete(answer), &wanted))
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
            (
                "fr",
                "Le disque est plein et nous avons une réunion avec le fournisseur pour la suite, mais pas sur place.",
            ),
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
            alloc::format!(
                "<|begin_of_thought|>{THOUGHT}<|end_of_thought|><|begin_of_solution|>{TEXT}<|end_of_solution|>"
            ),
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
            let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt: "x" };
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
            let wanted = Wanted { kind, persona: &persona, today: date(2026, 11, 3), prompt: "x" };
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
}
