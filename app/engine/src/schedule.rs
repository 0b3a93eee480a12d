//! Who acts next: the moments of everybody on every decky, and of the logs that are ours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use decnet_domain::agenda::moments;
use decnet_domain::calendar::Calendar;
use decnet_domain::fleet::Fleet;
use decnet_domain::planner::logs::{resident, zealous};
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::Outside;
use crate::facts::Facts;
use crate::profile::{Accounts, Profile};

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A person acts.
    Person {
        /// The decky's place in the fleet.
        member: usize,
        /// The person's place in its pool.
        me: usize,
    },
    /// Whether a person lives there, or comes back, is looked at again.
    Ask {
        /// The decky's place in the fleet.
        member: usize,
        /// The person's place in its pool.
        me: usize,
    },
    /// A host's logs go on.
    Logs {
        /// The decky's place in the fleet.
        member: usize,
    },
    /// Somebody writes or opens a mail.
    Mail {
        /// The mail decky's place in the fleet.
        member: usize,
    },
}

impl Due {
    pub(crate) fn member(self) -> usize {
        match self {
            Self::Person { member, .. } | Self::Ask { member, .. } | Self::Logs { member } | Self::Mail { member } => {
                member
            }
        }
    }
}

#[derive(Default)]
pub(crate) struct Schedule {
    fleet: Option<Arc<Fleet>>,
    heap: BinaryHeap<Reverse<(Timestamp, Due)>>,
}

/// What was due longer ago than this was missed: nobody makes up for it.
const GRACE: SignedDuration = SignedDuration::from_secs(90);
/// A person may be away for some weeks; further nobody looks.
const AHEAD_DAYS: i64 = 45;

impl Schedule {
    /// Puts everybody's next moment on the list, where the fleet is not the one it was made for.
    pub(crate) fn follow(
        &mut self,
        fleet: &Arc<Fleet>,
        profile: &Profile,
        facts: &Facts,
        outside: &Outside,
        now: &Zoned,
    ) {
        if self.fleet.as_ref().is_some_and(|known| Arc::ptr_eq(known, fleet)) {
            return;
        }
        self.fleet = Some(fleet.clone());
        self.heap.clear();
        for member in fleet.inhabited() {
            for me in 0..fleet.people_of(member).len() {
                self.person(fleet, profile, facts, outside, (member, me), now);
            }
            // The first look at the logs comes soon, and not for all at once.
            let soon = SignedDuration::from_millis(700 * i64::try_from(member % 300).unwrap_or(0));
            self.heap.push(Reverse((now.timestamp() + soon, Due::Logs { member })));
        }
        for member in fleet.mail_hosts() {
            let soon = SignedDuration::from_millis(900 * i64::try_from(member % 300).unwrap_or(0));
            self.put(now.timestamp() + soon, Due::Mail { member });
        }
    }

    /// When something is due next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// What is due by `now`, at most `most` of it, in order; what was missed is dropped. Each person's
    /// next moment takes the place of the one that is taken.
    pub(crate) fn take(
        &mut self,
        most: usize,
        profile: &Profile,
        facts: &Facts,
        outside: &Outside,
        now: &Zoned,
    ) -> Vec<(Timestamp, Due)> {
        let Some(fleet) = self.fleet.clone() else { return Vec::new() };
        let mut taken = Vec::new();
        while taken.len() < most {
            match self.heap.peek() {
                Some(Reverse((at, _))) if *at <= now.timestamp() => {}
                _ => break,
            }
            let Some(Reverse((at, due))) = self.heap.pop() else { break };
            if let Due::Person { member, me } | Due::Ask { member, me } = due {
                let after = at.max(now.timestamp() - GRACE).to_zoned(now.time_zone().clone());
                self.person(&fleet, profile, facts, outside, (member, me), &after);
            }
            let is_missed = now.timestamp().duration_since(at) > GRACE;
            match due {
                Due::Person { .. } if is_missed => {}
                Due::Ask { .. } => {}
                Due::Person { .. } | Due::Logs { .. } | Due::Mail { .. } => taken.push((at, due)),
            }
        }
        taken
    }

    /// Puts something on the list: a host's logs or mail, again.
    pub(crate) fn put(&mut self, at: Timestamp, due: Due) {
        self.heap.push(Reverse((at, due)));
    }

    /// Puts a person's first moment after `after` on the list.
    fn person(
        &mut self,
        fleet: &Fleet,
        profile: &Profile,
        facts: &Facts,
        outside: &Outside,
        (member, me): (usize, usize),
        after: &Zoned,
    ) {
        let Some(stage) = fleet.stage(member, me) else { return };
        let known = facts.known(stage.station);
        let people = fleet.people_of(member);
        // Who has an account lives there; where nobody has, or nobody has looked, all do.
        let residents = known.as_ref().map_or(0, |f| people.iter().filter(|p| f.has_account(p)).count());
        let moves_in = profile.accounts == Accounts::Create;
        let lives_here = residents == 0 || moves_in || known.as_ref().is_some_and(|f| f.has_account(stage.persona));
        if !lives_here {
            // Asked again tomorrow: accounts come and go.
            let tomorrow = after.timestamp() + SignedDuration::from_hours(20);
            self.heap.push(Reverse((tomorrow, Due::Ask { member, me })));
            return;
        }
        let share = profile.share(if residents == 0 { people.len() } else { residents });
        let person = stage.world.person(me);
        let key = resident(person, &stage.decky.id);
        let intensity = zealous(key, share);
        let calendar = Calendar::of(stage.persona, person, outside.content.holidays());
        let local = known.as_ref().map_or_else(|| stage.persona.local(after), |f| f.local(stage.persona, after));
        // Yesterday's late shift may go on into today.
        for ahead in -1..AHEAD_DAYS {
            let Ok(day) = local.date().checked_add(Span::new().days(ahead)) else { continue };
            let zone = local.time_zone();
            let today = moments(key, stage.persona.active_hours, &calendar, day, zone, intensity);
            if let Some(at) = today.into_iter().find(|at| *at > after.timestamp()) {
                self.heap.push(Reverse((at, Due::Person { member, me })));
                return;
            }
        }
        // Away for long, or hardly ever here.
        let later = after.timestamp() + SignedDuration::from_hours(24 * (AHEAD_DAYS - 2));
        self.heap.push(Reverse((later, Due::Ask { member, me })));
    }
}
