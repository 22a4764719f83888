//! The tables of the shards, which the coordinator shows as foreign tables.

use std::time::Duration;

use tokio_postgres::Transaction;
use tokio_postgres::config::Config;

use super::shard_server::ShardServer;
use super::{extension, meta};
use crate::error::Problem;

/// Creates the missing foreign servers and foreign tables, and updates the addresses of the
/// others.
pub(crate) async fn attach(
    transaction: &Transaction<'_>,
    schema: &str,
    shards: &[Config],
    connect_timeout: Duration,
) -> Result<(), Problem> {
    if shards.is_empty() {
        return Ok(());
    }
    extension::install(transaction, "postgres_fdw", schema).await?;
    for (number, config) in shards.iter().enumerate() {
        let server = format!("{schema}_shard_{number}");
        let shard = ShardServer::new(config, number, connect_timeout)?;
        if shard.set(transaction, &server).await? {
            upgrade(transaction, schema, number).await?;
        } else {
            let sql = foreign_tables(schema, &server, number, shards.len());
            transaction.batch_execute(&sql).await?;
        }
    }
    Ok(())
}

/// Upgrades the foreign table for the total, if an older version has created it.
async fn upgrade(
    transaction: &Transaction<'_>,
    schema: &str,
    number: usize,
) -> Result<(), Problem> {
    let table = format!("counts_{number}");
    if meta::has_column(transaction, schema, &table, "kept").await? {
        return Ok(());
    }
    let sql = format!(
        "ALTER FOREIGN TABLE \"{schema}\".{table} DROP COLUMN slot, \
         ADD COLUMN kept boolean, OPTIONS (SET table_name 'total')"
    );
    Ok(transaction.batch_execute(&sql).await?)
}

fn foreign_tables(schema: &str, server: &str, number: usize, shards: usize) -> String {
    format!(
        "CREATE FOREIGN TABLE \"{schema}\".units_{number} PARTITION OF \"{schema}\".units \
         FOR VALUES WITH (MODULUS {shards}, REMAINDER {number}) \
         SERVER \"{server}\" OPTIONS (schema_name '{schema}', table_name 'units');\
         CREATE FOREIGN TABLE \"{schema}\".counts_{number} (n bigint, kept boolean) \
         SERVER \"{server}\" OPTIONS (schema_name '{schema}', table_name 'total');"
    )
}
