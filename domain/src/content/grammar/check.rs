//! That every drawing ends: no rule calls itself, nests too deep or grows without measure.

use alloc::vec::Vec;
use core::fmt;

use super::ast::{Grammar, Node, Rule, Target, Times};

/// Rules may nest so deep; more is a cycle or a mistake.
const MOST_DEPTH: usize = 12;
/// So many alternatives one drawing may put together at most.
const MOST_PARTS: u64 = 100_000;

/// Why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endless {
    /// Deeper than rules may nest, as every rule is that calls itself.
    Deep,
    /// Repeats within repeats.
    Large,
}

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deep => write!(f, "calls itself, or nests deeper than {MOST_DEPTH}"),
            Self::Large => write!(f, "can grow to more than {MOST_PARTS} parts: repeat less"),
        }
    }
}

/// What was found of a rule.
#[derive(Clone, Copy)]
struct Reach {
    /// How many rules below it call each other at most; 0 where it calls none.
    depth: usize,
    /// How many alternatives one drawing puts together at most, its own among them.
    parts: u64,
}

/// The checks of one grammar. Each rule is looked at once, so that it takes no longer than reading.
pub(super) struct Check<'a> {
    grammar: &'a Grammar,
    known: Vec<Option<Reach>>,
}

impl<'a> Check<'a> {
    pub(super) fn of(grammar: &'a Grammar) -> Self {
        Self { grammar, known: alloc::vec![None; grammar.rules.len()] }
    }

    /// Looks at a rule and at all it calls.
    pub(super) fn rule(&mut self, rule: Rule) -> Result<(), Endless> {
        self.reach(rule, 0).map(drop)
    }

    fn reach(&mut self, rule: Rule, above: usize) -> Result<Reach, Endless> {
        if above > MOST_DEPTH {
            return Err(Endless::Deep);
        }
        if let Some(known) = self.known[rule.index()] {
            return if above + known.depth > MOST_DEPTH { Err(Endless::Deep) } else { Ok(known) };
        }
        let grammar = self.grammar;
        let mut reach = Reach { depth: 0, parts: 1 };
        for alternative in grammar.alternatives(rule) {
            let mut parts = 1_u64;
            for node in &alternative.nodes {
                let (rules, times): (Vec<Rule>, u64) = match node {
                    Node::Call { target: Target::Rule(rule), times, .. } => (alloc::vec![*rule], most(*times)),
                    Node::Call { target: Target::Facet(_, rules), times, .. } => (rules.to_vec(), most(*times)),
                    Node::Switch { kind, targets } => {
                        (core::iter::once(*kind).chain(targets.iter().map(|(_, rule)| *rule)).collect(), 1)
                    }
                    Node::Slot { slot, .. } => {
                        (slot.rule().and_then(|name| grammar.find(name)).into_iter().collect(), 1)
                    }
                    Node::Text(_) => continue,
                };
                let mut largest = 0;
                for rule in rules {
                    let below = self.reach(rule, above + 1)?;
                    reach.depth = reach.depth.max(below.depth + 1);
                    largest = largest.max(below.parts);
                }
                parts = parts.saturating_add(largest.saturating_mul(times));
            }
            reach.parts = reach.parts.max(parts);
        }
        if reach.parts > MOST_PARTS {
            return Err(Endless::Large);
        }
        self.known[rule.index()] = Some(reach);
        Ok(reach)
    }
}

/// How often a call draws at most.
fn most(times: Times) -> u64 {
    match times {
        Times::Repeat(_, most) => u64::from(most),
        _ => 1,
    }
}
