//! A state that a reader has seen, and the state of the transaction that reads now.

use deadpool_postgres::Transaction;

use crate::error::{Position, Problem};
use crate::schema::{self, Tables};

/// A state of the store that a reader has seen; from
/// [`PostgresStore::changes_since`](crate::PostgresStore::changes_since). It is of use as long
/// as the server runs, and only with this store and its clones, or with another store on the
/// same schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The system identifier of the cluster, and the OIDs of the database and of the table.
    table: String,
    pub(crate) server: String,
    /// Its visible transactions, in the form of `pg_snapshot`.
    pub(crate) snapshot: String,
    /// The log has everything that the snapshot shows before this position.
    pub(crate) position: Position,
}

/// The state that a transaction reads.
pub(crate) struct Now {
    pub(crate) revision: Revision,
    pub(crate) is_standby: bool,
    /// Whether the changes of all units are recorded.
    pub(crate) is_recorded: bool,
}

impl Revision {
    pub(crate) fn is_of_the_table_of(&self, other: &Self) -> bool {
        self.table == other.table
    }
}

impl Now {
    /// Reads the state of the transaction's snapshot.
    pub(crate) async fn read(
        transaction: &Transaction<'_>,
        tables: &Tables,
    ) -> Result<Self, Problem> {
        let row = transaction.query_typed(&statement(tables), &[]).await?;
        let row = row.first().ok_or(Problem::NoTotal)?;
        Ok(Self {
            revision: Revision {
                table: row.try_get(0)?,
                server: row.try_get(1)?,
                snapshot: row.try_get(2)?,
                position: end_of_record(row.try_get(3)?),
            },
            is_standby: row.try_get(4)?,
            is_recorded: row.try_get(5)?,
        })
    }
}

/// * A server is identified by the time of its start and by that of its statistics, which
///   PostgreSQL discards after a crash. A restored file, a rewound server, or one that has lost
///   commits without `synchronous_commit` in a crash is then another server.
/// * A standby does not list the transactions that are open, so all from the oldest one are
///   taken for open.
/// * The position is read after the snapshot.
fn statement(tables: &Tables) -> String {
    let units = &tables.units;
    let is_recorded = if tables.has_record() {
        schema::is_recorded(&tables.schema)
    } else {
        "false".to_owned()
    };
    format!(
        "SELECT concat_ws('/', (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
           (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()), \
           pg_catalog.to_regclass('{units}')::oid), \
         concat_ws('/', extract(epoch FROM pg_catalog.pg_postmaster_start_time()), \
           (SELECT extract(epoch FROM stats_reset) FROM pg_catalog.pg_stat_bgwriter)), \
         CASE WHEN is_standby THEN concat(pg_catalog.pg_snapshot_xmin(now), ':', \
           pg_catalog.pg_snapshot_xmin(now), ':') ELSE now::text END, \
         (CASE WHEN is_standby THEN pg_catalog.pg_last_wal_replay_lsn() \
           ELSE pg_catalog.pg_current_wal_insert_lsn() END - '0/0'::pg_lsn)::bigint, \
         is_standby, {is_recorded} \
         FROM (SELECT pg_catalog.pg_is_in_recovery() AS is_standby, \
           pg_catalog.pg_current_snapshot() AS now OFFSET 0) s"
    )
}

/// A position between two records as a standby shows it that has replayed the first one. A
/// primary shows the beginning of the next record: if that is on a new page of 8,192 bytes, it
/// is after the header of the page, which has 24 bytes, or 40 in the first page of a file.
fn end_of_record(position: i64) -> Position {
    match position % 8_192 {
        header @ (24 | 40) => Position(position - header),
        _ => Position(position),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_after_the_header_of_a_page_is_the_beginning_of_the_page() {
        for (shown, end) in [
            (0x5_0000_2018, "5/2000"),
            (0x5_0000_0028, "5/0"),
            (0x5_0000_2000, "5/2000"),
            (0x5_0000_2050, "5/2050"),
        ] {
            assert_eq!(end_of_record(shown).to_string(), end);
        }
    }
}
