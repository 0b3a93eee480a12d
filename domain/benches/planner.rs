//! How fast plans are made: decky, person, path, body and modification time, mixed classes.

use decnet_domain::content::Content;
use decnet_domain::decky::{Decky, DeckyId, DeckyName, Service, Source};
use decnet_domain::facts::HostFacts;
use decnet_domain::fleet::{Fleet, FleetBuilder};
use decnet_domain::novelty::Novelty;
use decnet_domain::persona::{Language, parse_pool};
use decnet_domain::planner::{Setting, Timestamps, pick};
use decnet_domain::weights::Weights;
use decnet_domain::world::{Origin, World};
use jiff::civil::date;
use jiff::tz::TimeZone;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

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

#[divan::bench(args = [10, 10_000], sample_count = 20, sample_size = 20_000)]
fn pick_a_plan(bencher: divan::Bencher<'_, '_>, deckies: usize) {
    let content = Content::embedded().expect("the packs");
    let facts = HostFacts::parse(
        "root:x:0:0::/root:/bin/bash\nsarahconnor:x:1000:1000::/home/sarahconnor:/bin/bash\njuanperez:x:1001:1001::/home/juanperez:/bin/bash\n",
        "adm:x:4:\n",
    );
    let (fleet, weights) = (fleet(deckies, &content), Weights::default());
    let now = date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).expect("a time");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let novelty = Novelty::default();
    let setting = Setting {
        facts: &facts,
        content: &content,
        logins: &[],
        novelty: &novelty,
        timestamps: Timestamps::Sampled,
        now: &now,
    };
    bencher
        .counter(divan::counter::ItemsCount::new(1_usize))
        .bench_local(|| pick(&fleet, &weights, None, &setting, &mut rng));
}
