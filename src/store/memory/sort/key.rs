//! Where a unit stands in an order that an index keeps.

use std::cmp::Ordering;

use crate::json;
use crate::order::{self, OwnedPart, Part, SortKey, compare_parts, directed};
use crate::order::{Direction, SortSpec};
use crate::store::memory::documents::Documents;
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// One field of an order, and how it is read from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    path: Box<str>,
    source: Source,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Id,
    Name,
    TopLevel,
    /// Behind a dotted path, or under a name that is written otherwise: read whole.
    Inner,
}

/// The values of a unit under the fields of an order.
///
/// A unit that holds an array on the way to one of them has no such key: ascending and
/// descending it stands in two places that are not each other's mirror image.
#[derive(Clone, Debug)]
pub(crate) struct Key(Box<[OwnedPart]>);

/// The fields of `sort` that can tell units apart, made total by `_id`; what follows it
/// decides nothing.
pub(crate) fn fields(sort: &SortSpec) -> Box<[Field]> {
    let mut fields = Vec::with_capacity(sort.fields().len() + 1);
    for field in sort
        .fields()
        .iter()
        .filter(|field| order::constant(field.path()).is_none())
    {
        fields.push(Field::new(field.path(), field.direction()));
        if field.path() == "_id" {
            return fields.into_boxed_slice();
        }
    }
    fields.push(Field::new("_id", sort.tie_break()));
    fields.into_boxed_slice()
}

impl Field {
    pub(crate) fn new(path: &str, direction: Direction) -> Self {
        let source = match path {
            "_id" => Source::Id,
            "name" => Source::Name,
            // Fields are looked for by their names as they are written.
            _ if path.contains('.') || json::is_escaped(path) => Source::Inner,
            _ => Source::TopLevel,
        };
        Self {
            path: path.into(),
            source,
            direction,
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The value of `unit` under the field; `None` when an array is on the way.
    pub(crate) fn value<'u>(&self, unit: &'u Unit) -> Option<Part<'u>> {
        let mut place = unit.enter(&self.path);
        loop {
            match place {
                Some((Value::Array(_), _)) => return None,
                Some((found, "")) => return Some(Part::Value(found)),
                Some((Value::Object(fields), rest)) => place = unit::enter(fields, rest),
                _ => return Some(Part::Missing),
            }
        }
    }

    /// The same for a stored unit.
    pub(crate) fn stored(&self, documents: &Documents, slot: u32) -> Option<OwnedPart> {
        if self.source == Source::Inner {
            let unit = documents.unit(slot)?;
            return self.value(&unit).map(OwnedPart::from);
        }
        match documents.field(slot, &self.path) {
            Some(Value::Array(_)) => None,
            Some(value) => Some(OwnedPart::Value(value)),
            None => Some(OwnedPart::Missing),
        }
    }

    /// How the value of a stored unit compares with `part`, ascending.
    pub(crate) fn compare(&self, documents: &Documents, slot: u32, part: &OwnedPart) -> Ordering {
        // Nothing is copied where strings meet.
        if let OwnedPart::Value(Value::String(other)) = part {
            let other = other.as_bytes();
            let ordering = match self.source {
                Source::Id => Some(documents.id(slot).as_bytes().cmp(other)),
                Source::Name => documents.name(slot).map(|name| name.as_bytes().cmp(other)),
                Source::TopLevel if &*self.path != "_updatedAt" => {
                    let text = documents.plain_text(slot, &self.path);
                    text.map(|text| text.cmp(other))
                }
                Source::TopLevel | Source::Inner => None,
            };
            if let Some(ordering) = ordering {
                return ordering;
            }
        }
        match self.stored(documents, slot) {
            Some(stored) => compare_parts(stored.as_part(), part.as_part()),
            None => Ordering::Equal,
        }
    }
}

impl Key {
    pub(crate) fn of_unit(fields: &[Field], unit: &Unit) -> Option<Self> {
        let parts = fields.iter().map(|field| field.value(unit));
        let parts = parts.map(|part| part.map(OwnedPart::from));
        parts.collect::<Option<_>>().map(Self)
    }

    pub(crate) fn of_slot(fields: &[Field], documents: &Documents, slot: u32) -> Option<Self> {
        let parts = fields.iter().map(|field| field.stored(documents, slot));
        parts.collect::<Option<_>>().map(Self)
    }

    /// The place that `key` has, whose order has these fields.
    pub(crate) fn of_sort_key(fields: &[Field], key: &SortKey<'_>) -> Self {
        Self::of_parts(fields.iter().map(|field| {
            let mut named = key.sort().fields().iter().zip(key.parts());
            match named.find(|(named, _)| named.path() == &*field.path) {
                Some((_, part)) => OwnedPart::from(part),
                None => OwnedPart::Value(Value::String(key.id().to_owned().into())),
            }
        }))
    }

    /// A key of parts that were computed elsewhere, one for each field.
    pub(crate) fn of_parts(parts: impl Iterator<Item = OwnedPart>) -> Self {
        Self(parts.collect())
    }

    pub(crate) fn compare(&self, other: &Self, fields: &[Field]) -> Ordering {
        let parts = self.0.iter().zip(&other.0).zip(fields);
        first_difference(parts.map(|((a, b), field)| {
            directed(field.direction, compare_parts(a.as_part(), b.as_part()))
        }))
    }

    /// How many fields at the front are equal in two keys.
    pub(crate) fn shared(&self, other: &Self) -> usize {
        let parts = self.0.iter().zip(&other.0);
        let equal = parts.take_while(|(a, b)| compare_parts(a.as_part(), b.as_part()).is_eq());
        equal.count()
    }

    /// How a stored unit compares with this key; the first so many fields are equal.
    fn compare_stored(
        &self,
        documents: &Documents,
        slot: u32,
        fields: &[Field],
        shared: usize,
    ) -> Ordering {
        let parts = self.0.iter().zip(fields).skip(shared);
        first_difference(
            parts.map(|(part, field)| {
                directed(field.direction, field.compare(documents, slot, part))
            }),
        )
    }
}

/// A place that is searched for among the units of an order.
#[derive(Clone, Copy)]
pub(crate) struct Probe<'a> {
    pub(crate) key: &'a Key,
    pub(crate) fields: &'a [Field],
    pub(crate) documents: &'a Documents,
}

impl Probe<'_> {
    /// How a key of the order compares with the one that is searched for.
    pub(crate) fn compare_key(&self, key: &Key) -> Ordering {
        #[cfg(test)]
        crate::store::memory::counted::compared();
        key.compare(self.key, self.fields)
    }

    /// How a unit of the order compares with it, in all but the first so many fields.
    fn compare_slot(&self, slot: u32, shared: usize) -> Ordering {
        #[cfg(test)]
        crate::store::memory::counted::compared();
        self.key
            .compare_stored(self.documents, slot, self.fields, shared)
    }

    /// The first of `slots`, which are in their order, that does not come before what is
    /// searched for. All have the first `shared` fields of what is searched for.
    ///
    /// Each step narrows to one of a few parts: the units that part them lie anywhere,
    /// and fetching several at once takes as long as fetching one.
    pub(crate) fn position_in(&self, slots: &[u32], shared: usize) -> usize {
        const PARTS: usize = 8;
        let is_before = |slot: &u32| self.compare_slot(*slot, shared).is_lt();
        let (mut from, mut to) = (0, slots.len());
        while to - from > PARTS {
            let width = (to - from).div_ceil(PARTS);
            let part = slots.get(from..to).unwrap_or_default();
            let mut bounds = [0; PARTS];
            let inner = part.iter().skip(width).step_by(width);
            let count = bounds
                .iter_mut()
                .zip(inner)
                .map(|(bound, slot)| *bound = *slot)
                .count();
            let bounds = bounds.get(..count).unwrap_or_default();
            self.documents.touch(bounds);
            let before = bounds.partition_point(is_before);
            to = to.min(from + (before + 1) * width);
            from += before * width;
        }
        let rest = slots.get(from..to).unwrap_or_default();
        self.documents.touch(rest);
        from + rest.partition_point(is_before)
    }

    /// The key of a unit of the order.
    pub(crate) fn key_of(&self, slot: u32) -> Option<Key> {
        Key::of_slot(self.fields, self.documents, slot)
    }
}

fn first_difference(mut orderings: impl Iterator<Item = Ordering>) -> Ordering {
    orderings
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
