//! Who acts next: the moments of everybody on every decky, and of the logs that are ours.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use decnet_domain::agenda::moments;
use decnet_domain::calendar::Calendar;
use decnet_domain::fleet::Fleet;
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::logs::login::{resident_key, scaled_intensity};
use jiff::{SignedDuration, Span, Timestamp, Zoned};

use crate::facts::Facts;
use crate::ports::Ports;
use crate::profile::{Accounts, Profile};

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A person acts.
    Person {
        /// The decky's place in the fleet.
        decky: DeckyIndex,
        /// The person's place in its pool.
        persona: PersonaIndex,
    },
    /// Whether a person lives there, or comes back, is looked at again.
    Ask {
        /// The decky's place in the fleet.
        decky: DeckyIndex,
        /// The person's place in its pool.
        persona: PersonaIndex,
    },
    /// A host's logs go on.
    Logs {
        /// The decky's place in the fleet.
        decky: DeckyIndex,
    },
    /// Somebody writes or opens a mail.
    Mail {
        /// The mail decky's place in the fleet.
        decky: DeckyIndex,
    },
}

impl Due {
    /// The decky's place in the fleet.
    pub(crate) fn decky(self) -> DeckyIndex {
        match self {
            Self::Person { decky, .. } | Self::Ask { decky, .. } | Self::Logs { decky } | Self::Mail { decky } => decky,
        }
    }

    /// What it is, for log lines.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Person { .. } => "a person's action",
            Self::Ask { .. } => "a look at an account",
            Self::Logs { .. } => "logs",
            Self::Mail { .. } => "mail",
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
    pub(crate) fn follow(&mut self, fleet: &Arc<Fleet>, profile: &Profile, facts: &Facts, ports: &Ports, now: &Zoned) {
        if self.fleet.as_ref().is_some_and(|known| Arc::ptr_eq(known, fleet)) {
            return;
        }
        self.fleet = Some(fleet.clone());
        self.heap.clear();
        for decky in fleet.inhabited() {
            for persona in (0..fleet.people_of(decky).len()).map(PersonaIndex::new) {
                self.person(fleet, profile, facts, ports, (decky, persona), now);
            }
            // The first look at the logs comes soon, and not for all at once.
            let soon = SignedDuration::from_millis(700 * i64::try_from(decky.get() % 300).unwrap_or(0));
            self.heap.push(Reverse((now.timestamp() + soon, Due::Logs { decky })));
        }
        for decky in fleet.mail_hosts() {
            let soon = SignedDuration::from_millis(900 * i64::try_from(decky.get() % 300).unwrap_or(0));
            self.put(now.timestamp() + soon, Due::Mail { decky });
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
        ports: &Ports,
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
            if let Due::Person { decky, persona } | Due::Ask { decky, persona } = due {
                let after = at.max(now.timestamp() - GRACE).to_zoned(now.time_zone().clone());
                self.person(&fleet, profile, facts, ports, (decky, persona), &after);
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
        ports: &Ports,
        (decky, persona): (DeckyIndex, PersonaIndex),
        after: &Zoned,
    ) {
        let Some(actor) = fleet.actor(decky, persona) else { return };
        let known = facts.known(actor.container);
        let people = fleet.people_of(decky);
        // Who has an account lives there; where nobody has, or nobody has looked, all do.
        let residents = known.as_ref().map_or(0, |f| people.iter().filter(|p| f.has_account(p)).count());
        let moves_in = profile.accounts == Accounts::Create;
        let lives_here = residents == 0 || moves_in || known.as_ref().is_some_and(|f| f.has_account(actor.persona));
        if !lives_here {
            // Asked again tomorrow: accounts come and go.
            let tomorrow = after.timestamp() + SignedDuration::from_hours(20);
            self.heap.push(Reverse((tomorrow, Due::Ask { decky, persona })));
            return;
        }
        let share = profile.share(if residents == 0 { people.len() } else { residents });
        let person = actor.world.person(persona);
        let key = resident_key(person, &actor.decky.id);
        let intensity = scaled_intensity(key, share);
        let calendar = Calendar::of(actor.persona, person, ports.content.holidays());
        let local = known.as_ref().map_or_else(|| actor.persona.local(after), |f| f.local(actor.persona, after));
        // Yesterday's late shift may go on into today.
        for ahead in -1..AHEAD_DAYS {
            let Ok(day) = local.date().checked_add(Span::new().days(ahead)) else { continue };
            let zone = local.time_zone();
            let today = moments(key, actor.persona.active_hours, &calendar, day, zone, intensity);
            if let Some(at) = today.into_iter().find(|at| *at > after.timestamp()) {
                self.heap.push(Reverse((at, Due::Person { decky, persona })));
                return;
            }
        }
        // Away for long, or hardly ever here.
        let later = after.timestamp() + SignedDuration::from_hours(24 * (AHEAD_DAYS - 2));
        self.heap.push(Reverse((later, Due::Ask { decky, persona })));
    }
}
