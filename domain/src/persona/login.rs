//! The account names a person may have: the one that would be made for them, and those that admins and
//! directories make of a name.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::letters::{Spelling, plain};
use super::name::PersonName;

/// useradd(8) takes at most 32 characters.
const LOGIN_MAX: usize = 32;

/// The account names of a person, likeliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Logins {
    /// What the account is called where one is made.
    pub(super) own: String,
    /// Whether the pool says so with the key `login`.
    pub(super) is_given: bool,
    /// Further names that the account may have, likeliest first, with a space between two.
    pub(super) usual: Box<str>,
    /// Whether the full name in an account's comment field (GECOS) tells that it is this person's. It doesn't for
    /// whoever comes later in the pool than a person of the same name.
    pub(super) is_only_of_name: bool,
}

impl Logins {
    /// The names of one person, of whom nobody else is known.
    pub(super) fn of(name: &str, split: &PersonName, email: &str, given: Option<String>) -> Self {
        let is_given = given.is_some();
        let contract = made(name, split, email);
        let own = given.unwrap_or_else(|| contract.clone());
        let contract = (contract != "user").then_some(contract);
        let mut seen = BTreeSet::from([own.clone()]);
        let is_new = |form: &String| (2..=LOGIN_MAX).contains(&form.len()) && seen.insert(form.clone());
        let usual: Vec<String> = contract.into_iter().chain(locals(email)).chain(forms(split)).filter(is_new).collect();
        Self { own, is_given, usual: usual.join(" ").into(), is_only_of_name: true }
    }

    /// The further names, one by one.
    pub(super) fn usual(&self) -> impl Iterator<Item = &str> {
        self.usual.split(' ').filter(|form| !form.is_empty())
    }
}

/// What an account made for the person is called: the name in lower case without spaces; of other letters
/// their plain spelling, without titles; else the first part of the address; else `user`.
fn made(name: &str, split: &PersonName, email: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c.is_whitespace());
    let whole = if is_plain { name } else { split.spoken() };
    let letters = || plain(whole, Spelling::Full).filter(|login| !login.is_empty());
    let local = || plain(local_of(email), Spelling::Full).filter(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()));
    let mut login = letters().or_else(local).unwrap_or_else(|| "user".to_owned());
    login.truncate(LOGIN_MAX);
    login
}

/// The part of an address before the `@`, without what stands behind a plus.
fn local_of(email: &str) -> &str {
    let local = email.split('@').next().unwrap_or_default();
    local.split('+').next().unwrap_or(local)
}

/// The address's first part as a login: as it is, and without what parts its words.
pub(super) fn locals(email: &str) -> Vec<String> {
    let local = local_of(email).to_ascii_lowercase();
    let is_login = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let joined: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    if local.chars().all(is_login) { alloc::vec![local, joined] } else { alloc::vec![joined] }
}

/// What directories and admins make of given and family name, likeliest first.
fn forms(split: &PersonName) -> Vec<String> {
    let mut out = Vec::new();
    for spelling in [Spelling::Full, Spelling::Bare] {
        let word = |text: &str| plain(text, spelling).filter(|word| !word.is_empty());
        let distinct = |texts: [&str; 3]| {
            let mut out: Vec<String> = Vec::new();
            for one in texts.into_iter().filter_map(word) {
                if !out.contains(&one) {
                    out.push(one);
                }
            }
            out
        };
        let mut firsts = distinct([split.first_name(), first_of(split.given()), split.given()]);
        let families = distinct([split.family(), last_of(split.family()), first_of(split.family())]);
        firsts.retain(|first| !families.contains(first));
        let initials: String = split.given().split([' ', '-']).filter_map(|part| Some(word(part)?.remove(0))).collect();
        for first in &firsts {
            let f = &first[..1];
            for family in &families {
                let l = &family[..1];
                out.extend([
                    format!("{first}{family}"),
                    format!("{first}.{family}"),
                    format!("{f}{family}"),
                    format!("{f}.{family}"),
                    format!("{first}_{family}"),
                    format!("{first}-{family}"),
                    format!("{f}_{family}"),
                    format!("{f}-{family}"),
                    format!("{initials}{family}"),
                    format!("{initials}.{family}"),
                    format!("{family}{f}"),
                    format!("{family}.{f}"),
                    format!("{family}_{f}"),
                    format!("{family}{first}"),
                    format!("{family}.{first}"),
                    format!("{first}{l}"),
                    format!("{first}.{l}"),
                ]);
                // Names of eight letters, from the days when there were no longer ones.
                for whole in [format!("{f}{family}"), format!("{family}{f}"), format!("{first}{family}")] {
                    out.extend(whole.get(..8).map(ToOwned::to_owned));
                }
            }
        }
        out.extend(firsts);
        out.extend(families);
    }
    out
}

fn first_of(words: &str) -> &str {
    words.split(' ').next().unwrap_or_default()
}

fn last_of(words: &str) -> &str {
    words.split(' ').next_back().unwrap_or_default()
}

/// Sees to it that no two people of a pool are taken for the same account: made names that are taken get a
/// number, and of the usual forms each belongs to whom it fits best, or to whoever comes first in the pool.
pub(super) fn tell_apart(pool: &mut [(&mut Logins, &str)]) {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (logins, _)) in pool.iter().enumerate().filter(|(_, (logins, _))| logins.is_given) {
        taken.entry(logins.own.clone()).or_insert(at);
    }
    for (at, (logins, _)) in pool.iter_mut().enumerate().filter(|(_, (logins, _))| !logins.is_given) {
        let base: String = logins.own.chars().take(LOGIN_MAX - 5).collect();
        // A pool has fewer people than there are numbers here.
        let mut names = core::iter::once(logins.own.clone()).chain((2_u32..).map(|n| format!("{base}{n}")));
        if let Some(own) = names.find(|name| !taken.contains_key(name)) {
            taken.insert(own.clone(), at);
            logins.own = own;
        }
    }
    // Whose a usual form is: (how far down the list it stands, place in the pool).
    let mut owners: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (at, (logins, _)) in pool.iter().enumerate() {
        for (rank, form) in logins.usual().enumerate() {
            let claim = (rank, at);
            owners.entry(form).and_modify(|owner| *owner = claim.min(*owner)).or_insert(claim);
        }
    }
    let kept: Vec<Box<str>> = pool
        .iter()
        .enumerate()
        .map(|(at, (logins, _))| {
            let is_own = |form: &&str| !taken.contains_key(*form) && owners.get(form).is_some_and(|o| o.1 == at);
            logins.usual().filter(is_own).collect::<Vec<_>>().join(" ").into()
        })
        .collect();
    let mut names = BTreeSet::new();
    for ((logins, name), usual) in pool.iter_mut().zip(kept) {
        logins.usual = usual;
        logins.is_only_of_name = names.insert(name.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persona::Language;
    use proptest::prelude::*;

    fn logins(name: &str, email: &str) -> Logins {
        Logins::of(name, &PersonName::parse(name, Language::EN), email, None)
    }

    #[test]
    fn a_made_login_is_what_an_admin_would_choose() {
        for (name, expected) in [
            ("Sarah Connor", "sarahconnor"),
            ("Admin", "admin"),
            ("Jürgen Müller", "juergenmueller"),
            ("Zoë O'Neil-Smith", "zoeoneilsmith"),
            ("Núñez", "nunez"),
            ("Dr. Karen Whitlock", "karenwhitlock"),
            ("Whitlock, Karen (IT)", "karenwhitlock"),
            ("Ольга Петрова", "olgapetrova"),
            ("李小龍", "xl"),
        ] {
            assert_eq!(logins(name, "x.l@corp.example").own, expected, "{name}");
        }
        assert_eq!(logins("李小龍", "李@corp.example").own, "user");
        assert_eq!(logins("...", "1@corp.example").own, "user");
    }

    #[test]
    fn the_usual_forms_are_those_of_directories() {
        for (name, email, wanted) in [
            ("Ann Lee", "x@b.example", "annlee ann.lee alee a.lee annl ann lee leea lee.a lee.ann ann_lee"),
            ("Karen Whitlock", "kw@b.example", "kwhitlock k.whitlock kwhitloc whitlock whitlockk"),
            ("Lydia Marsh", "l.marsh@b.example", "l.marsh lmarsh"),
            ("Jürgen Weiß", "x@b.example", "jweiss jurgen.weiss juergen.weiss"),
            ("Jan van der Berg", "x@b.example", "jvanderberg jan.vanderberg jberg berg jan"),
            ("Lydia Ann Marsh", "x@b.example", "lamarsh lmarsh lydia.marsh"),
            ("王小明", "xm.wang@b.example", "xm.wang xmwang"),
            ("Finn Ray", "finn+lab@b.example", "finn fray"),
        ] {
            let logins = logins(name, email);
            for form in wanted.split(' ') {
                assert!(logins.own == form || logins.usual().any(|u| u == form), "{name}: {form} {logins:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_made_login_is_a_plain_account_name(name in "\\PC{1,128}", email in "\\PC{0,40}") {
            let logins = logins(&name, &email);
            prop_assert!(!logins.own.is_empty() && logins.own.len() <= LOGIN_MAX);
            prop_assert!(logins.own.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            prop_assert!(logins.usual().count() < 400);
        }

        #[test]
        fn no_two_people_have_a_login_in_common(names in proptest::collection::vec("[AB] (Lee|Ray)|李", 1..12)) {
            let mut all: Vec<Logins> = names.iter().map(|name| logins(name, "x@b.example")).collect();
            let mut pool: Vec<(&mut Logins, &str)> =
                all.iter_mut().zip(&names).map(|(logins, name)| (logins, name.as_str())).collect();
            tell_apart(&mut pool);
            let every: Vec<&str> = all.iter().flat_map(|l| core::iter::once(l.own.as_str()).chain(l.usual())).collect();
            let distinct: alloc::collections::BTreeSet<_> = every.iter().collect();
            prop_assert_eq!(distinct.len(), every.len());
        }
    }
}
