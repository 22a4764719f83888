//! What a schema says of itself: one row of the table `meta` with the version of the tables
//! and where units lie.
//!
//! A constant primary key allows one row. A `BEFORE INSERT` trigger skips a row that repeats
//! it, so that a restore of data alone, or a replication of every table, goes on with the other
//! tables. (A distributed table has no trigger, as extensions that distribute tables refuse
//! triggers: there a second row is a key error.)

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::counting;
use crate::error::{MIGRATE, Problem, of_driver};
use crate::limits::VERSION;
use crate::schema::Place;

/// What was found of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) place: Place,
    /// Less than [`VERSION`] where `migrate` has something to upgrade.
    pub(crate) version: i32,
    rows: usize,
}

impl Found {
    /// Whether `migrate` has nothing to do here.
    pub(crate) fn is_current(self) -> bool {
        self.version == VERSION && self.rows == 1
    }
}

/// Where the units of the schema lie; `None` before the first migration.
pub(crate) async fn find(
    transaction: &Transaction<'_>,
    schema: &str,
    operation: &'static str,
) -> Result<Option<Found>, StoreError> {
    let failed = of_driver(operation);
    let tables = transaction
        .query_one(TABLES, &[&schema])
        .await
        .map_err(&failed)?;
    let has = |at: usize| tables.try_get::<_, bool>(at).map_err(&failed);
    let (has_meta, has_units, has_total) = (has(0)?, has(1)?, has(2)?);
    if !has_meta {
        return Ok(None);
    }
    let sql = format!("SELECT version, place, shards FROM \"{schema}\".meta");
    let rows = transaction.query(&sql, &[]).await.map_err(&failed)?;
    let mut found: Option<Found> = None;
    for row in &rows {
        let version: i32 = row.try_get(0).map_err(&failed)?;
        let name: &str = row.try_get(1).map_err(&failed)?;
        let place = Place::of_kept(name, row.try_get(2).map_err(&failed)?);
        let newer = |found| {
            let schema = schema.to_owned();
            Problem::Newer { schema, found }.during(operation)
        };
        if version > VERSION {
            return Err(newer(version));
        }
        let place = place.ok_or_else(|| newer(VERSION.saturating_add(1)))?;
        if found.is_some_and(|found| found.place != place) {
            let schema = schema.to_owned();
            return Err(Problem::Contradiction { schema }.during(operation));
        }
        let version = found.map_or(version, |found| found.version.max(version));
        let rows = rows.len();
        found = Some(Found {
            place,
            version,
            rows,
        });
    }
    if found.is_none() && has_units {
        // The tables alone were copied, as for a replication.
        let (shards, has_counts): (i32, bool) = (
            tables.try_get(3).map_err(&failed)?,
            tables.try_get(4).map_err(&failed)?,
        );
        let place = match usize::try_from(shards) {
            Ok(shards) if shards > 0 => Place::Shards(shards),
            _ if has_counts => Place::Here,
            _ => Place::Distributed,
        };
        let (version, rows) = (VERSION, 0);
        found = Some(Found {
            place,
            version,
            rows,
        });
    }
    // The row may have been replicated or restored without the tables of its version.
    let is_older = |found: &Found| found.place == Place::Here && !has_total;
    Ok(found.map(|found| Found {
        version: if is_older(&found) { 1 } else { found.version },
        ..found
    }))
}

/// Which of the tables there are, and how many shards.
const TABLES: &str = "\
    SELECT coalesce(bool_or(c.relname = 'meta'), false), \
      coalesce(bool_or(c.relname = 'units'), false), \
      coalesce(bool_or(c.relname = 'total'), false), \
      (count(*) FILTER (WHERE c.relname ~ '^units_[0-9]+$' AND c.relkind = 'f'))::integer, \
      coalesce(bool_or(c.relname = 'counts'), false) \
    FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";

/// The statement for the table.
pub(crate) fn table(schema: &str, place: Place) -> String {
    let table = format!(
        "CREATE TABLE \"{schema}\".meta (version integer NOT NULL, place text NOT NULL, \
         shards integer NOT NULL, only_row boolean NOT NULL DEFAULT true, \
         CONSTRAINT meta_has_one_row PRIMARY KEY (only_row), \
         CONSTRAINT meta_key_is_constant CHECK (only_row));"
    );
    table + &guard(schema, place)
}

/// The row of a schema that has none.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    schema: &str,
    place: Place,
) -> Result<(), StoreError> {
    let (name, shards) = place.kept();
    let sql = format!("INSERT INTO \"{schema}\".meta (version, place, shards) VALUES ($1, $2, $3)");
    let inserted = transaction.execute(&sql, &[&VERSION, &name, &shards]).await;
    inserted.map(drop).map_err(of_driver(MIGRATE))
}

/// Makes the table of an older version, whatever rows it has, the one of this version.
pub(crate) async fn upgrade(
    transaction: &Transaction<'_>,
    schema: &str,
    found: Found,
) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let mut sql = Vec::new();
    if found.rows > 1 {
        // A published table needs an identity for rows that are deleted.
        sql.push(format!(
            "ALTER TABLE \"{schema}\".meta REPLICA IDENTITY FULL;\
             DELETE FROM \"{schema}\".meta a WHERE EXISTS \
             (SELECT FROM \"{schema}\".meta b WHERE b.ctid < a.ctid);\
             ALTER TABLE \"{schema}\".meta REPLICA IDENTITY DEFAULT;"
        ));
    }
    let keys = transaction
        .query_one(
            "SELECT count(*) FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = 'meta' AND a.attname = 'only_row'",
            &[&schema],
        )
        .await
        .map_err(&failed)?;
    if keys.try_get::<_, i64>(0).map_err(&failed)? == 0 {
        sql.push(format!(
            "ALTER TABLE \"{schema}\".meta ADD COLUMN only_row boolean NOT NULL DEFAULT true;\
             ALTER TABLE \"{schema}\".meta ADD CONSTRAINT meta_has_one_row PRIMARY KEY (only_row);\
             ALTER TABLE \"{schema}\".meta ADD CONSTRAINT meta_key_is_constant CHECK (only_row);"
        ));
    }
    sql.push(guard(schema, found.place));
    if found.place == Place::Here {
        sql.push(counting::owners(schema));
    }
    if found.rows > 0 {
        sql.push(format!("UPDATE \"{schema}\".meta SET version = {VERSION};"));
    }
    transaction
        .batch_execute(&sql.concat())
        .await
        .map_err(&failed)?;
    if found.rows == 0 {
        insert(transaction, schema, found.place).await?;
    }
    Ok(())
}

/// The trigger that passes over a row that says nothing new, and refuses another one.
fn guard(schema: &str, place: Place) -> String {
    if place == Place::Distributed {
        return String::new();
    }
    format!(
        r#"
CREATE OR REPLACE FUNCTION "{schema}".guard_meta() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known "{schema}".meta%ROWTYPE;
BEGIN
  SELECT * INTO known FROM "{schema}".meta;
  IF NOT FOUND THEN
    RETURN NEW;
  ELSIF known.place = NEW.place AND known.shards = NEW.shards AND known.version >= NEW.version THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the schema "{schema}" has version % and is laid out as % (%), expected the same of the row, found version % and % (%)',
    known.version, known.place, known.shards, NEW.version, NEW.place, NEW.shards;
END $$;
DROP TRIGGER IF EXISTS guard_meta ON "{schema}".meta;
CREATE TRIGGER guard_meta BEFORE INSERT ON "{schema}".meta
  FOR EACH ROW EXECUTE FUNCTION "{schema}".guard_meta();
ALTER TABLE "{schema}".meta ENABLE ALWAYS TRIGGER guard_meta;
"#
    )
}
