//! The deckies of all three sources, as one kind of thing.

use std::collections::BTreeMap;
use std::net::IpAddr;

use async_trait::async_trait;
use decnet_domain::decky::{Containers, Decky, DeckyId, DeckyName, Service, Source, TopologyPersonas};
use decnet_domain::persona::Language;
use decnet_ports::{Deckies, FleetEntry, FleetState, RepoError, RunningFleet, SkippedRow};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;

use crate::SqlRepo;
use crate::pool::on;
use crate::schema::{decky_shards, fleet_deckies, topologies, topology_deckies};
use crate::utc::Utc;

/// The host of fleet deckies on a single machine.
const LOCAL: &str = "local";

#[derive(Queryable, Selectable)]
#[diesel(table_name = topology_deckies, check_for_backend(diesel::sqlite::Sqlite))]
struct TopologyRow {
    uuid: String,
    topology_id: String,
    name: String,
    services: String,
    decky_config: Option<String>,
    ip: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = fleet_deckies, check_for_backend(diesel::sqlite::Sqlite))]
struct FleetRow {
    host_uuid: String,
    name: String,
    services: String,
    decky_config: Option<String>,
    decky_ip: Option<String>,
    state: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = decky_shards, check_for_backend(diesel::sqlite::Sqlite))]
struct ShardRow {
    decky_name: String,
    host_uuid: String,
    services: String,
    decky_config: Option<String>,
    decky_ip: Option<String>,
}

/// What the three kinds of row have in common.
struct Common {
    table: &'static str,
    id: String,
    name: String,
    services: String,
    config: Option<String>,
    ip: Option<String>,
    source: Source,
}

impl Common {
    fn decky(self, skipped: &mut Vec<SkippedRow>) -> Option<Decky> {
        let mut skip = |reason: String| skipped.push(SkippedRow { row: format!("{} {}", self.table, self.id), reason });
        let name = match DeckyName::new(self.name.as_str()) {
            Ok(name) => name,
            Err(e) => {
                skip(format!("left out: {e}"));
                return None;
            }
        };
        let services = words(&self.services).unwrap_or_else(|| {
            skip("services is not a JSON list of words; taken as none".to_owned());
            Vec::new()
        });
        let ip = self.ip.as_deref().filter(|ip| !ip.is_empty()).and_then(|ip| {
            let parsed = ip.parse::<IpAddr>().ok();
            if parsed.is_none() {
                skip(format!("{ip:?} is no address; taken as none"));
            }
            parsed
        });
        Some(Decky {
            id: DeckyId::new(self.id),
            hostname: self.config.as_deref().and_then(hostname).filter(|h| h != name.as_str()),
            containers: self.config.as_deref().map(containers).unwrap_or_default(),
            name,
            ip,
            services: Service::ALL.into_iter().filter(|s| services.iter().any(|word| word == s.as_str())).collect(),
            source: self.source,
        })
    }
}

fn words(json: &str) -> Option<Vec<String>> {
    serde_json::from_str(json).ok()
}

/// The host's own name, from `decky_config`; anything that is no host name is passed over.
fn hostname(config: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(config).ok()?;
    let name = value.get("hostname")?.as_str()?;
    let label = |l: &str| !l.is_empty() && l.len() <= 63 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (name.len() <= 253 && name.split('.').all(label)).then(|| name.to_owned())
}

/// The key of `decky_config` that holds the containers with names of their own, by service.
const CONTAINERS: &str = "containers";

/// Those containers; what is no name of one is passed over.
fn containers(config: &str) -> Containers {
    let value: serde_json::Value = serde_json::from_str(config).unwrap_or_default();
    let mut out = Containers::default();
    for (service, container) in value.get(CONTAINERS).and_then(|v| v.as_object()).into_iter().flatten() {
        if let Some(Err(error)) = container.as_str().map(|name| out.set(service, name)) {
            tracing::warn!(service, "a container in decky_config is passed over: {error}");
        }
    }
    out
}

/// A configuration with these containers in it; everything else in it stays.
fn with_containers(config: Option<&str>, containers: &Containers) -> Result<Option<String>, RepoError> {
    let had = config.unwrap_or_default();
    if containers.is_empty() && !had.contains(CONTAINERS) {
        return Ok(config.map(ToOwned::to_owned));
    }
    let mut value: serde_json::Value = match had {
        "" => serde_json::json!({}),
        text => serde_json::from_str(text).map_err(|e| RepoError::Corrupt(format!("decky_config: {e}")))?,
    };
    let fields =
        value.as_object_mut().ok_or_else(|| RepoError::Corrupt("decky_config is no JSON object".to_owned()))?;
    if containers.is_empty() {
        fields.remove(CONTAINERS);
    } else {
        let map: BTreeMap<&str, &str> = containers.iter().collect();
        fields.insert(CONTAINERS.to_owned(), serde_json::json!(map));
    }
    Ok(Some(value.to_string()))
}

#[async_trait]
impl Deckies for SqlRepo {
    async fn running_fleet(&self) -> Result<RunningFleet, RepoError> {
        let from_topologies: Vec<TopologyRow> = on!(self, conn => topology_deckies::table
            .filter(topology_deckies::state.eq("running"))
            .order((topology_deckies::topology_id, topology_deckies::name))
            .select(TopologyRow::as_select())
            .load(conn).await)?;
        let from_fleet: Vec<FleetRow> = on!(self, conn => fleet_deckies::table
            .filter(fleet_deckies::state.eq("running"))
            .order((fleet_deckies::host_uuid, fleet_deckies::name))
            .select(FleetRow::as_select())
            .load(conn).await)?;
        let from_shards: Vec<ShardRow> = on!(self, conn => decky_shards::table
            .filter(decky_shards::state.eq("running"))
            .order(decky_shards::decky_name)
            .select(ShardRow::as_select())
            .load(conn).await)?;
        let mut fleet = RunningFleet::default();
        if !from_topologies.is_empty() {
            fleet.topologies = self.topologies().await?;
        }
        let rows = from_topologies.into_iter().map(|row| Common {
            table: "topology_deckies",
            id: row.uuid,
            name: row.name,
            services: row.services,
            config: row.decky_config,
            ip: row.ip,
            source: Source::Topology(row.topology_id),
        });
        let rows = rows.chain(from_fleet.into_iter().map(|row| Common {
            table: "fleet_deckies",
            id: format!("{}:{}", row.host_uuid, row.name),
            name: row.name,
            services: row.services,
            config: row.decky_config,
            ip: row.decky_ip,
            source: Source::Fleet,
        }));
        let rows = rows.chain(from_shards.into_iter().map(|row| Common {
            table: "decky_shards",
            id: format!("{}:{}", row.host_uuid, row.decky_name),
            name: row.decky_name,
            services: row.services,
            config: row.decky_config,
            ip: row.decky_ip,
            source: Source::Shard,
        }));
        let skipped = &mut fleet.skipped;
        fleet.deckies = rows.filter_map(|row| row.decky(skipped)).collect();
        Ok(fleet)
    }

    async fn put_fleet_decky(&self, entry: &FleetEntry, now: Timestamp) -> Result<(), RepoError> {
        use fleet_deckies as t;
        let services = serde_json::json!(entry.services).to_string();
        let ip = entry.ip.map(|ip| ip.to_string());
        let now = Utc(now);
        let had: Option<Option<String>> = on!(self, conn => t::table
            .filter(t::host_uuid.eq(LOCAL))
            .filter(t::name.eq(entry.name.as_str()))
            .select(t::decky_config)
            .first(conn).await.optional())?;
        let config = with_containers(had.flatten().as_deref(), &entry.containers)?;
        let fresh = (
            t::decky_config.eq(&config),
            t::services.eq(&services),
            t::decky_ip.eq(&ip),
            t::state.eq(entry.state.as_str()),
            t::last_seen.eq(Some(now)),
            t::updated_at.eq(now),
        );
        on!(self, conn => diesel::insert_into(t::table)
            .values((t::host_uuid.eq(LOCAL), t::name.eq(entry.name.as_str()), fresh))
            .on_conflict((t::host_uuid, t::name))
            .do_update()
            .set(fresh)
            .execute(conn).await)?;
        Ok(())
    }

    async fn fleet_deckies(&self) -> Result<Vec<FleetEntry>, RepoError> {
        let rows: Vec<FleetRow> = on!(self, conn => fleet_deckies::table
            .filter(fleet_deckies::host_uuid.eq(LOCAL))
            .order(fleet_deckies::name)
            .select(FleetRow::as_select())
            .load(conn).await)?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                Some(FleetEntry {
                    name: DeckyName::new(row.name).ok()?,
                    services: words(&row.services).unwrap_or_default(),
                    ip: row.decky_ip.and_then(|ip| ip.parse().ok()),
                    containers: row.decky_config.as_deref().map(containers).unwrap_or_default(),
                    state: match row.state.as_str() {
                        "running" => FleetState::Running,
                        _ => FleetState::Other(row.state),
                    },
                })
            })
            .collect())
    }

    async fn remove_fleet_decky(&self, name: &DeckyName) -> Result<bool, RepoError> {
        let removed = on!(self, conn => diesel::delete(fleet_deckies::table
            .filter(fleet_deckies::host_uuid.eq(LOCAL))
            .filter(fleet_deckies::name.eq(name.as_str())))
            .execute(conn).await)?;
        Ok(removed > 0)
    }
}

impl SqlRepo {
    async fn topologies(&self) -> Result<BTreeMap<String, TopologyPersonas>, RepoError> {
        let rows: Vec<(String, String, String)> = on!(self, conn => topologies::table
            .select((topologies::id, topologies::email_personas, topologies::language_default))
            .load(conn).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, json, language)| {
                (id, TopologyPersonas { json, language: Language::parse(&language).unwrap_or(Language::EN) })
            })
            .collect())
    }
}
