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

/// Storylines, by the code of their language.
pub(super) const STORIES: &[(&str, &[SourceFile<'static>])] = &[
    (
        "en",
        files!["en/stories-common.txt" "en/stories-developer.txt" "en/stories-finance.txt" "en/stories-hr.txt" "en/stories-manager.txt" "en/stories-sales.txt" "en/stories-support.txt" "en/stories-sysadmin.txt"],
    ),
    (
        "de",
        files!["de/stories-common.txt" "de/stories-developer.txt" "de/stories-finance.txt" "de/stories-hr.txt" "de/stories-manager.txt" "de/stories-sales.txt" "de/stories-support.txt" "de/stories-sysadmin.txt"],
    ),
    (
        "es",
        files!["es/stories-common.txt" "es/stories-developer.txt" "es/stories-finance.txt" "es/stories-hr.txt" "es/stories-manager.txt" "es/stories-sales.txt" "es/stories-support.txt" "es/stories-sysadmin.txt"],
    ),
    (
        "fr",
        files!["fr/stories-common.txt" "fr/stories-developer.txt" "fr/stories-finance.txt" "fr/stories-hr.txt" "fr/stories-manager.txt" "fr/stories-sales.txt" "fr/stories-support.txt" "fr/stories-sysadmin.txt"],
    ),
    (
        "it",
        files!["it/stories-common.txt" "it/stories-developer.txt" "it/stories-finance.txt" "it/stories-hr.txt" "it/stories-manager.txt" "it/stories-sales.txt" "it/stories-support.txt" "it/stories-sysadmin.txt"],
    ),
    (
        "nl",
        files!["nl/stories-common.txt" "nl/stories-developer.txt" "nl/stories-finance.txt" "nl/stories-hr.txt" "nl/stories-manager.txt" "nl/stories-sales.txt" "nl/stories-support.txt" "nl/stories-sysadmin.txt"],
    ),
    (
        "pt",
        files!["pt/stories-common.txt" "pt/stories-developer.txt" "pt/stories-finance.txt" "pt/stories-hr.txt" "pt/stories-manager.txt" "pt/stories-sales.txt" "pt/stories-support.txt" "pt/stories-sysadmin.txt"],
    ),
];
