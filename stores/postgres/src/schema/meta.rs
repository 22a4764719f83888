//! The table `meta`: one row with the version of the schema and the distribution of its units.
//!
//! A constant primary key allows one row. A `BEFORE INSERT` trigger skips a row that repeats
//! it, so that a restore of data alone, or a replication of every table, continues with the
//! other tables. (A distributed table has no trigger, because extensions that distribute
//! tables refuse triggers: there a second row is a key error.)

use tokio_postgres::{Row, Transaction};

use super::counting;
use super::tables::{Distribution, VERSION, VERSION_OF_VIEW};
use crate::error::Problem;

/// What the tables of a schema say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) distribution: Distribution,
    /// Less than [`VERSION`] if `migrate` has something to upgrade.
    pub(crate) version: i32,
    /// The rows of `meta`. An older version allowed several.
    rows: usize,
}

impl Found {
    /// Whether `migrate` has nothing to do here.
    pub(crate) fn is_current(self) -> bool {
        self.version == VERSION && self.rows == 1
    }
}

/// Reads the schema. `None` before the first migration.
pub(crate) async fn find(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<Option<Found>, Problem> {
    let tables = transaction.query_one(TABLES, &[&schema]).await?;
    let has = |column: &str| tables.try_get::<_, bool>(column);
    if !has("has_meta")? {
        return Ok(None);
    }
    let sql = format!("SELECT version, place, shards FROM \"{schema}\".meta");
    let rows = transaction.query(&sql, &[]).await?;
    let mut found = of_rows(&rows, schema)?;
    if found.is_none() && has("has_units")? {
        // Somebody has copied the tables without the row, as for a replication.
        let shards: i32 = tables.try_get("shards")?;
        found = Some(Found {
            distribution: match usize::try_from(shards) {
                Ok(shards) if shards > 0 => Distribution::Shards(shards),
                _ if has("has_counts")? => Distribution::OneTable,
                _ => Distribution::Distributed,
            },
            version: VERSION,
            rows: 0,
        });
    }
    if let Some(found) = &mut found
        && found.distribution == Distribution::OneTable
    {
        // The row may have been replicated or restored without the tables of its version.
        if !has("has_total")? {
            found.version = 1;
        } else if !has("has_deletions")? {
            found.version = found.version.min(VERSION_OF_VIEW);
        }
    }
    Ok(found)
}

/// What the rows of `meta` say.
fn of_rows(rows: &[Row], schema: &str) -> Result<Option<Found>, Problem> {
    let newer = |found| {
        let (schema, known) = (schema.to_owned(), VERSION);
        Problem::Newer {
            schema,
            found,
            known,
        }
    };
    let mut found: Option<Found> = None;
    for row in rows {
        let version: i32 = row.try_get(0)?;
        if version > VERSION {
            return Err(newer(version));
        }
        let place: &str = row.try_get(1)?;
        let distribution = Distribution::from_columns(place, row.try_get(2)?);
        let distribution = distribution.ok_or_else(|| newer(VERSION.saturating_add(1)))?;
        if found.is_some_and(|found| found.distribution != distribution) {
            let schema = schema.to_owned();
            return Err(Problem::Contradiction { schema });
        }
        found = Some(Found {
            distribution,
            version: found.map_or(version, |found| found.version.max(version)),
            rows: rows.len(),
        });
    }
    Ok(found)
}

/// Checks that a schema has the distribution that a layout asks for.
pub(crate) fn check_distribution(
    schema: &str,
    found: Distribution,
    wanted: Distribution,
) -> Result<(), Problem> {
    if found == wanted {
        return Ok(());
    }
    Err(Problem::OtherLayout {
        schema: schema.to_owned(),
        found: found.name(),
        wanted: wanted.name(),
    })
}

/// Which tables the schema `$1` has, and how many shards.
const TABLES: &str = "\
    SELECT coalesce(bool_or(c.relname = 'meta'), false) AS has_meta, \
      coalesce(bool_or(c.relname = 'units'), false) AS has_units, \
      coalesce(bool_or(c.relname = 'counts'), false) AS has_counts, \
      coalesce(bool_or(c.relname = 'total'), false) AS has_total, \
      coalesce(bool_or(c.relname = 'deletions'), false) AS has_deletions, \
      (count(*) FILTER (WHERE c.relname ~ '^units_[0-9]+$' AND c.relkind = 'f'))::integer AS shards \
    FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1";

/// The statements that create the table.
pub(crate) fn table(schema: &str, distribution: Distribution) -> String {
    let table = format!(
        "CREATE TABLE \"{schema}\".meta (version integer NOT NULL, place text NOT NULL, \
         shards integer NOT NULL, only_row boolean NOT NULL DEFAULT true, \
         CONSTRAINT meta_has_one_row PRIMARY KEY (only_row), \
         CONSTRAINT meta_key_is_constant CHECK (only_row));"
    );
    table + &guard(schema, distribution)
}

/// Inserts the row of a schema that has none.
pub(crate) async fn insert(
    transaction: &Transaction<'_>,
    schema: &str,
    distribution: Distribution,
) -> Result<(), Problem> {
    let (place, shards) = distribution.to_columns();
    let sql = format!("INSERT INTO \"{schema}\".meta (version, place, shards) VALUES ($1, $2, $3)");
    transaction
        .execute(&sql, &[&VERSION, &place, &shards])
        .await?;
    Ok(())
}

/// Upgrades the table of an older version, whatever rows it has.
pub(crate) async fn upgrade(
    transaction: &Transaction<'_>,
    schema: &str,
    found: Found,
) -> Result<(), Problem> {
    let mut sql = Vec::new();
    if found.rows > 1 {
        // A published table needs a replica identity for deletions.
        sql.push(format!(
            "ALTER TABLE \"{schema}\".meta REPLICA IDENTITY FULL;\
             DELETE FROM \"{schema}\".meta a WHERE EXISTS \
             (SELECT FROM \"{schema}\".meta b WHERE b.ctid < a.ctid);\
             ALTER TABLE \"{schema}\".meta REPLICA IDENTITY DEFAULT;"
        ));
    }
    if !has_column(transaction, schema, "meta", "only_row").await? {
        sql.push(format!(
            "ALTER TABLE \"{schema}\".meta ADD COLUMN only_row boolean NOT NULL DEFAULT true;\
             ALTER TABLE \"{schema}\".meta ADD CONSTRAINT meta_has_one_row PRIMARY KEY (only_row);\
             ALTER TABLE \"{schema}\".meta ADD CONSTRAINT meta_key_is_constant CHECK (only_row);"
        ));
    }
    sql.push(guard(schema, found.distribution));
    if found.distribution == Distribution::OneTable {
        sql.push(counting::owners(schema));
    }
    if found.rows > 0 {
        sql.push(format!("UPDATE \"{schema}\".meta SET version = {VERSION};"));
    }
    transaction.batch_execute(&sql.concat()).await?;
    if found.rows == 0 {
        insert(transaction, schema, found.distribution).await?;
    }
    Ok(())
}

/// Whether a table has a column.
pub(crate) async fn has_column(
    transaction: &Transaction<'_>,
    schema: &str,
    table: &str,
    column: &str,
) -> Result<bool, Problem> {
    let found = transaction
        .query_one(
            "SELECT count(*) > 0 FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3",
            &[&schema, &table, &column],
        )
        .await?;
    Ok(found.try_get(0)?)
}

/// The trigger that skips a row with nothing new, and refuses a row that differs.
fn guard(schema: &str, distribution: Distribution) -> String {
    if distribution == Distribution::Distributed {
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
