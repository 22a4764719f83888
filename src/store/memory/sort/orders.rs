//! The orders that are kept current: one for each documented field, and those that were
//! declared.

use std::collections::BTreeSet;
use std::hint::black_box;

use crate::order::{self, SortKey, compare_parts};
use crate::order::{Direction, SortSpec};
use crate::store::memory::documents::Documents;
use crate::store::memory::sort::chunked_list::ChunkedList;
use crate::store::memory::sort::key::{self, Field, Key, Probe};
use crate::unit::Unit;

/// The fields of SPEC §1 that can differ between units.
const DOCUMENTED: [&str; 6] = [
    "_id",
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
];

/// An order and the units in it, ascending in its first field.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) fields: Box<[Field]>,
    pub(crate) ranked: ChunkedList,
    /// Units that hold an array on the way to a field, and so have no one place here.
    pub(crate) arrays: BTreeSet<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Orders {
    /// The documented fields first, as in [`DOCUMENTED`].
    orders: Vec<Order>,
}

/// How an order is had from those that are kept.
pub(crate) enum Access<'a> {
    /// It is one of them, walked in this direction.
    Kept(&'a Order, Direction),
    /// Its fields have orders: what ties on one is ordered by the next.
    Refined(Vec<(&'a Order, Field)>),
    /// Every match has to be read.
    Read,
}

impl Order {
    fn new(fields: Box<[Field]>) -> Self {
        Self {
            fields,
            ranked: ChunkedList::default(),
            arrays: BTreeSet::new(),
        }
    }

    /// Makes the order anew of slots that are sorted by it.
    pub(crate) fn load(&mut self, sorted: &[u32], arrays: BTreeSet<u32>, documents: &Documents) {
        let fields = &self.fields;
        let key = |slot| Key::of_slot(fields, documents, slot);
        self.ranked = ChunkedList::from_sorted(sorted, documents.slots(), key);
        self.arrays = arrays;
    }

    pub(crate) fn probe<'a>(&'a self, key: &'a Key, documents: &'a Documents) -> Probe<'a> {
        Probe {
            key,
            fields: &self.fields,
            documents,
        }
    }

    /// The position that parts what a listing in this direction has before `place` and
    /// at it from what comes after.
    pub(crate) fn bound(
        &self,
        place: &SortKey<'_>,
        direction: Direction,
        documents: &Documents,
    ) -> usize {
        let key = Key::of_sort_key(&self.fields, place);
        let position = self.ranked.search(self.probe(&key, documents));
        let chunk = self.ranked.place_of_position(position);
        let within = position - self.ranked.start(chunk);
        let is_at = direction == Direction::Ascending
            && self.ranked.chunk(chunk).get(within).is_some_and(|slot| {
                Key::of_slot(&self.fields, documents, *slot)
                    .is_some_and(|stored| stored.compare(&key, &self.fields).is_eq())
            });
        position + usize::from(is_at)
    }

    /// Whether a unit can be replaced by the other without moving.
    fn is_same_place(&self, old: &Unit, new: &Unit) -> bool {
        let mut fields = self.fields.iter();
        fields.all(|field| match (field.value(old), field.value(new)) {
            (Some(old), Some(new)) => compare_parts(old, new).is_eq(),
            // Who holds an array is in no place, wherever it is.
            (None, None) => true,
            _ => false,
        })
    }

    fn remove(&mut self, slot: u32) {
        if !self.ranked.remove(slot) {
            self.arrays.remove(&slot);
        }
    }

    /// Enters a unit that `documents` has in this slot by now.
    fn insert(&mut self, slot: u32, key: Option<&Key>, documents: &Documents) {
        match key {
            Some(key) => {
                let probe = Probe {
                    key,
                    fields: &self.fields,
                    documents,
                };
                self.ranked.insert(slot, probe);
            }
            None => {
                self.arrays.insert(slot);
            }
        }
    }
}

/// A unit on its way into the orders, where its place in them changes.
pub(crate) struct Moving(Vec<(usize, Option<Key>)>);

impl Orders {
    /// The documented orders, and these.
    pub(crate) fn new(declared: impl IntoIterator<Item = SortSpec>) -> Self {
        let documented = DOCUMENTED.map(|path| {
            let id = Field::new("_id", Direction::Ascending);
            Order::new(match path {
                "_id" => Box::new([id]),
                path => Box::new([Field::new(path, Direction::Ascending), id]),
            })
        });
        let mut orders = Self {
            orders: documented.into(),
        };
        for sort in declared {
            let (fields, _) = ascending(&sort);
            if orders.orders.iter().all(|order| order.fields != fields) {
                orders.orders.push(Order::new(fields));
            }
        }
        orders
    }

    /// The same orders without units.
    pub(crate) fn emptied(&self) -> Self {
        let orders = self
            .orders
            .iter()
            .map(|order| Order::new(order.fields.clone()));
        Self {
            orders: orders.collect(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter()
    }

    /// The orders of the documented fields, and these.
    pub(crate) fn documented_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Order)> {
        DOCUMENTED.into_iter().zip(&mut self.orders)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Order> {
        self.orders.iter_mut()
    }

    /// How `sort` can be served. Whatever it is, the units of [`Orders::arrays`] have no
    /// place in it.
    pub(crate) fn access(&self, sort: &SortSpec) -> Access<'_> {
        if let [field] = sort.fields()
            && let Some(order) = self.documented(field.path())
        {
            return Access::Kept(order, field.direction());
        }
        let (fields, direction) = ascending(sort);
        // What follows `_id` decides nothing, but an array in it can be an error.
        let hidden = sort.fields().iter().any(|named| {
            let decides = fields.iter().any(|field| field.path() == named.path());
            !decides
                && order::constant(named.path()).is_none()
                && self.documented(named.path()).is_none()
        });
        if hidden {
            return Access::Read;
        }
        if let Some(order) = self.orders.iter().find(|order| order.fields == fields) {
            return Access::Kept(order, direction);
        }
        let refinement = self.refinement(&key::fields(sort));
        refinement.map_or(Access::Read, Access::Refined)
    }

    /// The fields with the order that is kept for each, if there is one for all.
    pub(crate) fn refinement(&self, fields: &[Field]) -> Option<Vec<(&Order, Field)>> {
        let fields = fields.iter();
        fields
            .map(|field| Some((self.documented(field.path())?, field.clone())))
            .collect()
    }

    /// The declared orders, and their places among all.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (usize, &Order)> {
        self.orders.iter().enumerate().skip(DOCUMENTED.len())
    }

    /// The units that hold an array on the way to a field of `sort`, ascending.
    pub(crate) fn arrays(&self, sort: &SortSpec, access: &Access<'_>) -> BTreeSet<u32> {
        let named = sort.fields().iter();
        let documented = named.filter_map(|field| self.documented(field.path()));
        let kept = match access {
            Access::Kept(order, _) => Some(*order),
            Access::Refined(_) | Access::Read => None,
        };
        let orders = documented.chain(kept);
        orders.flat_map(|order| &order.arrays).copied().collect()
    }

    /// The order of a documented field.
    fn documented(&self, path: &str) -> Option<&Order> {
        let at = DOCUMENTED.iter().position(|field| *field == path)?;
        self.orders.get(at)
    }

    /// The places of a new unit.
    pub(crate) fn coming(&self, unit: &Unit) -> Moving {
        let orders = self.orders.iter().enumerate();
        Moving(
            orders
                .map(|(at, order)| (at, Key::of_unit(&order.fields, unit)))
                .collect(),
        )
    }

    /// Takes a unit out of the orders in which the one that replaces it has another
    /// place.
    pub(crate) fn leaving(&mut self, slot: u32, old: &Unit, new: &Unit) -> Moving {
        let mut moving = Vec::with_capacity(self.orders.len());
        for (at, order) in self.orders.iter_mut().enumerate() {
            if !order.is_same_place(old, new) {
                order.remove(slot);
                moving.push((at, Key::of_unit(&order.fields, new)));
            }
        }
        Moving(moving)
    }

    /// Enters the unit that `documents` now has in this slot.
    pub(crate) fn enter(&mut self, slot: u32, moving: &Moving, documents: &Documents) {
        for (at, key) in &moving.0 {
            if let Some(order) = self.orders.get_mut(*at) {
                order.insert(slot, key.as_ref(), documents);
            }
        }
    }

    /// Reads what replacing a unit will read.
    pub(crate) fn prefetch(
        &self,
        slot: Option<u32>,
        old: Option<&Unit>,
        new: &Unit,
        documents: &Documents,
    ) {
        for order in &self.orders {
            if old.is_some_and(|old| order.is_same_place(old, new)) {
                continue;
            }
            if let Some(slot) = slot {
                black_box(order.ranked.position_of(slot));
            }
            if let Some(key) = Key::of_unit(&order.fields, new) {
                black_box(order.ranked.search(order.probe(&key, documents)));
            }
        }
    }

    /// Takes the unit of a slot out of every order.
    pub(crate) fn remove(&mut self, slot: u32) {
        self.orders.iter_mut().for_each(|order| order.remove(slot));
    }
}

/// The fields of an order or of its reverse, whichever begins ascending, and how it is
/// then walked.
fn ascending(sort: &SortSpec) -> (Box<[Field]>, Direction) {
    let mut fields = key::fields(sort);
    let direction = fields
        .first()
        .map_or(Direction::Ascending, |field| field.direction);
    if direction == Direction::Descending {
        for field in &mut fields {
            field.direction = field.direction.reversed();
        }
    }
    (fields, direction)
}
