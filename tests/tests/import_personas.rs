//! `decnet realism import-personas`: lists of people as tools export them, from the file to the pool.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use decnet_domain::facts::HostFacts;
use decnet_domain::persona::{Language, Persona, Tone, parse_pool};
use decnet_tests::program::Program;
use serde_json::{Value, json};

/// What an import did: people of the pool, and what was said.
struct Imported {
    people: Vec<Persona>,
    entries: Vec<Value>,
    out: String,
    err: String,
}

fn import(bytes: &[u8]) -> Imported {
    let program = Program::new();
    let source = program.folder().join("people");
    std::fs::write(&source, bytes).unwrap();
    let output = program.decnet(&["realism", "import-personas", source.to_str().unwrap()]).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{err}");
    let text = std::fs::read_to_string(program.pool()).unwrap();
    let pool = parse_pool(&text, Language::EN).unwrap();
    assert_eq!((&pool.rejected[..], &pool.notices[..]), (&[][..], &[][..]), "an installed pool has no faults");
    // The folder has another name each time.
    let clean = |text: String| text.replace(&format!("{}/", program.folder().display()), "");
    Imported { people: pool.personas, entries: pool.accepted, out: clean(out), err: clean(err) }
}

fn list(entries: &Value) -> Imported {
    import(entries.to_string().as_bytes())
}

fn people(field: &str, values: &[Value]) -> Value {
    let entry = |(n, value): (usize, &Value)| {
        let letter = char::from(b'A' + u8::try_from(n).unwrap());
        json!({"name": format!("Person {letter}ver"), "email": format!("p{n}@corp.example"), "role": "Engineer", field: value})
    };
    values.iter().enumerate().map(entry).collect()
}

fn pair() -> Value {
    json!([
        {"name": "Jörg Weiß", "email": "joerg@corp.example", "role": "Accountant"},
        {"name": "Ida Krantz", "email": "ida@corp.example", "role": "System Administrator"},
    ])
}

#[test]
fn every_encoding_and_shape_gives_the_same_people() {
    let text = serde_json::to_string_pretty(&pair()).unwrap();
    let crlf = text.replace('\n', "\r\n");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(crlf.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bom: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(crlf.bytes()).collect();
    let latin1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let wrapped = json!({"count": 2, "personas": pair()}).to_string();
    let lines = pair().as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let trailing = format!("{},\n]", text.trim_end().trim_end_matches(']').trim_end());
    let csv = "Name;E-Mail;Position\nJörg Weiß;joerg@corp.example;Accountant\n\"Ida Krantz\";ida@corp.example;System Administrator\n";
    let tabs = csv.replace(';', "\t");
    let expected = list(&pair());
    for (what, bytes) in [
        ("UTF-16", utf16),
        ("a byte order mark", bom),
        ("Latin-1", latin1),
        ("an object around the list", wrapped.into_bytes()),
        ("an object a line", lines.into_bytes()),
        ("a comma at the end", trailing.into_bytes()),
        ("CSV", csv.as_bytes().to_vec()),
        ("tabs", tabs.into_bytes()),
    ] {
        let imported = import(&bytes);
        assert_eq!(imported.entries, expected.entries, "{what}");
        assert!(imported.out.ends_with("2 personas installed at personas.json\n"), "{what}: {}", imported.out);
    }
    let one = import(pair()[0].to_string().as_bytes());
    assert!(one.out.ends_with("1 persona installed at personas.json\n"), "{}", one.out);
}

#[test]
fn hours_are_read_as_people_write_them() {
    let written = [
        json!("09:00-18:00"),
        json!("9-5"),
        json!("09:00–18:00"),
        json!("9am-5pm"),
        json!("9:00 AM - 5:00 PM"),
        json!("08.30-17.00"),
        json!("0900-1700"),
        json!("22:00-06:00"),
        json!("08:00-12:00, 13:00-17:00"),
        json!("Mon-Fri 09:00-18:00"),
        json!("24/7"),
        json!("9 to 5"),
        json!(""),
        json!({"start": "09:00", "end": "17:00"}),
        json!(["09:00", "17:00"]),
    ];
    let imported = list(&people("active_hours", &written));
    let hours: Vec<String> = imported.people.iter().map(|person| person.active_hours.to_string()).collect();
    assert_eq!(
        hours,
        [
            "09:00-18:00",
            "09:00-17:00",
            "09:00-18:00",
            "09:00-17:00",
            "09:00-17:00",
            "08:30-17:00",
            "09:00-17:00",
            "22:00-06:00",
            "08:00-17:00",
            "09:00-18:00",
            "00:00-00:00",
            "09:00-17:00",
            "09:00-18:00",
            "09:00-17:00",
            "09:00-17:00",
        ]
    );
    insta::assert_snapshot!(imported.err);
}

#[test]
fn people_are_called_by_their_first_name() {
    let named = [
        ("Dr. Karen Whitlock", "en", "Karen"),
        ("Mr. Paul Ostrander Jr.", "en", "Paul"),
        ("Herr Dipl.-Ing. Ralf Thom B.Eng.", "de", "Ralf"),
        ("Whitlock, Karen", "en", "Karen"),
        ("Ostrander, Paul (IT)", "en", "Paul"),
        ("FELL Tobias", "en", "Tobias"),
        ("marsh, lydia a.", "en", "Lydia"),
        ("佐藤 健", "ja", "健"),
        ("王小明", "zh", "小明"),
        ("Nguyễn Thị Hồng", "vi", "Hồng"),
        ("Nagy László", "hu", "László"),
        ("Jean\u{2011}Luc Picot", "fr", "Jean-Luc"),
        ("Ms Reid", "en", "Ms Reid"),
    ];
    let entry = |(n, (name, language, _)): (usize, &(&str, &str, &str))| json!({"name": name, "email": format!("p{n}@corp.example"), "role": "Engineer", "language": language});
    let imported = list(&named.iter().enumerate().map(entry).collect());
    for (person, (name, _, called)) in imported.people.iter().zip(named) {
        assert_eq!(person.called(), called, "{name}");
    }
}

#[test]
fn the_keys_of_other_programs_are_those_of_the_pool() {
    let gophish = import(
        b"First Name,Last Name,Email,Position\nIda,Krantz,ida@corp.example,Accountant\nTom,Fell,tom@corp.example,Ops\n",
    );
    assert_eq!(gophish.people.iter().map(Persona::first_name).collect::<Vec<_>>(), ["Ida", "Tom"]);
    let mixed = list(&json!([
        {"Name": "Ida Krantz", "Email": "ida@corp.example", "Role": "Accountant"},
        {"displayName": "Tom Fell", "mail": "tom@corp.example", "jobTitle": "Ops", "userPrincipalName": "tfell@corp.example"},
        {"name": "Mia Orr", "username": "morr", "mail": "mia@corp.example", "job": "Nurse", "birthdate": "1981-03-02"},
        {"id": "1", "npcProfile": {"name": {"prefix": null, "first": "Eve", "last": "Poe"}, "email": "eve@corp.example",
            "employment": {"employmentRecords": [{"company": "Corp", "jobTitle": "Clerk"}]},
            "workstation": {"name": "np-01", "username": "epoe", "password": "x"}}},
    ]));
    let told: Vec<_> = mixed.people.iter().map(|p| (p.name.as_str(), p.role.as_str(), p.login())).collect();
    assert_eq!(
        told,
        [
            ("Ida Krantz", "Accountant", "idakrantz"),
            ("Tom Fell", "Ops", "tfell"),
            ("Mia Orr", "Nurse", "morr"),
            ("Eve Poe", "Clerk", "epoe")
        ]
    );
    assert_eq!(mixed.entries[2]["birthdate"], "1981-03-02", "what isn't known is kept");
    insta::assert_snapshot!(mixed.err);
}

#[test]
fn addresses_are_read_and_none_is_there_twice() {
    let entry = |name: &str, email: &str| json!({"name": name, "email": email, "role": "Engineer"});
    let imported = list(&json!([
        entry("Ann Reid", "ann.reid@corp.example "),
        entry("Ben Cole", "mailto:ben.cole@corp.example"),
        entry("Cara Lind", "Cara Lind <cara.lind@corp.example>"),
        entry("Dan Orr", "DAN.ORR@CORP.EXAMPLE"),
        entry("Eve Poe", "dan.orr@corp.example"),
        entry("Finn Ray", "finn+lab@corp.example"),
        entry("Gil Sax", "gil@localhost"),
        entry("Hal O'Toole", "hal.o'toole@corp.example"),
        entry("Kim Uhl", "kim@corp.example."),
    ]));
    let addresses: Vec<&str> = imported.people.iter().map(|person| person.email.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "ann.reid@corp.example",
            "ben.cole@corp.example",
            "cara.lind@corp.example",
            "dan.orr@corp.example",
            "finn+lab@corp.example",
            "hal.o'toole@corp.example",
            "kim@corp.example"
        ]
    );
    insta::assert_snapshot!(imported.err);
}

#[test]
fn words_numbers_zones_and_countries_are_read() {
    let entry = |n: usize, extra: Value| {
        let mut entry = json!({"name": format!("Ann {}", ["Ray", "Lee", "Orr", "Poe", "Sax"][n]), "email": format!("p{n}@corp.example"), "role": "x"});
        entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        entry
    };
    let imported = list(&json!([
        entry(0, json!({"tone": "Friendly", "mannerisms": "uses dashes, never greets", "uses_llms_heavily": "false"})),
        entry(
            1,
            json!({"tone": "Formal", "reply_latency": "Fast", "signature": ["Ann Lee", "Corp"], "language": "pt-BR"})
        ),
        entry(
            2,
            json!({"timezone": "Pacific Standard Time", "country": "USA", "working_days": ["mon", "tue"], "language": "iw"})
        ),
        entry(
            3,
            json!({"timezone": "UTC+2", "country": "Germany", "working_days": "Monday-Friday", "language": "German"})
        ),
        entry(
            4,
            json!({"timezone": "europe/berlin", "country": "uk", "working_days": "Mo-Fr", "language": "de_DE.UTF-8"})
        ),
    ]));
    let people = &imported.people;
    assert_eq!(people[0].tone, Tone::Custom("Friendly".to_owned()));
    assert_eq!((people[1].tone.clone(), people[1].signature.as_deref()), (Tone::Formal, Some("Ann Lee\nCorp")));
    let of = |n: usize| {
        (people[n].zone_name.as_deref().unwrap(), people[n].country.as_deref().unwrap(), people[n].language.to_string())
    };
    assert_eq!(of(2), ("America/Los_Angeles", "US", "he".to_owned()));
    assert_eq!(of(3), ("Etc/GMT-2", "DE", "de".to_owned()));
    assert_eq!(of(4), ("Europe/Berlin", "GB", "de".to_owned()));
    insta::assert_snapshot!(imported.err);
}

#[test]
fn people_of_a_directory_have_their_accounts_and_strangers_no_login_in_common() {
    let imported = list(&json!([
        {"name": "Karen Whitlock", "email": "kwhitlock@corp.example", "role": "x"},
        {"name": "Lydia Marsh", "email": "l.marsh@corp.example", "role": "x"},
        {"name": "佐藤 健", "email": "ken.sato@corp.example", "role": "x", "language": "ja"},
        {"name": "محمد العلي", "email": "m.alali@corp.example", "role": "x", "language": "ar"},
        {"name": "Ольга Петрова", "email": "o.petrova@corp.example", "role": "x", "language": "ru"},
    ]));
    let passwd = "kwhitlock:x:1001:1001::/home/kwhitlock:/bin/bash\nl.marsh:x:1002:1002::/home/l.marsh:/bin/bash\n";
    let facts = HostFacts::parse(passwd, "");
    let own = |n: usize| facts.own_account(&imported.people[n]).map(|account| account.login.as_str());
    assert_eq!((own(0), own(1), own(2)), (Some("kwhitlock"), Some("l.marsh"), None));
    let made: Vec<&str> = imported.people.iter().map(Persona::login).collect();
    assert_eq!(made, ["karenwhitlock", "lydiamarsh", "kensato", "malali", "olgapetrova"]);
}

#[test]
fn what_cannot_be_used_says_why_and_writes_nothing() {
    let program = Program::new();
    let source = program.folder().join("people");
    let path = source.to_str().unwrap();
    std::fs::write(program.pool(), "[]").unwrap();
    let mut said = String::new();
    for text in [
        "[]",
        "{\"personas\": []}",
        "[{\"name\": \"Ann\"}, 7, {\"name\": \"Bob\", \"email\": \"bob\", \"role\": \"x\"}]",
        "holiday notes",
        "<people/>",
    ] {
        std::fs::write(&source, text).unwrap();
        said.push_str(&program.fails(&["realism", "import-personas", path]).replace(path, "people"));
    }
    std::fs::write(&source, pair().to_string()).unwrap();
    said.push_str(&program.ok(&["realism", "import-personas", path, "--dry-run"]));
    assert_eq!(std::fs::read_to_string(program.pool()).unwrap(), "[]", "the pool stays as it was");
    let folder = format!("{}/", program.folder().display());
    insta::assert_snapshot!(said.replace(&folder, ""));
}
