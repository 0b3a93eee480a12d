//! What a mail says: from the world and the sender's own texts, or from a model's words; then the
//! greeting line, the signature and what is quoted, as the sender's program does it.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand::RngExt;

use super::Address;
use super::program::{Program, Quoting};
use super::thread::SentMail;
use crate::bodies::typing_style::{wrapped, written};
use crate::content::{Pack, TextGenerator};
use crate::noise::Key;
use crate::persona::Persona;
use crate::world::WorkItem;

/// What somebody has to say, before their program adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText {
    /// What it is about; for an answer the program makes its own.
    pub subject: String,
    /// Paragraphs, greeting and goodbye; no signature, nothing quoted.
    pub body: String,
}

/// Who gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// To whom.
    pub to: Vec<Address>,
    /// Who else.
    pub cc: Vec<Address>,
    /// Everybody who finds it in their mailbox, by place in the pool; the writer not among them.
    pub readers: Vec<usize>,
}

/// Subjects are cut above this: longer ones are nobody's.
const LONGEST_SUBJECT: usize = 72;

/// Somebody of the pool, as an address.
pub fn address(persona: &Persona) -> Address {
    Address { name: persona.person_name().display().to_owned(), email: persona.email.clone() }
}

/// Who a new mail goes to: mostly one, who has to do with the matter; sometimes several; now and then
/// a team or everybody, by their list's address.
pub fn audience(generator: &mut TextGenerator<'_>) -> Audience {
    let context = generator.context();
    let (world, people, persona_index) = (context.world, context.colleagues, context.persona_index);
    let work_item = generator.work_item();
    let partner = if work_item.owner == persona_index { work_item.other } else { work_item.owner };
    let others: Vec<usize> = (0..people.len()).filter(|n| *n != persona_index).collect();
    let one = |n: usize| address(&people[n]);
    if others.is_empty() {
        return Audience { to: Vec::new(), cc: Vec::new(), readers: Vec::new() };
    }
    let first = if partner != persona_index && generator.chance(60) {
        partner
    } else {
        others[generator.rng().random_range(0..others.len())]
    };
    let roll = generator.rng().random_range(0..100);
    if roll < 62 || others.len() < 2 {
        return Audience { to: alloc::vec![one(first)], cc: Vec::new(), readers: alloc::vec![first] };
    }
    if roll < 76 {
        // The boss, or who the matter is shared with, reads along.
        let boss = world.manager(persona_index).filter(|boss| *boss != first && *boss != persona_index);
        let along = boss.or(Some(partner)).filter(|n| *n != first && *n != persona_index);
        if let Some(along) = along {
            let readers = alloc::vec![first, along];
            return Audience { to: alloc::vec![one(first)], cc: alloc::vec![one(along)], readers };
        }
    }
    if roll < 90 {
        let mut readers = alloc::vec![first];
        for _ in 0..generator.rng().random_range(1..=2) {
            let next = others[generator.rng().random_range(0..others.len())];
            if !readers.contains(&next) {
                readers.push(next);
            }
        }
        return Audience { to: readers.iter().map(|n| one(*n)).collect(), cc: Vec::new(), readers };
    }
    let team: Vec<usize> = others.iter().copied().filter(|n| world.family(*n) == work_item.family).collect();
    let rules = generator.pack().rules();
    let (rule, readers) = if team.len() > 1 && generator.chance(65) {
        let lists = [
            rules.list_sysadmin,
            rules.list_developer,
            rules.list_finance,
            rules.list_hr,
            rules.list_sales,
            rules.list_support,
            rules.list_manager,
        ];
        (lists[work_item.family as usize], team)
    } else {
        (rules.list_everybody, others)
    };
    let local = generator.text(rule);
    let list = Address { name: String::new(), email: alloc::format!("{local}@{}", world.domain()) };
    Audience { to: alloc::vec![list], cc: Vec::new(), readers }
}

/// A new mail, about whatever `draw` is about.
pub fn begin(generator: &mut TextGenerator<'_>, audience: &Audience) -> MessageText {
    if let [one] = audience.readers[..] {
        generator.address(one);
    }
    let rules = generator.pack().rules();
    let subject = subject(generator);
    let mut body = String::with_capacity(900);
    generator.put(if audience.readers.len() == 1 { rules.mail_hello } else { rules.mail_all }, &mut body);
    body.push_str("\n\n");
    let mut first = generator.text(rules.mail_open);
    for _ in 0..generator.rng().random_range(0..3) {
        first.push(' ');
        generator.put(rules.mail_line, &mut first);
    }
    paragraph(&first, generator, &mut body);
    // Many are short, few are long.
    let more = match generator.rng().random_range(0..100) {
        0..45 => 0,
        45..80 => 1,
        80..94 => 2,
        _ => 4,
    };
    for _ in 0..more {
        let mut text = String::new();
        for n in 0..generator.rng().random_range(1..=4) {
            if n > 0 {
                text.push(' ');
            }
            generator.put(rules.mail_line, &mut text);
        }
        paragraph(&text, generator, &mut body);
    }
    if generator.chance(72) {
        let ask = generator.text(rules.mail_ask);
        paragraph(&ask, generator, &mut body);
    }
    goodbye(generator, &mut body);
    MessageText { subject, body }
}

/// An answer.
pub fn answer(generator: &mut TextGenerator<'_>, to: Option<usize>, depth: usize) -> String {
    if let Some(to) = to {
        generator.address(to);
    }
    let rules = generator.pack().rules();
    let mut body = String::with_capacity(500);
    // The longer it goes on, the less is said around it.
    let polite = u8::try_from(68_usize.saturating_sub(depth * 14)).unwrap_or(10);
    if generator.chance(polite) {
        generator.put(rules.mail_hello, &mut body);
        body.push_str("\n\n");
    }
    let mut first = generator.text(rules.mail_answer);
    for _ in 0..generator.rng().random_range(0..3) {
        first.push(' ');
        generator.put(rules.mail_line, &mut first);
    }
    paragraph(&first, generator, &mut body);
    if generator.chance(26) {
        let text = generator.text(rules.mail_line);
        paragraph(&text, generator, &mut body);
    }
    if generator.chance(30) {
        let ask = generator.text(rules.mail_ask);
        paragraph(&ask, generator, &mut body);
    }
    if generator.chance(polite.max(24)) {
        goodbye(generator, &mut body);
    } else {
        body.push_str(generator.context().persona.first_name());
        body.push('\n');
    }
    body
}

/// What stands above a mail that is passed on.
pub fn pass_on(generator: &mut TextGenerator<'_>, to: usize) -> String {
    generator.address(to);
    let rules = generator.pack().rules();
    let mut body = String::new();
    if generator.chance(60) {
        generator.put(rules.mail_hello, &mut body);
        body.push_str("\n\n");
    }
    let text = generator.text(rules.mail_forward);
    paragraph(&text, generator, &mut body);
    goodbye(generator, &mut body);
    body
}

/// Says that something is attached, before the goodbye.
pub fn mention(generator: &mut TextGenerator<'_>, file: &str, body: &mut String) {
    let rules = generator.pack().rules();
    generator.remember(rules.mail_file, file);
    let text = generator.text(rules.mail_attached);
    let cut = body.trim_end().rfind("\n\n").map_or(body.len(), |at| at + 2);
    body.insert_str(cut, &alloc::format!("{text}\n\n"));
}

fn subject(generator: &mut TextGenerator<'_>) -> String {
    let rule = generator.pack().rules().mail_subject;
    for _ in 0..6 {
        let drawn = generator.text(rule);
        if drawn.len() <= LONGEST_SUBJECT && drawn.len() > 3 {
            return drawn;
        }
    }
    let mut out = String::new();
    let work_item = generator.work_item();
    generator.context().world.ticket(&work_item, &mut out);
    out
}

fn paragraph(text: &str, generator: &mut TextGenerator<'_>, out: &mut String) {
    let text = written(text, generator);
    out.push_str(text.trim());
    out.push_str("\n\n");
}

fn goodbye(generator: &mut TextGenerator<'_>, out: &mut String) {
    let rule = generator.pack().rules().mail_bye;
    generator.put(rule, out);
    put!(out, "\n{}\n", generator.context().persona.first_name());
}

/// What the sender's program makes of what was said: lines broken, signature, and the mail before it.
pub fn finish(said: &str, sender: &Persona, key: Key, program: Program, quoted: Option<&Quoted<'_>>) -> String {
    let said = said.trim_end();
    let said = program.wraps_at().map_or_else(|| said.to_owned(), |width| wrapped(said, width));
    let mut own = said;
    let mut signed = String::new();
    if let Some(signature) = sender.signature.as_deref().map(str::trim_end).filter(|s| !s.is_empty()) {
        let dashes = matches!(program, Program::Thunderbird(_) | Program::Mutt(_) | Program::Roundcube(_));
        signed.push_str(if dashes { "\n\n-- \n" } else { "\n\n" });
        signed.push_str(signature);
    }
    let Some(quoted) = quoted else {
        return own + &signed + "\n";
    };
    match (quoted.kind, program.quoting(key)) {
        (QuoteKind::Answered, Quoting::Above) => {
            let mut out = quoted.wrote(program);
            out.push('\n');
            out.push_str(&marked(&last_words(quoted.text)));
            out.push('\n');
            out + &own + &signed + "\n"
        }
        (QuoteKind::Answered, Quoting::Below) => {
            own = own + &signed + "\n\n";
            own.push_str(&quoted.wrote(program));
            own.push('\n');
            own.push_str(&marked(quoted.text.trim_end()));
            own
        }
        (QuoteKind::Answered, Quoting::Labelled) => {
            own = own + &signed + "\n\n";
            own.push_str(&quoted.labels(&alloc::format!("-----{}-----", quoted.label(5)), LABELS_OUTLOOK));
            own.push('\n');
            own + quoted.text.trim_end() + "\n"
        }
        (QuoteKind::PassedOn, _) => {
            own = own + &signed + "\n\n";
            own.push_str(&quoted.labels(&alloc::format!("-------- {} --------", quoted.label(6)), LABELS_THUNDERBIRD));
            own.push('\n');
            own + quoted.text.trim_end() + "\n"
        }
    }
}

/// A mail that stands in another.
pub struct Quoted<'a> {
    /// The words of the one who quotes.
    pub pack: &'a Pack,
    /// Who wrote it.
    pub from: Address,
    /// To whom, as addresses.
    pub to: Vec<Address>,
    /// When, by the clock of whoever quotes.
    pub date: jiff::Zoned,
    /// What it was about.
    pub subject: &'a str,
    /// What it said.
    pub text: &'a str,
    /// Why it is there.
    pub kind: QuoteKind,
}

/// Why a mail stands in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum QuoteKind {
    Answered,
    PassedOn,
}

/// Places in `mail.labels`.
const LABELS_OUTLOOK: [usize; 4] = [0, 1, 2, 4];
const LABELS_THUNDERBIRD: [usize; 4] = [4, 7, 0, 2];

impl<'a> Quoted<'a> {
    /// Of an earlier mail; `name` finds the name that belongs to an address.
    pub fn of(
        earlier: &'a SentMail,
        pack: &'a Pack,
        zone: &jiff::tz::TimeZone,
        kind: QuoteKind,
        name: impl Fn(&str) -> String,
    ) -> Self {
        let named = |email: &String| Address { name: name(email), email: email.clone() };
        Self {
            pack,
            from: named(&earlier.from),
            to: earlier.to.iter().map(named).collect(),
            date: earlier.sent.to_zoned(zone.clone()),
            subject: &earlier.subject,
            text: &earlier.text,
            kind,
        }
    }

    fn label(&self, at: usize) -> &str {
        self.pack.mail_label(at)
    }

    /// "On …, … wrote:"
    fn wrote(&self, program: Program) -> String {
        let form = self.pack.mail_wrote(program.attribution());
        let name = if self.from.name.is_empty() { &self.from.email } else { &self.from.name };
        let mut out = self.dated(form).replace("%N", name).replace("%E", &self.from.email);
        out.push('\n');
        out
    }

    fn labels(&self, head: &str, which: [usize; 4]) -> String {
        let mut out = alloc::format!("{head}\n");
        for at in which {
            let value = match at {
                0 => full(&self.from),
                1 => self.dated(self.label(10)),
                2 => self.to.iter().map(full).collect::<Vec<_>>().join("; "),
                7 => self.date.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string(),
                _ => self.subject.to_owned(),
            };
            put!(&mut out, "{}: {value}\n", self.label(at));
        }
        out
    }

    /// strftime(3), with the language's own names of days and months; `%N` and `%E` stay.
    fn dated(&self, form: &str) -> String {
        let (month, day) =
            (usize::from(self.date.month().unsigned_abs()) - 1, self.date.weekday().to_monday_zero_offset());
        let day = usize::from(day.unsigned_abs());
        let mut out = String::new();
        let mut rest = form;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let code: String = rest[at..].chars().take(if rest[at + 1..].starts_with('-') { 3 } else { 2 }).collect();
            match code.as_str() {
                "%A" => out.push_str(self.pack.mail_day(day)),
                "%a" => out.push_str(self.pack.mail_short_day(day)),
                "%B" => out.push_str(self.pack.mail_month(month)),
                "%b" => out.push_str(self.pack.mail_short_month(month)),
                "%N" | "%E" => out.push_str(&code),
                known if KNOWN.contains(&known) => out.push_str(&self.date.strftime(known).to_string()),
                other => out.push_str(other),
            }
            rest = &rest[at + code.len()..];
        }
        out.push_str(rest);
        out
    }
}

/// What a form of a date may hold: an operator's pack is not to make anything panic.
const KNOWN: [&str; 14] = ["%d", "%-d", "%m", "%-m", "%y", "%Y", "%H", "%-H", "%I", "%-I", "%M", "%S", "%p", "%z"];

fn full(address: &Address) -> String {
    if address.name.is_empty() { address.email.clone() } else { alloc::format!("{} <{}>", address.name, address.email) }
}

/// Every line behind a mark; what is marked already gets its mark without a space.
fn marked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 80);
    for line in text.lines() {
        out.push_str(if line.is_empty() || line.starts_with('>') { ">" } else { "> " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// What somebody who answers below leaves of a mail: its own words, without what it quoted and signed.
fn last_words(text: &str) -> String {
    let own = text.split("\n-- \n").next().unwrap_or(text);
    let lines: Vec<&str> = own.lines().filter(|l| !l.starts_with('>')).collect();
    let mut kept: Vec<&str> = lines.iter().copied().take(14).collect();
    while kept.last().is_some_and(|l| l.trim().is_empty() || l.ends_with(':')) {
        kept.pop();
    }
    kept.join("\n")
}

/// The matter a thread is about, as its first mail had it.
pub fn work_item_of(earlier: &SentMail, world: &crate::world::World) -> Option<WorkItem> {
    world.work_item_numbered(earlier.work_item?, earlier.sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::writing_context::tests::{Stand, tuesday, writer};
    use alloc::format;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    const PROGRAMS: [Program; 4] =
        [Program::Thunderbird("128.14.0"), Program::Outlook, Program::Mutt("2.2.12"), Program::Roundcube("1.6.5")];

    /// A thread of two: a mail and its answer, each by another program.
    fn thread(content: &Content, language: &str, seed: u64) -> String {
        let people = ["Ann Lee", "Bob Ray", "Cy Orr"].map(|name| writer(name, "Sysadmin", language));
        let stand = Stand::new(people.to_vec(), content);
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let pack = content.pack(stand.people[0].language);
        let context = stand.context(0, tuesday());
        let mut generator = TextGenerator::new(pack, &context, rng);
        let audience = audience(&mut generator);
        let said = begin(&mut generator, &audience);
        let work_item = generator.work_item();
        let first = finish(&said.body, &stand.people[0], Key::of(1), PROGRAMS[0], None);
        let context = stand.context(1, tuesday());
        let mut generator = TextGenerator::new(pack, &context, rng);
        generator.about(work_item);
        let body = answer(&mut generator, Some(0), 0);
        let quoted = Quoted {
            pack,
            from: address(&stand.people[0]),
            to: alloc::vec![address(&stand.people[1])],
            date: tuesday(),
            subject: &said.subject,
            text: &first,
            kind: QuoteKind::Answered,
        };
        let program = PROGRAMS[usize::try_from(seed % 4).unwrap()];
        let second = finish(&body, &stand.people[1], Key::of(2), program, Some(&quoted));
        format!("Subject: {}\n\n{first}\n----\n\n{second}", said.subject)
    }

    #[test]
    fn mails_of_every_language() {
        let content = Content::embedded().unwrap();
        for language in ["en", "de", "es", "fr", "it", "nl", "pt"] {
            let all: Vec<String> = (0..4).map(|seed| thread(&content, language, seed)).collect();
            insta::assert_snapshot!(format!("{language}_mail"), all.join("\n==========\n"));
        }
    }

    #[test]
    fn nothing_a_mail_says_gives_the_game_away() {
        let content = Content::embedded().unwrap();
        for language in ["en", "de", "es", "fr", "it", "nl", "pt"] {
            for seed in 0..60 {
                let text = thread(&content, language, seed);
                assert!(
                    !text.contains("{@") && !text.contains("%N") && !text.contains(['\u{2014}', '\u{2026}']),
                    "{text}"
                );
                assert!(!crate::fleet::is_telling(&text), "{text}");
            }
        }
    }

    #[test]
    fn lines_are_broken_at_words_and_quotes_are_marked_once_each() {
        assert_eq!(wrapped("aa bb cc\n\ndd", 5), "aa bb\ncc\n\ndd");
        assert_eq!(marked("a\n\n> b\n"), "> a\n>\n>> b\n");
        assert_eq!(last_words("Hi,\n\nyes.\n\nOn x, y wrote:\n> old\n\n-- \nAnn"), "Hi,\n\nyes.");
    }

    #[test]
    fn a_form_of_a_date_that_makes_no_sense_stands_as_it_is() {
        let content = Content::embedded().unwrap();
        let pack = content.pack(crate::persona::Language::EN);
        let quoted = Quoted {
            pack,
            from: Address { name: String::new(), email: "a@b.example".to_owned() },
            to: Vec::new(),
            date: tuesday(),
            subject: "",
            text: "",
            kind: QuoteKind::Answered,
        };
        assert_eq!(quoted.dated("%d %Q % %"), "03 %Q % %");
        assert_eq!(quoted.dated("%-d %B %A %é"), "3 November Tuesday %é");
    }
}
