//! Writes: of one unit (`unit`), of many (`load`), and their transactions (`transaction`).

mod load;
mod transaction;
mod unit;

pub(crate) use load::{replace_all, upsert_all};
pub(crate) use transaction::{begin, begin_repaired, commit, repair_total};
pub(crate) use unit::remove;
