//! The record of changes: which transaction has written each row, and which units were deleted.
//!
//! ```text
//! units.written   the transaction that has inserted or last updated the row;
//!                 null: a transaction before the upgrade to this version
//! deletions       written  _id   floor
//!                 T        id    false   T has deleted this unit, or has changed its `_id`
//!                 T        null  false   T has deleted many units, or has truncated the table
//!                 T        null  true    records of transactions up to T have been removed
//! ```
//!
//! A reader that remembers a snapshot finds all later changes: the rows and the records of
//! transactions that are not visible in this snapshot. A record may be superfluous, because
//! the reader looks up the unit of each. Readers bound the numbers of transactions by their
//! own snapshot: a restored table can have numbers of another cluster.
//!
//! The triggers fire always, also in sessions with `session_replication_role = replica`. The
//! process that applies a logical replication fires only those for rows, so in such sessions
//! each deleted row is recorded by itself. They have the rights of the owner of `units`: roles
//! that write units need no right to `deletions`. A trigger on `deletions` skips what somebody
//! else writes to it, such as the records of a restored or replicated table.
//!
//! Writers remove old records, up to [`REMOVED_AT_ONCE`] in some statements that delete. A
//! reader that is older than the floor reads everything.

use deadpool_postgres::Transaction;

use super::counting;
use super::lock::{Lock, lock};
use crate::connection::{Access, Operation};
use crate::error::Problem;
use crate::error::operation::MIGRATE;

/// The table and the name of each trigger that a complete record needs.
const TRIGGERS: [(&str, &str); 7] = [
    ("units", "stamp_written"),
    ("units", "record_deleted"),
    ("units", "record_deleted_row"),
    ("units", "record_moved"),
    ("units", "record_truncated"),
    ("deletions", "guard_deletions"),
    ("deletions", "record_lost"),
];

/// A statement that deletes more units than this leaves one record for all units. Inserting
/// 10,000 records takes some 30 ms; reading 100,000 units takes a second.
const MAX_RECORDS: u32 = 10_000;

/// The transactions of the cluster, not only of this table, for which records are retained:
/// four minutes at 1,000 transactions a second.
const RETAINED: u32 = 250_000;

/// The most records that one statement removes: some 5 ms.
const REMOVED_AT_ONCE: u32 = 1_000;

/// How long an upgrade waits for the lock of the units. Lists wait behind it.
const LOCK_TIMEOUT: &str = "1s";

/// The channel of notifications. A name of PostgreSQL has at most 63 bytes, and that of a
/// schema at most 48.
pub(crate) fn channel(schema: &str) -> String {
    format!("{schema}_changes")
}

/// Whether all changes are recorded, as an expression: all triggers are enabled as they were
/// created. (A restore that has disabled them enables them in another state.)
pub(crate) fn is_recorded(schema: &str) -> String {
    let count = TRIGGERS.len();
    let names = TRIGGERS.map(|(_, name)| format!("'{name}'")).join(", ");
    format!(
        "((SELECT count(*) FROM pg_catalog.pg_trigger WHERE tgenabled = 'A' AND tgname IN ({names}) \
         AND tgrelid IN (pg_catalog.to_regclass('\"{schema}\".units'), \
         pg_catalog.to_regclass('\"{schema}\".deletions'))) = {count})"
    )
}

/// Adds the column, the table and the triggers to a schema of an older version. Readers of
/// the older version get all units from their next poll.
///
/// The lock is taken in the order in which lists lock the tables. The wait for it has a limit,
/// because lists wait behind it; the migration is then retried.
pub(crate) async fn upgrade(transaction: &Transaction<'_>, schema: &str) -> Result<(), Problem> {
    let sql = format!(
        "SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';\
         LOCK TABLE \"{schema}\".meta IN ACCESS EXCLUSIVE MODE;\
         LOCK TABLE \"{schema}\".units IN ACCESS EXCLUSIVE MODE;\
         SET LOCAL lock_timeout = 0;{}{}",
        install(schema),
        record_all(schema)
    );
    Ok(transaction.batch_execute(&sql).await?)
}

/// Whether changes are recorded, and an index finds them.
pub(crate) struct IsRecorded<'a>(pub(crate) &'a str);

impl Operation for IsRecorded<'_> {
    const NAME: &'static str = MIGRATE;
    const ACCESS: Access = Access::Read;
    type Output = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, Problem> {
        let schema = self.0;
        let sql = format!("SELECT {} AND {}", is_recorded(schema), has_index(schema));
        let row = transaction.query_one(&sql, &[]).await?;
        Ok(row.try_get(0)?)
    }
}

/// Creates triggers that are missing or were changed, and the index. Writers wait while
/// PostgreSQL reads the table for the index. Lists do not wait, because the index is not
/// created in the transaction that adds its column.
pub(crate) struct RepairRecording<'a>(pub(crate) &'a str);

impl Operation for RepairRecording<'_> {
    const NAME: &'static str = MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Output = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let schema = self.0;
        lock(transaction, schema, Lock::Exclusive).await?;
        let timeout = format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'");
        transaction.batch_execute(&timeout).await?;
        let sql = format!("SELECT {}, {}", is_recorded(schema), has_index(schema));
        let found = transaction.query_one(&sql, &[]).await?;
        if !found.try_get::<_, bool>(0)? {
            let sql = install(schema) + &record_all(schema);
            transaction.batch_execute(&sql).await?;
        }
        if !found.try_get::<_, bool>(1)? {
            // Rows of older versions are not in the index.
            let sql = format!(
                "CREATE INDEX units_written ON \"{schema}\".units (written) \
                 WHERE written IS NOT NULL"
            );
            transaction.batch_execute(&sql).await?;
        }
        Ok(())
    }
}

/// The statements that create the column, the table and the triggers, or replace them. The
/// column has no default, so the rows are not rewritten.
pub(crate) fn install(schema: &str) -> String {
    let always = TRIGGERS.map(|(table, name)| {
        format!("ALTER TABLE \"{schema}\".{table} ENABLE ALWAYS TRIGGER {name};")
    });
    let mut sql = vec![tables(schema), functions(schema), triggers(schema)];
    sql.extend(always);
    sql.extend([
        counting::readers(schema, "units", "deletions"),
        counting::owners(schema),
    ]);
    sql.concat()
}

/// An expression: whether an index begins with the column `written`, whatever its name.
fn has_index(schema: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a \
         ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indisvalid \
         AND a.attname = 'written' AND i.indrelid = pg_catalog.to_regclass('\"{schema}\".units'))"
    )
}

/// The statements that record a change of all units.
fn record_all(schema: &str) -> String {
    format!(
        "SET LOCAL livechat_units.record = 'on';\
         INSERT INTO \"{schema}\".deletions VALUES (pg_catalog.pg_current_xact_id());\
         SET LOCAL livechat_units.record = 'off';"
    )
}

/// A published table needs a replica identity for deletions. A primary key would be wrong: a
/// transaction can delete a unit twice.
fn tables(schema: &str) -> String {
    format!(
        r#"
ALTER TABLE "{schema}".units ADD COLUMN IF NOT EXISTS written xid8;
CREATE TABLE IF NOT EXISTS "{schema}".deletions
  (written xid8 NOT NULL, _id text COLLATE "C", floor boolean NOT NULL DEFAULT false);
CREATE INDEX IF NOT EXISTS deletions_written ON "{schema}".deletions (written);
ALTER TABLE "{schema}".deletions REPLICA IDENTITY FULL;
"#
    )
}

fn functions(schema: &str) -> String {
    let of_this = [
        stamp(schema),
        record(schema),
        remove_old(schema),
        guard(schema),
        notify(schema),
    ];
    of_this.concat()
}

/// The transaction of a row that is inserted or updated, whatever the statement says.
fn stamp(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".stamp_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written := pg_catalog.pg_current_xact_id();
  RETURN NEW;
END $$;
"#
    )
}

/// Records what a statement, a row or a `TRUNCATE` has deleted.
fn record(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".record_deleted() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO "{schema}".deletions VALUES (pg_current_xact_id());
    RETURN NULL;
  ELSIF TG_LEVEL = 'ROW' THEN
    INSERT INTO "{schema}".deletions VALUES (pg_current_xact_id(), OLD._id);
  ELSIF current_setting('session_replication_role') = 'replica' THEN
    RETURN NULL;
  ELSIF NOT EXISTS (SELECT FROM changed) THEN
    RETURN NULL;
  ELSIF EXISTS (SELECT FROM changed OFFSET {MAX_RECORDS}) THEN
    INSERT INTO "{schema}".deletions VALUES (pg_current_xact_id());
  ELSE
    INSERT INTO "{schema}".deletions SELECT pg_current_xact_id(), _id FROM changed;
  END IF;
  -- A transaction with a single snapshot would fail where another has removed a record.
  IF random() < 0.03 AND current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    PERFORM "{schema}".remove_old_deletions();
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION "{schema}".record_deleted() FROM PUBLIC;
"#
    )
}

/// Removes records that no recent reader needs, and raises the floor. A transaction that is
/// open for a long time prevents it, because readers remember it as open. Nobody waits for
/// another one that removes records.
fn remove_old(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".remove_old_deletions() RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  retained xid8 := (greatest(pg_snapshot_xmin(pg_current_snapshot())::text::bigint - {RETAINED}, 0))::text::xid8;
BEGIN
  IF NOT EXISTS (SELECT FROM "{schema}".deletions WHERE written < retained AND NOT floor) THEN
    RETURN;
  END IF;
  WITH old AS (
    SELECT ctid FROM "{schema}".deletions WHERE written < retained
    ORDER BY written LIMIT {REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED
  ), removed AS (
    DELETE FROM "{schema}".deletions d USING old WHERE d.ctid = old.ctid RETURNING d.written
  )
  INSERT INTO "{schema}".deletions SELECT written, NULL, true FROM removed ORDER BY written DESC LIMIT 1;
END $$;
REVOKE ALL ON FUNCTION "{schema}".remove_old_deletions() FROM PUBLIC;
"#
    )
}

/// Skips what others write to `deletions`.
fn guard(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".guard_deletions() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('livechat_units.record', true) IS DISTINCT FROM 'on' THEN
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
"#
    )
}

/// Notifies readers. `NOTIFY` locks all of the database's other transactions with a `NOTIFY`
/// until the end of its commit. So only one transaction at a time has one, and the others
/// leave it out. A transaction with a `NOTIFY` cannot be prepared, so there is none where
/// administrators have enabled prepared transactions.
fn notify(schema: &str) -> String {
    let channel = channel(schema);
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".notify_changes() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_setting('max_prepared_transactions') = '0'
    AND pg_try_advisory_xact_lock(hashtextextended('livechat-units notify {schema}', 0::bigint))
  THEN
    PERFORM pg_notify('{channel}', '');
  END IF;
  RETURN NULL;
END $$;
"#
    )
}

/// None of these statements blocks readers of the units, as `DROP TRIGGER` would. The trigger
/// that notifies is not one of [`TRIGGERS`]: an owner may drop it.
fn triggers(schema: &str) -> String {
    format!(
        r#"
CREATE OR REPLACE TRIGGER stamp_written BEFORE INSERT OR UPDATE ON "{schema}".units
  FOR EACH ROW EXECUTE FUNCTION "{schema}".stamp_written();
CREATE OR REPLACE TRIGGER record_deleted AFTER DELETE ON "{schema}".units
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".record_deleted();
CREATE OR REPLACE TRIGGER record_deleted_row AFTER DELETE ON "{schema}".units FOR EACH ROW
  WHEN (pg_catalog.current_setting('session_replication_role') = 'replica')
  EXECUTE FUNCTION "{schema}".record_deleted();
CREATE OR REPLACE TRIGGER record_moved AFTER UPDATE ON "{schema}".units FOR EACH ROW
  WHEN (OLD._id <> NEW._id) EXECUTE FUNCTION "{schema}".record_deleted();
CREATE OR REPLACE TRIGGER record_truncated AFTER TRUNCATE ON "{schema}".units
  FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".record_deleted();
CREATE OR REPLACE TRIGGER notify_changes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{schema}".units
  FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".notify_changes();
CREATE OR REPLACE TRIGGER guard_deletions BEFORE INSERT OR UPDATE OR DELETE ON "{schema}".deletions
  FOR EACH ROW WHEN (pg_catalog.pg_trigger_depth() = 0) EXECUTE FUNCTION "{schema}".guard_deletions();
CREATE OR REPLACE TRIGGER record_lost AFTER TRUNCATE ON "{schema}".deletions
  FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".record_deleted();
"#
    )
}
