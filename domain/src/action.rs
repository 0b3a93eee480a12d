//! What a tick can do, and how often it does which.

use rand::{Rng, RngExt};

/// The kinds of action a tick rolls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// One decky talks to another.
    Traffic,
    /// A file appears or changes.
    File,
    /// A mail arrives.
    Email,
}

impl ActionKind {
    /// With the reference's weights.
    pub const WEIGHTED: [(Self, u32); 3] = [(Self::Traffic, 45), (Self::File, 45), (Self::Email, 10)];

    /// The word in rows, topics and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::File => "file",
            Self::Email => "email",
        }
    }
}

/// The order in which a tick tries the kinds: the first is the roll, and where it has nothing to
/// do the next gets its turn, so that a fleet without mail hosts, say, wastes no tick. Each
/// place is drawn by weight among those left, so a silent kind's share goes to the others in
/// proportion.
pub fn action_order(rng: &mut dyn Rng) -> [ActionKind; 3] {
    let mut left = ActionKind::WEIGHTED;
    for first in 0..2 {
        let total: u32 = left[first..].iter().map(|(_, weight)| weight).sum();
        let mut at = rng.random_range(0..total);
        let mut chosen = first;
        while at >= left[chosen].1 {
            at -= left[chosen].1;
            chosen += 1;
        }
        left.swap(first, chosen);
    }
    left.map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn the_first_kind_follows_the_weights_and_the_order_holds_each_once() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut first = [0_u32; 3];
        let mut after_mail = [0_u32; 3];
        for _ in 0..60_000 {
            let order = action_order(&mut rng);
            let mut sorted = order;
            sorted.sort();
            assert_eq!(sorted, [ActionKind::Traffic, ActionKind::File, ActionKind::Email]);
            first[order[0] as usize] += 1;
            if order[0] == ActionKind::Email {
                after_mail[order[1] as usize] += 1;
            }
        }
        assert!((26_000..28_000).contains(&first[0]) && (26_000..28_000).contains(&first[1]), "{first:?}");
        let ratio = f64::from(after_mail[0]) / f64::from(after_mail[1]);
        assert!((0.9..1.1).contains(&ratio), "{after_mail:?}");
    }
}
