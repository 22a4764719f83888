//! The indexed orders: by `_id`, by each documented field, and the declared ones.

use std::collections::BTreeSet;

use crate::field::{self, Field};
use crate::order::{self, Direction, SortSpec};
use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::index::{After, Before, Change, Index};
use crate::store::memory::load::Staged;
use crate::store::memory::set::Matches;
use crate::store::memory::sort::incremental_sort::{IncrementalSort, SortFields};
use crate::store::memory::sort::key::{self, Key, KeyField};
use crate::store::memory::sort::order::Order;
use crate::store::memory::work::{Work, Writes};

#[derive(Clone, Debug)]
pub(crate) struct Orders {
    id: Order,
    /// In the order of [`Field::ALL`].
    fields: [Order; Field::ALL.len()],
    declared: Vec<Order>,
}

/// How a sort order can be served.
pub(crate) enum Access<'a> {
    /// By an index, read in this direction.
    Index(&'a Order, Direction),
    /// By the indexes of its fields: units that tie on one are sorted by the next.
    Fields(SortFields<'a>),
    /// By reading every match.
    Read,
}

impl Orders {
    /// Empty indexes for `_id`, the documented fields, and the declared orders.
    pub(crate) fn new(declared: impl IntoIterator<Item = SortSpec>) -> Self {
        let id = KeyField::new(field::ID, Direction::Ascending);
        let by = |field: Field| {
            let field = KeyField::new(field.path(), Direction::Ascending);
            Order::new(Box::new([field, id.clone()]))
        };
        let mut orders = Self {
            id: Order::new(Box::new([id.clone()])),
            fields: Field::ALL.map(by),
            declared: Vec::new(),
        };
        for sort in declared {
            if orders
                .iter()
                .all(|order| order.direction_of(&sort).is_none())
            {
                orders.declared.push(Order::new(ascending(&sort)));
            }
        }
        orders
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        let documented = std::iter::once(&self.id).chain(&self.fields);
        documented.chain(&self.declared)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Order> {
        let documented = std::iter::once(&mut self.id).chain(&mut self.fields);
        documented.chain(&mut self.declared)
    }

    /// How `sort` is served. The units of [`Orders::arrays`] are not in the index.
    pub(crate) fn access<'a>(&'a self, sort: &SortSpec, documents: &'a Documents) -> Access<'a> {
        if let [field] = sort.fields()
            && let Some(order) = self.documented(field.path())
        {
            return Access::Index(order, field.direction());
        }
        // A field after `_id` breaks no tie, but an array in it can be an error.
        let hidden = sort.fields().iter().any(|named| {
            let mut decisive = sort.decisive_fields();
            self.documented(named.path()).is_none()
                && order::constant(named.path()).is_none()
                && decisive.all(|(path, _)| path != named.path())
        });
        if hidden {
            return Access::Read;
        }
        let direction = |order: &'a Order| Some((order, order.direction_of(sort)?));
        if let Some((order, direction)) = self.iter().find_map(direction) {
            return Access::Index(order, direction);
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
        let orders = fields.iter().map(|field| self.documented(field.path()));
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
            Access::Index(order, _) => Some(*order),
            Access::Fields(_) | Access::Read => None,
        };
        let orders = documented.chain(index);
        orders.flat_map(|order| &order.arrays).copied().collect()
    }

    /// The order by `_id` or by a documented field.
    fn documented(&self, path: &str) -> Option<&Order> {
        if path == field::ID {
            return Some(&self.id);
        }
        Field::from_path(path).map(|field| field.pick(&self.fields))
    }

    /// The units in a declared order, and those without a key in it.
    fn sort(&self, order: &Order, documents: &Documents) -> (Vec<Slot>, Vec<Slot>) {
        let by_fields = self.sort_fields(order.fields.clone(), documents);
        let by_fields =
            by_fields.filter(|fields| fields.orders.iter().all(|order| order.arrays.is_empty()));
        if let Some(fields) = by_fields {
            let mut work = Work::default();
            let all = 0..documents.len();
            let mut sorted =
                IncrementalSort::new(&fields, &Matches::All(documents.len()), &mut work);
            sorted.settle(all.clone(), &fields, &mut work);
            return (sorted.page(all), Vec::new());
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
    fn clear(&mut self) {
        for order in self.iter_mut() {
            *order = Order::new(std::mem::take(&mut order.fields));
        }
    }

    /// Sorts the documented orders by the columns of the load, and the declared orders by the
    /// documented ones or by reading the units.
    fn build(&mut self, staged: &mut Staged<'_>) {
        let documents = staged.documents;
        self.id.load(&staged.by_id, Vec::new(), documents);
        for (field, order) in Field::ALL.into_iter().zip(&mut self.fields) {
            let sorted = staged.by_field(field);
            order.load(&sorted.slots, sorted.arrays, documents);
        }
        let mut declared = std::mem::take(&mut self.declared);
        for order in &mut declared {
            let (sorted, arrays) = self.sort(order, documents);
            order.load(&sorted, arrays, documents);
        }
        self.declared = declared;
    }

    fn detach(&mut self, write: &Before<'_>) {
        self.iter_mut().for_each(|order| order.detach(write));
    }

    fn attach(&mut self, write: &After<'_>, work: &mut Writes) {
        self.iter_mut().for_each(|order| order.attach(write, work));
    }

    fn prefetch(&self, change: Change<'_>, documents: &Documents) {
        self.iter()
            .for_each(|order| order.prefetch(change, documents));
    }

    fn check(&self, documents: &Documents) {
        self.iter().for_each(|order| order.check(documents));
    }
}

/// The fields of an order, reversed if the first is descending.
fn ascending(sort: &SortSpec) -> Box<[KeyField]> {
    let mut fields = key::fields(sort);
    let first = fields.first().map(|field| field.direction);
    if first == Some(Direction::Descending) {
        for field in &mut fields {
            field.direction = field.direction.reversed();
        }
    }
    fields
}
