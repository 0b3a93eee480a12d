//! `decnet realism author`: storylines that the operator's own model writes, so that an installation has some that no
//! other has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use decnet_domain::content::Content;
use decnet_domain::llm::raw_answer::AnswerEnd;
use decnet_domain::llm::settings::Choice;
use decnet_domain::noise::Key;
use decnet_domain::persona::Language;
use decnet_domain::role::RoleFamily;
use decnet_domain::story::authoring::{Authored, Wish};
use decnet_fs::load_content;
use decnet_ports::LlmBackend;

use crate::print::say;
use crate::settings::language_model::{self, Model};

/// Arguments of `decnet realism author`.
#[derive(Args, Debug, Clone)]
pub(crate) struct Author {
    /// Whose work: sysadmin, developer, finance, hr, sales, support or manager. Default: each in turn.
    #[arg(long, value_name = "FAMILY", value_parser = family)]
    pub(crate) role: Option<RoleFamily>,

    /// In which language, by its code.
    #[arg(long, default_value = "en", value_name = "XX", value_parser = language)]
    pub(crate) language: Language,

    /// So many storylines.
    #[arg(long, default_value = "1", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) count: u32,

    /// Makes subjects and examples follow from this number.
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) seed: u64,

    /// The folder with texts of your own that the storylines are added to; it is made where it is missing. Give it to
    /// the worker as --content-dir.
    #[arg(long, env = "DECNET_REALISM_CONTENT", value_name = "FOLDER")]
    pub(crate) content_dir: PathBuf,

    #[command(flatten)]
    pub(crate) model: Model,
}

/// A storyline is longer than a note.
const MOST_TOKENS: u32 = 4_000;
/// So often a storyline is asked for until it has no mistake.
const TRIES: usize = 3;
/// The shortest limit for one answer, in seconds.
const SHORTEST_LIMIT: f64 = 600.0;

fn family(word: &str) -> Result<RoleFamily, String> {
    let all = RoleFamily::ALL.map(RoleFamily::as_str);
    RoleFamily::named(word).ok_or_else(|| format!("a family is one of {}", all.join(", ")))
}

fn language(word: &str) -> Result<Language, String> {
    Language::parse(word).ok_or_else(|| "a language is a code of two letters, such as en".to_owned())
}

pub(crate) async fn run(args: &Author) -> anyhow::Result<()> {
    let Choice::On(mut settings) = language_model::choice(&args.model, false)? else {
        bail!("no language model is configured: set DECNET_REALISM_LLM (--llm-backend) to ollama, openai or fake");
    };
    settings.timeout = settings.timeout.max(SHORTEST_LIMIT);
    settings.most_tokens = MOST_TOKENS;
    let backend = language_model::models(&args.model)?.backend(&settings)?;
    fs::create_dir_all(&args.content_dir)
        .with_context(|| format!("can't make the folder {}", args.content_dir.display()))?;
    say!("model {}, at {}; into {}", backend.model(), backend.address(), args.content_dir.display());
    let mut written = 0_u32;
    for n in 0..args.count {
        let turn = usize::try_from(n).unwrap_or(0) % RoleFamily::ALL.len();
        let family = args.role.unwrap_or(RoleFamily::ALL[turn]);
        // Read again each time: what has just been written counts, too.
        let own = Some(args.content_dir.as_path()).filter(|folder| has_texts(folder));
        let content = load_content(own).context("the texts in the folder can't be used")?;
        let key = Key::of(args.seed).text("author").with(u64::from(n));
        match one(&*backend, &content, args.language, family, key).await? {
            Ok(story) => {
                let file = keep(&args.content_dir, args.language, family, &story)?;
                say!("{} ({}): {} beats, added to {}", story.name, family.as_str(), story.beats, file.display());
                written += 1;
            }
            Err(mistakes) => {
                say!("none for {}: {TRIES} answers had mistakes, the last one these:", family.as_str());
                for mistake in mistakes {
                    say!("  - {mistake}");
                }
            }
        }
    }
    if written == 0 {
        bail!("{} wrote no storyline that can be used", backend.model());
    }
    say!(
        "{written} of {} written. Read them, and give the folder to the worker: --content-dir {}",
        args.count,
        args.content_dir.display()
    );
    Ok(())
}

/// Whether there is anything in a folder yet.
fn has_texts(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Asks for one storyline until it has no mistake, a few times; the mistakes of the last answer where it always has.
async fn one(
    backend: &dyn LlmBackend,
    content: &Content,
    language: Language,
    family: RoleFamily,
    key: Key,
) -> anyhow::Result<Result<Authored, Vec<String>>> {
    let english = content.stories(Language::EN).context("there are no English storylines to show as an example")?;
    let wish =
        Wish { language, family, key, stories: content.stories(language), english, tells: content.model_tells() };
    let asked = wish.prompt()?;
    let mut prompt = asked.clone();
    let mut last = Vec::new();
    for _ in 0..TRIES {
        let answer = backend.generate(&prompt).await.context("the model gave no answer")?;
        if answer.end == AnswerEnd::TokenLimit {
            last = vec![format!("it is longer than {MOST_TOKENS} tokens: write fewer beats")];
        } else {
            match wish.review(&answer.text) {
                Ok(story) => return Ok(Ok(story)),
                Err(mistakes) => last = mistakes,
            }
        }
        prompt = Wish::again(&asked, &answer.text, &last);
    }
    Ok(Err(last))
}

/// Adds a storyline to the folder's file for its family. What is there stays as it is, whatever happens.
fn keep(folder: &Path, language: Language, family: RoleFamily, story: &Authored) -> anyhow::Result<PathBuf> {
    let folder = folder.join(language.as_str());
    fs::create_dir_all(&folder).with_context(|| format!("can't make the folder {}", folder.display()))?;
    let file = folder.join(format!("stories-{}.txt", family.as_str()));
    let mut text = match fs::read_to_string(&file) {
        Ok(text) => text.trim_end().to_owned() + "\n\n",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", file.display())),
    };
    text.push_str(&story.text);
    // Written beside it and put in its place: a worker that starts now reads the old file or the new one.
    let fresh = file.with_extension("txt.new");
    fs::write(&fresh, &text).with_context(|| format!("can't write {}", fresh.display()))?;
    fs::rename(&fresh, &file).with_context(|| format!("can't replace {}", file.display()))?;
    Ok(file)
}
