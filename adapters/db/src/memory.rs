//! What the worker itself remembers: where its worlds come from, what isn't ours any more, keys.

use async_trait::async_trait;
use decnet_domain::record::{FileId, row_time};
use decnet_domain::world::Origin;
use decnet_ports::{KeyPair, Memory, RepoError};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::SqlRepo;
use crate::pool::{on, write_transaction};
use crate::schema::{
    orchestrator_file_marks as marks, orchestrator_origin as origins, orchestrator_session_keys as keys,
};
use crate::utc::Utc;

/// There is one origin.
const THE_ORIGIN: i32 = 1;

fn read_origin((seed, began): (String, Utc)) -> Result<Origin, RepoError> {
    let seed = seed.parse().map_err(|_| RepoError::Corrupt("orchestrator_origin: seed".to_owned()))?;
    Ok(Origin { seed, began: began.0 })
}

#[async_trait]
impl Memory for SqlRepo {
    async fn origin(&self, fresh: Origin) -> Result<Origin, RepoError> {
        // As text: a seed has 64 bits, and a column's integers have a sign.
        let row = (
            origins::id.eq(THE_ORIGIN),
            origins::seed.eq(fresh.seed.to_string()),
            origins::began.eq(Utc(row_time(fresh.began))),
        );
        let found = write_transaction!(self, conn => {
            diesel::insert_into(origins::table).values(row).on_conflict_do_nothing().execute(conn).await?;
            origins::table.find(THE_ORIGIN).select((origins::seed, origins::began)).first(conn).await
        })?;
        read_origin(found)
    }

    async fn kept_origin(&self) -> Result<Option<Origin>, RepoError> {
        let found: Option<(String, Utc)> = on!(self, conn => {
            origins::table.find(THE_ORIGIN).select((origins::seed, origins::began)).first(conn).await.optional()
        })?;
        found.map(read_origin).transpose()
    }

    async fn tampered_files(&self) -> Result<Vec<FileId>, RepoError> {
        let rows: Vec<String> = on!(self, conn => marks::table.select(marks::file_uuid).load(conn).await)?;
        Ok(rows.into_iter().filter_map(|uuid| uuid.parse().ok().map(FileId)).collect())
    }

    async fn session_key(&self, login: &str) -> Result<Option<KeyPair>, RepoError> {
        let row: Option<(String, String)> = on!(self, conn => keys::table
            .find(login)
            .select((keys::private_key, keys::public_key))
            .first(conn).await.optional())?;
        Ok(row.map(|(private, public)| KeyPair { private, public }))
    }

    async fn keep_session_key(&self, login: &str, key: &KeyPair) -> Result<KeyPair, RepoError> {
        let row = (
            keys::login.eq(login),
            keys::private_key.eq(key.private.as_str()),
            keys::public_key.eq(key.public.as_str()),
        );
        let (private, public): (String, String) = write_transaction!(self, conn => {
            diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(conn).await?;
            keys::table.find(login).select((keys::private_key, keys::public_key)).first(conn).await
        })?;
        Ok(KeyPair { private, public })
    }
}
