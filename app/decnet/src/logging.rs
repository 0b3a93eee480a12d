//! Log lines: to standard error, and to a file where one is named.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::fs::OpenOptions;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context;
use clap::{Args, ValueEnum};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// What is logged, how and where to.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Logging")]
pub(crate) struct Logging {
    /// How log lines look: human (default) or json.
    #[arg(long, global = true, env = "DECNET_LOG_FORMAT", default_value = "human", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,

    /// What is logged: error, warn, info, debug, trace, or a filter such as decnet_bus=debug.
    #[arg(long, global = true, env = "DECNET_LOG", default_value = "info", value_name = "FILTER")]
    pub(crate) log: String,

    /// A file that log lines go to as well.
    #[arg(long, global = true, env = "DECNET_SYSTEM_LOGS", value_name = "FILE")]
    pub(crate) system_logs: Option<PathBuf>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging. `is_quiet` keeps all but warnings from the terminal, for commands that talk to a
/// person themselves; a detached process has no terminal at all.
pub(crate) fn start(logs: &Logging, is_quiet: bool, is_detached: bool) -> anyhow::Result<()> {
    let filter = |text: &str| {
        // A word that is no level would be taken for a module's name, and silence everything.
        let is_word = |part: &&str| !part.contains(['=', ':', '[']) && part.parse::<LevelFilter>().is_err();
        if let Some(word) = text.split(',').map(str::trim).find(is_word) {
            anyhow::bail!("{word:?} is no log level: error, warn, info, debug, trace or off (--log, DECNET_LOG)");
        }
        EnvFilter::try_new(text).with_context(|| format!("{text:?} is not a log level or filter (--log, DECNET_LOG)"))
    };
    let mut layers: Vec<Lines> = Vec::new();
    if !is_detached {
        let has_color = std::io::stderr().is_terminal();
        let level = if is_quiet && logs.log == "info" { "warn" } else { &logs.log };
        let layer: Lines = match logs.log_format {
            LogFormat::Human => fmt::layer()
                .with_writer(std::io::stderr)
                .with_ansi(has_color)
                .with_target(false)
                .with_filter(filter(level)?)
                .boxed(),
            LogFormat::Json => fmt::layer().json().with_writer(std::io::stderr).with_filter(filter(level)?).boxed(),
        };
        layers.push(layer);
    }
    if let Some(path) = &logs.system_logs {
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("can't make {} for the log file", folder.display()))?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("can't open the log file {} (DECNET_SYSTEM_LOGS)", path.display()))?;
        let writer = Mutex::new(file);
        layers.push(match logs.log_format {
            LogFormat::Human => {
                fmt::layer().with_writer(writer).with_ansi(false).with_filter(filter(&logs.log)?).boxed()
            }
            LogFormat::Json => fmt::layer().json().with_writer(writer).with_filter(filter(&logs.log)?).boxed(),
        });
    }
    tracing_subscriber::registry().with(layers).init();
    if is_detached {
        // Nobody reads its standard error: a panic goes to the log file as well.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            tracing::error!("{panic}");
            usual(panic);
        }));
    }
    Ok(())
}
