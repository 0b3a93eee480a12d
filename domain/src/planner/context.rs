//! What a decision takes into account.

use jiff::Zoned;

use super::policy::Policy;
use super::unfit_logins::UnfitLogins;
use crate::content::Content;
use crate::fleet::Fleet;
use crate::novelty::Novelty;
use crate::story::InstanceCache;
use crate::weights::Weights;

/// What a decision takes into account.
#[derive(Clone, Copy, Debug)]
pub struct DecisionContext<'a> {
    /// The running deckies and their people.
    pub fleet: &'a Fleet,
    /// The texts.
    pub content: &'a Content,
    /// How often which class is made.
    pub weights: &'a Weights,
    /// What was written before.
    pub novelty: &'a Novelty,
    /// What an operator set.
    pub policy: &'a Policy,
    /// Logins that a target has refused.
    pub unfit: &'a UnfitLogins,
    /// What was drawn before of the storylines of this fleet's people.
    pub instances: &'a InstanceCache,
    /// The clock's reading.
    pub now: &'a Zoned,
}
