//! What holds for every storyline and every instance of it.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Instance, Participant, Setting, StoryFile, parse};
use crate::content::Content;
use crate::index::PersonaIndex;
use crate::persona::Persona;
use crate::test_support::{Stand, writer};

fn content() -> Content {
    Content::embedded().unwrap()
}

/// One of each family that has storylines, and a few more.
fn people() -> Vec<Persona> {
    let roles =
        ["System Administrator", "Developer", "Sales", "HR", "Finance", "Support", "Managing Director", "Developer"];
    let names = ["Ann Lee", "Bob Ray", "Cy Orr", "Dee Fox", "Eve Low", "Gus Hay", "Ida Kay", "Jon Poe"];
    names.iter().zip(roles).map(|(name, role)| writer(name, role, "en")).collect()
}

/// All instances that go on around a moment, and some before.
fn instances<'a>(stand: &'a Stand<'_>, content: &'a Content, zone: &'a TimeZone) -> Vec<Instance<'a>> {
    let english = crate::persona::Language::EN;
    let setting = Setting {
        world: &stand.world,
        people: &stand.people,
        hosts: &stand.hosts,
        pack: content.pack(english),
        stories: content.stories(english).unwrap(),
        holidays: content.holidays(),
        zone,
        cache: None,
    };
    let start: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let mut found = Vec::new();
    for who in stand.world.people() {
        for lane in 0..4 {
            for week in 0..40 {
                let at = start + SignedDuration::from_hours(7 * 24 * week);
                found.extend(Instance::of(setting, stand.world.work_item(who, lane, at)));
            }
        }
    }
    found
}

#[test]
fn every_text_of_every_instance_is_whole_and_nothing_is_told_before_it_happens() {
    let content = content();
    let (stand, zone) = (Stand::new(people(), &content), TimeZone::UTC);
    let all = instances(&stand, &content, &zone);
    assert!(all.len() > 400, "{}", all.len());
    let mut seen = BTreeSet::new();
    for instance in &all {
        seen.insert(instance.story().name());
        let happenings = instance.happenings();
        assert!((3..=14).contains(&happenings.len()), "{}", instance.story().name());
        assert!(happenings.windows(2).all(|pair| pair[0].at < pair[1].at));
        for happening in happenings {
            let beat = &instance.story().beats()[happening.beat];
            let mails = beat.mails.iter().flat_map(|mail| mail.subjects.iter().chain(&mail.bodies));
            let todos = beat.todos.iter().flat_map(|todo| &todo.texts);
            for text in beat.notes.iter().chain(&beat.prose).chain(&beat.others).chain(todos).chain(mails) {
                let said = instance.text(*text);
                assert!(!said.is_empty() && !said.contains(['{', '}']), "{}: {said}", instance.story().name());
                assert!(!crate::fleet::is_telling(&said), "{said}");
            }
        }
        for keep in happenings.iter().flat_map(|happening| &instance.story().beats()[happening.beat].keeps) {
            let kept = instance.text(*keep);
            assert!(!kept.is_empty() && !crate::fleet::is_telling(&kept), "{kept}");
        }
        let end = happenings.last().unwrap().at;
        if let Some(script) = instance.script(end) {
            assert!(script.body.starts_with("#!") && !crate::fleet::is_telling(&script.body), "{}", script.body);
        }
        for block in instance.draft(end, crate::noise::Key::of(1)) {
            assert!(!block.contains(['{', '}']) && !block.contains("?cause"), "{block}");
        }
        assert!(instance.until(happenings[0].at - SignedDuration::from_secs(1)).is_empty());
    }
    assert!(seen.len() > 40, "{}", seen.len());
}

#[test]
fn whoever_does_something_does_it_at_work() {
    let content = content();
    let (stand, zone) = (Stand::new(people(), &content), TimeZone::UTC);
    let (mut inside, mut all) = (0, 0);
    for instance in instances(&stand, &content, &zone) {
        for happening in instance.happenings() {
            let by = instance.story().beats()[happening.beat].by;
            let Some(Participant::Persona(who)) = instance.parts().get(by) else { continue };
            let local = happening.at.to_zoned(zone.clone());
            let persona = &stand.people[who.get()];
            all += 1;
            inside += usize::from(persona.active_hours.contains(local.time()) && persona.week.has(local.weekday()));
        }
    }
    // A follow-up within the minute may fall behind the end of a day.
    assert!(all > 1_000 && inside * 100 >= all * 97, "{inside} of {all}");
}

#[test]
fn a_storyline_comes_again_only_after_others_and_with_other_facts() {
    let content = content();
    let (stand, zone) = (Stand::new(people(), &content), TimeZone::UTC);
    let mut told: BTreeMap<(PersonaIndex, usize), Vec<(i64, String)>> = BTreeMap::new();
    let mut bodies = BTreeSet::new();
    let mut count = 0;
    for instance in instances(&stand, &content, &zone) {
        let item = *instance.item();
        let row = told.entry((item.owner, item.row)).or_default();
        if row.last().is_none_or(|(round, _)| *round < item.round) {
            row.push((item.round, instance.story().name().to_owned()));
            let beats = instance.happenings().iter().map(|h| &instance.story().beats()[h.beat]);
            let texts: Vec<String> =
                beats.flat_map(|beat| beat.notes.iter().chain(&beat.prose)).map(|text| instance.text(*text)).collect();
            bodies.insert(texts.join("\n"));
            count += 1;
        }
    }
    // Where a storyline has few facts, one in some hundred may come out as another did.
    assert!(bodies.len() * 200 >= count * 199, "{} of {count} instances differ", bodies.len());
    for row in told.values() {
        assert!(row.windows(2).all(|pair| pair[0].1 != pair[1].1), "{row:?}");
    }
}

const STORY: &str = "[story s]\n[facts]\ncause = full | key\nn = 3..4\n[titles]\nthe {cause}\n[beat a] by owner\nnote: one {n}\nprose: One.\n";

fn mistake(text: &str) -> String {
    let file = StoryFile { name: "stories-hr.txt".into(), text: text.to_owned().into() };
    parse::parse(file).map_or_else(|error| format!("{error}"), |_| String::new())
}

#[test]
fn a_mistake_is_told_with_its_line() {
    assert_eq!(mistake(STORY), "");
    for (from, to, told) in [
        ("one {n}", "one {m}", "stories-hr.txt:8: {m} is no slot of this storyline"),
        ("one {n}", "one {n:iso}", "stories-hr.txt:8: {n:iso} is no slot"),
        ("one {n}", "one {@b:iso}", "stories-hr.txt:8: {@b:iso} is no slot"),
        ("one {n}", "one {n", "stories-hr.txt:8: a brace without its other half"),
        ("prose: One.\n", "", "stories-hr.txt:7: the beat a has no note: or no prose:"),
        ("prose: One.", "todo b: x", "stories-hr.txt:9: todo b: there is no later beat of that name"),
        ("prose: One.", "verse: x", "stories-hr.txt:9: \"verse\" is no text of a beat"),
        ("[beat a] by owner", "[beat a] by boss", "stories-hr.txt:7: there is no part boss"),
        ("[beat a] by owner", "[beat a] by owner +", "stories-hr.txt:7: a beat is [beat NAME] by PART"),
        ("[beat a] by owner", "[beat a] by owner +1..2\u{e4}", "stories-hr.txt:7: a beat is [beat NAME] by PART"),
        ("[beat a] by owner", "[beat a] by owner if cause=empty", "stories-hr.txt:7: cause is never empty"),
        ("[beat a] by owner", "[beat a] by owner if n=3", "stories-hr.txt:7: n is no choice"),
        ("n = 3..4", "n = by cause: full => 3", "stories-hr.txt:4: nothing is said for cause = key"),
        ("n = 3..4", "n = day c - 3", "stories-hr.txt:4: there is no beat c"),
        ("n = 3..4", "n = @moon", "stories-hr.txt:4: @moon is nothing of the company's"),
        ("[story s]", "story s", "stories-hr.txt:1: a storyline begins with [story NAME]"),
        ("prose: One.", "prose: One.\nmail owner > owner: S\nx", "stories-hr.txt:10: the mail's last line"),
        ("prose: One.", "prose: One.\nkeep: {m}", "stories-hr.txt:10: {m} is no slot"),
        ("prose: One.", "prose: One.\nkeep: ${m} {n}", ""),
        (
            "prose: One.",
            "prose: One.\n[script a b] from a\n#!/bin/sh",
            "stories-hr.txt:10: \"a b\" is no name for a script",
        ),
        (
            "prose: One.",
            "prose: One.\n[script a.sh]\n#!/bin/sh",
            "stories-hr.txt:10: a script is [script NAME] from BEAT",
        ),
        ("prose: One.", "prose: One.\n[script a.sh] from a\necho", "stories-hr.txt:10: a script begins with #!"),
        ("prose: One.", "prose: One.\n[script a.sh] from a\n#!/bin/sh\necho {m}", "stories-hr.txt:12: {m} is no slot"),
        (
            "prose: One.",
            "prose: One.\n[script a.sh] from a\n#!/bin/sh\n@c ls",
            "stories-hr.txt:12: @c: there is no beat",
        ),
        (
            "prose: One.",
            "prose: One.\n[script a.sh] from a\n#!/bin/sh\n?cause=no ls",
            "stories-hr.txt:12: cause is never no",
        ),
        (
            "prose: One.",
            "prose: One.\n[draft d] from a\n# D\n- ?cuase=key x",
            "stories-hr.txt:12: there is no fact cuase",
        ),
    ] {
        let error = mistake(&STORY.replace(from, to));
        assert!(error.starts_with(told), "{to}: {error}");
    }
    let later = format!("{STORY}[beat b] by owner +1..2h\nnote: x\nprose: X.\n");
    let error = mistake(&later.replace("one {n}", "one {@b:iso}"));
    assert_eq!(error, "stories-hr.txt:8: {@b:iso} is the day of a beat that is still to come");
    let file = StoryFile { name: "stories-cooks.txt".into(), text: STORY.into() };
    assert!(super::Stories::default().add(file).is_err());
}

/// What is written for the two ways that this storyline can go.
#[test]
fn a_script_has_the_lines_of_what_happened_and_a_programs_own_braces() {
    let text = format!(
        "{STORY}[beat b] by owner +1..2h if cause=key\nnote: x\nprose: X.\n[script a.sh] from a\n#!/bin/sh\nN=${{1:-{{n}}}}\n\
         ?cause=full df | awk '{{ print $1 }}'\n@b # {{@b:iso}}\n\n@b date\n"
    );
    let content = content();
    let (stand, zone) = (Stand::new(alloc::vec![writer("Ann Lee", "HR", "en")], &content), TimeZone::UTC);
    let mut stories = super::Stories::default();
    stories.add(StoryFile { name: "stories-hr.txt".into(), text: text.into() }).unwrap();
    let english = crate::persona::Language::EN;
    let setting = Setting {
        world: &stand.world,
        people: &stand.people,
        hosts: &stand.hosts,
        pack: content.pack(english),
        stories: &stories,
        holidays: content.holidays(),
        zone: &zone,
        cache: None,
    };
    let start: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
    let mut seen = BTreeSet::new();
    for week in 0..20 {
        let at = start + SignedDuration::from_hours(7 * 24 * week);
        let instance = Instance::of(setting, stand.world.work_item(PersonaIndex::new(0), 1, at)).unwrap();
        let happenings = instance.happenings();
        assert!(!instance.has_script(happenings[0].at - SignedDuration::from_secs(1)));
        let first = instance.script(happenings[0].at).unwrap();
        let last = instance.script(happenings.last().unwrap().at).unwrap();
        assert_eq!(first.name, "a.sh");
        let n = if first.body.contains("N=${1:-3}") { 3 } else { 4 };
        if let [_, second] = happenings {
            let day = second.at.to_zoned(zone.clone()).date();
            assert_eq!(first.body, format!("#!/bin/sh\nN=${{1:-{n}}}\n\n"));
            assert_eq!(last.body, format!("#!/bin/sh\nN=${{1:-{n}}}\n# {day}\n\ndate\n"));
            seen.insert("key");
        } else {
            assert_eq!(last.body, format!("#!/bin/sh\nN=${{1:-{n}}}\ndf | awk '{{ print $1 }}'\n\n"));
            assert_eq!(first, last);
            seen.insert("full");
        }
    }
    assert_eq!(seen.len(), 2);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[\\[\\]a-z{}:.@=+|> \n-]{0,300}") {
        let _ = mistake(&text);
        let _ = mistake(&format!("{STORY}{text}"));
    }
}
