//! Queries that bytes choose.

use livechat_units::{Direction, Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery};

use super::choices::Choices;
use crate::vocabulary::{PATHS, SORTS};

impl Choices<'_> {
    /// A query, for a store that holds these units.
    pub(super) fn query(&mut self, units: &[Unit]) -> UnitQuery {
        let text = self.text(units);
        let sort = self.sort_spec();
        let scope = match self.below(4) {
            0 => Scope::only((0..self.below(12)).map(|_| self.id())),
            _ => Scope::All,
        };
        UnitQuery::default()
            .with_text(text.and_then(|text| TextFilter::new(&text).ok()))
            .with_sort(sort)
            .with_scope(scope)
            .with_page(self.page(units.len()))
    }

    /// A page anywhere among `units` units, or past the last.
    pub(super) fn page(&mut self, units: usize) -> Page {
        let offset = match self.below(8) {
            0..=3 => 0,
            4 => units.saturating_sub(self.below(4)),
            5 => units + self.below(256),
            _ => self.below(256) * (units + 1) / 256,
        };
        let limit = match self.below(8) {
            0 => Limit::Unlimited,
            1 => Limit::at_most(Page::MAX_REQUESTED).expect("not 0"),
            count => Limit::at_most(1 << (count - 2)).expect("not 0"),
        };
        Page::new(u64::try_from(offset).expect("no wider"), limit)
    }

    fn text(&mut self, units: &[Unit]) -> Option<String> {
        match self.below(4) {
            0 => None,
            1 => Some(self.pieces(3)),
            // A part of a name, which may contain whitespace.
            _ => {
                let at = self.below(units.len().clamp(1, 256));
                let name = units.get(at)?.name()?;
                let skipped = self.below(name.chars().count().clamp(1, 256));
                let length = 1 + self.below(8);
                Some(name.chars().skip(skipped).take(length).collect())
            }
        }
    }

    pub(super) fn sort_spec(&mut self) -> SortSpec {
        let choice = self.below(2 * SORTS.len());
        if let Some(sort) = SORTS.get(choice) {
            return sort.parse().expect("a sort");
        }
        let fields = choice % 4;
        let mut sort = SortSpec::builder();
        for _ in 0..fields {
            let path = self.of(&PATHS);
            sort = sort.then(
                path,
                self.of(&[Direction::Ascending, Direction::Descending]),
            );
        }
        sort.build().expect("a sort")
    }
}
