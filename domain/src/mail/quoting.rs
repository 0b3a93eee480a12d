//! What the sender's program makes of a mail: broken lines, the signature, and the mail it answers or passes on.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::message::Address;
use super::program::{Program, Quoting};
use super::thread::SentMail;
use crate::content::Pack;
use crate::noise::Key;
use crate::text::wrapped;

/// What the sender's program makes of what was said: lines broken, signature, and the mail before it.
pub fn finish(said: &str, signature: Option<&str>, key: Key, program: Program, quoted: Option<&Quoted<'_>>) -> String {
    let said = said.trim_end();
    let said = program.wraps_at().map_or_else(|| said.to_owned(), |width| wrapped(said, width));
    let mut own = said;
    let mut signed = String::new();
    if let Some(signature) = signature.map(str::trim_end).filter(|s| !s.is_empty()) {
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
            own.push_str(&quoted.outlook_block());
            own.push('\n');
            own + quoted.text.trim_end() + "\n"
        }
        (QuoteKind::PassedOn, _) => {
            own = own + &signed + "\n\n";
            own.push_str(&quoted.thunderbird_block());
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

    /// "On …, … wrote:"
    fn wrote(&self, program: Program) -> String {
        let forms = &self.pack.labels().wrote;
        let form = match program {
            Program::Thunderbird(_) | Program::Outlook | Program::Service(_) => &forms.thunderbird,
            Program::AppleMail(_) => &forms.apple,
            Program::Mutt(_) => &forms.mutt,
            Program::Roundcube(_) => &forms.roundcube,
        };
        let name = if self.from.name.is_empty() { &self.from.email } else { &self.from.name };
        let mut out = self.dated(form).replace("%N", name).replace("%E", &self.from.email);
        out.push('\n');
        out
    }

    /// The lines that Outlook puts above a mail it quotes.
    fn outlook_block(&self) -> String {
        let labels = &self.pack.labels().mail;
        let (from, when, to) = (full(&self.from), self.dated(&labels.when), self.recipients());
        alloc::format!(
            "-----{}-----\n{}: {from}\n{}: {when}\n{}: {to}\n{}: {}\n",
            labels.original,
            labels.from,
            labels.sent,
            labels.to,
            labels.subject,
            self.subject
        )
    }

    /// The lines that Thunderbird puts above a mail that is passed on.
    fn thunderbird_block(&self) -> String {
        let labels = &self.pack.labels().mail;
        let (from, to) = (full(&self.from), self.recipients());
        let when = self.date.strftime("%a, %-d %b %Y %H:%M:%S %z");
        alloc::format!(
            "-------- {} --------\n{}: {}\n{}: {when}\n{}: {from}\n{}: {to}\n",
            labels.forwarded,
            labels.subject,
            self.subject,
            labels.date,
            labels.from,
            labels.to
        )
    }

    fn recipients(&self) -> String {
        self.to.iter().map(full).collect::<Vec<_>>().join("; ")
    }

    /// strftime(3), with the language's own names of days and months; `%N` and `%E` stay.
    fn dated(&self, form: &str) -> String {
        let labels = self.pack.labels();
        let (month, day) = (self.date.month(), self.date.weekday().to_monday_one_offset());
        let mut out = String::new();
        let mut rest = form;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let code: String = rest[at..].chars().take(if rest[at + 1..].starts_with('-') { 3 } else { 2 }).collect();
            match code.as_str() {
                "%A" => out.push_str(labels.day(day)),
                "%a" => out.push_str(labels.short_day(day)),
                "%B" => out.push_str(labels.month(month)),
                "%b" => out.push_str(labels.short_month(month)),
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
    // Below a line of hyphens stands the whole mail before it.
    let lines: Vec<&str> = own.lines().take_while(|line| !line.starts_with("-----")).collect();
    let introduces = |n: usize| {
        let next = lines[n + 1..].iter().find(|line| !line.trim().is_empty());
        lines[n].ends_with(':') && next.is_some_and(|line| line.starts_with('>'))
    };
    let own = (0..lines.len()).filter(|n| !lines[*n].starts_with('>') && !introduces(*n)).map(|n| lines[n]);
    let mut kept: Vec<&str> = own.skip_while(|line| line.trim().is_empty()).take(14).collect();
    while kept.last().is_some_and(|l| l.trim().is_empty() || l.ends_with(':')) {
        kept.pop();
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Content, TextGenerator};
    use crate::index::PersonaIndex;
    use crate::mail::recipients::{address, audience};
    use crate::mail::words::{answer, begin};
    use crate::test_support::{Stand, tuesday, writer};
    use alloc::format;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    #[test]
    fn what_is_quoted_is_what_its_writer_said_and_nothing_of_the_mails_before_it() {
        for (text, own) in [
            ("Fine.\n\nAnn\n\n-----Original Message-----\nFrom: Bob\n\nIs it?\n", "Fine.\n\nAnn"),
            ("On Mon, Bob wrote:\n\n> Is it?\n\nFine.\n\nAnn\n", "Fine.\n\nAnn"),
            ("Fine.\n\nOn Mon, Bob wrote:\n> Is it?\n", "Fine."),
            ("Two things:\nfirst this.\n-- \nAnn Lee\n", "Two things:\nfirst this."),
        ] {
            assert_eq!(last_words(text), own);
        }
    }

    const PROGRAMS: [Program; 4] =
        [Program::Thunderbird("128.14.0"), Program::Outlook, Program::Mutt("2.2.12"), Program::Roundcube("1.6.5")];

    /// A thread of two: a mail and its answer, each by another program.
    fn thread(content: &Content, language: &str, seed: u64) -> String {
        thread_of(["Ann Lee", "Bob Ray", "Cy Orr"], content, language, seed)
    }

    fn thread_of(names: [&str; 3], content: &Content, language: &str, seed: u64) -> String {
        let people = names.map(|name| writer(name, "Sysadmin", language));
        let stand = Stand::new(people.to_vec(), content);
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let pack = content.pack(stand.people[0].language);
        let context = stand.context(0, tuesday());
        let mut generator = TextGenerator::new(pack, &context, rng);
        let audience = audience(&mut generator);
        let said = begin(&mut generator, &audience);
        let work_item = generator.work_item();
        let first = finish(&said.body, stand.people[0].signature.as_deref(), Key::of(1), PROGRAMS[0], None);
        let context = stand.context(1, tuesday());
        let mut generator = TextGenerator::new(pack, &context, rng);
        generator.about(work_item);
        let body = answer(&mut generator, Some(PersonaIndex::new(0)), 0);
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
        let second = finish(&body, stand.people[1].signature.as_deref(), Key::of(2), program, Some(&quoted));
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
    fn people_greet_and_sign_as_people_with_their_names_do() {
        let content = Content::embedded().unwrap();
        let names = ["Dr. Karen Whitlock", "Ostrander, Paul", "Paula Reyes-Ortega, MBA"];
        let mut greeted = 0;
        for seed in 0..60 {
            let text = thread_of(names, &content, "en", seed);
            for wrong in
                ["Hi Dr", "Hello Dr.", "Dear Dr.,", ",,", "Hi Ostrander", "\nDr.\n", "\nOstrander\n", "MBA,", "\nMBA\n"]
            {
                assert!(!text.contains(wrong), "{wrong}: {text}");
            }
            greeted += usize::from(text.contains("Paul,") || text.contains("Karen,"));
        }
        assert!(greeted > 10, "{greeted}");
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
