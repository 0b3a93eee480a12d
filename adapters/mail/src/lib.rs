//! Mails as bytes: RFC 5322 and MIME by the `mail-builder` crate, in the order of lines and with the
//! lines of their own that each mail program has.

use std::borrow::Cow;

use base64::Engine as _;
use decnet_domain::mail::headers::HeaderValue;
use decnet_domain::mail::program::Program;
use decnet_domain::mail::{Address, Attachment, Hop, Mail};
use decnet_domain::noise::{ALPHANUMERIC, Key};
use decnet_ports::{MailWriter, Posted};
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address as AddressHeader;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

/// Writes mails.
#[derive(Clone, Copy, Debug, Default)]
pub struct MimeWriter;

impl MailWriter for MimeWriter {
    fn write(&self, mail: &Mail, posted: Option<Posted>) -> Vec<u8> {
        let program = mail.program;
        let mut lines: Vec<(&str, HeaderType<'_>)> = vec![
            ("From", addresses(std::slice::from_ref(&mail.from), program)),
            ("To", addresses(&mail.to, program)),
            ("Subject", text(&mail.subject)),
            ("Date", raw(mail.date.strftime("%a, %-d %b %Y %H:%M:%S %z").to_string())),
            ("Message-ID", raw(mail.message_id.clone())),
            ("MIME-Version", raw(program.mime_version())),
        ];
        if !mail.cc.is_empty() {
            lines.push(("Cc", addresses(&mail.cc, program)));
        }
        if let Some(parent) = &mail.in_reply_to {
            lines.push(("In-Reply-To", raw(parent.clone())));
        }
        if !mail.references.is_empty() {
            let ids = mail.references.iter().map(|id| bare(id).into()).collect();
            lines.push(("References", HeaderType::MessageId(MessageId { id: ids })));
        }
        for (name, value) in program.own_headers(mail) {
            let value = match value {
                HeaderValue::Text(value) => raw(value),
                HeaderValue::Base64(bytes) => raw(base64::engine::general_purpose::STANDARD.encode(bytes)),
            };
            lines.push((name, value));
        }
        let mut built = MessageBuilder::new();
        for (name, value) in lines {
            built = built.header(name, value);
        }
        let mut crlf = Vec::with_capacity(mail.text.len() * 2 + 2_048);
        built.body(body(mail)).serialize(&mut crlf);
        let (head, rest) = split(&crlf);
        let mut out = Vec::with_capacity(crlf.len() + 1_024);
        if let Some(posted) = &posted {
            trace(mail, posted, &mut out);
        }
        for line in ordered(head, program.order()) {
            out.extend_from_slice(line);
        }
        out.extend_from_slice(rest);
        // Files on a mail host end their lines as all files there do.
        out.retain(|byte| *byte != b'\r');
        out
    }
}

fn raw<'x>(text: String) -> HeaderType<'x> {
    HeaderType::Raw(Raw::new(text))
}

/// Without its angle brackets.
fn bare(id: &str) -> &str {
    id.trim_start_matches('<').trim_end_matches('>')
}

/// Plain text stands as it is; the library encodes what isn't (RFC 2047).
fn text(of: &str) -> HeaderType<'_> {
    let is_plain = of.bytes().all(|b| (b' '..=b'~').contains(&b)) && of.len() < 900 && !of.contains("=?");
    if is_plain { raw(of.to_owned()) } else { HeaderType::Text(Text::new(of)) }
}

fn addresses(of: &[Address], program: Program) -> HeaderType<'_> {
    let is_plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    if of.iter().all(|a| is_plain(&a.name)) {
        // Outlook quotes every name, the others only those that need it (RFC 5322 §3.2.4).
        let quote = if program == Program::Outlook { "\"" } else { "" };
        let one = |a: &Address| match a.name.as_str() {
            "" => a.email.clone(),
            name => format!("{quote}{name}{quote} <{}>", a.email),
        };
        return raw(of.iter().map(one).collect::<Vec<_>>().join(",\r\n "));
    }
    let one = |a: &'_ Address| {
        let name = (!a.name.is_empty()).then(|| Cow::from(a.name.clone()));
        AddressHeader::new_address(name, a.email.clone())
    };
    match of {
        [only] => HeaderType::Address(one(only)),
        several => HeaderType::Address(AddressHeader::new_list(several.iter().map(one).collect())),
    }
}

fn body(mail: &Mail) -> MimePart<'_> {
    let part = part(content_type(mail), BodyPart::Text(flowed(mail).into()));
    if mail.attachments.is_empty() {
        return part;
    }
    let head = format!("multipart/mixed;\r\n boundary=\"{}\"", boundary(mail));
    let mut parts = vec![part];
    parts.extend(mail.attachments.iter().map(attached));
    MimePart { headers: vec![("Content-Type".into(), raw(head))], contents: BodyPart::Multipart(parts) }
}

fn part(content_type: String, contents: BodyPart<'_>) -> MimePart<'_> {
    MimePart { headers: vec![("Content-Type".into(), raw(content_type))], contents }
}

/// In each program's own spelling.
fn content_type(mail: &Mail) -> String {
    let is_ascii = mail.text.is_ascii();
    match mail.program {
        Program::Thunderbird(_) => "text/plain; charset=UTF-8; format=flowed".to_owned(),
        Program::Roundcube(_) => {
            format!("text/plain; charset={};\r\n format=flowed", if is_ascii { "US-ASCII" } else { "UTF-8" })
        }
        Program::Outlook => format!("text/plain;\r\n\tcharset=\"{}\"", if is_ascii { "us-ascii" } else { "utf-8" }),
        Program::AppleMail(_) => format!("text/plain;\r\n\tcharset={}", if is_ascii { "us-ascii" } else { "utf-8" }),
        Program::Mutt(_) => format!("text/plain; charset={}", if is_ascii { "us-ascii" } else { "utf-8" }),
        Program::Service(_) => "text/plain; charset=UTF-8".to_owned(),
    }
}

/// A line that begins with a space or "From " gets a space before it where lines flow (RFC 3676 §4.4).
fn flowed(mail: &Mail) -> String {
    if !matches!(mail.program, Program::Thunderbird(_) | Program::Roundcube(_)) {
        return mail.text.clone();
    }
    let mut out = String::with_capacity(mail.text.len() + 16);
    for line in mail.text.split_inclusive('\n') {
        if line.starts_with(' ') || line.starts_with("From ") {
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

fn attached(file: &Attachment) -> MimePart<'_> {
    let is_text = std::str::from_utf8(&file.bytes).is_ok() && !file.bytes.contains(&0);
    if is_text {
        let kind = ContentType::new("text/plain").attribute("charset", "UTF-8").attribute("name", file.name.as_str());
        // As it is where that can be, else in base64: no program writes an attachment's line ends as =0A.
        let is_plain = file.bytes.is_ascii() && file.bytes.split(|b| *b == b'\n').all(|line| line.len() < 900);
        let (encoding, body) = if is_plain {
            ("7bit", String::from_utf8_lossy(&file.bytes).into_owned())
        } else {
            ("base64", in_lines(&base64::engine::general_purpose::STANDARD.encode(&file.bytes)))
        };
        let part = MimePart::new(kind, BodyPart::Text(body.into())).attachment(file.name.as_str());
        return part.transfer_encoding(encoding);
    }
    let kind = ContentType::new(media_type(&file.name)).attribute("name", file.name.as_str());
    MimePart::new(kind, BodyPart::Binary(file.bytes.as_slice().into())).attachment(file.name.as_str())
}

/// 76 characters a line (RFC 2045 §6.8).
fn in_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 76 + 1);
    for (n, c) in text.chars().enumerate() {
        if n > 0 && n % 76 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out
}

/// As a mail program guesses it, from the name.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("pdf") => "application/pdf",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("zip") => "application/zip",
        Some("gz") => "application/gzip",
        Some("html") => "text/html",
        _ => "application/octet-stream",
    }
}

/// In the shape of the program's own, drawn from the mail.
fn boundary(mail: &Mail) -> String {
    let key = Key::of(17).text(&mail.message_id);
    let hex = |what: &str| format!("{:016x}", key.text(what).value());
    match mail.program {
        Program::Thunderbird(_) => format!("------------{}", key.letters(24, ALPHANUMERIC)),
        Program::Outlook => format!(
            "----=_NextPart_000_{:04X}_{}.{}",
            key.below(0x400),
            &hex("a")[..8].to_uppercase(),
            &hex("b")[..8].to_uppercase()
        ),
        Program::AppleMail(_) => format!(
            "Apple-Mail=_{}-{}-4{}-A{}-{}",
            &hex("a")[..8].to_uppercase(),
            &hex("b")[..4].to_uppercase(),
            &hex("c")[..3].to_uppercase(),
            &hex("d")[..3].to_uppercase(),
            &hex("e")[..12].to_uppercase()
        ),
        Program::Mutt(_) => key.letters(16, ALPHANUMERIC),
        Program::Roundcube(_) | Program::Service(_) => format!("=_{}{}", hex("a"), hex("b")),
    }
}

/// What the way to the mailbox left above everything else (RFC 5321 §4.4, Postfix's wording).
fn trace(mail: &Mail, posted: &Posted, out: &mut Vec<u8>) {
    let mut text = format!("Return-Path: <{}>\nDelivered-To: {}\n", mail.from.email, posted.recipient);
    for hop in &mail.hops {
        text.push_str(&received(hop, &mail.from.email, &posted.recipient));
    }
    out.extend_from_slice(text.as_bytes());
}

fn received(hop: &Hop, sender: &str, recipient: &str) -> String {
    let date = hop.at.strftime("%a, %e %b %Y %H:%M:%S %z (%Z)");
    let from = hop.from.as_deref().map(|from| format!("from {from}\n\t")).unwrap_or_default();
    if hop.with == "LMTP" {
        // Dovecot's own form of a date has a zero, and no name of a zone.
        let date = hop.at.strftime("%a, %d %b %Y %H:%M:%S %z");
        return format!(
            "Received: {from}by {} with LMTP\n\tid {}\n\t(envelope-from <{sender}>)\n\tfor <{recipient}>; {date}\n",
            hop.by, hop.id
        );
    }
    format!("Received: {from}by {} with {} id {}\n\tfor <{recipient}>; {date}\n", hop.by, hop.with, hop.id)
}

/// The header, with its last line end, and what follows, with the empty line before it.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let at = message.windows(4).position(|w| w == b"\r\n\r\n").map_or(message.len(), |at| at + 2);
    message.split_at(at)
}

/// The header's lines, folded ones together, in this order; the others behind them.
fn ordered<'a>(head: &'a [u8], order: &[&str]) -> Vec<&'a [u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for at in 1..=head.len() {
        let is_next = at == head.len() || (head[at - 1] == b'\n' && !matches!(head[at], b' ' | b'\t'));
        if is_next {
            fields.push(&head[start..at]);
            start = at;
        }
    }
    let place = |field: &[u8]| {
        let name = field.split(|b| *b == b':').next().unwrap_or_default();
        order.iter().position(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name)).unwrap_or(usize::MAX)
    };
    fields.sort_by_key(|field| place(field));
    fields
}

#[cfg(test)]
mod tests;
