//! Papers about an instance of a storyline: they grow from the beginning to the end, block by block.

use alloc::string::String;
use alloc::vec::Vec;

use rand::RngExt;

use super::{line_width, set_heading};
use crate::bodies::typing_style::written;
use crate::content::TextGenerator;
use crate::story::Instance;
use crate::text::wrapped;

/// The first blocks of a paper.
pub(super) fn make(story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> String {
    let blocks = blocks(story, generator);
    let least = (blocks.len() / 3).max(2).min(blocks.len());
    let count = generator.rng().random_range(least..=blocks.len());
    shown(&blocks[..count], generator)
}

/// The next few blocks; `None` when all of them are there.
pub(super) fn next(previous: &str, story: &Instance<'_>, generator: &mut TextGenerator<'_>) -> Option<String> {
    let blocks = blocks(story, generator);
    // As many as are there already: slips of the pen are drawn again, so that they are counted and not compared.
    let there = paragraphs(previous).count();
    let all = shown(&blocks, generator);
    let more: Vec<&str> = paragraphs(&all).skip(there).collect();
    if more.is_empty() || blocks.len() < 2 {
        return None;
    }
    let count = generator.rng().random_range(1..=more.len().min(4));
    Some(alloc::format!("{}\n\n{}\n", previous.trim_end(), more[..count].join("\n\n").trim_end()))
}

fn blocks(story: &Instance<'_>, generator: &TextGenerator<'_>) -> Vec<String> {
    generator.paper(story, generator.context().written.timestamp())
}

/// What blank lines divide.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").filter(|block| !block.trim().is_empty())
}

/// Blocks as the writer sets them: headings by habit, paragraphs wrapped or not, bullets together.
fn shown(blocks: &[String], generator: &mut TextGenerator<'_>) -> String {
    let habit = *generator.habit();
    let width = line_width(&habit);
    let mut out = String::new();
    let mut was_bullet = false;
    for block in blocks {
        let is_bullet = block.starts_with("- ");
        if !out.is_empty() {
            out.push_str(if was_bullet && is_bullet { "\n" } else { "\n\n" });
        }
        was_bullet = is_bullet;
        if let Some(title) = block.strip_prefix("# ") {
            match habit.noise("titles").index(3) {
                0 => put!(&mut out, "# {title}"),
                1 => put!(&mut out, "{title}\n{}", "=".repeat(title.chars().count())),
                _ => out.push_str(title),
            }
        } else if let Some(heading) = block.strip_prefix("## ") {
            out.push_str(&set_heading(heading, &habit));
        } else if is_bullet {
            out.push_str(&written(block, generator));
        } else {
            out.push_str(&wrapped(&written(block, generator), width));
        }
    }
    out.push('\n');
    out
}
