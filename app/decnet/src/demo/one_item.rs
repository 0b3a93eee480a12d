//! One piece of work at the demo's end: what lies about it in a note, in mails, on a list and in a shell history.

use decnet_domain::decky::{ContainerRef, DeckyName, Service};
use decnet_domain::path::DeckyPath;
use decnet_domain::record::EmailRecord;
use decnet_engine::Ports;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::simulate::Story;
use crate::print::{plain, say};

/// So much of a list, and of a shell history, is shown.
const LINES: usize = 14;
/// So much of a mail, with what it quotes.
const MAIL_LINES: usize = 18;
/// A shell history is read up to so many bytes.
const LARGEST: usize = 256 * 1024;

/// Shows the work item of which most is told: its note, its mails, and what its writer has on the same host.
pub(super) async fn tell(ports: &Ports, story: &Story, zone: &TimeZone) {
    let mails = |number: u32| -> Vec<&EmailRecord> {
        let is_about = |mail: &&EmailRecord| mail.payload.details().is_some_and(|d| d.work_item == Some(number));
        story.mails.iter().filter(is_about).collect()
    };
    let states = |at: &(String, String)| story.files.get(at).map_or(&[][..], Vec::as_slice);
    // Something from each kind counts more than much of one.
    let weight = |number: u32| {
        let edits = story.told[&number].iter().map(|at| states(at).len()).max().unwrap_or(0);
        (edits.min(4) + 1) * (mails(number).len().min(5) + 1)
    };
    let Some(number) = story.told.keys().copied().max_by_key(|number| weight(*number)) else { return };
    let Some(at) = story.told[&number].iter().max_by_key(|at| states(at).len()) else { return };
    let (decky, path) = at;
    say!("\nOne piece of work, as it can be read on the decoys.\n");
    if let Some(last) = states(at).last() {
        say!(
            "{decky}:{path}, written {} times, last {}; its mtime says {}",
            states(at).len(),
            time(last.at, zone),
            time(last.mtime, zone)
        );
        show(&last.body, usize::MAX);
    }
    for mail in mails(number) {
        let details = mail.payload.details();
        say!("\nmail of {}, {} to {}: {}", time(mail.ts, zone), mail.sender, mail.recipient, mail.subject);
        show(details.map_or("", |details| &details.text), MAIL_LINES);
    }
    let Some(home) = path.split('/').nth(2).map(|login| format!("/home/{login}")) else { return };
    let is_list = |(of, path): &&(String, String)| of == decky && path.starts_with(&home) && path.contains("todo");
    if let Some((list, state)) = story.files.keys().find(is_list).and_then(|at| Some((at, states(at).last()?))) {
        say!("\n{}:{}, the whole of that person's open ends there", list.0, list.1);
        show(&state.body, LINES);
    }
    if let Some(history) = history(ports, decky, &home).await {
        say!("\n{decky}:{home}/.bash_history, its end");
        let from = history.lines().count().saturating_sub(LINES);
        show(&history.lines().skip(from).collect::<Vec<_>>().join("\n"), LINES);
    }
}

async fn history(ports: &Ports, decky: &str, home: &str) -> Option<String> {
    let container = ContainerRef::of_service(DeckyName::new(decky).ok()?, Service::Ssh);
    let path = DeckyPath::new(format!("{home}/.bash_history")).ok()?;
    let found = ports.driver.read_file(&container, &path, LARGEST).await.ok()??;
    Some(String::from_utf8_lossy(&found.bytes).into_owned())
}

fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %d %b %H:%M").to_string()
}

/// Lines behind a mark; what a terminal would obey is left out.
fn show(text: &str, most: usize) {
    for line in text.trim_end().lines().take(most) {
        say!("  | {}", plain(line));
    }
}
