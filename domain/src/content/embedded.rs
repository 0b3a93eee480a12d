//! The content built into the program: one table of files. A language more is a folder and a row.

use super::source::SourceFile;

macro_rules! files {
    ($($name:literal)*) => {
        &[$(SourceFile { name: $name, text: include_str!(concat!("../../content/", $name)) },)*]
    };
}

/// What every language shares: the code of scripts, whose comments are each pack's own, and what
/// machines and outsiders mail.
pub(super) const SHARED: &[SourceFile<'static>] = files!["shared/script.txt" "shared/mail.txt"];

/// What a kind of system runs and logs.
pub(super) const SYSTEM: SourceFile<'static> =
    SourceFile { name: "system/debian12.txt", text: include_str!("../../content/system/debian12.txt") };

/// How language models give themselves away.
pub(super) const MODEL_TELLS: SourceFile<'static> =
    SourceFile { name: "world/model-tells.txt", text: include_str!("../../content/world/model-tells.txt") };

/// Lists that belong to no language.
pub(super) const WORLD: &[SourceFile<'static>] = files!["world/names.txt" "world/roles.txt" "world/holidays.txt"];

/// The files of each pack, by the ISO 639-1 code of its language. The English one is what other packs take from what
/// they lack.
pub(super) const PACKS: &[(&str, &[SourceFile<'static>])] = &[
    (
        "en",
        files!["en/words.txt" "en/names.txt" "en/note.txt" "en/todo.txt" "en/draft.txt" "en/mail.txt" "en/lexicon.txt" "en/people.txt" "en/model.txt"],
    ),
    ("de", files!["de/pack.txt" "de/mail.txt" "de/people.txt" "de/phrases.txt" "de/model.txt"]),
    ("es", files!["es/pack.txt" "es/mail.txt" "es/people.txt" "es/phrases.txt" "es/model.txt"]),
    ("fr", files!["fr/pack.txt" "fr/mail.txt" "fr/people.txt" "fr/phrases.txt" "fr/model.txt"]),
    ("it", files!["it/pack.txt" "it/mail.txt" "it/people.txt" "it/phrases.txt" "it/model.txt"]),
    ("nl", files!["nl/pack.txt" "nl/mail.txt" "nl/people.txt" "nl/phrases.txt" "nl/model.txt"]),
    ("pt", files!["pt/pack.txt" "pt/mail.txt" "pt/people.txt" "pt/phrases.txt" "pt/model.txt"]),
];

macro_rules! stories {
    ($($code:literal)*) => {
        &[$(($code, &[
            stories!($code, "common"),
            stories!($code, "developer"),
            stories!($code, "finance"),
            stories!($code, "hr"),
            stories!($code, "manager"),
            stories!($code, "sales"),
            stories!($code, "support"),
            stories!($code, "sysadmin"),
        ]),)*]
    };
    ($code:literal, $family:literal) => {
        SourceFile {
            name: concat!($code, "/stories-", $family, ".txt"),
            text: include_str!(concat!("../../content/", $code, "/stories-", $family, ".txt")),
        }
    };
}

/// Storylines, by the code of their language: of each family, and of any office.
pub(super) const STORIES: &[(&str, &[SourceFile<'static>])] = stories!["en" "de" "es" "fr" "it" "nl" "pt"];
