//! The tables, and how they come to be.

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::error::{MIGRATE, Problem, excerpt, of_driver};
use crate::indexes;
use crate::limits::VERSION;
use crate::order::Order;
use crate::row::FIELDS;

/// Where units lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In one table of this server.
    Here,
    /// In one table, which an extension may have distributed.
    Distributed,
    /// In tables of so many other servers.
    Shards(usize),
}

/// The tables of a schema, ready to stand in a statement.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) place: Place,
    pub(crate) schema: String,
    /// All units.
    pub(crate) units: String,
    /// The same in parts.
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) units: String,
    /// The table whose sum is the number of units.
    pub(crate) counts: Option<String>,
}

impl Tables {
    pub(crate) fn new(schema: &str, place: Place) -> Self {
        let units = format!("\"{schema}\".units");
        let counts = format!("\"{schema}\".counts");
        let parts = match place {
            Place::Here => vec![Part {
                units: units.clone(),
                counts: Some(counts),
            }],
            Place::Distributed => vec![Part {
                units: units.clone(),
                counts: None,
            }],
            Place::Shards(number) => (0..number)
                .map(|shard| Part {
                    units: format!("{units}_{shard}"),
                    counts: Some(format!("{counts}_{shard}")),
                })
                .collect(),
        };
        Self {
            place,
            schema: schema.to_owned(),
            units,
            parts,
        }
    }
}

impl Place {
    fn name(self) -> String {
        match self {
            Self::Here => "one table".to_owned(),
            Self::Distributed => "a distributed table".to_owned(),
            Self::Shards(number) => format!("{number} shards"),
        }
    }

    fn kept(self) -> (&'static str, i32) {
        match self {
            Self::Here => ("here", 1),
            Self::Distributed => ("distributed", 1),
            Self::Shards(number) => ("shards", i32::try_from(number).unwrap_or(i32::MAX)),
        }
    }

    fn of_kept(name: &str, shards: i32) -> Option<Self> {
        match name {
            "here" => Some(Self::Here),
            "distributed" => Some(Self::Distributed),
            "shards" => Some(Self::Shards(usize::try_from(shards).ok()?)),
            _ => None,
        }
    }
}

/// Where the units of the schema lie; `None` before the first migration.
pub(crate) async fn place(
    transaction: &Transaction<'_>,
    schema: &str,
    operation: &'static str,
) -> Result<Option<Place>, StoreError> {
    let failed = of_driver(operation);
    let exists = transaction
        .query_one(
            "SELECT count(*) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = 'meta'",
            &[&schema],
        )
        .await
        .map_err(&failed)?;
    if exists.try_get::<_, i64>(0).map_err(&failed)? == 0 {
        return Ok(None);
    }
    let sql = format!("SELECT version, place, shards FROM \"{schema}\".meta");
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    let version: i32 = row.try_get(0).map_err(&failed)?;
    if version > VERSION {
        let schema = schema.to_owned();
        let found = version;
        return Err(Problem::Newer { schema, found }.during(operation));
    }
    let name: &str = row.try_get(1).map_err(&failed)?;
    let place = Place::of_kept(name, row.try_get(2).map_err(&failed)?);
    place.map(Some).ok_or_else(|| {
        let schema = schema.to_owned();
        let found = VERSION.saturating_add(1);
        Problem::Newer { schema, found }.during(operation)
    })
}

/// Until the end of the transaction nobody else makes this schema or writes to it.
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    schema: &str,
    operation: &'static str,
) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended('livechat-units ' || $1, 0))";
    let locked = transaction.execute(sql, &[&schema]).await;
    locked.map(drop).map_err(of_driver(operation))
}

/// Until the end of the transaction nobody makes this schema or replaces all its units.
pub(crate) const LOCK_SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('livechat-units ' || $1, 0))";

/// Makes the schema if it is not there, and checks that it is the one wanted.
pub(crate) async fn migrate(
    transaction: &Transaction<'_>,
    schema: &str,
    place: Place,
    orders: &[Order],
) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    // Extensions are the database's, not the schema's.
    lock(transaction, "", MIGRATE).await?;
    lock(transaction, schema, MIGRATE).await?;
    check_encoding(transaction).await?;
    match self::place(transaction, schema, MIGRATE).await? {
        Some(found) if found == place => {}
        Some(found) => {
            let problem = Problem::OtherLayout {
                schema: schema.to_owned(),
                found: found.name(),
                wanted: place.name(),
            };
            return Err(problem.during(MIGRATE));
        }
        None => {
            let exists = transaction
                .query_opt(
                    "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1",
                    &[&schema],
                )
                .await
                .map_err(&failed)?;
            let mut sql = String::new();
            if exists.is_none() {
                sql = format!("CREATE SCHEMA \"{schema}\";");
            }
            sql += &tables(schema, place);
            transaction.batch_execute(&sql).await.map_err(&failed)?;
            if !matches!(place, Place::Shards(_)) {
                let trigrams = extension(transaction, "pg_trgm").await?;
                check_ctype(transaction, &trigrams).await?;
                let sql = indexes::always(schema, &trigrams);
                transaction.batch_execute(&sql).await.map_err(&failed)?;
            }
            let (name, shards) = place.kept();
            let sql = format!("INSERT INTO \"{schema}\".meta VALUES ($1, $2, $3)");
            let meta = transaction.execute(&sql, &[&VERSION, &name, &shards]).await;
            meta.map_err(&failed)?;
        }
    }
    match place {
        Place::Here | Place::Distributed => indexes::keep(transaction, schema, orders).await,
        Place::Shards(_) => Ok(()),
    }
}

async fn check_encoding(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let row = transaction.query_one("SHOW server_encoding", &[]).await;
    let row = row.map_err(&failed)?;
    let encoding: &str = row.try_get(0).map_err(&failed)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    let found = excerpt(encoding);
    Err(Problem::Encoding { found }.during(MIGRATE))
}

/// Asks `pg_trgm` itself whether it sees letters of other scripts (names of locales are
/// the operating system's), and whether lower case is a matter of single characters, which
/// ICU's Lithuanian denies: then it would not find all parts of names.
async fn check_ctype(transaction: &Transaction<'_>, trigrams: &str) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let sql = format!(
        "SELECT cardinality({trigrams}.show_trgm('отдел')) > 0 \
         AND lower(U&'\\012E\\0300') = lower(U&'\\012E') || lower(U&'\\0300'), datctype::text FROM pg_catalog.pg_database WHERE datname = current_database()"
    );
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    if row.try_get::<_, bool>(0).map_err(&failed)? {
        return Ok(());
    }
    let found = excerpt(row.try_get(1).map_err(&failed)?);
    Err(Problem::Ctype { found }.during(MIGRATE))
}

/// The schema of the extension, quoted. It is installed if it is not there.
pub(crate) async fn extension(
    transaction: &Transaction<'_>,
    name: &'static str,
) -> Result<String, StoreError> {
    let failed = of_driver(MIGRATE);
    let find = "SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
                JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1";
    let mut found = transaction
        .query_opt(find, &[&name])
        .await
        .map_err(&failed)?;
    if found.is_none() {
        let sql = format!("CREATE EXTENSION {name} WITH SCHEMA public");
        transaction.batch_execute(&sql).await.map_err(&failed)?;
        found = transaction
            .query_opt(find, &[&name])
            .await
            .map_err(&failed)?;
    }
    let found = found.ok_or_else(|| Problem::Number("the extension").during(MIGRATE))?;
    found.try_get(0).map_err(&failed)
}

/// The columns of units, each with its type.
pub(crate) fn columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    let first = [
        ("_id", "text COLLATE \"C\" NOT NULL"),
        ("folded", "text COLLATE \"C\""),
        ("document", "text NOT NULL"),
    ];
    let keys = FIELDS.iter().map(|field| (field.column, "bytea NOT NULL"));
    let last = [
        ("regular", "boolean NOT NULL"),
        ("up", "bytea[]"),
        ("down", "bytea[]"),
        ("parallel", "smallint NOT NULL"),
    ];
    first.into_iter().chain(keys).chain(last)
}

fn tables(schema: &str, place: Place) -> String {
    let columns: Vec<String> = columns().map(|(name, of)| format!("{name} {of}")).collect();
    let columns = columns.join(", ");
    let mut sql = format!(
        "CREATE TABLE \"{schema}\".meta (version integer NOT NULL, place text NOT NULL, \
         shards integer NOT NULL);"
    );
    let units = match place {
        Place::Here | Place::Distributed => {
            format!("CREATE TABLE \"{schema}\".units ({columns}, PRIMARY KEY (_id));")
        }
        // Each shard sees to it that its ids are unique, and an id has one shard.
        Place::Shards(_) => {
            format!("CREATE TABLE \"{schema}\".units ({columns}) PARTITION BY HASH (_id);")
        }
    };
    sql += &units;
    if place == Place::Here {
        sql += &counting(schema);
    }
    sql
}

/// The number of units, as the sum of a few rows, so that writers seldom wait for each
/// other and nobody has to count. Whoever writes, the trigger sees it.
fn counting(schema: &str) -> String {
    format!(
        r#"
CREATE TABLE "{schema}".counts (slot integer PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 10);
CREATE FUNCTION "{schema}".count_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  change bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM "{schema}".counts;
    RETURN NULL;
  END IF;
  SELECT count(*) INTO change FROM changed;
  IF TG_OP = 'DELETE' THEN
    change := -change;
  END IF;
  IF change <> 0 THEN
    INSERT INTO "{schema}".counts AS c VALUES (pg_backend_pid() % 64, change)
      ON CONFLICT (slot) DO UPDATE SET n = c.n + EXCLUDED.n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_inserted AFTER INSERT ON "{schema}".units
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
CREATE TRIGGER count_deleted AFTER DELETE ON "{schema}".units
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
CREATE TRIGGER count_truncated AFTER TRUNCATE ON "{schema}".units
  FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".count_units();
"#
    )
}
