//! What a persona's job is about: the role of the pool file, in one of seven families.

use alloc::string::String;
use alloc::vec::Vec;

use crate::content::lists::List;

/// A family of roles. People of one family name, keep and write the same kind of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum RoleFamily {
    Sysadmin,
    Developer,
    Finance,
    Hr,
    Sales,
    Support,
    Manager,
}

impl RoleFamily {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Sysadmin, Self::Developer, Self::Finance, Self::Hr, Self::Sales, Self::Support, Self::Manager];

    /// The family of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.as_str() == word)
    }

    /// The word in rule names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sysadmin => "sysadmin",
            Self::Developer => "developer",
            Self::Finance => "finance",
            Self::Hr => "hr",
            Self::Sales => "sales",
            Self::Support => "support",
            Self::Manager => "manager",
        }
    }
}

/// Which words in a role speak for which family, as data (`content/world/roles.txt`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleWords {
    /// In order: the first word that stands in a role wins.
    words: Vec<(String, RoleFamily)>,
}

impl RoleWords {
    /// Takes a list that is named after a family, and gives any other back. The order in which lists are taken is
    /// the order of precedence.
    pub(crate) fn take(&mut self, list: List) -> Option<List> {
        let Some(family) = RoleFamily::named(&list.name) else { return Some(list) };
        self.words.extend(list.entries.into_iter().map(|word| (word.to_lowercase(), family)));
        None
    }

    /// The family of a role. What none of the words speaks for is support: the people who do a bit
    /// of everything.
    pub fn family(&self, role: &str) -> RoleFamily {
        let role = role.to_lowercase();
        let stands_in = |word: &str| {
            role.match_indices(word).any(|(at, _)| {
                let before = role[..at].chars().next_back();
                let after = role[at + word.len()..].chars().next();
                // Short words only as whole words: "it" is in "recruiter".
                let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                is_edge(before) && (word.len() > 4 || is_edge(after))
            })
        };
        self.words.iter().find(|(word, _)| stands_in(word)).map_or(RoleFamily::Support, |(_, family)| *family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;

    #[test]
    fn roles_in_seven_languages_find_their_family() {
        let content = Content::embedded().unwrap();
        for (role, family) in [
            ("System Administrator", RoleFamily::Sysadmin),
            ("Senior Software Developer", RoleFamily::Developer),
            ("Head of Finance", RoleFamily::Finance),
            ("Human Resources", RoleFamily::Hr),
            ("Recruiter", RoleFamily::Hr),
            ("Account Executive", RoleFamily::Sales),
            ("Support, night shift", RoleFamily::Support),
            ("Managing Director", RoleFamily::Manager),
            ("IT", RoleFamily::Sysadmin),
            ("Buchhalterin", RoleFamily::Finance),
            ("Desarrolladora", RoleFamily::Developer),
            ("Responsable des ventes", RoleFamily::Sales),
            ("Gerente de vendas", RoleFamily::Sales),
            ("Sistemista", RoleFamily::Sysadmin),
            ("Personeelszaken", RoleFamily::Hr),
            ("Falconer", RoleFamily::Support),
        ] {
            assert_eq!(content.roles().family(role), family, "{role}");
        }
    }
}
