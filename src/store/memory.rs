//! The indexed store in memory.
//!
//! Every unit has a slot, and every index speaks of slots: the orders of the fields
//! (`orders`, each a `ranked` list), the dictionary of the words of all names (`words`),
//! their neighbours (`phrases`) and the bitmaps of frequent texts (`ready`). A query is
//! answered in two steps: which slots match (`matches`), and which of them are on the
//! page (`select`, `refine` or `read`); then their JSON, which lies ready in an `arena`,
//! is copied once.

#[cfg(test)]
mod counted;
mod documents;
mod load;
mod plan;
mod set;
mod sort;
mod text;
mod validate;
mod work;

use std::fmt;

use self::documents::Documents;
use self::documents::ids::Ids;
use self::sort::orders::Orders;
use self::sort::remembered::Remembered;
use self::text::TextIndex;
use self::text::tokenize::Folded;
pub use self::work::Explain;
use self::work::Work;
use super::StoreError;
use crate::order::SortSpec;
use crate::query::UnitQuery;
use crate::unit::Unit;

/// Units in memory, indexed so that no query has a cliff.
///
/// It answers what the reference over a slice answers, and keeps every index current
/// under writes. Of documents that share an `_id` it holds the last; documents that are
/// not units ([`Unit::is_unit`]) it does not hold.
///
/// ```
/// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
///
/// let mut store: MemoryStore = [
///     Unit::builder("a").name("Sales").build()?,
///     Unit::builder("b").name("Support").build()?,
/// ].into_iter().collect();
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
/// With `N` units, of which `M` match and `P` are on the page:
///
/// | query | cost |
/// |---|---|
/// | no text; the order of a field of SPEC §1, or a [declared](Self::with_orders) one | `P`, at any offset |
/// | no text; an order of several such fields | where a page is asked for first, a walk over `N` entries for each field that leaves ties, or a look at the units that tie if that is less; then `P` until a write |
/// | no text; any other order | once `N` units are read and sorted, then `P` until a write |
/// | text without whitespace, to find the matches | about `M` entries of the sets that are joined; none for frequent texts of one to four characters |
/// | text with whitespace | the sets of its words and of what surrounds its cuts; names are read that may match, up to some thousand, and beyond that those of rare words side by side and those that are not plain |
/// | text, an order that is kept | the lesser of walking it up to the page and four times `M` entries, at most both |
/// | text, another order | as without text, among `M`, every time |
/// | scope | its ids, then as a text that matches so many |
///
/// A plain name has one space between its words, and no word twice. Names of more than
/// 1,024 characters are read for every text.
///
/// A unit that holds an array in a field of the order is read for every page. An order
/// of several fields that is not declared is then one in which all matches are read.
///
/// At most four orders are remembered, at 4 bytes a unit each. A unit that its JSON does
/// not give back, one with a date elsewhere than in `_updatedAt`, say, is kept whole,
/// which takes about 800 bytes more.
///
/// [`upsert`](Self::upsert) and [`remove`](Self::remove) touch each index once: a
/// binary search in each order in which the unit moves, and a set for each word that
/// comes or goes. From time to time one of them takes as long as a part of a load: when
/// as many writes have changed names as there were units, the frequent texts are chosen
/// anew; when half of the space for JSON is free, it is closed up; and when more units
/// are gone than are left, and at least 65,536, these are numbered anew.
///
/// # Sharing
///
/// The store is plain data, reads take `&self`. A live server holds it behind a lock:
///
/// ```
/// use std::sync::RwLock;
/// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
///
/// let store = RwLock::new(MemoryStore::new());
/// // Whoever follows the changes; `prefetch` makes the others wait for less long:
/// let unit = Unit::builder("a").name("Sales").build()?;
/// store.read().unwrap().prefetch(&unit);
/// store.write().unwrap().upsert(unit);
/// // Whoever answers; page and total are of one state:
/// let page = store.read().unwrap().list(&UnitQuery::default())?;
/// assert_eq!(page.total(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// One that is made anew from time to time is replaced whole, and nobody waits:
///
/// ```
/// use std::sync::{Arc, RwLock};
/// use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
///
/// let current = RwLock::new(Arc::new(MemoryStore::new()));
/// let answer = || {
///     let store = Arc::clone(&current.read().unwrap());
///     store.list(&UnitQuery::default())
/// };
/// let next: MemoryStore = [Unit::builder("a").name("Sales").build()?].into_iter().collect();
/// *current.write().unwrap() = Arc::new(next);
/// assert_eq!(answer()?.total(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    documents: Documents,
    ids: Ids,
    orders: Orders,
    text: TextIndex,
    remembered: Remembered,
}

impl MemoryStore {
    /// A store without units, which keeps the orders of the fields of SPEC §1.
    pub fn new() -> Self {
        Self::with_orders([])
    }

    /// A store without units, which keeps these orders too. Each also serves its
    /// reverse, takes some 9 bytes a unit, and one more binary search for every write
    /// that moves a unit in it.
    ///
    /// Fields behind `_id` decide nothing, but an array in them can be an error: with one
    /// there that is not of SPEC §1, all matches are read all the same.
    ///
    /// ```
    /// use livechat_units::{MemoryStore, SortSpec};
    ///
    /// let by_load: SortSpec = r#"{"visibility":1,"numMonitors":-1,"name":1}"#.parse()?;
    /// let store = MemoryStore::with_orders([by_load]);
    /// # Ok::<(), livechat_units::SortError>(())
    /// ```
    pub fn with_orders(orders: impl IntoIterator<Item = SortSpec>) -> Self {
        Self {
            documents: Documents::default(),
            ids: Ids::default(),
            orders: Orders::new(orders),
            text: TextIndex::default(),
            remembered: Remembered::default(),
        }
    }

    /// Replaces all units. Sorts once, which is faster than as many
    /// [upserts](Self::upsert), and leaves the units in the order of their names, which
    /// makes pages by name faster.
    ///
    /// Of documents with the same `_id` the last counts, and none if it is not a unit.
    /// The JSON of the units is in memory twice until they are sorted.
    pub fn replace_all(&mut self, units: impl IntoIterator<Item = Unit>) {
        self.clear();
        load::load(self, units.into_iter());
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a
    /// unit takes the one with its `_id` out.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "a store takes what it stores; that this one copies it is its own affair"
    )]
    pub fn upsert(&mut self, unit: Unit) {
        if !unit.is_unit() {
            self.remove(unit.id());
            return;
        }
        self.remembered.clear();
        if let Some(slot) = self.ids.find(unit.id(), &self.documents) {
            let Some(old) = self.documents.unit(slot) else {
                unreachable!("an id that is found has a unit");
            };
            let moving = self.orders.leaving(slot, &old, &unit);
            if old.name() != unit.name() {
                let (old, new) = (old.name().map(Folded::of), unit.name().map(Folded::of));
                self.text.replace(slot, old.as_ref(), new.as_ref());
            }
            self.documents.replace(slot, &unit);
            self.orders.enter(slot, &moving, &self.documents);
        } else {
            let coming = self.orders.coming(&unit);
            let slot = self.documents.insert(&unit);
            self.ids.insert(slot, &self.documents);
            self.orders.enter(slot, &coming, &self.documents);
            if let Some(name) = unit.name() {
                self.text.replace(slot, None, Some(&Folded::of(name)));
            }
        }
        self.text.refresh(&self.documents);
    }

    /// Reads what [`upsert`](Self::upsert) of this unit will read, so that it lies in the
    /// processor's caches and the write lock is held for less than half as long. It
    /// changes nothing, and may be left out.
    ///
    /// ```
    /// use std::sync::RwLock;
    /// use livechat_units::{MemoryStore, Unit};
    ///
    /// let store = RwLock::new(MemoryStore::new());
    /// let unit = Unit::builder("a").name("Sales").build()?;
    /// store.read().unwrap().prefetch(&unit);
    /// store.write().unwrap().upsert(unit);
    /// # Ok::<(), livechat_units::UnitError>(())
    /// ```
    pub fn prefetch(&self, unit: &Unit) {
        let slot = self.ids.find(unit.id(), &self.documents);
        let old = slot.and_then(|slot| self.documents.unit(slot));
        self.orders
            .prefetch(slot, old.as_ref(), unit, &self.documents);
        let old = old.as_ref().and_then(Unit::name);
        if old != unit.name() {
            let (old, new) = (old.map(Folded::of), unit.name().map(Folded::of));
            self.text.prefetch(slot, old.as_ref(), new.as_ref());
        }
    }

    /// Takes a unit out. Whether it was there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(slot) = self.ids.remove(id, &self.documents) else {
            return false;
        };
        self.remembered.clear();
        if let Some(name) = self.documents.name(slot) {
            self.text.replace(slot, Some(&Folded::of(&name)), None);
        }
        self.orders.remove(slot);
        self.documents.remove(slot);
        if self.documents.is_sparse() {
            let left = std::mem::take(&mut self.documents);
            self.replace_all(left.iter().filter_map(|slot| left.unit(slot)));
        } else {
            self.text.refresh(&self.documents);
        }
        true
    }

    /// The unit with this `_id`. Cost: reading it from its JSON.
    pub fn get(&self, id: &str) -> Option<Unit> {
        self.documents.unit(self.ids.find(id, &self.documents)?)
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all units out. The declared orders stay declared.
    pub fn clear(&mut self) {
        self.documents = Documents::default();
        self.ids = Ids::default();
        self.orders = self.orders.emptied();
        self.text = TextIndex::default();
        self.remembered.clear();
    }

    /// How `query` is answered and what that takes, by answering it.
    ///
    /// # Errors
    /// Those of [`UnitStore::list`](crate::UnitStore::list).
    pub fn explain(&self, query: &UnitQuery) -> Result<Explain, StoreError> {
        let mut work = Work::default();
        self.slots(query, &mut work)?;
        Ok(Explain { work })
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

/// See [`MemoryStore::new`].
impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// See [`MemoryStore::replace_all`].
impl FromIterator<Unit> for MemoryStore {
    fn from_iter<I: IntoIterator<Item = Unit>>(units: I) -> Self {
        let mut store = Self::new();
        store.replace_all(units);
        store
    }
}

/// See [`MemoryStore::upsert`].
impl Extend<Unit> for MemoryStore {
    fn extend<I: IntoIterator<Item = Unit>>(&mut self, units: I) {
        if self.is_empty() {
            self.replace_all(units);
        } else {
            units.into_iter().for_each(|unit| self.upsert(unit));
        }
    }
}

/// The number as a place in memory. No target has less than 32 bits.
#[inline]
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
