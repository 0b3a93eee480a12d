//! The names a world is made of: brands, customers and code names belong to no language.

use alloc::string::String;
use alloc::vec::Vec;

use crate::content::{ContentError, SourceFile, lists};

/// The lists of `content/world/names.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldWords {
    pub(super) systems: Vec<String>,
    pub(super) customers: Vec<String>,
    pub(super) vendors: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) code_names: Vec<String>,
    pub(super) ticket_prefixes: Vec<String>,
}

impl WorldWords {
    /// Reads the lists; a list that is there twice (in an operator's file, too) is one list.
    ///
    /// # Errors
    /// With file and line: an unknown list, an empty one, or one that is missing.
    pub fn parse(files: &[SourceFile<'_>]) -> Result<Self, ContentError> {
        let mut words = Self {
            systems: Vec::new(),
            customers: Vec::new(),
            vendors: Vec::new(),
            products: Vec::new(),
            code_names: Vec::new(),
            ticket_prefixes: Vec::new(),
        };
        for file in files {
            for list in lists(file)? {
                let known = words.all().into_iter().find(|(name, _)| *name == list.name);
                let Some((_, entries)) = known else {
                    return Err(ContentError::at(file.name, list.line, alloc::format!("unknown list [{}]", list.name)));
                };
                entries.extend(list.entries);
            }
        }
        let missing = words.all().into_iter().find(|(_, entries)| entries.is_empty()).map(|(name, _)| name);
        match missing {
            Some(name) => Err(ContentError::whole("world", alloc::format!("the list [{name}] is missing"))),
            None => Ok(words),
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
