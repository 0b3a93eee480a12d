//! A persona without an account gets one, where the operator wants that.

use std::borrow::Cow;
use std::sync::Arc;

use decnet_domain::account::{AccountFiles, NewAccount, Owner, WantedAccount, new_account, with_line};
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Actor;
use decnet_domain::path::DeckyPath;
use decnet_domain::planner::plan::Site;
use decnet_domain::record::{EventKind, FilePayload, PendingEffect, SystemChange, content_hash};
use decnet_ports::{DriverError, FOLDER_MODE, FileKind, PlantMode, PlantRequest, Record, RepoError};
use jiff::Timestamp;

use crate::context::{TickContext, TickRng};
use crate::execution::{Change, Operation, carry_out, event, finish};
use crate::facts::Facts;
use crate::ports::Ports;
use crate::profile::Accounts;
use crate::tampering::LARGEST;
use crate::tick::Mode;

/// The skeleton of a home that Debian brings.
const SKELETON: [&str; 3] = [".bash_logout", ".bashrc", ".profile"];
/// Login shells, the first that is there counts.
const SHELLS: [&str; 3] = ["/bin/bash", "/bin/ash", "/bin/sh"];

/// What is known of a host once its persona has an account there. Where accounts are never made, or it doesn't
/// work, everything stays as it was.
///
/// # Errors
/// When the store can't be used.
pub(crate) async fn with_account(
    ctx: &TickContext<'_>,
    actor: Actor<'_>,
    facts: Arc<HostFacts>,
    rng: TickRng<'_>,
) -> Result<Arc<HostFacts>, RepoError> {
    if facts.has_account(actor.persona) {
        return Ok(facts);
    }
    let is_wanted = ctx.profile.accounts == Accounts::Create && ctx.mode == Mode::Act;
    let store = &ctx.state.facts;
    if !is_wanted || facts.accounts().is_empty() {
        tell_of_borrowing(store, &actor, &facts);
        return Ok(facts);
    }
    let now = ctx.now.timestamp();
    let login = actor.persona.login();
    let planned = match plan(ctx.ports, &actor, &facts, now).await {
        Ok(planned) => planned,
        Err(error) => {
            store.record_failure(actor.container, &error, now);
            return Ok(facts);
        }
    };
    match planned {
        Planned::Nothing(why) => {
            store.tell_once(actor.container, &format!("no account is made for {login}: {why}"));
            Ok(facts)
        }
        Planned::Account(files) => {
            if !make(ctx, &Site::of(actor), files, rng).await? {
                return Ok(facts);
            }
            tracing::info!(decky = %actor.decky.name, login, "an account was made");
            store.forget(actor.container);
            Ok(store.of(ctx.ports, actor.container, now).await.unwrap_or(facts))
        }
    }
}

/// Makes an account: first all that belongs to it, and the account itself last, so that until then nobody sees the
/// rest. Tells whether it is there now.
async fn make(ctx: &TickContext<'_>, site: &Site, files: AccountPlan, rng: TickRng<'_>) -> Result<bool, RepoError> {
    for (requests, is_last) in [(files.rest, false), (vec![files.passwd], true)] {
        if requests.is_empty() {
            continue;
        }
        let path = requests[0].path.to_string();
        let bytes = requests[0].bytes.len() as u64;
        let change = SystemChange::Account;
        let effect = PendingEffect::System { change, decky: site.decky.clone(), persona: site.persona.clone() };
        let operation = Operation::at(&site.container, &site.decky_name, Change::Plant(requests), effect);
        let mut carried = carry_out(ctx, operation, rng).await?;
        // A file of the skeleton that an earlier try has left.
        carried.accept_existing(|_| true);
        let (rc, stderr) = carried.failure(ctx, &site.container).unzip();
        let has_failed = rc.is_some();
        let payload = FilePayload {
            dst_decky: site.decky_name.clone(),
            path,
            bytes,
            rc: rc.unwrap_or(0),
            stderr,
            persona: Some(site.persona.clone()),
            ..FilePayload::default()
        };
        let told = is_last || has_failed;
        let event = event(ctx, EventKind::AccountCreate, &site.decky, payload.into(), rng);
        finish(ctx, &carried, told.then_some(Record::Event(event)).into_iter().collect()).await?;
        if has_failed {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Says once for each person and decky that they write with somebody else's account. That happens only where nobody
/// of the pool has one.
fn tell_of_borrowing(store: &Facts, actor: &Actor<'_>, facts: &HostFacts) {
    let is_anybodys = actor.colleagues.iter().any(|person| facts.has_account(person));
    let Some(account) = facts.account_of(actor.persona).filter(|_| !is_anybodys) else { return };
    if store.is_first_borrowing(actor.container, actor.persona.login()) {
        tracing::warn!(
            decky = %actor.decky.name,
            persona = actor.persona.name,
            account = account.login,
            "nobody of the pool has an account on this decky; this person's files go to another's home. Make an account \
             called {:?}, name it with the persona's key \"login\", or use --accounts create",
            actor.persona.login()
        );
    }
}

/// An account to be made.
struct AccountPlan {
    /// Its group, home, password and ranges of subordinate ids.
    rest: Vec<PlantRequest>,
    /// `/etc/passwd` with its line.
    passwd: PlantRequest,
}

/// What is to be done.
enum Planned {
    /// This account is made.
    Account(AccountPlan),
    /// Nothing, and why.
    Nothing(String),
}

/// A file of accounts, as it is there.
struct Table {
    path: DeckyPath,
    bytes: Vec<u8>,
    owner: Owner,
    mode: u32,
}

impl Table {
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// Reads a file of accounts; `None` where there is none.
async fn table(ports: &Ports, container: &ContainerRef, path: &str) -> Result<Option<Table>, DriverError> {
    let Ok(path) = DeckyPath::new(path) else { return Ok(None) };
    let Some(file) = ports.driver.read_file(container, &path, LARGEST).await? else { return Ok(None) };
    let details = ports.driver.details(container, &path).await?;
    let owner = details.as_ref().and_then(|d| d.owner).unwrap_or(Owner::ROOT);
    let mode = details.map_or(0o644, |d| d.mode);
    Ok(Some(Table { path, bytes: file.bytes, owner, mode }))
}

/// Reads what there is, and plans the account as useradd(8) would make it.
async fn plan(ports: &Ports, actor: &Actor<'_>, facts: &HostFacts, now: Timestamp) -> Result<Planned, DriverError> {
    let container = actor.container;
    let read = |path: &'static str| table(ports, container, path);
    let (Some(passwd), Some(group)) = (read("/etc/passwd").await?, read("/etc/group").await?) else {
        return Ok(Planned::Nothing("there is no /etc/passwd or no /etc/group".to_owned()));
    };
    let (shadow, gshadow) = (read("/etc/shadow").await?, read("/etc/gshadow").await?);
    let (subuid, subgid) = (read("/etc/subuid").await?, read("/etc/subgid").await?);
    let login_defs = read("/etc/login.defs").await?;
    let login = actor.persona.login();
    let shell = SHELLS.into_iter().find(|shell| facts.has_program(shell)).unwrap_or("/bin/sh");
    let wanted =
        WantedAccount { login, full_name: actor.persona.person_name().spoken(), shell, day: now.as_second() / 86_400 };
    let text = |table: &Option<Table>| table.as_ref().map(|table| table.text().into_owned());
    let (subuid_text, subgid_text, defs) = (text(&subuid), text(&subgid), text(&login_defs).unwrap_or_default());
    let files = AccountFiles {
        passwd: &passwd.text(),
        group: &group.text(),
        subuid: subuid_text.as_deref(),
        subgid: subgid_text.as_deref(),
        login_defs: &defs,
    };
    let made = match new_account(wanted, files) {
        Ok(made) => made,
        Err(why) => return Ok(Planned::Nothing(why.to_string())),
    };
    let is_begun = made.group.is_empty();
    let there = ports.driver.stat(container, std::slice::from_ref(&made.home)).await?;
    if !is_begun && there.first().is_some_and(Option::is_some) {
        // Somebody's home, though nobody's account: not ours to give away.
        return Ok(Planned::Nothing(format!("{} is there already and nobody's", made.home)));
    }
    let mut rest = Vec::new();
    if !is_begun {
        rest.push(with(&group, &made.group, now));
    }
    rest.extend(home(ports, container, &made, now).await?);
    let more = [
        (&gshadow, Some(made.gshadow.as_str())),
        (&subuid, made.subuid.as_deref()),
        (&subgid, made.subgid.as_deref()),
        (&shadow, Some(made.shadow.as_str())),
    ];
    for (table, line) in more {
        if let (Some(table), Some(line)) = (table, line)
            && !table.text().lines().any(|line| line.split(':').next() == Some(login))
        {
            rest.push(with(table, line, now));
        }
    }
    Ok(Planned::Account(AccountPlan { rest, passwd: with(&passwd, &made.passwd, now) }))
}

/// A file of accounts with one more line; it keeps its owner and mode.
fn with(table: &Table, line: &str, now: Timestamp) -> PlantRequest {
    PlantRequest {
        path: table.path.clone(),
        bytes: with_line(&table.bytes, line),
        owner: table.owner,
        mode: table.mode,
        mtime: now,
        plant: PlantMode::Replace { was: content_hash(&table.bytes) },
        folder_mode: FOLDER_MODE,
        beside: &[],
    }
}

/// A home with its skeleton, whose files keep their times, as useradd leaves them.
async fn home(
    ports: &Ports,
    container: &ContainerRef,
    made: &NewAccount,
    now: Timestamp,
) -> Result<Vec<PlantRequest>, DriverError> {
    let NewAccount { home, owner, home_mode, .. } = made;
    let skeleton: Vec<(DeckyPath, DeckyPath)> = SKELETON
        .iter()
        .filter_map(|name| {
            let from = DeckyPath::new(format!("/etc/skel/{name}")).ok()?;
            Some((from, DeckyPath::under(home, name).ok()?))
        })
        .collect();
    let from: Vec<DeckyPath> = skeleton.iter().map(|(from, _)| from.clone()).collect();
    let file_stat = ports.driver.stat(container, &from).await?;
    let mut requests = Vec::new();
    for ((from, to), found) in skeleton.into_iter().zip(file_stat) {
        let Some(found) = found.filter(|f| f.kind == FileKind::File) else { continue };
        let Some(file) = ports.driver.read_file(container, &from, LARGEST).await? else { continue };
        requests.push(PlantRequest {
            path: to,
            bytes: file.bytes,
            owner: *owner,
            mode: 0o644,
            mtime: found.mtime.min(now),
            plant: PlantMode::CreateNew,
            folder_mode: *home_mode,
            beside: &[],
        });
    }
    if requests.is_empty() {
        // Without a skeleton, as on Alpine, a home has what its shell leaves in it.
        let Ok(history) = DeckyPath::under(home, shell_history(&made.passwd)) else { return Ok(requests) };
        requests.push(PlantRequest {
            path: history,
            bytes: Vec::new(),
            owner: *owner,
            mode: 0o600,
            mtime: now,
            plant: PlantMode::CreateNew,
            folder_mode: *home_mode,
            beside: &[],
        });
    }
    Ok(requests)
}

/// Where the shell of a line of `/etc/passwd` remembers what was typed.
fn shell_history(passwd: &str) -> &'static str {
    if passwd.trim_end().ends_with("/bash") { ".bash_history" } else { ".ash_history" }
}
