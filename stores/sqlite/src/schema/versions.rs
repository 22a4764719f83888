//! Versions of files. A file of another program or of a newer version is refused, and an older
//! file is upgraded.
//!
//! `PRAGMA application_id` identifies a file of this crate, and `PRAGMA user_version` is the
//! version of its tables.

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{changes, restored, tables};
use crate::connection::Create;
use crate::error::Problem;

/// `LCUn` in ASCII, which identifies a file of this crate.
const APPLICATION_ID: i32 = 0x4C43_556E;

type Migration = fn(&Connection) -> rusqlite::Result<()>;

/// The migrations. The first one upgrades a file from version 1 to 2, and so on. A migration is
/// never changed, because files of every version exist. New files do not use the migrations:
/// `tables::create` makes the newest tables.
const MIGRATIONS: &[Migration] = &[changes::create];

/// What a file is, without the files that are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    /// An empty database.
    Empty,
    /// A store of this version.
    Store(i32),
    /// A store of this version that was made from a dump. At least one of its two pragmas is 0.
    Restored(i32),
}

/// Refuses a file of another program or of a newer version, and turns a restored dump into a
/// store. An incomplete dump is refused, and so is an empty file if no store may be made. A
/// refused file is not changed.
///
/// The caller must not enable the write-ahead log before, because that changes the file.
pub(crate) fn refuse_or_restore(
    connection: &mut Connection,
    create: Create,
) -> Result<(), Problem> {
    let kind = file_kind(&connection.transaction()?, newest(MIGRATIONS));
    match kind {
        Ok(FileKind::Restored(_)) => migrate(connection),
        Ok(FileKind::Empty) if create == Create::Never => Err(Problem::NoStore),
        Ok(FileKind::Empty | FileKind::Store(_)) => Ok(()),
        Err(problem) if problem.is_code(ErrorCode::NotADatabase) => Err(Problem::NotADatabase),
        Err(problem) => Err(problem),
    }
}

/// Reads pragmas and schema in one transaction, because another process may be upgrading the
/// file. `known` is the newest version that this crate can read.
fn file_kind(snapshot: &Transaction<'_>, known: i32) -> Result<FileKind, Problem> {
    let number = |name| snapshot.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application_id, version) = (number("application_id")?, number("user_version")?);
    let objects = "SELECT count(*) FROM sqlite_schema";
    let objects: i64 = snapshot.query_row(objects, [], |row| row.get(0))?;
    match (application_id, version) {
        (APPLICATION_ID, found) if found > known => Err(Problem::NewerDatabase { found, known }),
        (APPLICATION_ID, 1..) => Ok(FileKind::Store(version)),
        (0 | APPLICATION_ID, 0) if objects == 0 => Ok(FileKind::Empty),
        // Some ways to copy a database copy only one of the two pragmas.
        (0 | APPLICATION_ID, 0) | (0, 1..) => match restored::version(snapshot)? {
            Some(schema_version) if version == 0 || version == schema_version => {
                Ok(FileKind::Restored(schema_version))
            }
            _ => Err(Problem::ForeignDatabase { application_id }),
        },
        _ => Err(Problem::ForeignDatabase { application_id }),
    }
}

/// Upgrades the file to the newest version, in one transaction. If the file has that version,
/// this does not wait for a lock.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Problem> {
    migrate_with(connection, MIGRATIONS)
}

fn migrate_with(connection: &mut Connection, migrations: &[Migration]) -> Result<(), Problem> {
    let newest = newest(migrations);
    if file_kind(&connection.transaction()?, newest)? == FileKind::Store(newest) {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have upgraded the file meanwhile.
    let kind = file_kind(&transaction, newest)?;
    let version = match kind {
        FileKind::Empty => {
            tables::create(&transaction)?;
            newest
        }
        FileKind::Store(version) | FileKind::Restored(version) => version,
    };
    for (from, migration) in (1..).zip(migrations) {
        if from >= version {
            migration(&transaction)?;
        }
    }
    if matches!(kind, FileKind::Restored(_)) {
        restored::adopt(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", newest)?;
    Ok(transaction.commit()?)
}

/// The version of a file after the last migration.
fn newest(migrations: &[Migration]) -> i32 {
    migrations.iter().fold(1, |version, _| version + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIRD: Migration = |connection| {
        connection.execute_batch("ALTER TABLE tally ADD COLUMN since TEXT NOT NULL DEFAULT 'v3'")
    };
    const BROKEN: Migration =
        |connection| connection.execute_batch("DROP TABLE unit; SELECT * FROM no_such_table");

    fn version(connection: &Connection) -> i32 {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.unwrap()
    }

    #[test]
    fn an_upgrade_does_not_change_the_rows_of_a_file() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_with(&mut connection, MIGRATIONS).unwrap();
        assert_eq!(version(&connection), 2);
        connection
            .execute("UPDATE tally SET units = 7", [])
            .unwrap();

        for _ in 0..2 {
            migrate_with(&mut connection, &[changes::create, THIRD]).unwrap();
            assert_eq!(version(&connection), 3);
            let row = connection.query_row("SELECT units, since FROM tally", [], |row| {
                Ok((row.get::<_, i32>(0)?, row.get::<_, String>(1)?))
            });
            assert_eq!(row.unwrap(), (7, "v3".to_owned()));
        }
        // A crate without this migration refuses the file.
        let refused = migrate(&mut connection).unwrap_err();
        assert!(
            matches!(refused, Problem::NewerDatabase { found: 3, known: 2 }),
            "{refused:?}"
        );
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_with(&mut connection, MIGRATIONS).unwrap();
        migrate_with(&mut connection, &[changes::create, THIRD, BROKEN]).unwrap_err();
        assert_eq!(version(&connection), 2);
        connection.execute("DELETE FROM unit", []).unwrap();
        let since = connection.prepare("SELECT since FROM tally");
        assert!(since.is_err());
    }
}
