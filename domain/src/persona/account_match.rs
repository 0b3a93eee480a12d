//! Which of a host's accounts is a person's.

use alloc::string::String;
use alloc::vec::Vec;

use super::letters::{Spelling, plain};
use super::login::locals;
use super::schema::Persona;
use crate::account::{Account, AccountKind};

/// The account of a person among those of a host. In this order: the key `login`, or the name that an account made
/// for them has; the address's first part; the usual forms of the name (`alee`, `ann.lee`, …), unless the account's comment
/// field tells somebody else's name; the full name in the comment field. `None` where none fits.
pub fn own_account<'a>(persona: &Persona, accounts: &'a [Account]) -> Option<&'a Account> {
    let own = persona.login();
    let named = accounts.iter().find(|a| a.login == own && a.kind != AccountKind::Service);
    let people = || accounts.iter().filter(|a| a.kind == AccountKind::Person);
    let usual = || {
        let rank = |a: &Account| persona.usual_logins().position(|form| form.eq_ignore_ascii_case(&a.login));
        let is_address = |a: &Account| locals(&persona.email).iter().any(|l| l.eq_ignore_ascii_case(&a.login));
        let ranked = people().filter_map(|a| Some((rank(a)?, a)));
        let fitting = ranked.filter(|(_, a)| is_address(a) || !is_somebody_elses(persona, &a.full_name));
        fitting.min_by_key(|(rank, _)| *rank).map(|(_, account)| account)
    };
    let by_full_name = || {
        let is_theirs = |a: &&Account| persona.is_found_by_full_name() && is_name_of(persona, &a.full_name);
        people().find(is_theirs)
    };
    named.or_else(|| people().find(|a| a.login.eq_ignore_ascii_case(own))).or_else(usual).or_else(by_full_name)
}

/// The words of a name in lower-case ASCII, or as they are where their letters have no plain spelling.
fn words(name: &str, spelling: Spelling) -> Vec<String> {
    let parts = name.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
    parts.map(|part| plain(part, spelling).unwrap_or_else(|| part.to_lowercase())).filter(|w| !w.is_empty()).collect()
}

/// Whether a full name is the person's: it has their first and their family name, in whatever order.
fn is_name_of(persona: &Persona, full_name: &str) -> bool {
    // Most accounts of small hosts say nothing, and this is asked often.
    if full_name.trim().is_empty() {
        return false;
    }
    [Spelling::Full, Spelling::Bare].into_iter().any(|spelling| {
        let told = words(full_name, spelling);
        let has_all = |name: &str| words(name, spelling).iter().all(|word| told.contains(word));
        let name = persona.person_name();
        let is_whole = told.concat() == words(name.spoken(), spelling).concat();
        is_whole
            || (told.len() > 1 && !name.family().is_empty() && has_all(name.first_name()) && has_all(name.family()))
    })
}

/// Whether a full name is another person's: two words or more, and too few of them are the person's.
/// A single word may be a department or a program.
fn is_somebody_elses(persona: &Persona, full_name: &str) -> bool {
    let told = words(full_name, Spelling::Bare);
    if told.len() < 2 || is_name_of(persona, full_name) {
        return false;
    }
    let own = words(persona.person_name().spoken(), Spelling::Bare);
    let is_initial = |word: &str| word.len() == 1 && own.iter().any(|o| o.starts_with(word));
    let shared = told.iter().filter(|word| own.contains(word) || is_initial(word)).count();
    // "Adam Lee" is not Ann Lee; "A. Lee" may be.
    shared < own.len().min(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::account;
    use crate::persona::{Language, parse_pool};
    use serde_json::{Value, json};

    fn pool(entries: &[Value]) -> Vec<Persona> {
        parse_pool(&serde_json::to_string(entries).unwrap(), Language::EN).unwrap().personas
    }

    fn person(name: &str, email: &str) -> Persona {
        pool(&[json!({"name": name, "email": email, "role": "x"})]).remove(0)
    }

    fn host(accounts: &[(&str, &str)]) -> Vec<Account> {
        let line = |(n, (login, gecos)): (usize, &(&str, &str))| {
            account(&alloc::format!("{login}:x:{0}:{0}:{gecos}:/home/{login}:/bin/bash", 1000 + n)).unwrap()
        };
        accounts.iter().enumerate().map(line).collect()
    }

    #[test]
    fn an_account_is_found_by_address_form_or_full_name() {
        for (name, email, login, gecos) in [
            ("Karen Whitlock", "kwhitlock@corp.example", "kwhitlock", ""),
            ("Karen Whitlock", "karen.whitlock@corp.example", "kwhitlock", ""),
            ("Lydia Marsh", "lydia@corp.example", "l.marsh", ",,,"),
            ("Dr. Karen Whitlock", "x@corp.example", "karenwhitlock", ""),
            ("Jürgen Weiß", "x@corp.example", "jweiss", ""),
            ("王小明", "xm.wang@corp.example", "xm.wang", ""),
            ("Karen Whitlock", "x@corp.example", "n4711", "Karen Whitlock,,,"),
            ("Whitlock, Karen", "x@corp.example", "n4711", "Whitlock Karen"),
            ("Jürgen Weiß", "x@corp.example", "n4711", "Juergen Weiss,Room 4"),
            ("佐藤 健", "x@corp.example", "n4711", "佐藤 健"),
            ("Karen Whitlock", "x@corp.example", "KWhitlock", ""),
        ] {
            let accounts = host(&[("deploy", "Deployment"), (login, gecos), ("other", "Other One")]);
            let found = own_account(&person(name, email), &accounts).map(|a| a.login.as_str());
            assert_eq!(found, Some(login), "{name} {email} {login}");
        }
        assert_eq!(
            own_account(&person("Karen Whitlock", "kw@corp.example"), &host(&[("deploy", ""), ("bob", "")])),
            None
        );
    }

    #[test]
    fn the_key_login_comes_before_all() {
        let people =
            pool(&[json!({"name": "Ann Lee", "email": "ann.lee@corp.example", "role": "x", "login": "n4711"})]);
        let accounts = host(&[("annlee", ""), ("ann.lee", ""), ("n4711", "")]);
        assert_eq!(own_account(&people[0], &accounts).unwrap().login, "n4711");
        assert_eq!(own_account(&people[0], &accounts[..2]).unwrap().login, "annlee");
    }

    #[test]
    fn an_account_that_tells_another_name_is_not_taken_for_its_form() {
        let accounts = host(&[("alee", "Adam Lee"), ("annl", "Ann Lee")]);
        assert_eq!(own_account(&person("Ann Lee", "x@corp.example"), &accounts).unwrap().login, "annl");
        assert_eq!(own_account(&person("Ann Lee", "x@corp.example"), &accounts[..1]), None);
        assert!(own_account(&person("Ann Lee", "x@corp.example"), &host(&[("alee", "A. Lee")])).is_some());
    }

    #[test]
    fn two_people_are_never_taken_for_one_account() {
        let entry = |name: &str, email: &str| json!({"name": name, "email": email, "role": "x"});
        let people = pool(&[
            entry("Ann Lee", "a1@corp.example"),
            entry("Adam Lee", "a2@corp.example"),
            entry("Ann Lee", "a3@corp.example"),
        ]);
        let accounts = host(&[("alee", ""), ("lee", ""), ("annlee", "Ann Lee")]);
        let found: Vec<Option<&str>> =
            people.iter().map(|p| own_account(p, &accounts).map(|a| a.login.as_str())).collect();
        assert_eq!(found, [Some("annlee"), None, None]);
        assert_eq!(people.iter().map(Persona::login).collect::<Vec<_>>(), ["annlee", "adamlee", "annlee2"]);
    }
}
