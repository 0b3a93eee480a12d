//! `decnet fleet check`: what is found on each decoy, what will be done with it and what won't.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{Context, bail};
use decnet_domain::account::AccountKind;
use decnet_domain::content::Content;
use decnet_domain::decky::{ContainerRef, Decky, Source};
use decnet_domain::facts::{HostFacts, LogForm, Logging, MailStorage};
use decnet_domain::persona::{Language, Persona, parse_pool};
use decnet_engine::{Seen, Sight};
use decnet_fs::FilePool;
use decnet_ports::{ActivityDriver, Clock, ContainerInfo, Deckies, PersonaPool, RunningFleet, SystemClock};

use crate::print::say;
use crate::settings::decoys::{self, Acting};
use crate::settings::life::ProfileKind;
use crate::settings::people::{People, pool_path};

/// Looks at the decoys of these names, or at all.
pub(crate) async fn run(repo: &impl Deckies, names: &[String], acting: &Acting, people: &People) -> anyhow::Result<()> {
    let fleet = repo.running_fleet().await.context("can't read the fleet")?;
    if let Some(strange) = names.iter().find(|name| !fleet.deckies.iter().any(|d| d.name.as_str() == **name)) {
        bail!("{strange} is not among the running decoys; `decnet fleet list` shows those of this machine");
    }
    let wanted: Vec<&Decky> =
        fleet.deckies.iter().filter(|d| names.is_empty() || names.iter().any(|n| n == d.name.as_str())).collect();
    if wanted.is_empty() {
        bail!("no decoys run; `decnet fleet discover` finds running ones");
    }
    let pool = FilePool::new(pool_path(people).resolve());
    let global = pool.load(Language::EN).await.context("can't read the people")?;
    let driver = decoys::driver(acting, ProfileKind::Reference).await?;
    let (clock, content) = (SystemClock::new(), Content::embedded().context("the texts can't be used")?);
    let sight = Sight { driver: &*driver, clock: &clock, content: &content };
    let pools = pools(&fleet, &global);
    let mut failed = 0;
    for decky in &wanted {
        let people = match &decky.source {
            Source::Topology(id) => pools.get(id.as_str()).unwrap_or(&global),
            Source::Fleet | Source::Shard => &global,
        };
        failed += usize::from(!check(sight, decky, people).await);
    }
    if failed > 0 {
        bail!("{failed} of {} decoys can't be acted on as they are", wanted.len());
    }
    Ok(())
}

/// The people of each topology.
fn pools<'f>(fleet: &'f RunningFleet, global: &Arc<[Persona]>) -> BTreeMap<&'f str, Arc<[Persona]>> {
    let of = |(id, topology): (&'f String, &'f decnet_domain::decky::TopologyPersonas)| {
        let parsed = parse_pool(&topology.json, topology.language);
        (id.as_str(), parsed.map_or_else(|_| global.clone(), |pool| pool.personas.into()))
    };
    fleet.topologies.iter().map(of).collect()
}

/// Tells of one decoy. Whether all of it can be acted on.
async fn check(sight: Sight<'_>, decky: &Decky, people: &[Persona]) -> bool {
    say!("{}", decky.name);
    let (files, mail) = (decky.files(), decky.mail());
    let mut containers: Vec<&ContainerRef> = files.iter().collect();
    containers.extend(mail.as_ref().filter(|mail| Some(*mail) != files.as_ref()));
    if containers.is_empty() {
        say!("  won't: it has neither ssh nor a mail service, so nothing is done with it");
        return true;
    }
    let mut is_well = true;
    for container in containers {
        match sight.look(container).await {
            Ok(seen) => {
                let uses = Uses { files: files.as_ref() == Some(container), mail: mail.as_ref() == Some(container) };
                let (text, is_usable) = report(sight.driver, container, &seen, uses, people);
                is_well &= is_usable;
                say!("{}", printable(text.trim_end()));
            }
            Err(error) => {
                is_well = false;
                say!("  {}\n    won't: {}", container.name(), printable(&error.to_string()));
            }
        }
    }
    is_well
}

/// A decoy's own words, without what a terminal would take for an order.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// What a container is for.
#[derive(Clone, Copy)]
struct Uses {
    files: bool,
    mail: bool,
}

/// One container in words, and whether anybody can act there.
fn report(
    driver: &dyn ActivityDriver,
    container: &ContainerRef,
    seen: &Seen,
    uses: Uses,
    people: &[Persona],
) -> (String, bool) {
    let (facts, info) = (&seen.facts, &seen.container);
    let mut out = format!("  {}\n", container.name());
    let mut line = |name: &str, text: &str| {
        // Writing to a String never fails.
        let _: std::fmt::Result = writeln!(out, "    {name:<9} {text}");
    };
    line("image", &image(info));
    line(
        "by",
        &match &info.tools {
            Some(tools) => format!("{}: {tools}", driver.name()),
            None => driver.name().to_owned(),
        },
    );
    line("system", &system(facts));
    line("accounts", &accounts(facts, people));
    line("logs", &logs(facts));
    if uses.mail {
        line(
            "mail",
            &match &facts.mail {
                MailStorage::None => "no mail server is known".to_owned(),
                MailStorage::Unsupported { why } => format!("not followed: {why}"),
                MailStorage::Maildir(maildir) => maildir.describe(),
            },
        );
    }
    let (will, wont) = plans(facts, uses, people);
    let is_usable = !will.is_empty();
    for text in &will {
        line("will:", text);
    }
    for text in &wont {
        line("won't:", text);
    }
    for text in info.limits.iter().chain(facts.notes()) {
        line("note:", text);
    }
    (out, is_usable)
}

fn image(info: &ContainerInfo) -> String {
    match (&info.image, &info.engine) {
        (Some(image), Some(engine)) => format!("{image}, run by {engine}"),
        (Some(image), None) => image.clone(),
        _ => "a folder".to_owned(),
    }
}

fn system(facts: &HostFacts) -> String {
    let name = if facts.os.name.is_empty() { "unknown" } else { facts.os.name.as_str() };
    let zone = facts.zone.as_ref().map(|zone| match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", zone.to_offset(SystemClock::new().now().timestamp())),
    });
    let zone = zone.map_or_else(|| "no zone of its own".to_owned(), |zone| format!("zone {zone}"));
    let host = facts.hostname.as_deref().map_or_else(String::new, |host| format!("{host}, "));
    format!("{host}{name}, {zone}")
}

/// Which account is whose. Where some of the people have one, nobody borrows.
fn accounts(facts: &HostFacts, people: &[Persona]) -> String {
    let mut parts = Vec::new();
    let is_lent = !people.iter().any(|persona| facts.has_account(persona));
    for persona in people {
        let Some(account) = facts.account_of(persona) else { continue };
        if facts.has_account(persona) {
            parts.push(format!("{} is {}", account.login, persona.name));
        } else if is_lent {
            parts.push(format!("{} is lent to {}, who has none", account.login, persona.name));
        }
    }
    let owned = |login: &str| people.iter().any(|p| facts.account_of(p).is_some_and(|a| a.login == login));
    let nobodys: Vec<&str> = facts
        .accounts()
        .iter()
        .filter(|a| a.kind == AccountKind::Person && !owned(&a.login))
        .map(|a| a.login.as_str())
        .collect();
    if !nobodys.is_empty() {
        let shown: Vec<&str> = nobodys.iter().copied().take(10).collect();
        let more = if nobodys.len() > shown.len() {
            format!(" and {} more", nobodys.len() - shown.len())
        } else {
            String::new()
        };
        parts.push(format!("nobody's: {}{more}", shown.join(", ")));
    }
    if parts.is_empty() { "none that can be used".to_owned() } else { parts.join("; ") }
}

fn logs(facts: &HostFacts) -> String {
    let who = match facts.logging {
        Logging::Rsyslog => "rsyslog writes them",
        Logging::SyslogNg => "syslog-ng writes them",
        Logging::Syslogd => "busybox's syslogd writes them",
        Logging::Journald => "systemd-journald writes them",
        Logging::Nobody => "nobody writes them",
        Logging::Unknown => "who writes them isn't known",
    };
    let form = match facts.log_form {
        LogForm::Rfc3339 => "times as in RFC 3339",
        LogForm::Traditional => "times of the old form",
    };
    let cron = match facts.cron.as_deref() {
        None => "cron unknown".to_owned(),
        Some([]) => "no cron".to_owned(),
        Some(jobs) => count(jobs.len(), "cron job", "cron jobs"),
    };
    let there = if facts.logs.is_empty() { "none there".to_owned() } else { facts.logs.join(" ") };
    format!("{who}, {form}, {cron}; {there}")
}

/// What will be done and what won't.
fn plans(facts: &HostFacts, uses: Uses, people: &[Persona]) -> (Vec<String>, Vec<String>) {
    let (mut will, mut wont) = (Vec::new(), Vec::new());
    let own = people.iter().filter(|p| facts.has_account(p)).count();
    if uses.files {
        match (people.len(), facts.accounts().iter().any(|a| a.kind != AccountKind::Service)) {
            (0, _) => wont.push("write files: there are no people; see `decnet realism import-personas`".to_owned()),
            (_, false) => wont.push("write files: no account can be used".to_owned()),
            (all, true) if own == 0 => {
                will.push(format!("write files of {}, with accounts that are there", count(all, "person", "people")));
            }
            (_, true) => {
                will.push(format!("write files of {}", count(own, "person", "people")));
                let without: Vec<&str> =
                    people.iter().filter(|p| !facts.has_account(p)).map(|p| p.name.as_str()).collect();
                if !without.is_empty() {
                    wont.push(format!(
                        "write files of {}: no account here; make one, or use --accounts create",
                        without.join(", ")
                    ));
                }
            }
        }
        match facts.logging {
            Logging::Nobody => will.push("plant and rotate logs".to_owned()),
            Logging::Unknown => wont.push("plant logs: which ones it would have isn't known".to_owned()),
            _ => wont.push("plant logs: its own daemon writes them".to_owned()),
        }
    }
    if uses.mail {
        match &facts.mail {
            MailStorage::None => will.push("put mail into /var/spool/decnet-emails".to_owned()),
            MailStorage::Unsupported { why } => wont.push(format!("put mail into mailboxes: {why}")),
            MailStorage::Maildir(_) => {
                let boxes = people.iter().filter(|p| facts.mailbox_of(p).is_some()).count();
                match boxes {
                    0 => wont.push("put mail into mailboxes: none of the people has one here".to_owned()),
                    n => will.push(format!("put mail into the mailboxes of {}", count(n, "person", "people"))),
                }
            }
        }
    }
    (will, wont)
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
