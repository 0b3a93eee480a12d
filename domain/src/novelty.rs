//! What has been written before: nobody writes, word for word, what somebody else wrote.

use alloc::collections::BTreeSet;

use crate::noise::Fnv;

/// The long lines and sentences that were ever planted in an installation.
#[derive(Clone, Debug, Default)]
pub struct Novelty {
    known: BTreeSet<u64>,
}

/// Shorter ones are said by everybody.
const LONG: usize = 18;
/// More than this is not remembered: about 40 MB.
const MOST: usize = 1_000_000;

impl Novelty {
    /// Whether a line or sentence was planted before.
    pub fn is_known(&self, line: &str) -> bool {
        fingerprint(line).is_some_and(|print| self.has(print))
    }

    /// Whether a line with this fingerprint was planted before.
    pub(crate) fn has(&self, print: u64) -> bool {
        self.known.contains(&print)
    }

    /// Takes in everything that stands in a body.
    pub fn absorb(&mut self, body: &str) {
        for line in body.lines() {
            self.insert(line);
            // A sentence of a paragraph can come back in another.
            if line.contains(". ") {
                for sentence in line.split(". ") {
                    self.insert(sentence);
                }
            }
        }
    }

    fn insert(&mut self, line: &str) {
        if self.known.len() < MOST
            && let Some(print) = fingerprint(line)
        {
            self.known.insert(print);
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// What is left of a line without its bullet, case and end; `None` for a short one.
pub(crate) fn fingerprint(line: &str) -> Option<u64> {
    let text = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let text = ["x] ", "X] "].iter().find_map(|tick| text.strip_prefix(tick)).unwrap_or(text);
    let text = text.trim_end_matches(|c: char| !c.is_alphanumeric());
    if text.len() < LONG {
        return None;
    }
    let mut hash = Fnv::default();
    let mut was_blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            if !was_blank {
                hash.byte(b' ');
            }
            was_blank = true;
            continue;
        }
        was_blank = false;
        if c.is_ascii() {
            hash.byte(c.to_ascii_lowercase() as u8);
        } else {
            let mut bytes = [0; 4];
            for lower in c.to_lowercase() {
                lower.encode_utf8(&mut bytes).bytes().for_each(|b| hash.byte(b));
            }
        }
    }
    Some(hash.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_known_whatever_its_bullet_case_and_end() {
        let mut novelty = Novelty::default();
        novelty.absorb(
            "# Head\n- [x] Ask Bob about the relay\nThe disk of db-01 is full again. Called the vendor twice today.\n",
        );
        for known in ["ask bob about the relay", "* Ask  Bob about the relay.", "called the vendor twice today"] {
            assert!(novelty.is_known(known), "{known}");
        }
        for new in ["ask amy about the relay", "# Head", "- [x] ok"] {
            assert!(!novelty.is_known(new), "{new}");
        }
    }
}
