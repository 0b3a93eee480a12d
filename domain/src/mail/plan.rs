//! A mail as it is to be sent: recipients, text, headers, and the copies that come to lie in mailboxes.
//!
//! A mail's `Message-ID` follows from who writes it and what it answers, so that nothing is sent twice, by
//! a second worker or after a restart.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use jiff::{SignedDuration, Timestamp};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::Uuid;

use super::maildir::Flags;
use super::message::{Address, Attachment, Hop, Mail};
use super::outgoing::{BodySource, MailKind, OutgoingMail};
use super::program::Program;
use super::quoting::{QuoteKind, Quoted, finish};
use super::received::{HandedIn, hops};
use super::recipients::{Audience, address, audience};
use super::site::{Composition, MailSite};
use super::subject::SubjectMarks;
use super::thread::SentMail;
use super::words::{self, MessageText};
use crate::artifact::Artifact;
use crate::content::TextGenerator;
use crate::host_place::HostPlace;
use crate::index::PersonaIndex;
use crate::llm::prompt::{self, Prompt};
use crate::logs::login::workstation;
use crate::noise::{Key, uuid_v7};
use crate::persona::Language;
use crate::record::{MailCopy, MailOrigin, StoryMark, ThreadId};
use crate::writing_context::WritingContext;

/// A mail as it is to be sent.
#[derive(Clone, Debug)]
pub struct MailPlan {
    /// The mail.
    pub mail: Mail,
    /// Its row's key.
    pub id: Uuid,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was due.
    pub due: Timestamp,
    /// Who wrote it; `None` for a machine.
    pub writer: Option<PersonaIndex>,
    /// Everybody who finds it in their mailbox.
    pub readers: Vec<PersonaIndex>,
    /// The number of the work item it is about.
    pub work_item: Option<u32>,
    /// Where it came from.
    pub origin: MailOrigin,
    /// Where its text came from.
    pub source: BodySource,
    /// What the writer said, without what is quoted: what later texts are compared with.
    pub said: String,
    /// The mail it answers or passes on, and the flag that this gives the writer's own copy of it.
    pub parent: Option<(Uuid, Flags)>,
    /// Which mail of a storyline it is.
    pub story: Option<StoryMark>,
}

/// Files that a delivery makes, and the copies among them that wait to be opened.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Files, the first recipient's copy first.
    pub files: Vec<Artifact>,
    /// Copies that wait to be opened; each has the path of one of the files.
    pub copies: Vec<MailCopy>,
    /// The mode of folders that have to be made.
    pub folder_mode: u32,
}

/// In how many of 100 new threads something of the writer's own is attached.
const WITH_DOCUMENT: u64 = 9;

impl MailSite<'_> {
    /// The `Message-ID` of a person's mail; `None` for a machine's, whose sender is drawn with its text.
    pub fn message_id(&self, outgoing: &OutgoingMail<'_>) -> Option<String> {
        let writer = outgoing.kind.writer().filter(|writer| self.has(*writer))?;
        Some(self.named(outgoing, self.program(writer), &self.who(writer).persona.email))
    }

    /// The same for the same mail, however often it is tried.
    fn named(&self, outgoing: &OutgoingMail<'_>, program: Program, from: &str) -> String {
        let key = self.key().text("message id");
        let person = |who: PersonaIndex| who.get() as u64;
        let key = match outgoing.kind {
            MailKind::Root(who) => key.text("root").with(person(who)).at(outgoing.due),
            MailKind::Answer(who, parent) => key.text("answer").with(person(who)).text(&parent.message_id),
            MailKind::Forward(who, parent) => key.text("forward").with(person(who)).text(&parent.message_id),
            MailKind::Mailing(due) => key.text("mailing").with(due.what as u64).at(due.at),
            MailKind::Story(mail, _) => {
                key.text("story").with(mail.item.key.value()).with(mail.beat as u64).with(mail.nth as u64)
            }
        };
        let domain = from.split('@').nth(1).unwrap_or("localhost");
        let due = self.facts.host_time(&outgoing.due.to_zoned(self.now.time_zone().clone()));
        program.message_id(key, &(&due - SignedDuration::from_secs(12)), domain)
    }

    /// Whether something of the writer's own is to be attached, and what its choice is drawn from.
    pub fn wants_document(&self, outgoing: &OutgoingMail<'_>) -> Option<(PersonaIndex, ChaCha8Rng)> {
        let key = self.key().text("document").with(outgoing.draws);
        if !key.chance(WITH_DOCUMENT) {
            return None;
        }
        let writer = match outgoing.kind {
            MailKind::Root(writer) => writer,
            MailKind::Story(mail, _) if self.is_among_own_people(&mail) => mail.from?,
            _ => return None,
        };
        Some((writer, key.text("which").rng()))
    }

    pub(super) fn context<'s>(
        &'s self,
        composition: Composition<'s, '_>,
        writer: PersonaIndex,
        sent: Timestamp,
    ) -> WritingContext<'s> {
        let persona = &self.server.people[writer.get()];
        WritingContext {
            world: self.server.world,
            persona,
            persona_index: writer,
            login: self.facts.own_account(persona).map_or_else(|| persona.login(), |account| &account.login),
            home: "/home",
            host: self.server.host(self.facts),
            facts: self.facts,
            colleagues: self.server.people,
            hosts: self.server.hosts,
            place: HostPlace::ONLY,
            novelty: composition.novelty,
            stories: self.content.stories(persona.language),
            holidays: self.content.holidays(),
            instances: None,
            written: sent.to_zoned(self.who(writer).zone.clone()),
        }
    }

    /// Who an answer goes to: whoever wrote, and mostly everybody else who got it.
    fn answered(&self, writer: PersonaIndex, parent: &SentMail) -> (Audience, Option<PersonaIndex>) {
        let mine = &self.who(writer).persona.email;
        let find = |email: &str| {
            let at = self.people.iter().position(|who| who.persona.email.eq_ignore_ascii_case(email));
            at.map(PersonaIndex::new)
        };
        let to_one = find(&parent.from);
        let named = |email: &String| Address { name: self.name_of(email), email: email.clone() };
        let mut to = Vec::from([named(&parent.from)]);
        let mut readers: Vec<PersonaIndex> = to_one.into_iter().collect();
        let mut cc = Vec::new();
        let goes_to_all = self.key().text("reply to all").text(&parent.message_id).text(mine).chance(82);
        if goes_to_all {
            let is_other = |email: &&String| !email.eq_ignore_ascii_case(mine) && **email != parent.from;
            to.extend(parent.to.iter().filter(is_other).filter(|e| find(e).is_some()).map(named));
            cc.extend(parent.cc.iter().filter(is_other).map(named));
            for email in to.iter().chain(&cc) {
                readers.extend(find(&email.email).filter(|n| !readers.contains(n)));
            }
        }
        (Audience { to, cc, readers }, to_one)
    }
}

impl Composition<'_, '_> {
    /// What a model is asked for; `None` for forwards and machines, which need no model.
    pub fn prompt(self, outgoing: &OutgoingMail<'_>) -> Option<(PersonaIndex, Prompt)> {
        let (writer, parent) = match outgoing.kind {
            MailKind::Root(writer) => (writer, None),
            MailKind::Answer(writer, parent) => (writer, Some(parent)),
            MailKind::Forward(..) | MailKind::Mailing(_) | MailKind::Story(..) => return None,
        };
        let site = self.site;
        let context = site.context(self, writer, site.now.timestamp());
        let rng = &mut ChaCha8Rng::seed_from_u64(outgoing.draws);
        let mut generator = TextGenerator::new(site.content.pack(context.persona.language), &context, rng);
        let audience = match parent {
            None => audience(&mut generator),
            Some(parent) => {
                if let Some(work_item) = parent.work_item_of(site.server.world) {
                    generator.about(work_item);
                }
                site.answered(writer, parent).0
            }
        };
        Some((writer, prompt::mail(site.content.model_tells(), &mut generator, &audience, parent)))
    }

    /// Plans a mail. `None` when it is known already, when nobody would get it, or when nobody of those who
    /// would has a mailbox here.
    pub fn plan(
        self,
        outgoing: &OutgoingMail<'_>,
        source: BodySource,
        attachment: Option<Attachment>,
    ) -> Option<MailPlan> {
        let site = self.site;
        let now = site.now.timestamp();
        // It was written until a moment ago, and what is due now arrives now; what waited for its text arrives
        // when that is there.
        let took = site.key().text("took").at(outgoing.due).below(7_000_000_000);
        let sent = now - SignedDuration::from_nanos(4_000_000_000 + took.cast_signed());
        let rng = &mut ChaCha8Rng::seed_from_u64(outgoing.draws);
        let written = self.words(outgoing, sent, &source, attachment, rng)?;
        let zone = match outgoing.kind.writer() {
            Some(writer) => site.who(writer).zone.clone(),
            None => site.facts.host_time(site.now).time_zone().clone(),
        };
        let message_id =
            site.message_id(outgoing).unwrap_or_else(|| site.named(outgoing, written.program, &written.from.email));
        if site.known.contains(&message_id) {
            return None;
        }
        let id = uuid_v7(sent, rng);
        let parent = outgoing.kind.parent();
        let mail = Mail {
            message_id,
            thread: match (parent, written.thread) {
                (Some(parent), _) => parent.thread.clone(),
                (None, Some(thread)) => thread,
                (None, None) => ThreadId::of(uuid_v7(sent, rng)),
            },
            began: parent.map_or(sent, |p| site.began(p)),
            date: whole_second(sent).to_zoned(zone),
            from: written.from,
            to: written.audience.to,
            cc: written.audience.cc,
            subject: written.said.subject,
            in_reply_to: match outgoing.kind {
                MailKind::Answer(_, parent) | MailKind::Story(_, Some(parent)) => Some(parent.message_id.clone()),
                _ => None,
            },
            references: parent.map(SentMail::references_of_answer).unwrap_or_default(),
            language: written.language.as_str().into(),
            locale: site.content.pack(written.language).locale().clone(),
            program: written.program,
            text: written.text,
            attachments: written.attachments,
            hops: written.hops,
        };
        let readers = written.audience.readers;
        // Where people's mail is in mailboxes, those without one have theirs elsewhere; what goes out is in the writer's.
        let goes_out = matches!(outgoing.kind, MailKind::Story(..)) && readers.is_empty();
        let keepers = if goes_out { outgoing.kind.writer().into_iter().collect() } else { readers.clone() };
        if site.has_mailboxes() && site.mailboxes(&keepers).is_empty() {
            return None;
        }
        let parent = match outgoing.kind {
            MailKind::Answer(_, parent) => Some((parent.id, Flags::Replied)),
            MailKind::Forward(_, parent) => Some((parent.id, Flags::Passed)),
            // Somebody may go on without having been answered.
            MailKind::Story(mail, Some(parent)) => {
                let mine = mail.from.map(|who| site.who(who).persona.email.as_str());
                parent.recipients().any(|to| Some(to) == mine).then_some((parent.id, Flags::Replied))
            }
            MailKind::Root(_) | MailKind::Mailing(_) | MailKind::Story(_, None) => None,
        };
        Some(MailPlan {
            mail,
            id,
            sent,
            due: outgoing.due,
            writer: outgoing.kind.writer(),
            readers,
            work_item: written.work_item,
            origin: outgoing.kind.origin(),
            source,
            said: written.said.body,
            parent,
            story: written.story,
        })
    }

    fn words(
        self,
        outgoing: &OutgoingMail<'_>,
        sent: Timestamp,
        source: &BodySource,
        attachment: Option<Attachment>,
        rng: &mut dyn Rng,
    ) -> Option<Written> {
        let site = self.site;
        let (writer, language) = match outgoing.kind {
            MailKind::Root(who) | MailKind::Answer(who, _) | MailKind::Forward(who, _) => {
                (who, site.who(who).persona.language)
            }
            // Machines speak English, to whoever gets it.
            MailKind::Mailing(due) => (due.to, Language::EN),
            // In the language of whose work it is, whoever writes.
            MailKind::Story(mail, _) => {
                let owner = site.people.get(mail.item.owner.get())?;
                (mail.from.filter(|who| site.has(*who)).unwrap_or(mail.item.owner), owner.persona.language)
            }
        };
        let context = site.context(self, writer, sent);
        let mut generator = TextGenerator::new(site.content.pack(language), &context, rng);
        let work_item = outgoing.kind.parent().and_then(|parent| parent.work_item_of(site.server.world));
        if let Some(work_item) = work_item {
            generator.about(work_item);
        }
        let marks = site.content.subject_marks();
        match outgoing.kind {
            MailKind::Root(_) => {
                let audience = audience(&mut generator);
                if audience.readers.is_empty() {
                    return None;
                }
                let mut said = words::begin(&mut generator, &audience);
                replace_words(source, &mut said, Subject::FromModel, marks);
                if let Some(file) = &attachment {
                    words::mention(&mut generator, &file.name, &mut said.body);
                }
                let work_item = Some(generator.work_item().number);
                Some(self.of_person(
                    writer,
                    sent,
                    Content { said, audience, work_item, quoted: None, attachment, outsiders: Vec::new() },
                ))
            }
            MailKind::Answer(_, parent) => {
                let (audience, to) = site.answered(writer, parent);
                let body = words::answer(&mut generator, to, parent.references.len());
                let mut said = MessageText { subject: parent.subject_of_answer(marks), body };
                replace_words(source, &mut said, Subject::Kept, marks);
                let quoted = Some((parent, QuoteKind::Answered));
                let work_item = parent.work_item;
                Some(self.of_person(
                    writer,
                    sent,
                    Content { said, audience, work_item, quoted, attachment: None, outsiders: Vec::new() },
                ))
            }
            MailKind::Forward(_, parent) => {
                let knows = |n: &PersonaIndex| {
                    let email = &site.who(*n).persona.email;
                    *n == writer || parent.from == *email || parent.recipients().any(|r| r == email)
                };
                let others: Vec<PersonaIndex> =
                    (0..site.people.len()).map(PersonaIndex::new).filter(|n| !knows(n)).collect();
                if others.is_empty() {
                    return None;
                }
                let to = others[generator.rng().random_range(0..others.len())];
                let body = words::pass_on(&mut generator, to);
                let subject = parent.subject_passed_on(marks);
                let to_whom = Vec::from([address(site.who(to).persona)]);
                let audience = Audience { to: to_whom, cc: Vec::new(), readers: Vec::from([to]) };
                let said = MessageText { subject, body };
                let quoted = Some((parent, QuoteKind::PassedOn));
                let work_item = parent.work_item;
                Some(self.of_person(
                    writer,
                    sent,
                    Content { said, audience, work_item, quoted, attachment: None, outsiders: Vec::new() },
                ))
            }
            MailKind::Story(mail, parent) => self.told(&mail, parent, sent, attachment, &mut generator),
            MailKind::Mailing(due) => {
                let rng = &mut Key::of(due.occasion).rng();
                let mut generator = TextGenerator::new(generator.pack(), generator.context(), rng);
                let said = due.what.say(&mut generator);
                let (from, program, host) = due.what.sender(&mut generator);
                let to = Vec::from([address(site.who(due.to).persona)]);
                let text = format!("{}\n", said.body.trim_end());
                Some(Written {
                    from,
                    program,
                    language,
                    said,
                    audience: Audience { to, cc: Vec::new(), readers: Vec::from([due.to]) },
                    work_item: None,
                    hops: hops(site, HandedIn::Host(&host), sent),
                    text,
                    attachments: Vec::new(),
                    thread: None,
                    story: None,
                })
            }
        }
    }

    /// What the sender's program makes of what is said, with what it quotes; dates and labels are those of `reader`.
    pub(super) fn text_of(
        self,
        content: &Content<'_>,
        reader: PersonaIndex,
        program: Program,
        key: Key,
        signature: Option<&str>,
    ) -> String {
        let (site, who) = (self.site, self.site.who(reader));
        let name = |email: &str| {
            let outsider = content.outsiders.iter().find(|one| one.email == email);
            outsider.map_or_else(|| site.name_of(email), |one| one.name.clone())
        };
        let pack = site.content.pack(who.persona.language);
        let quoted = content.quoted.filter(|(parent, _)| !parent.text.is_empty());
        let quoted = quoted.map(|(parent, kind)| Quoted::of(parent, pack, &who.zone, kind, name));
        finish(&content.said.body, signature, key, program, quoted.as_ref())
    }

    pub(super) fn of_person(self, writer: PersonaIndex, sent: Timestamp, content: Content<'_>) -> Written {
        let site = self.site;
        let who = site.who(writer);
        let program = site.program(writer);
        let text = self.text_of(&content, writer, program, who.key, who.persona.signature.as_deref());
        Written {
            from: address(who.persona),
            program,
            language: who.persona.language,
            hops: hops(site, HandedIn::Workstation(&workstation(who.key)), sent),
            said: content.said,
            audience: content.audience,
            work_item: content.work_item,
            text,
            attachments: content.attachment.into_iter().collect(),
            thread: None,
            story: None,
        }
    }
}

/// What a person's mail says and to whom.
pub(super) struct Content<'p> {
    pub(super) said: MessageText,
    pub(super) audience: Audience,
    pub(super) work_item: Option<u32>,
    pub(super) quoted: Option<(&'p SentMail, QuoteKind)>,
    pub(super) attachment: Option<Attachment>,
    /// Names of people of other companies, by their addresses.
    pub(super) outsiders: Vec<Address>,
}

/// A mail's text and recipients.
pub(super) struct Written {
    pub(super) from: Address,
    pub(super) program: Program,
    pub(super) language: Language,
    pub(super) said: MessageText,
    pub(super) audience: Audience,
    pub(super) work_item: Option<u32>,
    pub(super) hops: Vec<Hop>,
    pub(super) text: String,
    pub(super) attachments: Vec<Attachment>,
    /// The thread it begins, where that has a name already.
    pub(super) thread: Option<ThreadId>,
    pub(super) story: Option<StoryMark>,
}

/// Whose subject a mail has, where a model wrote it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// The model's.
    FromModel,
    /// The thread's.
    Kept,
}

/// Puts what a model wrote in the place of a template's words.
fn replace_words(source: &BodySource, said: &mut MessageText, subject: Subject, marks: &SubjectMarks) {
    let BodySource::Model(written) = source else { return };
    said.body = with_greeting(written.text.clone(), &said.body);
    let is_fit = |s: &&String| (3..=72).contains(&s.chars().count()) && !s.contains(['\n', '[', '{']);
    if let Some(fit) = written.subject.as_ref().filter(|s| subject == Subject::FromModel && is_fit(s)) {
        said.subject = marks.bare(fit).into();
    }
}

/// A model's mail with the greeting that a template has for those it really goes to: models greet whom they like.
fn with_greeting(body: String, template: &str) -> String {
    let first = |text: &str| String::from(text.lines().next().unwrap_or_default().trim());
    let is_greeting = |line: &str| line.ends_with([',', '!']) && line.split(' ').count() <= 4;
    let (ours, own) = (first(&body), first(template));
    if is_greeting(&ours) && is_greeting(&own) { body.replacen(&ours, &own, 1) } else { body }
}

/// A `Date` has whole seconds.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned;

    #[test]
    fn a_model_greets_whom_the_mail_goes_to() {
        let greeted = |body: &str, template| with_greeting(body.to_owned(), template);
        assert_eq!(greeted("Dear Emily,\n\nit is full.", "Hi Nina,\n\nx"), "Hi Nina,\n\nit is full.");
        assert_eq!(greeted("The disk is full.\n", "Hi Nina,\n\nx"), "The disk is full.\n");
        assert_eq!(greeted("Dear Emily,\n\nit is full.", "Yes.\n"), "Dear Emily,\n\nit is full.");
    }
}
