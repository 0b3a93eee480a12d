//! How fast plans are made: decky, person, path, body and modification time, mixed classes.

use decnet_domain::account::HostFacts;
use decnet_domain::content::Content;
use decnet_domain::decky::{Decky, DeckyId, DeckyName, Service, Source};
use decnet_domain::fleet::{Fleet, FleetBuilder};
use decnet_domain::persona::{Language, parse_pool};
use decnet_domain::planner::pick;
use decnet_domain::weights::Weights;
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

fn fleet(deckies: usize) -> Fleet {
    let mut builder = FleetBuilder::default();
    let pool = builder.pool(parse_pool(PEOPLE, Language::EN).expect("a pool").personas);
    for n in 0..deckies {
        let name = DeckyName::new(format!("srv-{n:05}")).expect("a name");
        builder.decky(
            Decky {
                id: DeckyId::new(format!("local:{name}")),
                name,
                hostname: None,
                ip: None,
                services: vec![Service::Ssh],
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
    let (fleet, weights) = (fleet(deckies), Weights::default());
    let now = date(2026, 11, 3).at(14, 5, 6, 789).to_zoned(TimeZone::UTC).expect("a time");
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    bencher
        .counter(divan::counter::ItemsCount::new(1_usize))
        .bench_local(|| pick(&fleet, &facts, &content, &weights, None, &now, &mut rng));
}
