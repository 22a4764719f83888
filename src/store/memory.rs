//! An in-memory store with an index for every kind of query.
//!
//! ```text
//!              query                                                write
//!                ▼                                                    ▼
//!              plan ── which units match, which are on the page     write ── Prepared, Write
//!     ┌──────────┼───────────────┬──────────────┐                     │
//!     ▼          ▼               ▼              ▼                     ▼
//!   text       orders       remembered         ids                  each index
//!   grams      a chunked    orders that        _id ──► slot
//!   names      list each    are not indexed
//!     └──────────┴───────┬───────┴──────────────┘
//!                        ▼ slots
//!                    documents ── slot ──► JSON
//! ```
//!
//! Every unit has a slot, a 32-bit number by which all indexes refer to it. A query finds the
//! slots that match, then the slots of the page, and copies their JSON once.
//!
//! | part | bytes a unit | a query | a write |
//! |---|---|---|---|
//! | `documents` | 8, and the JSON, padded | one read for each unit of the page | one copy |
//! | `ids` | about 5 | one probe for each id of a scope | one probe |
//! | `orders`: 6, and the declared ones | 9 in each | a page at any offset | a binary search and a move within a chunk, in each order in which the unit moves |
//! | `text`: names | the folded name, and 5 | one comparison for each candidate | one copy |
//! | `text`: grams | 1 to 2 for each distinct gram of three characters of the name, and about 20 to 90 | the set of the text, or of its rarest gram | a set for each gram that only one of both names has |
//! | `remembered` | 4 for each of up to 4 orders | a page at any offset | forgets all |
//!
//! | structure | workload it exists for | without it |
//! |---|---|---|
//! | arena of documents | loads and pages of millions of units | an allocation a unit, 16 bytes more each, and slower loads |
//! | chunked lists | pages at any offset, while units move | a page deep in the order reads all entries before it |
//! | runs in a chunked list | deep pages of a text by name | matches are counted entry by entry, 32 times dearer |
//! | declared orders | a sort by several fields, under writes | the first page after a write sorts all units |
//! | remembered orders | pages of a sort that is not indexed | every page sorts all units |
//! | grams of three characters | any text | every text reads all names |
//! | longer grams | texts whose grams of three are frequent | thousands of names are compared |
//! | grams of one and two characters | the first letters that a user types | hundreds of sets are united |
//! | long grams as differences | the memory of names with few distinct words | four times the memory of long grams |
//! | sets of long names and of arrays | names of kilobytes; arrays in a sort field | a rename of one unit changes thousands of sets; every page by that field is sorted in full |
//!
//! Modules, highest first: `plan` answers queries, `write` has the steps of a write; `sort`, `text`
//! and `ids` are the indexes, with the trait in `index`; they use `load`, `documents`, `set`, `id`,
//! `cost` and `work`.

mod cost;
mod documents;
mod id;
mod ids;
mod index;
mod load;
mod plan;
mod set;
mod sort;
mod text;
mod work;
mod write;

use std::fmt;

use self::documents::Documents;
use self::ids::Ids;
use self::index::{Change, Index, Write};
use self::load::Loaded;
use self::sort::{Orders, Remembered};
use self::text::TextIndex;
pub use self::work::Explain;
use self::work::{Work, Writes};
pub use self::write::PreparedUpsert;
use self::write::{Prepared, Version};
use super::{StoreError, UnitPage, UnitPageBuilder, UnitStore, Written};
use crate::order::SortSpec;
use crate::query::UnitQuery;
use crate::unit::Unit;

/// An in-memory store with an index for every kind of query.
///
/// It gives the answers of the store over a slice, and every write updates every index. If several
/// documents have the same `_id`, it holds the last one if that is a unit ([`Unit::is_unit`]), and
/// none otherwise.
///
/// ```
/// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
///
/// let by_load = r#"{"visibility":1,"numMonitors":-1,"name":1}"#.parse()?;
/// let mut store = MemoryStore::with_orders([by_load]);
/// let written = store.replace_all([
///     Unit::builder("a").name("Sales").build()?,
///     Unit::builder("b").name("Support").build()?,
/// ]);
/// assert_eq!(written.stored(), 2);
/// store.upsert(Unit::builder("a").name("Wholesales").build()?);
///
/// let query = UnitQuery::default().with_text("SALES".parse::<livechat_units::TextFilter>()?);
/// let page = store.list(&query)?;
/// assert_eq!(page.units().next().unwrap().name(), Some("Wholesales"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Costs
///
/// With `N` units, of which `M` match and `P` are on the page, in entries of an index, unless the
/// table says units or names:
///
/// | query | cost |
/// |---|---|
/// | no text; the order of a field of SPEC §1, or a [declared](Self::with_orders) one | `P`, at any offset |
/// | no text; an order of several such fields | the first page after a write: up to `N` entries for each field that leaves ties; other pages: `P` |
/// | no text; any other order | the first page after a write: `N` units are read and sorted; other pages: `P` |
/// | finding a text that is in more than 1,024 names, or has one or two characters | its slot set: a bitmap of `N` bits, or `M` entries |
/// | finding any other text | the names of at most some thousand candidates |
/// | text, an indexed order | the entries up to the page or four times `M` entries, whichever the store expects to be less; at most both |
/// | text, another order | as without text, but for `M` units, and for every page |
/// | scope | its ids; then as for a text with as many matches |
///
/// The 1,024 names are counted when grams are chosen: in a load, and again after as many changes of
/// names as there were units then, but at least 4,096. Names of more than 1,024 characters are read
/// for every text. The memory of long grams is bounded: if names are long and have few distinct
/// letters, long grams are left out, and a text can cost a scan of all folded names.
///
/// A match with an array in a field of an indexed order is read for every page. If a match has an
/// array and the order has several fields and is not declared, all matches are read and sorted, as in
/// any other order.
///
/// At most four orders are remembered, at 4 bytes a unit each. A unit that cannot be read back from
/// its JSON, such as one with a date elsewhere than in `_updatedAt`, takes about 800 bytes more.
///
/// A write does a binary search in each order in which the unit moves, and changes a set for each
/// gram that is in one of the two names and not in the other. Some writes do a part of a load too:
/// they choose the grams again, or compact the JSON when more than half of its space is free. If more
/// than 65,536 slots are vacant and more than are in use, a write loads all units again.
///
/// # Sharing
///
/// Reads take `&self`. A server whose units change holds the store behind a lock:
///
/// ```
/// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
/// let store = std::sync::RwLock::new(MemoryStore::new());
/// // The thread that follows the changes:
/// let prepared = store.read().unwrap().prepare(Unit::builder("a").build()?);
/// store.write().unwrap().apply(prepared);
/// // A thread that answers; page and total are of one state:
/// let page = store.read().unwrap().list(&UnitQuery::default())?;
/// assert_eq!(page.total(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// To replace a whole store without making readers wait, hold it in an `RwLock<Arc<MemoryStore>>`,
/// and clone the `Arc` to read.
#[derive(Clone)]
pub struct MemoryStore {
    documents: Documents,
    ids: Ids,
    orders: Orders,
    text: TextIndex,
    remembered: Remembered,
    version: Version,
}

impl MemoryStore {
    /// A store without units, with an index for each field of SPEC §1.
    pub fn new() -> Self {
        Self::with_orders([])
    }

    /// A store without units, with an index for each of these orders too, about 9 bytes a unit. An
    /// index serves the reversed order as well.
    ///
    /// A field after `_id` breaks no tie, but an array in it can be an error. So an order with such a
    /// field that is not one of SPEC §1 is not indexed.
    pub fn with_orders(orders: impl IntoIterator<Item = SortSpec>) -> Self {
        Self {
            documents: Documents::default(),
            ids: Ids::default(),
            orders: Orders::new(orders),
            text: TextIndex::default(),
            remembered: Remembered::default(),
            version: Version::next(),
        }
    }

    /// Replaces all units. A load is faster than [upserts](Self::upsert), because it sorts each order
    /// once, and it makes pages by name faster, because it stores units in the order of their names.
    /// The JSON of the units is in memory twice during the load. The units that were in the store
    /// before are not counted as replaced.
    #[must_use = "documents that are not units are not stored"]
    pub fn replace_all(&mut self, units: impl IntoIterator<Item = Unit>) -> Written {
        self.clear();
        let mut written = Written::default();
        self.load(units.into_iter().inspect(|unit| written.count(unit)));
        written.count_replaced(written.stored() - self.len());
        written
    }

    /// Stores units in the documents, which must be empty, and builds every index.
    fn load(&mut self, units: impl Iterator<Item = Unit>) {
        let mut loaded = Loaded::new(units, &mut self.documents);
        // The text index is first: the other indexes use the memory that it frees when it is built.
        self.text.build(&mut loaded);
        self.ids.build(&mut loaded);
        self.orders.build(&mut loaded);
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a
    /// unit removes the one with its `_id`.
    pub fn upsert(&mut self, unit: Unit) -> Written {
        self.apply(self.prepare(unit))
    }

    /// [Upserts](Self::upsert) each of the documents; into an empty store they are
    /// [loaded](Self::replace_all).
    #[must_use = "documents that are not units are not stored"]
    pub fn upsert_all(&mut self, units: impl IntoIterator<Item = Unit>) -> Written {
        if self.is_empty() {
            return self.replace_all(units);
        }
        let mut written = Written::default();
        for unit in units {
            written.add(self.upsert(unit));
        }
        written
    }

    /// The first half of [`upsert`](Self::upsert): finds what the unit changes in each index. A server
    /// that prepares a change under the read lock and [applies](Self::apply) it under the write lock
    /// holds the write lock for less than half the time ([example](Self#sharing)).
    pub fn prepare(&self, unit: Unit) -> PreparedUpsert {
        let new = Some(&unit).filter(|unit| unit.is_unit());
        let prepared = self.prepared(unit.id(), new, &mut Writes::default());
        PreparedUpsert {
            unit,
            prepared,
            version: self.version,
        }
    }

    /// The second half of [`upsert`](Self::upsert). A change that was prepared before the last
    /// write, or by another store, is prepared again.
    pub fn apply(&mut self, mut change: PreparedUpsert) -> Written {
        if change.version != self.version {
            change = self.prepare(change.unit);
        }
        let new = Some(&change.unit).filter(|unit| unit.is_unit());
        let has_replaced = self.commit(&change.prepared, new, &mut Writes::default());
        let mut written = Written::default();
        written.count(&change.unit);
        written.count_replaced(usize::from(has_replaced));
        written
    }

    /// Removes the unit with this `_id`. Returns whether there was one.
    pub fn remove(&mut self, id: &str) -> bool {
        let prepared = self.prepared(id, None, &mut Writes::default());
        self.commit(&prepared, None, &mut Writes::default())
    }

    /// What changes in each index when the unit with this id is replaced by another or by none.
    fn prepared(&self, id: &str, new: Option<&Unit>, work: &mut Writes) -> Prepared {
        let slot = self.ids.find(id, &self.documents);
        let old = slot.map(|slot| self.documents.unit(slot));
        let change = Change {
            documents: &self.documents,
            id,
            slot,
            old: old.as_ref(),
            new,
        };
        Prepared {
            slot,
            ids: self.ids.prepare(change, work),
            orders: self.orders.prepare(change, work),
            text: self.text.prepare(change, work),
        }
    }

    /// Makes a change that was prepared since the last write. Returns whether there was an old unit.
    fn commit(&mut self, prepared: &Prepared, new: Option<&Unit>, work: &mut Writes) -> bool {
        if prepared.slot.is_none() && new.is_none() {
            return false;
        }
        self.version = Version::next();
        self.remembered.clear();
        let write = Write {
            slot: self.documents.write(prepared.slot, new),
            documents: &self.documents,
            has_old: prepared.slot.is_some(),
            new,
        };
        self.ids.update(&write, &prepared.ids, work);
        self.orders.update(&write, &prepared.orders, work);
        self.text.update(&write, &prepared.text, work);
        if self.documents.is_sparse() {
            let left = std::mem::take(&mut self.documents);
            self.load(left.iter().map(|slot| left.unit(slot)));
        }
        prepared.slot.is_some()
    }

    /// The unit with this `_id`. Cost: reading it from its JSON.
    pub fn get(&self, id: &str) -> Option<Unit> {
        let slot = self.ids.find(id, &self.documents);
        slot.map(|slot| self.documents.unit(slot))
    }

    /// The number of units.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all units. The declared orders stay declared.
    pub fn clear(&mut self) {
        self.version = Version::next();
        self.remembered.clear();
        self.documents = Documents::default();
        self.load(std::iter::empty());
    }

    /// How `query` is answered, and the counted work. Cost and errors: those of [`UnitStore::list`].
    pub fn explain(&self, query: &UnitQuery) -> Result<Explain, StoreError> {
        let mut work = Work::default();
        self.slots(query, &mut work)?;
        Ok(Explain { work })
    }

    /// Checks every index against the units. It costs more than building them again.
    ///
    /// # Panics
    /// When an index contradicts the units. For tests and fuzzing.
    #[doc(hidden)]
    pub fn internal_validate(&self) {
        self.documents.check();
        self.remembered.check(&self.documents);
        self.ids.check(&self.documents);
        self.orders.check(&self.documents);
        self.text.check(&self.documents);
    }

    /// The bytes of each part of the text index. For benchmarks.
    #[doc(hidden)]
    pub fn internal_bytes(&self) -> [(&'static str, usize); 5] {
        self.text.bytes()
    }
}

/// See the type's documentation for the cost of each query.
impl UnitStore for MemoryStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let (slots, total) = self.slots(query, &mut Work::default())?;
        let bytes = self.documents.json_bytes(&slots);
        let mut page = UnitPageBuilder::with_capacity(slots.len(), bytes);
        for slot in slots {
            match self.documents.whole(slot) {
                Some(unit) => page.push(unit),
                None => page.push_bytes(self.documents.json(slot)),
            }
        }
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Ok(page.build(query.page(), total))
    }
}

/// The number of units, not the units.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// See [`MemoryStore::replace_all`], which also counts the documents that are not stored.
impl FromIterator<Unit> for MemoryStore {
    fn from_iter<I: IntoIterator<Item = Unit>>(units: I) -> Self {
        let mut store = Self::new();
        store.load(units.into_iter());
        store
    }
}

/// See [`MemoryStore::upsert_all`], which also counts the documents that are not stored.
impl Extend<Unit> for MemoryStore {
    fn extend<I: IntoIterator<Item = Unit>>(&mut self, units: I) {
        let _ = self.upsert_all(units);
    }
}

#[cfg(test)]
mod tests;
