use super::*;
use crate::content::Content;
use crate::content_class::TemplateClass;
use crate::naming::make_path;
use crate::path::DeckyPath;
use crate::test_support::{Stand, tuesday, writer};
use alloc::borrow::ToOwned;
use jiff::Zoned;
use jiff::civil::date;
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use std::vec::Vec;

const USER: [TextClass; 4] = [TextClass::Note, TextClass::Todo, TextClass::Draft, TextClass::Script];
const ALL: [FileClass; 5] = [
    FileClass::Text(TextClass::Note),
    FileClass::Text(TextClass::Todo),
    FileClass::Text(TextClass::Draft),
    FileClass::Text(TextClass::Script),
    FileClass::CacheTmp,
];

/// Read once: properties ask for it thousands of times.
fn content() -> &'static Content {
    static CONTENT: std::sync::OnceLock<Content> = std::sync::OnceLock::new();
    CONTENT.get_or_init(|| Content::embedded().unwrap())
}

/// Ann writes, in this language and job.
fn in_words<T>(
    (role, language): (&str, &str),
    written: Zoned,
    seed: u64,
    content: &Content,
    f: impl FnOnce(&mut TextGenerator<'_>) -> T,
) -> T {
    let people = ["Ann Lee", "Bob Ray", "Cy Orr"].map(|name| writer(name, role, language));
    let stand = Stand::new(people.into(), content);
    let context = stand.context(0, written);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    f(&mut TextGenerator::new(content.pack(stand.people[0].language), &context, &mut rng))
}

fn in_context<T>(written: Zoned, seed: u64, content: &Content, f: impl FnOnce(&mut TextGenerator<'_>) -> T) -> T {
    in_words(("Engineer", "en"), written, seed, content, f)
}

fn make(class: FileClass, seed: u64, content: &Content) -> (DeckyPath, Written) {
    in_context(tuesday(), seed, content, |generator| {
        let path = make_path(class, generator).unwrap();
        let written = make_body(class, generator);
        (path, written)
    })
}

/// What a reviewer reads: every class in every language.
#[test]
fn bodies_of_every_class_and_language() {
    let content = content();
    let roles = ["System Administrator", "Developer", "Finance", "HR", "Sales", "Support", "Manager"];
    for language in content.languages() {
        let code = alloc::string::ToString::to_string(&language);
        for class in USER {
            let shown: Vec<_> = roles
                .iter()
                .zip(0_u64..)
                .filter(|(_, n)| class != TextClass::Script || n % 2 == 0)
                .map(|(role, seed)| {
                    in_words((role, &code), tuesday(), seed, content, |generator| {
                        let path = make_path(FileClass::Text(class), generator).unwrap();
                        let written = make_body(FileClass::Text(class), generator);
                        let text: Vec<&str> = written.body.text().lines().take(24).collect();
                        alloc::format!("--- {role} {}\n{}\n", path, text.join("\n"))
                    })
                })
                .collect();
            let name = alloc::format!(
                "{code}_{}",
                crate::content_class::ContentClass::from(TemplateClass::from(FileClass::Text(class)))
            );
            insta::assert_snapshot!(name, shown.join("\n"));
        }
    }
}

#[test]
fn how_files_go_on() {
    let content = content();
    for class in USER {
        let (_, first) = make(FileClass::Text(class), 11, content);
        let mut shown = alloc::vec![first.body.text().to_owned()];
        for seed in 0..5 {
            let previous = shown.last().unwrap().clone();
            let next = in_context(tuesday(), seed, content, |generator| next_iteration(class, &previous, generator));
            shown.push(next.map_or(previous, |n| n.body.text().to_owned()));
        }
        insta::assert_snapshot!(
            alloc::format!(
                "next_{}",
                crate::content_class::ContentClass::from(TemplateClass::from(FileClass::Text(class)))
            ),
            shown.join("\n=====\n")
        );
    }
}

#[test]
fn a_list_is_ticked_added_to_reordered_and_keeps_its_style() {
    let content = content();
    let list = "* [x] ONE\n* [ ] TWO\n* [ ] THREE\n* [ ] FOUR";
    let mut saw = std::collections::BTreeSet::new();
    for seed in 0..400 {
        let next = in_context(tuesday(), seed, content, |generator| todo::next(list, generator));
        assert_ne!(next.trim_end(), list, "something happens");
        for item in ["ONE", "TWO", "THREE", "FOUR"] {
            assert!(next.contains(item), "{next}");
        }
        let items: Vec<&str> = next.lines().filter(|l| l.contains("[ ]") || l.contains("[x]")).collect();
        assert!(items.iter().all(|l| l.starts_with("* [")), "{next}");
        saw.insert((next.matches("[x]").count() > 1, items.len() > 4, next.find("FOUR") < next.find("THREE")));
    }
    assert!(saw.contains(&(true, false, false)), "ticked");
    assert!(saw.contains(&(false, true, false)), "added");
    assert!(saw.contains(&(true, true, false)), "both");
    assert!(saw.iter().any(|(_, _, moved)| *moved), "reordered");
    for (list, bullet) in [("- [x] a\n- [x] b\n", "- [ ] "), ("[x] a\n", "[ ] "), ("- a\n", "- "), ("", "- [ ] ")] {
        let next = in_context(tuesday(), 1, content, |generator| todo::next(list, generator));
        assert!(next.lines().any(|l| l.starts_with(bullet) && l != "- a"), "{next}");
    }
}

#[test]
fn what_has_grown_too_long_is_trimmed_or_left_for_another() {
    let content = content();
    let long =
        (0..200).fold(alloc::string::String::new(), |text, n| alloc::format!("{text}line {n} of a very old note\n"));
    let (mut trimmed, mut left) = (0, 0);
    for seed in 0..60 {
        match in_words(("Engineer", "de"), tuesday(), seed, content, |generator| note::next(&long, generator)) {
            Some(next) => {
                assert!(next.lines().count() < 160 && next.contains("line 0 ") && next.contains("line 199 "));
                trimmed += 1;
            }
            None => left += 1,
        }
    }
    assert!(trimmed > 5 && left > 5, "{trimmed} {left}");
}

#[test]
fn a_days_name_is_the_days() {
    // Whatever is dated: "Tue 3/11" is a Tuesday. Dates in English bodies are checked against the calendar.
    let content = content();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut seen = 0;
    // Each has a way of their own to date things.
    let people = ["Ann Lee", "Bob Ray", "Cy Orr", "Dee Fox", "Eve Low"].map(|name| writer(name, "Engineer", "en"));
    let stand = Stand::new(people.into(), content);
    for seed in 0..2_500_u64 {
        let context = stand.context(usize::try_from(seed % 5).unwrap(), tuesday());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut generator = TextGenerator::new(content.pack(crate::persona::Language::EN), &context, &mut rng);
        let class = FileClass::Text(USER[usize::try_from(seed % 3).unwrap()]);
        drop(make_path(class, &mut generator));
        let written = make_body(class, &mut generator);
        for line in written.body.text().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            for pair in words.windows(2) {
                let Some(weekday) = days.iter().position(|d| d.eq_ignore_ascii_case(pair[0].trim_start_matches('#')))
                else {
                    continue;
                };
                let Some((day, month)) = pair[1].trim_end_matches([',', ':']).split_once('/') else { continue };
                let (Ok(day), Ok(month)) = (day.parse::<i8>(), month.parse::<i8>()) else { continue };
                let day = date(2026, month, day);
                assert_eq!(usize::try_from(day.weekday().to_monday_zero_offset()).unwrap(), weekday, "{line}");
                assert!(day <= tuesday().date());
                seen += 1;
            }
        }
    }
    assert!(seen > 5, "{seen}");
}

#[test]
fn scripts_have_a_shebang_and_are_run_by_what_their_name_says() {
    let content = content();
    for seed in 0..300 {
        let (path, written) = make(FileClass::Text(TextClass::Script), seed, content);
        let first = written.body.text().lines().next().unwrap().to_owned();
        let python = path.as_str().ends_with(".py");
        assert!(first.starts_with("#!/"), "{first}");
        assert_eq!(first.contains("python"), python, "{path} {first}");
    }
}

proptest! {
    #[test]
    fn no_path_holds_a_time_stamp_without_separators(class in prop::sample::select(&ALL[..]), seed: u64) {
        let (path, _) = make(class, seed, content());
        let longest = path.as_str().split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap();
        prop_assert!(longest <= 6, "{}", path);
    }

    #[test]
    fn nothing_written_gives_the_game_away(class in prop::sample::select(&ALL[..]), seed: u64) {
        let (path, written) = make(class, seed, content());
        prop_assert!(!crate::fleet::is_telling(written.body.text()));
        prop_assert!(!crate::fleet::is_telling(path.as_str()));
        prop_assert!(written.body.text().is_ascii(), "plain ASCII punctuation");
        prop_assert!(written.body.text().ends_with('\n'));
        prop_assert!(!written.body.text().contains("{@") && !written.body.text().contains("{="), "an unfilled slot");
    }

    #[test]
    fn an_edit_keeps_what_was_there(
        class in prop::sample::select(&USER[..]),
        previous in "([a-z]{3,9}( [a-z]{3,9}){0,6}[.]?\n){0,6}", seed: u64,
    ) {
        let content = content();
        let next = in_words(("Engineer", "de"), tuesday(), seed, content, |generator| {
            next_iteration(class, &previous, generator)
        });
        let next = next.unwrap();
        // One line may be mended or settled; nothing else goes.
        let lost = previous.lines().filter(|line| !next.body.text().lines().any(|l| l.starts_with(line))).count();
        prop_assert!(lost <= 1, "{}", next.body.text());
    }

    #[test]
    fn no_text_makes_an_edit_panic(
        class in prop::sample::select(&USER[..]),
        previous in "(\\PC|\n|\\[ \\]|=7|v0\\.3|#!|TODO){0,120}", seed: u64,
    ) {
        let content = content();
        in_context(tuesday(), seed, content, |generator| {
            drop(next_iteration(class, &previous, generator));
        });
    }

    #[test]
    fn the_same_seed_writes_the_same_bytes(class in prop::sample::select(&ALL[..]), seed: u64) {
        let content = content();
        prop_assert_eq!(make(class, seed, content), make(class, seed, content));
    }
}
