//! What a load has brought, before it has a place in the store.

use std::borrow::Cow;
use std::cmp::Ordering;

use hashbrown::HashMap;

use crate::order::Direction;
use crate::order::{OwnedPart, compare_parts};
use crate::store::memory::documents::{Documents, id_of, name_at, name_of};
use crate::store::memory::index;
use crate::store::memory::sort::key::Field;
use crate::store::memory::sort::prefix::Prefix;
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// Units by arrival. What is sorted are their ranks: places among all ids.
#[derive(Default)]
pub(crate) struct Staging {
    /// The JSON of all units together. One piece of memory, so that the system gets all
    /// of it back.
    json: Vec<u8>,
    documents: Vec<Arrival>,
    /// What is not in `json`: units that it cannot give back, and what is no unit.
    kept: HashMap<u32, Unit>,
    /// The beginnings of the ids.
    ids: Vec<u128>,
    /// The beginnings of the names; 0 for an array.
    names: Vec<u128>,
    columns: [Column; COLUMNS.len()],
}

#[derive(Clone, Copy, Default)]
struct Arrival {
    start: usize,
    len: u32,
    /// Where the literal of the name begins; 0 is none.
    name_at: u32,
}

/// Fields whose values are mostly told apart by half a prefix.
pub(crate) const COLUMNS: [&str; 4] = ["visibility", "numMonitors", "numDepartments", "_updatedAt"];

#[derive(Default)]
struct Column {
    /// The beginnings of the values; 0 for an array.
    prefixes: Vec<u64>,
    /// Whether some units can have the same prefix and different values.
    ambiguous: bool,
}

impl Staging {
    pub(crate) fn push(&mut self, unit: Unit) {
        let arrival = number(self.documents.len());
        let name_at = if unit.is_unit() { name_at(&unit) } else { None };
        self.documents.push(Arrival {
            start: self.json.len(),
            len: number(unit.as_json().len()),
            name_at: number(name_at.unwrap_or_default()),
        });
        let mut id = [0; 16];
        for (into, from) in id.iter_mut().zip(unit.id().bytes()) {
            *into = from;
        }
        self.ids.push(u128::from_be_bytes(id));
        let name = prefix(&unit, "name");
        self.names.push(name.map_or(0, |prefix| prefix.bits));
        for (column, path) in self.columns.iter_mut().zip(COLUMNS) {
            let prefix = prefix(&unit, path).map(Prefix::short);
            column.ambiguous |= prefix.is_some_and(|(_, exact)| !exact);
            column.prefixes.push(prefix.map_or(0, |(bits, _)| bits));
        }
        if name_at.is_some() {
            self.json.extend_from_slice(unit.as_json().as_bytes());
        } else {
            self.kept.insert(arrival, unit);
        }
    }

    /// The units by id; of those that share one the last, unless it is none.
    pub(crate) fn by_id(&mut self) -> Vec<u32> {
        let ids = std::mem::take(&mut self.ids).into_iter();
        let mut sorted: Vec<(u128, u32)> = ids.zip(0..).collect();
        sorted.sort_unstable();
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if same.len() > 1 {
                same.sort_by(|(_, a), (_, b)| self.id(*a).cmp(&self.id(*b)).then(a.cmp(b)));
            }
        }
        let last = sorted.chunk_by(|(x, a), (y, b)| x == y && self.id(*a) == self.id(*b));
        let last = last.filter_map(|same| same.last().map(|(_, arrival)| *arrival));
        last.filter(|arrival| self.kept.get(arrival).is_none_or(Unit::is_unit))
            .collect()
    }

    /// The ranks by name, and those whose name is an array.
    pub(crate) fn by_name(&mut self, by_id: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let names = std::mem::take(&mut self.names);
        let name = |arrival: u32| names.get(index(arrival)).copied().unwrap_or_default();
        let (mut sorted, arrays) = ranked(by_id, name);
        sorted.sort_unstable();
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if same.len() > 1 && !self.settle_names(same, by_id) {
                self.settle(same, "name", by_id);
            }
        }
        (ranks(sorted), arrays)
    }

    /// The same for a field of [`COLUMNS`].
    pub(crate) fn by_column(&self, at: usize, by_id: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let (Some(column), Some(path)) = (self.columns.get(at), COLUMNS.get(at)) else {
            return (Vec::new(), Vec::new());
        };
        let prefixes = &column.prefixes;
        let prefix = |arrival: u32| prefixes.get(index(arrival)).copied().unwrap_or_default();
        let (mut sorted, arrays) = ranked(by_id, prefix);
        // Stable: they came by id.
        sorted.sort_by_key(|(prefix, _)| *prefix);
        if column.ambiguous {
            for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
                self.settle(same, path, by_id);
            }
        }
        (ranks(sorted), arrays)
    }

    /// Reads a byte of each unit. They lie anywhere, and fetching many at once takes as
    /// long as fetching one.
    pub(crate) fn touch(&self, arrivals: &[u32]) {
        let bytes = arrivals.iter().map(|arrival| {
            let (json, _) = self.json(*arrival);
            u64::from(json.last().copied().unwrap_or_default())
        });
        std::hint::black_box(bytes.sum::<u64>());
    }

    /// Gives a unit the next slot.
    pub(crate) fn copy(&self, arrival: u32, documents: &mut Documents) -> u32 {
        if let Some(unit) = self.kept.get(&arrival) {
            return documents.insert(unit);
        }
        let (json, name_at) = self.json(arrival);
        documents.append(json, name_at)
    }

    /// Sorts units that have the same prefix by their names, if all are strings.
    fn settle_names<P>(&self, same: &mut [(P, u32)], by_id: &[u32]) -> bool {
        let names = same.iter().map(|(_, rank)| {
            let (json, name_at) = self.json(*by_id.get(index(*rank))?);
            Some((name_of(json, name_at)?, *rank))
        });
        let Some(mut names) = names.collect::<Option<Vec<_>>>() else {
            return false;
        };
        names.sort_unstable();
        for ((_, rank), (_, sorted)) in same.iter_mut().zip(names) {
            *rank = sorted;
        }
        true
    }

    /// Sorts units that have the same prefix, and come by id, by their values.
    fn settle<P>(&self, same: &mut [(P, u32)], path: &str, by_id: &[u32]) {
        let Some((_, first)) = same.first() else {
            return;
        };
        let field = Field::new(path, Direction::Ascending);
        let value = |rank: u32| {
            let arrival = by_id.get(index(rank)).copied();
            arrival.map_or(OwnedPart::Missing, |arrival| self.value(arrival, &field))
        };
        let first = value(*first);
        // Nearly always they are equal; then nothing has to be sorted.
        let mut others = same.iter().skip(1);
        if others.any(|(_, rank)| compare(&value(*rank), &first).is_ne()) {
            let mut valued: Vec<(OwnedPart, u32)> =
                same.iter().map(|(_, rank)| (value(*rank), *rank)).collect();
            valued.sort_by(|(a, _), (b, _)| compare(a, b));
            for ((_, rank), (_, sorted)) in same.iter_mut().zip(valued) {
                *rank = sorted;
            }
        }
    }

    fn value(&self, arrival: u32, field: &Field) -> OwnedPart {
        let value = match self.kept.get(&arrival) {
            Some(unit) => unit.get(field.path()).cloned(),
            None => unit::field_of(self.json(arrival).0, field.path()),
        };
        value.map_or(OwnedPart::Missing, OwnedPart::Value)
    }

    /// The bytes of an id, which order ids.
    fn id(&self, arrival: u32) -> Cow<'_, str> {
        match self.kept.get(&arrival) {
            Some(unit) => unit.id().into(),
            None => id_of(self.json(arrival).0),
        }
    }

    /// The JSON of a unit, and where in it the name begins.
    fn json(&self, arrival: u32) -> (&[u8], usize) {
        let document = self.documents.get(index(arrival)).copied();
        let document = document.filter(|_| !self.kept.contains_key(&arrival));
        let document = document.unwrap_or_default();
        let json = self
            .json
            .get(document.start..document.start + index(document.len));
        (json.unwrap_or_default(), index(document.name_at))
    }
}

/// The ranks with their prefixes, and those of arrays, whose prefix is 0.
fn ranked<P: Default + PartialEq>(
    by_id: &[u32],
    prefix: impl Fn(u32) -> P,
) -> (Vec<(P, u32)>, Vec<u32>) {
    let mut ranked = Vec::with_capacity(by_id.len());
    let mut arrays = Vec::new();
    for (rank, arrival) in (0..).zip(by_id) {
        let prefix = prefix(*arrival);
        if prefix == P::default() {
            arrays.push(rank);
        } else {
            ranked.push((prefix, rank));
        }
    }
    (ranked, arrays)
}

fn ranks<P>(sorted: Vec<(P, u32)>) -> Vec<u32> {
    sorted.into_iter().map(|(_, rank)| rank).collect()
}

/// `None` for an array.
fn prefix(unit: &Unit, path: &str) -> Option<Prefix> {
    match unit.get(path) {
        Some(Value::Array(_)) => None,
        value => Some(Prefix::of(value)),
    }
}

fn compare(a: &OwnedPart, b: &OwnedPart) -> Ordering {
    compare_parts(a.as_part(), b.as_part())
}

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
