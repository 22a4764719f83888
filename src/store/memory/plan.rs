//! Plans: the ways from a query to the slots of its page. The cheapest is chosen and run.
//!
//! | plan | when | cost, in entries of an index |
//! |---|---|---|
//! | `Slice` | all units match, an index has the order | the page |
//! | `Scan` | many matches, the page near an end | the entries from that end to the page |
//! | `Continue` | many matches, a cursor | the entries from the cursor to the end of the page |
//! | `Locate` | few matches | four for every match |
//! | `Merge` | matches with arrays, an index has the order | these units are read; then one of the above |
//! | `IncrementalSort` | each field has an index | all units for each field that leaves ties |
//! | `FullSort` | anything else | every match is read |

mod indexed;

use std::borrow::Cow;
use std::ops::Range;

use self::indexed::{Indexed, Scan};
use crate::order::{Direction, OrderError, SortKey, SortSpec};
use crate::query::cursor::Cursor;
use crate::query::page::Page;
use crate::query::{Scope, UnitQuery};
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Slot, part};
use crate::store::memory::ids::Ids;
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::sort::full_sort;
use crate::store::memory::sort::{Access, IncrementalSort, Order, Orders, Remembered, SortFields};
use crate::store::memory::text::TextIndex;
use crate::store::memory::text::search::Search;
use crate::store::memory::work::{OrderAccess, TextAccess, Work};

/// A way to find the slots of a page.
enum Plan<'a> {
    /// The page is a range of an index.
    Slice(Indexed<'a>, Range<usize>),
    /// An index is read from its nearer end to the page, unless that exceeds its budget.
    /// Then every match is located.
    Scan(Scan<'a>, &'a Found<'a>, Range<usize>),
    /// An index is read from a rank to the end of the page, unless that exceeds its budget.
    /// Then the matches before the rank are counted, so that the page is a range of ordinals.
    Continue(Scan<'a>, usize, Page),
    /// Every match is located in an index.
    Locate(Indexed<'a>, &'a Found<'a>, Range<usize>),
    /// The matches with arrays, which are not in the index, are inserted among the others.
    Merge(&'a Order, Direction),
    IncrementalSort(&'a SortFields<'a>),
    FullSort,
}

/// A query, its matches, and how its sort order is served.
struct Request<'a> {
    documents: &'a Documents,
    remembered: &'a Remembered,
    sort: &'a SortSpec,
    access: &'a Access<'a>,
    matches: &'a Matches<'a>,
    /// The matches with an array on the path to a field of the sort order.
    arrays: &'a [Slot],
    wanted: Wanted<'a>,
}

/// Which of the matches are on the page.
enum Wanted<'a> {
    Ordinals(Range<usize>),
    After(SortKey<'a>, Page),
}

/// The parts of a store that answer queries.
pub(crate) struct Indexes<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) ids: &'a Ids,
    pub(crate) orders: &'a Orders,
    pub(crate) text: &'a TextIndex,
    pub(crate) remembered: &'a Remembered,
}

impl<'a> Indexes<'a> {
    /// The slots of the page, and how many units match.
    ///
    /// # Errors
    /// Those of [`SortKey::new`], for any of the units that are read.
    pub(crate) fn slots(
        &self,
        query: &UnitQuery,
        work: &mut Work,
    ) -> Result<(Vec<Slot>, usize), OrderError> {
        let matches = self.matches(query, work);
        let access = self.orders.access(query.sort(), self.documents);
        let arrays = self.orders.arrays(query.sort(), &access).into_iter();
        let arrays: Vec<Slot> = arrays.filter(|slot| matches.contains(*slot)).collect();
        let request = Request {
            documents: self.documents,
            remembered: self.remembered,
            sort: query.sort(),
            access: &access,
            matches: &matches,
            arrays: &arrays,
            wanted: match query.cursor().map(Cursor::key) {
                Some(position) => Wanted::After(position, query.page()),
                None => Wanted::Ordinals(query.page().range(matches.len())),
            },
        };
        Ok((request.slots(work)?, matches.len()))
    }

    /// The units of the query's scope whose names contain its text.
    fn matches(&self, query: &UnitQuery, work: &mut Work) -> Matches<'a> {
        let search = Search {
            documents: self.documents,
            index: self.text,
        };
        let ids = match (query.scope(), query.text()) {
            (Scope::All, Some(text)) => return Matches::Some(search.matches(text, work)),
            (Scope::All, None) => return Matches::All(self.documents.len()),
            (Scope::Only(ids), _) => ids,
        };
        work.text = TextAccess::Ids;
        let found = ids.iter().filter_map(|id| {
            work.keys += 1;
            self.ids.find(id, self.documents)
        });
        let mut slots: Vec<Slot> = found.collect();
        if let Some(text) = query.text() {
            slots.retain(|slot| search.is_match(*slot, text, work));
        }
        slots.sort_unstable();
        Matches::Some(Found::List(slots))
    }
}

impl<'a> Plan<'a> {
    fn name(&self) -> &'static str {
        match self {
            Self::Slice(..) => "slice",
            Self::Scan(..) => "scan",
            Self::Continue(..) => "continue",
            Self::Locate(..) => "locate",
            Self::Merge(..) => "merge",
            Self::IncrementalSort(_) => "incremental sort",
            Self::FullSort => "full sort",
        }
    }

    /// The plan that costs least for a range of matches that are all in an index.
    fn cheapest(index: Indexed<'a>, matches: &'a Matches<'a>, range: Range<usize>) -> Self {
        let total = matches.len();
        let range = range.start.min(total)..range.end.min(total);
        let found = match matches {
            Matches::All(_) => return Self::Slice(index, range),
            Matches::Some(_) if range.is_empty() => return Self::Slice(index, 0..0),
            Matches::Some(found) => found,
        };
        let Found::Bitmap { bits, .. } = found else {
            return Self::Locate(index, found, range);
        };
        // The entries from the nearer end to the page, if matches are evenly spread.
        let passed = range.end.min(total - range.start);
        let entries = passed.saturating_mul(index.list.len()) / total;
        let locating = cost::locating(total);
        if index.list.cost_of_counting(entries) > locating {
            return Self::Locate(index, found, range);
        }
        let scan = Scan {
            index,
            bits,
            total,
            budget: locating.saturating_add(entries * cost::SCAN_OVERRUN),
        };
        Self::Scan(scan, found, range)
    }
}

impl<'a> Request<'a> {
    fn slots(&self, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        self.run(self.cheapest(work), work)
    }

    fn cheapest(&'a self, work: &mut Work) -> Plan<'a> {
        match self.access {
            Access::Index(order, direction) if self.arrays.is_empty() => {
                self.cheapest_in(order, *direction, work)
            }
            Access::Index(order, direction) => Plan::Merge(order, *direction),
            Access::Fields(fields) if self.arrays.is_empty() => Plan::IncrementalSort(fields),
            Access::Fields(_) | Access::Read => Plan::FullSort,
        }
    }

    /// The plan that costs least if all matches are in an index.
    fn cheapest_in(&'a self, order: &'a Order, direction: Direction, work: &mut Work) -> Plan<'a> {
        let index = Indexed {
            list: &order.list,
            direction,
        };
        match &self.wanted {
            Wanted::Ordinals(range) => Plan::cheapest(index, self.matches, range.clone()),
            Wanted::After(position, page) => {
                let bound = order.bound(position, direction, self.documents);
                if let Matches::Some(Found::Bitmap { bits, count }) = self.matches {
                    return Plan::Continue(index.continued(bits, *count, *page), bound, *page);
                }
                self.after(index, bound, *page, work)
            }
        }
    }

    /// Counts the matches before a rank, and chooses the plan for the page after it.
    fn after(&'a self, index: Indexed<'a>, bound: usize, page: Page, work: &mut Work) -> Plan<'a> {
        let passed = index.passed(bound, self.matches, work);
        let range = page.range_after(passed, self.matches.len());
        Plan::cheapest(index, self.matches, range)
    }

    fn run(&'a self, plan: Plan<'a>, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        work.plan = plan.name();
        Ok(match plan {
            Plan::Slice(index, range) => index.slice(range, work),
            Plan::Locate(index, found, range) => index.locate(found, range, work),
            Plan::Scan(scan, found, range) => match scan.page(range.clone(), work) {
                Some(slots) => slots,
                None => return self.run(Plan::Locate(scan.index, found, range), work),
            },
            Plan::Continue(scan, bound, page) => match scan.continue_from(bound, page, work) {
                Some(slots) => slots,
                None => return self.run(self.after(scan.index, bound, page, work), work),
            },
            Plan::Merge(order, direction) => return self.merge(order, direction, work),
            Plan::IncrementalSort(fields) => return self.incremental_sort(fields, work),
            Plan::FullSort => return self.full_sort(work),
        })
    }

    fn merge(
        &self,
        order: &Order,
        direction: Direction,
        work: &mut Work,
    ) -> Result<Vec<Slot>, OrderError> {
        let index = Indexed {
            list: &order.list,
            direction,
        };
        work.documents += self.arrays.len();
        let units = self.arrays.iter();
        let units: Vec<_> = units
            .map(|slot| (*slot, self.documents.unit(*slot)))
            .collect();
        let keys = units.iter();
        let keys = keys.map(|(slot, unit)| Ok((SortKey::new(self.sort, unit)?, *slot)));
        let mut keys = keys.collect::<Result<Vec<_>, OrderError>>()?;
        // A unit with an array in a field after `_id` is in the index nevertheless.
        keys.retain(|(_, slot)| order.list.chunk_of(*slot).is_none());
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));

        let others = without(self.matches, &keys);
        let range = self.range(|position| {
            let arrays = keys.partition_point(|(key, _)| key <= position);
            let bound = order.bound(position, direction, self.documents);
            arrays + index.passed(bound, &others, work)
        });
        // These arrays are before the page or on it, and so is each of the others but as many.
        let window = range.start.saturating_sub(keys.len())..range.end.min(others.len());
        let others_only = Request {
            matches: &others,
            arrays: &[],
            wanted: Wanted::Ordinals(window.clone()),
            ..*self
        };
        let others = others_only.slots(work)?;
        work.plan = "merge";
        let mut rest = others.as_slice();
        let mut merged = Vec::with_capacity(others.len() + keys.len());
        for (key, slot) in keys {
            let is_before = |slot: &Slot| {
                work.documents += 1;
                full_sort::is_passed(self.documents, *slot, &key)
            };
            let (before, after) = rest.split_at(rest.partition_point(is_before));
            merged.extend_from_slice(before);
            merged.push(slot);
            rest = after;
        }
        merged.extend_from_slice(rest);
        Ok(part(
            &merged,
            range.start - window.start..range.end - window.start,
        )
        .to_vec())
    }

    /// The ordinals of the page. `passed` counts the matches up to the position.
    fn range(&self, passed: impl FnOnce(&SortKey<'_>) -> usize) -> Range<usize> {
        match &self.wanted {
            Wanted::Ordinals(range) => range.clone(),
            Wanted::After(position, page) => page.range_after(passed(position), self.matches.len()),
        }
    }

    fn incremental_sort(
        &self,
        fields: &SortFields<'_>,
        work: &mut Work,
    ) -> Result<Vec<Slot>, OrderError> {
        work.order = OrderAccess::IncrementalSort;
        let sort = |work: &mut Work| Ok(IncrementalSort::new(fields, self.matches, work));
        self.sorted_page(work, sort, |sorted, work| {
            let range = self.range(|position| sorted.passed(position, fields, work));
            sorted.settle(range.clone(), fields, work);
            part(&sorted.slots, range).to_vec()
        })
    }

    fn full_sort(&self, work: &mut Work) -> Result<Vec<Slot>, OrderError> {
        work.order = OrderAccess::FullSort;
        let sort = |work: &mut Work| {
            let slots = match self.matches {
                Matches::All(_) => self.documents.iter().collect(),
                Matches::Some(found) => found.to_vec(),
            };
            let sorted = full_sort::sorted(self.documents, self.sort, slots, work)?;
            Ok(IncrementalSort::sorted(sorted))
        };
        self.sorted_page(work, sort, |sorted, _| {
            let range = self.range(|position| {
                let is_passed = |slot: &Slot| full_sort::is_passed(self.documents, *slot, position);
                sorted.slots.partition_point(is_passed)
            });
            part(&sorted.slots, range).to_vec()
        })
    }

    /// A page of the matches in an order without an index. The order of all units is remembered.
    fn sorted_page(
        &self,
        work: &mut Work,
        sort: impl FnOnce(&mut Work) -> Result<IncrementalSort, OrderError>,
        page: impl Fn(&mut IncrementalSort, &mut Work) -> Vec<Slot>,
    ) -> Result<Vec<Slot>, OrderError> {
        let are_all = matches!(self.matches, Matches::All(_));
        if are_all && let Some(slots) = self.remembered.with(self.sort, |sorted| page(sorted, work))
        {
            work.order = OrderAccess::Remembered;
            work.keys += slots.len();
            return Ok(slots);
        }
        let mut sorted = sort(work)?;
        let slots = page(&mut sorted, work);
        if are_all {
            self.remembered.put(self.sort, sorted);
        }
        Ok(slots)
    }
}

/// The matches without some of them.
fn without(matches: &Matches<'_>, some: &[(SortKey<'_>, Slot)]) -> Matches<'static> {
    let count = matches.len() - some.len();
    let mut removed = Bitmap::default();
    for (_, slot) in some {
        removed.insert(*slot);
    }
    match matches {
        Matches::All(_) => Matches::All(count),
        Matches::Some(Found::List(slots)) => {
            let others = slots.iter().filter(|slot| !removed.contains(**slot));
            Matches::Some(Found::List(others.copied().collect()))
        }
        Matches::Some(Found::Bitmap { bits, .. }) => {
            let mut bits = Bitmap::clone(bits);
            bits.subtract(&removed);
            let bits = Cow::Owned(bits);
            Matches::Some(Found::Bitmap { bits, count })
        }
    }
}

#[cfg(test)]
mod tests;
