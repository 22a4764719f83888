//! Units in their sort orders: the orders that are indexed, and the ways to the others.
//!
//! ```text
//! orders            _id, the documented fields, the declared orders
//!   order           one index: a chunked list and the units with arrays
//!     chunked_list  slots by rank
//!     key           what a unit is ordered by
//! incremental_sort  other orders of documented fields, sorted where a page asks for it
//! full_sort         any other order
//! remembered        both of them, until a write
//! ```

pub(crate) mod chunked_list;
pub(crate) mod full_sort;
mod incremental_sort;
pub(crate) mod key;
mod order;
mod orders;
mod remembered;

pub(crate) use self::incremental_sort::{IncrementalSort, SortFields};
pub(crate) use self::order::Order;
pub(crate) use self::orders::{Access, Orders};
pub(crate) use self::remembered::Remembered;
