//! Places in the two lists that the planner draws from, as types of their own, so that one can't be taken for the other.

/// A decky's place in [`Fleet::members`](crate::fleet::Fleet::members). Holds for one snapshot of the fleet only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeckyIndex(usize);

/// A persona's place among the people of its pool. Holds as long as the pool's personas stay the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonaIndex(usize);

impl DeckyIndex {
    /// The decky at place `n`, counted from 0.
    pub const fn new(n: usize) -> Self {
        Self(n)
    }

    /// The place in the list, counted from 0.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl PersonaIndex {
    /// The persona at place `n`, counted from 0.
    pub const fn new(n: usize) -> Self {
        Self(n)
    }

    /// The place in the list, counted from 0.
    pub const fn get(self) -> usize {
        self.0
    }

    /// The persona `n` places further on in a pool of `count`, whose last is followed by its first.
    #[must_use]
    pub fn further(self, n: usize, count: usize) -> Self {
        Self((self.0 + n) % count.max(1))
    }
}
