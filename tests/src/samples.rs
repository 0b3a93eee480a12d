//! Values that several suites use.

use decnet_domain::account::Owner;
use decnet_domain::content_class::ContentClass;
use decnet_domain::decky::{Containers, DeckyId, DeckyName};
use decnet_domain::path::DeckyPath;
use decnet_domain::persona::{Language, Persona, parse_pool};
use decnet_domain::record::{
    Event, EventKind, EventPayload, Expected, FileId, Outcome, Pending, PendingChange, PendingEffect, SyntheticFile,
    content_hash,
};
use decnet_ports::{FOLDER_MODE, FleetEntry, FleetState, PlantMode, PlantRequest};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// A moment with nanoseconds.
pub fn moment() -> Timestamp {
    "2026-11-03T09:41:17.318204511Z".parse().unwrap()
}

/// A request for a new file.
pub fn request(path: &str, bytes: &[u8]) -> PlantRequest {
    PlantRequest {
        path: DeckyPath::new(path).unwrap(),
        bytes: bytes.to_vec(),
        owner: Owner { uid: 1000, gid: 1000 },
        mode: 0o640,
        mtime: moment(),
        plant: PlantMode::CreateNew,
        folder_mode: FOLDER_MODE,
        beside: &[],
    }
}

/// A request for what takes the place of `was`.
pub fn replacing(path: &str, was: &[u8], bytes: &[u8]) -> PlantRequest {
    PlantRequest { plant: PlantMode::Replace { was: content_hash(was) }, ..request(path, bytes) }
}

/// A running fleet decky.
pub fn entry(name: &str, services: &[&str], ip: Option<&str>) -> FleetEntry {
    FleetEntry {
        name: DeckyName::new(name).unwrap(),
        services: services.iter().map(|s| (*s).to_owned()).collect(),
        ip: ip.map(|ip| ip.parse().unwrap()),
        containers: Containers::default(),
        state: FleetState::Running,
    }
}

/// A row of a note.
pub fn file(decky: &str, path: &str, body: &str, at: Timestamp) -> SyntheticFile {
    SyntheticFile {
        id: FileId(Uuid::new_v4()),
        decky: DeckyId::new(decky),
        path: path.to_owned(),
        persona: "Ann Lee".to_owned(),
        class: ContentClass::Note,
        created_at: decnet_domain::record::row_time(at),
        last_modified: decnet_domain::record::row_time(at),
        edit_count: 0,
        content_hash: content_hash(body.as_bytes()),
        last_body: body.to_owned(),
    }
}

/// A pending plant of that row.
pub fn pending(file: SyntheticFile) -> Pending {
    let expected = Expected::Holds(file.content_hash.clone());
    Pending {
        id: Uuid::new_v4(),
        container: "web-01-ssh".to_owned(),
        decky_name: "web-01".to_owned(),
        begun: file.created_at,
        changes: vec![PendingChange { path: file.path.clone(), expected }],
        effect: PendingEffect::Create { file },
    }
}

/// An event.
pub fn event(what: EventKind, target: &str, at: Timestamp) -> Event {
    Event {
        id: Uuid::new_v4(),
        ts: decnet_domain::record::row_time(at),
        what,
        source: (what == EventKind::TcpConnect).then(|| DeckyId::new("local:db-01")),
        target: DeckyId::new(target),
        outcome: Outcome::Success,
        payload: EventPayload::Other(json!({"dst_decky": target, "rc": 0, "stderr": null, "text": "é — \"quoted\""})),
    }
}

/// People who are always at work.
pub fn people(names: &[&str]) -> Vec<Persona> {
    people_at(names, "00:00-24:00")
}

/// People at work from nine to six.
pub fn office_people(names: &[&str]) -> Vec<Persona> {
    people_at(names, "09:00-18:00")
}

fn people_at(names: &[&str], hours: &str) -> Vec<Persona> {
    let list: Vec<_> = names
        .iter()
        .map(|name| {
            let email = format!("{}@corp.example.com", name.to_lowercase().replace(' ', ".").replace('ü', "ue"));
            json!({"name": name, "email": email, "role": "Engineer", "active_hours": hours})
        })
        .collect();
    parse_pool(&serde_json::to_string(&list).unwrap(), Language::EN).unwrap().personas
}
