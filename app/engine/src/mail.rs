//! Mail: somebody writes, answers, passes on or opens something; machines and vendors write too.
//!
//! What is due follows from the mails of late and from the moment. A mail's `Message-ID` follows from who
//! writes it and what it answers, so that nothing is sent twice, by a second worker or after a restart.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use decnet_domain::account::Owner;
use decnet_domain::calendar::Calendar;
use decnet_domain::content::TextGenerator;
use decnet_domain::content_class::ContentClass;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::MailServer;
use decnet_domain::index::PersonaIndex;
use decnet_domain::llm::fit::Kind;
use decnet_domain::llm::prompt::{self, parsed_mail};
use decnet_domain::mail::maildir::{self, Flags};
use decnet_domain::mail::mailing::{MailingDue, mailings};
use decnet_domain::mail::program::Program;
use decnet_domain::mail::quoting::{self, QuoteKind, Quoted};
use decnet_domain::mail::recipients::{self, Audience};
use decnet_domain::mail::subject::SubjectMarks;
use decnet_domain::mail::thread::{self, Origin, SentMail};
use decnet_domain::mail::timing::{self, Correspondent, Due, Reaction, Volume};
use decnet_domain::mail::words::{self, MessageText};
use decnet_domain::mail::{Address, Attachment, Hop, Mail};
use decnet_domain::noise::{ALPHANUMERIC, Key};
use decnet_domain::novelty::Novelty;
use decnet_domain::path::{DeckyPath, PathError};
use decnet_domain::persona::{Language, Persona};
use decnet_domain::planner::logs::workstation;
use decnet_domain::record::{CopyState, EmailRecord, MailCopy, Outcome, SyntheticFile, ThreadId, content_hash};
use decnet_domain::writing_context::WritingContext;
use decnet_ports::{DriverError, PlantMode, PlantRequest, Posted, RepoError};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::Mode;
use crate::files::{Files, TickContext, TickRng};
use crate::ids;
use crate::llm_queue::{Answer, LlmOutcome, LlmRequest};
use crate::profile::MailStore;

/// So many mails back somebody may answer.
const RECENT: u32 = 150;
/// What was due longer ago was missed: nobody makes up for it.
const GRACE: SignedDuration = SignedDuration::from_secs(90);
/// Copies opened in one turn.
const MOST_OPENED: u32 = 24;
/// Nothing is looked for further ahead.
const AHEAD_DAYS: i64 = 2;
/// Of a company's actions so many in 100 are mails (the seed's share), and of those so many begin a thread.
const MAIL_SHARE: f64 = 0.10 * 0.40;
/// The largest file that is attached.
const LARGEST_ATTACHMENT: usize = 256 * 1024;

/// What the mail turn keeps from turn to turn.
#[derive(Default)]
pub(crate) struct MailTurn {
    /// Mailboxes whose folder of sent mail is known to be there.
    furnished: Mutex<BTreeSet<(String, String)>>,
}

/// A mail host in a turn.
struct MailHost<'a> {
    ctx: &'a TickContext<'a>,
    at: MailServer<'a>,
    facts: &'a HostFacts,
    files: &'a Files,
    people: Vec<Correspondent<'a>>,
    crowd: Vec<Key>,
    /// The latest first; those that got there.
    recent: Vec<SentMail>,
    /// The names of all of late, whether they got there or not: nothing is tried twice.
    known: BTreeSet<String>,
}

/// What is to be sent, before anybody has found words for it; and when it was due.
struct OutgoingMail<'a> {
    due: Timestamp,
    what: MailKind<'a>,
    /// What all choices are drawn from, so that they come out the same when words come later.
    dice: u64,
    words: BodySource,
}

/// Where the words come from.
enum BodySource {
    /// A model is asked, if there is one.
    Ask,
    /// They have come.
    Ready(Answer),
    /// From a template.
    Template,
}

impl BodySource {
    /// Puts what a model said in the place of a template's words; a new mail takes its subject, too.
    fn replace(&self, said: &mut MessageText, takes_subject: bool, marks: &SubjectMarks) {
        let Self::Ready(answer) = self else { return };
        let (subject, body) = parsed_mail(&answer.text);
        said.body = with_greeting(body, &said.body);
        let is_fit = |s: &String| (3..=72).contains(&s.chars().count()) && !s.contains(['\n', '[', '{']);
        if let Some(subject) = subject.filter(|s| takes_subject && is_fit(s)) {
            marks.bare(&subject).clone_into(&mut said.subject);
        }
    }
}

/// A model's mail with the greeting that a template has for those it really goes to: models greet whom they like.
fn with_greeting(body: String, template: &str) -> String {
    let first = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
    let is_greeting = |line: &str| line.ends_with([',', '!']) && line.split(' ').count() <= 4;
    let (ours, own) = (first(&body), first(template));
    if is_greeting(&ours) && is_greeting(&own) { body.replacen(&ours, &own, 1) } else { body }
}

impl OutgoingMail<'_> {
    fn origin(&self) -> Origin {
        if matches!(self.what, MailKind::Mailing(_)) { Origin::External } else { Origin::Colleague }
    }
}

#[derive(Clone, Copy)]
enum MailKind<'a> {
    Root(usize),
    Answer(usize, &'a SentMail),
    Forward(usize, &'a SentMail),
    Mailing(MailingDue),
}

impl<'a> MailKind<'a> {
    /// Which of the people writes it; nobody of them, where a machine does.
    fn writer(self) -> Option<usize> {
        match self {
            Self::Root(persona_index) | Self::Answer(persona_index, _) | Self::Forward(persona_index, _) => {
                Some(persona_index)
            }
            Self::Mailing(_) => None,
        }
    }

    /// The mail that it answers or passes on.
    fn parent(self) -> Option<&'a SentMail> {
        match self {
            Self::Answer(_, parent) | Self::Forward(_, parent) => Some(parent),
            Self::Root(_) | Self::Mailing(_) => None,
        }
    }
}

/// Words and recipients.
struct Written {
    from: Address,
    program: Program,
    language: Language,
    said: MessageText,
    audience: Audience,
    work_item: Option<u32>,
    hops: Vec<Hop>,
    text: String,
    attachments: Vec<Attachment>,
}

impl MailTurn {
    /// One mail of somebody's who is at work, whoever is drawn: an answer where there is one to give (60 in
    /// 100), else a new one. `None` when there is no mail host or nobody to write.
    pub(crate) async fn act(
        &self,
        files: &Files,
        ctx: &TickContext<'_>,
        rng: TickRng<'_>,
    ) -> Result<Option<EmailRecord>, RepoError> {
        let hosts: Vec<usize> = ctx.fleet.mail_hosts().collect();
        if hosts.is_empty() {
            return Ok(None);
        }
        let decky_index = hosts[rng.random_range(0..hosts.len())];
        let Some(at) = ctx.fleet.mail_server(decky_index) else { return Ok(None) };
        let now = ctx.now.timestamp();
        let Some(facts) = files.facts.of(ctx.ports, at.container, now).await else { return Ok(None) };
        let mail_host = MailHost::open(ctx, at, &facts, files).await?;
        let awake: Vec<usize> =
            (0..mail_host.people.len()).filter(|n| mail_host.people[*n].persona.is_at_work(ctx.now)).collect();
        if awake.is_empty() {
            return Ok(None);
        }
        let persona_index = awake[rng.random_range(0..awake.len())];
        let mine = &mail_host.people[persona_index].persona.email;
        let is_mine = |m: &&SentMail| {
            let is_answered = |o: &SentMail| o.in_reply_to.as_ref() == Some(&m.message_id) && o.from == *mine;
            m.origin == Origin::Colleague
                && m.from != *mine
                && m.recipients().any(|r| r.eq_ignore_ascii_case(mine))
                && now.duration_since(m.sent) > SignedDuration::from_secs(100)
                && !mail_host.recent.iter().any(is_answered)
        };
        let waiting: Vec<&SentMail> = mail_host.recent.iter().filter(is_mine).collect();
        let outgoing = if !waiting.is_empty() && rng.random_range(0..100) < 60 {
            let at = rng.random_range(0..waiting.len()).min(rng.random_range(0..waiting.len()));
            MailKind::Answer(persona_index, waiting[at])
        } else {
            MailKind::Root(persona_index)
        };
        let outgoing = OutgoingMail { due: now, what: outgoing, dice: rng.next_u64(), words: BodySource::Ask };
        self.send(&mail_host, outgoing).await
    }

    /// Everything about mail that is due on a mail host by now: what is to be written, and what is to be opened.
    pub(crate) async fn due(
        &self,
        files: &Files,
        ctx: &TickContext<'_>,
        decky_index: usize,
        seed: u64,
    ) -> Result<Vec<EmailRecord>, RepoError> {
        let Some(at) = ctx.fleet.mail_server(decky_index) else { return Ok(Vec::new()) };
        let now = ctx.now.timestamp();
        let Some(facts) = files.facts.of(ctx.ports, at.container, now).await else { return Ok(Vec::new()) };
        let mail_host = MailHost::open(ctx, at, &facts, files).await?;
        let is_due = |at: &Timestamp| *at <= now && now.duration_since(*at) <= GRACE;
        let mut letters: Vec<(Timestamp, MailKind<'_>)> = Vec::new();
        for (mail, due) in mail_host.reactions() {
            if is_due(&due.at) {
                let what = match due.what {
                    Reaction::Answer => MailKind::Answer(due.who.get(), mail),
                    Reaction::Forward => MailKind::Forward(due.who.get(), mail),
                };
                letters.push((due.at, what));
            }
        }
        for who in 0..mail_host.people.len() {
            let root = |due| (due, MailKind::Root(who));
            letters.extend(mail_host.roots(who).into_iter().filter(&is_due).map(root));
        }
        let mailing = |m: MailingDue| (m.at, MailKind::Mailing(m));
        letters.extend(mail_host.mailings().into_iter().filter(|m| is_due(&m.at)).map(mailing));
        letters.sort_by_key(|(due, _)| *due);
        let mut sent = Vec::new();
        for (due, what) in letters {
            let dice = Key::of(seed).text("mail").text(mail_host.at.decky.id.as_str()).at(due).value();
            let outgoing = OutgoingMail { due, what, dice, words: BodySource::Ask };
            if ctx.llm_queue.awaits(&mail_host.order(&outgoing)) {
                continue;
            }
            match self.send(&mail_host, outgoing).await {
                Ok(mail) => sent.extend(mail),
                Err(error) => tracing::error!(error = %error, "a mail was not sent; the next may go better"),
            }
        }
        if ctx.mode == Mode::Act {
            self.open_mail(&mail_host).await?;
        }
        Ok(sent)
    }

    /// When something is next due on a mail host.
    pub(crate) async fn next(
        &self,
        files: &Files,
        ctx: &TickContext<'_>,
        decky_index: usize,
    ) -> Result<Timestamp, RepoError> {
        let now = ctx.now.timestamp();
        let later = now + SignedDuration::from_hours(6);
        let Some(at) = ctx.fleet.mail_server(decky_index) else { return Ok(later) };
        let Some(facts) = files.facts.known(at.container) else { return Ok(now + SignedDuration::from_mins(15)) };
        let mail_host = MailHost::open(ctx, at, &facts, files).await?;
        let replies = mail_host.reactions().map(|(_, due)| due.at).collect::<Vec<_>>();
        let roots = (0..mail_host.people.len()).flat_map(|who| mail_host.roots(who));
        let mailings = mail_host.mailings().into_iter().map(|m| m.at);
        let opened =
            ctx.ports.repo.copies_due(at.container.name(), later, 1).await?.into_iter().filter_map(|copy| copy.due);
        let next = replies.into_iter().chain(roots).chain(mailings).filter(|at| *at > now).min();
        // What should have been opened is opened a little later.
        let opened = opened.map(|at| at.max(now + SignedDuration::from_secs(40))).min();
        Ok(next.into_iter().chain(opened).min().unwrap_or(later).min(later))
    }

    /// Whoever is due to look at their mail has looked at it: it goes from `new/` to `cur/`.
    async fn open_mail(&self, mail_host: &MailHost<'_>) -> Result<(), RepoError> {
        let now = mail_host.ctx.now.timestamp();
        let repo = &mail_host.ctx.ports.repo;
        for mut copy in repo.copies_due(mail_host.at.container.name(), now, MOST_OPENED).await? {
            let flagged = Key::of(3).text(&copy.owner).text(&copy.path).chance(4);
            let flags = if flagged { Flags::Flagged } else { Flags::Seen };
            self.flag(mail_host, &mut copy, flags).await?;
        }
        Ok(())
    }

    /// Gives a copy its flags, where it still is where we left it.
    async fn flag(&self, mail_host: &MailHost<'_>, copy: &mut MailCopy, flags: Flags) -> Result<(), RepoError> {
        let (Ok(from), Some(name)) = (DeckyPath::new(copy.path.as_str()), bare_name(&copy.path)) else { return Ok(()) };
        let Some(top) = from.parent().rsplit_once('/').map(|(top, _)| top) else { return Ok(()) };
        let Ok(to) = DeckyPath::new(format!("{top}/{}", maildir::seen(name, flags))) else { return Ok(()) };
        match mail_host.ctx.ports.driver.rename_file(mail_host.at.container, &from, &to).await {
            Ok(()) => {
                copy.path = to.to_string();
                copy.state = CopyState::Seen;
            }
            // Its owner's other program was faster, or an intruder: theirs from now on. What can't be renamed for
            // want of a tool can't be tomorrow either.
            Err(DriverError::Refused { .. } | DriverError::Exists { .. } | DriverError::Failed { .. }) => {
                copy.state = CopyState::Gone;
            }
            Err(error) => {
                mail_host.files.facts.record_failure(mail_host.at.container, &error, mail_host.ctx.now.timestamp());
                return Ok(());
            }
        }
        mail_host.ctx.ports.repo.update_copy(copy).await
    }

    /// Sends what a model has found words for, or won't.
    pub(crate) async fn fulfil(
        &self,
        files: &Files,
        ctx: &TickContext<'_>,
        order: LlmRequest,
        answer: Option<Answer>,
    ) -> Result<Option<EmailRecord>, RepoError> {
        let LlmRequest::Mail { decky, who, parent, due, dice } = order else { return Ok(None) };
        let decky_index = ctx.fleet.members().iter().position(|m| m.decky.id == decky);
        let Some(at) = decky_index.and_then(|decky_index| ctx.fleet.mail_server(decky_index)) else { return Ok(None) };
        let facts = files.facts.of(ctx.ports, at.container, ctx.now.timestamp()).await;
        let Some(facts) = facts else { return Ok(None) };
        let mail_host = MailHost::open(ctx, at, &facts, files).await?;
        if who >= mail_host.people.len() {
            return Ok(None);
        }
        let what = match parent {
            None => MailKind::Root(who),
            Some(id) => match mail_host.recent.iter().find(|mail| mail.message_id == id) {
                Some(mail) => MailKind::Answer(who, mail),
                None => return Ok(None),
            },
        };
        let words = answer.map_or(BodySource::Template, BodySource::Ready);
        self.send(&mail_host, OutgoingMail { due, what, dice, words }).await
    }

    async fn send(
        &self,
        mail_host: &MailHost<'_>,
        mut outgoing: OutgoingMail<'_>,
    ) -> Result<Option<EmailRecord>, RepoError> {
        let now = mail_host.ctx.now.timestamp();
        // Before anybody is asked for words.
        let known_name = mail_host.person_id(&outgoing);
        if known_name.as_ref().is_some_and(|id| mail_host.known.contains(id)) {
            return Ok(None);
        }
        if matches!(outgoing.words, BodySource::Ask) {
            outgoing.words = match mail_host.ask(&outgoing).await {
                LlmOutcome::Later => return Ok(None),
                LlmOutcome::Ready(answer) => BodySource::Ready(answer),
                LlmOutcome::Template => BodySource::Template,
            };
        }
        let outgoing = &outgoing;
        let rng = &mut ChaCha8Rng::seed_from_u64(outgoing.dice);
        // It was written until a moment ago, and what is due now arrives now; what waited for words arrives
        // when they are there.
        let took = Key::of(13).text(mail_host.at.decky.id.as_str()).at(outgoing.due).below(7_000_000_000);
        let sent = now - SignedDuration::from_nanos(4_000_000_000 + took.cast_signed());
        let Some(written) = mail_host.write(outgoing, sent, rng).await? else { return Ok(None) };
        let zone = match outgoing.what.writer() {
            Some(persona_index) => mail_host.people[persona_index].zone.clone(),
            None => mail_host.facts.host_time(mail_host.ctx.now).time_zone().clone(),
        };
        let date = second(sent).to_zoned(zone);
        let named = || mail_host.message_id(outgoing, written.program, &written.from.email);
        let message_id = known_name.unwrap_or_else(named);
        if mail_host.known.contains(&message_id) {
            return Ok(None);
        }
        let id = ids::new(sent, rng);
        let parent = outgoing.what.parent();
        let mail = Mail {
            message_id,
            thread: parent.map_or_else(|| ThreadId::of(ids::new(sent, rng)), |p| p.thread.clone()),
            began: parent.map_or(sent, |p| mail_host.began(p)),
            date,
            from: written.from,
            to: written.audience.to.clone(),
            cc: written.audience.cc.clone(),
            subject: written.said.subject,
            in_reply_to: match outgoing.what {
                MailKind::Answer(_, parent) => Some(parent.message_id.clone()),
                _ => None,
            },
            references: parent.map(SentMail::references_of_answer).unwrap_or_default(),
            language: written.language.as_str().to_owned(),
            locale: mail_host.ctx.ports.content.pack(written.language).locale().clone(),
            program: written.program,
            text: written.text,
            attachments: written.attachments,
            hops: written.hops,
        };
        // Where everybody's mail is in mailboxes, those without one have theirs elsewhere.
        let readers: Vec<usize> = written.audience.readers.iter().map(|who| who.get()).collect();
        let is_nobodys = mail_host.maildir().is_some() && mail_host.boxes(&readers).is_empty();
        if is_nobodys {
            return Ok(None);
        }
        if mail_host.ctx.mode == Mode::DryRun {
            return Ok(Some(record(mail_host, id, &mail, outgoing, written.work_item, sent, &Delivered::default())));
        }
        let delivered = self.deliver(mail_host, id, &mail, &readers, outgoing, now).await;
        if let Some(error) = &delivered.error {
            mail_host.files.facts.record_failure(mail_host.at.container, error, now);
        }
        let email = record(mail_host, id, &mail, outgoing, written.work_item, sent, &delivered);
        mail_host.ctx.ports.repo.record_email(&email, &delivered.copies).await?;
        if delivered.error.is_none() {
            mail_host.files.with_novelty(|novelty| novelty.absorb(&written.said.body));
            self.mark_answered(mail_host, outgoing).await?;
        }
        Ok(Some(email))
    }

    /// The mail that was answered or passed on says so in the mailbox of who did.
    async fn mark_answered(&self, mail_host: &MailHost<'_>, outgoing: &OutgoingMail<'_>) -> Result<(), RepoError> {
        let (persona_index, parent, flags) = match outgoing.what {
            MailKind::Answer(persona_index, parent) => (persona_index, parent, Flags::Replied),
            MailKind::Forward(persona_index, parent) => (persona_index, parent, Flags::Passed),
            MailKind::Root(_) | MailKind::Mailing(_) => return Ok(()),
        };
        let owner = &mail_host.people[persona_index].persona.email;
        match mail_host.ctx.ports.repo.copy_of(parent.id, owner).await? {
            Some(mut copy) if copy.state != CopyState::Gone => self.flag(mail_host, &mut copy, flags).await,
            _ => Ok(()),
        }
    }

    async fn deliver(
        &self,
        mail_host: &MailHost<'_>,
        id: uuid::Uuid,
        mail: &Mail,
        readers: &[usize],
        outgoing: &OutgoingMail<'_>,
        now: Timestamp,
    ) -> Delivered {
        let container = mail_host.at.container;
        let mut delivered = Delivered::default();
        let arrived = mail.hops.first().map_or(now, |hop| hop.at.timestamp());
        let boxes = mail_host.boxes(readers);
        let requests = if mail_host.maildir().is_some() {
            self.mailboxes(mail_host, id, mail, &boxes, outgoing, arrived, &mut delivered)
        } else {
            mail_host.spooled(mail).map(|request| vec![request])
        };
        let Ok(requests) = requests else {
            delivered.error = Some(DriverError::Failed { rc: -1, stderr: "a mailbox has no fit path".to_owned() });
            return delivered;
        };
        if let Some(first) = requests.first() {
            delivered.path = first.path.to_string();
            delivered.bytes = first.bytes.len();
        }
        let results = mail_host.ctx.ports.driver.plant_many(container, &requests).await;
        for (request, result) in requests.iter().zip(results) {
            match result {
                Ok(_) => {}
                // The mark of a folder of sent mail that is there.
                Err(DriverError::Exists { .. }) if request.bytes.is_empty() => {}
                Err(error) => {
                    delivered.copies.retain(|copy| copy.path != request.path.as_str());
                    delivered.error.get_or_insert(error);
                }
            }
        }
        delivered
    }

    /// A copy for each reader, one for the sender, and the sender's folder for it.
    #[expect(clippy::too_many_arguments, reason = "one delivery has so many parts")]
    fn mailboxes(
        &self,
        mail_host: &MailHost<'_>,
        id: uuid::Uuid,
        mail: &Mail,
        boxes: &[Mailbox<'_>],
        outgoing: &OutgoingMail<'_>,
        arrived: Timestamp,
        delivered: &mut Delivered,
    ) -> Result<Vec<PlantRequest>, PathError> {
        let writer = &mail_host.ctx.ports.mail;
        let container = mail_host.at.container;
        let host = mail_host.at.host(mail_host.facts);
        let mut requests = Vec::with_capacity(boxes.len() + 2);
        for (n, to) in boxes.iter().enumerate() {
            let recipient = to.who.persona.email.clone();
            let bytes = writer.write(mail, Some(Posted { recipient: recipient.clone() }));
            let key = Key::of(5).text(&mail.message_id).text(&recipient);
            let nanos = (n as u64 * 7 + 2) * 1_000_000 + key.text("late").below(3_000_000);
            let at = arrived + SignedDuration::from_nanos(nanos.cast_signed());
            let name = maildir::unique_name(at, key, host, &bytes);
            let path = to.path(&maildir::unseen(&name))?;
            delivered.copies.push(MailCopy {
                email: id,
                container: container.name().to_owned(),
                decky_name: mail_host.at.decky.name.to_string(),
                owner: recipient,
                path: path.to_string(),
                due: timing::read_at(at, key, to.who, outgoing.origin()),
                state: CopyState::Unseen,
            });
            requests.push(to.request(path, bytes, at));
        }
        let own = outgoing.what.writer().and_then(|persona_index| mail_host.boxes(&[persona_index]).pop());
        let Some(own) = own else { return Ok(requests) };
        let bytes = writer.write(mail, None);
        let key = Key::of(6).text(&mail.message_id);
        let at = arrived + SignedDuration::from_nanos(150_000_000 + key.below(700_000_000).cast_signed());
        let at = at.min(mail_host.ctx.now.timestamp());
        let name = maildir::unique_name(at, key, host, &bytes);
        let place = (container.name().to_owned(), own.who.persona.email.clone());
        if self.furnished.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
            let mark = own.path(".Sent/maildirfolder")?;
            requests.push(own.request(mark, Vec::new(), at - SignedDuration::from_nanos(41_000_000)));
        }
        requests.push(own.request(own.path(&maildir::sent(&name))?, bytes, at));
        Ok(requests)
    }
}

/// Somebody's mailbox on the mail host.
struct Mailbox<'a> {
    who: &'a Correspondent<'a>,
    home: &'a DeckyPath,
    owner: Owner,
    folder: &'a str,
}

impl Mailbox<'_> {
    fn path(&self, below: &str) -> Result<DeckyPath, PathError> {
        DeckyPath::under(self.home, &format!("{}/{below}", self.folder))
    }

    fn request(&self, path: DeckyPath, bytes: Vec<u8>, mtime: Timestamp) -> PlantRequest {
        PlantRequest {
            path,
            bytes,
            owner: self.owner,
            mode: 0o600,
            mtime,
            plant: PlantMode::CreateNew,
            folder_mode: 0o700,
        }
    }
}

/// How a delivery went.
#[derive(Default)]
struct Delivered {
    path: String,
    bytes: usize,
    copies: Vec<MailCopy>,
    error: Option<DriverError>,
}

impl<'a> MailHost<'a> {
    async fn open(
        ctx: &'a TickContext<'a>,
        at: MailServer<'a>,
        facts: &'a HostFacts,
        files: &'a Files,
    ) -> Result<Self, RepoError> {
        let holidays = ctx.ports.content.holidays();
        let people: Vec<Correspondent<'_>> = at
            .people
            .iter()
            .enumerate()
            .map(|(who, persona)| {
                let key = at.world.person(PersonaIndex::new(who));
                let zone = facts.local(persona, ctx.now).time_zone().clone();
                Correspondent { persona, key, calendar: Calendar::of(persona, key, holidays), zone }
            })
            .collect();
        let rows = ctx.ports.repo.recent_emails(&at.decky.id, RECENT).await?;
        let recent = rows.iter().filter(|row| row.outcome.is_success()).map(SentMail::of).collect();
        let known = rows.into_iter().map(|row| row.message_id).collect();
        let crowd = people.iter().map(|who| who.key).collect();
        Ok(Self { ctx, at, facts, files, people, crowd, recent, known })
    }

    /// What people do about the mails of late, done or not.
    fn reactions(&self) -> impl Iterator<Item = (&SentMail, Due)> {
        let company = self.at.world.key();
        self.recent.iter().filter_map(move |mail| Some((mail, timing::reaction(mail, company, &self.people)?)))
    }

    fn roots(&self, who: usize) -> Vec<Timestamp> {
        let volume = Volume(self.ctx.profile.actions_per_day * MAIL_SHARE);
        let decky = self.at.decky.id.as_str();
        timing::roots(&self.people[who], decky, volume, &self.crowd, self.ctx.now.timestamp(), AHEAD_DAYS)
    }

    fn mailings(&self) -> Vec<MailingDue> {
        let now = self.facts.host_time(self.ctx.now);
        mailings(self.at.world, self.at.decky.id.as_str(), now.time_zone(), now.timestamp(), AHEAD_DAYS)
    }

    /// When a thread began, as far back as anybody remembers.
    fn began(&self, mail: &SentMail) -> Timestamp {
        let first = self.recent.iter().filter(|other| other.thread == mail.thread).map(|other| other.sent).min();
        first.unwrap_or(mail.sent)
    }

    fn name_of(&self, email: &str) -> String {
        let known = self.people.iter().find(|who| who.persona.email.eq_ignore_ascii_case(email));
        known.map_or_else(String::new, |who| who.persona.name.clone())
    }

    /// The folder below the home that mail is kept in; `None` where it goes to the spool.
    fn maildir(&self) -> Option<&str> {
        (self.ctx.profile.mail == MailStore::Mailbox).then_some(self.facts.maildir.as_deref()?)
    }

    /// The mailboxes of those who have one here, where mail is kept in mailboxes.
    fn boxes(&self, readers: &[usize]) -> Vec<Mailbox<'_>> {
        let Some(folder) = self.maildir() else { return Vec::new() };
        let one = |n: &usize| {
            let who = self.people.get(*n)?;
            let account = self.facts.account(who.persona.login())?;
            Some(Mailbox { who, home: &account.home, owner: account.owner, folder })
        };
        readers.iter().filter_map(one).collect()
    }

    /// The seed's way: one file in a folder of the thread's.
    fn spooled(&self, mail: &Mail) -> Result<PlantRequest, PathError> {
        let recipient = mail.to.first().map(|to| to.email.clone()).unwrap_or_default();
        let bytes = self.ctx.ports.mail.write(mail, Some(Posted { recipient }));
        let id: String =
            mail.message_id.chars().filter(|c| c.is_ascii_alphanumeric() || "-.@$+".contains(*c)).take(120).collect();
        let path = DeckyPath::new(format!("/var/spool/decnet-emails/{}/{id}.eml", mail.thread.as_str()))?;
        Ok(PlantRequest {
            path,
            bytes,
            owner: Owner::ROOT,
            mode: 0o644,
            // Its time is that of the mail's own date.
            mtime: mail.date.timestamp(),
            plant: PlantMode::CreateNew,
            folder_mode: 0o755,
        })
    }

    fn context<'s>(&'s self, persona_index: usize, sent: Timestamp, novelty: &'s Novelty) -> WritingContext<'s> {
        let persona: &Persona = &self.at.people[persona_index];
        WritingContext {
            world: self.at.world,
            persona,
            persona_index: PersonaIndex::new(persona_index),
            login: persona.login(),
            home: "/home",
            host: self.at.host(self.facts),
            facts: self.facts,
            colleagues: self.at.people,
            hosts: self.at.hosts,
            logins: &[],
            novelty,
            written: sent.to_zoned(self.people[persona_index].zone.clone()),
        }
    }

    /// What a model is asked for with a letter.
    fn order(&self, outgoing: &OutgoingMail<'_>) -> LlmRequest {
        let who = match outgoing.what {
            MailKind::Root(persona_index)
            | MailKind::Answer(persona_index, _)
            | MailKind::Forward(persona_index, _) => persona_index,
            MailKind::Mailing(due) => due.to.get(),
        };
        let parent = outgoing.what.parent().map(|parent| parent.message_id.clone());
        LlmRequest::Mail { decky: self.at.decky.id.clone(), who, parent, due: outgoing.due, dice: outgoing.dice }
    }

    /// Asks a model for the words of a colleague's mail, if there is one to ask.
    async fn ask(&self, outgoing: &OutgoingMail<'_>) -> LlmOutcome {
        let (persona_index, parent) = match outgoing.what {
            MailKind::Root(persona_index) => (persona_index, None),
            MailKind::Answer(persona_index, parent) => (persona_index, Some(parent)),
            // Two words above another's mail, and machines, need no model.
            MailKind::Forward(..) | MailKind::Mailing(_) => return LlmOutcome::Template,
        };
        if self.ctx.mode == Mode::DryRun || !self.ctx.llm_queue.is_on() {
            return LlmOutcome::Template;
        }
        let now = self.ctx.now.timestamp();
        let prompt = self.files.with_novelty(|novelty| {
            let context = self.context(persona_index, now, novelty);
            let rng = &mut ChaCha8Rng::seed_from_u64(outgoing.dice);
            let mut generator =
                TextGenerator::new(self.ctx.ports.content.pack(context.persona.language), &context, rng);
            let audience = match parent {
                None => recipients::audience(&mut generator),
                Some(parent) => {
                    if let Some(work_item) = parent.work_item_of(self.at.world) {
                        generator.about(work_item);
                    }
                    self.answered(persona_index, parent).0
                }
            };
            prompt::mail(&mut generator, &audience, parent)
        });
        let who = &self.people[persona_index];
        let today = now.to_zoned(who.zone.clone()).date();
        self.ctx.llm_queue.words(self.order(outgoing), prompt, who.persona, Kind::Mail, today).await
    }

    /// Finds the words.
    async fn write(
        &self,
        outgoing: &OutgoingMail<'_>,
        sent: Timestamp,
        rng: TickRng<'_>,
    ) -> Result<Option<Written>, RepoError> {
        // From dice of their own: who gets the mail is drawn first of all, before and after words are asked for.
        let more = &mut ChaCha8Rng::seed_from_u64(outgoing.dice ^ 1);
        let attachment = match outgoing.what {
            MailKind::Root(persona_index) if more.random_range(0..100) < 9 => {
                self.document(persona_index, more).await?
            }
            _ => None,
        };
        Ok(self.files.with_novelty(|novelty| self.words(outgoing, sent, attachment, novelty, rng)))
    }

    fn words(
        &self,
        outgoing: &OutgoingMail<'_>,
        sent: Timestamp,
        attachment: Option<Attachment>,
        novelty: &Novelty,
        rng: TickRng<'_>,
    ) -> Option<Written> {
        let (persona_index, language) = match outgoing.what {
            MailKind::Root(persona_index)
            | MailKind::Answer(persona_index, _)
            | MailKind::Forward(persona_index, _) => (persona_index, self.people[persona_index].persona.language),
            // Machines speak English, to whoever gets it.
            MailKind::Mailing(due) => (due.to.get(), Language::EN),
        };
        let marks = self.ctx.ports.content.subject_marks();
        let context = self.context(persona_index, sent, novelty);
        let mut generator = TextGenerator::new(self.ctx.ports.content.pack(language), &context, rng);
        if let Some(work_item) = outgoing.what.parent().and_then(|parent| parent.work_item_of(self.at.world)) {
            generator.about(work_item);
        }
        match outgoing.what {
            MailKind::Root(_) => {
                let audience = recipients::audience(&mut generator);
                if audience.readers.is_empty() {
                    return None;
                }
                let mut said = words::begin(&mut generator, &audience);
                outgoing.words.replace(&mut said, true, marks);
                if let Some(file) = &attachment {
                    words::mention(&mut generator, &file.name, &mut said.body);
                }
                let work_item = Some(generator.work_item().number);
                Some(self.person(persona_index, sent, said, audience, work_item, None, attachment))
            }
            MailKind::Answer(_, parent) => {
                let (audience, to) = self.answered(persona_index, parent);
                let body = words::answer(&mut generator, to.map(PersonaIndex::new), parent.references.len());
                let mut said = MessageText { subject: parent.subject_of_answer(marks), body };
                outgoing.words.replace(&mut said, false, marks);
                Some(self.person(
                    persona_index,
                    sent,
                    said,
                    audience,
                    parent.work_item,
                    Some((parent, QuoteKind::Answered)),
                    None,
                ))
            }
            MailKind::Forward(_, parent) => {
                let knows = |n: &usize| {
                    let email = &self.people[*n].persona.email;
                    *n == persona_index || parent.from == *email || parent.recipients().any(|r| r == email)
                };
                let others: Vec<usize> = (0..self.people.len()).filter(|n| !knows(n)).collect();
                if others.is_empty() {
                    return None;
                }
                let to = others[generator.rng().random_range(0..others.len())];
                let body = words::pass_on(&mut generator, PersonaIndex::new(to));
                let subject = parent.subject_passed_on(marks);
                let to_whom = vec![recipients::address(self.people[to].persona)];
                let audience = Audience { to: to_whom, cc: Vec::new(), readers: vec![PersonaIndex::new(to)] };
                let said = MessageText { subject, body };
                Some(self.person(
                    persona_index,
                    sent,
                    said,
                    audience,
                    parent.work_item,
                    Some((parent, QuoteKind::PassedOn)),
                    None,
                ))
            }
            MailKind::Mailing(due) => {
                let (from, program, host) = due.what.sender(&mut generator);
                let said = due.what.say(&mut generator);
                let to = vec![recipients::address(self.people[due.to.get()].persona)];
                let hops = self.hops_from(&host, None, sent);
                let text = format!("{}\n", said.body.trim_end());
                Some(Written {
                    from,
                    program,
                    language,
                    said,
                    audience: Audience { to, cc: Vec::new(), readers: vec![due.to] },
                    work_item: None,
                    hops,
                    text,
                    attachments: Vec::new(),
                })
            }
        }
    }

    /// Who an answer goes to: whoever wrote, and mostly everybody else who got it.
    fn answered(&self, persona_index: usize, parent: &SentMail) -> (Audience, Option<usize>) {
        let mine = &self.people[persona_index].persona.email;
        let find = |email: &str| self.people.iter().position(|who| who.persona.email.eq_ignore_ascii_case(email));
        let to_one = find(&parent.from);
        let named = |email: &String| Address { name: self.name_of(email), email: email.clone() };
        let mut to = vec![named(&parent.from)];
        let mut readers: Vec<usize> = to_one.into_iter().collect();
        let mut cc = Vec::new();
        let goes_to_all = Key::of(9).text(&parent.message_id).text(mine).chance(82);
        if goes_to_all {
            let is_other = |email: &&String| !email.eq_ignore_ascii_case(mine) && **email != parent.from;
            to.extend(parent.to.iter().filter(is_other).filter(|e| find(e).is_some()).map(named));
            cc.extend(parent.cc.iter().filter(is_other).map(named));
            for email in to.iter().chain(&cc) {
                readers.extend(find(&email.email).filter(|n| !readers.contains(n)));
            }
        }
        (Audience { to, cc, readers: readers.into_iter().map(PersonaIndex::new).collect() }, to_one)
    }

    #[expect(clippy::too_many_arguments, reason = "one mail has so many parts")]
    fn person(
        &self,
        persona_index: usize,
        sent: Timestamp,
        said: MessageText,
        audience: Audience,
        work_item: Option<u32>,
        quoted: Option<(&SentMail, QuoteKind)>,
        attachment: Option<Attachment>,
    ) -> Written {
        let who = &self.people[persona_index];
        let program = Program::of(who.key, self.at.world.family(PersonaIndex::new(persona_index)));
        let pack = self.ctx.ports.content.pack(who.persona.language);
        let quoted = quoted.filter(|(parent, _)| !parent.text.is_empty());
        let quoted = quoted.map(|(p, kind)| Quoted::of(p, pack, &who.zone, kind, |email| self.name_of(email)));
        let text = quoting::finish(&said.body, who.persona, who.key, program, quoted.as_ref());
        Written {
            from: recipients::address(who.persona),
            program,
            language: who.persona.language,
            hops: self.hops_from("", Some(&workstation(who.key)), sent),
            said,
            audience,
            work_item,
            text,
            attachments: attachment.into_iter().collect(),
        }
    }

    /// The way to the mailbox, the last stretch first: from a colleague's machine, or from another host.
    fn hops_from(&self, host: &str, machine: Option<&str>, sent: Timestamp) -> Vec<Hop> {
        let key = Key::of(11).text(host).text(machine.unwrap_or_default()).at(sent);
        let zone = self.facts.host_time(self.ctx.now).time_zone().clone();
        let own = format!("{}.{}", self.at.host(self.facts), self.at.world.domain());
        let after = |what: &str, base: i64, most: u64| {
            let nanos = base + key.text(what).below(most).cast_signed();
            (sent + SignedDuration::from_nanos(nanos)).to_zoned(zone.clone())
        };
        let queue = key.text("queue").with(0).letters(12, b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz");
        let lmtp = key.text("lmtp").letters(22, ALPHANUMERIC);
        let taken = after("taken", 500_000_000, 1_500_000_000);
        let handed = after("handed", 2_100_000_000, 900_000_000);
        let from = if let Some(address) = machine {
            format!("[{address}] (unknown [{address}])")
        } else {
            let part = |n: u64| key.text("net").with(n).below(254) + 1;
            let is_ours = host.ends_with(self.at.world.domain());
            let address = if is_ours {
                self.address_of(host, part(0), part(1))
            } else {
                format!("{}.{}.{}.{}", [185, 193, 77, 91][key.text("a").index(4)], part(2), part(3), part(4))
            };
            format!("{host} ({host} [{address}])")
        };
        let with = if machine.is_some() { "ESMTPSA" } else { "ESMTPS" };
        vec![
            Hop { from: Some(own.clone()), by: own.clone(), with: "LMTP", id: lmtp, at: handed },
            Hop { from: Some(from), by: format!("{own} (Postfix)"), with, id: queue, at: taken },
        ]
    }

    /// The address of a host of ours: its own, where it is of the fleet; else one beside the mail host's.
    fn address_of(&self, host: &str, net: u64, last: u64) -> String {
        let name = host.split('.').next().unwrap_or(host);
        let own = self.at.hosts.iter().find(|h| h.name == name).and_then(|h| h.address);
        match (own, self.at.decky.ip) {
            (Some(address), _) => address.to_string(),
            (None, Some(std::net::IpAddr::V4(beside))) => {
                let net = beside.octets();
                format!("{}.{}.{}.{last}", net[0], net[1], net[2])
            }
            (None, _) => format!("10.20.{}.{last}", net % 8),
        }
    }

    /// The name of a person's mail; nothing for a machine's, whose sender is drawn with its words.
    fn person_id(&self, outgoing: &OutgoingMail<'_>) -> Option<String> {
        let persona_index = outgoing.what.writer()?;
        let who = self.people.get(persona_index)?;
        let program = Program::of(who.key, self.at.world.family(PersonaIndex::new(persona_index)));
        Some(self.message_id(outgoing, program, &who.persona.email))
    }

    /// The same for the same mail, however often it is tried.
    fn message_id(&self, outgoing: &OutgoingMail<'_>, program: Program, from: &str) -> String {
        let key = self.at.world.key().text("message id").text(self.at.decky.id.as_str());
        let key = match outgoing.what {
            MailKind::Root(persona_index) => key.text("root").with(persona_index as u64).at(outgoing.due),
            MailKind::Answer(persona_index, parent) => {
                key.text("answer").with(persona_index as u64).text(&parent.message_id)
            }
            MailKind::Forward(persona_index, parent) => {
                key.text("forward").with(persona_index as u64).text(&parent.message_id)
            }
            MailKind::Mailing(due) => key.text("mailing").with(due.what as u64).at(due.at),
        };
        let domain = from.split('@').nth(1).unwrap_or("localhost");
        let due = self.facts.host_time(&outgoing.due.to_zoned(self.ctx.now.time_zone().clone()));
        program.message_id(key, &(&due - SignedDuration::from_secs(12)), domain)
    }

    /// A document of the sender's own that hangs on a mail, a canary among them: one that lies on a decky, as it
    /// lies there, if that is what we left.
    async fn document(&self, persona_index: usize, rng: TickRng<'_>) -> Result<Option<Attachment>, RepoError> {
        let members: Vec<usize> = self.ctx.fleet.inhabited().collect();
        if members.is_empty() {
            return Ok(None);
        }
        let Some(actor) = self.ctx.fleet.actor(members[rng.random_range(0..members.len())], 0) else {
            return Ok(None);
        };
        let files = self.ctx.ports.repo.recent_files(&actor.decky.id, 500).await?;
        let is_fit = |file: &&SyntheticFile| {
            use ContentClass::{CanaryHoneydoc, CanaryHoneydocDocx, CanaryHoneydocPdf, Draft, Note};
            let is_document =
                matches!(file.class, Note | Draft | CanaryHoneydoc | CanaryHoneydocDocx | CanaryHoneydocPdf);
            is_document && file.persona == self.people[persona_index].persona.name && !self.files.is_abandoned(file.id)
        };
        let fit: Vec<_> = files.iter().filter(is_fit).collect();
        if fit.is_empty() {
            return Ok(None);
        }
        let chosen = fit[rng.random_range(0..fit.len())];
        let Ok(path) = DeckyPath::new(chosen.path.as_str()) else { return Ok(None) };
        let read = self.ctx.ports.driver.read_file(actor.container, &path, LARGEST_ATTACHMENT).await;
        // What somebody else made of it is not sent around, and what can't be read is no reason not to write.
        let ours = read.ok().flatten().filter(|found| content_hash(&found.bytes) == chosen.content_hash);
        Ok(ours.map(|found| Attachment { name: path.file_name().to_owned(), bytes: found.bytes }))
    }
}

/// A `Date` has whole seconds.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The unique part of a Maildir name, without its flags.
fn bare_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    Some(name.split(":2,").next().unwrap_or(name)).filter(|name| !name.is_empty())
}

fn record(
    mail_host: &MailHost<'_>,
    id: uuid::Uuid,
    mail: &Mail,
    outgoing: &OutgoingMail<'_>,
    work_item: Option<u32>,
    sent: Timestamp,
    delivered: &Delivered,
) -> EmailRecord {
    let origin = outgoing.origin();
    let answer = match &outgoing.words {
        BodySource::Ready(answer) => Some(answer),
        BodySource::Ask | BodySource::Template => None,
    };
    let recipient = mail.to.first().map(|to| to.email.clone()).unwrap_or_default();
    let error = delivered.error.as_ref();
    let mut payload = json!({
        "stage": if error.is_none() { "delivered" } else { "delivery" },
        "model": answer.map(|a| a.model.as_str()),
        "generation_ms": answer.map_or(0, |a| a.millis),
        "bytes": delivered.bytes,
        "thread_id": mail.thread.as_str(),
        "message_id": mail.message_id,
        "subject": mail.subject,
        "language": mail.language,
        "mannerisms_used": answer.map(|a| a.mannerisms.as_slice()).unwrap_or_default(),
        "is_reply": mail.in_reply_to.is_some(),
        "container": mail_host.at.container.name(),
        "eml_path": delivered.path,
        "rc": error.map_or(0, DriverError::rc),
        "stderr": error.map(DriverError::stderr),
    });
    if let (Value::Object(payload), Value::Object(kept)) = (&mut payload, thread::kept(mail, work_item, origin)) {
        payload.extend(kept);
    }
    EmailRecord {
        id,
        // A row's time is the mail's own.
        ts: second(sent),
        decky: mail_host.at.decky.id.clone(),
        thread: mail.thread.clone(),
        message_id: mail.message_id.clone(),
        in_reply_to: mail.in_reply_to.clone(),
        sender: mail.from.email.clone(),
        recipient,
        subject: mail.subject.clone(),
        language: mail.language.clone(),
        eml_path: delivered.path.clone(),
        outcome: if error.is_none() { Outcome::Success } else { Outcome::Failure },
        payload,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_greets_whom_the_mail_goes_to() {
        let greeted = |body: &str, template| with_greeting(body.to_owned(), template);
        assert_eq!(greeted("Dear Emily,\n\nit is full.", "Hi Nina,\n\nx"), "Hi Nina,\n\nit is full.");
        assert_eq!(greeted("The disk is full.\n", "Hi Nina,\n\nx"), "The disk is full.\n");
        assert_eq!(greeted("Dear Emily,\n\nit is full.", "Yes.\n"), "Dear Emily,\n\nit is full.");
    }

    #[test]
    fn the_unique_part_of_a_name_has_no_flags() {
        assert_eq!(bare_name("/home/a/Maildir/cur/1.M2P3.h,S=1,W=2:2,RS"), Some("1.M2P3.h,S=1,W=2"));
        assert_eq!(bare_name("/home/a/Maildir/new/1.M2P3.h,S=1,W=2"), Some("1.M2P3.h,S=1,W=2"));
    }
}
