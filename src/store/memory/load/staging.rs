//! The units of a load before they are in the documents.

use std::borrow::Cow;
use std::cmp::Ordering;

use hashbrown::HashMap;

use crate::field::Field;
use crate::order::{Part, compare_parts};
use crate::store::memory::documents::{Documents, id_of, name_at, name_of};
use crate::store::memory::id::{Arrival, Id, IdRank, Slot, Table, narrow, part, widen};
use crate::store::memory::load::prefix::Prefix;
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// Units in the order of arrival: their JSON, and some 64 bytes each to sort them by.
#[derive(Default)]
pub(super) struct Staging {
    /// The JSON of all units, in one allocation, so that all of it is returned to the system.
    json: Vec<u8>,
    documents: Table<Arrival, Document>,
    /// The units that cannot be read back from their JSON, and the documents that are not units.
    whole: HashMap<Arrival, Unit>,
    /// The first 16 bytes of the ids.
    ids: Vec<u128>,
    /// The prefixes of the names; 0 for an array.
    names: Table<Arrival, u128>,
    /// By field. The column of the names stays empty.
    columns: [Column; Field::ALL.len()],
}

/// The offsets of the JSON of a unit in `Staging::json`, and of the literal of the name in that
/// JSON; 0 for a unit without a name.
#[derive(Clone, Copy)]
struct Document {
    start: usize,
    len: u32,
    name_at: u32,
}

/// The values of a documented field. Half a prefix distinguishes most of them.
#[derive(Default)]
pub(super) struct Column {
    /// The halves of the prefixes; 0 for an array.
    prefixes: Table<Arrival, u64>,
    /// Whether some units can have the same prefix and different values.
    ambiguous: bool,
}

/// Units in the order of a field, and those with an array in it.
pub(super) struct Sorted {
    pub(super) ranks: Vec<IdRank>,
    pub(super) arrays: Vec<IdRank>,
}

impl Staging {
    pub(super) fn push(&mut self, unit: Unit) {
        let name_at = if unit.is_unit() { name_at(&unit) } else { None };
        let arrival = self.documents.push(Document {
            start: self.json.len(),
            len: narrow(unit.as_json().len()),
            name_at: narrow(name_at.unwrap_or(0)),
        });
        let mut id = [0; 16];
        for (into, from) in id.iter_mut().zip(unit.id().bytes()) {
            *into = from;
        }
        self.ids.push(u128::from_be_bytes(id));
        for (field, column) in Field::ALL.into_iter().zip(&mut self.columns) {
            let prefix = match unit.get(field.path()) {
                Some(Value::Array(_)) => None,
                value => Some(Prefix::of(value)),
            };
            if field == Field::Name {
                self.names.push(prefix.map_or(0, |prefix| prefix.bits));
            } else {
                let half = prefix.map(Prefix::half);
                column.ambiguous |= half.is_some_and(|(_, exact)| !exact);
                column.prefixes.push(half.map_or(0, |(bits, _)| bits));
            }
        }
        if name_at.is_some() {
            self.json.extend_from_slice(unit.as_json().as_bytes());
        } else {
            self.whole.insert(arrival, unit);
        }
    }

    /// The units in the order of their ids. Of documents with the same id only the last counts,
    /// and it is left out if it is not a unit.
    pub(super) fn by_id(&mut self) -> Table<IdRank, Arrival> {
        let ids = std::mem::take(&mut self.ids);
        let arrivals = Arrival::all(ids.len());
        let mut sorted: Vec<(u128, Arrival)> = ids.into_iter().zip(arrivals).collect();
        sorted.sort_unstable();
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if same.len() > 1 {
                same.sort_by(|(_, a), (_, b)| self.id(*a).cmp(&self.id(*b)).then(a.cmp(b)));
            }
        }
        let last = sorted.chunk_by(|(x, a), (y, b)| x == y && self.id(*a) == self.id(*b));
        let last = last.filter_map(|same| same.last().map(|(_, arrival)| *arrival));
        let units = last.filter(|arrival| self.whole.get(arrival).is_none_or(Unit::is_unit));
        units.collect::<Vec<_>>().into()
    }

    /// The units in the order of their names.
    pub(super) fn by_name(&mut self, arrivals: &Table<IdRank, Arrival>) -> Sorted {
        let names = std::mem::take(&mut self.names);
        let (mut sorted, arrays) = prefixed(arrivals, &names);
        sorted.sort_unstable();
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if same.len() > 1 && !self.sort_names(same, arrivals) {
                sort_ties(same, |rank| self.name(arrivals[rank]));
            }
        }
        let ranks = ranks(sorted);
        Sorted { ranks, arrays }
    }

    /// Reads a byte of each unit, so that all are fetched into the cache together.
    pub(super) fn touch(&self, arrivals: impl Iterator<Item = Arrival>) {
        let last = arrivals.map(|arrival| self.json(arrival).last().copied().unwrap_or(0));
        std::hint::black_box(last.fold(0, |read, byte| read ^ byte));
    }

    /// Stores a unit in the next slot.
    pub(super) fn store(&self, arrival: Arrival, documents: &mut Documents) -> Slot {
        match self.whole.get(&arrival) {
            Some(unit) => documents.insert(unit),
            None => documents.append(self.json(arrival), self.name_at(arrival)),
        }
    }

    pub(super) fn into_columns(self) -> [Column; Field::ALL.len()] {
        self.columns
    }

    /// Sorts units with the same prefix by their names. Returns false if one is not a string.
    fn sort_names<P>(&self, same: &mut [(P, IdRank)], arrivals: &Table<IdRank, Arrival>) -> bool {
        let names = same.iter().map(|(_, rank)| {
            let arrival = arrivals[*rank];
            Some((name_of(self.json(arrival), self.name_at(arrival))?, *rank))
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

    fn name(&self, arrival: Arrival) -> Option<Value> {
        let path = Field::Name.path();
        match self.whole.get(&arrival) {
            Some(unit) => unit.get(path).cloned(),
            None => unit::field_of(self.json(arrival), path),
        }
    }

    fn id(&self, arrival: Arrival) -> Cow<'_, str> {
        match self.whole.get(&arrival) {
            Some(unit) => Cow::Borrowed(unit.id()),
            None => id_of(self.json(arrival)),
        }
    }

    /// The JSON of a unit; nothing for one that is stored whole.
    fn json(&self, arrival: Arrival) -> &[u8] {
        if self.whole.contains_key(&arrival) {
            return &[];
        }
        let Document { start, len, .. } = self.documents[arrival];
        part(&self.json, start..start + widen(len))
    }

    fn name_at(&self, arrival: Arrival) -> usize {
        widen(self.documents[arrival].name_at)
    }
}

impl Column {
    /// The units in the order of the field. `sort_ties` sorts units that have the same
    /// prefix.
    pub(super) fn sorted(
        &self,
        arrivals: &Table<IdRank, Arrival>,
        sort_ties: impl Fn(&mut [(u64, IdRank)]),
    ) -> Sorted {
        let (mut sorted, arrays) = prefixed(arrivals, &self.prefixes);
        // The sort is stable, and the units are in the order of their ids.
        sorted.sort_by_key(|(prefix, _)| *prefix);
        if self.ambiguous {
            sorted
                .chunk_by_mut(|(a, _), (b, _)| a == b)
                .for_each(sort_ties);
        }
        let ranks = ranks(sorted);
        Sorted { ranks, arrays }
    }
}

/// Sorts units with the same prefix, which are in the order of their ids, by their values.
pub(super) fn sort_ties<P>(same: &mut [(P, IdRank)], value: impl Fn(IdRank) -> Option<Value>) {
    let Some(((_, first), others)) = same.split_first() else {
        return;
    };
    let first = value(*first);
    // Nearly always the values are equal, and nothing is sorted.
    let mut others = others.iter();
    if others.any(|(_, rank)| compare(value(*rank).as_ref(), first.as_ref()).is_ne()) {
        let valued = same.iter().map(|(_, rank)| (value(*rank), *rank));
        let mut valued: Vec<(Option<Value>, IdRank)> = valued.collect();
        valued.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
        for ((_, rank), (_, sorted)) in same.iter_mut().zip(valued) {
            *rank = sorted;
        }
    }
}

/// The units with their prefixes, and the units without a prefix.
fn prefixed<P: Copy + Default + PartialEq>(
    arrivals: &Table<IdRank, Arrival>,
    prefixes: &Table<Arrival, P>,
) -> (Vec<(P, IdRank)>, Vec<IdRank>) {
    let mut sorted = Vec::with_capacity(arrivals.len());
    let mut arrays = Vec::new();
    for (rank, arrival) in arrivals.iter() {
        let prefix = prefixes[*arrival];
        if prefix == P::default() {
            arrays.push(rank);
        } else {
            sorted.push((prefix, rank));
        }
    }
    (sorted, arrays)
}

fn ranks<P>(sorted: Vec<(P, IdRank)>) -> Vec<IdRank> {
    sorted.into_iter().map(|(_, rank)| rank).collect()
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let [a, b] = [a, b].map(|value| value.map_or(Part::Missing, Part::Value));
    compare_parts(a, b)
}
