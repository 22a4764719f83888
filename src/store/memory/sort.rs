//! Sort orders: the indexed ones, and how the others are sorted.
//!
//! ```text
//! orders            _id, the documented fields, the declared orders
//!   order           one index: a chunked list and the units with arrays
//!     chunked_list  slots by rank
//!     key           the values that an order compares
//! incremental_sort  other orders of documented fields, sorted as far as pages need it
//! full_sort         any other order
//! remembered        the results of both sorts, until a write
//! ```

pub(crate) mod chunked_list;
pub(crate) mod full_sort;
mod incremental_sort;
pub(crate) mod key;
mod order;
mod orders;
mod remembered;

use self::chunked_list::{ChunkedList, Position};
pub(crate) use self::incremental_sort::{IncrementalSort, SortFields};
use self::key::{Key, KeyField, Probe};
pub(crate) use self::order::{Entry, Indexed, Order};
pub(crate) use self::orders::{Access, Orders};
pub(crate) use self::remembered::Remembered;
