//! A file of a pack as sections: headers, weights and blocks of lines.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::content::source::{ContentError, SourceFile};

/// A section of a file, before its alternatives are read.
pub(super) struct Section<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    pub(super) name: &'a str,
    pub(super) block: Block,
    pub(super) adds: Adds,
    pub(super) alternatives: Vec<RawAlternative>,
}

/// An alternative as it stands in the file.
pub(super) struct RawAlternative {
    pub(super) line: usize,
    pub(super) weight: u32,
    pub(super) text: String,
}

impl RawAlternative {
    fn block(line: usize) -> Self {
        Self { line, weight: 1, text: String::new() }
    }
}

/// Whether a section is a rule or more of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Adds {
    /// `[name]`
    Rule,
    /// `[+name]`: more alternatives for a rule of an earlier file.
    More,
}

/// How the alternatives of a section are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// `[name]`: each line is an alternative, with backslash escapes.
    Lines,
    /// `[[name]]`: alternatives are blocks of lines, verbatim, separated by `---`.
    Blocks,
}

/// The sections of all files, in order.
///
/// # Errors
/// For a line before the first section of its file.
pub(super) fn sections<'a>(files: &[SourceFile<'a>]) -> Result<Vec<Section<'a>>, ContentError> {
    let mut out: Vec<Section<'a>> = Vec::new();
    for file in files {
        let first = out.len();
        for (index, line) in file.text.lines().enumerate() {
            let number = index + 1;
            if line.starts_with(";;") {
                continue;
            }
            if let Some((name, block, adds)) = header(line) {
                out.push(Section { file: file.name, line: number, name, block, adds, alternatives: Vec::new() });
                continue;
            }
            let Some(section) = out.get_mut(first..).and_then(<[_]>::last_mut) else {
                if line.trim().is_empty() {
                    continue;
                }
                return Err(ContentError::at(file.name, number, "a line before the first [section]"));
            };
            match section.block {
                Block::Lines if line.trim().is_empty() => {}
                Block::Lines => {
                    let (weight, text) = weighted(line);
                    section.alternatives.push(RawAlternative { line: number, weight, text: text.to_owned() });
                }
                Block::Blocks if line == "---" => section.alternatives.push(RawAlternative::block(number + 1)),
                Block::Blocks => {
                    if section.alternatives.is_empty() {
                        section.alternatives.push(RawAlternative::block(number));
                    }
                    if let Some(alternative) = section.alternatives.last_mut() {
                        alternative.text.push_str(line);
                        alternative.text.push('\n');
                    }
                }
            }
        }
    }
    for section in &mut out {
        if section.block == Block::Blocks {
            for RawAlternative { text, .. } in &mut section.alternatives {
                // Blank lines before the separator or the next section are layout, not text.
                let end = text.trim_end_matches('\n').len();
                text.truncate(end);
                text.push('\n');
            }
        }
    }
    Ok(out)
}

fn header(line: &str) -> Option<(&str, Block, Adds)> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b))
    };
    let line = line.trim_end();
    let (inner, block) = match line.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")) {
        Some(inner) => (inner, Block::Blocks),
        None => (line.strip_prefix('[')?.strip_suffix(']')?, Block::Lines),
    };
    let (name, adds) = inner.strip_prefix('+').map_or((inner, Adds::Rule), |name| (name, Adds::More));
    is_name(name).then_some((name, block, adds))
}

/// `3* text` weighs three.
fn weighted(line: &str) -> (u32, &str) {
    line.split_once("* ")
        .and_then(|(number, text)| Some((number.parse::<u16>().ok()?, text)))
        .map_or((1, line), |(weight, text)| (u32::from(weight), text))
}
