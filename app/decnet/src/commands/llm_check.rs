//! `decnet realism llm-check`: what the configured language model is sent, what it answers and how fast, and what the
//! review makes of it.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use decnet_domain::content::Content;
use decnet_domain::fleet::{Actor, Fleet};
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::llm::prompt::Prompt;
use decnet_domain::llm::raw_answer::{AnswerEnd, RawAnswer};
use decnet_domain::llm::review::Wanted;
use decnet_domain::llm::settings::Choice;
use decnet_domain::llm::text_kind::TextKind;
use decnet_domain::llm::verdict::{Accepted, Rejection};
use decnet_domain::novelty::Novelty;
use decnet_domain::planner::creation::{WritingPlan, prompt_text};
use decnet_domain::planner::policy::Timestamps;
use decnet_engine::{LlmCounts, review_answer};
use decnet_interpreters::HostInterpreters;
use decnet_ports::{Clock, LlmBackend, LlmError, SystemClock};
use jiff::Zoned;
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

/// So much of a prompt is shown where it isn't wanted whole, in characters.
const PROMPT_SHOWN: usize = 200;
/// So much of an answer is shown, in characters.
const ANSWER_SHOWN: usize = 4_000;
/// How long a model may take to load: the adapter's call in the background lasts as long.
const LONGEST_LOAD: Duration = Duration::from_mins(10);
/// The pause before a model that is being loaded is asked again.
const PAUSE: Duration = Duration::from_secs(1);

pub(crate) async fn run(args: &LlmCheck) -> anyhow::Result<()> {
    let Choice::On(settings) = language_model::choice(&args.model, false)? else {
        bail!("no language model is configured: set DECNET_REALISM_LLM (--llm-backend) to ollama, openai or fake");
    };
    let backend = language_model::models(&args.model)?.backend(&settings)?;
    let content = content(&args.content)?;
    let (people, from) = people(&args.people)?;
    let now = SystemClock::new().now();
    let fleet = fleet(people, &content, args.seed, &now)?;
    let who = called(fleet.people_of(DeckyIndex::new(0)), args.persona.as_deref(), &from)?;
    say!(
        "backend {}, model {}, at {}; texts of each kind: {}\n",
        backend.name(),
        backend.model(),
        backend.address(),
        args.count
    );
    let check = Check {
        backend: &*backend,
        content: &content,
        fleet: &fleet,
        now: &now,
        show_prompt: args.show_prompt,
        began: Instant::now(),
    };
    let mut is_answered = false;
    for kind in TextKind::ALL {
        let mut counts = LlmCounts::default();
        for n in 0..args.count {
            let rng = &mut ChaCha8Rng::seed_from_u64(args.seed.wrapping_add(u64::from(n)));
            let persona = PersonaIndex::new(who[usize::try_from(n).unwrap_or(0) % who.len()]);
            let decky = DeckyIndex::new(rng.random_range(0..HOSTS.len()));
            let Some(actor) = fleet.actor(decky, persona) else { continue };
            check.one(kind, actor, rng, &mut counts).await;
        }
        let LlmCounts { accepted, repaired, rejected, failed } = counts;
        is_answered |= accepted + repaired + rejected > 0;
        say!(
            "=== {}: {accepted} accepted as they came, {repaired} after repair, {rejected} refused, {failed} without an answer\n",
            kind.as_str()
        );
    }
    if !is_answered {
        bail!("{} gave no answer at all", backend.address());
    }
    Ok(())
}

/// What all questions have in common.
struct Check<'a> {
    backend: &'a dyn LlmBackend,
    content: &'a Content,
    fleet: &'a Fleet,
    now: &'a Zoned,
    show_prompt: bool,
    /// When the first question was asked.
    began: Instant,
}

impl Check<'_> {
    /// Asks for one text and tells everything about it.
    async fn one(&self, kind: TextKind, actor: Actor<'_>, rng: &mut ChaCha8Rng, counts: &mut LlmCounts) {
        let (facts, novelty) = (facts(self.fleet), Novelty::default());
        let plan = WritingPlan {
            instances: None,
            facts: &facts,
            content: self.content,
            novelty: &novelty,
            timestamps: Timestamps::Live,
            now: self.now,
        };
        let Some((prompt, _)) = prompt_text(kind, actor, &plan, rng) else { return };
        say!("--- {}, by {}", kind.as_str(), actor.persona.name);
        self.tell_prompt(&prompt);
        let start = Instant::now();
        let answer = self.answer(&prompt).await;
        let took = start.elapsed().as_secs_f64();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                counts.failed += 1;
                say!("no answer after {took:.1} s: {error}\n");
                return;
            }
        };
        tell_answer(&answer, took);
        let wanted = Wanted { kind, persona: actor.persona, today: self.now.date(), prompt: &prompt };
        tell_verdict(review_answer(self.content, &HostInterpreters, &answer, &wanted).await, counts);
    }

    /// The answer; while the model is being loaded, it is asked for again.
    async fn answer(&self, prompt: &Prompt) -> Result<RawAnswer, LlmError> {
        let mut is_told = false;
        loop {
            match self.backend.generate(&prompt.text).await {
                Err(error @ LlmError::Timeout { is_loading: true, .. }) if self.began.elapsed() < LONGEST_LOAD => {
                    if !is_told {
                        say!("{error}; it is asked again until {} s are over", LONGEST_LOAD.as_secs());
                        is_told = true;
                    }
                    SystemClock::new().sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    fn tell_prompt(&self, prompt: &Prompt) {
        let length = prompt.text.chars().count();
        say!("sent to {}, model {}, a prompt of {length} characters:", self.backend.address(), self.backend.model());
        if self.show_prompt || length <= PROMPT_SHOWN {
            block('>', &prompt.text);
        } else {
            let shown: String = prompt.text.chars().take(PROMPT_SHOWN).collect();
            block('>', &format!("{shown} ... (--show-prompt shows all of it)"));
        }
    }
}

fn tell_answer(answer: &RawAnswer, took: f64) {
    let length = answer.text.chars().count();
    let end = if answer.end == AnswerEnd::TokenLimit { ", cut at the token limit" } else { "" };
    say!("came back after {took:.1} s, {length} characters{end}:");
    let shown: String = answer.text.chars().take(ANSWER_SHOWN).collect();
    block('<', &shown);
    if length > ANSWER_SHOWN {
        say!("  < ... {} more characters", length - ANSWER_SHOWN);
    }
}

fn tell_verdict(verdict: Result<Accepted, Rejection>, counts: &mut LlmCounts) {
    let accepted = match verdict {
        Ok(accepted) => accepted,
        Err(reason) => {
            counts.rejected += 1;
            say!("verdict: refused ({reason}); a text from templates would take its place\n");
            return;
        }
    };
    if accepted.repairs.is_empty() {
        counts.accepted += 1;
        say!("verdict: accepted as it came");
    } else {
        counts.repaired += 1;
        let repairs: Vec<String> = accepted.repairs.iter().map(ToString::to_string).collect();
        say!("verdict: accepted after repair: {}", repairs.join("; "));
    }
    if let Some(subject) = &accepted.subject {
        say!("  = subject: {subject}");
    }
    block('=', &accepted.text);
    say!("");
}

/// A text, each line behind a mark; control characters, which a terminal would obey, are shown as `?`.
fn block(mark: char, text: &str) {
    for line in text.lines() {
        let line: String = line.chars().map(|c| if c.is_control() && c != '\t' { '?' } else { c }).collect();
        say!("{}", format!("  {mark} {line}").trim_end());
    }
}
