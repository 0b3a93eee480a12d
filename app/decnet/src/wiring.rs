//! Which adapter serves which port.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use decnet_bus::{MemoryBus, NoBus, SocketPath, UnixBus};
use decnet_db::SqlRepo;
use decnet_docker::Kind;
use decnet_domain::content::Content;
use decnet_domain::llm::settings::{self, BackendName, Choice, DEFAULT_PROVIDER, LlmSettings};
use decnet_domain::planner::policy::Timestamps;
use decnet_engine::{Accounts, LlmPolicy, MailStore, NoCanaries, Ports, Profile, Rhythm, TrafficStyle};
use decnet_folder::FolderDriver;
use decnet_fs::{FilePool, PoolPath, load_content};
use decnet_interpreters::HostInterpreters;
use decnet_llm::HttpModels;
use decnet_mail::MimeWriter;
use decnet_ports::{ActivityDriver, Clock, EventBus, LlmFactory, SystemClock};

use crate::cli::{
    AccountsKind, Acting, BusClient, BusKind, Common, ContentDir, DriverKind, Life, MailStoreArg, Model, Orchestrate,
    People, ProfileKind, RhythmKind, Socket, TimestampKind, TrafficKind,
};
use crate::config;

/// Everything the worker works with.
pub(crate) async fn ports(common: &Common, args: &Orchestrate) -> anyhow::Result<Ports> {
    Ok(Ports {
        clock: clock(args.timezone.as_deref())?,
        repo: Arc::new(repo(&config::database(common)?).await?),
        driver: driver(&args.acting, args.life.profile).await?,
        bus: if args.dry_run { Arc::new(NoBus) } else { bus(&args.bus) },
        personas: Arc::new(FilePool::new(pool_path(&args.people).resolve())),
        canaries: Arc::new(NoCanaries),
        models: models(&args.model)?,
        syntax: Arc::new(HostInterpreters),
        mail: Arc::new(MimeWriter),
        content: content(&args.life.content)?,
    })
}

/// What makes language models of settings.
pub(crate) fn models(model: &Model) -> anyhow::Result<Arc<dyn LlmFactory>> {
    let key = match (&model.key, &model.key_file) {
        (Some(key), _) => Some(key.clone()),
        (None, Some(file)) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("can't read the key in {}", file.display()))?;
            Some(text)
        }
        (None, None) => None,
    };
    let key = key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    Ok(Arc::new(HttpModels::new(key, model.fake_output.clone())?))
}

/// What the variables and flags say of a language model. `always` is for `--llm`, which means one even where no backend
/// is named; it and a name that is no backend's mean the default backend.
pub(crate) fn choice(model: &Model, always: bool) -> anyhow::Result<Choice> {
    let provider = match BackendName::parse(&model.backend) {
        BackendName::Known(provider) => provider,
        BackendName::Off if always => DEFAULT_PROVIDER,
        BackendName::Off => return Ok(Choice::Off),
        BackendName::Unknown => {
            tracing::warn!(
                given = model.backend,
                used = DEFAULT_PROVIDER.as_str(),
                "--llm-backend (DECNET_REALISM_LLM) names no backend (ollama, openai, fake, off): the default one is used"
            );
            DEFAULT_PROVIDER
        }
    };
    let timeout = settings::timeout(model.timeout).context("--llm-timeout (DECNET_REALISM_TIMEOUT)")?;
    let (base_url, model) = (model.url.clone(), model.named.clone());
    Ok(Choice::On(LlmSettings { provider, base_url, model, timeout }))
}

/// Who decides.
pub(crate) fn llm_policy(args: &Orchestrate) -> anyhow::Result<LlmPolicy> {
    Ok(match (args.no_llm, args.llm) {
        (true, _) => LlmPolicy::Never,
        (_, true) => LlmPolicy::Always(choice(&args.model, true)?),
        _ => LlmPolicy::Configured(choice(&args.model, false)?),
    })
}

pub(crate) fn content(folder: &ContentDir) -> anyhow::Result<Arc<Content>> {
    Ok(Arc::new(load_content(folder.content_dir.as_deref()).context("the texts can't be used")?))
}

/// What the flags make of a life.
pub(crate) fn profile(life: &Life) -> Profile {
    let base = match life.profile {
        ProfileKind::Reference => Profile::REFERENCE,
        ProfileKind::Stealth => Profile::STEALTH,
    };
    Profile {
        timestamps: life.timestamps.map_or(base.timestamps, |kind| match kind {
            TimestampKind::Sampled => Timestamps::Sampled,
            TimestampKind::Live => Timestamps::Live,
        }),
        rhythm: life.rhythm.map_or(base.rhythm, |kind| match kind {
            RhythmKind::Ticks => Rhythm::Ticks,
            RhythmKind::Human => Rhythm::Human,
        }),
        traffic: life.traffic.map_or(base.traffic, |kind| match kind {
            TrafficKind::Probe => TrafficStyle::Probe,
            TrafficKind::Session => TrafficStyle::Session,
        }),
        accounts: match life.accounts {
            AccountsKind::Existing => Accounts::Existing,
            AccountsKind::Create => Accounts::Create,
        },
        mail: life.mail.map_or(base.mail, |kind| match kind {
            MailStoreArg::Spool => MailStore::Spool,
            MailStoreArg::Mailbox => MailStore::Mailbox,
        }),
        actions_per_day: life.actions_per_day,
        ..base
    }
}

pub(crate) fn clock(zone: Option<&str>) -> anyhow::Result<Arc<dyn Clock>> {
    Ok(Arc::new(match zone {
        None => SystemClock::new(),
        Some(name) => SystemClock::in_zone(name).context("--timezone (DECNET_TIMEZONE)")?,
    }))
}

pub(crate) async fn repo(file: &Path) -> anyhow::Result<SqlRepo> {
    SqlRepo::open_sqlite(file).await.with_context(|| format!("can't use the database {}", file.display()))
}

pub(crate) async fn driver(acting: &Acting, profile: ProfileKind) -> anyhow::Result<Arc<dyn ActivityDriver>> {
    let default = match profile {
        ProfileKind::Reference => DriverKind::Exec,
        ProfileKind::Stealth => DriverKind::Archive,
    };
    let kind = match acting.driver.unwrap_or(default) {
        DriverKind::Folder => return Ok(Arc::new(FolderDriver::new(acting.decoys_dir.clone()))),
        DriverKind::Exec => Kind::Exec,
        DriverKind::ExecApi => Kind::ExecApi,
        DriverKind::Archive => Kind::Archive,
    };
    if kind != Kind::Exec {
        config::check_docker_host()?;
    }
    decnet_docker::driver(kind).await.context("can't reach Docker; is it running, and may this user use it?")
}

fn bus(args: &BusClient) -> Arc<dyn EventBus> {
    match (args.bus_enabled, args.bus_type) {
        (false, _) => Arc::new(NoBus),
        (true, BusKind::Memory) => Arc::new(MemoryBus::new()),
        (true, BusKind::Unix) => Arc::new(UnixBus::start(socket(&args.socket).resolve(), "orchestrator")),
    }
}

pub(crate) fn socket(args: &Socket) -> SocketPath {
    SocketPath { configured: args.bus_socket.clone(), home: config::home() }
}

pub(crate) fn pool_path(people: &People) -> PoolPath {
    PoolPath { configured: people.personas.clone(), home: config::home() }
}
