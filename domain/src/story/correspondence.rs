//! The mails of an instance of a storyline, in their order.

use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};

use super::instance::Instance;
use super::participant::Participant;
use super::storyline::{How, MailText, OfCompany, Outside, Storyline, Text};

/// A mail of an instance.
#[derive(Clone, Copy, Debug)]
pub struct StoryMail<'s> {
    /// Its beat's place in the storyline.
    pub beat: usize,
    /// Its place among the beat's mails.
    pub nth: usize,
    /// When it is sent.
    pub at: Timestamp,
    /// Who writes, to whom, and what.
    pub text: &'s MailText,
    /// Which of the instance's threads it belongs to.
    pub thread: ThreadOf,
}

/// A thread of an instance: among our own people, or with somebody of another company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ThreadOf {
    /// Nobody outside reads along.
    OwnPeople,
    /// With the outsider who plays this part, and with whoever gets mails together with them.
    Outsider(usize),
}

/// Somebody writes it down soon after it happened.
const SOON: i64 = 22 * 60;

impl Instance<'_> {
    /// All of its mails, in order. What would only go to whoever writes it, in a small company, is left out.
    pub fn mails(&self) -> Vec<StoryMail<'_>> {
        let happenings = self.happenings();
        let threads = self.story().threads();
        let mut all = Vec::new();
        for (n, happening) in happenings.iter().enumerate() {
            let mails = &self.story().beats()[happening.beat].mails;
            // They come one after the other before the next thing happens.
            let gap = happenings.get(n + 1).map_or(SOON * 4, |next| next.at.duration_since(happening.at).as_secs());
            let step = (gap / (i64::try_from(mails.len()).unwrap_or(1) + 1)).min(SOON);
            let mut at = happening.at;
            for (nth, text) in mails.iter().enumerate() {
                let key = self.item().key.text("mail").with(happening.beat as u64).with(nth as u64);
                let late = step / 3 + key.below((step * 2 / 3).max(1).unsigned_abs()).cast_signed();
                at += SignedDuration::from_secs(late)
                    + SignedDuration::from_nanos(key.below(1_000_000_000).cast_signed());
                let from = self.participant(text.from);
                if text.to.iter().any(|part| self.participant(*part) != from) {
                    let thread =
                        text.parts().find_map(|part| threads[part]).map_or(ThreadOf::OwnPeople, ThreadOf::Outsider);
                    all.push(StoryMail { beat: happening.beat, nth, at, text, thread });
                }
            }
        }
        all
    }

    /// Who plays a part.
    pub fn participant(&self, part: usize) -> Option<&Participant> {
        self.parts().get(part)
    }

    /// What the thread of a mail is about: as its first mail has it, else as the first of all has it.
    pub fn subject(&self, thread: ThreadOf) -> Option<&[Text]> {
        let mails = self.mails();
        let own = mails.iter().filter(|mail| mail.thread == thread);
        let mut subjects = own.chain(&mails).map(|mail| mail.text.subjects.as_slice());
        subjects.find(|subjects| !subjects.is_empty())
    }

    /// Where somebody of another company writes from.
    pub fn workplace(&self, part: usize) -> Workplace<'_> {
        let named = |what| {
            self.story().facts.iter().position(|fact| fact.how == How::Company(what)).and_then(|at| self.value(at))
        };
        let company = |what| named(what).map_or(Workplace::SomeCompany, Workplace::Company);
        match self.story().parts.get(part).and_then(|part| part.outside) {
            Some(Outside::Customer) => company(OfCompany::Customer),
            Some(Outside::Vendor) => company(OfCompany::Vendor),
            Some(Outside::Private) => Workplace::Home,
            Some(Outside::Firm) => Workplace::SomeCompany,
            // The first one is whom the storyline speaks of.
            _ if self.story().parts.iter().position(|part| part.outside.is_some()) == Some(part) => {
                named(OfCompany::Customer)
                    .or_else(|| named(OfCompany::Vendor))
                    .map_or(Workplace::SomeCompany, Workplace::Company)
            }
            _ => Workplace::SomeCompany,
        }
    }
}

/// Where somebody of another company writes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workplace<'i> {
    /// A customer or supplier of this name.
    Company(&'i str),
    /// A company that nobody names.
    SomeCompany,
    /// No company: an applicant, a guest.
    Home,
}

impl Storyline {
    /// For each part the part that its thread is called after: the first outsider of those who get mails together.
    fn threads(&self) -> Vec<Option<usize>> {
        let mut threads: Vec<Option<usize>> =
            self.parts.iter().enumerate().map(|(n, part)| part.outside.map(|_| n)).collect();
        for mail in self.beats.iter().flat_map(|beat| &beat.mails) {
            let Some(first) = mail.parts().filter_map(|part| threads[part]).min() else { continue };
            let joined: Vec<usize> = mail.parts().filter_map(|part| threads[part]).collect();
            for thread in threads.iter_mut().filter(|thread| thread.is_some_and(|n| joined.contains(&n))) {
                *thread = Some(first);
            }
        }
        threads
    }
}
