//! How a person does things: drawn once a person, and the same ever after.

use crate::noise::Key;

/// The ways of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    key: Key,
    /// How words are put together in a file's name.
    pub joint: Joint,
    /// How their text files end.
    pub suffix: &'static str,
    /// How their lists are marked.
    pub bullet: &'static str,
    /// How an open item of a list is marked, and a done one.
    pub boxes: Boxes,
    /// What their notes mostly are.
    pub layout: Layout,
    /// How they begin a sentence in a note.
    pub case: Case,
    /// In how many of 100 lines of a note a full stop is put.
    pub stops: u8,
    /// How many of 100 words that have a short form are written short.
    pub short: u8,
    /// Typos in 10,000 words.
    pub typos: u16,
    /// At about how many lines a note or list has become too long, and is trimmed or left for another.
    pub long: u16,
}

/// How words are put together in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `vpn-renewal`
    Hyphen,
    /// `vpn_renewal`
    Underscore,
    /// `VPN-renewal`
    HyphenKept,
    /// `vpnRenewal`
    Camel,
    /// `vpnrenewal`
    None,
}

/// How items of a list are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boxes {
    /// `- [ ] ` and `- [x] `
    Dash,
    /// `[ ] ` and `[x] `
    Bare,
    /// `* [ ] ` and `* [x] `
    Star,
    /// `- [ ] ` and `- [X] `
    DashUpper,
    /// `[] ` and `[x] `
    Tight,
    /// `- ` and `- done: `, with the language's own word.
    Word,
}

/// What notes mostly are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Layout {
    Bullets,
    Lines,
    Prose,
}

/// How sentences begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Case {
    Lower,
    Upper,
    AsItComes,
}

/// How many words somebody makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Manner {
    Terse,
    Plain,
    Wordy,
}

fn pick<T: Copy>(key: Key, of: &[(T, u32)], default: T) -> T {
    let total: u32 = of.iter().map(|(_, weight)| weight).sum();
    let mut at = u32::try_from(key.below(u64::from(total))).unwrap_or(0);
    for (item, weight) in of {
        if at < *weight {
            return *item;
        }
        at -= weight;
    }
    default
}

impl Habit {
    /// The ways of the person that `key` stands for.
    pub fn of(key: Key) -> Self {
        let at = |what: &str| key.text(what);
        let range = |what: &str, least: u64, most: u64| least + at(what).below(most - least + 1);
        Self {
            key,
            joint: pick(
                at("joint"),
                &[
                    (Joint::Hyphen, 30),
                    (Joint::Underscore, 28),
                    (Joint::HyphenKept, 14),
                    (Joint::Camel, 10),
                    (Joint::None, 14),
                ],
                Joint::Hyphen,
            ),
            suffix: pick(at("suffix"), &[(".txt", 50), (".md", 34), ("", 12), (".org", 4)], ".txt"),
            bullet: pick(at("bullet"), &[("- ", 50), ("* ", 24), ("", 10), ("-", 6), ("> ", 4), ("+ ", 4)], "- "),
            boxes: pick(
                at("boxes"),
                &[
                    (Boxes::Dash, 44),
                    (Boxes::Bare, 24),
                    (Boxes::Star, 12),
                    (Boxes::DashUpper, 8),
                    (Boxes::Tight, 6),
                    (Boxes::Word, 6),
                ],
                Boxes::Dash,
            ),
            layout: pick(
                at("layout"),
                &[(Layout::Bullets, 40), (Layout::Lines, 36), (Layout::Prose, 24)],
                Layout::Lines,
            ),
            case: pick(at("case"), &[(Case::Lower, 42), (Case::Upper, 30), (Case::AsItComes, 28)], Case::Lower),
            stops: u8::try_from(pick(at("stops?"), &[(0, 40), (range("stops", 5, 40), 40), (92, 20)], 0)).unwrap_or(0),
            short: u8::try_from(range("short", 0, 70)).unwrap_or(0),
            typos: u16::try_from(pick(
                at("typos?"),
                &[(0, 25), (range("typos", 10, 60), 50), (range("typos", 60, 160), 25)],
                0,
            ))
            .unwrap_or(0),
            long: u16::try_from(range("long", 45, 130)).unwrap_or(60),
        }
    }

    /// How many words this person makes.
    pub fn manner(&self) -> Manner {
        match self.noise("manner").index(20) {
            0..=8 => Manner::Terse,
            9..=13 => Manner::Plain,
            _ => Manner::Wordy,
        }
    }

    /// Noise of this person's, for what has no field of its own.
    pub fn noise(&self, what: &str) -> Key {
        self.key.text(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_keeps_to_their_ways_and_people_differ() {
        let of = |n| Habit::of(Key::of(n));
        assert_eq!(of(1), of(1));
        let suffixes: alloc::collections::BTreeSet<_> = (0..40).map(|n| of(n).suffix).collect();
        assert!(suffixes.len() >= 3);
        assert!((0..40).any(|n| of(n).case == Case::Lower) && (0..40).any(|n| of(n).case == Case::Upper));
    }
}
