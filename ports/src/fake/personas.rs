use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use decnet_domain::persona::{Language, Persona};

use crate::{PersonaPool, PoolError};

/// A pool in memory.
#[derive(Default)]
pub struct FakePersonas {
    people: Mutex<Option<Arc<[Persona]>>>,
}

impl FakePersonas {
    /// A pool of these people.
    pub fn of(people: Vec<Persona>) -> Self {
        Self { people: Mutex::new(Some(people.into())) }
    }
}

#[async_trait]
impl PersonaPool for FakePersonas {
    async fn load(&self, _default: Language) -> Result<Arc<[Persona]>, PoolError> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(people.get_or_insert_with(|| Arc::from([])).clone())
    }
}
