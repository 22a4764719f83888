//! Versions of files: recognising, refusing and upgrading them.
//!
//! `PRAGMA application_id` identifies a file of this crate, and `PRAGMA user_version` is the
//! version of its tables.

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{restored, tables};
use crate::error::Problem;

/// `LCUn` in ASCII, which identifies a file of this crate.
const APPLICATION_ID: i32 = 0x4C43_556E;

type Migration = fn(&Connection) -> rusqlite::Result<()>;

/// One step from each version to the next; the first step is from 1 to 2. Steps are never
/// changed, because files of every version exist. A new file has the newest tables at once.
const MIGRATIONS: &[Migration] = &[];

/// The content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// An empty database.
    Empty,
    /// A store of this version.
    Store(i32),
    /// A store of this version that was made from a dump, and has no pragmas.
    Restored(i32),
}

/// Refuses a file of another program or of a newer version, and does not change it. A
/// restored dump becomes a store; if it is not whole, it is refused and not changed either.
///
/// This comes before the file gets a write-ahead log, which would change it.
pub(crate) fn check(connection: &mut Connection) -> Result<(), Problem> {
    let content = content(&connection.transaction()?, newest(MIGRATIONS));
    match content {
        Ok(Content::Restored(_)) => migrate(connection),
        Ok(Content::Empty | Content::Store(_)) => Ok(()),
        Err(problem) if problem.is_code(ErrorCode::NotADatabase) => Err(Problem::NotADatabase),
        Err(problem) => Err(problem),
    }
}

/// Reads everything in one transaction, because another process may be upgrading the file.
fn content(snapshot: &Transaction<'_>, known: i32) -> Result<Content, Problem> {
    let number = |name| snapshot.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application_id, version) = (number("application_id")?, number("user_version")?);
    let objects = "SELECT count(*) FROM sqlite_schema";
    let objects: i64 = snapshot.query_row(objects, [], |row| row.get(0))?;
    match (application_id, version) {
        (APPLICATION_ID, found) if found > known => Err(Problem::NewerDatabase { found, known }),
        (APPLICATION_ID, 1..) => Ok(Content::Store(version)),
        (0 | APPLICATION_ID, 0) if objects == 0 => Ok(Content::Empty),
        // Some ways to copy a database copy one of the two pragmas.
        (0 | APPLICATION_ID, 0) | (0, 1..) => match restored::version(snapshot)? {
            Some(of_tables) if version == 0 || version == of_tables => {
                Ok(Content::Restored(of_tables))
            }
            _ => Err(Problem::ForeignDatabase { application_id }),
        },
        _ => Err(Problem::ForeignDatabase { application_id }),
    }
}

/// Upgrades the file to the newest version, in one transaction. If it has that version, this
/// waits for no lock.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Problem> {
    migrate_by(connection, MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Problem> {
    let newest = newest(migrations);
    if content(&connection.transaction()?, newest)? == Content::Store(newest) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have upgraded the file meanwhile.
    let version = match content(&transaction, newest)? {
        Content::Empty => {
            tables::create(&transaction)?;
            newest
        }
        Content::Store(version) => version,
        Content::Restored(version) => {
            restored::adopt(&transaction)?;
            version
        }
    };
    for (from, migration) in (1..).zip(migrations) {
        if from >= version {
            migration(&transaction)?;
        }
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    Ok(transaction.commit()?)
}

/// The version that the last migration leads to.
fn newest(migrations: &[Migration]) -> i32 {
    migrations.iter().fold(1, |version, _| version + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Migration = |connection| {
        connection.execute_batch("ALTER TABLE tally ADD COLUMN since TEXT NOT NULL DEFAULT 'v2'")
    };
    const BROKEN: Migration =
        |connection| connection.execute_batch("DROP TABLE unit; SELECT * FROM no_such_table");

    fn version(connection: &Connection) -> i32 {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.unwrap()
    }

    #[test]
    fn an_older_file_is_upgraded_and_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, MIGRATIONS).unwrap();
        assert_eq!(version(&connection), 1);
        connection
            .execute("UPDATE tally SET units = 7", [])
            .unwrap();

        for _ in 0..2 {
            migrate_by(&mut connection, &[SECOND]).unwrap();
            assert_eq!(version(&connection), 2);
            let row = connection.query_row("SELECT units, since FROM tally", [], |row| {
                Ok((row.get::<_, i32>(0)?, row.get::<_, String>(1)?))
            });
            assert_eq!(row.unwrap(), (7, "v2".to_owned()));
        }
        // The crate without this migration refuses the file.
        let refused = migrate(&mut connection).unwrap_err();
        assert!(
            matches!(refused, Problem::NewerDatabase { found: 2, known: 1 }),
            "{refused:?}"
        );
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&mut connection, MIGRATIONS).unwrap();
        migrate_by(&mut connection, &[SECOND, BROKEN]).unwrap_err();
        assert_eq!(version(&connection), 1);
        connection.execute("DELETE FROM unit", []).unwrap();
        let since = connection.prepare("SELECT since FROM tally");
        assert!(since.is_err());
    }
}
