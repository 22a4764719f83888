//! Plans: the ways from a query to the slots of its page. The cheapest is chosen and run.
//!
//! | plan | when | cost, in entries of an index |
//! |---|---|---|
//! | slice | all units match, an index has the order | the page |
//! | scan | many matches, the page near an end | the entries from that end to the page |
//! | continue | many matches, a cursor | the entries from the cursor to the end of the page |
//! | locate | few matches, or a page far from both ends | four for every match |
//! | merge | matches with arrays, an index has the order | the matches with arrays are read; the others cost as above |
//! | incremental sort | each field has an index | all units for each field that leaves ties |
//! | full sort | anything else | every match is read |

mod indexed;

use std::collections::BTreeSet;
use std::ops::Range;

use self::indexed::Plan;
use crate::order::{OrderError, SortKey};
use crate::query::{Scope, UnitQuery};
use crate::store::MemoryStore;
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::set::{Found, Matches};
use crate::store::memory::sort::{Access, IncrementalSort, Indexed, SortFields, full_sort};
use crate::store::memory::text::search::Search;
use crate::store::memory::work::Work;

struct MatchedQuery<'a> {
    store: &'a MemoryStore,
    query: &'a UnitQuery,
    matches: &'a Matches<'a>,
    /// The matches with an array on the path to a field of the sort order.
    arrays: BTreeSet<Slot>,
}

impl MemoryStore {
    /// The slots of the page, and the number of matches. Errors: those of [`SortKey::new`] for a unit.
    pub(super) fn slots(
        &self,
        query: &UnitQuery,
        work: &mut Work,
    ) -> Result<(Vec<Slot>, usize), OrderError> {
        let matches = &self.matches(query, work);
        let access = self.orders.access(query.sort(), &self.documents);
        let mut arrays = self.orders.arrays(query.sort(), &access);
        arrays.retain(|slot| matches.contains(*slot));
        let query = MatchedQuery {
            store: self,
            query,
            matches,
            arrays,
        };
        Ok((query.page(access, work)?, matches.len()))
    }

    /// The units of the query's scope whose names contain its text.
    fn matches(&self, query: &UnitQuery, work: &mut Work) -> Matches<'_> {
        work.text = "none";
        let search = Search {
            documents: &self.documents,
            index: &self.text,
        };
        let ids = match (query.scope(), query.text()) {
            (Scope::All, Some(text)) => return Matches::Some(search.matches(text, work)),
            (Scope::All, None) => return Matches::All(self.len()),
            (Scope::Only(ids), _) => ids,
        };
        work.text = "ids of the scope";
        work.keys += ids.len();
        let slot = |id: &String| self.ids.find(id, &self.documents);
        let mut slots: Vec<Slot> = ids.iter().filter_map(slot).collect();
        if let Some(text) = query.text() {
            slots.retain(|slot| search.is_match(*slot, text, work));
        }
        slots.sort_unstable();
        Matches::Some(Found::List(slots))
    }
}

impl MatchedQuery<'_> {
    fn page(&self, access: Access<'_>, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        match access {
            Access::Index(index) if self.arrays.is_empty() => Ok(self.page_of_index(index, work)),
            Access::Index(index) => self.merge(index, work),
            Access::Fields(by) if self.arrays.is_empty() => self.incremental_sort(&by, work),
            Access::Fields(_) | Access::Read => self.full_sort(work),
        }
    }

    /// A page of matches that are all in an index.
    fn page_of_index(&self, index: Indexed<'_>, work: &mut Work) -> Vec<Slot> {
        let matches = self.matches;
        let bound = |position: &SortKey<'_>| index.bound(position, &self.store.documents);
        if let Some(cursor) = self.query.cursor()
            && let Matches::Some(Found::Bitmap { bits, count }) = matches
        {
            let page = self.query.page();
            let scan = index.scan_from_cursor(bits, *count, page);
            return Plan::Continue(scan, bound(&cursor.key()), page).run(matches, work);
        }
        let range = self.range(|position| index.passed(bound(position), matches, work));
        index.cheapest(matches, range).run(matches, work)
    }

    /// A page of the matches that are in an index and of those that an array keeps out of it.
    fn merge(&self, index: Indexed<'_>, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        let (documents, sort) = (&self.store.documents, self.query.sort());
        work.documents += self.arrays.len();
        let units = self.arrays.iter();
        let units: Vec<_> = units.map(|slot| (documents.unit(*slot), *slot)).collect();
        let keys = units.iter();
        let keys = keys.map(|(unit, slot)| Ok((SortKey::new(sort, unit)?, *slot)));
        let mut keys = keys.collect::<Result<Vec<_>, OrderError>>()?;
        // A unit with an array in a field after `_id` is in the index nevertheless.
        keys.retain(|(_, slot)| index.order.list.chunk_of(*slot).is_none());
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));

        let others = without(self.matches, keys.iter().map(|(_, slot)| *slot).collect());
        let range = self.range(|position| {
            let arrays = keys.partition_point(|(key, _)| key <= position);
            arrays + index.passed(index.bound(position, documents), &others, work)
        });
        // At most `keys.len()` units before the page are from `keys`, so at least `window.start`
        // are others.
        let window = range.start.saturating_sub(keys.len())..range.end.min(others.len());
        let page = range.start - window.start..range.end - window.start;
        let others = index.cheapest(&others, window).run(&others, work);
        work.plan = "merge";
        let mut rest = others.as_slice();
        let mut merged = Vec::with_capacity(others.len() + keys.len());
        for (key, slot) in keys {
            let is_before = |slot: &Slot| {
                work.documents += 1;
                full_sort::is_passed(documents, *slot, &key)
            };
            let (before, after) = rest.split_at(rest.partition_point(is_before));
            merged.extend_from_slice(before);
            merged.push(slot);
            rest = after;
        }
        merged.extend_from_slice(rest);
        Ok(merged.get(page).or_broken().to_vec())
    }

    /// The ordinals of the page. `passed` counts the matches up to the cursor.
    fn range(&self, passed: impl FnOnce(&SortKey<'_>) -> usize) -> Range<usize> {
        let cursor = self.query.cursor();
        let passed = cursor.map_or(0, |cursor| passed(&cursor.key()));
        self.query.page().range_after(passed, self.matches.len())
    }

    fn incremental_sort(&self, by: &SortFields, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        (work.plan, work.order) = ("incremental sort", "indexes of its fields");
        let sort = |work: &mut Work| Ok(IncrementalSort::new(by, self.matches, work));
        self.sorted_page(work, sort, |sorted, work| {
            let range = self.range(|position| sorted.passed(position, by, work));
            sorted.settle(range.clone(), by, work);
            sorted.slots.get(range).or_broken().to_vec()
        })
    }

    fn full_sort(&self, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        (work.plan, work.order) = ("full sort", "sorted");
        let documents = &self.store.documents;
        let sort = |work: &mut Work| {
            let slots = match self.matches {
                Matches::All(_) => documents.iter().collect(),
                Matches::Some(found) => found.to_vec(),
            };
            let sorted = full_sort::sorted(documents, self.query.sort(), slots, work)?;
            Ok(IncrementalSort::sorted(sorted))
        };
        self.sorted_page(work, sort, |sorted, _| {
            let range = self.range(|position| {
                let is_passed = |slot: &Slot| full_sort::is_passed(documents, *slot, position);
                sorted.slots.partition_point(is_passed)
            });
            sorted.slots.get(range).or_broken().to_vec()
        })
    }

    /// A page in an order without an index. If all units match, the sorted slots are remembered.
    fn sorted_page(
        &self,
        work: &mut Work,
        sort: impl FnOnce(&mut Work) -> Result<IncrementalSort, OrderError>,
        page: impl Fn(&mut IncrementalSort, &mut Work) -> Vec<Slot>,
    ) -> Result<Vec<Slot>, OrderError> {
        let (remembered, order) = (&self.store.remembered, self.query.sort());
        let are_all = matches!(self.matches, Matches::All(_));
        if are_all && let Some(slots) = remembered.with(order, |sorted| page(sorted, work)) {
            work.order = "remembered";
            work.keys += slots.len();
            return Ok(slots);
        }
        let mut sorted = sort(work)?;
        let slots = page(&mut sorted, work);
        if are_all {
            remembered.put(order, sorted);
        }
        Ok(slots)
    }
}

fn without<'a>(matches: &Matches<'a>, some: BTreeSet<Slot>) -> Matches<'a> {
    let mut others = matches.clone();
    match &mut others {
        Matches::All(count) => *count -= some.len(),
        Matches::Some(Found::List(slots)) => slots.retain(|slot| !some.contains(slot)),
        Matches::Some(Found::Bitmap { bits, count }) => {
            *count -= some.len();
            let bits = bits.to_mut();
            for slot in some {
                bits.remove(slot);
            }
        }
    }
    others
}

#[cfg(test)]
mod tests;
