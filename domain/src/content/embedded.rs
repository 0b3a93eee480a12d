//! The content built into the program.

use alloc::collections::BTreeMap;
use alloc::vec;

use super::{SourceFile, Sources};
use crate::persona::Language;

macro_rules! file {
    ($name:literal) => {
        SourceFile { name: $name, text: include_str!(concat!("../../content/", $name)) }
    };
}

/// What every language shares: the code of scripts, whose comments are each pack's own, and what
/// machines and outsiders mail.
pub(super) const SHARED: [SourceFile<'static>; 2] = [file!("shared/script.txt"), file!("shared/mail.txt")];
pub(super) const SYSTEM: SourceFile<'static> = file!("system/debian12.txt");
pub(super) const ROLES: SourceFile<'static> = file!("world/roles.txt");
pub(super) const MODEL_TELLS: SourceFile<'static> = file!("world/model-tells.txt");
pub(super) const HOLIDAYS: SourceFile<'static> = file!("world/holidays.txt");

pub(super) fn sources() -> Sources<'static> {
    let languages = [
        (
            "en",
            vec![
                file!("en/words.txt"),
                file!("en/names.txt"),
                file!("en/note.txt"),
                file!("en/todo.txt"),
                file!("en/draft.txt"),
                file!("en/mail.txt"),
                file!("en/lexicon.txt"),
                file!("en/model.txt"),
            ],
        ),
        ("de", vec![file!("de/pack.txt"), file!("de/mail.txt"), file!("de/model.txt")]),
        ("es", vec![file!("es/pack.txt"), file!("es/mail.txt"), file!("es/model.txt")]),
        ("fr", vec![file!("fr/pack.txt"), file!("fr/mail.txt"), file!("fr/model.txt")]),
        ("it", vec![file!("it/pack.txt"), file!("it/mail.txt"), file!("it/model.txt")]),
        ("nl", vec![file!("nl/pack.txt"), file!("nl/mail.txt"), file!("nl/model.txt")]),
        ("pt", vec![file!("pt/pack.txt"), file!("pt/mail.txt"), file!("pt/model.txt")]),
    ];
    let mut packs = BTreeMap::new();
    for (code, mut files) in languages {
        if let Some(language) = Language::parse(code) {
            files.splice(0..0, SHARED);
            packs.insert(language, files);
        }
    }
    Sources { languages: packs, names: vec![file!("world/names.txt")] }
}
