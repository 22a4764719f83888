//! The keys of indexes: the values of a unit under the fields of an order.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::json;
use crate::order::{
    Direction, OwnedPart, Part, SortKey, SortSpec, compare_parts, directed, first_difference,
};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot};
use crate::unit::{self, Unit, value::Value};

/// One field of an order, and how it is read from a document.
#[derive(Clone, Debug)]
pub(crate) struct KeyField {
    pub(crate) path: Box<str>,
    /// A dotted path, or a name that JSON escapes: the whole unit is parsed.
    is_inner: bool,
    pub(crate) direction: Direction,
}

/// The values of a unit under the fields of an order.
///
/// A unit with an array on the path to a field has no key: ascending, it is listed by its smallest
/// element, descending by its largest, so that one listing is not the reverse of the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key(Box<[OwnedPart]>);

/// The fields of `sort` that can distinguish two units. `_id` is the last.
pub(crate) fn fields(sort: &SortSpec) -> Box<[KeyField]> {
    let field = |(path, direction): (&str, Direction)| KeyField::new(path, direction);
    sort.decisive_fields().map(field).collect()
}

impl KeyField {
    pub(crate) fn new(path: &str, direction: Direction) -> Self {
        Self {
            path: path.into(),
            // A field is found by comparing its name with the bytes of the JSON.
            is_inner: path.contains('.') || json::needs_escapes(path),
            direction,
        }
    }

    /// The value of `unit` under the field. `None` if an array is on the path.
    pub(crate) fn value<'u>(&self, unit: &'u Unit) -> Option<Part<&'u Value>> {
        let mut found = unit.first_segment(&self.path);
        loop {
            match found {
                Some((Value::Array(_), _)) => return None,
                Some((value, "")) => return Some(Part::Value(value)),
                Some((Value::Object(fields), rest)) => found = unit::first_segment(fields, rest),
                _ => return Some(Part::Missing),
            }
        }
    }

    /// The value of a stored unit under the field. `None` if an array is on the path.
    pub(crate) fn stored(&self, documents: &Documents, slot: Slot) -> Option<OwnedPart> {
        if self.is_inner {
            return self.value(&documents.unit(slot)).map(OwnedPart::from);
        }
        match documents.field(slot, &self.path) {
            Some(Value::Array(_)) => None,
            Some(value) => Some(OwnedPart::Value(value)),
            None => Some(OwnedPart::Missing),
        }
    }

    /// Compares the value of a stored unit, which has no array on the path, with `part`, ascending.
    pub(crate) fn compare(&self, documents: &Documents, slot: Slot, part: &OwnedPart) -> Ordering {
        // Strings are compared in place.
        if let OwnedPart::Value(Value::String(other)) = part
            && !self.is_inner
            && let Some(text) = documents.text(slot, &self.path)
        {
            return text.as_bytes().cmp(other.as_bytes());
        }
        let stored = self.stored(documents, slot).or_broken();
        compare_parts(stored.as_part(), part.as_part())
    }
}

impl Key {
    pub(crate) fn of_unit(fields: &[KeyField], unit: &Unit) -> Option<Self> {
        let part = |field: &KeyField| field.value(unit).map(OwnedPart::from);
        fields.iter().map(part).collect::<Option<_>>().map(Self)
    }

    pub(crate) fn of_slot(fields: &[KeyField], documents: &Documents, slot: Slot) -> Option<Self> {
        let part = |field: &KeyField| field.stored(documents, slot);
        fields.iter().map(part).collect::<Option<_>>().map(Self)
    }

    /// The key of the unit with this sort key, in an order of these fields.
    pub(crate) fn of_sort_key(fields: &[KeyField], key: &SortKey<'_>) -> Self {
        let part = |field: &KeyField| {
            let mut named = key.sort().fields().iter().zip(key.parts());
            match named.find(|(named, _)| named.path() == &*field.path) {
                Some((_, part)) => OwnedPart::from(part),
                None => OwnedPart::Value(Value::String(key.id().to_owned().into())),
            }
        };
        Self(fields.iter().map(part).collect())
    }

    pub(crate) fn compare(&self, other: &Self, fields: &[KeyField]) -> Ordering {
        let parts = self.0.iter().zip(&other.0).zip(fields);
        first_difference(parts.map(|((a, b), field)| {
            directed(field.direction, compare_parts(a.as_part(), b.as_part()))
        }))
    }

    /// The number of leading fields that are equal in two keys.
    pub(crate) fn shared(&self, other: &Self) -> usize {
        let parts = self.0.iter().zip(&other.0);
        let equal = parts.take_while(|(a, b)| compare_parts(a.as_part(), b.as_part()).is_eq());
        equal.count()
    }
}

pub(crate) fn sort(mut keys: Vec<(Key, Slot)>, fields: &[KeyField]) -> Vec<Slot> {
    keys.sort_unstable_by(|(a, _), (b, _)| a.compare(b, fields));
    let mut slots: Vec<Slot> = keys.into_iter().map(|(_, slot)| slot).collect();
    // With 32-bit pointers `collect` reuses the memory of the keys, which is several times larger.
    slots.shrink_to_fit();
    slots
}

/// A key that is searched in an order.
pub(crate) struct Probe<'a> {
    key: &'a Key,
    fields: &'a [KeyField],
    documents: &'a Documents,
    /// The number of comparisons so far.
    pub(crate) compared: Cell<usize>,
}

impl<'a> Probe<'a> {
    pub(crate) fn new(key: &'a Key, fields: &'a [KeyField], documents: &'a Documents) -> Self {
        Self {
            key,
            fields,
            documents,
            compared: Cell::new(0),
        }
    }

    /// Compares a key of the order with the key of the probe.
    pub(crate) fn compare_key(&self, key: &Key) -> Ordering {
        self.compared.set(self.compared.get() + 1);
        key.compare(self.key, self.fields)
    }

    /// Compares a unit with the key. Their first `shared` fields are equal.
    pub(crate) fn compare(&self, slot: Slot, shared: usize) -> Ordering {
        self.compared.set(self.compared.get() + 1);
        let parts = self.key.0.iter().zip(self.fields).skip(shared);
        first_difference(parts.map(|(part, field)| {
            directed(field.direction, field.compare(self.documents, slot, part))
        }))
    }

    /// The number of sorted slots that are before the key. The first `shared` fields of all slots are
    /// equal to those of the key. Each step divides the slots into 8 parts and not 2, because units
    /// are anywhere in memory and fetching 8 at once takes as long as fetching one.
    pub(crate) fn search(&self, slots: &[Slot], shared: usize) -> usize {
        const PARTS: usize = 8;
        let (mut start, mut end) = (0, slots.len());
        while start < end {
            let width = (end - start).div_ceil(PARTS);
            let mut bounds = [Slot(0); PARTS];
            let ends = slots.get(start..end).or_broken().iter().step_by(width);
            let ends = bounds.iter_mut().zip(ends);
            let count = ends.map(|(bound, slot)| *bound = *slot).count();
            let bounds = bounds.get(..count).or_broken();
            self.documents.touch(bounds);
            let before = bounds.partition_point(|slot| self.compare(*slot, shared).is_lt());
            end = end.min(start + before * width);
            start += before.saturating_sub(1) * width + before.min(1);
        }
        start
    }
}
