//! A persona without an account gets one, where the operator wants that.

use std::sync::Arc;

use decnet_domain::account::{Owner, new_account};
use decnet_domain::decky::ContainerRef;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Actor;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{DriverError, FOLDER_MODE, FileKind, PlantMode, PlantRequest};
use jiff::Timestamp;

use crate::append::add_lines;
use crate::context::TickContext;
use crate::facts::Facts;
use crate::ports::Ports;
use crate::profile::Accounts;
use crate::tampering::LARGEST;
use crate::tick::Mode;

/// The skeleton of a home that Debian brings.
const SKELETON: [&str; 3] = [".bash_logout", ".bashrc", ".profile"];
/// `HOME_MODE` of Debian 12's login.defs.
const HOME_MODE: u32 = 0o700;

/// What is known of a host once its persona has an account there. Where accounts are never made, or it doesn't
/// work, everything stays as it was.
pub(crate) async fn with_account(ctx: &TickContext<'_>, actor: Actor<'_>, facts: Arc<HostFacts>) -> Arc<HostFacts> {
    if facts.has_account(actor.persona) {
        return facts;
    }
    let is_wanted = ctx.profile.accounts == Accounts::Create && ctx.mode == Mode::Act;
    let store = &ctx.state.facts;
    if !is_wanted || facts.accounts().is_empty() {
        tell_of_borrowing(store, &actor, &facts);
        return facts;
    }
    let now = ctx.now.timestamp();
    match make(ctx.ports, &actor, now).await {
        Ok(true) => {
            tracing::info!(decky = %actor.decky.name, login = actor.persona.login(), "an account was made");
            store.forget(actor.container);
            store.of(ctx.ports, actor.container, now).await.unwrap_or(facts)
        }
        Ok(false) => facts,
        Err(error) => {
            store.record_failure(actor.container, &error, now);
            facts
        }
    }
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

async fn make(ports: &Ports, actor: &Actor<'_>, now: Timestamp) -> Result<bool, DriverError> {
    let container = actor.container;
    let read = async |path: &str| -> Result<Option<Vec<u8>>, DriverError> {
        let Ok(path) = DeckyPath::new(path) else { return Ok(None) };
        Ok(ports.driver.read_file(container, &path, LARGEST).await?.map(|file| file.bytes))
    };
    let (Some(passwd), Some(group)) = (read("/etc/passwd").await?, read("/etc/group").await?) else { return Ok(false) };
    let shadow = read("/etc/shadow").await?;
    let day = now.as_second() / 86_400;
    let (passwd_text, group_text) =
        (String::from_utf8_lossy(&passwd).into_owned(), String::from_utf8_lossy(&group).into_owned());
    let Some(made) =
        new_account(actor.persona.login(), actor.persona.person_name().spoken(), &passwd_text, &group_text, day)
    else {
        return Ok(false);
    };
    let is_begun = made.group.is_empty();
    let there = ports.driver.stat(container, std::slice::from_ref(&made.home)).await?;
    if !is_begun && there.first().is_some_and(Option::is_some) {
        // Somebody's home, though nobody's account: not ours to give away.
        return Ok(false);
    }
    // The account itself comes last: until then nobody sees the rest.
    if !is_begun {
        append(ports, container, "/etc/group", group, &made.group, (Owner::ROOT, 0o644), now).await?;
    }
    home(ports, container, &made.home, made.owner, now).await?;
    let login = actor.persona.login();
    if let Some(shadow) = shadow
        && !String::from_utf8_lossy(&shadow).lines().any(|line| line.split(':').next() == Some(login))
    {
        let gid = gid_of(&group_text, "shadow");
        append(ports, container, "/etc/shadow", shadow, &made.shadow, (Owner { uid: 0, gid }, 0o640), now).await?;
    }
    append(ports, container, "/etc/passwd", passwd, &made.passwd, (Owner::ROOT, 0o644), now).await?;
    Ok(true)
}

/// The number of a group; root's where there is none.
fn gid_of(group: &str, name: &str) -> u32 {
    let line = group.lines().find(|line| line.split(':').next() == Some(name));
    line.and_then(|line| line.split(':').nth(2)?.parse().ok()).unwrap_or(0)
}

/// Appends to a file of the system's, which keeps its owner and mode.
async fn append(
    ports: &Ports,
    container: &ContainerRef,
    path: &str,
    was: Vec<u8>,
    line: &str,
    (owner, mode): (Owner, u32),
    now: Timestamp,
) -> Result<(), DriverError> {
    let Ok(path) = DeckyPath::new(path) else { return Ok(()) };
    let hash = content_hash(&was);
    let mut bytes = was;
    add_lines(&mut bytes, line);
    let request = PlantRequest {
        path,
        bytes,
        owner,
        mode,
        mtime: now,
        plant: PlantMode::Replace { was: hash },
        folder_mode: FOLDER_MODE,
    };
    ports.driver.plant_file(container, &request).await.map(|_| ())
}

/// A home with its skeleton, whose files keep their times, as useradd leaves them.
async fn home(
    ports: &Ports,
    container: &ContainerRef,
    home: &DeckyPath,
    owner: Owner,
    now: Timestamp,
) -> Result<(), DriverError> {
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
            owner,
            mode: 0o644,
            mtime: found.mtime.min(now),
            plant: PlantMode::CreateNew,
            folder_mode: HOME_MODE,
        });
    }
    for planted in ports.driver.plant_many(container, &requests).await {
        match planted {
            Ok(_) | Err(DriverError::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
