//! From a query to the slots of its page, and from slots to a page.

mod merge;
mod page;

use super::MemoryStore;
use crate::order::OrderError;
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::store::memory::plan::merge::Merge;
use crate::store::memory::plan::page::{Asked, Walk};
use crate::store::memory::sort::full_sort;
use crate::store::memory::sort::incremental_sort::{IncrementalSort, Refinement};
use crate::store::memory::sort::orders::Access;
use crate::store::memory::text::search::{Matches, Search};
use crate::store::memory::work::{OrderAccess, Work};
use crate::store::{StoreError, UnitPage, UnitPageBuilder, UnitStore};

/// See the type's documentation for what each query costs.
impl UnitStore for MemoryStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let (slots, total) = self.slots(query, &mut Work::default())?;
        let bytes = self.documents.json_bytes(&slots);
        let mut page = UnitPageBuilder::with_capacity(slots.len(), bytes);
        for slot in slots {
            match self.documents.kept(slot) {
                Some(unit) => page.push(unit),
                None => page.push_bytes(self.documents.json(slot)),
            }
        }
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Ok(page.build(query.page(), total))
    }
}

impl MemoryStore {
    /// The slots of the page, and how many match.
    pub(crate) fn slots(
        &self,
        query: &UnitQuery,
        work: &mut Work,
    ) -> Result<(Vec<u32>, usize), OrderError> {
        let search = Search {
            documents: &self.documents,
            ids: &self.ids,
            index: &self.text,
        };
        let matches = search.matches(query.scope(), query.text(), work);
        let total = matches.total();
        let access = self.orders.access(query.sort());
        let arrays = self.orders.arrays(query.sort(), &access).into_iter();
        let arrays: Vec<u32> = arrays.filter(|slot| matches.contains(*slot)).collect();
        let asked = Asked {
            sort: query.sort(),
            after: query.cursor().map(Cursor::key),
            page: query.page(),
        };
        let slots = match access {
            Access::Kept(order, direction) if arrays.is_empty() => {
                let walk = Walk {
                    ranked: &order.ranked,
                    direction,
                    matches: &matches,
                    total,
                };
                match &asked.after {
                    Some(place) => {
                        let bound = order.bound(place, direction, &self.documents);
                        walk.page_after(bound, asked.page, work)
                    }
                    None => walk.page(asked.page.range(total), work),
                }
            }
            Access::Kept(order, direction) => {
                let merge = Merge {
                    documents: &self.documents,
                    order,
                    direction,
                    asked: &asked,
                    matches: &matches,
                };
                merge.page(&arrays, work)?
            }
            Access::Refined(fields) if arrays.is_empty() => {
                let refinement = Refinement {
                    fields: &fields,
                    documents: &self.documents,
                };
                self.refined(&asked, refinement, &matches, work)
            }
            Access::Refined(_) | Access::Read => self.read(&asked, &matches, work)?,
        };
        Ok((slots, total))
    }

    /// The page in an order that is made of the orders of its fields.
    fn refined(
        &self,
        asked: &Asked<'_>,
        refinement: Refinement<'_>,
        matches: &Matches<'_>,
        work: &mut Work,
    ) -> Vec<u32> {
        work.order = OrderAccess::Refined;
        let page = |refined: &mut IncrementalSort, work: &mut Work| {
            let passed = asked.after.as_ref();
            let passed = passed.map_or(0, |place| refined.passed(place, refinement, work));
            let range = asked.page.range_after(passed, matches.total());
            refined.settle(range.clone(), refinement, work);
            refined.page(range)
        };
        let remember = matches!(matches, Matches::All(_));
        if remember
            && let Some(slots) = self
                .remembered
                .with(asked.sort, |refined| page(refined, work))
        {
            work.order = OrderAccess::Remembered;
            work.keys += slots.len();
            return slots;
        }
        let mut refined = IncrementalSort::new(refinement, matches, work);
        let slots = page(&mut refined, work);
        if remember {
            self.remembered.put(asked.sort.clone(), refined);
        }
        slots
    }

    /// The page in an order for which every match is read.
    fn read(
        &self,
        asked: &Asked<'_>,
        matches: &Matches<'_>,
        work: &mut Work,
    ) -> Result<Vec<u32>, OrderError> {
        work.order = OrderAccess::Sorted;
        let page = |refined: &IncrementalSort| {
            let passed = asked.after.as_ref();
            let passed = passed.map_or(0, |place| {
                refined.partition_point(|slot| full_sort::is_within(&self.documents, slot, place))
            });
            refined.page(asked.page.range_after(passed, matches.total()))
        };
        if !matches!(matches, Matches::All(_)) {
            let mut slots = Vec::with_capacity(matches.total());
            matches.for_each(|slot| slots.push(slot));
            let sorted = full_sort::sorted(&self.documents, asked.sort, slots.into_iter(), work)?;
            return Ok(page(&IncrementalSort::sorted(sorted)));
        }
        // All units could be sorted by it before, so they have no error.
        if let Some(slots) = self.remembered.with(asked.sort, |refined| page(refined)) {
            work.order = OrderAccess::Remembered;
            work.keys += slots.len();
            return Ok(slots);
        }
        let sorted = full_sort::sorted(&self.documents, asked.sort, self.documents.iter(), work)?;
        let refined = IncrementalSort::sorted(sorted);
        let slots = page(&refined);
        self.remembered.put(asked.sort.clone(), refined);
        Ok(slots)
    }
}
