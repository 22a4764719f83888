//! Random queries whose texts, ids and cursors are taken from the units of a store.

use livechat_units::{Cursor, Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};

/// Paths to sort by: the documented fields with an index, `_id`, and a field without an index.
const PATHS: [&str; 7] = [
    "name",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
    "visibility",
    "_id",
    "businessHourId",
];

/// The limits of pages, in units. Each is equally frequent.
const LIMITS: [u64; 4] = [5, 1, 20, 100];

/// The maximum length of the part of a name that becomes a text, in scalars.
const MAX_TEXT: usize = 12;

/// A stream of queries that depends only on the seed and the units.
pub(super) struct Queries {
    state: u64,
}

impl Queries {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// About 60 % of the queries have a text, 20 % a scope, 15 % a cursor and 10 % an
    /// unlimited page.
    pub(super) fn next(&mut self, units: &[Unit]) -> UnitQuery {
        let sort = self.sort();
        let mut query = UnitQuery::default();
        if self.percent(60) {
            query = query.with_text(self.text(units));
        }
        if self.percent(20) {
            let count = self.below(units.len() + 1).min(1_000);
            let ids: Vec<String> = (0..count)
                .filter_map(|_| self.unit(units).map(|unit| unit.id().to_owned()))
                .collect();
            query = query.with_scope(Scope::only(ids));
        }
        query = query.with_page(self.page(units.len()));
        let cursor = if self.percent(15) {
            // A unit with parallel arrays has no sort key, and so no cursor.
            let unit = self.unit(units);
            unit.and_then(|unit| Cursor::new(&sort, unit).ok())
        } else {
            None
        };
        match cursor {
            Some(cursor) => query.with_cursor(cursor),
            None => query.with_sort(sort),
        }
    }

    fn sort(&mut self) -> SortSpec {
        let mut sort = SortSpec::builder();
        for _ in 0..self.below(4) {
            let path = self.choose(&PATHS).unwrap_or("name");
            sort = if self.percent(50) {
                sort.ascending(path)
            } else {
                sort.descending(path)
            };
        }
        // A repeated path takes the later direction. All paths are valid, so `build` cannot fail.
        sort.build().unwrap_or_default()
    }

    /// A part of a name, in upper or lower case in 60 % of the texts. 10 % end with a `~`, so
    /// most of them match nothing.
    fn text(&mut self, units: &[Unit]) -> Option<TextFilter> {
        let name: Vec<char> = self.unit(units)?.name()?.chars().collect();
        let start = self.below(name.len());
        let length = 1 + self.below(MAX_TEXT);
        let mut text: String = name.iter().skip(start).take(length).collect();
        match self.below(10) {
            0 => text.push('~'),
            1..=3 => text = text.to_uppercase(),
            4..=6 => text = text.to_lowercase(),
            _ => {}
        }
        TextFilter::new(&text).ok()
    }

    fn page(&mut self, units: usize) -> Page {
        let offset = if self.percent(50) {
            0
        } else {
            self.below(units + 3)
        };
        let limited = self.choose(&LIMITS).and_then(Limit::at_most);
        let limit = if self.percent(10) { None } else { limited };
        Page::new(
            u64::try_from(offset).unwrap_or(u64::MAX),
            limit.unwrap_or(Limit::Unlimited),
        )
    }

    fn unit<'a>(&mut self, units: &'a [Unit]) -> Option<&'a Unit> {
        units.get(self.below(units.len()))
    }

    fn choose<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        values.get(self.below(values.len())).copied()
    }

    /// `true` with this probability in percent.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A number less than `bound`, or 0 if `bound` is 0.
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.number() % bound).unwrap_or(0)
    }

    /// The next number of the generator `SplitMix64`.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}
