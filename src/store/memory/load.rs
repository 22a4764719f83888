//! A load of many units. Units get slots in the order of their names, so that a page by name is read
//! from one part of memory. Each order is sorted once.
//!
//! ```text
//! Staging   the units as they arrive: their JSON, and the prefixes of their values
//!    │      sorted by _id (the last of each _id stays), then by name
//!    ▼
//! Loaded    the units in the documents; the prefixes, by which the orders are sorted
//! ```

mod prefix;
mod staging;

use crate::field::Field;
use crate::order::{OwnedPart, compare_parts};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Id, IdRank, OrBroken, Slot, Table};
use crate::store::memory::load::staging::Staging;
use crate::unit::Unit;

/// The units that are fetched together: about as many as a processor has memory reads under way.
const TOUCHED: usize = 32;

/// A temporary vector of at least this many entries gets a [`BLOCK`].
const LONG: usize = 16_384;

/// The bytes of a block of memory that the allocator returns to the system when it is freed.
/// Smaller blocks would leave gaps between the indexes. Pages that are not written take no memory.
/// glibc keeps blocks of up to 32 MiB. For other allocators it is not known.
const BLOCK: usize = if cfg!(all(target_os = "linux", target_env = "gnu")) {
    33 << 20
} else {
    0
};

/// The units of a load in the documents, and what their orders are built from.
pub(crate) struct Loaded<'a> {
    pub(crate) documents: &'a Documents,
    /// The slots in the order of the ids, and the slots of the same units in [`Staging`].
    pub(crate) by_id: Vec<Slot>,
    in_staging: Vec<Slot>,
    /// The slots below this are in the order of the name. The names of the others are arrays.
    without_array: usize,
    columns: [Table<Slot, u64>; Field::ALL.len()],
    /// The number of values that were read, because their prefixes did not sort them.
    read: usize,
}

/// Slots in the order of a field, ties by id, and the slots of the units with an array in the field.
pub(crate) struct Sorted {
    pub(crate) slots: Vec<Slot>,
    pub(crate) arrays: Vec<Slot>,
}

impl<'a> Loaded<'a> {
    /// Stores units in `documents`, which must be empty.
    pub(crate) fn new(units: impl Iterator<Item = Unit>, documents: &'a mut Documents) -> Self {
        let mut staging = Staging::new(units);
        let in_staging = staging.by_id();
        let names = std::mem::take(&mut staging.names);
        let prefixes = in_staging.iter().map(|slot| (names[*slot], *slot));
        let mut read = 0;
        let by_name = sorted(prefixes, Field::Name, &staging.documents, &mut read);
        drop(names);
        let without_array = by_name.slots.len();
        let mut moved = temporary(staging.documents.len());
        moved.resize(staging.documents.len(), Slot(0));
        let mut moved: Table<Slot, Slot> = moved.into();
        documents.reserve(in_staging.len());
        // Units whose name is an array are last.
        for some in [by_name.slots, by_name.arrays].concat().chunks(TOUCHED) {
            staging.documents.touch(some);
            for slot in some {
                moved[*slot] = documents.append(&staging.documents, *slot);
            }
        }
        let mut by_id = temporary(in_staging.len());
        by_id.extend(in_staging.iter().map(|slot| moved[*slot]));
        Self {
            documents,
            by_id,
            in_staging,
            without_array,
            columns: staging.columns,
            read,
        }
    }

    /// The slots in the order of a field. Each field can be requested once: its column is dropped.
    pub(crate) fn by_field(&mut self, field: Field) -> Sorted {
        if field == Field::Name {
            let mut slots: Vec<Slot> = (0..self.by_id.len()).map(Slot::at).collect();
            let arrays = slots.split_off(self.without_array);
            return Sorted { slots, arrays };
        }
        let mut columns = Field::ALL.into_iter().zip(&mut self.columns);
        let column = columns.find_map(|(other, column)| (other == field).then_some(column));
        let column = std::mem::take(column.or_broken());
        let prefixes = self.in_staging.iter().map(|slot| column[*slot]);
        let prefixes = prefixes.zip(self.by_id.iter().copied());
        sorted(prefixes, field, self.documents, &mut self.read)
    }
}

/// An empty vector with space for this many entries, which is dropped when the indexes are built.
pub(crate) fn temporary<T>(len: usize) -> Vec<T> {
    let mut entries = Vec::new();
    if len >= LONG {
        reserve(&mut entries);
    }
    entries.reserve_exact(len);
    entries
}

/// Gives a temporary vector a [`BLOCK`].
fn reserve<T>(entries: &mut Vec<T>) {
    entries.reserve_exact(BLOCK / size_of::<T>());
}

/// Sorts units by a field, ties by `_id`. `units` has the prefix and the slot of each, in the order
/// of `_id`.
fn sorted<P: Copy + Ord + Into<u128>>(
    units: impl Iterator<Item = (P, Slot)>,
    field: Field,
    documents: &Documents,
    read: &mut usize,
) -> Sorted {
    let (mut sorted, mut arrays) = (temporary(units.size_hint().0), Vec::new());
    for (rank, (prefix, slot)) in units.enumerate() {
        match prefix.into() {
            prefix::ARRAY => arrays.push(slot),
            _ => sorted.push((prefix, IdRank::at(rank), slot)),
        }
    }
    sorted.sort_unstable();
    for same in sorted.chunk_by_mut(|(a, ..), (b, ..)| prefix::is_tie(*a, *b)) {
        // An inexact prefix sorts after an exact one.
        let last = same.last().map(|(prefix, ..)| *prefix);
        if same.len() > 1 && !last.is_some_and(prefix::is_exact) {
            *read += same.len();
            let value = |slot| documents.field(slot, field.path());
            let part = |slot| value(slot).map_or(OwnedPart::Missing, OwnedPart::Value);
            let valued = same.iter().map(|unit| (part(unit.2), *unit));
            let mut valued: Vec<(OwnedPart, _)> = valued.collect();
            valued.sort_unstable_by(|(a, x), (b, y)| {
                compare_parts(a.as_part(), b.as_part()).then(x.1.cmp(&y.1))
            });
            for (unit, (_, sorted)) in same.iter_mut().zip(valued) {
                *unit = sorted;
            }
        }
    }
    let slots = sorted.into_iter().map(|(.., slot)| slot).collect();
    Sorted { slots, arrays }
}

#[cfg(test)]
mod tests;
