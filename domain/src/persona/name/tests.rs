use super::*;
use proptest::prelude::*;

fn split(name: &str, language: &str) -> PersonName {
    PersonName::parse(name, Language::parse(language).unwrap())
}

#[test]
fn names_are_split_as_people_read_them() {
    for (name, language, first, family) in [
        ("Ann Lee", "en", "Ann", "Lee"),
        ("\"Bo\"", "en", "Bo", ""),
        ("Dr. Karen Whitlock", "en", "Karen", "Whitlock"),
        ("Dr.Karen Whitlock", "en", "Karen", "Whitlock"),
        ("Mr. Paul Ostrander Jr.", "en", "Paul", "Ostrander"),
        ("Paul Ostrander, Jr.", "en", "Paul", "Ostrander"),
        ("Lydia Marsh DVM", "en", "Lydia", "Marsh"),
        ("Karen Whitlock, PhD, CPA", "en", "Karen", "Whitlock"),
        ("Henry Marsh III", "en", "Henry", "Marsh"),
        ("Prof. Dr. Uwe Haas", "de", "Uwe", "Haas"),
        ("Dr. rer. nat. Eva Thom", "de", "Eva", "Thom"),
        ("Herr Dipl.-Ing. Ralf Thom B.Eng.", "de", "Ralf", "Thom"),
        ("Sra. Marta Solís Vega", "es", "Marta", "Solís Vega"),
        ("Don José Ruiz", "es", "José", "Ruiz"),
        ("Don Draper", "en", "Don", "Draper"),
        ("Ms Ana Reid", "en", "Ana", "Reid"),
        ("Mme Odile Garnier", "fr", "Odile", "Garnier"),
        ("M. Luc Picot", "fr", "Luc", "Picot"),
        ("Jack Ma", "en", "Jack", "Ma"),
        ("Whitlock, Karen", "en", "Karen", "Whitlock"),
        ("Ostrander, Paul (IT)", "en", "Paul", "Ostrander"),
        ("Ostrander Jr., Paul", "en", "Paul", "Ostrander"),
        ("Whitlock, Dr. Karen", "en", "Karen", "Whitlock"),
        ("FELL Tobias", "en", "Tobias", "Fell"),
        ("Tobias FELL", "en", "Tobias", "Fell"),
        ("VAN DER BERG Jan", "nl", "Jan", "van der Berg"),
        ("JD Marsh", "en", "JD", "Marsh"),
        ("marsh, lydia a.", "en", "Lydia", "Marsh"),
        ("ANN O'NEIL-LEE", "en", "Ann", "O'Neil-Lee"),
        ("J. Robert Marsh", "en", "Robert", "Marsh"),
        ("J. Marsh", "en", "Marsh", "Marsh"),
        ("Robert \"Bob\" Smith", "en", "Bob", "Smith"),
        ("William (Bill) Marsh", "en", "Bill", "Marsh"),
        ("Ann Reid - Finance", "en", "Ann", "Reid"),
        ("Jan van der Berg", "nl", "Jan", "van der Berg"),
        ("Berg, Jan van der", "nl", "Jan", "van der Berg"),
        ("Maria de la Cruz", "es", "Maria", "de la Cruz"),
        ("Faisal bin Khalid", "en", "Faisal", "bin Khalid"),
        ("Abdul Rahman Khan", "en", "Abdul Rahman", "Khan"),
        ("Nguyễn Thị Hồng", "vi", "Hồng", "Nguyễn"),
        ("Nguyễn, Hồng", "vi", "Hồng", "Nguyễn"),
        ("Nagy László", "hu", "László", "Nagy"),
        ("佐藤 健", "ja", "健", "佐藤"),
        ("佐藤 健", "en", "健", "佐藤"),
        ("田中美咲", "ja", "美咲", "田中"),
        ("王小明", "zh", "小明", "王"),
        ("欧阳小明", "zh", "小明", "欧阳"),
        ("김민준", "ko", "민준", "김"),
        ("Kim Minjun", "ko", "Minjun", "Kim"),
        ("محمد العلي", "ar", "محمد", "العلي"),
        ("Ольга Петрова", "ru", "Ольга", "Петрова"),
        ("Jean\u{2011}Luc Picot", "fr", "Jean-Luc", "Picot"),
        ("José", "es", "José", ""),
        ("Ms Reid", "en", "Reid", "Reid"),
        ("Prof.", "en", "Prof.", ""),
    ] {
        let split = split(name, language);
        assert_eq!((split.first_name(), split.family()), (first, family), "{name}");
    }
}

#[test]
fn a_name_without_a_given_name_is_called_by_title_and_family() {
    assert_eq!(split("Ms Reid", "en").called(), "Ms Reid");
    assert_eq!(split("Prof. Dr. Haas", "de").called(), "Prof. Dr. Haas");
    assert_eq!(split("Dr. Karen Whitlock", "en").called(), "Karen");
}

#[test]
fn the_whole_name_is_as_the_person_writes_it() {
    for (name, language, display) in [
        ("Whitlock, Karen", "en", "Karen Whitlock"),
        ("Dr. Karen Whitlock", "en", "Dr. Karen Whitlock"),
        ("Mr. Paul Ostrander Jr.", "en", "Paul Ostrander Jr."),
        ("Ostrander, Paul (IT)", "en", "Paul Ostrander"),
        ("FELL Tobias", "en", "Tobias Fell"),
        ("王小明", "zh", "王小明"),
        ("佐藤 健", "ja", "佐藤 健"),
        ("Nagy, László", "hu", "Nagy László"),
    ] {
        assert_eq!(split(name, language).display(), display, "{name}");
    }
}

#[test]
fn parts_that_are_given_win() {
    let both = split("Mary Ann Reid", "en").with(Some("Mary Ann"), Some("Reid"));
    assert_eq!((both.first_name(), both.called(), both.family()), ("Mary Ann", "Mary Ann", "Reid"));
    let family = split("Reid Ann", "en").with(None, Some("Reid"));
    assert_eq!((family.first_name(), family.family()), ("Ann", "Reid"));
    let loud = split("ANN LEE", "en").with(Some("ANN"), Some("LEE"));
    assert_eq!((loud.first_name(), loud.family(), loud.display()), ("Ann", "Lee", "Ann Lee"));
    let first = split("Nguyễn Thị Hồng", "en").with(Some("Hồng"), None);
    assert_eq!(first.first_name(), "Hồng");
}

#[test]
fn every_list_that_is_asked_for_is_there() {
    for list in
        ["titles", "forms of address", "suffixes", "particles", "joined", "family first", "compound zh", "compound ko"]
    {
        assert!(words(list).count() > 1, "{list}");
    }
}

proptest! {
    #[test]
    fn any_name_has_a_first_name(name in "\\PC{1,128}", language in "[a-z]{2}") {
        let split = split(&name, &language);
        prop_assert!(name.trim().is_empty() || !split.first_name().is_empty(), "{split:?}");
        prop_assert!(name.trim().is_empty() || !split.called().is_empty() && !split.display().is_empty(), "{split:?}");
    }
}
