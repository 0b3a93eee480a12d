//! `decnet realism preview`: what would be written, for a person to read and judge.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are help texts, which are no Markdown")]

use std::fmt::Write as _;

use anyhow::{Context, bail};
use clap::Args;
use decnet_domain::artifact::Artifact;
use decnet_domain::content::Content;
use decnet_domain::content_class::{ContentClass, TemplateClass};
use decnet_domain::decky::{Decky, DeckyId, DeckyName, Service, Source};
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Actor, Fleet, FleetBuilder};
use decnet_domain::index::{DeckyIndex, PersonaIndex};
use decnet_domain::logs::host::LogHost;
use decnet_domain::logs::log_file::{LogFile, LogKind};
use decnet_domain::logs::plan::log_file;
use decnet_domain::novelty::Novelty;
use decnet_domain::persona::{Language, Persona, parse_pool};
use decnet_domain::planner::continuation::plan_edit;
use decnet_domain::planner::creation::{WritingPlan, plan_create};
use decnet_domain::planner::plan::{Candidate, Previous};
use decnet_domain::planner::policy::Timestamps;
use decnet_domain::record::{FileId, SyntheticFile, content_hash};
use decnet_domain::world::{Origin, World};
use decnet_ports::{Clock, SystemClock};
use jiff::{SignedDuration, Zoned};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::demo::PERSONAS;
use crate::print::say;
use crate::settings::content::{self, ContentDir};
use crate::settings::people::{People, pool_path};

/// Arguments of `decnet realism preview`.
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

/// A small company, for the hosts that texts may mention.
pub(super) const HOSTS: [(&str, [u8; 4]); 4] = [
    ("web-01", [10, 20, 0, 11]),
    ("db-01", [10, 20, 0, 12]),
    ("files-01", [10, 20, 0, 13]),
    ("mail-01", [10, 20, 0, 14]),
];

pub(crate) fn run(args: Preview) -> anyhow::Result<()> {
    let class: ContentClass = args.class.parse().with_context(|| {
        let names: Vec<&str> =
            ContentClass::ALL.iter().filter(|c| c.template().is_some()).map(|c| c.as_str()).collect();
        format!("the classes that can be previewed are {}", names.join(", "))
    })?;
    let Some(class) = class.template() else {
        match class {
            ContentClass::Email => bail!(
                "a mail belongs to a thread between people and can't be shown by itself; `decnet demo` writes two weeks \
                 of mail into folders"
            ),
            _ => bail!("{class} is made by a canary generator, and this version has none"),
        }
    };
    let content = content::content(&args.content)?;
    let (people, from) = people(&args.people)?;
    let now = SystemClock::new().now();
    let fleet = fleet(people, &content, args.seed, &now)?;
    let who = called(fleet.people_of(DeckyIndex::new(0)), args.persona.as_deref(), &from)?;
    let mut show = Show { content: &content, fleet: &fleet, class, novelty: Novelty::default() };
    for n in 0..args.count {
        let rng = &mut ChaCha8Rng::seed_from_u64(args.seed.wrapping_add(u64::from(n)));
        let decky = DeckyIndex::new(rng.random_range(0..HOSTS.len()));
        let persona = PersonaIndex::new(who[usize::try_from(n).unwrap_or(0) % who.len()]);
        let Some(actor) = fleet.actor(decky, persona) else { continue };
        show.one(actor, args.days, &now, rng);
    }
    Ok(())
}

/// Who of the pool `from` is called so, or has that login or address; everybody where no name is given.
pub(super) fn called(members: &[Persona], name: Option<&str>, from: &str) -> anyhow::Result<Vec<usize>> {
    let wanted = name.map(str::to_lowercase);
    let fits = |p: &Persona| {
        wanted
            .as_ref()
            .is_none_or(|w| p.name.to_lowercase().contains(w) || p.login() == w || p.email.to_lowercase() == *w)
    };
    let who: Vec<usize> = (0..members.len()).filter(|n| fits(&members[*n])).collect();
    if who.is_empty() {
        let names: Vec<&str> = members.iter().map(|p| p.name.as_str()).collect();
        bail!("nobody is called {:?} in {from}; there are {}", name.unwrap_or_default(), names.join(", "));
    }
    Ok(who)
}

/// The configured pool where there is one, else the demo's people; and where they come from.
pub(super) fn people(people: &People) -> anyhow::Result<(Vec<Persona>, String)> {
    let path = pool_path(people).resolve();
    let (text, from) = match std::fs::read_to_string(&path) {
        Ok(text) => (text, path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("no pool at {}: the demo's people write", path.display());
            (PERSONAS.to_owned(), "the demo's pool".to_owned())
        }
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    let people = parse_pool(&text, Language::EN).with_context(|| from.clone())?.personas;
    if people.is_empty() {
        bail!("{from} has no valid persona");
    }
    Ok((people, from))
}

pub(super) fn fleet(people: Vec<Persona>, content: &Content, seed: u64, now: &Zoned) -> anyhow::Result<Fleet> {
    let began = now.timestamp() - SignedDuration::from_hours(24 * 90);
    let world = World::new(Origin { seed, began }, "", &people, content.words(), content.roles());
    let mut builder = FleetBuilder::default();
    let pool = builder.pool(people, world);
    for (name, ip) in HOSTS {
        let name = DeckyName::new(name)?;
        builder.decky(
            Decky {
                id: DeckyId::new(format!("local:{name}")),
                name,
                hostname: None,
                ip: Some(ip.into()),
                services: vec![Service::Ssh],
                containers: decnet_domain::decky::Containers::default(),
                source: Source::Fleet,
            },
            pool,
        );
    }
    Ok(builder.build())
}

struct Show<'a> {
    content: &'a Content,
    fleet: &'a Fleet,
    class: TemplateClass,
    novelty: Novelty,
}

impl Show<'_> {
    fn one(&mut self, actor: Actor<'_>, days: u16, now: &Zoned, rng: &mut ChaCha8Rng) {
        let facts = facts(self.fleet);
        let Some(class) = self.class.file() else { return self.log(actor, &facts, now) };
        let begin = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or_else(|_| now.clone());
        let begin = if days == 0 { now.clone() } else { begin };
        let plan = self.plan(&facts, &begin);
        let free = |_: &_| Ok::<(), std::convert::Infallible>(());
        let Ok(Some(create)) = plan_create(class, actor, &plan, None, rng, free) else { return };
        head(actor, &create.artifact);
        print(create.artifact.body.text());
        self.novelty.absorb(create.artifact.body.text());
        let (mut artifact, mut at) = (create.artifact, begin);
        let mut row = SyntheticFile {
            id: FileId(Uuid::nil()),
            decky: actor.decky.id.clone(),
            path: artifact.path.to_string(),
            persona: actor.persona.name.clone(),
            class: create.class.into(),
            created_at: artifact.mtime,
            last_modified: artifact.mtime,
            edit_count: 0,
            content_hash: content_hash(&artifact.body.bytes()),
            last_body: String::new(),
        };
        while let Ok(next) = at.checked_add(SignedDuration::from_mins(rng.random_range(240..2_400))) {
            if next > *now {
                break;
            }
            at = next;
            if !actor.persona.is_at_work(&at) {
                continue;
            }
            let Some(candidate) = Candidate::of(&row) else { break };
            let previous = Previous { text: artifact.body.text().to_owned(), hash: row.content_hash.clone() };
            let plan = self.plan(&facts, &at);
            let Some(edit) = plan_edit(&candidate, previous, actor, &plan, rng) else { continue };
            row.edit_count += 1;
            say!("\n--- {}, edit {}", at.strftime("%a %d %b %Y %H:%M"), row.edit_count);
            changes(artifact.body.text(), edit.artifact.body.text());
            artifact = edit.artifact;
            (row.last_modified, row.content_hash) = (artifact.mtime, content_hash(&artifact.body.bytes()));
            self.novelty.absorb(artifact.body.text());
        }
        if row.edit_count > 0 {
            say!("\n--- as it stands in the end");
            print(artifact.body.text());
        }
    }

    fn log(&self, actor: Actor<'_>, facts: &HostFacts, now: &Zoned) {
        let host =
            LogHost { name: actor.decky.host(), key: actor.log_key(), facts, pack: self.content.system(), logins: &[] };
        let kinds: &[LogKind] =
            if self.class == TemplateClass::LogCron { &[LogKind::Cron] } else { &[LogKind::Syslog, LogKind::Auth] };
        for kind in kinds {
            for age in 0..=facts.rotation.keep {
                if let Some(artifact) = log_file(LogFile { kind: *kind, age }, &host, now) {
                    head(actor, &artifact);
                    let text = artifact.body.text();
                    let shown: Vec<&str> = text.lines().take(12).collect();
                    print(&shown.join("\n"));
                    say!("  ... {} lines in all", text.lines().count());
                }
            }
        }
    }

    fn plan<'a>(&'a self, facts: &'a HostFacts, now: &'a Zoned) -> WritingPlan<'a> {
        WritingPlan {
            facts,
            content: self.content,
            novelty: &self.novelty,
            instances: None,
            timestamps: Timestamps::Live,
            now,
        }
    }
}

/// A Debian host on which everybody has an account.
pub(super) fn facts(fleet: &Fleet) -> HostFacts {
    let mut passwd = String::from("root:x:0:0:root:/root:/bin/bash\n");
    for (uid, person) in (1000_u32..).zip(fleet.people_of(DeckyIndex::new(0))) {
        let login = person.login();
        // Writing to a String never fails.
        let _: std::fmt::Result = writeln!(passwd, "{login}:x:{uid}:{uid}::/home/{login}:/bin/bash");
    }
    HostFacts::parse(&passwd, "adm:x:4:syslog\n")
}

fn head(actor: Actor<'_>, artifact: &Artifact) {
    let (name, role) = (&actor.persona.name, &actor.persona.role);
    say!("\n=== {}:{}", actor.decky.name, artifact.path);
    say!(
        "    {name}, {role}, {}; mode {:04o}, {} bytes",
        actor.persona.language,
        artifact.mode,
        artifact.body.bytes().len()
    );
}

fn print(text: &str) {
    for line in text.lines() {
        say!("  {line}");
    }
}

/// What an edit did: lines that went and lines that came.
fn changes(before: &str, after: &str) {
    let mut left: Vec<&str> = before.lines().collect();
    let mut came = Vec::new();
    for line in after.lines() {
        match left.iter().position(|l| *l == line) {
            Some(at) => drop(left.remove(at)),
            None => came.push(line),
        }
    }
    for line in left.iter().filter(|l| !l.is_empty()) {
        say!("  - {line}");
    }
    for line in came.iter().filter(|l| !l.is_empty()) {
        say!("  + {line}");
    }
    if left.iter().all(|l| l.is_empty()) && came.iter().all(|l| l.is_empty()) {
        say!("  (the same lines in another order)");
    }
}
