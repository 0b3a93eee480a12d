//! How fast decisions are made: decky, person, path, body and modification time, mixed classes.

use std::sync::Arc;

use decnet_domain::content::Content;
use decnet_domain::decky::{Decky, DeckyId, DeckyName, Service, Source};
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Fleet, FleetBuilder};
use decnet_domain::noise::Key;
use decnet_domain::novelty::Novelty;
use decnet_domain::persona::{Language, parse_pool};
use decnet_domain::planner::context::DecisionContext;
use decnet_domain::planner::decide::{Decision, Task, decide};
use decnet_domain::planner::known::{Known, PathState, Question};
use decnet_domain::planner::policy::{LanguageModel, Policy, Timestamps, Traces, TrafficKind};
use decnet_domain::planner::unfit_logins::UnfitLogins;
use decnet_domain::story::InstanceCache;
use decnet_domain::weights::Weights;
use decnet_domain::world::{Origin, World};
use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn main() {
    divan::main();
}

const PEOPLE: &str = r#"[
    {"name": "Sarah Connor", "email": "s@corp.example.com", "role": "Sysadmin"},
    {"name": "Juan Perez", "email": "j@corp.example.com", "role": "Developer"},
    {"name": "Nina Mueller", "email": "n@corp.example.com", "role": "Finance", "active_hours": "07:00-15:30"},
    {"name": "Tom Berg", "email": "t@corp.example.com", "role": "Support", "active_hours": "22:00-06:00"},
    {"name": "Amy Bright", "email": "a@corp.example.com", "role": "HR"}
]"#;

fn fleet(deckies: usize, content: &Content) -> Fleet {
    let mut builder = FleetBuilder::default();
    let people = parse_pool(PEOPLE, Language::EN).expect("a pool").personas;
    let origin = Origin { seed: 1, began: "2026-06-01T00:00:00Z".parse().expect("a time") };
    let world = World::new(origin, "", &people, content.words(), content.roles());
    let pool = builder.pool(people, world);
    for n in 0..deckies {
        let name = DeckyName::new(format!("srv-{n:05}")).expect("a name");
        builder.decky(
            Decky {
                id: DeckyId::new(format!("local:{name}")),
                name,
                hostname: None,
                ip: None,
                services: vec![Service::Ssh],
                containers: decnet_domain::decky::Containers::default(),
                source: Source::Fleet,
            },
            pool,
        );
    }
    builder.build()
}

/// A fleet, and what each of its hosts looks like.
struct Setup {
    content: Content,
    fleet: Fleet,
    weights: Weights,
    policy: Policy,
    facts: Arc<HostFacts>,
    now: Zoned,
}

fn setup(deckies: usize) -> Setup {
    let content = Content::embedded().expect("the packs");
    let facts = Arc::new(HostFacts::parse(
        "root:x:0:0::/root:/bin/bash\nsarahconnor:x:1000:1000::/home/sarahconnor:/bin/bash\njuanperez:x:1001:1001::/home/juanperez:/bin/bash\n",
        "adm:x:4:\n",
    ));
    let fleet = fleet(deckies, &content);
    let policy = Policy {
        timestamps: Timestamps::Sampled,
        traces: Traces::None,
        traffic: TrafficKind::None,
        language_model: LanguageModel::Off,
        longest_session_millis: 60_000,
        canaries: Vec::new(),
    };
    let now = date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).expect("a time");
    Setup { content, fleet, weights: Weights::default(), policy, facts, now }
}

/// Decisions with path, body and modification time as a tick makes them: it begins with nothing known, and each
/// question is answered at once, as the engine does from its caches.
#[divan::bench(args = [10, 10_000], sample_count = 20, sample_size = 5_000)]
fn decide_with_path_body_and_time(bencher: divan::Bencher<'_, '_>, deckies: usize) {
    let Setup { content, fleet, weights, policy, facts, now } = setup(deckies);
    let (novelty, unfit, instances) = (Novelty::default(), UnfitLogins::default(), InstanceCache::default());
    let context = DecisionContext {
        fleet: &fleet,
        content: &content,
        weights: &weights,
        novelty: &novelty,
        policy: &policy,
        unfit: &unfit,
        instances: &instances,
        now: &now,
    };
    let mut n = 0;
    bencher.counter(divan::counter::ItemsCount::new(1_usize)).bench_local(|| {
        n += 1;
        let mut known = Known::default();
        loop {
            match decide(&context, &Task::Tick, &known, Key::of(n)) {
                Decision::Ask(Question::Host { container, .. }) => known.add_host(&container, Some(facts.clone())),
                Decision::Ask(Question::Recent(decky)) => known.add_recent(decky, Vec::new()),
                Decision::Ask(Question::Path(decky, path)) => known.add_path(decky, &path, PathState::Free),
                decision => return decision,
            }
        }
    });
}
