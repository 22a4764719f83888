//! Many units at once: they are sorted once for each order, and get their slots in the
//! order of their names, so that a page by name lies together.

mod staging;

use std::collections::BTreeSet;

use self::staging::{COLUMNS, Staging, number};
use crate::store::memory::MemoryStore;
use crate::store::memory::documents::Documents;
use crate::store::memory::index;
use crate::store::memory::sort::incremental_sort::{IncrementalSort, Refinement};
use crate::store::memory::sort::key::Key;
use crate::store::memory::sort::orders::{Order, Orders};
use crate::store::memory::text::search::Matches;
use crate::store::memory::text::tokenize::Folded;
use crate::store::memory::work::Work;
use crate::unit::Unit;

/// How many units are fetched together.
const TOUCHED: usize = 32;

/// Puts `units` into a store that has none.
pub(crate) fn load(store: &mut MemoryStore, units: impl Iterator<Item = Unit>) {
    let mut arrivals = Staging::default();
    for unit in units {
        arrivals.push(unit);
    }
    let by_id = arrivals.by_id();
    let (by_name, arrays) = arrivals.by_name(&by_id);
    let named = number(by_name.len());
    // Units whose name is an array come behind the others.
    let by_name: Vec<u32> = by_name.into_iter().chain(arrays).collect();
    let mut slots = vec![0; by_id.len()];
    for (slot, rank) in (0_u32..).zip(&by_name) {
        if let Some(own) = slots.get_mut(index(*rank)) {
            *own = slot;
        }
    }

    let arrived: Vec<u32> = at(&by_id, by_name);
    store.documents.reserve(arrived.len());
    store.ids.reserve(arrived.len(), &store.documents);
    for some in arrived.chunks(TOUCHED) {
        arrivals.touch(some);
        for arrival in some {
            let slot = arrivals.copy(*arrival, &mut store.documents);
            store.ids.insert(slot, &store.documents);
        }
    }

    for (path, order) in store.orders.documented_mut() {
        let (sorted, arrays): (Vec<u32>, Vec<u32>) = match path {
            "_id" => (slots.clone(), Vec::new()),
            "name" => ((0..named).collect(), (named..number(by_id.len())).collect()),
            _ => {
                let column = COLUMNS.iter().position(|column| *column == path);
                let (sorted, arrays) = arrivals.by_column(column.unwrap_or(usize::MAX), &by_id);
                (at(&slots, sorted), at(&slots, arrays))
            }
        };
        order.load(&sorted, arrays.into_iter().collect(), &store.documents);
    }
    drop(arrivals);

    let mut name = Folded::default();
    for slot in 0..number(by_id.len()) {
        if let Some(text) = store.documents.name(slot) {
            name.set(&text);
            store.text.note(slot, &name);
        }
    }
    store.text.settle(&store.documents);
    declared(&mut store.orders, &store.documents);
}

/// What stands at these places.
fn at(numbers: &[u32], places: Vec<u32>) -> Vec<u32> {
    let places = places.into_iter();
    places
        .filter_map(|place| numbers.get(index(place)).copied())
        .collect()
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
            let mut refined = IncrementalSort::new(refinement, &matches, &mut work);
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

#[cfg(test)]
mod tests;
