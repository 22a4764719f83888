//! The units of a load as they arrive.
//!
//! ```text
//! batch 1: 4,096 units by name   batch 2: the next 4,096 by name   ...
//! ```

use hashbrown::HashSet;

use crate::field::Field;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Arrival, Id, OrBroken, Slot, Table};
use crate::store::memory::load::{LONG, prefix, reserve, temporary};
use crate::unit::Unit;

/// The number of units of a batch. A batch is sorted by name, so that a pass over all units by name
/// reads every batch sequentially. Units take about a kilobyte each until their batch is stored: a
/// longer batch would not fit into the cache of the processor.
const BATCH: usize = 4_096;

/// Units in batches, and the prefixes of their values.
#[derive(Default)]
pub(super) struct Staging {
    pub(super) documents: Documents,
    arrivals: Table<Slot, Arrival>,
    /// The documents that are not units.
    others: HashSet<Slot>,
    /// The first 16 bytes of the ids.
    ids: Vec<u128>,
    pub(super) names: Table<Slot, u128>,
    /// The upper halves of the prefixes of the other fields. They distinguish most values. The
    /// column of the name stays empty.
    pub(super) columns: [Table<Slot, u64>; Field::ALL.len()],
}

impl Staging {
    pub(super) fn new(mut units: impl Iterator<Item = Unit>) -> Self {
        let mut staging = Self {
            documents: Documents::temporary(),
            ..Self::default()
        };
        let mut first = 0;
        loop {
            let batch: Vec<Unit> = units.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return staging;
            }
            let prefix = |unit: &Unit| prefix::of_field(unit, Field::Name);
            let mut by_name: Vec<(u128, usize)> = batch.iter().map(prefix).zip(0..).collect();
            by_name.sort_unstable();
            for (name, at) in by_name {
                let unit = batch.get(at).or_broken();
                staging.push(unit, name, Arrival::at(first + at));
            }
            first += batch.len();
            if first == LONG {
                staging.reserve_columns();
            }
        }
    }

    fn reserve_columns(&mut self) {
        reserve(&mut self.ids);
        reserve(&mut self.arrivals.entries);
        reserve(&mut self.names.entries);
        for column in self.columns.iter_mut().filter(|column| column.len() > 0) {
            reserve(&mut column.entries);
        }
    }

    fn push(&mut self, unit: &Unit, name: u128, arrival: Arrival) {
        let slot = self.documents.insert(unit);
        if !unit.is_unit() {
            self.others.insert(slot);
        }
        let mut id = unit.id().bytes();
        let first: [u8; 16] = std::array::from_fn(|_| id.next().unwrap_or(0));
        self.ids.push(u128::from_be_bytes(first));
        self.arrivals.push(arrival);
        self.names.push(name);
        for (field, column) in Field::ALL.into_iter().zip(&mut self.columns) {
            if field != Field::Name {
                column.push(prefix::half(prefix::of_field(unit, field)));
            }
        }
    }

    /// The units in the order of their ids: the last document of each id, if it is a unit.
    pub(super) fn by_id(&mut self) -> Vec<Slot> {
        let ids = std::mem::take(&mut self.ids);
        let slots = (0..ids.len()).map(Slot::at);
        let mut sorted: Vec<(u128, Slot)> = temporary(ids.len());
        sorted.extend(ids.into_iter().zip(slots));
        sorted.sort_unstable();
        let id = |slot| self.documents.id(slot);
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            same.sort_by_cached_key(|(_, slot)| (id(*slot), self.arrivals[*slot]));
        }
        let last = sorted.chunk_by(|(x, a), (y, b)| x == y && id(*a) == id(*b));
        let last = last.filter_map(|same| same.last().map(|(_, slot)| *slot));
        let mut slots = temporary(sorted.len());
        slots.extend(last.filter(|slot| !self.others.contains(slot)));
        slots
    }
}
