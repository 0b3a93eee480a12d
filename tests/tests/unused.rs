//! No function is there only for tests: whatever is public is called from code that runs.
//!
//! The compiler finds private functions that nobody calls; across crates it can't. Here every public function of
//! the domain, the ports, the adapters and the program is looked for by its name in all code outside tests,
//! benchmarks and fakes.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ROOTS: [&str; 4] = ["domain/src", "ports/src", "adapters", "app"];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["tests", "benches", "fake", "target", "snapshots"].contains(&name) {
            sources(&path, out);
        } else if name.ends_with(".rs") && !["tests.rs", "test_support.rs", "fake.rs"].contains(&name) {
            out.push(path);
        }
    }
}

/// The code of a file: without comments, and without what is only compiled for tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod ").or_else(|| text.find("#[cfg(test)]\npub(crate) mod "));
    let text = &text[..end.unwrap_or(text.len())];
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The names of the public functions that a file defines.
fn public_functions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start();
        let Some(rest) = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")) else { continue };
        let rest = ["const ", "async "].iter().fold(rest, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let Some(name) = rest.strip_prefix("fn ") else { continue };
        found.extend(words(name).next().map(str::to_owned));
    }
    found
}

#[test]
fn every_public_function_is_called_by_code_that_runs() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut files = Vec::new();
    for folder in ROOTS {
        sources(&root.join(folder), &mut files);
    }
    let texts: Vec<(PathBuf, String)> =
        files.into_iter().map(|path| (path.clone(), code(&std::fs::read_to_string(path).unwrap()))).collect();
    assert!(texts.len() > 150, "{} files", texts.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in &texts {
        for word in words(text) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut defined: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
    for (path, text) in &texts {
        for name in public_functions(text) {
            defined.entry(name).or_default().push(path);
        }
    }
    let unused: Vec<String> = defined
        .iter()
        .filter(|(name, places)| counts.get(name.as_str()).copied().unwrap_or(0) <= places.len())
        .map(|(name, places)| format!("{name} in {}", places[0].strip_prefix(root).unwrap().display()))
        .collect();
    assert!(unused.is_empty(), "only tests call these:\n{}", unused.join("\n"));
}
