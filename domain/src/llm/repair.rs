//! What is repaired in an answer: each function gives the repaired text, or `None` where there is nothing to repair.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::text_kind::TextKind;
use crate::text;

/// The longest text, in bytes; longer ones are cut.
pub(super) const LONGEST: usize = 12_000;
/// How an open item of a list begins, as it was asked for.
const OPEN_BOX: &str = "- [ ] ";
/// What has to be left of a text that stops at the token limit, in characters and as a share of it.
const WHOLE_AT_LEAST: usize = 60;

/// What stands in a fence: for a script the longest one, elsewhere the text without the marks.
pub(super) fn unfenced(text: &str, kind: TextKind) -> Option<String> {
    if !text.contains("```") {
        return None;
    }
    if kind == TextKind::Script {
        if text.matches("```").count() == 1 {
            // Opened before the script, or closed after it.
            let (before, after) = text.split_once("```")?;
            let longer = if before.trim().len() > after.trim().len() { before } else { after };
            return Some(longer.to_owned());
        }
        let inside = text.split("```").skip(1).step_by(2).max_by_key(|block| block.len())?;
        // The first line names the language.
        let (first, rest) = inside.split_once('\n')?;
        return Some(if first.trim().starts_with("#!") { inside.to_owned() } else { rest.to_owned() });
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("```")).collect();
    Some(lines.join("\n"))
}

/// The first part of a text that is too long: up to a paragraph's end, or a line's.
pub(super) fn shortened(text: &str) -> Option<&str> {
    if text.len() <= LONGEST {
        return None;
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = text[..end].rfind("\n\n").or_else(|| text[..end].rfind('\n')).filter(|at| *at > 0).unwrap_or(end);
    Some(&text[..end])
}

/// The whole part of a text that stops at the token limit, where enough of it is whole: up to the end of its last
/// sentence or item; for notes and lists, of its last line. A script is whole or no use.
pub(super) fn whole_part(text: &str, kind: TextKind) -> Option<&str> {
    let text = text.trim_end();
    let end = match kind {
        TextKind::Script => return None,
        TextKind::Todo => text.rfind('\n')?,
        TextKind::Note => last_sentence_end(text).max(last_item_end(text)).or_else(|| text.rfind('\n'))?,
        TextKind::Draft | TextKind::Mail => last_sentence_end(text).max(last_item_end(text))?,
    };
    let whole = text[..end].trim_end();
    let is_enough = whole.len() * 2 >= text.len() && whole.chars().count() >= WHOLE_AT_LEAST;
    (is_enough || whole.len() == text.len()).then_some(whole)
}

/// Where the last sentence ends. A full stop behind one or two letters is taken for an abbreviation's, and one behind a
/// digit for a number's.
fn last_sentence_end(text: &str) -> Option<usize> {
    let is_mark = |c: char| matches!(c, '.' | '!' | '?' | '\u{2026}' | '。' | '！' | '？' | '।');
    text.char_indices().rev().filter(|(_, c)| is_mark(*c)).find_map(|(at, mark)| {
        let after = at + mark.len_utf8();
        let quotes =
            text[after..].len() - text[after..].trim_start_matches(['"', '\'', ')', '\u{201d}', '\u{2019}']).len();
        let end = after + quotes;
        let is_wide = !mark.is_ascii() && mark != '\u{2026}';
        let is_end = is_wide || text[end..].chars().next().is_none_or(char::is_whitespace);
        let word = text[..at].chars().rev().take_while(|c| c.is_alphabetic()).count();
        let is_abbreviation = mark == '.' && word < 3 && !text[..at].ends_with(['"', ')', '.']);
        (is_end && !is_abbreviation).then_some(end)
    })
}

/// Where the last item of a list ends that another line follows.
fn last_item_end(text: &str) -> Option<usize> {
    let mut end = text.rfind('\n')?;
    loop {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        if is_item(&text[start..end]) {
            return Some(end);
        }
        end = start.checked_sub(1)?;
    }
}

/// A mail with the writer's own name below the goodbye, where another name stands there.
pub(super) fn signed(text: &str, name: &str) -> Option<String> {
    let trimmed = text.trim_end();
    let (above, last) = trimmed.rsplit_once('\n')?;
    let is_name = last.split(' ').count() <= 3 && last.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '.');
    let is_below_goodbye = above.trim_end().ends_with(',') && above.trim_end().lines().next_back()?.len() < 30;
    (is_name && is_below_goodbye && !last.contains(name)).then(|| alloc::format!("{above}\n{name}\n"))
}

/// With the punctuation that keyboards have.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{201e}' => out.push('"'),
            '\u{2022}' => out.push('-'),
            '\u{a0}' | '\u{202f}' => out.push(' '),
            // No keyboard has these.
            '\u{1f300}'..='\u{1faff}' | '\u{2705}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{200b}' => {}
            c => match text::plain(c) {
                Some(plain) => out.push_str(plain),
                None => out.push(c),
            },
        }
    }
    out
}

/// Mail is plain text: no bold, no headings.
pub(super) fn without_markdown(text: &str) -> String {
    let line = |line: &str| line.trim_start_matches('#').trim_start_matches(' ').replace("**", "").replace("__", "");
    let out: Vec<String> = text
        .lines()
        .map(|l| if l.starts_with('#') || l.contains("**") || l.contains("__") { line(l) } else { l.to_owned() })
        .collect();
    out.join("\n")
}

/// Whether a line is an item of a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let is_bullet = line.starts_with(['-', '*', '+', '[']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    is_bullet || (digits > 0 && line[digits..].starts_with(['.', ')']))
}

/// The text as a list with open boxes; whether anything had to be changed. `None` when it is no list.
pub(super) fn as_list(text: &str) -> Option<(String, bool)> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let items = lines.iter().filter(|l| is_item(l)).count();
    if items >= 2 {
        let boxed = lines.iter().filter(|l| l.contains("[ ]") || l.to_lowercase().contains("[x]")).count();
        if boxed * 2 >= items {
            return Some((text.to_owned(), false));
        }
        let strip = |line: &str| {
            let line = line.trim_start();
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            line[digits..].trim_start_matches(['-', '*', '+', '.', ')', ' ']).to_owned()
        };
        let boxed = |l: &str| {
            if is_item(l) && !l.contains('[') { alloc::format!("{OPEN_BOX}{}", strip(l)) } else { l.to_owned() }
        };
        let out: Vec<String> = text.lines().map(boxed).collect();
        return Some((out.join("\n"), true));
    }
    // Short lines without marks are a list, too.
    let is_short = lines.len() >= 3 && lines.iter().all(|l| l.chars().count() < 90 && !l.ends_with(':'));
    is_short.then(|| {
        let out: Vec<String> = lines.iter().map(|l| alloc::format!("{OPEN_BOX}{}", l.trim())).collect();
        (out.join("\n"), true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_stops_at_the_limit_ends_after_its_last_whole_sentence_or_item() {
        let mail =
            "the disk is nearly full again, and we have to talk to the vendor about it, e.g. next week. I have put the";
        assert_eq!(
            whole_part(mail, TextKind::Mail),
            Some("the disk is nearly full again, and we have to talk to the vendor about it, e.g. next week.")
        );
        let list = "- [ ] call the vendor about the disk\n- [ ] check the backup of the share\n- [ ] book the";
        assert_eq!(
            whole_part(list, TextKind::Todo),
            Some("- [ ] call the vendor about the disk\n- [ ] check the backup of the share")
        );
        assert_eq!(whole_part(list, TextKind::Note), whole_part(list, TextKind::Todo));
        let note = "disk of the backup host is filling up, no idea why\nasked ilse about the invoices\nnext week I";
        assert_eq!(whole_part(note, TextKind::Note), note.rsplit_once('\n').map(|(whole, _)| whole));
        // Half of it isn't whole; nothing is; and half a script is none.
        for (text, kind) in [
            (
                "Short. And then a very long sentence that goes on and on and never comes to any kind of an",
                TextKind::Draft,
            ),
            (
                "one very long line without any end that is simply cut somewhere in the middle of all that",
                TextKind::Note,
            ),
            (
                "#!/bin/bash\nset -eu\ncd /var/log\nfor f in *.gz; do\n  du -h \"$f\"\ndone\nls -l /var/log/a",
                TextKind::Script,
            ),
        ] {
            assert_eq!(whole_part(text, kind), None, "{text}");
        }
    }
}
