//! The tables, and how a file comes to have them.
//!
//! Each unit has a slot. The table `unit` has what is searched and sorted by, so that
//! a look at all units reads little; only the documents of a page are read from the
//! table `document`, where `form` says whether the JSON is extended, and `checksum`
//! whether the row is still what was written. The keys are bytes in MongoDB's order
//! ([`SortKey::key_strings`]); of a unit that holds an array under a field, `d_…` has the
//! key for a descending order where it is another one.
//!
//! The units are the rows of `document`. The rows of `unit`, the index of trigrams `names`,
//! the blocks of names and the total in `tally` are derived from them, and can be made anew
//! (see `rebuild`). Each write keeps all of them current in its transaction; there are no
//! triggers.
//!
//! [`SortKey::key_strings`]: livechat_units::SortKey::key_strings

use livechat_units::SortSpec;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::{Fault, Problem, excerpt};
use crate::field::Field;
use crate::options::SqliteOptions;
use crate::order::Columns;
use crate::row::Keys;
use crate::{blocks, restored};

/// "LCUn": says in the header of a file that it is one of this crate.
pub(crate) const APPLICATION_ID: i32 = 0x4C43_556E;

type Migration = fn(&Connection) -> rusqlite::Result<()>;

/// What takes a file from each version to the next, the first from 1 to 2. Only ever
/// added to: files of all versions are out there. A new file has the newest tables at
/// once.
const MIGRATIONS: &[Migration] = &[];

/// An order of several fields that has an index.
#[derive(Clone, Debug)]
pub(crate) struct KeptOrder {
    number: i64,
    pub(crate) columns: Columns,
}

impl KeptOrder {
    pub(crate) fn index(&self) -> String {
        format!("order_{}", self.number)
    }
}

/// What a load leaves as it is.
const KEPT: &str = "
    CREATE TABLE kept_order (number INTEGER PRIMARY KEY, sort TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE tally (units INTEGER NOT NULL) STRICT;
    INSERT INTO tally VALUES (0);";

/// What a load makes anew, and fills before there are more indexes than it needs.
const DOCUMENTS: &str = "
    CREATE TABLE document (
        slot INTEGER PRIMARY KEY,
        checksum INTEGER NOT NULL,
        form INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT;";

/// What is derived from the documents.
const DERIVED: &str = "
    CREATE TABLE unit (
        slot INTEGER PRIMARY KEY,
        folded BLOB,
        id BLOB NOT NULL,
        parallel INTEGER,
        k_name BLOB NOT NULL,
        k_visibility BLOB NOT NULL,
        k_monitors BLOB NOT NULL,
        k_departments BLOB NOT NULL,
        k_updated BLOB NOT NULL,
        d_name BLOB,
        d_visibility BLOB,
        d_monitors BLOB,
        d_departments BLOB,
        d_updated BLOB
    ) STRICT;
    CREATE UNIQUE INDEX by_id ON unit (id);
    CREATE TABLE name_block (number INTEGER PRIMARY KEY, names BLOB NOT NULL) STRICT;
    CREATE VIRTUAL TABLE names USING fts5 (
        folded, content = 'unit', content_rowid = 'slot', columnsize = 0,
        tokenize = 'trigram case_sensitive 1'
    );";

/// Those of what is rare: units whose keys are errors together, names that are not in
/// blocks.
const RARE: &str = "
    CREATE INDEX by_parallel ON unit (parallel) WHERE parallel IS NOT NULL;
    CREATE INDEX long_names ON unit (slot) WHERE length(folded) > 4096;";

pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(KEPT)?;
    connection.execute_batch(DOCUMENTS)?;
    connection.execute_batch(DERIVED)?;
    create_indexes(connection)
}

fn create_indexes(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(RARE)?;
    for field in Field::ALL {
        let stem = field.stem();
        connection.execute_batch(&format!(
            "CREATE INDEX by_{stem} ON unit (k_{stem}, id, d_{stem});
             CREATE INDEX arrays_{stem} ON unit (d_{stem}, id) WHERE d_{stem} IS NOT NULL;"
        ))?;
    }
    Ok(())
}

/// Everything anew but the orders that are kept, with the rows that `fill` puts into the
/// tables. Indexes are made of what is there, which is faster than row by row.
pub(crate) fn refill(
    transaction: &Transaction<'_>,
    fill: impl FnOnce(&Connection) -> Result<(), Fault>,
) -> Result<(), Fault> {
    transaction.execute_batch("DROP TABLE document;")?;
    transaction.execute_batch(DOCUMENTS)?;
    derive(transaction, fill)
}

/// The same, but the documents stay as they are, and `fill` puts the rows into `unit`.
/// The caller has begun a transaction or a savepoint.
pub(crate) fn derive(
    connection: &Connection,
    fill: impl FnOnce(&Connection) -> Result<(), Fault>,
) -> Result<(), Fault> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS names;
         DROP TABLE IF EXISTS name_block;
         DROP TABLE IF EXISTS unit;",
    )?;
    connection.execute_batch(DERIVED)?;
    fill(connection)?;
    create_indexes(connection)?;
    for order in kept_orders(connection)? {
        create_order(connection, &order)?;
    }
    blocks::fill(connection)?;
    connection.execute_batch(
        "INSERT INTO names (rowid, folded)
             SELECT slot, CAST(folded AS TEXT) FROM unit WHERE folded IS NOT NULL;
         INSERT INTO names (names) VALUES ('optimize');",
    )?;
    Ok(count_units(connection)?)
}

/// Sets the total to the number of units.
pub(crate) fn count_units(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "INSERT INTO tally SELECT count(*) FROM unit;
         DELETE FROM tally WHERE rowid < (SELECT max(rowid) FROM tally);",
    )
}

/// Makes an index for each of these orders that has none, and returns all that the file
/// keeps.
pub(crate) fn keep_orders(
    connection: &mut Connection,
    orders: &[SortSpec],
) -> Result<Vec<KeptOrder>, Fault> {
    let columns = orders.iter().map(|sort| {
        Columns::of(sort).map_err(|path| Problem::UndocumentedOrder {
            path: excerpt(path),
        })
    });
    let columns: Vec<Columns> = columns.collect::<Result<_, _>>()?;
    let missing = |kept: &[KeptOrder], order: &Columns| {
        order.single().is_none() && kept.iter().all(|kept| kept.columns != *order)
    };
    let kept = kept_orders(connection)?;
    if !columns.iter().any(|order| missing(&kept, order)) {
        return Ok(kept);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut kept = kept_orders(&transaction)?;
    for (sort, columns) in orders.iter().zip(columns) {
        if !missing(&kept, &columns) {
            continue;
        }
        if kept.len() >= SqliteOptions::MAX_ORDERS {
            let bound = SqliteOptions::MAX_ORDERS;
            return Err(Problem::ManyOrders { bound }.into());
        }
        let number = transaction
            .prepare("INSERT INTO kept_order (sort) VALUES (?1)")?
            .insert([sort.to_string()])?;
        let order = KeptOrder { number, columns };
        create_order(&transaction, &order)?;
        kept.push(order);
    }
    transaction.commit()?;
    Ok(kept)
}

fn kept_orders(connection: &Connection) -> Result<Vec<KeptOrder>, Fault> {
    let mut statement = connection.prepare("SELECT number, sort FROM kept_order ORDER BY 1")?;
    let mut rows = statement.query([])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        let sort: String = row.get(1)?;
        let sort: SortSpec = sort.parse()?;
        let number = row.get(0)?;
        let columns = Columns::of(&sort).map_err(|path| Problem::DamagedOrder {
            path: excerpt(path),
        })?;
        orders.push(KeptOrder { number, columns });
    }
    Ok(orders)
}

fn create_order(connection: &Connection, order: &KeptOrder) -> rusqlite::Result<()> {
    let (name, terms) = (order.index(), order.columns.terms());
    // With the columns that its expressions read, or SQLite would take each entry's value
    // from the table, skipped ones included.
    let mut indexed = vec![terms.to_string()];
    let descending = |field: &Field| order.columns.descending() & field.bit() != 0;
    for field in Field::ALL.into_iter().filter(descending) {
        let stem = field.stem();
        indexed.extend([format!("d_{stem}"), format!("k_{stem}")]);
    }
    let indexed = indexed.join(", ");
    connection.execute_batch(&format!("CREATE INDEX {name} ON unit ({indexed})"))
}

/// What a file is, as far as this crate is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// There is nothing in it.
    Nothing,
    /// A store of this version.
    Store(i32),
    /// A store of this version, made from a dump, which has no pragmas.
    Restored(i32),
}

/// Refuses what is not ours before anything is written to it.
pub(crate) fn check_newest(connection: &mut Connection) -> Result<Content, Fault> {
    check(&connection.transaction()?, newest(MIGRATIONS))
}

/// What the file contains. All of it is read in one transaction, because another process may
/// be migrating the file.
fn check(snapshot: &Transaction<'_>, known: i32) -> Result<Content, Fault> {
    let number = |name| snapshot.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application_id, version) = (number("application_id")?, number("user_version")?);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = snapshot.query_row(tables, [], |row| row.get(0))?;
    match (application_id, version) {
        (APPLICATION_ID, found) if found > known => {
            Err(Problem::NewerDatabase { found, known }.into())
        }
        (APPLICATION_ID, 1..) => Ok(Content::Store(version)),
        (0 | APPLICATION_ID, 0) if tables == 0 => Ok(Content::Nothing),
        // Some ways to copy a database keep one of the two.
        (0 | APPLICATION_ID, 0) | (0, 1..) => match restored::version(snapshot)? {
            Some(of_tables) if version == 0 || version == of_tables => {
                Ok(Content::Restored(of_tables))
            }
            _ => Err(Problem::ForeignDatabase { application_id }.into()),
        },
        _ => Err(Problem::ForeignDatabase { application_id }.into()),
    }
}

/// Brings the file to the newest version, in one transaction. Does nothing where it is
/// there already.
pub(crate) fn migrate(connection: &mut Connection, keys: &Keys) -> Result<(), Fault> {
    migrate_by(connection, MIGRATIONS, keys)
}

fn migrate_by(
    connection: &mut Connection,
    migrations: &[Migration],
    keys: &Keys,
) -> Result<(), Fault> {
    let newest = newest(migrations);
    if check(&connection.transaction()?, newest)? == Content::Store(newest) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it in the meantime.
    let version = match check(&transaction, newest)? {
        Content::Nothing => {
            create(&transaction)?;
            newest
        }
        Content::Store(version) => version,
        Content::Restored(version) => {
            restored::adopt(&transaction, keys)?;
            version
        }
    };
    let done = usize::try_from(version)
        .unwrap_or_default()
        .saturating_sub(1);
    for migration in migrations.iter().skip(done) {
        migration(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    Ok(transaction.commit()?)
}

fn newest(migrations: &[Migration]) -> i32 {
    i32::try_from(migrations.len() + 1).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Migration = |connection| {
        connection.execute_batch("ALTER TABLE tally ADD COLUMN since TEXT NOT NULL DEFAULT 'v2'")
    };
    const BROKEN: Migration =
        |connection| connection.execute_batch("DROP TABLE unit; SELECT * FROM no_such_table");

    fn keys() -> Keys {
        Keys::new().unwrap()
    }

    fn version(connection: &Connection) -> i32 {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.unwrap()
    }

    #[test]
    fn an_older_file_is_brought_up_to_date_and_keeps_what_it_holds() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, MIGRATIONS, &keys()).unwrap();
        assert_eq!(version(&connection), 1);
        connection
            .execute("UPDATE tally SET units = 7", [])
            .unwrap();

        for _ in 0..2 {
            migrate_by(&mut connection, &[SECOND], &keys()).unwrap();
            assert_eq!(version(&connection), 2);
            let row = connection.query_row("SELECT units, since FROM tally", [], |row| {
                Ok((row.get::<_, i32>(0)?, row.get::<_, String>(1)?))
            });
            assert_eq!(row.unwrap(), (7, "v2".to_owned()));
        }
        // And this version of the crate refuses it.
        let refused = migrate(&mut connection, &keys()).unwrap_err();
        let newer = Problem::NewerDatabase { found: 2, known: 1 };
        assert!(
            matches!(refused, Fault::Problem(problem) if problem.to_string() == newer.to_string())
        );
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, MIGRATIONS, &keys()).unwrap();
        migrate_by(&mut connection, &[SECOND, BROKEN], &keys()).unwrap_err();
        assert_eq!(version(&connection), 1);
        connection.execute("DELETE FROM unit", []).unwrap();
        let since = connection.prepare("SELECT since FROM tally");
        assert!(since.is_err());
    }
}
