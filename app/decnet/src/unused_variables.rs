//! Variables that are set and not used: told of once at start, so that no setting is silently without effect.

use std::collections::BTreeSet;

use clap::CommandFactory;

use crate::cli::Cli;

/// Every variable of ours begins with this.
const PREFIX: &str = "DECNET_";

/// Variables of the reference whose effect an operator would miss, by how they begin, and what to do.
const MISSED: [(&str, &str); 4] = [
    ("DECNET_CANARY_", "this version makes no canaries, other content takes their place"),
    ("DECNET_EMAILGEN_", "these names are old, write DECNET_REALISM_ instead of DECNET_EMAILGEN_"),
    ("DECNET_DB_", "this version keeps its rows in an SQLite file, which DECNET_DB_URL or DECNET_DB_PATH names"),
    ("DECNET_REALISM_", "no such setting; `decnet orchestrate --help` lists those there are"),
];

/// How variables of DECNET's other workers begin (the API, the dashboard, the agents, …). They are in the same
/// environment file and concern this program as little as any other's.
const OTHERS: [&str; 22] = [
    "DECNET_ADMIN_",
    "DECNET_AGENT_",
    "DECNET_API_",
    "DECNET_ARTIFACTS_",
    "DECNET_BATCH_",
    "DECNET_CORS_",
    "DECNET_DEVELOPER",
    "DECNET_EMBED_",
    "DECNET_ENRICH_",
    "DECNET_INGEST_",
    "DECNET_JWT_",
    "DECNET_LIMITER_",
    "DECNET_MASTER_",
    "DECNET_MUTATE_",
    "DECNET_PROFILER_",
    "DECNET_SECRET_",
    "DECNET_SSE_",
    "DECNET_SWARM_",
    "DECNET_UPDATER_",
    "DECNET_VERIFY_",
    "DECNET_WEB_",
    "DECNET_WEBHOOK_",
];

/// Read without being the variable of a flag.
const READ: [&str; 2] = [crate::daemon::MARK, crate::settings::database::BACKEND];

/// What there is to say of the variables that are set.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unused {
    /// Worth a warning: a setting without the effect that somebody expects.
    pub(crate) warnings: Vec<String>,
    /// Those of other workers, and those that nothing is known of.
    pub(crate) rest: Vec<String>,
}

/// Looks through the names of variables that are set.
pub(crate) fn unused(set: impl Iterator<Item = String>) -> Unused {
    let known = known();
    let set: BTreeSet<String> = set.filter(|name| name.starts_with(PREFIX) && !known.contains(name)).collect();
    let mut found = Unused::default();
    let mut missed = [const { Vec::new() }; MISSED.len()];
    for name in set {
        if let Some(meant) = nearest(&name, &known) {
            found.warnings.push(format!("{name} is set and is no variable of this program; {meant} is one"));
        } else if let Some(at) = MISSED.iter().position(|(prefix, _)| name.starts_with(prefix)) {
            missed[at].push(name);
        } else {
            found.rest.push(name);
        }
    }
    let missed = missed.iter().zip(MISSED).filter(|(names, _)| !names.is_empty());
    found.warnings.extend(missed.map(|(names, (_, what))| format!("{}: set but not used; {what}", names.join(", "))));
    found
}

/// Says it in the log. `has_long_life` is for the workers, which say everything; a command that is over at once
/// says only what is worth a warning.
pub(crate) fn tell(has_long_life: bool) {
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let Unused { warnings, rest } = unused(set);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let (others, unknown): (Vec<String>, Vec<String>) =
        rest.into_iter().partition(|name| OTHERS.iter().any(|prefix| name.starts_with(prefix)));
    if has_long_life && !unknown.is_empty() {
        tracing::warn!(variables = unknown.join(" "), "variables are set that this program doesn't know");
    }
    if has_long_life && !others.is_empty() {
        tracing::info!(variables = others.join(" "), "variables of other workers are set, and not used here");
    }
}

/// Every variable that is read.
fn known() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = READ.map(str::to_owned).into();
    let mut commands = vec![Cli::command()];
    while let Some(command) = commands.pop() {
        let variables = command.get_arguments().filter_map(|arg| arg.get_env()).filter_map(|name| name.to_str());
        known.extend(variables.map(str::to_owned));
        commands.extend(command.get_subcommands().cloned());
    }
    known
}

/// The variable that a name was probably meant to be: one or two letters away.
fn nearest<'a>(name: &str, known: &'a BTreeSet<String>) -> Option<&'a String> {
    known.iter().map(|k| (strsim::damerau_levenshtein(name, k), k)).filter(|(d, _)| *d <= 2).min().map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Unused {
        unused(names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn variables_that_are_read_are_not_told_of() {
        let read = ["DECNET_DB_URL", "DECNET_DB_PATH", "DECNET_DB_BACKEND", "DECNET_REALISM_LLM", "DECNET_LOG", "HOME"];
        assert_eq!(of(&read), Unused::default());
    }

    #[test]
    fn what_somebody_would_miss_is_told_with_what_to_do() {
        let found = of(&["DECNET_CANARY_HTTP_BASE", "DECNET_CANARY_DNS_ZONE", "DECNET_DB_HOST", "DECNET_DB_PASSWORD"]);
        assert_eq!(found.rest, Vec::<String>::new());
        assert_eq!(
            found.warnings,
            [
                "DECNET_CANARY_DNS_ZONE, DECNET_CANARY_HTTP_BASE: set but not used; this version makes no canaries, \
                 other content takes their place",
                "DECNET_DB_HOST, DECNET_DB_PASSWORD: set but not used; this version keeps its rows in an SQLite file, \
                 which DECNET_DB_URL or DECNET_DB_PATH names",
            ]
        );
    }

    #[test]
    fn a_misspelt_variable_is_told_with_what_was_meant() {
        let found = of(&["DECNET_REALISM_PROFIL", "DECNET_ORCHESTRATE_INTERVALL", "DECNET_LGO"]);
        assert_eq!(
            found.warnings,
            [
                "DECNET_LGO is set and is no variable of this program; DECNET_LOG is one",
                "DECNET_ORCHESTRATE_INTERVALL is set and is no variable of this program; DECNET_ORCHESTRATE_INTERVAL is \
                 one",
                "DECNET_REALISM_PROFIL is set and is no variable of this program; DECNET_REALISM_PROFILE is one",
            ]
        );
    }

    #[test]
    fn what_belongs_to_others_is_only_named() {
        assert_eq!(of(&["DECNET_JWT_SECRET", "DECNET_XYZZY"]).rest, ["DECNET_JWT_SECRET", "DECNET_XYZZY"]);
    }
}
