//! The command line. Every setting is a flag or a variable, and `--help` tells it with its default.
#![expect(clippy::doc_markdown, reason = "these comments are the help texts, which are no Markdown")]

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Decoys that live: keeps deception hosts looking lived-in.
#[derive(Parser, Debug)]
#[command(name = "decnet", version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What most commands share.
#[derive(Args, Debug, Clone)]
pub(crate) struct Common {
    /// Kind of database: sqlite (mysql and postgres are not in this version).
    #[arg(
        long,
        global = true,
        env = "DECNET_DB_TYPE",
        default_value = "sqlite",
        value_name = "KIND",
        help_heading = "Database"
    )]
    pub(crate) db_type: String,

    /// Database URL, also in SQLAlchemy's form; for SQLite a path will do. Default:
    /// /var/lib/decnet/decnet.db where that can be written, else ~/.decnet/decnet.db.
    #[arg(
        long,
        global = true,
        env = "DECNET_DB_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub(crate) db_url: Option<String>,

    /// How log lines look: human (default) or json.
    #[arg(
        long,
        global = true,
        env = "DECNET_LOG_FORMAT",
        default_value = "human",
        value_name = "FORMAT",
        help_heading = "Logging"
    )]
    pub(crate) log_format: LogFormat,

    /// What is logged: error, warn, info, debug, trace, or a filter such as decnet_bus=debug.
    #[arg(
        long,
        global = true,
        env = "DECNET_LOG",
        default_value = "info",
        value_name = "FILTER",
        help_heading = "Logging"
    )]
    pub(crate) log: String,

    /// A file that log lines go to as well.
    #[arg(long, global = true, env = "DECNET_SYSTEM_LOGS", value_name = "FILE", help_heading = "Logging")]
    pub(crate) system_logs: Option<PathBuf>,

    /// The role of this machine: agents refuse the commands that belong on the master.
    #[arg(
        long,
        global = true,
        env = "DECNET_MODE",
        default_value = "master",
        value_name = "MODE",
        ignore_case = true,
        help_heading = "Role"
    )]
    pub(crate) mode: HostMode,

    /// "false" lets an agent run them all the same.
    #[arg(
        long,
        global = true,
        env = "DECNET_DISALLOW_MASTER",
        default_value = "true",
        value_name = "BOOL",
        value_parser = boolean,
        action = clap::ArgAction::Set,
        help_heading = "Role"
    )]
    pub(crate) disallow_master: bool,
}

/// The role of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostMode {
    Master,
    Agent,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Keep the running decoys alive: files that appear and change, hosts that talk to each other.
    Orchestrate(Orchestrate),
    /// See it work: a small company of folder decoys lives two weeks in a few seconds.
    Demo(Demo),
    /// Run the event bus on its UNIX socket.
    Bus(Bus),
    /// Look after the fleet's decoys.
    Fleet {
        #[command(subcommand)]
        command: Fleet,
    },
    /// Look after the people who live on the decoys.
    Realism {
        #[command(subcommand)]
        command: Realism,
    },
    /// Look after the database.
    Db {
        #[command(subcommand)]
        command: Db,
    },
    /// Print a completion script for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder.
    Man {
        /// Where to; made if it isn't there.
        folder: PathBuf,
    },
}

impl Command {
    /// Whether an agent machine refuses it.
    pub(crate) fn is_master_only(&self) -> bool {
        matches!(self, Self::Orchestrate(_) | Self::Fleet { .. } | Self::Realism { .. } | Self::Db { .. })
    }
}

#[derive(Args, Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "flags are booleans; `orchestrate` turns them into modes")]
pub(crate) struct Orchestrate {
    #[command(flatten)]
    pub(crate) life: Life,

    /// Seconds from one tick to the next; under --rhythm human, from one look at the fleet to the next.
    #[arg(long, short, env = "DECNET_ORCHESTRATE_INTERVAL", default_value = "60", value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) interval: Duration,

    /// Detach and run in the background. Not under systemd, which supervises the process itself.
    #[arg(long, short)]
    pub(crate) daemon: bool,

    /// Let a language model write people's files (DECNET_REALISM_LLM decides by default).
    #[arg(long, overrides_with = "no_llm")]
    pub(crate) llm: bool,

    /// Templates only, whatever DECNET_REALISM_LLM says.
    #[arg(long, overrides_with = "llm")]
    pub(crate) no_llm: bool,

    #[command(flatten)]
    pub(crate) model: Model,

    /// One tick, then end.
    #[arg(long, conflicts_with_all = ["ticks", "daemon"])]
    pub(crate) once: bool,

    /// So many ticks, then end.
    #[arg(long, value_name = "N")]
    pub(crate) ticks: Option<u64>,

    /// Makes every choice follow from this number. Default: a new one each start.
    #[arg(long, env = "DECNET_SEED", value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Plan and print; write, record and publish nothing. (The database is brought up to date.)
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) acting: Acting,

    #[command(flatten)]
    pub(crate) bus: BusClient,

    #[command(flatten)]
    pub(crate) people: People,

    /// Time zone in which people keep their hours. Default: the machine's.
    #[arg(long, env = "DECNET_TIMEZONE", value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
}

/// How deep the life goes.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Realism")]
pub(crate) struct Life {
    /// reference (as the system that this one takes the place of) or stealth (everything better). Each of
    /// the settings below changes one part of it.
    #[arg(long, env = "DECNET_REALISM_PROFILE", default_value = "reference", value_name = "PROFILE")]
    pub(crate) profile: ProfileKind,

    /// Modification times: sampled (from the last two weeks, in the person's hours) or live (the moment
    /// of the writing, so that all times agree). Stealth: live.
    #[arg(long, env = "DECNET_REALISM_TIMESTAMPS", value_name = "POLICY")]
    pub(crate) timestamps: Option<TimestampKind>,

    /// When things happen: ticks (one action an interval) or human (people's own days, hours and
    /// sittings). Stealth: human. With --interval 0 or --once it is ticks.
    #[arg(long, env = "DECNET_REALISM_RHYTHM", value_name = "RHYTHM")]
    pub(crate) rhythm: Option<RhythmKind>,

    /// How hosts talk to each other: probe (an SSH banner) or session (somebody logs in). Stealth: session.
    #[arg(long, env = "DECNET_REALISM_TRAFFIC", value_name = "KIND")]
    pub(crate) traffic: Option<TrafficKind>,

    /// People without an account on a decoy: existing (they write with one that exists, or not there) or
    /// create (they get one, as an admin would make it).
    #[arg(long, env = "DECNET_REALISM_ACCOUNTS", default_value = "existing", value_name = "CHOICE")]
    pub(crate) accounts: AccountsKind,

    /// Where mail goes: spool (one .eml file for each, below /var/spool/decnet-emails) or mailbox (people's own
    /// Maildir, where the mail container has a Dovecot that keeps one; else as spool). Stealth: mailbox.
    #[arg(long, env = "DECNET_REALISM_MAIL", value_name = "PLACE")]
    pub(crate) mail: Option<MailStoreArg>,

    /// Actions a decoy sees on a working day, under --rhythm human.
    #[arg(long, env = "DECNET_REALISM_ACTIONS_PER_DAY", default_value = "144", value_name = "N", value_parser = actions)]
    pub(crate) actions_per_day: f64,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

/// Texts of an operator's own.
#[derive(Args, Debug, Clone)]
pub(crate) struct ContentDir {
    /// A folder with texts of your own: a folder a language (en/, de/, ...) and world/ for names. They
    /// add to the built-in ones; `decnet realism check-content` checks them.
    #[arg(long, env = "DECNET_REALISM_CONTENT", value_name = "FOLDER", help_heading = "Realism")]
    pub(crate) content_dir: Option<PathBuf>,
}

/// The profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileKind {
    Reference,
    Stealth,
}

/// What modification times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimestampKind {
    Sampled,
    Live,
}

/// When things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RhythmKind {
    Ticks,
    Human,
}

/// How hosts talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrafficKind {
    Probe,
    Session,
}

/// What becomes of people without an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccountsKind {
    Existing,
    Create,
}

/// Which language model, and where.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Language model")]
pub(crate) struct Model {
    /// Language model backend: ollama, openai (any server that speaks its /v1/chat/completions) or fake;
    /// empty, off, none, 0, false and disabled mean none, and any other value ollama. A row `llm` of
    /// realism_config beats these settings.
    #[arg(long = "llm-backend", env = "DECNET_REALISM_LLM", default_value = "", value_name = "BACKEND")]
    pub(crate) backend: String,

    /// Which model. Default: llama3.1 with ollama.
    #[arg(long = "llm-model", env = "DECNET_REALISM_MODEL", value_name = "NAME")]
    pub(crate) named: Option<String>,

    /// Where the server is. Default: http://localhost:11434 with ollama, http://localhost:8080 with openai.
    #[arg(long = "llm-url", env = "DECNET_REALISM_URL", value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Seconds that one answer may take, all in all.
    #[arg(long = "llm-timeout", env = "DECNET_REALISM_TIMEOUT", default_value = "60", value_name = "SECONDS")]
    pub(crate) timeout: f64,

    /// A file with the key that the server is sent; DECNET_REALISM_API_KEY holds the key itself.
    #[arg(long = "llm-key-file", env = "DECNET_REALISM_API_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,

    #[arg(long = "llm-key", env = "DECNET_REALISM_API_KEY", value_name = "KEY", hide = true, hide_env_values = true)]
    pub(crate) key: Option<String>,

    /// What the fake backend answers.
    #[arg(long = "llm-fake-output", env = "DECNET_REALISM_FAKE_OUTPUT", value_name = "TEXT", hide_env_values = true)]
    pub(crate) fake_output: Option<String>,
}

/// Where mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailStoreArg {
    Spool,
    Mailbox,
}

/// How decoys are reached.
#[derive(Args, Debug, Clone)]
pub(crate) struct Acting {
    /// How decoys are reached: exec (docker exec), exec-api (the same by the engine's API), archive
    /// (the engine's archive API; files come without a process in the decoy), folder (decoys are
    /// folders). Default: exec, and archive under --profile stealth.
    #[arg(long, env = "DECNET_DRIVER", value_name = "DRIVER")]
    pub(crate) driver: Option<DriverKind>,

    /// Where folder decoys are.
    #[arg(long, env = "DECNET_DECOYS_DIR", default_value = "decoys", value_name = "FOLDER")]
    pub(crate) decoys_dir: PathBuf,
}

/// The drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriverKind {
    Exec,
    ExecApi,
    Archive,
    Folder,
}

/// Which bus.
#[derive(Args, Debug, Clone)]
pub(crate) struct BusClient {
    /// "false" turns the bus off.
    #[arg(long, env = "DECNET_BUS_ENABLED", default_value = "true", value_name = "BOOL", value_parser = boolean, action = clap::ArgAction::Set)]
    pub(crate) bus_enabled: bool,

    /// Which bus: unix (a socket) or memory (in this process).
    #[arg(long, env = "DECNET_BUS_TYPE", default_value = "unix", value_name = "KIND")]
    pub(crate) bus_type: BusKind,

    #[command(flatten)]
    pub(crate) socket: Socket,
}

/// The kinds of bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BusKind {
    Unix,
    Memory,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Socket {
    /// The bus's socket. Default: /run/decnet/bus.sock where that can be written, else
    /// ~/.decnet/bus.sock.
    #[arg(long, env = "DECNET_BUS_SOCKET", value_name = "PATH")]
    pub(crate) bus_socket: Option<PathBuf>,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Bus {
    #[command(flatten)]
    pub(crate) socket: Socket,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct People {
    /// The global persona pool. Default: /etc/decnet/email_personas.json if it is there or can be
    /// written, else ~/.decnet/email_personas.json.
    #[arg(long = "personas", env = "DECNET_REALISM_PERSONAS", value_name = "FILE")]
    pub(crate) personas: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Fleet {
    /// Add a decoy, or replace what is known of it.
    Add {
        /// Its name, the first part of its containers' names.
        name: String,
        /// Its services. Default: what they were, or ssh for a new one.
        #[arg(long, value_delimiter = ',', value_name = "LIST")]
        services: Option<Vec<String>>,
        /// Its address, which traffic goes to. Default: what it was.
        #[arg(long)]
        ip: Option<IpAddr>,
    },
    /// List the decoys.
    List,
    /// Remove a decoy from the list; its containers are left alone.
    Remove {
        /// Its name.
        name: String,
    },
    /// Find running containers named <decoy>-<service> and put them on the list.
    Discover {
        /// Only show them.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Realism {
    /// Read a list of people (JSON, JSON lines or CSV, with the keys of the pool or of other programs) and install it
    /// as the global pool.
    ImportPersonas {
        /// The file.
        path: PathBuf,
        /// Where to instead of the global pool.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Say what would be installed, and write nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        people: People,
    },
    /// Show what would be written, and how one file grows over the days.
    Preview(Preview),
    /// Ask the configured language model for a text of each kind: what is sent, what comes back and how fast, and
    /// what the review makes of it.
    LlmCheck(LlmCheck),
    /// Check a folder of texts; a mistake is told with its file and line.
    CheckContent {
        /// The folder.
        folder: PathBuf,
    },
}

#[derive(Args, Debug, Clone)]
pub(crate) struct LlmCheck {
    /// So many texts of each kind.
    #[arg(long, default_value = "1", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) count: u32,

    /// Show whole prompts, and not only their first lines.
    #[arg(long)]
    pub(crate) show_prompt: bool,

    /// Whose: a name, or part of one. Default: everybody in turn.
    #[arg(long, value_name = "NAME")]
    pub(crate) persona: Option<String>,

    /// Makes every prompt follow from this number.
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) seed: u64,

    #[command(flatten)]
    pub(crate) model: Model,

    #[command(flatten)]
    pub(crate) people: People,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Preview {
    /// note, todo, draft, script, log_cron, log_daemon or cache_tmp.
    pub(crate) class: String,

    /// Whose: a name, or part of one. Default: everybody in turn.
    #[arg(long, value_name = "NAME")]
    pub(crate) persona: Option<String>,

    /// How many files.
    #[arg(long, default_value = "3", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) count: u32,

    /// Makes every choice follow from this number.
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) seed: u64,

    /// How each of them grows over so many days.
    #[arg(long, default_value = "0", value_name = "N", value_parser = clap::value_parser!(u16).range(0..=365))]
    pub(crate) days: u16,

    #[command(flatten)]
    pub(crate) people: People,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Db {
    /// Bring the schema up to date. `orchestrate` does it at start, too.
    Migrate,
    /// Tell what of the schema is there; changes nothing.
    Status,
}

#[derive(Args, Debug, Clone)]
pub(crate) struct Demo {
    /// Where it lives.
    #[arg(long, default_value = "decnet-demo", value_name = "FOLDER")]
    pub(crate) dir: PathBuf,

    /// Go on afterwards, in real time.
    #[arg(long)]
    pub(crate) live: bool,

    /// On running containers named <decoy>-ssh instead of folders.
    #[arg(long)]
    pub(crate) docker: bool,

    /// Makes every choice follow from this number.
    #[arg(long, default_value = "2026", value_name = "N")]
    pub(crate) seed: u64,

    /// Simulated days.
    #[arg(long, default_value = "14", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=90))]
    pub(crate) days: u16,

    /// Actions a decoy sees on a working day.
    #[arg(long, default_value = "40", value_name = "N", value_parser = actions)]
    pub(crate) actions_per_day: f64,

    #[command(flatten)]
    pub(crate) content: ContentDir,
}

/// `true` or `false`, in any spelling: other programs write `True`.
fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err("neither true nor false".to_owned()),
    }
}

/// A number of actions: more than none, and no more than a machine can do.
fn actions(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=5_000.0).contains(&number) { Ok(number) } else { Err("not between 0.1 and 5000".to_owned()) }
}

/// A number of seconds, also a fraction; 0 means without a pause.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(number)
        .ok()
        .filter(|span| *span <= Duration::from_hours(24))
        .ok_or_else(|| "not between 0 and 86400 seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn intervals_are_seconds_and_nothing_else() {
        assert_eq!(seconds("60"), Ok(Duration::from_mins(1)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["", "-1", "1m", "NaN", "inf", "90000"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
