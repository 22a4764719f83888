//! From a query to the slots of its page, and from slots to a page.

use std::ops::Range;

use super::MemoryStore;
use super::arrays::Merge;
use super::explain::{OrderAccess, Work};
use super::matches::{Matches, Search};
use super::orders::Access;
use super::read;
use super::refine::{Refined, Refinement};
use super::select;
use crate::order::OrderError;
use crate::query::UnitQuery;
use crate::query::sort::SortSpec;
use crate::store::page::Written;
use crate::store::{StoreError, UnitPage, UnitStore};

/// See the type's documentation for what each query costs.
impl UnitStore for MemoryStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let (slots, total) = self.slots(query, &mut Work::default())?;
        let mut written = Written::with_capacity(slots.len(), self.documents.json_bytes(&slots));
        for slot in slots {
            match self.documents.kept(slot) {
                Some(unit) => written.push_unit(unit),
                None => written.push_json(self.documents.json(slot)),
            }
        }
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        Ok(UnitPage::written(written, query.page(), total))
    }
}

impl MemoryStore {
    /// The slots of the page, and how many match.
    pub(super) fn slots(
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
        let range = query.page().range(total);
        let access = self.orders.access(query.sort());
        let arrays = self.orders.arrays(query.sort(), &access).into_iter();
        let arrays: Vec<u32> = arrays.filter(|slot| matches.contains(*slot)).collect();
        let slots = match access {
            Access::Kept(order, direction) if arrays.is_empty() => {
                select::page(&order.ranked, direction, &matches, total, range, work)
            }
            Access::Kept(order, direction) => {
                let merge = Merge {
                    documents: &self.documents,
                    order,
                    direction,
                    sort: query.sort(),
                    matches: &matches,
                };
                merge.page(&arrays, range, work)?
            }
            Access::Refined(fields) if arrays.is_empty() => {
                let refinement = Refinement {
                    fields: &fields,
                    documents: &self.documents,
                };
                self.refined(query.sort(), refinement, &matches, range, work)
            }
            Access::Refined(_) | Access::Read => self.read(query.sort(), &matches, range, work)?,
        };
        Ok((slots, total))
    }

    /// The page in an order that is made of the orders of its fields.
    fn refined(
        &self,
        sort: &SortSpec,
        refinement: Refinement<'_>,
        matches: &Matches<'_>,
        range: Range<usize>,
        work: &mut Work,
    ) -> Vec<u32> {
        work.order = OrderAccess::Refined;
        let mut made = None;
        if matches!(matches, Matches::All(_)) {
            let known = self.remembered.page(sort, range.clone(), |refined| {
                refined.settle(range.clone(), refinement, work);
            });
            if let Some(slots) = known {
                work.order = OrderAccess::Remembered;
                work.keys += slots.len();
                return slots;
            }
            made = Some(sort.clone());
        }
        let mut refined = Refined::new(refinement, matches, work);
        refined.settle(range.clone(), refinement, work);
        let slots = refined.page(range);
        if let Some(sort) = made {
            self.remembered.put(sort, refined);
        }
        slots
    }

    /// The page in an order for which every match is read.
    fn read(
        &self,
        sort: &SortSpec,
        matches: &Matches<'_>,
        range: Range<usize>,
        work: &mut Work,
    ) -> Result<Vec<u32>, OrderError> {
        work.order = OrderAccess::Sorted;
        if !matches!(matches, Matches::All(_)) {
            let mut slots = Vec::with_capacity(matches.total());
            matches.for_each(|slot| slots.push(slot));
            let sorted = read::sorted(&self.documents, sort, slots.into_iter(), work)?;
            return Ok(sorted.get(range).unwrap_or_default().to_vec());
        }
        // All units could be sorted by it before, so they have no error.
        if let Some(slots) = self.remembered.page(sort, range.clone(), |_| {}) {
            work.order = OrderAccess::Remembered;
            work.keys += slots.len();
            return Ok(slots);
        }
        let sorted = read::sorted(&self.documents, sort, self.documents.iter(), work)?;
        let refined = Refined::sorted(sorted);
        let slots = refined.page(range);
        self.remembered.put(sort.clone(), refined);
        Ok(slots)
    }
}
