//! The indexed orders: by `_id`, by each documented field, and the declared ones.

use std::collections::BTreeSet;

use crate::field::{self, Field};
use crate::order::{self, Direction, SortSpec};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::index::{Change, Index, Write};
use crate::store::memory::load::Loaded;
use crate::store::memory::set::Matches;
use crate::store::memory::sort::{
    Entry, IncrementalSort, Indexed, Key, KeyField, Order, SortFields, key,
};
use crate::store::memory::work::{Work, Writes};

/// By `_id`, by each field in the order of [`Field::ALL`], and the declared orders.
#[derive(Clone, Debug)]
pub(crate) struct Orders(pub(crate) Vec<Order>);

/// The number of orders that every store has.
const BUILT_IN: usize = 1 + Field::ALL.len();

/// How a sort order can be served.
pub(crate) enum Access<'a> {
    Index(Indexed<'a>),
    /// By the indexes of its fields: units that tie on one are sorted by the next.
    Fields(SortFields<'a>),
    /// By reading every match.
    Read,
}

impl Orders {
    pub(crate) fn new(declared: impl IntoIterator<Item = SortSpec>) -> Self {
        let id = KeyField::new(field::ID, Direction::Ascending);
        let mut orders = vec![Order::new(Box::new([id.clone()]))];
        orders.extend(Field::ALL.map(|field| {
            let field = KeyField::new(field.path(), Direction::Ascending);
            Order::new(Box::new([field, id.clone()]))
        }));
        for sort in declared {
            let fields: Vec<_> = sort.decisive_fields().collect();
            if orders.iter().all(|order| order.serving(&fields).is_none()) {
                orders.push(Order::new(key::fields(&sort)));
            }
        }
        Self(orders)
    }

    /// How `sort` is served. The index may lack units of [`Orders::arrays`].
    pub(crate) fn access<'a>(&'a self, sort: &SortSpec, documents: &'a Documents) -> Access<'a> {
        if let [field] = sort.fields()
            && let Some(order) = self.documented(field.path())
        {
            let direction = field.direction();
            return Access::Index(Indexed { order, direction });
        }
        let decisive: Vec<(&str, Direction)> = sort.decisive_fields().collect();
        // A field after `_id` breaks no tie, but an array in it can be an error.
        let may_fail = sort.fields().iter().any(|named| {
            self.documented(named.path()).is_none()
                && order::constant(named.path()).is_none()
                && decisive.iter().all(|(path, _)| *path != named.path())
        });
        if may_fail {
            return Access::Read;
        }
        if let Some(index) = self.0.iter().find_map(|order| order.serving(&decisive)) {
            return Access::Index(index);
        }
        let by_fields = self.sort_fields(key::fields(sort), documents);
        by_fields.map_or(Access::Read, Access::Fields)
    }

    /// The fields of an order, if each of them has an index.
    fn sort_fields<'a>(
        &'a self,
        fields: Box<[KeyField]>,
        documents: &'a Documents,
    ) -> Option<SortFields<'a>> {
        let orders = fields.iter().map(|field| self.documented(&field.path));
        Some(SortFields {
            orders: orders.collect::<Option<_>>()?,
            fields,
            documents,
        })
    }

    /// The units with an array on the path to a field of `sort`, ascending.
    pub(crate) fn arrays(&self, sort: &SortSpec, access: &Access<'_>) -> BTreeSet<Slot> {
        let named = sort.fields().iter();
        let documented = named.filter_map(|field| self.documented(field.path()));
        let index = match access {
            Access::Index(index) => Some(index.order),
            Access::Fields(_) | Access::Read => None,
        };
        let orders = documented.chain(index);
        orders.flat_map(|order| &order.arrays).copied().collect()
    }

    /// The order by `_id` or by a documented field.
    fn documented(&self, path: &str) -> Option<&Order> {
        let is_by = |order: &&Order| order.fields.first().is_some_and(|own| &*own.path == path);
        self.0.iter().take(BUILT_IN).find(is_by)
    }

    /// The units in a declared order, and those without a key in it.
    fn sort(&self, order: &Order, documents: &Documents) -> (Vec<Slot>, Vec<Slot>) {
        let fields = self.sort_fields(order.fields.clone(), documents);
        let is_plain = |order: &&Order| order.arrays.is_empty();
        if let Some(fields) = fields.filter(|fields| fields.orders.iter().all(is_plain)) {
            let (mut work, all) = (Work::default(), Matches::All(documents.len()));
            let mut sorted = IncrementalSort::new(&fields, &all, &mut work);
            sorted.settle(0..documents.len(), &fields, &mut work);
            return (sorted.slots, Vec::new());
        }
        let (mut keys, mut arrays) = (Vec::new(), Vec::new());
        for slot in documents.iter() {
            match Key::of_slot(&order.fields, documents, slot) {
                Some(key) => keys.push((key, slot)),
                None => arrays.push(slot),
            }
        }
        (key::sort(keys, &order.fields), arrays)
    }
}

impl Index for Orders {
    /// One entry for each order. `None` if the unit does not move in it.
    type Prepared = Vec<Option<Entry>>;

    /// Sorts declared orders by the indexes of their fields or by reading the units.
    fn build(&mut self, loaded: &mut Loaded<'_>) {
        let documents = loaded.documents;
        let declared = self.0.split_off(BUILT_IN);
        let mut orders = self.0.iter_mut();
        if let Some(by_id) = orders.next() {
            by_id.load(&loaded.by_id, Vec::new(), documents);
        }
        for (field, order) in Field::ALL.into_iter().zip(orders) {
            let sorted = loaded.by_field(field);
            order.load(&sorted.slots, sorted.arrays, documents);
        }
        for mut order in declared {
            let (sorted, arrays) = self.sort(&order, documents);
            order.load(&sorted, arrays, documents);
            self.0.push(order);
        }
    }

    fn prepare(&self, change: Change<'_>, work: &mut Writes) -> Self::Prepared {
        let entry = |order: &Order| order.prepare(change, work);
        self.0.iter().map(entry).collect()
    }

    fn update(&mut self, write: &Write<'_>, entries: &Self::Prepared, work: &mut Writes) {
        for (order, entry) in self.0.iter_mut().zip(entries) {
            if let Some(entry) = entry {
                order.update(write, *entry, work);
            }
        }
    }

    fn check(&self, documents: &Documents) {
        self.0.iter().for_each(|order| order.check(documents));
    }
}
