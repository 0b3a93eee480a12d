//! What is in the way of a takeover, and what to type.

use super::host::{BATCH, Host, OURS, SINGLE};

/// The revision of the reference's schema that this version was tried with.
const KNOWN_REVISION: &str = "4a914b1d62a0";

/// What has to be put right first.
pub(super) fn obstacles(host: &Host) -> Vec<String> {
    let mut found = Vec::new();
    match &host.chosen {
        Err(error) => found.push(error.clone()),
        Ok(chosen) => {
            let is_there = host.databases.iter().any(|(file, _)| *file == host.places.at(&chosen.file));
            let file = chosen.file.display().to_string();
            match host.chosen_overview() {
                Some(overview) if overview.tables > 0 => {}
                None if is_there => found.push(format!("{file} can't be read; run this as root or as decnet")),
                None if !host.has_reference => {}
                _ => found.push(never_started(&file)),
            }
        }
    }
    if !host.has_reference && !host.has(SINGLE) && !host.has(BATCH) {
        found.push(
            "no installation of the reference is here: nothing is to be taken over, and docs/operator-guide.md \
             tells how to install"
                .to_owned(),
        );
    }
    if let (true, Err(error)) = (host.has(BATCH), &host.bus) {
        found.push(format!(
            "no bus answers at {} ({error}): the orchestrator in {BATCH} can only be asked to stop over the bus; start \
             decnet-bus, or set DECNET_BUS_SOCKET to where it is",
            host.socket.display()
        ));
    }
    if let Some(Err(error)) = &host.decoys {
        found.push(format!("Docker can't be reached: {error}"));
    }
    found
}

fn never_started(file: &str) -> String {
    format!(
        "{file} has no tables yet: start the reference's API once first. If this program makes its tables before, the \
         first start of the API fails with \"table already exists\""
    )
}

/// What is no obstacle, and good to know.
pub(super) fn remarks(host: &Host) -> Vec<String> {
    let mut found = host.chosen.as_ref().map(|chosen| chosen.notes.clone()).unwrap_or_default();
    let revision = host.chosen_overview().and_then(|overview| overview.reference_revision.as_deref());
    if let Some(revision) = revision.filter(|revision| *revision != KNOWN_REVISION) {
        found.push(format!(
            "the schema's revision {revision} is not the one that this version was tried with ({KNOWN_REVISION}): keep a \
             copy of the database"
        ));
    }
    if let (false, Err(error)) = (host.has(BATCH), &host.bus) {
        found.push(format!("no bus answers at {} ({error}): the dashboard hears of nothing", host.socket.display()));
    }
    match &host.people {
        Ok((people, _)) if *people < 2 => {
            found.push("mail needs two people in the pool, a sender and a recipient".to_owned());
        }
        Ok(_) => {}
        Err(error) => {
            let pool = host.pool.display();
            found.push(format!(
                "{pool} has no people for fleet deckies ({error}): `decnet realism import-personas` installs some"
            ));
        }
    }
    let unused = crate::unused_variables::unused(host.variables.keys().cloned());
    found.extend(unused.warnings);
    found
}

/// The commands of the takeover, and those of going back.
pub(super) fn steps(host: &Host) -> (Vec<&'static str>, Vec<&'static str>) {
    const INSTALL: [&str; 3] = [
        "install -m 755 target/release/decnet /usr/local/bin/decnet",
        "cp deploy/systemd/decnet-realism.service /etc/systemd/system/",
        "systemctl daemon-reload",
    ];
    let install = if host.has(OURS) { &INSTALL[..1] } else { &INSTALL[..] };
    let mut there = install.to_vec();
    let mut back = vec!["systemctl disable --now decnet-realism"];
    if host.has(BATCH) {
        // Its orchestrator is stopped over the bus, at each start of ours and whenever it is heard.
        there.push("mkdir -p /etc/systemd/system/decnet-realism.service.d");
        there.push(
            "printf '[Service]\\nEnvironment=DECNET_TAKE_OVER=true\\n' \
             > /etc/systemd/system/decnet-realism.service.d/take-over.conf",
        );
        there.push("systemctl daemon-reload");
        there.push("systemctl enable --now decnet-realism");
        back.push("systemctl restart decnet-supervise-batch");
    } else {
        if host.has(SINGLE) {
            there.push("systemctl disable --now decnet-orchestrator");
            back.push("systemctl enable --now decnet-orchestrator");
        }
        there.push("systemctl enable --now decnet-realism");
    }
    there.push("journalctl -fu decnet-realism");
    (there, back)
}
