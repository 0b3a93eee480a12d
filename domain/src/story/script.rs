//! The script that an instance of a storyline leads to.

use alloc::string::String;

use jiff::Timestamp;

use super::instance::Instance;
use super::line::script_line;
use super::storyline::ScriptText;

/// A script as it stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryScript {
    /// Its file's name.
    pub name: String,
    /// Its text.
    pub body: String,
}

impl Instance<'_> {
    /// What the script is called that it leads to, if it leads to one.
    pub fn script_name(&self) -> Option<&str> {
        let (written, _) = self.written()?;
        Some(self.story().text(written.name))
    }

    /// Whether its script has been written by a moment.
    pub fn has_script(&self, moment: Timestamp) -> bool {
        self.scripted(moment).is_some()
    }

    /// Of those that the storyline has for its turns, the one whose turn it took, and when it is written.
    fn written(&self) -> Option<(&ScriptText, Timestamp)> {
        self.story().scripts.iter().find_map(|script| Some((script, self.when(script.from)?)))
    }

    fn scripted(&self, moment: Timestamp) -> Option<&ScriptText> {
        self.written().filter(|(_, at)| *at <= moment).map(|(script, _)| script)
    }

    /// The script as its owner has it by a moment: with the lines of what has happened until then. `None` where it
    /// isn't written yet, or never is.
    pub fn script(&self, moment: Timestamp) -> Option<StoryScript> {
        let script = self.scripted(moment)?;
        let mut body = String::new();
        for line in self.story().text(script.body).lines() {
            let (beat, line) = script_line(line);
            let is_there = beat.is_none_or(|name| {
                let at = self.story().beat_named(name).and_then(|beat| self.when(beat));
                at.is_some_and(|at| at <= moment)
            });
            if let Some(line) = self.if_so(line).filter(|_| is_there) {
                body.push_str(self.fill(&line).trim_end());
                body.push('\n');
            }
        }
        Some(StoryScript { name: self.story().text(script.name).into(), body })
    }
}
