//! Random queries that fit the units of a store.

use livechat_units::{Cursor, Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};

/// The documented fields, `_id`, and a field that no index is made for.
const PATHS: [&str; 7] = [
    "name",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
    "visibility",
    "_id",
    "businessHourId",
];

/// The counts of pages; the first is tried most.
const COUNTS: [u64; 4] = [5, 1, 20, 100];

/// The longest part of a name that becomes a text, in scalars.
const MAX_TEXT: usize = 12;

/// A stream of queries that depends on the seed and the units alone.
pub(super) struct Queries {
    state: u64,
}

impl Queries {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Some 60 % of the queries have a text, 20 % a scope, 15 % a cursor and 10 % an
    /// unlimited page.
    pub(super) fn next(&mut self, units: &[Unit]) -> UnitQuery {
        let sort = self.sort();
        let mut query = UnitQuery::default();
        if self.percent(60) {
            query = query.with_text(self.text(units));
        }
        if self.percent(20) {
            let most = self.below(units.len() + 1).min(1_000);
            let ids: Vec<String> = (0..most)
                .filter_map(|_| self.unit(units).map(|unit| unit.id().to_owned()))
                .collect();
            query = query.with_scope(Scope::only(ids));
        }
        query = query.with_page(self.page(units.len()));
        let cursor = if self.percent(15) {
            // A unit with two arrays in the sort has no position.
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
            let path = self.of(&PATHS).unwrap_or("name");
            sort = if self.percent(50) {
                sort.ascending(path)
            } else {
                sort.descending(path)
            };
        }
        // A path that comes twice is no sort; the default is one.
        sort.build().unwrap_or_default()
    }

    /// A part of a name, at times in another case, at times with a character that the name
    /// does not have there.
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
        let count = self.of(&COUNTS).and_then(Limit::at_most);
        let limit = if self.percent(10) { None } else { count };
        Page::new(
            u64::try_from(offset).unwrap_or(u64::MAX),
            limit.unwrap_or(Limit::Unlimited),
        )
    }

    fn unit<'a>(&mut self, units: &'a [Unit]) -> Option<&'a Unit> {
        units.get(self.below(units.len()))
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        values.get(self.below(values.len())).copied()
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A number from 0 to below `bound`; 0 for a bound of 0.
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
