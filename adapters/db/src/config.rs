//! What an operator set.

use async_trait::async_trait;
use decnet_ports::{Config, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::SqlRepo;
use crate::pool::on;
use crate::schema::realism_config::dsl;

#[async_trait]
impl Config for SqlRepo {
    async fn realism_config(&self, key: &str) -> Result<Option<String>, RepoError> {
        on!(self, conn => dsl::realism_config
            .filter(dsl::key.eq(key))
            .select(dsl::value)
            .first::<String>(conn)
            .await
            .optional())
    }
}
