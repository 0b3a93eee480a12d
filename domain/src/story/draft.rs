//! The paper that an instance of a storyline leads to.

use alloc::string::String;
use alloc::vec::Vec;

use jiff::Timestamp;

use super::instance::Instance;
use super::line::condition_of;
use super::storyline::DraftText;
use crate::noise::Key;

impl Instance<'_> {
    /// Whether it has led to a paper by a moment.
    pub fn has_paper(&self, moment: Timestamp) -> bool {
        self.due(moment).is_some()
    }

    fn due(&self, moment: Timestamp) -> Option<&DraftText> {
        self.story().drafts.iter().find(|draft| self.when(draft.from).is_some_and(|at| at <= moment))
    }

    /// The blocks of the paper that the owner writes by a moment, in one wording each: its title, headings, paragraphs,
    /// bullets. Empty where there is none, or it is too early.
    pub fn draft(&self, moment: Timestamp, writer: Key) -> Vec<String> {
        let Some(draft) = self.due(moment) else { return Vec::new() };
        let mut blocks: Vec<String> = Vec::new();
        // The wordings of the paragraph at hand.
        let mut wordings: Vec<String> = Vec::new();
        let mut is_another = false;
        let key = self.item().key.with(writer.value()).text("draft");
        let mut take = |wordings: &mut Vec<String>| {
            let chosen = key.with(blocks.len() as u64).index(wordings.len());
            if !wordings.is_empty() {
                blocks.push(wordings.swap_remove(chosen));
                wordings.clear();
            }
        };
        for line in self.story().text(draft.body).lines().map(str::trim_end) {
            match line.trim() {
                "" => continue,
                "~" => {
                    is_another = true;
                    continue;
                }
                _ => {}
            }
            if !is_another {
                take(&mut wordings);
            }
            is_another = false;
            if let Some(text) = self.if_so(line) {
                wordings.push(self.fill(&text));
            }
        }
        take(&mut wordings);
        blocks
    }

    /// A line without its condition, where that holds: `?cause=full The disk was full.`, `- ?cause=full a bullet`.
    pub(super) fn if_so(&self, line: &str) -> Option<String> {
        let (mark, rest) = line.strip_prefix("- ").map_or(("", line), |rest| ("- ", rest));
        let Some((condition, text)) = condition_of(rest) else { return Some(line.into()) };
        let (name, values) = condition.split_once('=')?;
        let is_so = values.split(',').any(|value| self.choice(name) == Some(value));
        is_so.then(|| alloc::format!("{mark}{text}"))
    }
}
