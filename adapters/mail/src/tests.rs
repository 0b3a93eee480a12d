use decnet_domain::content::Locale;
use decnet_domain::record::ThreadId;
use jiff::Zoned;
use mail_parser::{MessageParser, MimeHeaders};

use super::*;

const PROGRAMS: [Program; 6] = [
    Program::Thunderbird("128.14.0"),
    Program::Outlook,
    Program::AppleMail("3774.600.62"),
    Program::Mutt("2.2.12"),
    Program::Roundcube("1.6.5"),
    Program::Service("PHPMailer 6.8.1"),
];

fn who(name: &str, email: &str) -> Address {
    Address { name: name.to_owned(), email: email.to_owned() }
}

fn mail(program: Program) -> Mail {
    let date: Zoned = "2026-11-03T09:41:17+01:00[+01:00]".parse().unwrap();
    let at = |seconds: i64| date.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
    Mail {
        message_id: "<a1@corp.example>".to_owned(),
        thread: ThreadId::new("t-1").unwrap(),
        began: "2026-11-02T08:00:00Z".parse().unwrap(),
        from: who("Ann Lee", "ann.lee@corp.example"),
        to: vec![who("Bob Ray", "bob.ray@corp.example"), who("", "it@corp.example")],
        cc: vec![who("Nina Müller", "nina.mueller@corp.example")],
        subject: "Re: Q3 budget".to_owned(),
        in_reply_to: Some("<p2@corp.example>".to_owned()),
        references: vec!["<p1@corp.example>".to_owned(), "<p2@corp.example>".to_owned()],
        language: "en".to_owned(),
        locale: Locale { thunderbird: "en-US".to_owned(), outlook: "en-us".to_owned() },
        program,
        text: "Hi Bob,\n\nfine with me.\n\nAnn\n".to_owned(),
        attachments: Vec::new(),
        hops: vec![
            Hop {
                from: Some("mx.corp.example".to_owned()),
                by: "mx.corp.example".to_owned(),
                with: "LMTP",
                id: "abc".to_owned(),
                at: at(3),
            },
            Hop {
                from: Some("[10.20.1.5] (unknown [10.20.1.5])".to_owned()),
                by: "mx.corp.example (Postfix)".to_owned(),
                with: "ESMTPSA",
                id: "4XyZ".to_owned(),
                at: at(1),
            },
        ],
        date,
    }
}

fn posted() -> Posted {
    Posted { recipient: "bob.ray@corp.example".to_owned() }
}

#[test]
fn every_program_writes_in_its_own_way() {
    let all: Vec<String> =
        PROGRAMS.iter().map(|p| String::from_utf8(MimeWriter.write(&mail(*p), Some(posted()))).unwrap()).collect();
    insta::assert_snapshot!(all.join("\n========\n"));
}

#[test]
fn what_is_written_is_read_again_by_a_parser_nobody_here_wrote() {
    for program in PROGRAMS {
        let mut mail = mail(program);
        mail.subject = "Re: Überstunden: Bäcker & Söhne, größere Änderung am Montag früh um neun".to_owned();
        mail.text = "Grüße,\n\nein sehr langer Satz, der ohne jeden Umbruch über die Grenze von achtundsiebzig Zeichen hinausgeht, weil er muss.\n\nFrom here on\n\nAnn\n".to_owned();
        let bytes = MimeWriter.write(&mail, Some(posted()));
        assert!(bytes.is_ascii() && !bytes.contains(&b'\r'), "{program:?}");
        assert!(bytes.split(|b| *b == b'\n').all(|line| line.len() <= 998), "{program:?}");
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.subject(), Some(mail.subject.as_str()), "{program:?}");
        assert_eq!(read.message_id(), Some("a1@corp.example"));
        assert_eq!(read.in_reply_to().as_text(), Some("p2@corp.example"));
        assert_eq!(read.references().as_text_list().unwrap(), ["p1@corp.example", "p2@corp.example"]);
        assert_eq!(read.date().unwrap().to_rfc3339(), "2026-11-03T09:41:17+01:00");
        assert_eq!(read.from().unwrap().first().unwrap().name(), Some("Ann Lee"));
        assert_eq!(
            read.to().unwrap().iter().filter_map(|a| a.address()).collect::<Vec<_>>(),
            ["bob.ray@corp.example", "it@corp.example"]
        );
        assert_eq!(read.cc().unwrap().first().unwrap().name(), Some("Nina Müller"));
        let text = read.body_text(0).unwrap().replace("\r\n", "\n").replace("\n From", "\nFrom");
        assert_eq!(text, mail.text, "{program:?}");
    }
}

#[test]
fn an_attachment_comes_out_as_it_went_in() {
    for program in PROGRAMS {
        let mut mail = mail(program);
        mail.attachments = vec![
            Attachment { name: "Übersicht.md".to_owned(), bytes: "# Zürich\n\n- eins\n".as_bytes().to_vec() },
            Attachment { name: "a.pdf".to_owned(), bytes: vec![0, 159, 146, 150, 13, 10, 0] },
        ];
        let bytes = MimeWriter.write(&mail, None);
        assert!(!String::from_utf8_lossy(&bytes).contains("Received:"));
        let read = MessageParser::default().parse(&bytes).unwrap();
        let found: Vec<_> =
            read.attachments().map(|a| (a.attachment_name().unwrap().to_owned(), a.contents().to_vec())).collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        assert_eq!(found[0].0, "Übersicht.md", "{program:?}");
        assert_eq!(text(&found[0].1), text(&mail.attachments[0].bytes), "{program:?}");
        assert_eq!(found[1], ("a.pdf".to_owned(), mail.attachments[1].bytes.clone()), "{program:?}");
    }
}

#[test]
fn the_same_mail_is_the_same_bytes() {
    for program in PROGRAMS {
        let mut mail = mail(program);
        mail.attachments = vec![Attachment { name: "x.txt".to_owned(), bytes: b"x\n".to_vec() }];
        assert_eq!(MimeWriter.write(&mail, None), MimeWriter.write(&mail, None), "{program:?}");
    }
}
