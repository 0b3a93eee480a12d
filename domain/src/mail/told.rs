//! Mails that follow from storylines: what somebody writes because something happened.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};

use super::host_label::label;
use super::message::{Address, Attachment};
use super::outgoing::{MailKind, OutgoingMail};
use super::plan::{Content, Written};
use super::program::Program;
use super::quoting::QuoteKind;
use super::received::{HandedIn, hops};
use super::recipients::{Audience, address};
use super::site::{Composition, MailSite};
use super::story_mail::StoryMailRef;
use super::story_people::{Greeted, Outsider, Sender, StoryPeople};
use super::thread::SentMail;
use super::words::{self, MessageText};
use crate::content::TextGenerator;
use crate::index::PersonaIndex;
use crate::noise::Key;
use crate::persona::{Spelling, plain};
use crate::record::{StoryMark, ThreadId};
use crate::story::{Instance, Participant, Setting, StoryMail, Text, ThreadOf, Workplace};
use crate::text::bare;
use crate::world::WorkItem;

/// So many mails about one item a person writes on average, and so many items a day they have.
const MAILS_A_DAY: f64 = 1.6;
/// Where mail is wanted that those don't make, people have so many times as many items as hosts know of,
const MORE_ROWS: usize = 3;
/// in rows so far behind those of all hosts.
const FURTHER: usize = 400_000;
/// One action in ten is a mail.
const SHARE: f64 = 0.10;
/// What was due longer ago isn't written any more, where mail is written at ticks.
const LATE: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Items that begin later than this are looked at another time.
const SOON: SignedDuration = SignedDuration::from_hours(8);
/// No thread begins so late.
const LATE_BEGINNING: SignedDuration = SignedDuration::from_hours(12);

impl MailSite<'_> {
    /// The instance of a storyline that a work item is, where its owner's language has storylines for their work.
    pub(super) fn instance(&self, item: WorkItem) -> Option<Instance<'_>> {
        let owner = self.people.get(item.owner.get())?;
        let language = owner.persona.language;
        let setting = Setting {
            world: self.server.world,
            people: self.server.people,
            hosts: self.server.hosts,
            pack: self.content.pack(language),
            stories: self.content.stories(language)?,
            holidays: self.content.holidays(),
            zone: &owner.zone,
            cache: None,
        };
        Instance::of(setting, item)
    }

    /// Whether somebody's mails follow from storylines.
    pub(super) fn has_stories(&self, who: PersonaIndex) -> bool {
        let family = self.server.world.family(who);
        self.people
            .get(who.get())
            .and_then(|who| self.content.stories(who.persona.language))
            .is_some_and(|stories| stories.has(family))
    }

    /// The work items of late and of soon whose mails lie on this host: not more than there is mail for.
    fn told_items(&self) -> Vec<WorkItem> {
        let now = self.now.timestamp();
        let tellers: Vec<PersonaIndex> =
            (0..self.people.len()).map(PersonaIndex::new).filter(|who| self.has_stories(*who)).collect();
        let wanted = self.actions_per_day * SHARE / (tellers.len().max(1) as f64 * MAILS_A_DAY);
        let moments = [now - LATE * 3, now - LATE * 2, now - LATE, now, now + SOON];
        let mut items = Vec::new();
        for who in tellers {
            // What people have notes of comes first; where few people write much, they have more to write about.
            let rows = self.server.place.rows();
            let more =
                (0..MORE_ROWS).map(|n| (rows.start + FURTHER * (n + 1)..rows.end + FURTHER * (n + 1), (n + 1) as f64));
            for (rows, before) in
                core::iter::once((rows.clone(), 0.0)).chain(more).filter(|(_, before)| *before < wanted)
            {
                for (row, at) in rows.flat_map(|row| moments.map(|at| (row, at))) {
                    let item = self.server.world.work_item(who, row, at);
                    let is_ours =
                        self.server.place.keeps(item.key) && item.key.text("by mail").unit() < wanted - before;
                    if is_ours && !items.contains(&item) {
                        items.push(item);
                    }
                }
            }
        }
        items
    }

    /// Every mail of a storyline that is still to be written, with when the storyline has it: the next of each thread.
    pub(super) fn story_moments(&self) -> Vec<(Timestamp, MailKind<'_>)> {
        let mut all = Vec::new();
        for item in self.told_items() {
            let Some(instance) = self.instance(item) else { continue };
            // Most of what is looked at is over.
            if instance.happenings().last().is_none_or(|last| last.at < self.now.timestamp() - LATE) {
                continue;
            }
            let sent = self.told_of(&item);
            let mails = instance.mails();
            let threads: BTreeSet<ThreadOf> = mails.iter().map(|mail| mail.thread).collect();
            for of in threads {
                let thread: Vec<&StoryMail<'_>> = mails.iter().filter(|mail| mail.thread == of).collect();
                let is_sent = |mail: &&StoryMail<'_>| {
                    let beat = instance.story().beat_name(mail.beat);
                    sent.iter().any(|mark| mark.mail == mail.nth && mark.beat == beat)
                };
                let next = thread.iter().rposition(is_sent).map_or(0, |last| last + 1);
                let Some(mail) = thread.get(next) else { continue };
                let from = match instance.participant(mail.text.from) {
                    Some(Participant::Persona(who)) => Some(*who),
                    _ => None,
                };
                // Nobody goes on with a thread whose last mail was lost.
                let before = next.checked_sub(1).map(|last| self.sent_as(&mark(&instance, thread[last])));
                if before.is_some_and(|mail| mail.is_none()) {
                    continue;
                }
                // What somebody answers is the last that they got, or wrote themselves, and that one of those has to do with
                // who get the answer: who has nothing to do with it gets a mail of its own.
                let mine = self.address_of(&instance, mail.text.from);
                let theirs: Vec<_> = mail.text.to.iter().filter_map(|part| self.address_of(&instance, *part)).collect();
                let has = |sent: &SentMail, who: &_| sent.from == *who || sent.recipients().any(|to| to == who);
                let parent =
                    thread[..next].iter().rev().filter_map(|mail| self.sent_as(&mark(&instance, mail))).find(|sent| {
                        mine.as_ref().is_some_and(|mine| has(sent, mine)) && theirs.iter().any(|who| has(sent, who))
                    });
                let mail = StoryMailRef { item, beat: mail.beat, nth: mail.nth, from, at: mail.at };
                all.push((mail.at, MailKind::Story(mail, parent)));
            }
        }
        all
    }

    /// A mail of a storyline that waits to be written, where mail is written at ticks: the oldest, of somebody who is at
    /// work, and not too late to make sense.
    pub(super) fn story_waiting(&self) -> Option<MailKind<'_>> {
        let now = self.now.timestamp();
        let waits = |(at, kind): &(Timestamp, MailKind<'_>)| {
            let MailKind::Story(mail, parent) = kind else { return false };
            let longest = if parent.is_some() { LATE } else { LATE_BEGINNING };
            let is_at_work = mail
                .from
                .and_then(|who| self.people.get(who.get()))
                .is_none_or(|who| who.persona.active_hours.contains(now.to_zoned(who.zone.clone()).time()));
            *at <= now && now.duration_since(*at) < longest && is_at_work
        };
        self.story_moments().into_iter().filter(waits).min_by_key(|(at, _)| *at).map(|(_, kind)| kind)
    }

    /// Whether nobody outside gets a mail.
    pub(super) fn is_among_own_people(&self, mail: &StoryMailRef) -> bool {
        let instance = self.instance(mail.item);
        let thread = instance.as_ref().and_then(|instance| Some(written_as(&instance.mails(), mail)?.thread));
        thread == Some(ThreadOf::OwnPeople)
    }

    /// Which files of the writer's may go with a mail, by their names: of what is told in a storyline, what is called
    /// after it.
    pub fn goes_with(&self, outgoing: &OutgoingMail<'_>) -> impl Fn(&str) -> bool {
        let titles: Option<Vec<String>> = match outgoing.kind {
            MailKind::Story(mail, _) => {
                let instance = self.instance(mail.item);
                let titles = instance.as_ref().map_or(&[][..], Instance::titles);
                Some(titles.iter().map(|title| bare(title)).collect())
            }
            _ => None,
        };
        move |file| titles.as_ref().is_none_or(|titles| titles.iter().any(|title| bare(file).contains(title)))
    }

    fn sent_as(&self, mark: &StoryMark) -> Option<&SentMail> {
        self.recent.iter().find(|mail| mail.story.as_ref() == Some(mark))
    }

    /// The thread of a mail: always the same one.
    pub(super) fn story_thread(&self, first: &StoryMail<'_>, item: &WorkItem) -> ThreadId {
        let part = match first.thread {
            ThreadOf::OwnPeople => 0,
            ThreadOf::Outsider(part) => part as u64,
        };
        let key = self.key().text("story thread").with(item.key.value()).with(part);
        ThreadId::of(crate::noise::uuid_v7(first.at, &mut key.rng()))
    }

    /// Somebody of another company, as an address.
    fn outsider(&self, instance: &Instance<'_>, part: usize) -> Option<Outsider> {
        let Some(Participant::Outsider(given, family)) = instance.participant(part) else { return None };
        let key = instance.item().key.text("outsider").with(part as u64);
        let (first, last) =
            (plain(given, Spelling::Full).unwrap_or_default(), plain(family, Spelling::Full).unwrap_or_default());
        let workplace = instance.workplace(part);
        let (company, domain) = match workplace {
            Workplace::Company(name) => (Some(name), format!("{}.{}", label(name), self.tld())),
            Workplace::SomeCompany => {
                const KINDS: [&str; 5] = ["group", "services", "partners", "consult", "online"];
                let kind = KINDS[key.text("firm").index(KINDS.len())];
                (None, format!("{last}-{kind}.{}", self.tld()))
            }
            Workplace::Home => {
                const PROVIDERS: [&str; 4] = ["outlook.com", "gmail.com", "gmx.net", "yahoo.com"];
                (None, PROVIDERS[key.text("provider").index(PROVIDERS.len())].to_owned())
            }
        };
        let initial = first.chars().next().map(String::from).unwrap_or_default();
        // A company writes all of its addresses in one way.
        let local = match (workplace, Key::of(0).text(&domain).below(3)) {
            (Workplace::Home, _) => {
                format!("{first}.{last}{}", 60 + key.text("number").below(940))
            }
            (_, 0) => format!("{first}.{last}"),
            (_, 1) => format!("{initial}{last}"),
            _ => last,
        };
        let program =
            [Program::Outlook, Program::Outlook, Program::Thunderbird("128.14.0"), Program::AppleMail("3826.700.81")]
                [key.text("program").index(4)];
        Some(Outsider {
            address: Address { name: format!("{given} {family}"), email: format!("{local}@{domain}") },
            first: given.clone(),
            company: company.map(ToOwned::to_owned),
            program,
            host: format!("mail.{domain}"),
        })
    }

    /// What other companies' domains end with: what the company's own does, where that is a country's.
    fn tld(&self) -> &str {
        let own = self.server.world.domain().rsplit('.').next().unwrap_or("com");
        if own.len() == 2 { own } else { "com" }
    }

    fn address_of(&self, instance: &Instance<'_>, part: usize) -> Option<String> {
        match instance.participant(part)? {
            Participant::Persona(who) => Some(self.people.get(who.get())?.persona.email.clone()),
            Participant::Outsider(..) => Some(self.outsider(instance, part)?.address.email),
        }
    }

    /// Who writes a mail, and who gets it.
    pub(super) fn story_people(&self, instance: &Instance<'_>, mail: &StoryMail<'_>) -> Option<StoryPeople> {
        let from = match instance.participant(mail.text.from)? {
            Participant::Persona(who) => Sender::Persona(*who),
            Participant::Outsider(..) => Sender::Outsider(self.outsider(instance, mail.text.from)?),
        };
        let mut audience = Audience { to: Vec::new(), cc: Vec::new(), readers: Vec::new() };
        let mut greeted = None;
        for part in &mail.text.to {
            let (one, greeting) = match instance.participant(*part)? {
                Participant::Persona(who) if matches!(from, Sender::Persona(from) if from == *who) => continue,
                Participant::Persona(who) => {
                    if audience.readers.contains(who) {
                        continue;
                    }
                    audience.readers.push(*who);
                    let persona = self.people.get(who.get())?.persona;
                    let name = persona.person_name();
                    (address(persona), Greeted::Persona(*who, name.called().to_owned(), name.display().to_owned()))
                }
                Participant::Outsider(..) => {
                    let outsider = self.outsider(instance, *part)?;
                    let greeting = Greeted::Outsider(outsider.first.clone(), outsider.address.name.clone());
                    (outsider.address, greeting)
                }
            };
            // The first is written to, the others read along.
            if greeted.is_none() {
                greeted = Some(greeting);
                audience.to.push(one);
            } else {
                audience.cc.push(one);
            }
        }
        Some(StoryPeople { from, greeted: greeted?, audience })
    }
}

impl Composition<'_, '_> {
    /// The words of a mail of a storyline. `None` where nobody would get it.
    pub(super) fn told(
        self,
        wanted: &StoryMailRef,
        parent: Option<&SentMail>,
        sent: Timestamp,
        attachment: Option<Attachment>,
        generator: &mut TextGenerator<'_>,
    ) -> Option<Written> {
        let site = self.site;
        let instance = site.instance(wanted.item)?;
        let mails = instance.mails();
        let mail = *written_as(&mails, wanted)?;
        let StoryPeople { from, greeted, audience } = site.story_people(&instance, &mail)?;
        let owner = site.who(wanted.item.owner);
        generator.about(wanted.item);
        let voice = wanted.from.filter(|who| site.has(*who)).map_or(wanted.item.key, |who| site.who(who).key);
        let told = |texts: &[Text]| instance.wording(texts, voice).map(|text| instance.text(text));
        // Nothing hangs on it: of its wordings those that say so are taken only where all do.
        let pack = generator.pack();
        let is_fit = |text: &&Text| !pack.speaks_of_attachment(&instance.text(**text));
        let fit: Vec<Text> = mail.text.bodies.iter().filter(is_fit).copied().collect();
        let plain = told(if fit.is_empty() { &mail.text.bodies } else { &fit })?;
        let marks = site.content.subject_marks();
        let subject = match parent {
            Some(parent) => parent.subject_of_answer(marks),
            None => told(instance.subject(mail.thread)?)?,
        };
        let depth = parent.map_or(0, |parent| parent.references.len() + 1);
        let mut body = words::around(&plain, &from, &greeted, depth, generator);
        if let Some(file) = &attachment {
            words::mention(generator, &file.name, &mut body);
        }
        let said = MessageText { subject, body };
        let first = mails.iter().find(|other| other.thread == mail.thread).unwrap_or(&mail);
        let thread = site.story_thread(first, &wanted.item);
        let work_item = Some(wanted.item.number);
        let quoted = parent.map(|parent| (parent, QuoteKind::Answered));
        let parts = 0..instance.parts().len();
        let outsiders: Vec<Address> = parts.filter_map(|part| Some(site.outsider(&instance, part)?.address)).collect();
        let content = Content { said, audience, work_item, quoted, attachment, outsiders };
        let mut written = match from {
            Sender::Persona(who) => self.of_person(who, sent, content),
            Sender::Outsider(outsider) => {
                let text = self.text_of(&content, wanted.item.owner, outsider.program, wanted.item.key, None);
                Written {
                    from: outsider.address,
                    program: outsider.program,
                    language: owner.persona.language,
                    hops: hops(site, HandedIn::Host(&outsider.host), sent),
                    said: content.said,
                    audience: content.audience,
                    work_item,
                    text,
                    attachments: Vec::new(),
                    thread: None,
                    story: None,
                }
            }
        };
        written.thread = Some(thread);
        written.story = Some(mark(&instance, &mail));
        Some(written)
    }
}

/// The mail that is meant, among those of its instance.
fn written_as<'m, 'i>(mails: &'m [StoryMail<'i>], wanted: &StoryMailRef) -> Option<&'m StoryMail<'i>> {
    mails.iter().find(|mail| (mail.beat, mail.nth) == (wanted.beat, wanted.nth))
}

/// The mark by which a row tells which mail of which instance it is.
pub(super) fn mark(instance: &Instance<'_>, mail: &StoryMail<'_>) -> StoryMark {
    StoryMark {
        item: StoryMark::item(instance.item()),
        storyline: instance.story().name().to_owned(),
        beat: instance.story().beat_name(mail.beat).to_owned(),
        mail: mail.nth,
    }
}
