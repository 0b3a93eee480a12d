//! A persona without an account gets one, where the operator wants that.

use std::sync::Arc;

use decnet_domain::account::{Owner, new_account};
use decnet_domain::decky::Station;
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::Stage;
use decnet_domain::path::DeckyPath;
use decnet_domain::record::content_hash;
use decnet_ports::{DriverError, FOLDER_MODE, LookedKind, PlantMode, PlantRequest};
use jiff::Timestamp;

use crate::facts::Facts;
use crate::files::{LARGEST, Turn};
use crate::homes::append_lines;
use crate::profile::Accounts;
use crate::{Mode, Outside};

/// The skeleton of a home that Debian brings.
const SKELETON: [&str; 3] = [".bash_logout", ".bashrc", ".profile"];
/// `HOME_MODE` of Debian 12's login.defs.
const HOME_MODE: u32 = 0o700;

/// The stage with an account for its persona, and what is known of the host then. Where accounts are
/// never made, or it doesn't work, everything stays as it was.
pub(crate) async fn with_account<'a>(
    store: &Facts,
    turn: &Turn<'a>,
    stage: Stage<'a>,
    facts: Arc<HostFacts>,
) -> (Stage<'a>, Arc<HostFacts>) {
    let is_wanted = turn.profile.accounts == Accounts::Create && turn.mode == Mode::Act;
    if !is_wanted || facts.has_account(stage.persona) || facts.accounts().is_empty() {
        return (stage, facts);
    }
    let now = turn.now.timestamp();
    match make(turn.outside, &stage, now).await {
        Ok(true) => {
            tracing::info!(decky = %stage.decky.name, login = stage.persona.login(), "an account was made");
            store.forget(stage.station);
            let facts = store.of(turn.outside, stage.station, now).await.unwrap_or(facts);
            (stage, facts)
        }
        Ok(false) => (stage, facts),
        Err(error) => {
            store.trouble(stage.station, &error, now);
            (stage, facts)
        }
    }
}

async fn make(outside: &Outside, stage: &Stage<'_>, now: Timestamp) -> Result<bool, DriverError> {
    let station = stage.station;
    let read = async |path: &str| -> Result<Option<Vec<u8>>, DriverError> {
        let Ok(path) = DeckyPath::new(path) else { return Ok(None) };
        Ok(outside.driver.read_file(station, &path, LARGEST).await?.map(|file| file.bytes))
    };
    let (Some(passwd), Some(group)) = (read("/etc/passwd").await?, read("/etc/group").await?) else { return Ok(false) };
    let shadow = read("/etc/shadow").await?;
    let day = now.as_second() / 86_400;
    let (passwd_text, group_text) =
        (String::from_utf8_lossy(&passwd).into_owned(), String::from_utf8_lossy(&group).into_owned());
    let Some(made) = new_account(stage.persona.login(), &stage.persona.name, &passwd_text, &group_text, day) else {
        return Ok(false);
    };
    let is_begun = made.group.is_empty();
    let there = outside.driver.look(station, std::slice::from_ref(&made.home)).await?;
    if !is_begun && there.first().is_some_and(Option::is_some) {
        // Somebody's home, though nobody's account: not ours to give away.
        return Ok(false);
    }
    // The account itself comes last: until then nobody sees the rest.
    if !is_begun {
        append(outside, station, "/etc/group", group, &made.group, (Owner::ROOT, 0o644), now).await?;
    }
    home(outside, station, &made.home, made.owner, now).await?;
    let login = stage.persona.login();
    if let Some(shadow) = shadow
        && !String::from_utf8_lossy(&shadow).lines().any(|line| line.split(':').next() == Some(login))
    {
        let gid = gid_of(&group_text, "shadow");
        append(outside, station, "/etc/shadow", shadow, &made.shadow, (Owner { uid: 0, gid }, 0o640), now).await?;
    }
    append(outside, station, "/etc/passwd", passwd, &made.passwd, (Owner::ROOT, 0o644), now).await?;
    Ok(true)
}

/// The number of a group; root's where there is none.
fn gid_of(group: &str, name: &str) -> u32 {
    let line = group.lines().find(|line| line.split(':').next() == Some(name));
    line.and_then(|line| line.split(':').nth(2)?.parse().ok()).unwrap_or(0)
}

/// Appends to a file of the system's, which keeps its owner and mode.
async fn append(
    outside: &Outside,
    station: &Station,
    path: &str,
    was: Vec<u8>,
    line: &str,
    (owner, mode): (Owner, u32),
    now: Timestamp,
) -> Result<(), DriverError> {
    let Ok(path) = DeckyPath::new(path) else { return Ok(()) };
    let hash = content_hash(&was);
    let mut bytes = was;
    append_lines(&mut bytes, line);
    let request = PlantRequest {
        path,
        bytes,
        owner,
        mode,
        mtime: now,
        plant: PlantMode::Replace { was: hash },
        folder_mode: FOLDER_MODE,
    };
    outside.driver.plant_file(station, &request).await.map(|_| ())
}

/// A home with its skeleton, whose files keep their times, as useradd leaves them.
async fn home(
    outside: &Outside,
    station: &Station,
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
    let looked = outside.driver.look(station, &from).await?;
    let mut requests = Vec::new();
    for ((from, to), found) in skeleton.into_iter().zip(looked) {
        let Some(found) = found.filter(|f| f.kind == LookedKind::File) else { continue };
        let Some(file) = outside.driver.read_file(station, &from, LARGEST).await? else { continue };
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
    for planted in outside.driver.plant_many(station, &requests).await {
        match planted {
            Ok(_) | Err(DriverError::Exists { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
