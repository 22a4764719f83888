//! The order of units.

pub(crate) mod chunked_list;
pub(crate) mod full_sort;
pub(crate) mod incremental_sort;
pub(crate) mod key;
pub(crate) mod orders;
pub(crate) mod prefix;
pub(crate) mod remembered;
