//! The index of one sort order.

use std::collections::BTreeSet;

use crate::order::{Direction, SortKey, compare_parts};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{ChunkRank, Id, OrBroken, Slot};
use crate::store::memory::index::{Change, Write};
use crate::store::memory::sort::{ChunkedList, Key, KeyField, Position, Probe};
use crate::store::memory::work::Writes;
use crate::unit::Unit;

/// The units in the order of some fields. It also serves the reversed order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) fields: Box<[KeyField]>,
    pub(crate) list: ChunkedList,
    /// Units with an array on the path to a field. They have no key and are not in the list.
    pub(crate) arrays: BTreeSet<Slot>,
}

/// An index, read in one direction.
#[derive(Clone, Copy)]
pub(crate) struct Indexed<'a> {
    pub(crate) order: &'a Order,
    pub(crate) direction: Direction,
}

/// Where a unit is inserted into the list. `None` if there is no new unit, or it has no key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry(Option<Position>);

impl Order {
    pub(crate) fn new(fields: Box<[KeyField]>) -> Self {
        Self {
            fields,
            list: ChunkedList::from_sorted(&[], 0, |_| Key::default()),
            arrays: BTreeSet::new(),
        }
    }

    /// Builds the index from the sorted slots, and the slots of units without a key.
    pub(crate) fn load(&mut self, sorted: &[Slot], arrays: Vec<Slot>, documents: &Documents) {
        let key = |slot| Key::of_slot(&self.fields, documents, slot).or_broken();
        self.list = ChunkedList::from_sorted(sorted, documents.slots(), key);
        self.arrays = arrays.into_iter().collect();
    }

    /// The index in the direction that lists a sort order of these fields. `None` if neither does.
    pub(crate) fn serving(&self, fields: &[(&str, Direction)]) -> Option<Indexed<'_>> {
        let (own, (_, first)) = self.fields.first().zip(fields.first())?;
        let is_same = own.direction == *first;
        let read = |own: Direction| if is_same { own } else { own.reversed() };
        let listed = self.fields.iter();
        let listed = listed.map(|field| (&*field.path, read(field.direction)));
        let (order, direction) = (self, read(Direction::Ascending));
        let is_listed = listed.eq(fields.iter().copied());
        is_listed.then_some(Indexed { order, direction })
    }

    /// Whether two units have the same key, or neither has one.
    fn is_same_key(&self, old: &Unit, new: &Unit) -> bool {
        let mut fields = self.fields.iter();
        fields.all(|field| match (field.value(old), field.value(new)) {
            (Some(old), Some(new)) => compare_parts(old, new).is_eq(),
            (old, new) => old.is_none() && new.is_none(),
        })
    }

    /// The entry of the new unit. `None` if the change does not move, add or remove an entry.
    pub(crate) fn prepare(&self, change: Change<'_>, work: &mut Writes) -> Option<Entry> {
        let units = change.old.zip(change.new);
        if units.is_some_and(|(old, new)| self.is_same_key(old, new)) {
            return None;
        }
        let key = change.new.and_then(|new| Key::of_unit(&self.fields, new));
        Some(Entry(key.map(|key| {
            let probe = Probe::new(&key, &self.fields, change.documents);
            let position = self.list.position(&probe);
            work.compared += probe.compared.get();
            position
        })))
    }

    pub(crate) fn update(&mut self, write: &Write<'_>, entry: Entry, work: &mut Writes) {
        let (slot, Entry(to)) = (write.slot, entry);
        work.moved += usize::from(to.is_some());
        let key = |slot| Key::of_slot(&self.fields, write.documents, slot).or_broken();
        let was_there = self.list.relocate(slot, to, key) || self.arrays.remove(&slot);
        let is_sound = was_there == write.has_old;
        is_sound.then_some(()).or_broken();
        if to.is_none() && write.new.is_some() {
            self.arrays.insert(slot);
        }
    }

    pub(crate) fn check(&self, documents: &Documents) {
        self.list.check();
        assert_eq!(self.list.len() + self.arrays.len(), documents.len());
        for slot in &self.arrays {
            assert!(Key::of_slot(&self.fields, documents, *slot).is_none());
        }
        let mut last: Option<Key> = None;
        for chunk in (0..self.list.chunks()).map(ChunkRank::at) {
            let mut low = self.list.low(chunk);
            let is_after = |key: &Key, before: &Key| before.compare(key, &self.fields).is_lt();
            let mut bounds = low.into_iter().zip(&last);
            assert!(bounds.all(|(low, last)| is_after(low, last)));
            for slot in self.list.chunk(chunk) {
                let key = Key::of_unit(&self.fields, &documents.unit(*slot)).or_broken();
                let stored = Key::of_slot(&self.fields, documents, *slot).or_broken();
                assert!(key.compare(&stored, &self.fields).is_eq());
                assert!(last.is_none_or(|last| is_after(&key, &last)));
                assert!(low.take().is_none_or(|low| !is_after(low, &key)));
                last = Some(key);
            }
        }
    }
}

impl Indexed<'_> {
    /// The rank that bounds a listing after a cursor. Ascending, it lists the entries from this
    /// rank on; descending, the entries below it.
    pub(crate) fn bound(self, key: &SortKey<'_>, documents: &Documents) -> usize {
        let Order { fields, list, .. } = self.order;
        let key = Key::of_sort_key(fields, key);
        let probe = Probe::new(&key, fields, documents);
        let Position { chunk, index } = list.position(&probe);
        let is_equal = |slot: &Slot| probe.compare(*slot, 0).is_eq();
        let next = list.chunk(chunk).get(index);
        let is_skipped = self.direction == Direction::Ascending && next.is_some_and(is_equal);
        list.starts[chunk] + index + usize::from(is_skipped)
    }
}
