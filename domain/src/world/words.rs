//! The names a world is made of: brands, customers and code names belong to no language.

use alloc::string::String;
use alloc::vec::Vec;

use crate::content::lists::List;
use crate::content::source::ContentError;

/// The lists of `content/world/names.txt`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorldWords {
    pub(super) systems: Vec<String>,
    pub(super) customers: Vec<String>,
    pub(super) vendors: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) code_names: Vec<String>,
    pub(super) ticket_prefixes: Vec<String>,
}

impl WorldWords {
    /// Takes a list of names, and gives any other back. A list that is there twice (in an operator's file, too) is
    /// one list.
    pub(crate) fn take(&mut self, list: List) -> Option<List> {
        match self.all().into_iter().find(|(name, _)| *name == list.name) {
            Some((_, entries)) => {
                entries.extend(list.entries);
                None
            }
            None => Some(list),
        }
    }

    /// The words, once all lists were taken.
    ///
    /// # Errors
    /// With the name of a list that is missing.
    pub(crate) fn complete(mut self) -> Result<Self, ContentError> {
        let missing = self.all().into_iter().find(|(_, entries)| entries.is_empty()).map(|(name, _)| name);
        match missing {
            Some(name) => Err(ContentError::whole("world", alloc::format!("the list [{name}] is missing"))),
            None => Ok(self),
        }
    }

    fn all(&mut self) -> [(&'static str, &mut Vec<String>); 6] {
        [
            ("systems", &mut self.systems),
            ("customers", &mut self.customers),
            ("vendors", &mut self.vendors),
            ("products", &mut self.products),
            ("code_names", &mut self.code_names),
            ("ticket_prefixes", &mut self.ticket_prefixes),
        ]
    }
}
