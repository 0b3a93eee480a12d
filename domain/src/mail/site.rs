//! A mail host at a moment: its people, the mails of late, and what is due.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp, Zoned};
use rand::{Rng, RngExt};

use super::mailing::{MailingDue, mailings};
use super::outgoing::{MailKind, OutgoingMail};
use super::program::Program;
use super::thread::SentMail;
use super::timing::{self, Correspondent, Due, Reaction, Volume};
use crate::calendar::Calendar;
use crate::content::Content;
use crate::facts::{HostFacts, MailLayout, MailStorage, MailboxPlace};
use crate::fleet::MailServer;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::novelty::Novelty;
use crate::path::{DeckyPath, PathError};
use crate::record::{EmailRecord, MailOrigin, StoryMark};
use crate::world::WorkItem;

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailStore {
    /// One file for a mail, in a folder of its thread's below `/var/spool/decnet-emails`, as the reference does.
    Spool,
    /// Into people's mailboxes, where the mail container has a server that keeps such; else as above.
    Mailbox,
}

/// What was due longer ago was missed: nobody makes up for it.
const GRACE: SignedDuration = SignedDuration::from_secs(90);
/// Nothing is looked for further ahead, in days.
const AHEAD_DAYS: i64 = 2;
/// Of a company's actions one in ten is a mail, and of those two in five begin a thread.
const ROOT_SHARE: f64 = 0.10 * 0.40;
/// Of a tick's mails so many in 100 are answers, where there is something to answer.
const ANSWERS: u32 = 60;
/// Nobody answers a mail sooner than this after it was sent.
const SOONEST_ANSWER: SignedDuration = SignedDuration::from_secs(100);

/// A mail host at a moment.
#[derive(Clone, Debug)]
pub struct MailSite<'a> {
    /// The decky, its container, its people and their company.
    pub server: MailServer<'a>,
    /// What is known of the container.
    pub facts: &'a HostFacts,
    /// The texts.
    pub content: &'a Content,
    /// The people as correspondents, in the order of the pool.
    pub people: Vec<Correspondent<'a>>,
    /// Mails that were delivered, the latest first.
    pub recent: Vec<SentMail>,
    /// The `Message-ID`s of all mails of late, delivered or not: nothing is tried twice.
    pub known: BTreeSet<String>,
    /// The mails of storylines that were written or tried, by their work item.
    told: BTreeMap<String, Vec<StoryMark>>,
    /// Where mail goes.
    pub store: MailStore,
    /// How many actions a decky sees on a working day.
    pub actions_per_day: f64,
    /// The clock's reading.
    pub now: &'a Zoned,
}

/// What a site is made from, besides the server and its rows.
#[derive(Clone, Copy, Debug)]
pub struct SiteSettings<'a> {
    /// The texts.
    pub content: &'a Content,
    /// Where mail goes.
    pub store: MailStore,
    /// How many actions a decky sees on a working day.
    pub actions_per_day: f64,
    /// The clock's reading.
    pub now: &'a Zoned,
}

/// Somebody's mailbox on the mail host.
#[derive(Clone, Debug)]
pub struct Mailbox<'s> {
    /// Whose.
    pub who: &'s Correspondent<'s>,
    /// Where it lies, and whose files it has.
    pub place: MailboxPlace,
}

impl Mailbox<'_> {
    /// A path below the mailbox: what begins with a dot is in one of its folders, which the mail server may have as
    /// plain ones.
    ///
    /// # Errors
    /// When the home is so deep that no row could hold the path.
    pub fn path(&self, below: &str) -> Result<DeckyPath, PathError> {
        match (below.strip_prefix('.'), self.place.layout) {
            (Some(folder), MailLayout::Fs) => DeckyPath::under(&self.place.root, folder),
            (Some(_), MailLayout::Maildirpp) => DeckyPath::under(&self.place.root, below),
            (None, _) => DeckyPath::under(&self.place.inbox, below),
        }
    }
}

impl<'a> MailSite<'a> {
    /// Takes the mails of late as rows have them, the latest first.
    pub fn new(server: MailServer<'a>, facts: &'a HostFacts, rows: &[EmailRecord], settings: SiteSettings<'a>) -> Self {
        let SiteSettings { content, store, actions_per_day, now } = settings;
        let correspondent = |(n, persona)| {
            let key = server.world.person(PersonaIndex::new(n));
            let zone = facts.local(persona, now).time_zone().clone();
            Correspondent { persona, key, calendar: Calendar::of(persona, key, content.holidays()), zone }
        };
        let people = server.people.iter().enumerate().map(correspondent).collect();
        let recent = rows.iter().filter(|row| row.outcome.is_success()).map(SentMail::of).collect();
        let known = rows.iter().map(|row| row.message_id.clone()).collect();
        let mut told: BTreeMap<String, Vec<StoryMark>> = BTreeMap::new();
        for mark in rows.iter().filter_map(|row| row.payload.details()?.story.as_ref()) {
            told.entry(mark.item.clone()).or_default().push(mark.clone());
        }
        Self { server, facts, content, people, recent, known, told, store, actions_per_day, now }
    }

    /// The installation's noise for this host's mail.
    pub fn key(&self) -> Key {
        self.server.world.key().text("mail host").text(self.server.decky.id.as_str())
    }

    /// The mails of a work item that were written or tried.
    pub(super) fn told_of(&self, item: &WorkItem) -> &[StoryMark] {
        self.told.get(&StoryMark::item(item)).map_or(&[], Vec::as_slice)
    }

    /// One of the people.
    pub fn who(&self, persona: PersonaIndex) -> &Correspondent<'a> {
        &self.people[persona.get()]
    }

    /// Whether there is such a person.
    pub fn has(&self, persona: PersonaIndex) -> bool {
        persona.get() < self.people.len()
    }

    /// What a person writes their mail with.
    pub fn program(&self, persona: PersonaIndex) -> Program {
        Program::of(self.who(persona).key, self.server.world.family(persona))
    }

    /// Whether mail goes into mailboxes; else it goes to the spool. Where the mail server keeps them in a way that
    /// isn't followed, nobody has one, and so nothing is sent.
    pub fn has_mailboxes(&self) -> bool {
        self.store == MailStore::Mailbox && self.facts.mail != MailStorage::None
    }

    /// The mailboxes of those who have one here, where mail is kept in mailboxes.
    pub fn mailboxes(&self, readers: &[PersonaIndex]) -> Vec<Mailbox<'_>> {
        if !self.has_mailboxes() {
            return Vec::new();
        }
        let one = |n: &PersonaIndex| {
            let who = self.people.get(n.get())?;
            Some(Mailbox { who, place: self.facts.mailbox_of(who.persona)? })
        };
        readers.iter().filter_map(one).collect()
    }

    /// The name that belongs to an address; empty where it is nobody's here.
    pub fn name_of(&self, email: &str) -> String {
        let known = self.people.iter().find(|who| who.persona.email.eq_ignore_ascii_case(email));
        known.map_or_else(String::new, |who| who.persona.person_name().display().into())
    }

    /// When a thread began, as far back as rows tell.
    pub fn began(&self, mail: &SentMail) -> Timestamp {
        let first = self.recent.iter().filter(|other| other.thread == mail.thread).map(|other| other.sent).min();
        first.unwrap_or(mail.sent)
    }

    /// What people do about the mails of late, done or not.
    fn reactions(&self) -> impl Iterator<Item = (&SentMail, Due)> {
        let company = self.server.world.key();
        self.recent.iter().filter_map(move |mail| Some((mail, timing::reaction(mail, company, &self.people)?)))
    }

    fn roots(&self, who: usize) -> Vec<Timestamp> {
        let volume = Volume(self.actions_per_day * ROOT_SHARE);
        let crowd: Vec<Key> = self.people.iter().map(|who| who.key).collect();
        let decky = self.server.decky.id.as_str();
        timing::roots(&self.people[who], decky, volume, &crowd, self.now.timestamp(), AHEAD_DAYS)
    }

    fn mailings(&self) -> Vec<MailingDue> {
        let now = self.facts.host_time(self.now);
        let decky = self.server.decky.id.as_str();
        mailings(self.server.world, decky, now.time_zone(), now.timestamp(), AHEAD_DAYS)
    }

    /// Every mail that somebody would write around now, with its moment.
    fn moments(&self) -> Vec<(Timestamp, MailKind<'_>)> {
        let mut all: Vec<(Timestamp, MailKind<'_>)> = Vec::new();
        for (mail, due) in self.reactions() {
            let who = due.who;
            let kind = match due.what {
                Reaction::Answer => MailKind::Answer(who, mail),
                Reaction::Forward => MailKind::Forward(who, mail),
            };
            all.push((due.at, kind));
        }
        for who in (0..self.people.len()).filter(|who| !self.has_stories(PersonaIndex::new(*who))) {
            all.extend(self.roots(who).into_iter().map(|at| (at, MailKind::Root(PersonaIndex::new(who)))));
        }
        all.extend(self.story_moments());
        all.extend(self.mailings().into_iter().map(|due| (due.at, MailKind::Mailing(due))));
        all
    }

    /// What is due by now and wasn't missed, in order. `key` is the installation's noise for choices.
    pub fn due(&self, key: Key) -> Vec<OutgoingMail<'_>> {
        let now = self.now.timestamp();
        let is_due = |at: Timestamp| at <= now && now.duration_since(at) <= GRACE;
        let mut due: Vec<_> = self.moments().into_iter().filter(|(at, _)| is_due(*at)).collect();
        due.sort_by_key(|(at, _)| *at);
        let key = key.text("mail").text(self.server.decky.id.as_str());
        due.into_iter().map(|(due, kind)| OutgoingMail { due, kind, draws: key.at(due).value() }).collect()
    }

    /// When the next mail is due after now; `None` for nothing within two days.
    pub fn next(&self) -> Option<Timestamp> {
        let now = self.now.timestamp();
        self.moments().into_iter().map(|(at, _)| at).filter(|at| *at > now).min()
    }

    /// Draws a mail of somebody's who is at work: an answer where there is one to give (60 in 100), else a new
    /// thread. `None` when nobody is at work.
    pub fn draw(&self, rng: &mut dyn Rng) -> Option<OutgoingMail<'_>> {
        let now = self.now.timestamp();
        let at_work: Vec<usize> = (0..self.people.len())
            .filter(|n| {
                let who = &self.people[*n];
                who.persona.active_hours.contains(now.to_zoned(who.zone.clone()).time())
            })
            .collect();
        if at_work.is_empty() {
            return None;
        }
        if let Some(kind) = self.story_waiting() {
            return Some(OutgoingMail { due: now, kind, draws: rng.next_u64() });
        }
        let writer = at_work[rng.random_range(0..at_work.len())];
        let mine = &self.people[writer].persona.email;
        let company = self.server.world.key();
        let waits = |mail: &&SentMail| {
            // One answer a mail, so that a thread is as long as its references tell, and ends.
            let is_answered = |other: &SentMail| other.in_reply_to.as_ref() == Some(&mail.message_id);
            mail.origin == MailOrigin::Colleague
                && mail.story.is_none()
                && mail.from != *mine
                && mail.recipients().any(|r| r.eq_ignore_ascii_case(mine))
                && now.duration_since(mail.sent) > SOONEST_ANSWER
                && timing::thread_goes_on(mail, company)
                && !self.recent.iter().any(is_answered)
        };
        let waiting: Vec<&SentMail> = self.recent.iter().filter(waits).collect();
        let writer = PersonaIndex::new(writer);
        let kind = if !waiting.is_empty() && rng.random_range(0..100) < ANSWERS {
            // The smaller of two draws favours the latest.
            let at = rng.random_range(0..waiting.len()).min(rng.random_range(0..waiting.len()));
            MailKind::Answer(writer, waiting[at])
        } else {
            MailKind::Root(writer)
        };
        Some(OutgoingMail { due: now, kind, draws: rng.next_u64() })
    }
}

/// What novelty and a site are needed for together: finding words.
#[derive(Clone, Copy, Debug)]
pub struct Composition<'s, 'a> {
    /// The mail host.
    pub site: &'s MailSite<'a>,
    /// What was written before.
    pub novelty: &'s Novelty,
}
