//! A load of many units. They get their slots in the order of their names, so that a page by
//! name is read from one part of memory. Each order is sorted once.
//!
//! ```text
//! Staging   the units as they arrive: their JSON, and the prefixes of their values
//!    │      sorted by _id (the last of each _id stays), then by name
//!    ▼
//! Staged    the units in the documents; the prefixes, by which the orders are sorted
//! ```

mod prefix;
mod staging;

use crate::field::Field;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Arrival, Id, IdRank, OrBroken, Slot, Table};
use crate::store::memory::load::staging::{Column, Sorted, Staging, sort_ties};
use crate::unit::Unit;
use crate::unit::value::Value;

/// Units that are fetched into the processor's caches together: about the number of memory reads
/// that a processor can have under way.
const TOUCHED: usize = 32;

/// The units of a load in the documents, and what their orders are built from.
pub(crate) struct Staged<'a> {
    pub(crate) documents: &'a Documents,
    /// The units in the order of their ids.
    slots: Table<IdRank, Slot>,
    arrivals: Table<IdRank, Arrival>,
    /// The slots below this are in the order of the name. The names of the others are arrays.
    named: usize,
    columns: [Column; Field::ALL.len()],
}

impl<'a> Staged<'a> {
    /// Stores units in `documents`, which must be empty.
    pub(crate) fn new(units: impl Iterator<Item = Unit>, documents: &'a mut Documents) -> Self {
        let mut staging = Staging::default();
        units.for_each(|unit| staging.push(unit));
        let arrivals = staging.by_id();
        let Sorted { ranks, arrays } = staging.by_name(&arrivals);
        let named = ranks.len();
        // Units whose name is an array are last.
        let by_name: Vec<IdRank> = ranks.into_iter().chain(arrays).collect();
        let mut slots: Table<IdRank, Slot> = vec![Slot::at(0); by_name.len()].into();
        documents.reserve(by_name.len());
        for some in by_name.chunks(TOUCHED) {
            let some = some.iter().map(|rank| (*rank, arrivals[*rank]));
            staging.touch(some.clone().map(|(_, arrival)| arrival));
            for (rank, arrival) in some {
                slots[rank] = staging.store(arrival, documents);
            }
        }
        Self {
            documents,
            slots,
            arrivals,
            named,
            columns: staging.into_columns(),
        }
    }

    /// The slots in the order of the ids.
    pub(crate) fn by_id(&self) -> Vec<Slot> {
        self.slots.values().copied().collect()
    }

    /// The slots in the order of a field, ties by id, and those with an array in it. Each field
    /// can be requested once: its column is dropped.
    pub(crate) fn by_field(&mut self, field: Field) -> (Vec<Slot>, Vec<Slot>) {
        if field == Field::Name {
            let slots: Vec<Slot> = Slot::all(self.slots.len()).collect();
            let (names, arrays) = slots.split_at(self.named);
            return (names.to_vec(), arrays.to_vec());
        }
        let mut columns = Field::ALL.into_iter().zip(&mut self.columns);
        let column = columns.find_map(|(other, column)| (other == field).then_some(column));
        let column = std::mem::take(column.or_broken());
        let Sorted { ranks, arrays } = column.sorted(&self.arrivals, |same| {
            sort_ties(same, |rank| self.value(rank, field));
        });
        let slots = |ranks: Vec<IdRank>| ranks.into_iter().map(|rank| self.slots[rank]).collect();
        (slots(ranks), slots(arrays))
    }

    fn value(&self, rank: IdRank, field: Field) -> Option<Value> {
        self.documents.field(self.slots[rank], field.path())
    }
}

#[cfg(test)]
mod tests;
