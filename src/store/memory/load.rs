//! Many units at once: they are sorted once for each order, and get their slots in the
//! order of their names, so that a page by name lies together.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use super::MemoryStore;
use super::arena::{Arena, Place};
use super::documents::{Documents, id_of, name_at, name_of};
use super::explain::Work;
use super::index;
use super::key::{Field, Key};
use super::matches::Matches;
use super::orders::{Order, Orders};
use super::prefix::Prefix;
use super::refine::{Refined, Refinement};
use super::text::Folded;
use crate::order::{OwnedPart, compare_parts};
use crate::query::sort::Direction;
use crate::unit::value::Value;
use crate::unit::{self, Unit};

/// How many units are fetched together.
const TOUCHED: usize = 32;

/// What came, by arrival.
#[derive(Default)]
struct Arrivals {
    arena: Arena,
    places: Vec<Place>,
    /// What is not in the arena: units that it cannot hold, and what is no unit.
    kept: HashMap<u32, Unit>,
    ids: Vec<u128>,
    names: Vec<Option<u128>>,
    /// By field of [`SHORT`].
    columns: [Column; SHORT.len()],
}

/// Fields whose values are mostly told apart by half a prefix.
const SHORT: [&str; 4] = ["visibility", "numMonitors", "numDepartments", "_updatedAt"];

#[derive(Default)]
struct Column {
    /// By arrival; `None` for an array.
    prefixes: Vec<Option<u64>>,
    /// Whether some units can have the same prefix and different values.
    ambiguous: bool,
}

/// Puts `units` into a store that has none.
pub(super) fn load(store: &mut MemoryStore, units: impl Iterator<Item = Unit>) {
    let mut arrivals = Arrivals::default();
    let (expected, _) = units.size_hint();
    arrivals.places.reserve(expected);
    for unit in units {
        arrivals.push(unit);
    }
    let by_id = arrivals.by_id();
    let by_name = arrivals.by_name(&by_id);

    // Where a unit gets its slot: behind those of smaller names, or at the end.
    let mut slots = vec![u32::MAX; by_id.len()];
    let arrays = (0_u32..).zip(&by_id);
    let arrays = arrays.filter(|(_, arrival)| arrivals.name(**arrival).is_none());
    let arrays: Vec<u32> = arrays.map(|(rank, _)| rank).collect();
    for (slot, rank) in (0_u32..).zip(by_name.iter().chain(&arrays)) {
        if let Some(own) = slots.get_mut(index(*rank)) {
            *own = slot;
        }
    }
    let slot_of = |rank: u32| slots.get(index(rank)).copied().unwrap_or_default();

    store.documents.reserve(by_id.len());
    let in_order = by_name.iter().chain(&arrays);
    let in_order: Vec<u32> = in_order
        .filter_map(|rank| by_id.get(index(*rank)).copied())
        .collect();
    for some in in_order.chunks(TOUCHED) {
        arrivals.touch(some);
        for arrival in some {
            arrivals.copy(*arrival, &mut store.documents);
        }
    }

    let named = 0..number(by_name.len());
    let unnamed = named.end..number(by_id.len());
    for order in store.orders.iter_mut() {
        let path = match &*order.fields {
            [id] => id.path(),
            [field, _] => field.path(),
            _ => continue,
        };
        let (sorted, arrays): (Vec<u32>, BTreeSet<u32>) = match path {
            "_id" => (slots.clone(), BTreeSet::new()),
            "name" => (named.clone().collect(), unnamed.clone().collect()),
            _ => {
                let Some(at) = SHORT.iter().position(|short| *short == path) else {
                    continue;
                };
                let (sorted, arrays) = arrivals.by_column(at, &by_id);
                let slots = |ranks: Vec<u32>| ranks.into_iter().map(slot_of);
                (slots(sorted).collect(), slots(arrays).collect())
            }
        };
        order.load(&sorted, arrays, &store.documents);
    }
    drop(arrivals);

    let mut name = Folded::default();
    for slot in 0..number(by_id.len()) {
        if let Some(text) = store.documents.name(slot) {
            name.set(&text);
            store.text.note(slot, &name);
        }
    }
    store
        .text
        .settle(store.documents.len(), store.documents.slots());
    declared(&mut store.orders, &store.documents);
}

impl Arrivals {
    fn push(&mut self, unit: Unit) {
        let arrival = number(self.places.len());
        let place = if unit.is_unit() {
            name_at(&unit).and_then(|name_at| {
                let place = self.arena.insert(unit.as_json().as_bytes())?;
                Some(place.marked(name_at))
            })
        } else {
            None
        };
        self.places.push(place.unwrap_or(Place::NONE));
        let mut id = [0; 16];
        let len = unit.id().len().min(id.len());
        if let (Some(into), Some(from)) = (id.get_mut(..len), unit.id().as_bytes().get(..len)) {
            into.copy_from_slice(from);
        }
        self.ids.push(u128::from_be_bytes(id));
        self.names
            .push(prefix(&unit, "name").map(|prefix| prefix.bits));
        for (column, path) in self.columns.iter_mut().zip(SHORT) {
            let prefix = prefix(&unit, path).map(Prefix::short);
            column.ambiguous |= prefix.is_some_and(|(_, exact)| !exact);
            column.prefixes.push(prefix.map(|(bits, _)| bits));
        }
        if place.is_none() {
            self.kept.insert(arrival, unit);
        }
    }

    /// The units by id; of those that share one the last, unless it is none.
    fn by_id(&self) -> Vec<u32> {
        let mut sorted: Vec<(u128, u32)> = self.ids.iter().copied().zip(0..).collect();
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

    /// The places among those by id of the units that have a place by name, in their
    /// order.
    fn by_name(&self, by_id: &[u32]) -> Vec<u32> {
        let ranked = (0_u32..).zip(by_id);
        let ranked = ranked.filter_map(|(rank, arrival)| Some((self.name(*arrival)?, rank)));
        let mut sorted: Vec<(u128, u32)> = ranked.collect();
        sorted.sort_unstable();
        for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if same.len() > 1 && !self.settle_texts(same, by_id) {
                self.settle(same, "name", by_id);
            }
        }
        sorted.into_iter().map(|(_, rank)| rank).collect()
    }

    /// The same for a field of [`SHORT`], and the places of those that hold an array.
    fn by_column(&self, at: usize, by_id: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let (Some(column), Some(path)) = (self.columns.get(at), SHORT.get(at)) else {
            return (Vec::new(), Vec::new());
        };
        let mut sorted: Vec<(u64, u32)> = Vec::with_capacity(by_id.len());
        let mut arrays = Vec::new();
        for (rank, arrival) in (0_u32..).zip(by_id) {
            match column.prefixes.get(index(*arrival)).copied().flatten() {
                Some(prefix) => sorted.push((prefix, rank)),
                None => arrays.push(rank),
            }
        }
        // Stable: they came by id.
        sorted.sort_by_key(|(prefix, _)| *prefix);
        if column.ambiguous {
            for same in sorted.chunk_by_mut(|(a, _), (b, _)| a == b) {
                self.settle(same, path, by_id);
            }
        }
        (sorted.into_iter().map(|(_, rank)| rank).collect(), arrays)
    }

    /// Sorts units that have the same prefix by their names, if these are strings.
    fn settle_texts<P>(&self, same: &mut [(P, u32)], by_id: &[u32]) -> bool {
        let names = same.iter().map(|(_, rank)| {
            let arrival = *by_id.get(index(*rank))?;
            let place = *self.places.get(index(arrival))?;
            let name = name_of(self.json(arrival), place)?;
            Some((name, *rank))
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
            None => unit::field_of(self.json(arrival), field.path()),
        };
        value.map_or(OwnedPart::Missing, OwnedPart::Value)
    }

    /// The bytes of an id, which order ids.
    fn id(&self, arrival: u32) -> std::borrow::Cow<'_, str> {
        match self.kept.get(&arrival) {
            Some(unit) => unit.id().into(),
            None => id_of(self.json(arrival)),
        }
    }

    fn name(&self, arrival: u32) -> Option<u128> {
        self.names.get(index(arrival)).copied().flatten()
    }

    fn json(&self, arrival: u32) -> &[u8] {
        let place = self.places.get(index(arrival)).copied();
        let place = place.filter(|place| *place != Place::NONE);
        place.map_or(&[], |place| self.arena.get(place))
    }

    /// Reads a byte of each unit. They lie anywhere, and fetching many at once takes as
    /// long as fetching one.
    fn touch(&self, arrivals: &[u32]) {
        let bytes = arrivals.iter().map(|arrival| {
            let json = self.json(*arrival);
            u64::from(json.last().copied().unwrap_or_default())
        });
        std::hint::black_box(bytes.sum::<u64>());
    }

    /// Gives a unit the next slot.
    fn copy(&self, arrival: u32, documents: &mut Documents) {
        if let Some(unit) = self.kept.get(&arrival) {
            documents.insert(unit);
            return;
        }
        let place = self.places.get(index(arrival)).copied();
        let json = self.json(arrival);
        documents.append(&id_of(json), json, place.map_or(0, Place::mark));
    }
}

/// Sorts the declared orders by those of the documented fields, or by reading units.
fn declared(orders: &mut Orders, documents: &Documents) {
    let sorted: Vec<(usize, Vec<u32>, BTreeSet<u32>)> = orders
        .declared()
        .map(|(at, order)| {
            let (sorted, arrays) = sort(orders, order, documents);
            (at, sorted, arrays)
        })
        .collect();
    for (at, sorted, arrays) in sorted {
        if let Some(order) = orders.iter_mut().nth(at) {
            order.load(&sorted, arrays, documents);
        }
    }
}

fn sort(orders: &Orders, order: &Order, documents: &Documents) -> (Vec<u32>, BTreeSet<u32>) {
    let all = 0..documents.slots();
    let mut work = Work::default();
    match orders.refinement(&order.fields) {
        Some(fields) if fields.iter().all(|(order, _)| order.arrays.is_empty()) => {
            let refinement = Refinement {
                fields: &fields,
                documents,
            };
            let matches = Matches::All(documents.len());
            let mut refined = Refined::new(refinement, &matches, &mut work);
            refined.settle(all.clone(), refinement, &mut work);
            (refined.page(all), BTreeSet::new())
        }
        _ => {
            let mut arrays = BTreeSet::new();
            let keys = documents.iter().filter_map(|slot| {
                let key = Key::of_slot(&order.fields, documents, slot);
                if key.is_none() {
                    arrays.insert(slot);
                }
                Some((key?, slot))
            });
            let mut keys: Vec<(Key, u32)> = keys.collect();
            keys.sort_unstable_by(|(a, _), (b, _)| a.compare(b, &order.fields));
            (keys.into_iter().map(|(_, slot)| slot).collect(), arrays)
        }
    }
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

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
