//! The tables, and how they come to be.

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::error::{MIGRATE, Problem, of_driver};
use crate::limits::VERSION;
use crate::order::Order;
use crate::row::FIELDS;
use crate::{counting, indexes, locale, meta, totals};

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
    /// The version of the tables, at most [`VERSION`].
    version: i32,
    pub(crate) schema: String,
    /// All units.
    pub(crate) units: String,
    /// The same in parts.
    pub(crate) parts: Vec<Part>,
}

#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) units: String,
    /// The table or view whose sum is the number of units.
    pub(crate) counts: Option<String>,
}

impl Tables {
    pub(crate) fn new(schema: &str, place: Place, version: i32) -> Self {
        let units = format!("\"{schema}\".units");
        let counts = format!("\"{schema}\".counts");
        let total = format!("\"{schema}\".total");
        let parts = match place {
            Place::Here => vec![Part {
                units: units.clone(),
                counts: Some(if version < VERSION { counts } else { total }),
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
            version,
            schema: schema.to_owned(),
            units,
            parts,
        }
    }

    /// Whether the counts are views that say whether they can be trusted.
    pub(crate) fn has_view(&self) -> bool {
        self.version >= VERSION
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

    pub(crate) fn kept(self) -> (&'static str, i32) {
        match self {
            Self::Here => ("here", 1),
            Self::Distributed => ("distributed", 1),
            Self::Shards(number) => ("shards", i32::try_from(number).unwrap_or(i32::MAX)),
        }
    }

    pub(crate) fn of_kept(name: &str, shards: i32) -> Option<Self> {
        match name {
            "here" => Some(Self::Here),
            "distributed" => Some(Self::Distributed),
            "shards" => Some(Self::Shards(usize::try_from(shards).ok()?)),
            _ => None,
        }
    }
}

/// Until the end of the transaction nobody else makes this schema or writes to it.
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    schema: &str,
    operation: &'static str,
) -> Result<(), StoreError> {
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended('livechat-units ' || $1, 0::bigint))";
    let locked = transaction.execute(sql, &[&schema]).await;
    locked.map(drop).map_err(of_driver(operation))
}

/// How a transaction that writes locks the schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Beside other writers.
    Shared,
    Exclusive,
}

/// Locks the schema before anything of it is read.
pub(crate) async fn lock_first(
    transaction: &Transaction<'_>,
    schema: &str,
    how: Lock,
    operation: &'static str,
) -> Result<(), StoreError> {
    if how == Lock::Exclusive {
        return lock(transaction, schema, operation).await;
    }
    let locked = transaction.execute(LOCK_SHARED, &[&schema]).await;
    locked.map(drop).map_err(of_driver(operation))
}

/// Until the end of the transaction nobody makes this schema or replaces all its units.
pub(crate) const LOCK_SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('livechat-units ' || $1, 0::bigint))";

/// Makes the schema if it is not there, upgrades an older one, and checks that it is the one
/// wanted.
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
    locale::check_encoding(transaction).await?;
    let found = meta::find(transaction, schema, MIGRATE).await?;
    if let Some(found) = found {
        check_place(schema, found.place, place)?;
    } else {
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
        meta::insert(transaction, schema, place).await?;
    }
    if let Place::Shards(_) = place {
        return match found {
            Some(found) if !found.is_current() => meta::upgrade(transaction, schema, found).await,
            _ => Ok(()),
        };
    }
    let trigrams = extension(transaction, "pg_trgm", schema).await?;
    locale::check(transaction, &trigrams).await?;
    if found.is_none() {
        let sql = indexes::always(schema, &trigrams);
        transaction.batch_execute(&sql).await.map_err(&failed)?;
    }
    // Takes longest, and keeps no list waiting.
    indexes::keep(transaction, schema, orders).await?;
    match found {
        Some(found) if !found.is_current() => {
            if place == Place::Here {
                totals::upgrade(transaction, schema).await?;
            }
            meta::upgrade(transaction, schema, found).await
        }
        _ => Ok(()),
    }
}

/// Whether units lie where they shall.
pub(crate) fn check_place(schema: &str, found: Place, wanted: Place) -> Result<(), StoreError> {
    if found == wanted {
        return Ok(());
    }
    let problem = Problem::OtherLayout {
        schema: schema.to_owned(),
        found: found.name(),
        wanted: wanted.name(),
    };
    Err(problem.during(MIGRATE))
}

/// The schema of the extension, quoted. It is installed if it is not there: in `public`, or
/// where the database has none, in the store's own schema.
pub(crate) async fn extension(
    transaction: &Transaction<'_>,
    name: &'static str,
    schema: &str,
) -> Result<String, StoreError> {
    let failed = of_driver(MIGRATE);
    if let Some(found) = find_extension(transaction, name).await? {
        return Ok(found);
    }
    let public = transaction
        .query_opt(
            "SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public'",
            &[],
        )
        .await
        .map_err(&failed)?;
    let within = public.map_or(schema, |_| "public");
    let sql = format!("CREATE EXTENSION {name} WITH SCHEMA \"{within}\"");
    transaction.batch_execute(&sql).await.map_err(&failed)?;
    let found = find_extension(transaction, name).await?;
    found.ok_or_else(|| Problem::Number("the extension").during(MIGRATE))
}

/// The schema of the extension, quoted, if it is installed.
pub(crate) async fn find_extension(
    transaction: &Transaction<'_>,
    name: &'static str,
) -> Result<Option<String>, StoreError> {
    let failed = of_driver(MIGRATE);
    let find = "SELECT quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
                JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = $1";
    let found = transaction.query_opt(find, &[&name]).await;
    let found = found.map_err(&failed)?;
    let schema = found.map(|row| row.try_get(0).map_err(&failed));
    schema.transpose()
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
    let mut sql = meta::table(schema, place);
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
        sql += &counting::install(schema);
    }
    sql
}
