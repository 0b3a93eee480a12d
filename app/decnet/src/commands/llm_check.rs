//! `decnet realism llm-check`: whether the configured model answers, how fast, and what its answers are worth.

use std::time::Instant;

use anyhow::bail;
use clap::Args;
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::llm::fit::{Kind, Wanted};
use decnet_domain::llm::settings::Choice;
use decnet_domain::novelty::Novelty;
use decnet_domain::planner::creation::{WritingPlan, prompt_text};
use decnet_domain::planner::policy::Timestamps;
use decnet_engine::judged;
use decnet_llm::HostInterpreters;
use decnet_ports::{Clock, SystemClock};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::preview::{HOSTS, called, facts, fleet, people};
use crate::print::say;
use crate::settings::content::{ContentDir, content};
use crate::settings::language_model::{self, Model};
use crate::settings::people::People;

/// Arguments of `decnet realism llm-check`.
#[derive(Args, Debug, Clone)]
pub(crate) struct LlmCheck {
    /// So many bodies of each class.
    #[arg(long, default_value = "1", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) count: u32,

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

const KINDS: [(Kind, &str); 5] = [
    (Kind::Note, "note"),
    (Kind::Todo, "todo"),
    (Kind::Draft, "draft"),
    (Kind::Script, "script"),
    (Kind::Mail, "email"),
];

pub(crate) async fn run(args: &LlmCheck) -> anyhow::Result<()> {
    let Choice::On(settings) = language_model::choice(&args.model, false)? else {
        bail!("no language model is configured: set DECNET_REALISM_LLM (--llm-backend) to ollama, openai or fake");
    };
    let backend = language_model::models(&args.model)?.backend(&settings)?;
    say!("asking {} for {} bodies a class, model {}\n", backend.name(), args.count, backend.model());
    let content = content(&args.content)?;
    let (people, from) = people(&args.people)?;
    let now = SystemClock::new().now();
    let fleet = fleet(people, &content, args.seed, &now)?;
    let who = called(fleet.people_of(DeckyIndex::new(0)), args.persona.as_deref(), &from)?;
    let (facts, novelty) = (facts(&fleet), Novelty::default());
    let (mut failed, mut asked) = (0, 0);
    for (kind, name) in KINDS {
        let (mut fit, mut mended, mut unfit) = (0, 0, 0);
        for n in 0..args.count {
            let rng = &mut ChaCha8Rng::seed_from_u64(args.seed.wrapping_add(u64::from(n)));
            let persona = PersonaIndex::new(who[usize::try_from(n).unwrap_or(0) % who.len()]);
            let decky = DeckyIndex::new(rng.random_range(0..HOSTS.len()));
            let Some(actor) = fleet.actor(decky, persona) else { continue };
            let plan = WritingPlan {
                facts: &facts,
                content: &content,
                novelty: &novelty,
                timestamps: Timestamps::Live,
                now: &now,
            };
            let Some((prompt, _)) = prompt_text(kind, actor, &plan, rng) else { continue };
            asked += 1;
            let start = Instant::now();
            let answer = backend.generate(&prompt.text).await;
            let took = start.elapsed().as_secs_f64();
            let text = match answer {
                Ok(text) => text,
                Err(error) => {
                    failed += 1;
                    say!("--- {name}, {}: no answer after {took:.1} s: {error}\n", actor.persona.name);
                    continue;
                }
            };
            let wanted = Wanted { kind, persona: actor.persona, today: now.date(), prompt: &prompt.text };
            match judged(&content, &HostInterpreters, &text, &wanted).await {
                Ok(file_stat) if file_stat.mended.is_empty() => {
                    fit += 1;
                    say!("--- {name}, {}: fit, {took:.1} s\n{}", actor.persona.name, file_stat.text);
                }
                Ok(file_stat) => {
                    mended += 1;
                    say!(
                        "--- {name}, {}: mended {:?}, {took:.1} s\n{}",
                        actor.persona.name,
                        file_stat.mended,
                        file_stat.text
                    );
                }
                Err(reason) => {
                    unfit += 1;
                    say!("--- {name}, {}: refused ({reason}), {took:.1} s\n{}\n", actor.persona.name, text.trim_end());
                }
            }
        }
        say!("=== {name}: {fit} fit, {mended} mended, {unfit} refused\n");
    }
    if failed == asked {
        bail!("the model gave no answer at all");
    }
    Ok(())
}
