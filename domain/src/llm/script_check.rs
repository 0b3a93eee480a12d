//! Whether a script could parse: its quotes, brackets, here-documents and blocks close. What a shell or Python would
//! say beyond that is not known here, where nothing is run.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What is wrong with a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptFault {
    /// The first line names no shell and no Python, and nothing in it tells which it is.
    #[error("its language is not known")]
    UnknownLanguage,
    /// A quote, a bracket or a here-document stays open, or a bracket closes what nothing opened.
    #[error("a quote, bracket or here-document doesn't close")]
    Unclosed,
    /// Fewer than three lines that do something.
    #[error("it does hardly anything")]
    Trivial,
    /// A second first line: two scripts, or none.
    #[error("it has more than one first line")]
    SecondShebang,
    /// `if`, `do` or `case` without its end, or the other way round.
    #[error("a block doesn't close")]
    Block,
    /// A Python statement that opens a block has no colon.
    #[error("a block's first line has no colon")]
    MissingColon,
    /// The interpreter of this machine refuses it.
    #[error("its interpreter finds a mistake")]
    Interpreter,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Shell,
    Python,
}

/// The first line that a script without one wants, if its language can be told.
pub(super) fn shebang_of(text: &str) -> Option<&'static str> {
    let has = |word: &str| text.lines().any(|l| l.trim_start().starts_with(word));
    if has("import ") || has("def ") || has("print(") {
        Some("#!/usr/bin/env python3")
    } else if has("echo ") || has("for ") || has("if [") || has("set -") || text.contains("$(") || has("cd ") {
        Some("#!/bin/bash")
    } else {
        None
    }
}

/// Looks a script over that begins with `#!`.
pub(super) fn check(script: &str) -> Result<(), ScriptFault> {
    let first = script.lines().next().unwrap_or_default();
    let language = if first.contains("python") {
        Language::Python
    } else if first.contains("sh") {
        Language::Shell
    } else {
        return Err(ScriptFault::UnknownLanguage);
    };
    let code = code_of(script, language).ok_or(ScriptFault::Unclosed)?;
    if script.lines().skip(1).any(|l| l.starts_with("#!")) {
        return Err(ScriptFault::SecondShebang);
    }
    // Comments are gone from `code`.
    if code.lines().filter(|l| !l.trim().is_empty()).count() < 3 {
        return Err(ScriptFault::Trivial);
    }
    match language {
        Language::Python => python_blocks(&code),
        Language::Shell => shell_blocks(&code),
    }
}

/// A block's head ends in a colon, on its line or some lines on.
fn python_blocks(code: &str) -> Result<(), ScriptFault> {
    const HEADS: [&str; 10] = ["def", "if", "for", "while", "else", "elif", "try", "except", "with", "class"];
    let has_no_colon = code.lines().map(str::trim).any(|line| {
        let word = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        HEADS.contains(&word) && !line.contains(':') && !line.ends_with(['(', ',', '[', '{', '\\'])
    });
    if has_no_colon { Err(ScriptFault::MissingColon) } else { Ok(()) }
}

/// Every block that is opened is closed. Only words where a command may stand count: `echo if` opens nothing.
fn shell_blocks(code: &str) -> Result<(), ScriptFault> {
    // [if/fi, do/done, case/esac]
    let mut open = [0_i32; 3];
    let mut is_command = true;
    let mut word = String::new();
    for c in code.chars().chain(['\n']) {
        if !c.is_whitespace() && !matches!(c, ';' | '(' | ')' | '{' | '}' | '|' | '&' | '`') {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            if is_command {
                match word.as_str() {
                    "if" => open[0] += 1,
                    "fi" => open[0] -= 1,
                    "do" => open[1] += 1,
                    "done" => open[1] -= 1,
                    "case" => open[2] += 1,
                    "esac" => open[2] -= 1,
                    _ => {}
                }
            }
            // What follows these is a command again; what follows anything else is its arguments.
            is_command = is_command
                && matches!(word.as_str(), "if" | "then" | "else" | "elif" | "while" | "until" | "do" | "!" | "time");
            word.clear();
        }
        if matches!(c, '\n' | ';' | '(' | ')' | '{' | '|' | '&' | '`') {
            is_command = true;
        }
        if open.iter().any(|count| *count < 0) {
            return Err(ScriptFault::Block);
        }
    }
    if open == [0; 3] { Ok(()) } else { Err(ScriptFault::Block) }
}

/// A script without its strings, comments and here-documents; `None` where a quote, a bracket or a here-document stays
/// open. A string leaves a `_`.
fn code_of(script: &str, language: Language) -> Option<String> {
    let mut scan =
        Scan { rest: script, out: String::with_capacity(script.len()), brackets: Vec::new(), documents: Vec::new() };
    let mut before = '\n';
    while let Some(c) = scan.next() {
        match (c, language) {
            ('\\', _) => {
                // The next letter means nothing, and a line that is continued is one line.
                if scan.next() != Some('\n') {
                    scan.out.push('_');
                }
            }
            ('#', Language::Python) => scan.skip_line(),
            ('#', Language::Shell) if before.is_whitespace() || matches!(before, ';' | '(' | ')') => scan.skip_line(),
            ('"' | '\'', _) => scan.skip_string(c, language)?,
            ('(' | '[' | '{', _) => {
                scan.brackets.push(c);
                scan.out.push(c);
            }
            (')' | ']' | '}', _) => scan.close(c, language)?,
            ('<', Language::Shell) if scan.rest.starts_with('<') => scan.open_document(),
            ('\n', Language::Shell) => {
                scan.out.push('\n');
                scan.skip_documents()?;
            }
            _ => scan.out.push(c),
        }
        before = c;
    }
    (scan.brackets.is_empty() && scan.documents.is_empty()).then_some(scan.out)
}

/// How far a script has been read.
struct Scan<'s> {
    rest: &'s str,
    out: String,
    /// The brackets that are open.
    brackets: Vec<char>,
    /// The here-documents that begin on the next line.
    documents: Vec<HereDocument>,
}

struct HereDocument {
    end: String,
    /// `<<-`: its end may be indented.
    is_indented: bool,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip_line(&mut self) {
        self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
    }

    /// Goes behind the string that `quote` has opened.
    fn skip_string(&mut self, quote: char, language: Language) -> Option<()> {
        let triple = if quote == '"' { "\"\"" } else { "''" };
        self.out.push('_');
        if language == Language::Python && self.rest.starts_with(triple) {
            self.rest = &self.rest[triple.len()..];
            let end = if quote == '"' { "\"\"\"" } else { "'''" };
            self.rest = &self.rest[self.rest.find(end)? + end.len()..];
            return Some(());
        }
        loop {
            let c = self.next()?;
            if c == '\\' && (quote == '"' || language == Language::Python) {
                self.next();
            } else if c == quote {
                return Some(());
            }
        }
    }

    fn close(&mut self, bracket: char, language: Language) -> Option<()> {
        let opening = match bracket {
            ')' => '(',
            ']' => '[',
            _ => '{',
        };
        if self.brackets.last() == Some(&opening) {
            self.brackets.pop();
        } else if language == Language::Python || bracket != ')' {
            return None;
        }
        // A pattern of a shell's `case` ends in a bracket that nothing opened.
        self.out.push(bracket);
        Some(())
    }

    /// Reads `<<END` after its first `<`. What is no here-document (`<<<`, a shift in arithmetic) is code.
    fn open_document(&mut self) {
        self.out.push('<');
        let after = self.rest[1..].trim_start_matches([' ', '\t']);
        if self.rest.starts_with("<<") || self.brackets.ends_with(&['(', '(']) {
            // Not to be met again as the beginning of one.
            let arrows = self.rest.len() - self.rest.trim_start_matches('<').len();
            self.rest = &self.rest[arrows..];
            return;
        }
        let (is_indented, after) = match after.strip_prefix('-') {
            Some(after) => (true, after.trim_start_matches([' ', '\t'])),
            None => (false, after),
        };
        let is_end = |c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '>' | '<' | ')');
        let word = &after[..after.find(is_end).unwrap_or(after.len())];
        let end = word.replace(['\'', '"', '\\'], "");
        self.rest = &after[word.len()..];
        if !end.is_empty() {
            self.documents.push(HereDocument { end, is_indented });
        }
    }

    /// Goes behind the here-documents that begin here.
    fn skip_documents(&mut self) -> Option<()> {
        for document in core::mem::take(&mut self.documents) {
            loop {
                if self.rest.is_empty() {
                    return None;
                }
                let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
                let line = self.rest[..end].trim_end_matches('\n').to_owned();
                self.rest = &self.rest[end..];
                let line = if document.is_indented { line.trim_start_matches('\t') } else { &line };
                if line == document.end {
                    break;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_where_a_command_may_stand_opens_a_block() {
        for script in [
            "#!/bin/bash\necho if you see this, done\necho case do fi\nls esac\n",
            "#!/bin/bash\nfor f in *; do echo \"$f\"; done\nif true; then ls; fi\nwhile ! ls; do sleep 1; done\n",
            "#!/bin/bash\ncat <<EOF\nIt's for you: if (\nEOF\nls\ncat <<-'X' | sort\n\tdone \"\n\tX\nls\n",
            "#!/bin/bash\nx=$((1 << 2))\ngrep x <<< \"$x\"\nls\n",
            "#!/bin/bash\ncase \"$1\" in\n  start) echo on ;;\n  *) exit 1 ;;\nesac\n",
            "#!/bin/sh\nx=$(if ls; then echo a; fi)\n{ ls; }\necho ${#x} # it's a comment (\n",
            "#!/bin/bash\ndf -h \\\n  | sort\nls\ndu\n",
            "#!/usr/bin/env python3\n\"\"\"It's a doc (\"\"\"\nimport os\nelsewhere = 1\ntry_it(os)\nfor x in [1]:  # don't\n    pass\n",
        ] {
            assert_eq!(check(script), Ok(()), "{script}");
        }
    }

    #[test]
    fn what_does_not_close_is_told_of() {
        for (script, fault) in [
            ("#!/bin/bash\nif [ -f /etc/x ]; then\n  ls\n  df\n", ScriptFault::Block),
            ("#!/bin/bash\nls\ndf\nfi\nif true; then\n", ScriptFault::Block),
            ("#!/bin/bash\nfor f in *; do\nls\ndf\n", ScriptFault::Block),
            ("#!/bin/bash\ncat <<EOF\nls\ndf\ndu\n", ScriptFault::Unclosed),
            ("#!/bin/bash\necho \"x\nls\ndf\n", ScriptFault::Unclosed),
            ("#!/bin/bash\nls }\ndf\ndu\n", ScriptFault::Unclosed),
            ("#!/bin/bash\n# a\n# b\nls\n", ScriptFault::Trivial),
            ("#!/bin/bash\nls\n#!/bin/sh\nls\ndf\n", ScriptFault::SecondShebang),
            ("#!/usr/bin/perl\na\nb\nc\n", ScriptFault::UnknownLanguage),
            ("#!/usr/bin/env python3\nimport os\nfor x in range(3)\n    print(x)\n", ScriptFault::MissingColon),
        ] {
            assert_eq!(check(script), Err(fault), "{script}");
        }
    }
}
