//! Following an SQLite file.

use std::sync::Arc;

use livechat_units::StoreError;
use livechat_units_sqlite::{ChangedUnits, Revision, SqliteStore};

use super::{BlockingSource, Changes};

/// The units of an SQLite file, for [`MirrorOptions::follow_blocking`](crate::MirrorOptions::follow_blocking).
///
/// It polls [`SqliteStore::changes_since`], which reads four numbers if nothing has changed. The
/// file may be written by this store, by others, and by other programs.
///
/// If another file takes the place of the file, the mirror follows the new one, as
/// [`SqliteStore::reopen_if_replaced`] opens it: the old file must be closed everywhere except in
/// mirrors, and its log must be deleted. Until then the mirror has an error. The store of the
/// host still has the old file open.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use livechat_units::{Unit, UnitQuery, UnitStore};
/// use livechat_units_mirror::{MirrorOptions, SqliteSource};
/// use livechat_units_sqlite::SqliteStore;
///
/// let directory = tempfile::tempdir()?;
/// let store = Arc::new(SqliteStore::open(directory.path().join("units.db"))?);
/// let source = SqliteSource::new(Arc::clone(&store));
/// let (mirror, follow) = MirrorOptions::new().follow_blocking(source);
/// std::thread::spawn(follow);
///
/// let limit = Duration::from_secs(10);
/// store.upsert(&Unit::builder("uA").name("Sales").build()?)?;
/// mirror.caught_up_within(limit)?;
/// assert_eq!(mirror.list(&UnitQuery::default())?.total(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteSource {
    store: Arc<SqliteStore>,
    seen: Option<Revision>,
}

impl SqliteSource {
    /// The units of this store. No I/O.
    pub fn new(store: Arc<SqliteStore>) -> Self {
        Self { store, seen: None }
    }
}

impl BlockingSource for SqliteSource {
    fn changes(&mut self) -> Result<Changes, StoreError> {
        let changes = match self.store.changes_since(self.seen.as_ref()) {
            Err(error) if !error.is_transient() => {
                let Some(store) = self.store.reopen_if_replaced()? else {
                    return Err(error);
                };
                self.store = Arc::new(store);
                self.store.changes_since(None)?
            }
            read => read?,
        };
        self.seen = Some(changes.revision);
        Ok(match changes.units {
            ChangedUnits::All(units) => Changes::All(units),
            ChangedUnits::Some(changes) => Changes::Some(changes),
        })
    }
}
