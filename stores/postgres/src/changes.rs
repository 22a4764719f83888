//! Changes: what a reader that remembers a revision needs to reach a newer one.
//!
//! ```text
//!  poll   one transaction with one snapshot:
//!           the units of rows that were written by transactions that the snapshot of the
//!           revision does not show, and those of recorded deletions (see `schema::recording`)
//!  hints  notifications, on a connection of its own: a poll may find something
//! ```
//!
//! A number of a transaction means nothing in another cluster, and a snapshot of one server
//! cannot be compared with that of another: a standby may be behind, and after a failover
//! transactions may be lost. So changes are read only from the server that has answered last,
//! and only if it has not been restarted. Everything is read from any other server, if it is a
//! primary or a standby that is not behind.

mod hints;
mod poll;
mod revision;

use std::sync::Arc;

use deadpool_postgres::Transaction;
use livechat_units::Unit;

use crate::connection::{Access, Operation};
use crate::error::{Problem, operation};
use crate::schema::{KnownTables, Tables};

pub use self::hints::Hints;
pub(crate) use self::poll::{Poll, Polled};
pub use self::revision::Revision;

/// A new state of a store, as the difference to an older one; from
/// [`PostgresStore::changes_since`](crate::PostgresStore::changes_since).
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes {
    /// The new state, for the next call.
    pub revision: Revision,
    /// What differs from the older state.
    pub units: ChangedUnits,
}

/// The units that differ between two states of a store.
#[derive(Debug)]
pub enum ChangedUnits {
    /// All units of the new state: the store cannot tell what has changed.
    All(Vec<Unit>),
    /// For each `_id` that may have changed, once, its unit in the new state, or `None` if
    /// there is none.
    Some(Vec<(String, Option<Unit>)>),
}

/// Finds the tables, in a transaction of its own.
pub(crate) struct FindTables<'a>(pub(crate) &'a KnownTables);

impl Operation for FindTables<'_> {
    const NAME: &'static str = operation::CHANGES;
    const ACCESS: Access = Access::Read;
    type Output = Arc<Tables>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Arc<Tables>, Problem> {
        self.0.get(transaction).await
    }
}
