//! The index of one sort order.

use std::collections::BTreeSet;
use std::hint::black_box;

use crate::order::{Direction, SortKey, SortSpec, compare_parts};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::index::{After, Before, Change};
use crate::store::memory::sort::chunked_list::ChunkedList;
use crate::store::memory::sort::key::{Key, KeyField, Probe};
use crate::store::memory::work::Writes;
use crate::unit::Unit;

/// The units in the order of some fields, the first of them ascending. It also serves the
/// reversed order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) fields: Box<[KeyField]>,
    pub(crate) list: ChunkedList,
    /// Units with an array on the path to a field. They have no key and are not in the list.
    pub(crate) arrays: BTreeSet<Slot>,
}

impl Order {
    pub(crate) fn new(fields: Box<[KeyField]>) -> Self {
        Self {
            fields,
            list: ChunkedList::default(),
            arrays: BTreeSet::new(),
        }
    }

    /// Builds the index from the sorted slots, and the slots of units without a key.
    pub(crate) fn load(&mut self, sorted: &[Slot], arrays: Vec<Slot>, documents: &Documents) {
        self.list = ChunkedList::from_sorted(sorted, documents.slots());
        self.arrays = arrays.into_iter().collect();
    }

    /// The rank that separates the entries before a cursor from those after it. Ascending, the
    /// entries from it on are listed; descending, those below it.
    pub(crate) fn bound(
        &self,
        position: &SortKey<'_>,
        direction: Direction,
        documents: &Documents,
    ) -> usize {
        let key = Key::of_sort_key(&self.fields, position);
        let probe = Probe::new(&key, &self.fields, documents);
        let rank = self.list.rank_at(self.list.position(&probe));
        let is_at = |slot: &Slot| probe.shared(*slot) == self.fields.len();
        let mut from_rank = self.list.pieces(rank..self.list.len().min(rank + 1));
        let is_listed = direction == Direction::Ascending
            && from_rank.any(|piece| piece.slots.first().is_some_and(is_at));
        rank + usize::from(is_listed)
    }

    /// The direction in which the index has the order `sort`. `None` if it has another order.
    pub(crate) fn direction_of(&self, sort: &SortSpec) -> Option<Direction> {
        // The first field of an index is ascending.
        let (_, direction) = sort.decisive_fields().next()?;
        let named = sort.decisive_fields();
        let named = named.map(|(path, other)| (path, other == direction));
        let fields = self.fields.iter();
        let fields = fields.map(|field| (field.path(), field.direction == Direction::Ascending));
        named.eq(fields).then_some(direction)
    }

    /// Whether two units have the same key, or both none.
    fn is_same_key(&self, old: &Unit, new: &Unit) -> bool {
        let mut fields = self.fields.iter();
        fields.all(|field| match (field.value(old), field.value(new)) {
            (Some(old), Some(new)) => compare_parts(old, new).is_eq(),
            (old, new) => old.is_none() && new.is_none(),
        })
    }

    /// Whether a change moves, adds or removes an entry.
    fn is_moved_by(&self, change: Change<'_>) -> bool {
        let units = change.old.zip(change.new);
        !units.is_some_and(|(old, new)| self.is_same_key(old, new))
    }

    /// Removes the old unit, if the new one has another key.
    pub(crate) fn detach(&mut self, write: &Before<'_>) {
        let change = write.change;
        if change.has_old() && self.is_moved_by(change) {
            let was_there = self.list.remove(change.slot) || self.arrays.remove(&change.slot);
            was_there.then_some(()).or_broken();
        }
    }

    /// Inserts the new unit, if the old one was removed.
    pub(crate) fn attach(&mut self, write: &After<'_>, work: &mut Writes) {
        let slot = write.change.slot;
        let Some(new) = write.change.new else {
            return;
        };
        if self.list.contains(slot) || self.arrays.contains(&slot) {
            return;
        }
        let Some(key) = Key::of_unit(&self.fields, new) else {
            self.arrays.insert(slot);
            return;
        };
        let probe = Probe::new(&key, &self.fields, write.documents());
        self.list.insert(slot, self.list.position(&probe));
        work.moved += 1;
        work.compared += probe.compared();
    }

    pub(crate) fn prefetch(&self, change: Change<'_>, documents: &Documents) {
        if !self.is_moved_by(change) {
            return;
        }
        if change.old.is_some() {
            black_box(self.list.rank_of(change.slot));
        }
        let key = change.new.and_then(|new| Key::of_unit(&self.fields, new));
        if let Some(key) = key {
            black_box(
                self.list
                    .position(&Probe::new(&key, &self.fields, documents)),
            );
        }
    }

    pub(crate) fn check(&self, documents: &Documents) {
        self.list.check();
        assert_eq!(self.list.len() + self.arrays.len(), documents.len());
        for slot in &self.arrays {
            assert!(Key::of_slot(&self.fields, documents, *slot).is_none());
        }
        let mut last: Option<Key> = None;
        for slot in self
            .list
            .pieces(0..self.list.len())
            .flat_map(|piece| piece.slots)
        {
            let key = Key::of_unit(&self.fields, &documents.unit(*slot)).or_broken();
            let stored = Key::of_slot(&self.fields, documents, *slot).or_broken();
            assert!(key.compare(&stored, &self.fields).is_eq());
            assert!(last.is_none_or(|last| last.compare(&key, &self.fields).is_lt()));
            last = Some(key);
        }
    }
}
