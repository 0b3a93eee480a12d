//! Slots: what a text can take from the writing, by name. One table says which there are; the parser reads by it, and
//! a test holds the documentation of packs (`FORMAT.md`) against it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::content::day_form::DayForm;

/// A slot of a text, with its arguments. [`SLOTS`] tells what each stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::content) enum Slot {
    Me,
    Name,
    Login,
    Home,
    Email,
    Role,
    MyExtension,
    Colleague,
    ColleagueLogin,
    Extension,
    Manager,
    Addressee,
    Ticket,
    Project,
    System,
    Customer,
    Vendor,
    Product,
    Version,
    OtherSystem,
    OtherCustomer,
    OtherVendor,
    Host,
    OtherHost,
    Address,
    Place,
    Company,
    Domain,
    IncidentDay(DayForm),
    IncidentMinutes,
    Folder,
    Suffix,
    /// The least and the greatest.
    Number(u32, u32),
    /// How many digits.
    Hex(u8),
    /// How many characters.
    Alnum(u8),
    Clock,
    /// So many days before the writing at most.
    Day(u16, DayForm),
    TheDay(DayForm),
}

/// A row of the table of slots.
pub(super) struct SlotRow {
    /// Its name: the first word behind `@`.
    pub(super) name: &'static str,
    /// Arguments as an example shows them; nothing where it takes none.
    pub(super) arguments: &'static str,
    /// What it stands for, for errors and for `FORMAT.md`.
    pub(super) meaning: &'static str,
    reads: Reads,
}

/// How the arguments of a slot are read.
enum Reads {
    Nothing(Slot),
    /// A form of a day.
    Form(fn(DayForm) -> Slot),
    /// A number of days and a form.
    DaysForm(fn(u16, DayForm) -> Slot),
    /// Two numbers, the smaller first.
    Range(fn(u32, u32) -> Slot),
    /// A length from 1 to 64.
    Length(fn(u8) -> Slot),
}

const fn plain(name: &'static str, slot: Slot, meaning: &'static str) -> SlotRow {
    SlotRow { name, arguments: "", meaning, reads: Reads::Nothing(slot) }
}

const fn with(name: &'static str, arguments: &'static str, reads: Reads, meaning: &'static str) -> SlotRow {
    SlotRow { name, arguments, meaning, reads }
}

/// Every slot there is.
pub(super) const SLOTS: &[SlotRow] = &[
    plain("me", Slot::Me, "the writer's first name"),
    plain("name", Slot::Name, "the writer's whole name"),
    plain("login", Slot::Login, "the account that is written with"),
    plain("home", Slot::Home, "that account's home folder"),
    plain("email", Slot::Email, "the writer's address"),
    plain("role", Slot::Role, "the writer's role, as the pool of personas has it"),
    plain("myextension", Slot::MyExtension, "the writer's telephone extension"),
    plain(
        "colleague",
        Slot::Colleague,
        "the first name of somebody else of the pool, mostly whom the matter is shared with",
    ),
    plain("colleague_login", Slot::ColleagueLogin, "the account of such a person"),
    plain("extension", Slot::Extension, "the telephone extension of such a person"),
    plain("manager", Slot::Manager, "the first name of whom the writer reports to"),
    plain("addressee", Slot::Addressee, "whom it is written to: drawn once, and `{@colleague}` is then somebody else"),
    plain("ticket", Slot::Ticket, "the matter's ticket"),
    plain("project", Slot::Project, "the matter's project, by its code name"),
    plain("system", Slot::System, "the software or service the matter is about"),
    plain("customer", Slot::Customer, "the matter's customer"),
    plain("vendor", Slot::Vendor, "whom the company buys from in this matter"),
    plain("product", Slot::Product, "the product of the company that the matter is about"),
    plain("version", Slot::Version, "the version of that product that is out"),
    plain("othersystem", Slot::OtherSystem, "any software of the company's but the matter's"),
    plain("othercustomer", Slot::OtherCustomer, "any customer but the matter's"),
    plain("othervendor", Slot::OtherVendor, "any vendor but the matter's"),
    plain("host", Slot::Host, "this host"),
    plain("otherhost", Slot::OtherHost, "another host of the fleet, mostly the matter's"),
    plain("address", Slot::Address, "the address of another host"),
    plain("place", Slot::Place, "a folder that is there on this host"),
    plain("company", Slot::Company, "the company's name"),
    plain("domain", Slot::Domain, "the domain of its addresses"),
    with("incident", "FORM", Reads::Form(Slot::IncidentDay), "the day on which something broke for the last time"),
    plain("incident_minutes", Slot::IncidentMinutes, "how many minutes that lasted"),
    plain("folder", Slot::Folder, "one of the folders this person keeps on this host, drawn from `[folder]`"),
    plain("suffix", Slot::Suffix, "how this person's text files end: `.txt`, `.md`, not at all"),
    with("num", "1 9", Reads::Range(Slot::Number), "a number from the first to the second"),
    with("hex", "7", Reads::Length(Slot::Hex), "so many hexadecimal digits, 1 to 64"),
    with("alnum", "6", Reads::Length(Slot::Alnum), "so many letters and digits, 1 to 64"),
    plain("clock", Slot::Clock, "a time of the working day, such as 14:30"),
    with("day", "5 FORM", Reads::DaysForm(Slot::Day), "a day at most so many days before the writing"),
    with(
        "theday",
        "FORM",
        Reads::Form(Slot::TheDay),
        "the day this file is about: drawn once, the same in its name and its body",
    ),
];

impl Slot {
    /// The rule that is drawn from where the slot stands, for the check that every drawing ends.
    pub(super) fn rule(self) -> Option<&'static str> {
        (self == Self::Folder).then_some("folder")
    }
}

/// Reads what stands behind `@`: a name and its arguments.
pub(super) fn parse(text: &str) -> Result<Slot, String> {
    let mut words = text.split(' ');
    let name = words.next().unwrap_or_default();
    let arguments: Vec<&str> = words.collect();
    let row = SLOTS.iter().find(|row| row.name == name).ok_or_else(|| format!("{{@{text}}}: unknown slot"))?;
    let meaning = row.meaning;
    read(&row.reads, &arguments).ok_or_else(|| match row.arguments {
        "" => format!("{{@{text}}}: @{name} takes no arguments ({meaning})"),
        example => format!("{{@{text}}}: wrong arguments; write {{@{name} {example}}} ({meaning})"),
    })
}

fn read(reads: &Reads, arguments: &[&str]) -> Option<Slot> {
    match (reads, arguments) {
        (Reads::Nothing(slot), []) => Some(*slot),
        (Reads::Form(make), [word]) => Some(make(DayForm::named(word)?)),
        (Reads::DaysForm(make), [days, word]) => Some(make(days.parse().ok()?, DayForm::named(word)?)),
        (Reads::Range(make), [least, most]) => {
            let (least, most) = (least.parse().ok()?, most.parse().ok()?);
            (least <= most).then(|| make(least, most))
        }
        (Reads::Length(make), [length]) => Some(make(length.parse().ok().filter(|n| (1..=64).contains(n))?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_of_packs_tells_of_every_slot_and_of_no_other() {
        let document = include_str!("../../../content/FORMAT.md");
        let row = |row: &SlotRow| {
            let arguments = if row.arguments.is_empty() { String::new() } else { format!(" {}", row.arguments) };
            format!("| `{{@{}{arguments}}}` | {} |", row.name, row.meaning)
        };
        let told: Vec<&str> = document.lines().filter(|line| line.starts_with("| `{@")).collect();
        assert_eq!(told, SLOTS.iter().map(row).collect::<Vec<_>>());
        let form = |(word, _, shown): &(&str, DayForm, &str)| format!("`{word}` {shown}");
        let forms = crate::content::day_form::DAY_FORMS.iter().map(form).collect::<Vec<_>>().join(", ");
        assert!(document.contains(&forms), "{forms}");
    }
}
