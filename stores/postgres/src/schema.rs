//! The schema of a store: its tables, the indexes, the triggers that count units, and the
//! migration that creates and upgrades them.
//!
//! ```text
//!  meta       one row: the version of the schema, and the distribution of the units
//!  units      one row for each unit (see `row`)
//!               units_by_…       sort orders of regular units
//!               units_text       trigrams of folded names
//!               units_irregular  irregular units
//!               units_written    the transactions of the rows (see `recording`)   ┐
//!  counts     changes of the number of units, written by triggers                │ only if all
//!  total      a view: the stored number, or a count (see `totals`)               │ units are in
//!  deletions  which units were deleted, written by triggers (see `recording`)    ┘ one table
//!
//!  on a coordinator of shards:
//!  units_0 … units_n    foreign tables, the partitions of units
//!  counts_0 … counts_n  foreign tables over the view total of each shard
//! ```

mod counting;
mod extension;
mod indexes;
mod instant;
mod known;
mod layout;
mod locale;
mod lock;
mod meta;
mod migrate;
mod recording;
mod shard_server;
mod shards;
mod standby;
mod tables;
mod totals;

pub use self::layout::Layout;
pub use self::totals::TotalCheck;

pub(crate) use self::instant::{begin_read, begin_write, end_write};
pub(crate) use self::known::KnownTables;
pub(crate) use self::lock::{LOCK_SHARED, Lock, lock};
pub(crate) use self::migrate::{Migrate, Recount};
pub(crate) use self::recording::{channel, is_recorded};
pub(crate) use self::tables::{Distribution, Part, Tables};
pub(crate) use self::totals::count as count_units;
