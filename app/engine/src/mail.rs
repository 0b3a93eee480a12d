//! Mail: somebody writes, answers, passes on or opens something; machines and vendors write too.
//!
//! What is due follows from the mails of late and from the moment. A mail's `Message-ID` follows from who
//! writes it and what it answers, so that nothing is sent twice, by a second worker or after a restart.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use decnet_domain::account::Owner;
use decnet_domain::calendar::Calendar;
use decnet_domain::content::Draw;
use decnet_domain::content_class::ContentClass;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::PostOffice;
use decnet_domain::llm::fit::Kind;
use decnet_domain::llm::prompt::{self, parsed_mail};
use decnet_domain::mail::compose::{self, Audience, Kept, Quoted, Said};
use decnet_domain::mail::maildir::{self, Flags};
use decnet_domain::mail::mailing::{MailingDue, mailings};
use decnet_domain::mail::program::Program;
use decnet_domain::mail::thread::{self, Earlier, Origin};
use decnet_domain::mail::timing::{self, Correspondent, Due, Reaction, Volume};
use decnet_domain::mail::{Address, Attachment, Hop, Mail};
use decnet_domain::noise::{ALPHANUMERIC, Key};
use decnet_domain::novelty::Novelty;
use decnet_domain::path::{DeckyPath, PathError};
use decnet_domain::persona::{Language, Persona};
use decnet_domain::planner::logs::workstation;
use decnet_domain::record::{CopyState, EmailRecord, MailCopy, Outcome, SyntheticFile, ThreadId, content_hash};
use decnet_domain::scene::Scene;
use decnet_ports::{DriverError, PlantMode, PlantRequest, Posted, RepoError};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::Mode;
use crate::enrich::{Answer, Order, Words};
use crate::files::{Dice, Files, Turn};
use crate::ids;
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
pub(crate) struct Post {
    /// Mailboxes whose folder of sent mail is known to be there.
    furnished: Mutex<BTreeSet<(String, String)>>,
}

/// A mail host in a turn.
struct Office<'a> {
    turn: &'a Turn<'a>,
    at: PostOffice<'a>,
    facts: &'a HostFacts,
    files: &'a Files,
    people: Vec<Correspondent<'a>>,
    crowd: Vec<Key>,
    /// The latest first; those that got there.
    recent: Vec<Earlier>,
    /// The names of all of late, whether they got there or not: nothing is tried twice.
    known: BTreeSet<String>,
}

/// What is to be sent, before anybody has found words for it; and when it was due.
struct Letter<'a> {
    due: Timestamp,
    what: What<'a>,
    /// What all choices are drawn from, so that they come out the same when words come later.
    dice: u64,
    words: Source,
}

/// Where the words come from.
enum Source {
    /// A model is asked, if there is one.
    Ask,
    /// They have come.
    Ready(Answer),
    /// From a template.
    Template,
}

impl Source {
    /// Puts what a model said in the place of a template's words; a new mail takes its subject, too.
    fn replace(&self, said: &mut Said, takes_subject: bool) {
        let Self::Ready(answer) = self else { return };
        let (subject, body) = parsed_mail(&answer.text);
        said.body = with_greeting(body, &said.body);
        let is_fit = |s: &String| (3..=72).contains(&s.chars().count()) && !s.contains(['\n', '[', '{']);
        if let Some(subject) = subject.filter(|s| takes_subject && is_fit(s)) {
            thread::bare_subject(&subject).clone_into(&mut said.subject);
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

impl Letter<'_> {
    fn origin(&self) -> Origin {
        if matches!(self.what, What::Mailing(_)) { Origin::Outside } else { Origin::Colleague }
    }
}

#[derive(Clone, Copy)]
enum What<'a> {
    Root(usize),
    Answer(usize, &'a Earlier),
    Forward(usize, &'a Earlier),
    Mailing(MailingDue),
}

impl<'a> What<'a> {
    /// Which of the people writes it; nobody of them, where a machine does.
    fn writer(self) -> Option<usize> {
        match self {
            Self::Root(me) | Self::Answer(me, _) | Self::Forward(me, _) => Some(me),
            Self::Mailing(_) => None,
        }
    }

    /// The mail that it answers or passes on.
    fn parent(self) -> Option<&'a Earlier> {
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
    said: Said,
    audience: Audience,
    matter: Option<u32>,
    hops: Vec<Hop>,
    text: String,
    attachments: Vec<Attachment>,
}

impl Post {
    /// One mail of somebody's who is at work, whoever is drawn: an answer where there is one to give (60 in
    /// 100), else a new one. `None` when there is no mail host or nobody to write.
    pub(crate) async fn act(
        &self,
        files: &Files,
        turn: &Turn<'_>,
        rng: Dice<'_>,
    ) -> Result<Option<EmailRecord>, RepoError> {
        let hosts: Vec<usize> = turn.fleet.mail_hosts().collect();
        if hosts.is_empty() {
            return Ok(None);
        }
        let member = hosts[rng.random_range(0..hosts.len())];
        let Some(at) = turn.fleet.post_office(member) else { return Ok(None) };
        let now = turn.now.timestamp();
        let Some(facts) = files.facts.of(turn.outside, at.station, now).await else { return Ok(None) };
        let office = Office::open(turn, at, &facts, files).await?;
        let awake: Vec<usize> =
            (0..office.people.len()).filter(|n| office.people[*n].persona.is_at_work(turn.now)).collect();
        if awake.is_empty() {
            return Ok(None);
        }
        let me = awake[rng.random_range(0..awake.len())];
        let mine = &office.people[me].persona.email;
        let is_mine = |m: &&Earlier| {
            let is_answered = |o: &Earlier| o.in_reply_to.as_ref() == Some(&m.message_id) && o.from == *mine;
            m.origin == Origin::Colleague
                && m.from != *mine
                && m.recipients().any(|r| r.eq_ignore_ascii_case(mine))
                && now.duration_since(m.sent) > SignedDuration::from_secs(100)
                && !office.recent.iter().any(is_answered)
        };
        let waiting: Vec<&Earlier> = office.recent.iter().filter(is_mine).collect();
        let letter = if !waiting.is_empty() && rng.random_range(0..100) < 60 {
            let at = rng.random_range(0..waiting.len()).min(rng.random_range(0..waiting.len()));
            What::Answer(me, waiting[at])
        } else {
            What::Root(me)
        };
        let letter = Letter { due: now, what: letter, dice: rng.next_u64(), words: Source::Ask };
        self.send(&office, letter).await
    }

    /// Everything about mail that is due on a mail host by now: what is to be written, and what is to be opened.
    pub(crate) async fn due(
        &self,
        files: &Files,
        turn: &Turn<'_>,
        member: usize,
        seed: u64,
    ) -> Result<Vec<EmailRecord>, RepoError> {
        let Some(at) = turn.fleet.post_office(member) else { return Ok(Vec::new()) };
        let now = turn.now.timestamp();
        let Some(facts) = files.facts.of(turn.outside, at.station, now).await else { return Ok(Vec::new()) };
        let office = Office::open(turn, at, &facts, files).await?;
        let is_due = |at: &Timestamp| *at <= now && now.duration_since(*at) <= GRACE;
        let mut letters: Vec<(Timestamp, What<'_>)> = Vec::new();
        for (mail, due) in office.reactions() {
            if is_due(&due.at) {
                let what = match due.what {
                    Reaction::Answer => What::Answer(due.who, mail),
                    Reaction::Forward => What::Forward(due.who, mail),
                };
                letters.push((due.at, what));
            }
        }
        for who in 0..office.people.len() {
            let root = |due| (due, What::Root(who));
            letters.extend(office.roots(who).into_iter().filter(&is_due).map(root));
        }
        let mailing = |m: MailingDue| (m.at, What::Mailing(m));
        letters.extend(office.mailings().into_iter().filter(|m| is_due(&m.at)).map(mailing));
        letters.sort_by_key(|(due, _)| *due);
        let mut sent = Vec::new();
        for (due, what) in letters {
            let dice = Key::of(seed).text("mail").text(office.at.decky.id.as_str()).at(due).value();
            let letter = Letter { due, what, dice, words: Source::Ask };
            if turn.enrichment.awaits(&office.order(&letter)) {
                continue;
            }
            match self.send(&office, letter).await {
                Ok(mail) => sent.extend(mail),
                Err(error) => tracing::error!(error = %error, "a mail was not sent; the next may go better"),
            }
        }
        if turn.mode == Mode::Act {
            self.open_mail(&office).await?;
        }
        Ok(sent)
    }

    /// When something is next due on a mail host.
    pub(crate) async fn next(&self, files: &Files, turn: &Turn<'_>, member: usize) -> Result<Timestamp, RepoError> {
        let now = turn.now.timestamp();
        let later = now + SignedDuration::from_hours(6);
        let Some(at) = turn.fleet.post_office(member) else { return Ok(later) };
        let Some(facts) = files.facts.known(at.station) else { return Ok(now + SignedDuration::from_mins(15)) };
        let office = Office::open(turn, at, &facts, files).await?;
        let replies = office.reactions().map(|(_, due)| due.at).collect::<Vec<_>>();
        let roots = (0..office.people.len()).flat_map(|who| office.roots(who));
        let mailings = office.mailings().into_iter().map(|m| m.at);
        let opened = turn
            .outside
            .repo
            .copies_due(at.station.container(), later, 1)
            .await?
            .into_iter()
            .filter_map(|copy| copy.due);
        let next = replies.into_iter().chain(roots).chain(mailings).filter(|at| *at > now).min();
        // What should have been opened is opened a little later.
        let opened = opened.map(|at| at.max(now + SignedDuration::from_secs(40))).min();
        Ok(next.into_iter().chain(opened).min().unwrap_or(later).min(later))
    }

    /// Whoever is due to look at their mail has looked at it: it goes from `new/` to `cur/`.
    async fn open_mail(&self, office: &Office<'_>) -> Result<(), RepoError> {
        let now = office.turn.now.timestamp();
        let repo = &office.turn.outside.repo;
        for mut copy in repo.copies_due(office.at.station.container(), now, MOST_OPENED).await? {
            let flagged = Key::of(3).text(&copy.owner).text(&copy.path).chance(4);
            let flags = if flagged { Flags::Flagged } else { Flags::Seen };
            self.flag(office, &mut copy, flags).await?;
        }
        Ok(())
    }

    /// Gives a copy its flags, where it still is where we left it.
    async fn flag(&self, office: &Office<'_>, copy: &mut MailCopy, flags: Flags) -> Result<(), RepoError> {
        let (Ok(from), Some(name)) = (DeckyPath::new(copy.path.as_str()), bare_name(&copy.path)) else { return Ok(()) };
        let Some(top) = from.parent().rsplit_once('/').map(|(top, _)| top) else { return Ok(()) };
        let Ok(to) = DeckyPath::new(format!("{top}/{}", maildir::seen(name, flags))) else { return Ok(()) };
        match office.turn.outside.driver.rename_file(office.at.station, &from, &to).await {
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
                office.files.facts.trouble(office.at.station, &error, office.turn.now.timestamp());
                return Ok(());
            }
        }
        office.turn.outside.repo.settle_copy(copy).await
    }

    /// Sends what a model has found words for, or won't.
    pub(crate) async fn fulfil(
        &self,
        files: &Files,
        turn: &Turn<'_>,
        order: Order,
        answer: Option<Answer>,
    ) -> Result<Option<EmailRecord>, RepoError> {
        let Order::Mail { decky, who, parent, due, dice } = order else { return Ok(None) };
        let member = turn.fleet.members().iter().position(|m| m.decky.id == decky);
        let Some(at) = member.and_then(|member| turn.fleet.post_office(member)) else { return Ok(None) };
        let facts = files.facts.of(turn.outside, at.station, turn.now.timestamp()).await;
        let Some(facts) = facts else { return Ok(None) };
        let office = Office::open(turn, at, &facts, files).await?;
        if who >= office.people.len() {
            return Ok(None);
        }
        let what = match parent {
            None => What::Root(who),
            Some(id) => match office.recent.iter().find(|mail| mail.message_id == id) {
                Some(mail) => What::Answer(who, mail),
                None => return Ok(None),
            },
        };
        let words = answer.map_or(Source::Template, Source::Ready);
        self.send(&office, Letter { due, what, dice, words }).await
    }

    async fn send(&self, office: &Office<'_>, mut letter: Letter<'_>) -> Result<Option<EmailRecord>, RepoError> {
        let now = office.turn.now.timestamp();
        // Before anybody is asked for words.
        let known_name = office.person_id(&letter);
        if known_name.as_ref().is_some_and(|id| office.known.contains(id)) {
            return Ok(None);
        }
        if matches!(letter.words, Source::Ask) {
            letter.words = match office.ask(&letter).await {
                Words::Later => return Ok(None),
                Words::Ready(answer) => Source::Ready(answer),
                Words::Template => Source::Template,
            };
        }
        let letter = &letter;
        let rng = &mut ChaCha8Rng::seed_from_u64(letter.dice);
        // It was written until a moment ago, and what is due now arrives now; what waited for words arrives
        // when they are there.
        let took = Key::of(13).text(office.at.decky.id.as_str()).at(letter.due).below(7_000_000_000);
        let sent = now - SignedDuration::from_nanos(4_000_000_000 + took.cast_signed());
        let Some(written) = office.write(letter, sent, rng).await? else { return Ok(None) };
        let zone = match letter.what.writer() {
            Some(me) => office.people[me].zone.clone(),
            None => office.facts.host_time(office.turn.now).time_zone().clone(),
        };
        let date = second(sent).to_zoned(zone);
        let named = || office.message_id(letter, written.program, &written.from.email);
        let message_id = known_name.unwrap_or_else(named);
        if office.known.contains(&message_id) {
            return Ok(None);
        }
        let id = ids::new(sent, rng);
        let parent = letter.what.parent();
        let mail = Mail {
            message_id,
            thread: parent.map_or_else(|| ThreadId::of(ids::new(sent, rng)), |p| p.thread.clone()),
            began: parent.map_or(sent, |p| office.began(p)),
            date,
            from: written.from,
            to: written.audience.to.clone(),
            cc: written.audience.cc.clone(),
            subject: written.said.subject,
            in_reply_to: match letter.what {
                What::Answer(_, parent) => Some(parent.message_id.clone()),
                _ => None,
            },
            references: parent.map(Earlier::references_of_answer).unwrap_or_default(),
            language: written.language.as_str().to_owned(),
            program: written.program,
            text: written.text,
            attachments: written.attachments,
            hops: written.hops,
        };
        // Where everybody's mail is in mailboxes, those without one have theirs elsewhere.
        let is_nobodys = office.maildir().is_some() && office.boxes(&written.audience.readers).is_empty();
        if is_nobodys {
            return Ok(None);
        }
        if office.turn.mode == Mode::DryRun {
            return Ok(Some(record(office, id, &mail, letter, written.matter, sent, &Delivered::default())));
        }
        let delivered = self.deliver(office, id, &mail, &written.audience.readers, letter, now).await;
        if let Some(error) = &delivered.error {
            office.files.facts.trouble(office.at.station, error, now);
        }
        let email = record(office, id, &mail, letter, written.matter, sent, &delivered);
        office.turn.outside.repo.record_email(&email, &delivered.copies).await?;
        if delivered.error.is_none() {
            office.files.with_novelty(|novelty| novelty.absorb(&written.said.body));
            self.mark_answered(office, letter).await?;
        }
        Ok(Some(email))
    }

    /// The mail that was answered or passed on says so in the mailbox of who did.
    async fn mark_answered(&self, office: &Office<'_>, letter: &Letter<'_>) -> Result<(), RepoError> {
        let (me, parent, flags) = match letter.what {
            What::Answer(me, parent) => (me, parent, Flags::Replied),
            What::Forward(me, parent) => (me, parent, Flags::Passed),
            What::Root(_) | What::Mailing(_) => return Ok(()),
        };
        let owner = &office.people[me].persona.email;
        match office.turn.outside.repo.copy_of(parent.id, owner).await? {
            Some(mut copy) if copy.state != CopyState::Gone => self.flag(office, &mut copy, flags).await,
            _ => Ok(()),
        }
    }

    async fn deliver(
        &self,
        office: &Office<'_>,
        id: uuid::Uuid,
        mail: &Mail,
        readers: &[usize],
        letter: &Letter<'_>,
        now: Timestamp,
    ) -> Delivered {
        let station = office.at.station;
        let mut delivered = Delivered::default();
        let arrived = mail.hops.first().map_or(now, |hop| hop.at.timestamp());
        let boxes = office.boxes(readers);
        let requests = if office.maildir().is_some() {
            self.mailboxes(office, id, mail, &boxes, letter, arrived, &mut delivered)
        } else {
            office.spooled(mail).map(|request| vec![request])
        };
        let Ok(requests) = requests else {
            delivered.error = Some(DriverError::Failed { rc: -1, stderr: "a mailbox has no fit path".to_owned() });
            return delivered;
        };
        if let Some(first) = requests.first() {
            delivered.path = first.path.to_string();
            delivered.bytes = first.bytes.len();
        }
        let results = office.turn.outside.driver.plant_many(station, &requests).await;
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
        office: &Office<'_>,
        id: uuid::Uuid,
        mail: &Mail,
        boxes: &[Mailbox<'_>],
        letter: &Letter<'_>,
        arrived: Timestamp,
        delivered: &mut Delivered,
    ) -> Result<Vec<PlantRequest>, PathError> {
        let writer = &office.turn.outside.mail;
        let station = office.at.station;
        let host = office.at.host(office.facts);
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
                container: station.container().to_owned(),
                decky_name: office.at.decky.name.to_string(),
                owner: recipient,
                path: path.to_string(),
                due: timing::read_at(at, key, to.who, letter.origin()),
                state: CopyState::Unseen,
            });
            requests.push(to.request(path, bytes, at));
        }
        let own = letter.what.writer().and_then(|me| office.boxes(&[me]).pop());
        let Some(own) = own else { return Ok(requests) };
        let bytes = writer.write(mail, None);
        let key = Key::of(6).text(&mail.message_id);
        let at = arrived + SignedDuration::from_nanos(150_000_000 + key.below(700_000_000).cast_signed());
        let at = at.min(office.turn.now.timestamp());
        let name = maildir::unique_name(at, key, host, &bytes);
        let place = (station.container().to_owned(), own.who.persona.email.clone());
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

impl<'a> Office<'a> {
    async fn open(
        turn: &'a Turn<'a>,
        at: PostOffice<'a>,
        facts: &'a HostFacts,
        files: &'a Files,
    ) -> Result<Self, RepoError> {
        let holidays = turn.outside.content.holidays();
        let people: Vec<Correspondent<'_>> = at
            .people
            .iter()
            .enumerate()
            .map(|(who, persona)| {
                let key = at.world.person(who);
                let zone = facts.local(persona, turn.now).time_zone().clone();
                Correspondent { persona, key, calendar: Calendar::of(persona, key, holidays), zone }
            })
            .collect();
        let rows = turn.outside.repo.recent_emails(&at.decky.id, RECENT).await?;
        let recent = rows.iter().filter(|row| row.outcome.is_success()).map(Earlier::of).collect();
        let known = rows.into_iter().map(|row| row.message_id).collect();
        let crowd = people.iter().map(|who| who.key).collect();
        Ok(Self { turn, at, facts, files, people, crowd, recent, known })
    }

    /// What people do about the mails of late, done or not.
    fn reactions(&self) -> impl Iterator<Item = (&Earlier, Due)> {
        let company = self.at.world.key();
        self.recent.iter().filter_map(move |mail| Some((mail, timing::reaction(mail, company, &self.people)?)))
    }

    fn roots(&self, who: usize) -> Vec<Timestamp> {
        let volume = Volume(self.turn.profile.actions_per_day * MAIL_SHARE);
        let decky = self.at.decky.id.as_str();
        timing::roots(&self.people[who], decky, volume, &self.crowd, self.turn.now.timestamp(), AHEAD_DAYS)
    }

    fn mailings(&self) -> Vec<MailingDue> {
        let now = self.facts.host_time(self.turn.now);
        mailings(self.at.world, self.at.decky.id.as_str(), now.time_zone(), now.timestamp(), AHEAD_DAYS)
    }

    /// When a thread began, as far back as anybody remembers.
    fn began(&self, mail: &Earlier) -> Timestamp {
        let first = self.recent.iter().filter(|other| other.thread == mail.thread).map(|other| other.sent).min();
        first.unwrap_or(mail.sent)
    }

    fn name_of(&self, email: &str) -> String {
        let known = self.people.iter().find(|who| who.persona.email.eq_ignore_ascii_case(email));
        known.map_or_else(String::new, |who| who.persona.name.clone())
    }

    /// The folder below the home that mail is kept in; `None` where it goes to the spool.
    fn maildir(&self) -> Option<&str> {
        (self.turn.profile.mail == MailStore::AsFound).then_some(self.facts.maildir.as_deref()?)
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
        let bytes = self.turn.outside.mail.write(mail, Some(Posted { recipient }));
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

    fn scene<'s>(&'s self, me: usize, sent: Timestamp, novelty: &'s Novelty) -> Scene<'s> {
        let persona: &Persona = &self.at.people[me];
        Scene {
            world: self.at.world,
            persona,
            me,
            login: persona.login(),
            home: "/home",
            host: self.at.host(self.facts),
            facts: self.facts,
            colleagues: self.at.people,
            hosts: self.at.hosts,
            logins: &[],
            novelty,
            written: sent.to_zoned(self.people[me].zone.clone()),
        }
    }

    /// What a model is asked for with a letter.
    fn order(&self, letter: &Letter<'_>) -> Order {
        let who = match letter.what {
            What::Root(me) | What::Answer(me, _) | What::Forward(me, _) => me,
            What::Mailing(due) => due.to,
        };
        let parent = letter.what.parent().map(|parent| parent.message_id.clone());
        Order::Mail { decky: self.at.decky.id.clone(), who, parent, due: letter.due, dice: letter.dice }
    }

    /// Asks a model for the words of a colleague's mail, if there is one to ask.
    async fn ask(&self, letter: &Letter<'_>) -> Words {
        let (me, parent) = match letter.what {
            What::Root(me) => (me, None),
            What::Answer(me, parent) => (me, Some(parent)),
            // Two words above another's mail, and machines, need no model.
            What::Forward(..) | What::Mailing(_) => return Words::Template,
        };
        if self.turn.mode == Mode::DryRun || !self.turn.enrichment.is_on() {
            return Words::Template;
        }
        let now = self.turn.now.timestamp();
        let prompt = self.files.with_novelty(|novelty| {
            let scene = self.scene(me, now, novelty);
            let rng = &mut ChaCha8Rng::seed_from_u64(letter.dice);
            let mut draw = Draw::new(self.turn.outside.content.pack(scene.persona.language), &scene, rng);
            let audience = match parent {
                None => compose::audience(&mut draw),
                Some(parent) => {
                    if let Some(matter) = compose::matter_of(parent, self.at.world) {
                        draw.about(matter);
                    }
                    self.answered(me, parent).0
                }
            };
            prompt::mail(&mut draw, &audience, parent)
        });
        let who = &self.people[me];
        let today = now.to_zoned(who.zone.clone()).date();
        self.turn.enrichment.words(self.order(letter), prompt, who.persona, Kind::Mail, today).await
    }

    /// Finds the words.
    async fn write(&self, letter: &Letter<'_>, sent: Timestamp, rng: Dice<'_>) -> Result<Option<Written>, RepoError> {
        // From dice of their own: who gets the mail is drawn first of all, before and after words are asked for.
        let more = &mut ChaCha8Rng::seed_from_u64(letter.dice ^ 1);
        let attachment = match letter.what {
            What::Root(me) if more.random_range(0..100) < 9 => self.document(me, more).await?,
            _ => None,
        };
        Ok(self.files.with_novelty(|novelty| self.words(letter, sent, attachment, novelty, rng)))
    }

    fn words(
        &self,
        letter: &Letter<'_>,
        sent: Timestamp,
        attachment: Option<Attachment>,
        novelty: &Novelty,
        rng: Dice<'_>,
    ) -> Option<Written> {
        let (me, language) = match letter.what {
            What::Root(me) | What::Answer(me, _) | What::Forward(me, _) => (me, self.people[me].persona.language),
            // Machines speak English, to whoever gets it.
            What::Mailing(due) => (due.to, Language::EN),
        };
        let scene = self.scene(me, sent, novelty);
        let mut draw = Draw::new(self.turn.outside.content.pack(language), &scene, rng);
        if let Some(matter) = letter.what.parent().and_then(|parent| compose::matter_of(parent, self.at.world)) {
            draw.about(matter);
        }
        match letter.what {
            What::Root(_) => {
                let audience = compose::audience(&mut draw);
                if audience.readers.is_empty() {
                    return None;
                }
                let mut said = compose::begin(&mut draw, &audience);
                letter.words.replace(&mut said, true);
                if let Some(file) = &attachment {
                    compose::mention(&mut draw, &file.name, &mut said.body);
                }
                let matter = Some(draw.matter().number);
                Some(self.person(me, sent, said, audience, matter, None, attachment))
            }
            What::Answer(_, parent) => {
                let (audience, to) = self.answered(me, parent);
                let body = compose::answer(&mut draw, to, parent.references.len());
                let mut said = Said { subject: parent.subject_of_answer(), body };
                letter.words.replace(&mut said, false);
                Some(self.person(me, sent, said, audience, parent.matter, Some((parent, Kept::Answered)), None))
            }
            What::Forward(_, parent) => {
                let knows = |n: &usize| {
                    let email = &self.people[*n].persona.email;
                    *n == me || parent.from == *email || parent.recipients().any(|r| r == email)
                };
                let others: Vec<usize> = (0..self.people.len()).filter(|n| !knows(n)).collect();
                if others.is_empty() {
                    return None;
                }
                let to = others[draw.rng().random_range(0..others.len())];
                let body = compose::pass_on(&mut draw, to);
                let subject = format!("Fwd: {}", thread::bare_subject(&parent.subject));
                let to_whom = vec![compose::address(self.people[to].persona)];
                let audience = Audience { to: to_whom, cc: Vec::new(), readers: vec![to] };
                let said = Said { subject, body };
                Some(self.person(me, sent, said, audience, parent.matter, Some((parent, Kept::PassedOn)), None))
            }
            What::Mailing(due) => {
                let (from, program, host) = due.what.sender(&mut draw);
                let said = due.what.say(&mut draw);
                let to = vec![compose::address(self.people[due.to].persona)];
                let hops = self.hops_from(&host, None, sent);
                let text = format!("{}\n", said.body.trim_end());
                Some(Written {
                    from,
                    program,
                    language,
                    said,
                    audience: Audience { to, cc: Vec::new(), readers: vec![due.to] },
                    matter: None,
                    hops,
                    text,
                    attachments: Vec::new(),
                })
            }
        }
    }

    /// Who an answer goes to: whoever wrote, and mostly everybody else who got it.
    fn answered(&self, me: usize, parent: &Earlier) -> (Audience, Option<usize>) {
        let mine = &self.people[me].persona.email;
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
        (Audience { to, cc, readers }, to_one)
    }

    #[expect(clippy::too_many_arguments, reason = "one mail has so many parts")]
    fn person(
        &self,
        me: usize,
        sent: Timestamp,
        said: Said,
        audience: Audience,
        matter: Option<u32>,
        quoted: Option<(&Earlier, Kept)>,
        attachment: Option<Attachment>,
    ) -> Written {
        let who = &self.people[me];
        let program = Program::of(who.key, self.at.world.family(me));
        let pack = self.turn.outside.content.pack(who.persona.language);
        let quoted = quoted.filter(|(parent, _)| !parent.text.is_empty());
        let quoted = quoted.map(|(p, kind)| Quoted::of(p, pack, &who.zone, kind, |email| self.name_of(email)));
        let text = compose::finish(&said.body, who.persona, who.key, program, quoted.as_ref());
        Written {
            from: compose::address(who.persona),
            program,
            language: who.persona.language,
            hops: self.hops_from("", Some(&workstation(who.key)), sent),
            said,
            audience,
            matter,
            text,
            attachments: attachment.into_iter().collect(),
        }
    }

    /// The way to the mailbox, the last stretch first: from a colleague's machine, or from another host.
    fn hops_from(&self, host: &str, machine: Option<&str>, sent: Timestamp) -> Vec<Hop> {
        let key = Key::of(11).text(host).text(machine.unwrap_or_default()).at(sent);
        let zone = self.facts.host_time(self.turn.now).time_zone().clone();
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
    fn person_id(&self, letter: &Letter<'_>) -> Option<String> {
        let me = letter.what.writer()?;
        let who = self.people.get(me)?;
        let program = Program::of(who.key, self.at.world.family(me));
        Some(self.message_id(letter, program, &who.persona.email))
    }

    /// The same for the same mail, however often it is tried.
    fn message_id(&self, letter: &Letter<'_>, program: Program, from: &str) -> String {
        let key = self.at.world.key().text("message id").text(self.at.decky.id.as_str());
        let key = match letter.what {
            What::Root(me) => key.text("root").with(me as u64).at(letter.due),
            What::Answer(me, parent) => key.text("answer").with(me as u64).text(&parent.message_id),
            What::Forward(me, parent) => key.text("forward").with(me as u64).text(&parent.message_id),
            What::Mailing(due) => key.text("mailing").with(due.what as u64).at(due.at),
        };
        let domain = from.split('@').nth(1).unwrap_or("localhost");
        let due = self.facts.host_time(&letter.due.to_zoned(self.turn.now.time_zone().clone()));
        program.message_id(key, &(&due - SignedDuration::from_secs(12)), domain)
    }

    /// A document of the sender's own that hangs on a mail, a canary among them: one that lies on a decky, as it
    /// lies there, if that is what we left.
    async fn document(&self, me: usize, rng: Dice<'_>) -> Result<Option<Attachment>, RepoError> {
        let members: Vec<usize> = self.turn.fleet.inhabited().collect();
        if members.is_empty() {
            return Ok(None);
        }
        let Some(stage) = self.turn.fleet.stage(members[rng.random_range(0..members.len())], 0) else {
            return Ok(None);
        };
        let files = self.turn.outside.repo.recent_files(&stage.decky.id, 500).await?;
        let is_fit = |file: &&SyntheticFile| {
            use ContentClass::{CanaryHoneydoc, CanaryHoneydocDocx, CanaryHoneydocPdf, Draft, Note};
            let is_document =
                matches!(file.class, Note | Draft | CanaryHoneydoc | CanaryHoneydocDocx | CanaryHoneydocPdf);
            is_document && file.persona == self.people[me].persona.name && !self.files.is_abandoned(file.id)
        };
        let fit: Vec<_> = files.iter().filter(is_fit).collect();
        if fit.is_empty() {
            return Ok(None);
        }
        let chosen = fit[rng.random_range(0..fit.len())];
        let Ok(path) = DeckyPath::new(chosen.path.as_str()) else { return Ok(None) };
        let read = self.turn.outside.driver.read_file(stage.station, &path, LARGEST_ATTACHMENT).await;
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
    office: &Office<'_>,
    id: uuid::Uuid,
    mail: &Mail,
    letter: &Letter<'_>,
    matter: Option<u32>,
    sent: Timestamp,
    delivered: &Delivered,
) -> EmailRecord {
    let origin = letter.origin();
    let answer = match &letter.words {
        Source::Ready(answer) => Some(answer),
        Source::Ask | Source::Template => None,
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
        "container": office.at.station.container(),
        "eml_path": delivered.path,
        "rc": error.map_or(0, DriverError::rc),
        "stderr": error.map(DriverError::stderr),
    });
    if let (Value::Object(payload), Value::Object(kept)) = (&mut payload, thread::kept(mail, matter, origin)) {
        payload.extend(kept);
    }
    EmailRecord {
        id,
        // A row's time is the mail's own.
        ts: second(sent),
        decky: office.at.decky.id.clone(),
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
