use decnet_domain::persona::{Persona, parse_pool};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(bytes: &[u8]) -> Result<PeopleFile, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people");
    std::fs::write(&path, bytes).unwrap();
    read_people(&path)
}

fn of(value: &Value) -> PeopleFile {
    read(value.to_string().as_bytes()).unwrap()
}

/// The people of a file, as the worker reads them once they are installed.
fn installed(file: &PeopleFile) -> Vec<Persona> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/pool.json");
    file.install(&path).unwrap();
    let pool = parse_pool(&std::fs::read_to_string(path).unwrap(), Language::EN).unwrap();
    assert_eq!((pool.rejected, pool.notices), (Vec::new(), Vec::new()));
    pool.personas
}

fn ann(extra: Value) -> Value {
    let mut entry = json!({"name": "Ann Lee", "email": "ann@corp.example", "role": "Ops"});
    entry.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    entry
}

/// The value that a key of Ann's has in the pool.
fn kept(extra: Value, key: &str) -> Value {
    of(&json!([ann(extra)])).accepted[0].get(key).cloned().unwrap_or(Value::Null)
}

/// Why Ann is left out.
fn refused(extra: Value) -> String {
    match read(json!([ann(extra)]).to_string().as_bytes()) {
        Err(ImportError::NoneValid { rejected, .. }) => rejected[0].to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_list_as_the_pool_has_it_is_installed_as_it_is() {
    let list = json!([ann(json!({"desk": 7, "tone": "direct", "mannerisms": ["x"], "active_hours": "08:00-16:00"}))]);
    let file = of(&list);
    assert_eq!(Value::from(file.accepted.clone()), list);
    assert_eq!((file.remarks.len(), file.notices.len(), file.rejected.len()), (0, 0, 0));
}

#[test]
fn keys_of_directories_and_phishing_tools_are_those_of_the_pool() {
    let gophish = "First Name,Last Name,Email,Position\nIda,Krantz,ida@corp.example,Accountant\n";
    let directory = "#TYPE Microsoft.ActiveDirectory.Management.ADUser\r\n\"DisplayName\";\"GivenName\";\"Surname\";\"SamAccountName\";\
        \"EmailAddress\";\"Title\";\"Department\"\r\n\"Krantz, Ida\";\"Ida\";\"Krantz\";\"IKrantz\";\"ida@corp.example\";\"Accountant\";\"F1\"\r\n";
    let profile = json!([{"id": 1, "npc": {"name": {"prefix": null, "first": "Ida", "last": "Krantz"}, "email": "ida@corp.example",
        "jobs": {"records": [{"jobTitle": "Accountant"}]}, "desk": {"name": "pc-7", "username": "ikrantz"}}}]);
    let scim = json!({"schemas": ["x"], "Resources": [{"name": {"givenName": "Ida", "familyName": "Krantz"},
        "emails": [{"value": "ida@corp.example"}], "title": "Accountant", "userName": "ikrantz", "locale": "en-GB"}]});
    for (text, login) in [
        (gophish.to_owned(), "idakrantz"),
        (directory.to_owned(), "ikrantz"),
        (profile.to_string(), "ikrantz"),
        (scim.to_string(), "ikrantz"),
    ] {
        let people = installed(&read(text.as_bytes()).unwrap());
        let ida = &people[0];
        assert_eq!((ida.first_name(), ida.person_name().family()), ("Ida", "Krantz"), "{text}");
        assert_eq!(
            (ida.email.as_str(), ida.role.as_str(), ida.login()),
            ("ida@corp.example", "Accountant", login),
            "{text}"
        );
    }
    assert_eq!(installed(&of(&scim))[0].country.as_deref(), Some("GB"));
}

#[test]
fn what_was_made_of_keys_and_values_is_told() {
    let list = json!([{"Name": "Ann Lee", "Mail": "mailto:ann@corp.example", "Job Title": "Ops", "active_hours": "9-5", "password": "x"}]);
    let file = of(&list);
    assert_eq!(
        file.remarks,
        ["email is read from \"Mail\"", "name is read from \"Name\"", "role is read from \"Job Title\""]
    );
    let notices: Vec<String> = file.notices.iter().map(ToString::to_string).collect();
    assert_eq!(
        notices,
        [
            "entry 0: email: \"mailto:ann@corp.example\" is read as \"ann@corp.example\" (Ann Lee)",
            "entry 0: active_hours: \"9-5\" is read as \"09:00-17:00\" (Ann Lee)",
        ]
    );
    assert_eq!(file.secrets, ["\"password\""]);
}

#[test]
fn values_are_read_as_people_write_them() {
    for (extra, key, expected) in [
        (json!({"tone": "Formal"}), "tone", json!("formal")),
        (json!({"tone": "Friendly"}), "tone", json!("custom")),
        (json!({"tone": "Friendly"}), "tone_custom", json!("Friendly")),
        (json!({"mannerisms": "uses dashes, never greets"}), "mannerisms", json!(["uses dashes", "never greets"])),
        (json!({"mannerisms": ["x", "x", ""]}), "mannerisms", json!(["x"])),
        (json!({"mannerisms": []}), "mannerisms", Value::Null),
        (json!({"uses_llms_heavily": "false"}), "uses_llms_heavily", json!(false)),
        (json!({"reply_latency": "Fast"}), "reply_latency", json!("fast")),
        (json!({"signature": ["Ann Lee", "Corp"]}), "signature", json!("Ann Lee\nCorp")),
        (json!({"working_days": ["mon", "tue"]}), "working_days", json!("mon,tue")),
        (json!({"working_days": "Mo-Fr"}), "working_days", json!("mon-fri")),
        (json!({"timezone": "EST"}), "timezone", json!("America/New_York")),
        (json!({"timezone": "UTC+2"}), "timezone", json!("Etc/GMT-2")),
        (json!({"timeZone": "Pacific Standard Time"}), "timezone", json!("America/Los_Angeles")),
        (json!({"country": "Germany"}), "country", json!("DE")),
        (json!({"country": "uk"}), "country", json!("GB")),
        (json!({"language": "de_AT.UTF-8"}), "language", json!("de")),
        (json!({"language": "de_AT.UTF-8"}), "country", json!("AT")),
        (json!({"language": "en-GB", "country": "IE"}), "country", json!("IE")),
        (json!({"language": ""}), "language", Value::Null),
        (json!({"active_hours": ""}), "active_hours", Value::Null),
        (json!({"active_hours": "Mon-Thu 8:30-17:00 CET"}), "active_hours", json!("08:30-17:00")),
        (json!({"active_hours": "Mon-Thu 8:30-17:00 CET"}), "working_days", json!("mon-thu")),
        (json!({"active_hours": "Mon-Thu 8:30-17:00 CET"}), "timezone", json!("Europe/Prague")),
        (json!({"active_hours": {"start": "09:00", "end": "17:00"}}), "active_hours", json!("09:00-17:00")),
        (json!({"timezone": "the moon"}), "timezone", Value::Null),
        (json!({"login": {"username": "alee", "salt": "x"}}), "login", json!("alee")),
        (json!({"login": "a b"}), "login", Value::Null),
        (json!({"title": "Dr."}), "role", json!("Ops")),
    ] {
        assert_eq!(kept(extra.clone(), key), expected, "{extra} {key}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_by_entry_and_field() {
    for (extra, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(129)}), "name"),
        (json!({"email": "gil@localhost"}), "email"),
        (json!({"role": null}), "role"),
        (json!({"tone": 7}), "tone"),
        (json!({"tone": "custom"}), "tone_custom"),
        (json!({"mannerisms": 7}), "mannerisms"),
        (json!({"language": "klingon"}), "language"),
        (json!({"signature": "s".repeat(513)}), "signature"),
        (json!({"active_hours": "when I like"}), "active_hours"),
        (json!({"reply_latency": "never"}), "reply_latency"),
        (json!({"uses_llms_heavily": "perhaps"}), "uses_llms_heavily"),
    ] {
        let refused = refused(extra.clone());
        assert!(refused.starts_with(&format!("entry 0: {field}: ")), "{extra}: {refused}");
    }
}

#[test]
fn of_two_entries_with_one_address_the_first_is_taken_and_told() {
    let twice = json!([
        ann(json!({})),
        ann(json!({"name": "Eve Poe", "email": "ANN@CORP.EXAMPLE"})),
        ann(json!({"name": "Ann Lee", "email": "ann2@corp.example"}))
    ]);
    let file = of(&twice);
    assert_eq!(file.accepted(), 2);
    let told = file.rejected[0].to_string();
    assert!(told.starts_with("entry 1: email: ann@corp.example is already that of entry 0 (Ann Lee)"), "{told}");
    assert_eq!(installed(&file).iter().map(Persona::login).collect::<Vec<_>>(), ["annlee", "annlee2"]);
}

#[test]
fn nothing_that_can_be_used_leaves_the_old_pool() {
    for (text, said) in [
        ("[]", "the list is empty"),
        ("{\"personas\": []}", "the list is empty"),
        ("[{}]", "no entry"),
        ("{}", "the list is empty"),
        ("nonsense", "neither JSON nor a table"),
        ("[", "begins as JSON and is not"),
        ("PK\u{3}\u{4}", "save the sheet as CSV"),
    ] {
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("the pool was left as it is"), "{text}: {error}");
    }
}

#[test]
fn a_file_too_large_and_a_list_too_long_are_refused() {
    let spaces = vec![b' '; usize::try_from(LARGEST).unwrap() + 1];
    assert!(matches!(read(&spaces), Err(ImportError::TooLarge { .. })));
    let many = format!("[{}1]", "1,".repeat(MOST_ENTRIES));
    assert!(matches!(read(many.as_bytes()), Err(ImportError::NoList { reason: NoList::TooMany { .. }, .. })));
}

/// Any JSON value, with keys that mean something and others.
fn values() -> impl Strategy<Value = Value> {
    let key =
        "name|Email|role|tone|mannerisms|language|active_hours|timezone|country|working_days|login|start|end|monday|x";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[0-9:amp \\-/,;.]{0,14}".prop_map(Value::from),
        "a@b\\.example|Ann Lee|custom|9-5|en|mon-".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..8).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_json_is_read_or_refused_and_what_is_read_is_a_pool(list in proptest::collection::vec(values(), 0..4)) {
        let count = list.len();
        let entries = list.iter().cloned().map(|one| match one {
            Value::Object(object) => Ok(object),
            other => Err(other.to_string()),
        });
        let list = format::List { format: Format::JsonList, entries: entries.collect(), is_mended: false };
        let file = people(list, Encoding::Utf8);
        for (index, entry) in file.accepted.iter().enumerate() {
            prop_assert!(Persona::parse(index, entry, Language::EN, &mut Vec::new()).is_ok(), "{entry}");
        }
        prop_assert!(file.accepted() <= count);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:;a-z@.\n0-9\\\\ ]{0,120}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            if let Ok((text, _)) = encoding::decode(bytes) {
                drop(format::entries(&text, 50));
            }
        }
    }

    #[test]
    fn no_text_makes_hours_days_or_zones_panic(text in "\\PC{0,40}|[0-9:amphUTC+ \\-/,;.]{0,24}") {
        drop(hours::of_text(&text));
        drop(week::days(&text));
        drop(values::language(&text));
        drop(zones::find(&text));
    }
}
